"""A box for a length in metres, written as the user's language writes numbers."""

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QDoubleSpinBox

from core.messages import current_language


def metres_box(decimals: int, most: float, least: float = 0.0) -> QDoubleSpinBox:
    """Return a box for lengths from ``least`` to ``most`` metres."""
    box = QDoubleSpinBox()
    box.setDecimals(decimals)
    box.setRange(least, most)
    box.setSuffix(" m")
    box.setLocale(QLocale(QLocale.Language.Vietnamese if current_language() == "vi" else QLocale.Language.English))
    return box
