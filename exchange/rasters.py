"""Rasters in: what a file is, its overview, pictures of windows out of it; all decoding happens in a child process."""

import errno
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from core.errors import AppError, Cancelled, EnvironmentFault, UserError
from core.progress import SILENT, Progress
from exchange.frames import Buffer, Header
from exchange.mbtiles import has_unwritten_log
from exchange.raster_facts import PYRAMIDS, RasterFacts, RasterKind
from exchange.sandbox import Limits, run_child
from exchange.staging import check_regular, file_error
from geodesy.placements import Placement, parse_world_file

__all__ = ["RasterFacts", "RasterPicture", "RasterReader", "inspect_raster", "read_sidecars", "write_overview"]

DRIVERS = {"tiff": ("GTiff",), "png": ("PNG",), "jpeg": ("JPEG",)}
SUFFIXES = (".mbtiles", ".pmtiles", ".tif", ".tiff", ".png", ".jpg", ".jpeg")

INSPECT_LIMITS = Limits(memory_bytes=1 << 30, cpu_seconds=60, seconds=90.0)
OVERVIEW_LIMITS = Limits(memory_bytes=1 << 30, cpu_seconds=1800, seconds=3600.0)
SERVE_LIMITS = Limits(memory_bytes=1 << 30, cpu_seconds=1800, seconds=24 * 3600.0)
WINDOW_SECONDS = 60.0
PATIENCE_S = 1.0  # a window in the making is waited for so long before a cancel kills the child

_WORLD_SUFFIXES = {"tiff": (".tfw", ".tifw", ".tiffw"), "png": (".pgw", ".pngw"), "jpeg": (".jgw", ".jpgw", ".jpegw")}
_SIDECAR_BYTES = 20_000
_MAGIC: tuple[tuple[bytes, RasterKind], ...] = (
    (b"SQLite format 3\0", "mbtiles"),
    (b"PMTiles", "pmtiles"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
)


@dataclass(frozen=True, slots=True)
class RasterPicture:
    """A window as red, green, blue, opacity ``(height, width, 4)``.

    ``damaged`` tiles were holes in it; ``is_too_far`` says that the file has nothing coarse enough for so large a view.
    """

    pixels: npt.NDArray[np.uint8]
    damaged: int = 0
    is_too_far: bool = False


def inspect_raster(path: Path, *, progress: Progress = SILENT, limits: Limits = INSPECT_LIMITS) -> RasterFacts:
    """Return what a raster file is.

    Raises RASTER-KIND, RASTER-NO-TILES, RASTER-VECTOR-TILES, RASTER-TILE-FORMAT, RASTER-TOO-LARGE, RASTER-ONE-BLOCK,
    RASTER-COLOURS, and the FILE-… and READER-… errors of a file that is missing, damaged or out of reach.
    """
    found, kind = _checked(path)
    for header, _ in _run("raster-inspect", found, kind, path.name, limits, progress):
        if header.get("frame") == "facts":
            try:
                return RasterFacts.from_dict(header["facts"])
            except (ValueError, TypeError, KeyError) as error:  # a child that was taken over may say anything
                raise UserError("READER-CRASHED", file=path.name, status=0) from error
    raise UserError("READER-CRASHED", file=path.name, status=0)


def read_sidecars(path: Path) -> tuple[Placement | None, str]:
    """Return the placement of the world file beside a picture and the text of its ``.prj``, where they are.

    Raises RASTER-WORLD-FILE for a world file that holds no placement.
    """
    kind = _checked(path)[1]
    beside = {near.suffix.lower(): near for near in sorted(path.parent.iterdir()) if near.stem == path.stem}
    placement = None
    for suffix in (*_WORLD_SUFFIXES.get(kind, ()), ".wld"):
        if suffix in beside:
            placement = parse_world_file(_read_small(beside[suffix]), beside[suffix].name)
            break
    return placement, _read_small(beside[".prj"]).strip() if ".prj" in beside else ""


def write_overview(path: Path, facts: RasterFacts, out: Path, *, progress: Progress = SILENT) -> None:
    """Write the small version of a large picture to ``out``: raw pixels, complete or not there at all.

    Raises RASTER-NO-SPACE when the disk is full, EXPORT-REFUSED, and what ``inspect_raster`` raises.
    """
    found, kind = _checked(path)
    width, height = facts.overview_size
    half = out.with_name(out.name + ".part")
    done = 0
    told = [0]
    try:
        with half.open("wb") as file:
            watched = _Watched(progress, told, height)
            frames = _run("raster-overview", found, kind, path.name, OVERVIEW_LIMITS, watched, facts=facts.as_dict())
            for header, buffers in frames:
                if header.get("frame") == "rows" and header.get("first") == done and len(buffers) == 1:
                    done += int(header["count"])
                    if done > height or len(buffers[0]) != int(header["count"]) * width * 4:
                        raise UserError("READER-CRASHED", file=path.name, status=0)
                    file.write(buffers[0])
                    told[0] = done
        if done != height:
            raise UserError("READER-CRASHED", file=path.name, status=0)
        half.replace(out)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise EnvironmentFault("RASTER-NO-SPACE", file=path.name, size_mb=-(-width * height * 4 >> 20)) from error
        raise EnvironmentFault("EXPORT-REFUSED", file=out.name, reason=error.strerror or str(error)) from error
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)


class _Watched:
    """A progress that is told of what has been written whenever the child is looked at."""

    def __init__(self, progress: Progress, done: list[int], total: int) -> None:
        self._progress, self._done, self._total = progress, done, total

    def step(self, done: int, total: int | None = None) -> None:
        """Tell how far the work is; raise when nobody wants it any more."""
        self._progress.step(self._done[0], self._total)


