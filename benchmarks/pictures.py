"""How far two pictures of the same records are apart."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor, QImage

from desktop.map.render_link import BACKGROUND

_SQUARE = 16
_SCALE_BAR_ROWS = 6 * _SQUARE  # ours has a scale bar at the lower edge
_TOLERANCE = 48  # of 255, in any channel
_DRAWN = 24  # of 255: what is farther from the ground was drawn

Pixels = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Apart:
    """Shares of the picture in percent.

    ``colors``: mean difference of the colours of squares of 16 pixels: soft and hard edges mean the same there.
    ``pixels``: pixels to which the other picture has no like within a pixel, beyond the tolerance.
    ``missing`` and ``surplus``: drawn by the peer and not by us within a pixel, and the reverse.
    """

    colors: float
    pixels: float
    missing: float
    surplus: float


def compare_pictures(ours: Any, theirs: Path) -> Apart:
    """Return how far our image is from the peer's file; both have the same size."""
    own, other = _pixels_of(ours), _pixels_of(QImage(str(theirs)))
    ground = np.array(QColor(BACKGROUND).getRgb()[2::-1], np.int16)
    drawn, wanted = (np.abs(image - ground).max(axis=2) > _DRAWN for image in (own, other))
    far = (_distance(own, other) > _TOLERANCE) | (_distance(other, own) > _TOLERANCE)
    return Apart(
        colors=float(np.abs(_squares(own) - _squares(other)).mean() / 2.55),
        pixels=100 * float(far.mean()),
        missing=100 * float((wanted & ~_spread(drawn)).mean()),
        surplus=100 * float((drawn & ~_spread(wanted)).mean()),
    )


def _pixels_of(image: QImage) -> Pixels:
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    shape = plain.height(), plain.width(), 4
    return np.frombuffer(plain.constBits(), np.uint8).reshape(shape)[:-_SCALE_BAR_ROWS, :, :3].astype(np.int16)


def _squares(pixels: Pixels) -> npt.NDArray[np.float64]:
    high, wide = (size // _SQUARE for size in pixels.shape[:2])
    whole = pixels[: high * _SQUARE, : wide * _SQUARE]
    return whole.reshape(high, _SQUARE, wide, _SQUARE, 3).mean(axis=(1, 3))


def _neighbours(pixels: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    steps = [(down, across) for down in (-1, 0, 1) for across in (-1, 0, 1)]
    return [np.roll(pixels, step, axis=(0, 1)) for step in steps]


def _distance(pixels: Pixels, other: Pixels) -> npt.NDArray[np.int16]:
    """Return how far each pixel is from the likest of the nine around its place in the other picture."""
    found = np.full(pixels.shape[:2], 255, np.int16)
    for moved in _neighbours(other):
        np.minimum(found, np.abs(pixels - moved).max(axis=2), out=found)
    return found


def _spread(drawn: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    return np.any(_neighbours(drawn), axis=0)
