"""What each command that changes shapes needs to have selected, and how that is said."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import shapely
from shapely.geometry.base import BaseGeometry

from geodesy.arrays import Kind


@dataclass(frozen=True, slots=True)
class Chosen:
    """How many points, lines and areas are selected, of how many record types; the shape of one that is alone.

    ``drawable`` is what the type worked on may be drawn as.
    """

    kinds: Mapping[Kind, int] = field(default_factory=dict)
    alone: BaseGeometry | None = None
    types: int = 0
    drawable: Collection[str] = frozenset()

    @property
    def count(self) -> int:
        """How many have a shape."""
        return sum(self.kinds.values())

    @property
    def outlines(self) -> int:
        """How many are lines or areas."""
        return self.kinds.get("line", 0) + self.kinds.get("polygon", 0)


@dataclass(frozen=True, slots=True)
class Need:
    """A message code of what is needed, and whether it is there."""

    code: str
    is_met: Callable[[Chosen], bool]


def _can_cut(chosen: Chosen) -> bool:
    return chosen.outlines > 0 or (chosen.count == 0 and bool({"line", "polygon"} & set(chosen.drawable)))


def _has_hole(chosen: Chosen) -> bool:
    parts = [] if chosen.alone is None else shapely.get_parts(chosen.alone).tolist()
    return any(part.geom_type == "Polygon" and len(part.interiors) > 0 for part in parts)


def _has_parts(chosen: Chosen) -> bool:
    return chosen.alone is not None and int(shapely.get_num_geometries(chosen.alone)) > 1


_ANY = Need("UI-NEEDS-ANY", lambda chosen: chosen.count > 0)
_OUTLINE = Need("UI-NEEDS-OUTLINE", lambda chosen: chosen.outlines > 0)
_ONE_OUTLINE = Need("UI-NEEDS-ONE-OUTLINE", lambda chosen: chosen.count == 1 and chosen.outlines == 1)
_ONE_AREA = Need("UI-NEEDS-ONE-AREA", lambda chosen: chosen.count == 1 and chosen.kinds.get("polygon") == 1)

NEEDS: Mapping[str, Need] = {
    "cut": Need("UI-NEEDS-CUT", _can_cut),
    "merge": Need("UI-NEEDS-SEVERAL", lambda chosen: chosen.count > 1 and chosen.types == 1),
    "stretch": _ONE_OUTLINE,
    "hole": _ONE_AREA,
    "fill-hole": Need("UI-NEEDS-HOLE", _has_hole),
    "part": _ONE_OUTLINE,
    "drop-part": Need("UI-NEEDS-PARTS", _has_parts),
    "room": Need("UI-NEEDS-AREA-TYPE", lambda chosen: "polygon" in chosen.drawable),
    "mirror": _ANY,
    "reverse-line": Need("UI-NEEDS-LINE", lambda chosen: chosen.kinds.get("line", 0) > 0),
    "move-shape": _ANY,
    "turn-shape": _ANY,
    "scale-shape": _OUTLINE,
    "offset-shape": _OUTLINE,
    "simplify-shape": _OUTLINE,
    "smooth-shape": _OUTLINE,
}
