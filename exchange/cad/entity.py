"""One record of a DXF while it is read, and what may come of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from exchange.cad.tokens import Raw, columns_of, first_values

Floats = npt.NDArray[np.float64]
Kind = Literal["point", "line", "polygon"]

BY_LAYER, BY_BLOCK = 256, 0
_KEYS = [b"%d" % code for code in range(1100)]
_TRUE_COLOUR = 1 << 24


@dataclass(slots=True)
class Lettered:
    """A text as it stands: its bytes, style, height, angle in degrees, which part of it lies on its point."""

    raw: str
    style: str
    size: float
    angle: float
    align: str
    is_paragraph: bool = False


@dataclass(slots=True)
class Shape:
    """A part of a drawing: ``parts`` are arrays ``(n, 3)``, of a polygon its outline and holes.

    ``colour`` is an AutoCAD colour index, ``BY_LAYER``, ``BY_BLOCK``, or a true colour above 2²⁴.
    """

    entity: str
    layer: str
    colour: int
    handle: str
    kind: Kind
    parts: list[Floats]
    text: Lettered | None = None
    block: str = ""
    tag: str = ""
    attributes: dict[str, "Lettered"] = field(default_factory=dict)


@dataclass(slots=True)
class Insert:
    """A block set into the drawing, ``columns`` by ``rows`` times, ``spacing`` apart in the block's own units.

    ``matrix`` is (4, 4) for row vectors.
    """

    name: str
    layer: str
    colour: int
    handle: str
    matrix: Floats
    columns: int
    rows: int
    spacing: tuple[float, float]
    attributes: list[Shape]


Item = Shape | Insert
Decode = Callable[[bytes], str]


class Entity:
    """A record while it is read."""

    def __init__(self, record: Raw, children: Sequence[Raw], decode: Decode) -> None:
        self.name, self.body = record
        self.children, self.decode = children, decode
        self.values = values = first_values(self.body)
        self.layer = decode(values.get(b"8", b"0")).strip() or "0"
        self.handle = values.get(b"5", b"").decode("ascii", "replace").strip()
        self.colour = int(values.get(b"62", b"256"))
        if b"420" in values:
            self.colour = _TRUE_COLOUR | int(values[b"420"]) & 0xFFFFFF

    def all_of(self, code: int) -> list[float]:
        """Return every number under a group code."""
        wanted = _KEYS[code]
        codes, values = columns_of(self.body)
        return [float(value) for key, value in zip(codes, values, strict=False) if key == wanted]

    def has(self, code: int) -> bool:
        """Whether the record has a group code."""
        return _KEYS[code] in self.values

    def value(self, code: int, default: bytes = b"") -> bytes:
        """Return the first value under a group code as it stands."""
        return self.values.get(_KEYS[code], default)

    def number(self, code: int, default: float = 0.0) -> float:
        """Return the first number under a group code."""
        value = self.values.get(_KEYS[code])
        return default if value is None else float(value)

    def whole(self, code: int, default: int = 0) -> int:
        """Return the first whole number under a group code."""
        return int(self.number(code, default))

    def place(self, code: int) -> Floats:
        """Return the point (3,) whose east stands under a group code."""
        return np.array([self.number(code), self.number(code + 10), self.number(code + 20)])

    @property
    def is_tilted(self) -> bool:
        """Whether the entity lies in another plane than the drawing's."""
        return b"230" in self.values and (self.number(210), self.number(220), self.number(230)) != (0.0, 0.0, 1.0)

    def to_world(self, points: Floats) -> Floats:
        """Return points of the entity's own plane in the drawing's."""
        if not self.is_tilted:
            return points
        from ezdxf.math import OCS

        ocs = OCS((self.number(210), self.number(220), self.number(230)))
        return np.array([tuple(ocs.to_wcs(point)) for point in points.tolist()])

    def shape(self, kind: Kind, parts: list[Floats], text: Lettered | None = None) -> list[Item]:
        """Return a shape of the entity's layer, colour and handle."""
        return [Shape(self.name, self.layer, self.colour, self.handle, kind, parts, text)]
