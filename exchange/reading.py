"""Field files in: what they hold, and their rows; every file is opened in a child process, never in this one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import EnvironmentFault, UserError
from core.progress import SILENT, Progress
from exchange.cad.drawing import DrawingSummary, drawing_summary
from exchange.decoding import decode_columns
from exchange.frames import Header
from exchange.gathering import Gathered, declared_system
from exchange.problems import RowProblem
from exchange.sandbox import DEFAULT_LIMITS, Limits, run_child
from exchange.staging import StagedFile, staged_file
from exchange.table import Table
from exchange.wkt_column import with_wkt_shapes
from geodesy.systems import CoordinateSystem

__all__ = [
    "FileInspection",
    "LayerSummary",
    "RowProblem",
    "Table",
    "describe_file",
    "inspect_file",
    "read_table",
    "read_tables",
]


@dataclass(frozen=True, slots=True)
class LayerSummary:
    """One layer of a file: name, kind of geometry (``None`` for none), number of rows, columns, declared system.

    ``columns`` are pairs of name and type as the file has them. ``declared`` is ``None`` when the file names no
    system, or one this program refuses; ``refused`` is then the code of the reason.
    """

    name: str
    geometry: str | None
    count: int
    columns: tuple[tuple[str, str], ...]
    declared: CoordinateSystem | None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class FileInspection:
    """What a file holds; ``driver`` names its format."""

    path: Path
    kind: str
    driver: str
    layers: tuple[LayerSummary, ...]
    drawing: DrawingSummary | None = None


def inspect_file(
    path: Path,
    progress: Progress = SILENT,
    *,
    limits: Limits = DEFAULT_LIMITS,
    partly: Callable[[DrawingSummary], None] = lambda _: None,
) -> FileInspection:
    """Return the layers of a field file; ``partly`` hears what was counted so far of a large drawing.

    Raises the FILE-…, ARCHIVE-…, TEXT-… and READER-… errors of a file that is missing, damaged, unsafe or not what its
    name says.
    """
    with staged_file(path) as staged:
        return inspect_staged(staged, progress, limits=limits, partly=partly)


def inspect_staged(
    staged: StagedFile,
    progress: Progress = SILENT,
    *,
    limits: Limits = DEFAULT_LIMITS,
    partly: Callable[[DrawingSummary], None] = lambda _: None,
) -> FileInspection:
    """Return what ``inspect_file`` does of a file that is staged already."""
    layers: list[LayerSummary] = []
    drawing = None
    done: list[int | None] = [0, None]
    for header, _ in run_reader("inspect", staged, limits, lambda: progress.step(done[0] or 0, done[1])):
        if header["frame"] == "progress":
            done[:] = int(header["done"]), int(header["total"])
        elif header["frame"] == "drawing":
            drawing = _drawing(header, staged.source)
            partly(drawing)
        else:
            layers.append(_summary(header, staged))
    return FileInspection(staged.source, staged.kind.key, staged.kind.title, tuple(layers), drawing)


def _drawing(header: Header, path: Path) -> DrawingSummary:
    try:
        return drawing_summary(header)
    except (KeyError, TypeError, ValueError) as error:
        raise EnvironmentFault("READER-CRASHED", file=path.name, status="") from error


def describe_file(path: Path, progress: Progress = SILENT, *, limits: Limits = DEFAULT_LIMITS) -> FileInspection:
    """Return the layers of a file that GDAL reads, with the types of their columns to the width of a number.

    The types are text, short, long, integer, float, double, boolean and date. Raise what ``inspect_file`` raises.
    """
    with staged_file(path) as staged:
        if staged.kind.is_text:
            raise UserError("FILE-KIND", file=path.name, known=[".gpkg", ".gdb"])
        layers = [
            _summary(header, staged)
            for header, _ in run_reader("describe", staged, limits, lambda: progress.step(0, None))
        ]
    return FileInspection(path, staged.kind.key, staged.kind.title, tuple(layers))


def read_table(
    path: Path,
    layer: str | None = None,
    *,
    encoding: str | Mapping[str, str] | None = None,
    progress: Progress = SILENT,
    trust_declared: bool = True,
    drawing_layers: Sequence[str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Table:
    """Return one layer's rows; without ``layer`` the only one, or the first of a GPX; of a drawing all, or those on
    ``drawing_layers``.

    ``encoding`` repairs text: a name for every column of unknown encoding, ``auto`` for what the text doctor decides
    column by column, or a mapping of columns to names; ``None`` leaves the text as it came. A declared system this
    program refuses raises CRS-DEPRECATED, CRS-UNSUPPORTED or CRS-UNKNOWN, unless ``trust_declared`` is off because
    somebody named another. Raises besides what ``inspect_file`` raises LAYER-MISSING and LAYER-SEVERAL.
    """
    with staged_file(path) as staged:
        table = read_staged(
            staged,
            layer,
            progress=progress,
            trust_declared=trust_declared,
            drawing_layers=drawing_layers,
            limits=limits,
        )
    return decode_columns(table, encoding) if encoding else table


def read_staged(
    staged: StagedFile,
    layer: str | None = None,
    *,
    progress: Progress = SILENT,
    trust_declared: bool = True,
    drawing_layers: Sequence[str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Table:
    """Return what ``read_table`` does of a file that is staged already, its text as it came."""
    gathered = Gathered(staged)
    wanted = None if drawing_layers is None else list(drawing_layers)
    run = run_reader(
        "read", staged, limits, lambda: progress.step(*gathered.progress), layer=layer, drawing_layers=wanted
    )
    for header, buffers in run:
        gathered.add(header, buffers)
    return with_wkt_shapes(gathered.table(trust_declared=trust_declared))


def read_tables(
    path: Path, layers: Sequence[str], *, progress: Progress = SILENT, limits: Limits = DEFAULT_LIMITS
) -> dict[str, Table]:
    """Return several layers of a file that GDAL reads, opened once; a system that they declare is not looked at.

    Raise what ``read_table`` raises.
    """
    found: dict[str, Table] = {}
    if not layers:
        return found
    with staged_file(path) as staged:
        if staged.kind.is_text:
            raise UserError("FILE-KIND", file=path.name, known=[".gpkg", ".gdb"])
        gathered = Gathered(staged)
        frames = run_reader(
            "read", staged, limits, lambda: progress.step(len(found), len(layers)), layer=None, layers=layers
        )
        for header, buffers in frames:
            if header["frame"] == "table" and gathered.is_begun:
                done = gathered.table(trust_declared=False)
                found[done.layer] = done
                gathered = Gathered(staged)
            gathered.add(header, buffers)
        done = gathered.table(trust_declared=False)
        found[done.layer] = done
    return found


def read_quoted(path: Path, *, progress: Progress = SILENT, limits: Limits = DEFAULT_LIMITS) -> Table:
    """Return a CSV with headings as it stands, no column taken for a coordinate; quoted cells may hold line ends.

    Rows count as a spreadsheet shows them. Raises what ``inspect_file`` raises, and FILE-KIND for what is no text.
    """
    with staged_file(path) as staged:
        if not staged.kind.is_text:
            raise UserError("FILE-KIND", file=path.name, known=[".csv"])
        gathered = Gathered(staged)
        for header, buffers in run_reader("read_quoted", staged, limits, lambda: progress.step(*gathered.progress)):
            gathered.add(header, buffers)
        return gathered.table(trust_declared=False)


def run_reader(
    operation: str, staged: StagedFile, limits: Limits, poll: Callable[[], None], **facts: Any
) -> Iterator[tuple[Header, list[bytearray]]]:
    """Yield the frames of one operation of the child upon a staged file."""
    request = {
        "operation": operation,
        "kind": staged.kind.key,
        "reader": staged.kind.reader,
        "driver": staged.kind.driver,
        "path": str(staged.path),
        "parts": [str(part) for part in staged.parts],
        **facts,
    }
    return run_child(
        request,
        shown=staged.source.name,
        drivers=[staged.kind.driver] if staged.kind.driver else [],
        scratch=str(staged.folder),
        limits=limits,
        poll=poll,
    )


def _summary(header: Header, staged: StagedFile) -> LayerSummary:
    declared, refused = None, None
    try:
        declared = declared_system(header.get("system"), staged.source.name)
    except UserError as error:
        refused = error.code
    return LayerSummary(
        name=str(header["layer"]),
        geometry=header["geometry"],
        count=int(header["count"]),
        columns=tuple((str(name), str(kind)) for name, kind in header["columns"]),
        declared=declared,
        refused=refused,
    )
