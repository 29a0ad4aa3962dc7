"""Taking an office's catalogue pack into a workspace, making one, and taking it out again."""

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

from core.clock import Clock, timestamp
from core.errors import EnvironmentFault, UserError
from core.identity import new_uid
from core.messages import LANGUAGES, Language, render
from forms.catalogue import Catalogue
from forms.loader import extend_catalogue, load_catalogue, refuse_hostile
from forms.sources import Sources
from localdb import packs, records
from localdb.catalogue_sync import Misfit, find_misfits
from localdb.keys import load_device
from localdb.packs import StoredPack
from localdb.paging import count_page
from services.desk import Desk
from services.pack_profiles import check_profiles
from validation.declared import refuse_unfit
from validation.own_tolerances import own_tolerances
from wire import catalogue_pack
from wire.catalogue_pack import Pack, PackHeader, fingerprint
from wire.signing import SEED_BYTES, PrivateKey, private_key_of, public_text

_FOLDERS = (
    ("definitions", "yaml"),
    ("choices", "csv"),
    ("rules", "yaml"),
    ("profiles", "yaml"),
    ("tolerances", "csv"),
)

__all__ = [
    "CatalogueChange",
    "LoadedPack",
    "build_pack",
    "extract_files",
    "fingerprint",
    "list_packs",
    "load_issuer_key",
    "load_pack",
    "make_issuer_key",
    "remove_pack",
]


@dataclass(frozen=True, slots=True)
class CatalogueChange:
    """What a pack changes for a workspace: types, ``type.field`` keys, ``list:code`` and rules that come or go.

    ``tolerances`` are the keys of those that get another value. ``retired`` counts records, by ``type.field``, in
    fields that no form shows any more: their data stays.
    """

    types: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    fields_gone: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    codes_gone: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    rules_gone: tuple[str, ...] = ()
    tolerances: tuple[str, ...] = ()
    retired: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class LoadedPack:
    """A pack that has been taken in, and what it changed."""

    pack_id: str
    version: int
    name: Mapping[Language, str]
    issuer: str
    fingerprint: str
    change: CatalogueChange
    catalogue_hash: str
    dry_run: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return asdict(self)


def load_pack(desk: Desk, path: Path, *, trust: bool = False, dry_run: bool = False) -> LoadedPack:
    """Take the pack at ``path`` into the workspace, in one transaction, or leave everything as it was.

    A pack is taken from an issuer whose key a loaded pack, or the province's gateway, already vouches for; from another
    only with ``trust``, after somebody has compared the fingerprint. Raises PACK-UNTRUSTED, PACK-OTHER-PROVINCE,
    PACK-NEEDS-PROGRAM, PACK-OLDER, PACK-ALTERED, PACK-RULE-TAKEN, PACK-INCOMPATIBLE, FORM-SYNTAX with file, line and
    key, and what ``wire.catalogue_pack.read_pack`` raises.
    """
    pack = catalogue_pack.read_pack(path)
    with desk.reading() as connection:
        stored = packs.fetch_packs(connection)
    _refuse_unfit(desk, pack, stored, trust=trust)
    refuse_hostile(pack.sources)
    check_profiles(pack.sources.profiles)
    others = [item.sources for item in stored if item.pack_id != pack.header.pack_id]
    after = desk.workspace.catalogue_with([*others, pack.sources])
    change = _compare(desk, after)
    header = pack.header
    kept = StoredPack(
        header.pack_id, header.version, pack.hash, header.as_dict(), desk.now(), desk.actor.name, pack.sources
    )
    if not dry_run:
        desk.workspace.change_catalogue(lambda connection: packs.store_pack(connection, kept))
    return LoadedPack(
        header.pack_id,
        header.version,
        dict(header.name),
        header.issuer,
        fingerprint(header.issuer_key),
        change,
        after.hash,
        dry_run,
    )


def remove_pack(desk: Desk, pack_id: str) -> CatalogueChange:
    """Take a pack out of the workspace; data in fields that go with it stays stored.

    Raise PACK-UNKNOWN, or PACK-INCOMPATIBLE while there are records of a type that would go.
    """
    with desk.reading() as connection:
        stored = packs.fetch_packs(connection)
    if pack_id not in {item.pack_id for item in stored}:
        raise UserError("PACK-UNKNOWN", pack=pack_id, known=[item.pack_id for item in stored])
    after = desk.workspace.catalogue_with(item.sources for item in stored if item.pack_id != pack_id)
    change = _compare(desk, after)
    desk.workspace.change_catalogue(lambda connection: packs.forget_pack(connection, pack_id))
    return change


