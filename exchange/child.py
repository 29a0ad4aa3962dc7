"""The child process that opens foreign files: gives up its rights, does one thing, answers in frames, ends."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from core.errors import AppError
from core.resources import is_frozen, program_root
from exchange.confinement import confine_early, confine_files
from exchange.document_child import DOCUMENT_OPERATIONS
from exchange.frames import Header, read_frame, write_frame
from exchange.raster_child import RASTER_OPERATIONS

_SYSTEM_PLACES = ("/usr", "/lib", "/lib64", "/etc/localtime", "/dev/urandom", "/dev/random", "/dev/null")

Operation = Callable[[Header, BinaryIO], Iterator[Any]]
"""Yields first the measures taken once its library is loaded, then frames."""


def main() -> int:
    """Serve the one request on standard input; whatever goes wrong is told in a last frame."""
    questions, answers = _take_pipes()
    frame = read_frame(questions)
    if frame is None:
        return 1
    request = frame[0]
    try:
        held = confine_early(**request["limits"])
        operation = _OPERATIONS[request["operation"]](request, questions)
        held += next(operation)  # from here on only the file is in reach
        for header, parts in operation:
            write_frame(answers, header, parts)
        last: Header = {"frame": "end", "held": held}
    except AppError as error:
        last = _error(type(error).__name__, error.code, error.context)
    except MemoryError:
        last = _error("UserError", "READER-MEMORY", {})
    except Exception as error:  # noqa: BLE001 (the boundary: a library that fails on a foreign file is a fact about it)
        reason = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        last = _error("UserError", "FILE-DAMAGED", {"reason": reason})
    write_frame(answers, last)
    return 0


def _error(kind: str, code: str, context: Header) -> Header:
    return {"frame": "error", "class": kind, "code": code, "context": context}


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Return the two pipes, for frames alone; whatever a library prints goes to standard error."""
    if sys.platform == "win32":
        import msvcrt

        for number in (0, 1):
            msvcrt.setmode(number, os.O_BINARY)
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return questions, answers


def _inspect(request: Header, _questions: BinaryIO) -> Iterator[Any]:
    path, driver, shown = Path(request["path"]), request["driver"], request["shown"]
    if request["reader"] != "gdal":
        yield from _OTHER_READERS[request["reader"]](request, path, shown, is_listed=True)
        return
    from exchange.gdal_reading import list_layers, load_fiona
    from exchange.soundness import check_sound

    if driver == "LIBKML":  # fiona's build is without it
        yield from _describe(request, _questions)
        return
    fiona = load_fiona(driver)
    yield _close_in(request)
    check_sound(request["kind"], path, shown)
    yield from list_layers(fiona, path, driver, shown)


def _read(request: Header, _questions: BinaryIO) -> Iterator[Any]:
    path, driver, shown = Path(request["path"]), request["driver"], request["shown"]
    if request["reader"] != "gdal":
        yield from _OTHER_READERS[request["reader"]](request, path, shown, is_listed=False)
        return
    from exchange.gdal_reading import load_pyogrio, read_layer
    from exchange.soundness import check_sound

    pyogrio = load_pyogrio(driver)
    yield _close_in(request)
    check_sound(request["kind"], path, shown)
    for layer in request.get("layers", [request["layer"]]):
        yield from read_layer(pyogrio, path, driver, layer, shown)


def _glance(request: Header, _questions: BinaryIO) -> Iterator[Any]:
    from exchange import glance_reading

    path, driver, shown = Path(request["path"]), request["driver"], request["shown"]
    if request["reader"] == "text":
        yield _close_in(request)
        yield from glance_reading.glance_text(path, shown)
    elif request["reader"] == "sheets":
        from exchange.sheets import load_calamine

        calamine = load_calamine()
        yield _close_in(request)
        yield from glance_reading.glance_sheets(calamine, path, shown)
    else:
        from exchange.gdal_reading import load_pyogrio

        pyogrio = load_pyogrio(driver)
        yield _close_in(request)
        yield from glance_reading.glance_layers(pyogrio, request["kind"], path, driver, shown)


def _describe(request: Header, _questions: BinaryIO) -> Iterator[Any]:
    from exchange.soundness import check_sound

    path, shown = Path(request["path"]), request["shown"]
    if request["kind"] == "gpkg":
        from exchange.gdal_schemas import describe_geopackage

        yield _close_in(request)
        check_sound(request["kind"], path, shown)
        yield from describe_geopackage(path, shown)
        return
    from exchange.gdal_reading import load_pyogrio
    from exchange.gdal_schemas import describe_layers

    pyogrio = load_pyogrio(request["driver"])
    yield _close_in(request)
    check_sound(request["kind"], path, shown)
    yield from describe_layers(pyogrio, path, request["driver"], shown)


