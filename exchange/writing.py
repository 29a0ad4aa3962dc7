"""Layers out to files other programs read; ``exchange.out_formats`` says which formats there are."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.errors import AppError, EnvironmentFault, UserError
from core.progress import SILENT, Progress
from exchange.csv_writing import write_csv
from exchange.dxf_writing import write_dxf
from exchange.frames import Header
from exchange.layer_frames import Frame, layer_frames
from exchange.layer_sheets import write_layer_sheets
from exchange.out_formats import FORMATS, ExportFormat, OutChoices
from exchange.out_layer import OutLayer, OutType
from exchange.sandbox import Limits, run_child

__all__ = ["FORMATS", "ExportFormat", "OutChoices", "OutLayer", "OutType", "write_databases", "write_layers"]

_LIMITS = Limits(file_bytes=8 << 30)
_NO_SPACE_BYTES = 1 << 20
_BUFFER_BYTES = 1 << 16
_PLAIN = OutChoices()


def write_layers(
    out: Path,
    format: str,
    layers: Sequence[OutLayer],
    progress: Progress = SILENT,
    *,
    choices: OutChoices = _PLAIN,
) -> tuple[Path, ...]:
    """Write ``layers`` to ``out`` and return the files, each there whole or not at all; an existing file is replaced.

    A format of one layer a file writes several layers into the folder ``out``, or beside ``out`` when that names a
    file, each called after its layer. GeoJSON and KML are written in WGS 84 whatever the layers' system. Raises
    EXPORT-FORMAT, EXPORT-ENCODING, EXPORT-NAMES, EXPORT-TEXT-LONG and EXPORT-LETTER for what the format or the
    encoding would not bring back whole, EXPORT-NO-FOLDER, EXPORT-REFUSED, EXPORT-NO-SPACE, EXPORT-FAILED.
    """
    chosen = FORMATS.get(format)
    if chosen is None:
        raise UserError("EXPORT-FORMAT", format=format, formats=sorted(FORMATS))
    if choices.encoding not in chosen.encodings:
        raise UserError("EXPORT-ENCODING", encoding=choices.encoding, format=chosen.title, known=chosen.encodings)
    names = [layer.name for layer in layers]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UserError("EXPORT-NAMES", layer=twice)
    targets = _targets(out, chosen, names)
    folder = targets[0].parent if targets else out.parent
    is_new = not folder.exists()
    try:
        if folder != out.parent:
            folder.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".diaba-export-", dir=folder) as name:
            _write_all(Path(name), targets, chosen, layers, choices, progress)
            return _publish(Path(name), targets, chosen)
    except OSError as error:
        raise _write_error(error, folder, out) from error
    finally:
        if is_new and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def write_databases(
    folder: Path, driver: str, files: Sequence[str], layers: Sequence[OutLayer], progress: Progress = SILENT
) -> None:
    """Write each layer into the file (or FileGDB) of its place in ``files``, below ``folder``, which the caller made.

    Nothing is taken back on failure: the folder is the caller's. Raises EXPORT-NO-SPACE, EXPORT-FAILED.
    """
    options = {"VERSION": "1.2"} if driver == "GPKG" else {}
    chosen = ExportFormat("database", driver, "", driver, many_layers=True, options=options)
    _run_writer(folder, files, chosen, layers, _PLAIN, progress)


def _targets(out: Path, chosen: ExportFormat, names: Sequence[str]) -> list[Path]:
    """Return the file of each layer."""
    named_file = out.suffix.lower() == chosen.suffix
    if chosen.many_layers or (len(names) == 1 and named_file):
        return [out if named_file else out.with_name(out.name + chosen.suffix)] * len(names)
    if named_file:
        return [out.with_name(f"{out.stem}_{name}{chosen.suffix}") for name in names]
    return [out / f"{name}{chosen.suffix}" for name in names]


def _write_all(
    folder: Path,
    targets: Sequence[Path],
    chosen: ExportFormat,
    layers: Sequence[OutLayer],
    choices: OutChoices,
    progress: Progress,
) -> None:
    if chosen.key == "xlsx":
        write_layer_sheets(folder / targets[0].name, layers, progress)
    elif chosen.key == "dxf":
        write_dxf(folder / targets[0].name, layers, progress)
    elif chosen.driver is None:
        for done, (target, layer) in enumerate(zip(targets, layers, strict=True)):
            progress.step(done, len(layers))
            write_csv(folder / target.name, layer.columns, layer.geometries, layer.system, decimal=choices.decimal)
    else:
        _run_writer(folder, [target.name for target in targets], chosen, layers, choices, progress)


def _run_writer(
    folder: Path,
    files: Sequence[str],
    chosen: ExportFormat,
    layers: Sequence[OutLayer],
    choices: OutChoices,
    progress: Progress,
) -> None:
    """Have the child write; what it cannot take is found while the frames are made, in another thread."""
    charset = "ISO-8859-1" if choices.encoding == "tcvn3" else "UTF-8"
    driver = str(chosen.driver)
    request: Header = {"operation": "write", "driver": driver, "folder": str(folder), "charset": charset}
    request["options"] = dict(chosen.options)
    written: list[str] = []
    payload = _Payload(layer_frames(files, chosen, layers, choices))
    try:
        for header, _ in run_child(
            request,
            shown=files[0],
            drivers=[driver],
            scratch=str(folder),
            limits=_LIMITS,
            payload=payload,
            poll=lambda: progress.step(len(written), len(layers)),
        ):
            written.append(str(header["layer"]))
        payload.expect_whole()
    except (UserError, EnvironmentFault) as error:
        payload.expect_whole()
        if shutil.disk_usage(folder).free < _NO_SPACE_BYTES:
            raise EnvironmentFault("EXPORT-NO-SPACE", file=files[0]) from error
        raise
    _expect_room(folder, files[0])
    if choices.encoding == "tcvn3":
        for page in folder.glob(
            "*.cpg"
        ):  # no page has a name that means these bytes; without one, readers look at them
            page.unlink()


def _expect_room(folder: Path, file: str) -> None:
    """Raise EXPORT-NO-SPACE when the disk takes no more: some of GDAL's drivers cut a file short there and say nothing.

    What they could not write is as much as they keep back at most, so a disk that still takes that took all of theirs.
    """
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(_BUFFER_BYTES))
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        raise EnvironmentFault("EXPORT-NO-SPACE", file=file) from error


class _Payload:
    """Frames on their way to the child; an error in making them ends the stream and is kept for who started it."""

    def __init__(self, frames: Iterator[Frame]) -> None:
        self._frames = frames
        self._error: AppError | None = None

    def __iter__(self) -> Iterator[Frame]:
        try:
            yield from self._frames
        except AppError as error:
            self._error = error

    def expect_whole(self) -> None:
        """Raise what went wrong in making the frames."""
        if self._error is not None:
            raise self._error


def _publish(folder: Path, targets: Sequence[Path], chosen: ExportFormat) -> tuple[Path, ...]:
    """Move the finished files into place, each target after the files that belong to it."""
    for target in dict.fromkeys(targets):
        for suffix in chosen.sidecars:
            part, place = folder / f"{target.stem}{suffix}", target.with_suffix(suffix)
            if part.exists():
                _move(part, place)
            else:
                place.unlink(missing_ok=True)
        _move(folder / target.name, target)
    return tuple(dict.fromkeys(targets))


def _move(part: Path, place: Path) -> None:
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(place)


def _write_error(error: OSError, folder: Path, out: Path) -> EnvironmentFault | UserError:
    if not folder.is_dir():
        return UserError("EXPORT-NO-FOLDER", folder=str(folder))
    if error.errno == errno.ENOSPC:
        return EnvironmentFault("EXPORT-NO-SPACE", file=out.name)
    return EnvironmentFault("EXPORT-REFUSED", file=out.name, reason=error.strerror or str(error))
