"""The child process that opens foreign files: gives up its rights, does one thing, answers in frames, ends."""

import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from core.errors import AppError
from core.resources import is_frozen, program_root
from exchange.confinement import confine_early, confine_files
from exchange.frames import Buffer, Header, read_frame, write_frame

_SYSTEM_PLACES = ("/usr", "/lib", "/lib64", "/etc/localtime", "/dev/urandom", "/dev/random", "/dev/null")

Frames = Iterator[tuple[Header, list[Buffer]]]


def main() -> int:
    """Serve the one request on standard input; whatever goes wrong is told in a last frame."""
    answers = _take_stdout()
    frame = read_frame(sys.stdin.buffer)
    if frame is None:
        return 1
    request = frame[0]
    try:
        held = confine_early(**request["limits"])
        operation = _OPERATIONS[request["operation"]](request)
        held += next(operation)  # the library is loaded: from here on only the file is in reach
        for header, parts in operation:
            write_frame(answers, header, parts)
        write_frame(answers, {"frame": "end", "held": held})
    except AppError as error:
        write_frame(
            answers, {"frame": "error", "class": type(error).__name__, "code": error.code, "context": error.context}
        )
    except MemoryError:
        write_frame(answers, {"frame": "error", "class": "UserError", "code": "READER-MEMORY", "context": {}})
    except Exception as error:  # noqa: BLE001 (the boundary: a library that fails on a foreign file is a fact about the file)
        reason = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        write_frame(
            answers, {"frame": "error", "class": "UserError", "code": "FILE-DAMAGED", "context": {"reason": reason}}
        )
    return 0


def _take_stdout() -> BinaryIO:
    """Return standard output for frames alone; whatever a library prints goes to standard error."""
    sys.stdout.flush()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _inspect(request: Header) -> Iterator[Any]:
    path, driver = Path(request["path"]), request["driver"]
    if driver is None:
        from exchange.text_reading import list_text

        yield _close_in(request)
        yield from list_text(path, request["shown"])
        return
    from exchange.gdal_reading import list_layers, load_fiona
    from exchange.soundness import check_sound

    fiona = load_fiona(driver)
    yield _close_in(request)
    check_sound(request["kind"], path, request["shown"])
    yield from list_layers(fiona, path, driver, request["shown"])


def _read(request: Header) -> Iterator[Any]:
    path, driver = Path(request["path"]), request["driver"]
    if driver is None:
        from exchange.text_reading import read_text

        yield _close_in(request)
        yield from read_text(path, request["shown"])
        return
    from exchange.gdal_reading import load_pyogrio, read_layer
    from exchange.soundness import check_sound

    pyogrio = load_pyogrio(driver)
    yield _close_in(request)
    check_sound(request["kind"], path, request["shown"])
    yield from read_layer(pyogrio, path, driver, request["layer"], request["shown"])


def _write(request: Header) -> Iterator[Any]:
    from exchange.gdal_reading import load_pyogrio
    from exchange.gdal_writing import write_layers_in_child

    pyogrio = load_pyogrio(request["driver"])
    yield confine_files(readable=_own_folders(), writable=[Path(request["folder"])])
    yield from write_layers_in_child(pyogrio, request, sys.stdin.buffer)


_OPERATIONS = {"inspect": _inspect, "read": _read, "write": _write}


def _close_in(request: Header) -> list[str]:
    return confine_files(readable=[*_own_folders(), *map(Path, request["parts"])])


def _own_folders() -> Iterable[Path]:
    """Return where the program and its libraries lie, and what they use: modules and tables are loaded on demand."""
    places = [sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), *sys.path, *_SYSTEM_PLACES]
    return [
        program_root() if is_frozen() else program_root() / "resources",
        *(Path(place) for place in places if place),
    ]


if __name__ == "__main__":
    sys.exit(main())
