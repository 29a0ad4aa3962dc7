"""What a raster file is: the little that the child process may say about it, checked before anybody believes it."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, cast

RasterKind = Literal["mbtiles", "pmtiles", "tiff", "png", "jpeg"]

KINDS: tuple[RasterKind, ...] = ("mbtiles", "pmtiles", "tiff", "png", "jpeg")
PYRAMIDS: tuple[RasterKind, ...] = ("mbtiles", "pmtiles")
DEEPEST = 24  # levels of a pyramid; at 24 a pixel is a centimetre
TILE_PX = (64, 1024)
LONGEST_SIDE_PX = 2_000_000
OVERVIEW_PX = 4_096  # a picture without smaller versions of itself gets one of at most so many pixels a side

_TEXT = 300

Six = tuple[float, float, float, float, float, float]
Four = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class RasterFacts:
    """A pyramid of Web Mercator tiles or one picture.

    Pyramid: ``extent`` is west, north, east, south in the square of Web Mercator (0 to 1, y down), levels from
    ``min_level`` to ``max_level``, tiles of ``tile_px`` pixels a side. Picture: ``width`` and ``height`` in pixels,
    ``affine`` the file's own placement (``geodesy.placements``) and ``wkt`` its own system, where it has them;
    ``needs_overview`` when it is large and holds no smaller version of itself.
    """

    kind: RasterKind
    title: str = ""
    attribution: str = ""
    extent: Four | None = None
    min_level: int = 0
    max_level: int = 0
    tile_px: int = 256
    width: int = 0
    height: int = 0
    affine: Six | None = None
    wkt: str = ""
    needs_overview: bool = False

    @property
    def is_pyramid(self) -> bool:
        """Whether it is a pyramid of tiles."""
        return self.kind in PYRAMIDS

    @property
    def overview_step(self) -> int:
        """How many pixels a side become one in the overview."""
        return max(1, -(-max(self.width, self.height) // OVERVIEW_PX))

    @property
    def overview_size(self) -> tuple[int, int]:
        """Width and height of the overview."""
        return -(-self.width // self.overview_step), -(-self.height // self.overview_step)

    def as_dict(self) -> dict[str, Any]:
        """Return the facts as plain JSON-able data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> "RasterFacts":
        """Return the facts that ``told`` holds; raise ``ValueError`` for any that cannot be."""
        kind = told.get("kind")
        if kind not in KINDS:
            raise ValueError("kind")
        found = cls(
            kind=cast(RasterKind, kind),
            title=_text(told.get("title")),
            attribution=_text(told.get("attribution")),
            extent=cast(Four | None, _numbers(told.get("extent"), 4)),
            min_level=_whole(told.get("min_level", 0), 0, DEEPEST),
            max_level=_whole(told.get("max_level", 0), 0, DEEPEST),
            tile_px=_whole(told.get("tile_px", 256), *TILE_PX),
            width=_whole(told.get("width", 0), 0, LONGEST_SIDE_PX),
            height=_whole(told.get("height", 0), 0, LONGEST_SIDE_PX),
            affine=cast(Six | None, _numbers(told.get("affine"), 6)),
            wkt=str(told.get("wkt") or "")[:20_000],
            needs_overview=bool(told.get("needs_overview")),
        )
        if found.is_pyramid:
            west, north, east, south = found.extent or (0.0, 0.0, 0.0, 0.0)
            if not (0 <= west < east <= 1 and 0 <= north < south <= 1 and found.min_level <= found.max_level):
                raise ValueError("extent")
        elif not (found.width and found.height):
            raise ValueError("size")
        return found


def _text(value: object) -> str:
    return " ".join(value.split())[:_TEXT] if isinstance(value, str) else ""


def _whole(value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"not a number from {least} to {most}")
    return value


def _numbers(value: object, count: int) -> tuple[float, ...] | None:
    if value is None:
        return None
    if not isinstance(value, (list, tuple)) or len(value) != count:
        raise ValueError("numbers")
    found = tuple(float(number) for number in value)
    if not all(math.isfinite(number) for number in found):
        raise ValueError("numbers")
    return found