def _text(request: Header, path: Path, shown: str, *, is_listed: bool) -> Iterator[Any]:
    from exchange.text_reading import list_text, read_text

    yield _close_in(request)
    yield from list_text(path, shown) if is_listed else read_text(path, shown)


def _dxf(request: Header, path: Path, shown: str, *, is_listed: bool) -> Iterator[Any]:
    import ezdxf  # noqa: F401 (loaded before the files are closed in)

    from exchange.cad.dxf import list_dxf, read_dxf

    yield _close_in(request)
    yield from list_dxf(path, shown) if is_listed else read_dxf(path, shown, request.get("drawing_layers"))


def _dgn(request: Header, path: Path, shown: str, *, is_listed: bool) -> Iterator[Any]:
    from exchange.cad.dgn import list_dgn, read_dgn
    from exchange.gdal_reading import load_pyogrio

    pyogrio = load_pyogrio(request["driver"])
    yield _close_in(request)
    yield from list_dgn(pyogrio, path) if is_listed else read_dgn(pyogrio, path, request.get("drawing_layers"))


def _sheets(request: Header, path: Path, shown: str, *, is_listed: bool) -> Iterator[Any]:
    from exchange.sheets import list_sheets, load_calamine, read_sheet

    calamine = load_calamine()
    yield _close_in(request)
    yield from (
        list_sheets(calamine, path, shown) if is_listed else read_sheet(calamine, path, request.get("layer"), shown)
    )


def _photo(request: Header, path: Path, shown: str, *, is_listed: bool) -> Iterator[Any]:
    from exchange.text_reading import list_photo, read_photo

    yield _close_in(request)
    yield from list_photo(path, shown) if is_listed else read_photo(path, shown)


_OTHER_READERS: dict[str, Callable[..., Iterator[Any]]] = {
    "text": _text,
    "dxf": _dxf,
    "dgn": _dgn,
    "sheets": _sheets,
    "photo": _photo,
}


def _read_quoted(request: Header, _questions: BinaryIO) -> Iterator[Any]:
    from exchange.quoted_rows import read_quoted

    yield _close_in(request)
    yield from read_quoted(Path(request["path"]), request["shown"])


def _read_sheets(request: Header, _questions: BinaryIO) -> Iterator[Any]:
    from exchange.sheet_reading import read_sheets

    yield _close_in(request)
    yield from read_sheets(Path(request["path"]), request["shown"])


def _read_corners(request: Header, questions: BinaryIO) -> Iterator[Any]:
    from exchange.corner_reading import read_corner_file, read_pasted

    yield _close_in(request)
    if "path" in request:
        yield from read_corner_file(Path(request["path"]), request["kind"], request["shown"], **request["choices"])
        return
    frame = read_frame(questions)
    assert frame is not None
    text, html = frame[1]
    yield from read_pasted(bytes(text), bytes(html), request["shown"], **request["choices"])


def _write(request: Header, questions: BinaryIO) -> Iterator[Any]:
    from exchange.gdal_reading import load_pyogrio
    from exchange.gdal_writing import write_layers_in_child

    pyogrio = load_pyogrio(request["driver"])
    yield confine_files(readable=_own_places(), writable=[Path(request["folder"])])
    yield from write_layers_in_child(pyogrio, request, questions)


def _close_in(request: Header) -> list[str]:
    return confine_files(readable=[*_own_places(), *map(Path, request["parts"])])


def _own_places() -> Iterable[Path]:
    """Return where the program and its libraries lie, and what they use: modules and tables are loaded on demand.

    The packaged program's modules lie in its own executable file.
    """
    own = program_root() if is_frozen() else program_root() / "resources"
    places = [sys.executable, sys.prefix, sys.base_prefix, *sys.path, *_SYSTEM_PLACES]
    return [own, *(Path(place) for place in places if place)]


_OPERATIONS: dict[str, Operation] = {
    "inspect": _inspect,
    "read": _read,
    "glance": _glance,
    "describe": _describe,
    "read_quoted": _read_quoted,
    "read_corners": _read_corners,
    "read_sheets": _read_sheets,
    "write": _write,
    **{
        name: partial(operation, close_in=_close_in)
        for name, operation in [*DOCUMENT_OPERATIONS.items(), *RASTER_OPERATIONS.items()]
    },
}


if __name__ == "__main__":
    sys.exit(main())
