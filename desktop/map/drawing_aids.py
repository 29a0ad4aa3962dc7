"""What helps the hand while drawing, as the user wants it: what is snapped to, tracing, shared borders, no overlap."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from core.settings import load_settings, save_settings
from desktop.map.snapping import USUAL_KINDS, SnapKind

SETTING = "drawing"
REACHES_PX = (6.0, 12.0, 20.0, 30.0)


@dataclass(frozen=True, slots=True)
class DrawingAids:
    """``reach_px`` are logical pixels; ``kinds`` what is snapped to while snapping is on.

    With ``is_topological``, a border moves in every record of the type that shares it; with ``spans_types`` too, in
    records of every layer in view (ADR 8).
    """

    is_snapping: bool = True
    reach_px: float = 12.0
    kinds: frozenset[SnapKind] = USUAL_KINDS
    is_tracing: bool = False
    is_topological: bool = True
    spans_types: bool = False
    avoids_overlap: bool = False

    def with_kind(self, kind: SnapKind, on: bool) -> "DrawingAids":
        """Return the same with one kind more or less."""
        return replace(self, kinds=self.kinds | {kind} if on else self.kinds - {kind})


def load_aids() -> DrawingAids:
    """Return what was kept on this computer; what is damaged is as it was made."""
    kept: Any = load_settings().get(SETTING)
    given = kept if isinstance(kept, dict) else {}
    usual = DrawingAids()
    reach = given.get("reach_px")
    return DrawingAids(
        is_snapping=given.get("is_snapping") is not False,
        reach_px=reach if reach in REACHES_PX else usual.reach_px,
        kinds=_kinds(given.get("kinds")),
        is_tracing=given.get("is_tracing") is True,
        is_topological=given.get("is_topological") is not False,
        spans_types=given.get("spans_types") is True,
        avoids_overlap=given.get("avoids_overlap") is True,
    )


def save_aids(aids: DrawingAids) -> None:
    """Keep them for the next start."""
    save_settings(**{SETTING: {**asdict(aids), "kinds": sorted(aids.kinds)}})


def _kinds(given: Any) -> frozenset[SnapKind]:
    if not isinstance(given, Iterable) or isinstance(given, str):
        return USUAL_KINDS
    return frozenset(kind for kind in SnapKind if kind in set(map(str, given)))
