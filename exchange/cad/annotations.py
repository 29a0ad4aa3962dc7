"""Texts of a DXF that stand in no text entity: of dimensions, of leaders with a text, of tables' cells; in the child.

What CAD drew of a dimension or a table lies in a block of its own: its texts are taken from there as they are shown,
and from the entity's own record where there is no such block. The lines of these entities are not read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import degrees

import numpy as np

from exchange.cad.entity import Entity, Floats, Item, Lettered, Shape
from exchange.cad.tokens import columns_of

_MEASURED = "<>"
_DECIMALS = 4
_LEADER_LINE, _CONTEXT_END = b"LEADER_LINE{", b"}"
_MOST_CELLS = 100_000


@dataclass(slots=True)
class Shown:
    """What a block of its own shows of an entity: ``block`` its name, ``matrix`` where it stands, ``own`` the texts of
    the entity's record, for where there is no such block."""

    block: str
    matrix: Floats
    entity: str
    layer: str
    colour: int
    handle: str
    own: list[Shape]


def read_dimension(entity: Entity) -> list[Item | Shown]:
    """Return a dimension's text: as its block shows it, else its own text with the measurement in it."""
    raw = entity.decode(entity.value(1))
    measured = ""
    if entity.has(42):
        measured = f"{entity.number(42):.{_DECIMALS}f}".rstrip("0").rstrip(".")
    text = (raw or _MEASURED).replace(_MEASURED, measured)
    place = entity.to_world(entity.place(11 if entity.has(11) else 10)[np.newaxis])
    lettered = Lettered(text, _style(entity), np.nan, entity.number(53), "CM", is_paragraph=True)
    own = [_shape(entity, place, lettered)] if text.strip() else []
    return [_shown(entity, np.eye(4), own if raw != " " else [])]


def read_leader(entity: Entity) -> list[Item | Shown]:
    """Return the text of a leader that has one (MULTILEADER), at the tips of its lines: it names what is there."""
    codes, values = columns_of(entity.body)
    pairs = list(zip(codes, values, strict=False))
    raw = entity.decode(b"".join(value for code, value in pairs if code == b"304" and not value.endswith(b"{")))
    if not raw.strip():
        parts = [entity.decode(value) for code, value in pairs if code == b"302" and not value.endswith(b"{")]
        raw = " ".join(part for part in parts if part.strip())
    if not raw.strip():
        return []
    context = {code: value for code, value in reversed(pairs) if code in (b"12", b"22", b"32", b"41", b"13", b"23")}
    stands = np.array([[float(context.get(code, b"0")) for code in (b"12", b"22", b"32")]])
    angle = degrees(np.arctan2(float(context.get(b"23", b"0")), float(context.get(b"13", b"1"))))
    lettered = Lettered(raw, "Standard", float(context.get(b"41", b"nan")), angle, "LB", is_paragraph=True)
    places = list(_tips(pairs)) or [stands]
    return [_shape(entity, place, lettered) for place in places]


def _tips(pairs: Sequence[tuple[bytes, bytes]]) -> Iterator[Floats]:
    """Yield the first corner of each leader line, where its arrow points."""
    place: dict[bytes, float] | None = None
    for code, value in pairs:
        if code == b"304" and value.strip() == _LEADER_LINE:
            place = {}
        elif place is not None and code in (b"10", b"20", b"30"):
            place[code] = float(value)
            if code == b"30":
                yield np.array([[place.get(key, 0.0) for key in (b"10", b"20", b"30")]])
                place = None
        elif code == b"305" and value.strip() == _CONTEXT_END:
            place = None


def read_cells(entity: Entity) -> list[Item | Shown]:
    """Return the texts of a table: as its block shows them, else those of its cells, each in its cell's middle."""
    turn = np.arctan2(entity.number(21), entity.number(11, 1.0))
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
    matrix[3, :3] = entity.place(10)
    own = [
        _shape(entity, np.array([[*middle, 0.0]]) @ matrix[:3, :3] + matrix[3, :3], replace(text, angle=degrees(turn)))
        for middle, text in _cells(entity)
    ]
    return [_shown(entity, matrix, own)]


def _cells(entity: Entity) -> Iterator[tuple[tuple[float, float], Lettered]]:
    """Yield the middle of each cell that has a text, from the table's upper left corner, and the text."""
    codes, values = columns_of(entity.body)
    pairs = list(zip(codes, values, strict=False))
    heights = [float(value) for code, value in pairs if code == b"141"]
    widths = [float(value) for code, value in pairs if code == b"142"]
    if not widths or not heights or len(widths) * len(heights) > _MOST_CELLS:
        return
    tops, lefts = np.cumsum([0.0, *heights]), np.cumsum([0.0, *widths])
    starts = [place for place, (code, _) in enumerate(pairs) if code == b"171"]
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(pairs)], strict=True)):
        row, column = divmod(number, len(widths))
        if row >= len(heights):
            return
        inside = pairs[start:end]
        raw = entity.decode(b"".join(value for code, value in inside if code in (b"2", b"1")))
        raw = (
            raw if raw.strip() else entity.decode(b"".join(value for code, value in inside if code in (b"303", b"302")))
        )
        if raw.strip():
            middle = (float(lefts[column : column + 2].mean()), -float(tops[row : row + 2].mean()))
            yield middle, Lettered(raw, _style(entity), np.nan, 0.0, "CM", is_paragraph=True)


def texts_shown(shown: Shown, items: Sequence[Shape | object] | None) -> Iterator[Shape]:
    """Yield an entity's texts: those of its block, where it stands, or its own where the block is not there."""
    texts = [item for item in items or () if isinstance(item, Shape) and item.text is not None]
    if not texts:
        yield from shown.own
        return
    turn = degrees(np.arctan2(shown.matrix[0, 1], shown.matrix[0, 0]))
    for item in texts:
        assert item.text is not None
        parts = [part @ shown.matrix[:3, :3] + shown.matrix[3, :3] for part in item.parts]
        text = replace(item.text, angle=item.text.angle + turn)
        yield Shape(shown.entity, shown.layer, shown.colour, shown.handle, "point", parts, text)


def _shown(entity: Entity, matrix: Floats, own: list[Shape]) -> Shown:
    block = entity.decode(entity.value(2))
    return Shown(block, matrix, entity.name, entity.layer, entity.colour, entity.handle, own)


def _shape(entity: Entity, place: Floats, text: Lettered) -> Shape:
    return Shape(entity.name, entity.layer, entity.colour, entity.handle, "point", [place], text)


def _style(entity: Entity) -> str:
    return entity.decode(entity.value(7, b"Standard"))


ANNOTATIONS = {
    "DIMENSION": read_dimension,
    "ARC_DIMENSION": read_dimension,
    "LARGE_RADIAL_DIMENSION": read_dimension,
    "MULTILEADER": read_leader,
    "MLEADER": read_leader,
    "ACAD_TABLE": read_cells,
}