def list_packs(desk: Desk) -> list[StoredPack]:
    """Return the workspace's packs, the lowest first."""
    with desk.reading() as connection:
        return packs.fetch_packs(connection)


def build_pack(
    folder: Path,
    out: Path,
    key: PrivateKey,
    *,
    name: Mapping[Language, str],
    issuer: str,
    version: int,
    pack_id: str | None = None,
    provinces: Sequence[str] = (),
    clock: Clock,
) -> Pack:
    """Seal what is in ``folder`` (a folder for each kind of file, as a pack has them) into the pack ``out``.

    The files are first laid over this program's catalogue, so that what cannot be loaded is never handed out. Raises
    FORM-SYNTAX, PACK-RULE-TAKEN, PACK-EMPTY, PACK-FILE-NAME, PACKAGE-DISK.
    """
    sources = _read_folder(folder)
    refuse_hostile(sources)
    check_profiles(sources.profiles)
    refuse_unfit(extend_catalogue(load_catalogue(), [sources]))
    header = PackHeader(
        pack_id=pack_id or new_uid(),
        version=version,
        name={language: name[language] for language in LANGUAGES},
        issuer=issuer,
        issued_at=timestamp(clock()),
        provinces=tuple(provinces),
        program=_program(),
    )
    return catalogue_pack.write_pack(out, header, sources, key)


def extract_files(catalogue: Catalogue, names: Sequence[str], folder: Path) -> list[Path]:
    """Write files of a catalogue under ``folder`` to begin a pack from, by the ids of types and lists; return them.

    The comments with their sources stay. Raise PACK-NO-FILE for a name that no file has, PACK-FILE-EXISTS rather than
    overwrite one, PACKAGE-DISK when the disk refuses.
    """
    sources = catalogue.sources
    known = {Path(file).stem: ("definitions", file) for file in sources.definitions}
    known |= {Path(file).stem: ("choices", file) for file in sources.choices}
    known |= {Path(file).stem: ("rules", file) for file in sources.rules}
    known |= {Path(file).stem: ("profiles", file) for file in sources.profiles}
    known |= {Path(file).stem: ("tolerances", file) for file in sources.tolerances}
    wanted = {}
    for name in names:
        if name not in known:
            raise UserError("PACK-NO-FILE", name=name, known=sorted(known))
        kind, file = known[name]
        wanted[folder / kind / file] = getattr(sources, kind)[file]
    for path in wanted:
        if path.exists():
            raise UserError("PACK-FILE-EXISTS", file=str(path))
    try:
        for path, data in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    except OSError as error:
        raise EnvironmentFault("PACKAGE-DISK", file=str(path), reason=error.strerror or str(error)) from error
    return list(wanted)


