"""Layers as a drawing of AutoCAD's release 12, which every CAD program opens: lines, points, outlines, labels."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import shapely

from core.progress import Progress
from exchange.out_layer import Drawn, OutLayer
from exchange.short_names import short_names

APPLICATION = "DIABA"
LABELS = "_CHU"
LABEL_HEIGHT_M = 4.0  # 2 mm on a plan of 1/2,000
_POINT_LABEL_M = 2.0
_NAME_BYTES = 31  # of a layer in release 12
_TEXT_LETTERS = 250  # of a text, 255 at most, escapes counted
_PLAIN_COLOR = 7

Pair = tuple[int, Any]


def write_dxf(path: Path, layers: Sequence[OutLayer], progress: Progress) -> None:
    """Write the layers' shapes, each in the CAD layer and with the label that ``drawn`` says, in the layers' system.

    Of a polygon every ring is a closed polyline. Letters beyond ASCII stand as ``\\U+XXXX``, as the format has them.
    Beside each entity its record's uid stands as extended data of the application DIABA; it has no other attributes.
    """
    drawn = [(layer, _drawn(layer)) for layer in layers if layer.geometries is not None]
    names = _layer_names([item for _, item in drawn])
    colors = {name: color for _, item in drawn for name, color in item.colors.items()}
    with path.open("w", encoding="ascii", newline="\r\n") as file:
        _write(file, _header([layer for layer, _ in drawn]))
        _write(file, _tables({short: colors.get(name, _PLAIN_COLOR) for name, short in names.items()}))
        _write(file, [(0, "SECTION"), (2, "ENTITIES")])
        for done, (layer, item) in enumerate(drawn):
            progress.step(done, len(drawn))
            for place, pairs in enumerate(_entities(layer, item, names)):
                if place % 1000 == 999:
                    progress.step(done, len(drawn))
                _write(file, pairs)
        _write(file, [(0, "ENDSEC"), (0, "EOF")])


def _drawn(layer: OutLayer) -> Drawn:
    """Return how a layer is drawn, by its own name where nobody has said."""
    assert layer.geometries is not None
    count = len(layer.geometries)
    return layer.drawn or Drawn([layer.name] * count, [None] * count, {layer.name: _PLAIN_COLOR})


def _layer_names(drawn: Sequence[Drawn]) -> dict[str, str]:
    """Return for each layer, and for that of its labels, a name that release 12 takes."""
    found = dict.fromkeys(name for item in drawn for name in item.layers)
    found |= dict.fromkeys(
        name + LABELS for item in drawn for name, label in zip(item.layers, item.labels, strict=True) if label
    )
    plain = {
        name: "".join(sign if sign.isascii() and (sign.isalnum() or sign in "_$-") else "_" for sign in name)
        for name in found
    }
    short = short_names(list(dict.fromkeys(plain.values())), _NAME_BYTES)
    return {name: short[plain[name]] for name in found}


def _header(layers: Sequence[OutLayer]) -> Iterator[Pair]:
    bounds = [shapely.total_bounds(layer.geometries) for layer in layers if layer.geometries is not None]
    known = [box for box in bounds if np.isfinite(box).all()]
    yield from ((0, "SECTION"), (2, "HEADER"), (9, "$ACADVER"), (1, "AC1009"), (9, "$DWGCODEPAGE"), (3, "ANSI_1252"))
    if known:
        west, south = np.min([box[:2] for box in known], axis=0).tolist()
        east, north = np.max([box[2:] for box in known], axis=0).tolist()
        yield from ((9, "$EXTMIN"), *_place(west, south), (9, "$EXTMAX"), *_place(east, north))
    yield 0, "ENDSEC"


def _tables(layers: dict[str, int]) -> Iterator[Pair]:
    yield from ((0, "SECTION"), (2, "TABLES"))
    yield from ((0, "TABLE"), (2, "LTYPE"), (70, 1), (0, "LTYPE"), (2, "CONTINUOUS"), (70, 64), (3, "Solid line"))
    yield from ((72, 65), (73, 0), (40, "0.0"), (0, "ENDTAB"))
    yield from ((0, "TABLE"), (2, "LAYER"), (70, len(layers) + 1))
    for name, color in {"0": _PLAIN_COLOR, **layers}.items():
        yield from ((0, "LAYER"), (2, name), (70, 0), (62, color), (6, "CONTINUOUS"))
    yield 0, "ENDTAB"
    yield from ((0, "TABLE"), (2, "STYLE"), (70, 1), (0, "STYLE"), (2, "VIETNAM"), (70, 0), (40, "0.0"), (41, "1.0"))
    yield from ((50, "0.0"), (71, 0), (42, "2.0"), (3, "arial.ttf"), (4, ""), (0, "ENDTAB"))
    yield from ((0, "TABLE"), (2, "APPID"), (70, 1), (0, "APPID"), (2, APPLICATION), (70, 0), (0, "ENDTAB"))
    yield 0, "ENDSEC"


def _entities(layer: OutLayer, drawn: Drawn, names: dict[str, str]) -> Iterator[list[Pair]]:
    """Yield the entities of each record: its parts, then its label."""
    assert layer.geometries is not None
    uids = layer.columns.get("uid") or [None] * len(layer.geometries)
    for shape, name, label, uid in zip(layer.geometries, drawn.layers, drawn.labels, uids, strict=True):
        if shape is None or shape.is_empty:
            continue
        mark: list[Pair] = [] if uid is None else [(1001, APPLICATION), (1000, str(uid))]
        for part in shapely.get_parts(shape).tolist():
            yield from _part(part, names[name], mark)
        if label:
            yield from _label(shape, names[name + LABELS], label, mark)


def _part(part: Any, layer: str, mark: list[Pair]) -> Iterator[list[Pair]]:
    if part.geom_type == "Point":
        yield [(0, "POINT"), (8, layer), *_place(part.x, part.y), *mark]
    elif part.geom_type == "Polygon":
        for ring in (part.exterior, *part.interiors):
            yield _polyline(shapely.get_coordinates(ring)[:-1], layer, mark, is_closed=True)
    else:
        yield _polyline(shapely.get_coordinates(part), layer, mark, is_closed=False)


def _polyline(xy: Any, layer: str, mark: list[Pair], *, is_closed: bool) -> list[Pair]:
    pairs: list[Pair] = [(0, "POLYLINE"), (8, layer), (66, 1), *_place(0.0, 0.0), (70, int(is_closed)), *mark]
    for x, y in xy.tolist():
        pairs += [(0, "VERTEX"), (8, layer), *_place(x, y)]
    return [*pairs, (0, "SEQEND"), (8, layer)]


def _label(shape: Any, layer: str, text: str, mark: list[Pair]) -> Iterator[list[Pair]]:
    """Yield the lines of a text in the middle of a shape, along a line never upside down."""
    angle, height = 0.0, LABEL_HEIGHT_M
    is_point = shape.geom_type.endswith("Point")
    if shape.geom_type.endswith("LineString"):
        longest = max(shapely.get_parts(shape).tolist(), key=lambda part: part.length)
        half = longest.length / 2
        place = longest.interpolate(half)
        before, after = (longest.interpolate(half + step) for step in (-min(half, 5.0), min(half, 5.0)))
        angle = float(np.degrees(np.arctan2(after.y - before.y, after.x - before.x)))
        angle = angle - 180 if angle > 90 else angle + 180 if angle <= -90 else angle
    elif is_point:
        place, height = shapely.get_parts(shape)[0], _POINT_LABEL_M
    else:
        place = shape.representative_point()
    down = np.radians(angle - 90)
    for number, line in enumerate(_lines(text)):
        step = 1.5 * height * number
        at = _place(place.x + step * float(np.cos(down)), place.y + step * float(np.sin(down)))
        middle = [] if is_point else [(72, 1), (11, at[0][1]), (21, at[1][1]), (31, "0.0"), (73, 2)]
        turned = [(50, f"{angle:.4f}"), (7, "VIETNAM")]
        yield [(0, "TEXT"), (8, layer), *at, (40, f"{height:g}"), (1, line), *turned, *middle, *mark]


def _place(x: float, y: float) -> tuple[Pair, Pair, Pair]:
    return (10, _number(x)), (20, _number(y)), (30, "0.0")


def _number(value: float) -> str:
    text = repr(round(float(value), 9))
    return f"{value:.9f}" if "e" in text else text


def _lines(text: str) -> list[str]:
    """Return a label in lines of ASCII, each as long as a text may be; none controls the drawing."""
    lines = [""]
    for letter in " ".join(text.replace("%%", "% %").split()):
        units = letter.encode("utf-16-be", "replace")
        codes = [int.from_bytes(units[place : place + 2], "big") for place in range(0, len(units), 2)]
        piece = letter if letter.isascii() and letter != "\\" else "".join(f"\\U+{code:04X}" for code in codes)
        if len(lines[-1]) + len(piece) > _TEXT_LETTERS:
            lines.append("")
        lines[-1] += piece
    return lines


def _write(file: TextIO, pairs: Sequence[Pair] | Iterator[Pair]) -> None:
    file.write("".join(f"{code:3d}\n{value}\n" for code, value in pairs))
