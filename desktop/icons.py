"""Icons by the name of what they do, drawn from the Material Design font that QtAwesome carries."""

from functools import cache
from typing import Any

from PySide6.QtGui import QIcon

from desktop.theme import ACCENT, MUTED

_FONT = ("mdi6", "materialdesignicons6-webfont-6.9.96.ttf", "materialdesignicons6-webfont-charmap-6.9.96.json")

GLYPHS = {
    "select": "cursor-default-outline",
    "pan": "hand-back-right-outline",
    "draw": "pencil-plus-outline",
    "vertices": "vector-polyline-edit",
    "measure": "ruler",
    "delete": "trash-can-outline",
    "undo": "undo",
    "redo": "redo",
    "snapping": "magnet",
    "zoom-full": "fit-to-page-outline",
    "zoom-selection": "image-filter-center-focus",
    "zoom-in": "magnify-plus-outline",
    "zoom-out": "magnify-minus-outline",
    "table": "table",
    "findings": "alert-circle-outline",
    "check": "check-decagram-outline",
    "fix": "auto-fix",
    "approve": "check-bold",
    "send": "send-outline",
    "import": "file-import-outline",
    "export": "file-export-outline",
    "home": "home-outline",
    "map": "map-outline",
    "tasks": "progress-clock",
    "search": "magnify",
    "open": "folder-open-outline",
    "new": "folder-plus-outline",
    "refresh": "refresh",
    "point": "circle-medium",
    "line": "vector-polyline",
    "polygon": "vector-polygon",
    "document": "file-document-outline",
    "dossier": "folder-table-outline",
    "error": "alert-circle",
    "warning": "alert",
    "info": "information-outline",
    "good": "check-circle-outline",
    "waived": "eye-off-outline",
    "blocked": "send-lock-outline",
    "calendar": "calendar-month-outline",
    "close": "close",
    "pin": "pin-outline",
    "select-polygon": "lasso",
    "select-by": "selection-search",
    "identify": "information-variant-circle-outline",
    "cut": "content-cut",
    "merge": "call-merge",
    "stretch": "vector-curve",
    "hole": "vector-circle-variant",
    "fill-hole": "format-color-fill",
    "part": "vector-polyline-plus",
    "drop-part": "vector-polyline-minus",
    "room": "puzzle-outline",
    "move": "cursor-move",
    "mirror": "flip-horizontal",
    "reverse-line": "swap-horizontal",
    "turn-shape": "rotate-right",
    "scale-shape": "resize",
    "offset-shape": "arrow-split-vertical",
    "simplify-shape": "vector-polyline-remove",
    "smooth-shape": "vector-bezier",
    "lay-sheet": "map-marker-radius-outline",
    "legend": "map-legend",
    "basemaps": "layers-outline",
    "swipe": "compare",
    "up": "arrow-up",
    "down": "arrow-down",
    "copy": "content-copy",
    "language": "translate",
    "network": "lan-connect",
    "picture": "image-outline",
    "add": "plus",
    "go": "arrow-right",
    "records": "book-open-variant",
    "pick": "crosshairs-gps",
    "open-record": "open-in-new",
    "clear": "backspace-outline",
    "back": "arrow-left",
    "save": "content-save-outline",
    "paste": "content-paste",
    "exact": "crosshairs",
    "coordinates": "table-arrow-right",
}


@cache
def _font() -> Any:
    from qtawesome.iconic_font import IconicFont

    return IconicFont(_FONT)


def icon(name: str, colour: str = MUTED, on: str = ACCENT) -> QIcon:
    """Return the icon for ``name``, one of ``GLYPHS``; it turns to the colour ``on`` when its button is on."""
    glyph = f"mdi6.{GLYPHS[name]}"
    return _font().icon(glyph, color=colour, color_on=on, color_disabled="#b4bcbc")