def make_issuer_key(path: Path) -> str:
    """Draw an issuer's key into a new file that its owner alone can read; return its public text.

    Raise PACK-KEY-EXISTS rather than overwrite one, PACK-KEY when the disk refuses.
    """
    key = private_key_of(secrets.token_bytes(SEED_BYTES))
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(key.private_bytes_raw().hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise UserError("PACK-KEY-EXISTS", file=str(path)) from error
    except OSError as error:
        raise EnvironmentFault("PACK-KEY", file=str(path)) from error
    return public_text(key)


def load_issuer_key(path: Path) -> PrivateKey:
    """Return the key of ``make_issuer_key``; raise PACK-KEY when the file holds none."""
    try:
        return private_key_of(bytes.fromhex(path.read_text(encoding="ascii").strip()))
    except (OSError, ValueError) as error:
        raise EnvironmentFault("PACK-KEY", file=str(path)) from error


def _refuse_unfit(desk: Desk, pack: Pack, stored: Sequence[StoredPack], *, trust: bool) -> None:
    header = pack.header
    if header.provinces and desk.commune.province_code not in header.provinces:
        raise UserError("PACK-OTHER-PROVINCE", provinces=list(header.provinces), province=desk.commune.province_name)
    if _numbers(header.program) > _numbers(_program()):
        raise UserError("PACK-NEEDS-PROGRAM", wanted=header.program, found=_program())
    known = {str(item.header["issuer_key"]) for item in stored}
    enrolment = load_device(desk.workspace.info.workspace_id).enrolment or {}
    known.add(str(enrolment.get("server_key", "")))
    if header.issuer_key not in known and not trust:
        raise UserError("PACK-UNTRUSTED", issuer=header.issuer, fingerprint=fingerprint(header.issuer_key))
    for item in stored:
        if item.pack_id != header.pack_id:
            continue
        if item.header["issuer_key"] != header.issuer_key:
            raise UserError("PACK-ALTERED", version=header.version)
        if header.version < item.version:
            raise UserError("PACK-OLDER", version=header.version, loaded=item.version)
        if header.version == item.version and pack.hash != item.hash:
            raise UserError("PACK-ALTERED", version=header.version)


def _compare(desk: Desk, after: Catalogue) -> CatalogueChange:
    """Return what the workspace would gain and lose; raise when its store cannot take the catalogue."""
    refuse_unfit(after)
    before = desk.catalogue
    gone = _field_keys(before) - _field_keys(after)
    with desk.reading() as connection:
        counts = records.count_records(connection, before)
        misfits = [*find_misfits(connection, after.types), *_find_freed(before, after, counts)]
        if misfits:
            raise UserError("PACK-INCOMPATIBLE", reasons={language: _say(misfits, language) for language in LANGUAGES})
        _refuse_new_demands(before, after, counts)
        retired = {
            f"{type_id}.{key}": count_page(connection, before.type(type_id), where=f"{key} IS NOT NULL")
            for type_id, key in sorted(gone)
            if type_id in after.types
        }
    return CatalogueChange(
        types=_sorted(after.types.keys() - before.types.keys()),
        fields=_sorted(f"{type_id}.{key}" for type_id, key in _field_keys(after) - _field_keys(before)),
        fields_gone=_sorted(f"{type_id}.{key}" for type_id, key in gone),
        codes=_sorted(_codes(after) - _codes(before)),
        codes_gone=_sorted(_codes(before) - _codes(after)),
        rules=_sorted({item.id for item in after.rules} - {item.id for item in before.rules}),
        rules_gone=_sorted({item.id for item in before.rules} - {item.id for item in after.rules}),
        tolerances=_sorted(key for key, _ in own_tolerances(before).items() ^ own_tolerances(after).items()),
        retired={key: count for key, count in retired.items() if count},
    )


def _find_freed(before: Catalogue, after: Catalogue, counts: Mapping[str, Mapping[Any, int]]) -> Iterator[Misfit]:
    """Yield the types whose records are only added, and could be rewritten under the new catalogue."""
    for type_id, record_type in before.types.items():
        count = sum(counts.get(type_id, {}).values())
        if record_type.append_only and count and type_id in after.types and not after.types[type_id].append_only:
            yield Misfit(type_id, "APPEND-ONLY", was=str(count))


def _refuse_new_demands(before: Catalogue, after: Catalogue, counts: Mapping[str, Mapping[Any, int]]) -> None:
    """Refuse a field without which no row may stand, where there are rows that lack it."""
    for type_id, record_type in after.types.items():
        old = {item.key: item for item in before.types[type_id].fields} if type_id in before.types else {}
        if not sum(counts.get(type_id, {}).values()):
            continue
        for item in record_type.fields:
            was = old.get(item.key)
            kept = was is not None and (was.required, was.required_when) == ("save", item.required_when)
            if item.required == "save" and not kept:
                raise UserError("PACK-DEMANDS", type=record_type.title, field=item.label)


def _say(misfits: Sequence[Misfit], language: Language) -> str:
    return "; ".join(render(f"PACK-MISFIT-{item.reason}", asdict(item), language) for item in misfits)


def _field_keys(catalogue: Catalogue) -> set[tuple[str, str]]:
    return {(type_id, item.key) for type_id, kind in catalogue.types.items() for item in kind.fields}


def _codes(catalogue: Catalogue) -> set[str]:
    """Return every code that a file of the catalogue gives; lists built from facts are the program's own."""
    return {
        f"{name.removesuffix('.csv')}:{item.code}"
        for name in catalogue.sources.choices
        for item in catalogue.choice_list(name.removesuffix(".csv"))
    }


def _sorted(found: Any) -> tuple[str, ...]:
    return tuple(sorted(found))


def _program() -> str:
    return installed_version("diaba")


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def _read_folder(folder: Path) -> Sources:
    if not folder.is_dir():
        raise UserError("PACK-FOLDER", folder=str(folder))
    found = {
        kind: {path.name: path.read_bytes() for path in sorted((folder / kind).glob(f"*.{ending}"))}
        for kind, ending in _FOLDERS
    }
    return Sources(**found)
