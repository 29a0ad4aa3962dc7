"""Writes layers through GDAL, inside the child: it can write into one folder and nowhere else."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from core.errors import UserError
from exchange.columns import buffers_of, unpack_cells, unpack_wkb
from exchange.frames import Buffer, Header, read_frame

_NUMERIC: dict[str, Any] = {"integer": np.int64, "number": np.float64, "boolean": np.bool_}


def write_layers_in_child(pyogrio: Any, request: Header, stream: BinaryIO) -> Iterator[tuple[Header, list[Buffer]]]:
    """Write the layers that follow the request, one frame each, and answer each with a frame of its own."""
    written: set[str] = set()
    while (frame := read_frame(stream)) is not None:
        header, buffers = frame
        path = Path(request["folder"]) / header["file"]
        try:
            _write_layer(pyogrio, path, request, header, buffers, append=header["file"] in written)
        except (RuntimeError, ValueError, OSError) as error:
            reason = " ".join(str(error).split())[:300]
            raise UserError("EXPORT-FAILED", file=request["shown"], layer=header["layer"], reason=reason) from error
        written.add(header["file"])
        yield {"frame": "written", "layer": header["layer"]}, []


def _write_layer(
    pyogrio: Any, path: Path, request: Header, header: Header, buffers: list[bytearray], *, append: bool
) -> None:
    left: list[Buffer] = list(buffers)
    fields, data, masks = [], [], []
    for column in header["columns"]:
        parts = [left.pop(0) for _ in range(buffers_of(column))]
        cells = unpack_cells(column, parts, "utf-8")
        missing = np.array([cell is None for cell in cells], dtype=bool)
        fields.append(column["name"])
        masks.append(missing)
        is_day = column.get("date") and request["driver"] != "LIBKML"  # which would write 2005/03/05
        data.append(_days(cells) if is_day else _field(cells, column))
    geometry = unpack_wkb(left[0], left[1]) if header["wkb"] else None
    with contextlib.suppress(FileNotFoundError):
        if not append:
            path.unlink()
    pyogrio.raw.write(
        str(path),
        geometry,
        data,
        fields,
        field_mask=masks,
        layer=header["layer"],
        driver=request["driver"],
        geometry_type=header["geometry_type"],
        crs=header["system"],
        encoding=request["charset"],
        append=append,
        **{**request["options"], **header["options"], **_charset_option(request)},
    )


def _charset_option(request: Header) -> dict[str, str]:
    """Return the layer option by which MapInfo files say how their text is written."""
    return {"ENCODING": request["charset"]} if request["driver"] == "MapInfo File" else {}


def _field(cells: list[Any], column: Header) -> Any:
    if column["type"] == "text":
        return np.array(cells, dtype=object)
    dtype = column.get("dtype") or _NUMERIC[column["type"]]
    return np.array([0 if cell is None else cell for cell in cells], dtype=dtype)


def _days(cells: list[Any]) -> Any:
    return np.array(["NaT" if cell is None else cell for cell in cells], dtype="datetime64[D]")