class RasterReader:
    """One open raster file: a child process that answers window after window until ``close``.

    Usable from several threads, one window at a time. A child that ends is started again with the next window.
    """

    def __init__(self, path: Path, facts: RasterFacts, overview: Path | None = None) -> None:
        self._path, self._facts, self._overview = path, facts, overview
        self._lock = threading.Lock()
        self._questions: queue.SimpleQueue[tuple[Header, list[Buffer]] | None] | None = None
        self._answers: Iterator[tuple[Header, list[bytearray]]] | None = None
        self._asked_at = 0.0
        self._progress: Progress = SILENT
        self._is_closed = False

    def read(
        self, mesh: npt.NDArray[np.float64], width: int, height: int, *, progress: Progress = SILENT
    ) -> RasterPicture:
        """Return the picture at a mesh ``(rows, columns, 2)`` of the file's own coordinates.

        Raises READER-TIMEOUT, READER-MEMORY, READER-CRASHED and FILE-DAMAGED; ``Cancelled`` from ``progress`` is raised
        at once before the work and after some patience within it, and when the reader is closed meanwhile.
        """
        with self._lock:
            progress.step(0)
            is_new = self._answers is None
            try:
                return self._ask(mesh, width, height, progress)
            except AppError as error:
                self._stop()
                if error.code != "READER-CRASHED" or is_new:
                    raise
            except BaseException:
                self._stop()
                raise
            return self._ask(mesh, width, height, progress)  # an old child may have used up its processor time

    def close(self) -> None:
        """End the child and give its memory back; a window in the making ends with ``Cancelled``."""
        self._is_closed = True
        with self._lock:
            self._stop()

    def _ask(self, mesh: npt.NDArray[np.float64], width: int, height: int, progress: Progress) -> RasterPicture:
        if self._is_closed:
            raise Cancelled
        if self._answers is None:
            self._start()
        assert self._questions is not None and self._answers is not None
        header = {"width": width, "height": height, "rows": mesh.shape[0], "columns": mesh.shape[1]}
        self._asked_at, self._progress = time.monotonic(), progress
        self._questions.put((header, [np.ascontiguousarray(mesh, "<f8").tobytes()]))
        for told, buffers in self._answers:
            if told.get("frame") == "picture" and len(buffers) == 1 and len(buffers[0]) == width * height * 4:
                pixels = np.frombuffer(buffers[0], np.uint8).reshape(height, width, 4)
                return RasterPicture(pixels, int(told.get("damaged", 0)), bool(told.get("too_far")))
            break
        raise UserError("READER-CRASHED", file=self._path.name, status=0)

    def _start(self) -> None:
        found, kind = _checked(self._path)
        questions: queue.SimpleQueue[tuple[Header, list[Buffer]] | None] = queue.SimpleQueue()
        self._questions = questions
        small = {"overview": str(self._overview)} if self._overview is not None else {}
        parts = [found] if self._overview is None else [found, self._overview]
        self._answers = run_child(
            {**_request("raster-serve", found, kind, parts), "facts": self._facts.as_dict(), **small},
            shown=self._path.name,
            drivers=DRIVERS.get(kind, ()),
            limits=SERVE_LIMITS,
            payload=iter(questions.get, None),
            poll=self._poll,
        )

    def _poll(self) -> None:
        if self._is_closed:
            raise Cancelled
        waited = time.monotonic() - self._asked_at
        if waited > WINDOW_SECONDS:
            raise EnvironmentFault("READER-TIMEOUT", file=self._path.name, seconds=round(WINDOW_SECONDS))
        if waited > PATIENCE_S:
            self._progress.step(0)

    def _stop(self) -> None:
        questions, answers = self._questions, self._answers
        self._questions = self._answers = None
        self._progress = SILENT
        if questions is not None:
            questions.put(None)  # lets the thread go that waits to send the next question
        if answers is not None:
            answers.close()  # type: ignore[attr-defined]


def _checked(path: Path) -> tuple[Path, RasterKind]:
    """Return the real path and the kind by the file's first bytes."""
    try:
        found = path.resolve(strict=True)
        check_regular(found, path)
        with found.open("rb") as file:
            head = file.read(16)
        kind = next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)
        if kind == "mbtiles" and has_unwritten_log(found):
            raise UserError("FILE-IN-USE", file=path.name, journal=f"{path.name}-wal")
    except OSError as error:
        raise file_error(error, path) from error
    except (ValueError, RuntimeError) as error:  # NUL in the path, or links that lead round in a circle
        raise UserError("FILE-MISSING", file=str(path)) from error
    if kind is None:
        raise UserError("RASTER-KIND", file=path.name)
    return found, kind


def _read_small(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_SIDECAR_BYTES).decode("utf-8", "replace")
    except OSError as error:
        raise file_error(error, path) from error


def _request(operation: str, found: Path, kind: RasterKind, parts: list[Path]) -> dict[str, Any]:
    return {"operation": operation, "path": str(found), "kind": kind, "parts": [str(part) for part in parts]}


def _run(
    operation: Literal["raster-inspect", "raster-overview"],
    found: Path,
    kind: RasterKind,
    shown: str,
    limits: Limits,
    progress: Progress,
    **more: Any,
) -> Iterator[tuple[Header, list[bytearray]]]:
    drivers = () if kind in PYRAMIDS else DRIVERS[kind]
    request = {**_request(operation, found, kind, [found]), **more}
    return run_child(request, shown=shown, drivers=drivers, limits=limits, poll=lambda: progress.step(0))
