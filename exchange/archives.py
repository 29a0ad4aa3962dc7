"""Field files out of a zip: unpacked under names of our own, counted while they unpack, nothing else touched."""

import re
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from core.errors import UserError
from exchange.kinds import KINDS, FileKind

UNPACKED_LIMIT = 200_000_000
UNPACKED_RATIO = 100
ENTRIES_LIMIT = 10_000

_CHUNK = 1 << 20
_UNSAFE = re.compile(r"[^\w .-]")
_TABLE_FILE = re.compile(r"[A-Za-z0-9_]{1,60}(\.[A-Za-z0-9_]{1,24}){0,3}")


def unpack_kml(found: Path, target: Path) -> None:
    """Write a KMZ's one KML to ``target``; raise ARCHIVE-DAMAGED, ARCHIVE-TOO-LARGE or ARCHIVE-NO-KML."""

    def work(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
        inside = [entry for entry in entries if entry.filename.lower().endswith(".kml")]
        chosen = next((entry for entry in inside if entry.filename.lower() == "doc.kml"), inside[0] if inside else None)
        if chosen is None:
            raise UserError("ARCHIVE-NO-KML", file=found.name)
        _unpack(archive, [(chosen, target)], found.name)

    _with_archive(found, work)


def unpack_field_file(found: Path, folder: Path) -> tuple[FileKind, Path]:
    """Write what a zip holds into ``folder`` and return its kind, and the file or folder to open.

    One field file, several shapefiles together, or one file geodatabase. Names inside are compared and never used as
    paths. Raise ARCHIVE-DAMAGED, ARCHIVE-TOO-LARGE, ARCHIVE-EMPTY or ARCHIVE-SEVERAL.
    """
    made: list[tuple[FileKind, Path]] = []

    def work(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
        made.append(
            _unpack_geodatabase(archive, entries, folder, found.name)
            or _unpack_files(archive, entries, folder, found.name)
        )

    _with_archive(found, work)
    return made[0]


def _with_archive(found: Path, work: object) -> None:
    try:
        with zipfile.ZipFile(found) as archive:
            entries = archive.infolist()
            if len(entries) > ENTRIES_LIMIT:
                raise UserError("ARCHIVE-TOO-LARGE", file=found.name)
            plain = [entry for entry in entries if not entry.is_dir() and not entry.flag_bits & 1]
            work(archive, plain)  # type: ignore[operator]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, zlib.error) as error:
        raise UserError("ARCHIVE-DAMAGED", file=found.name) from error


def _unpack(archive: zipfile.ZipFile, wanted: Sequence[tuple[zipfile.ZipInfo, Path]], shown: str) -> None:
    packed = sum(entry.compress_size for entry, _ in wanted)
    limit = min(UNPACKED_LIMIT, max(_CHUNK, packed * UNPACKED_RATIO))
    done = 0
    for entry, target in wanted:
        with archive.open(entry) as source, target.open("wb") as out:
            while chunk := source.read(_CHUNK):
                done += len(chunk)
                if done > limit:
                    raise UserError("ARCHIVE-TOO-LARGE", file=shown)
                out.write(chunk)


def _unpack_geodatabase(
    archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo], folder: Path, shown: str
) -> tuple[FileKind, Path] | None:
    inside: dict[str, list[zipfile.ZipInfo]] = {}
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.parent.suffix.lower() == ".gdb" and _TABLE_FILE.fullmatch(path.name):
            inside.setdefault(str(path.parent), []).append(entry)
    if not inside:
        return None
    if len(inside) > 1:
        raise UserError("ARCHIVE-SEVERAL", file=shown, inside=sorted(inside))
    target = folder / "source.gdb"
    target.mkdir()
    [tables] = inside.values()
    names = [PurePosixPath(entry.filename.replace("\\", "/")).name for entry in tables]
    _unpack(archive, [(entry, target / name) for entry, name in zip(tables, names, strict=True)], shown)
    return next(kind for kind in KINDS if kind.key == "gdb"), target


def _unpack_files(
    archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo], folder: Path, shown: str
) -> tuple[FileKind, Path]:
    by_place = {entry.filename.replace("\\", "/").lower(): entry for entry in entries}
    kinds = {suffix: kind for kind in KINDS if not kind.is_folder and kind.key != "zip" for suffix in kind.suffixes}
    heads = [name for name in by_place if PurePosixPath(name).suffix in kinds and "__macosx/" not in name]
    if any(name.endswith(".shp") for name in heads):
        heads = [name for name in heads if name.endswith(".shp")]  # whatever tables and notes lie beside them
    if not heads:
        raise UserError("ARCHIVE-EMPTY", file=shown)
    kind = kinds[PurePosixPath(heads[0]).suffix]
    if len(heads) > 1 and kind.key != "shp":
        raise UserError("ARCHIVE-SEVERAL", file=shown, inside=[by_place[name].filename for name in sorted(heads)[:20]])
    target = folder / "source"
    target.mkdir()
    wanted: list[tuple[zipfile.ZipInfo, Path]] = []
    stems: list[str] = []
    for name in heads:
        place = PurePosixPath(name)
        stem = "source" if len(heads) == 1 else _own_name(by_place[name].filename, stems)
        stems.append(stem)
        for suffix in (place.suffix, *kind.required, *kind.optional):
            entry = by_place.get(str(place.with_suffix(suffix)))
            if entry is not None:
                wanted.append((entry, target / f"{stem}{suffix}"))
            elif suffix in kind.required:
                raise UserError("FILE-PART-MISSING", file=by_place[name].filename, missing=[place.stem + suffix])
    _unpack(archive, wanted, shown)
    return kind, target if len(heads) > 1 else wanted[0][1]


def _own_name(filename: str, taken: Sequence[str]) -> str:
    name = _UNSAFE.sub("_", PurePosixPath(filename.replace("\\", "/")).stem)[:60].strip(" .") or "layer"
    while name.lower() in {one.lower() for one in taken}:
        name += "_"
    return name
