"""Points in crowds, pixel by pixel, against the same discs drawn one by one."""

import numpy as np
import pytest
from PySide6.QtGui import QImage

from desktop.map.filling import Region
from desktop.map.painting import pixel_of, wrap_pixels
from desktop.map.stamping import draw_points
from desktop.map.styles import PointSymbol

pytestmark = pytest.mark.usefixtures("qapp")

SIZE = 200
SYMBOLS = [
    PointSymbol(size=size, fill=color, width=0) for size, color in ((4, "#ff0000"), (6, "#00ff00"), (2, "#0000ff"))
]
CROWD = 5_000  # more than are drawn as pictures


def stamped(x: np.ndarray, y: np.ndarray, category: np.ndarray, region: Region) -> np.ndarray:
    pixels = np.zeros((SIZE, SIZE), np.uint32)
    image: QImage = wrap_pixels(pixels)
    draw_points(pixels, image, region, x, y, category, SYMBOLS, 1.0)
    return pixels


def one_by_one(x: np.ndarray, y: np.ndarray, category: np.ndarray) -> np.ndarray:
    """The discs one after the other; of several points in one pixel the last one alone is drawn."""
    pixels = np.zeros((SIZE, SIZE), np.uint32)
    last = {place: number for number, place in enumerate(zip(np.floor(x), np.floor(y), strict=True))}
    for (column, row), number in sorted(last.items(), key=lambda item: item[1]):
        symbol = SYMBOLS[category[number]]
        for down in range(-3, 4):
            for across in range(-3, 4):
                at = int(row + down), int(column + across)
                if np.hypot(down, across) <= symbol.size / 2 and min(at) >= 0 and max(at) < SIZE:
                    pixels[at] = pixel_of(symbol.fill)
    return pixels


def crowd(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    x, y = random.uniform(-8, SIZE + 8, (2, CROWD)).astype(np.float32)
    return x, y, random.integers(0, len(SYMBOLS), CROWD).astype(np.int32)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_crowd_is_discs_of_the_right_size_later_ones_over_earlier_ones(seed: int) -> None:
    found = stamped(*crowd(seed), Region(0, 0, SIZE, SIZE))
    assert (found == one_by_one(*crowd(seed))).all()
    assert len(np.unique(found)) == len(SYMBOLS) + 1


def test_a_region_gets_what_the_whole_picture_has_there_and_nothing_else_is_touched() -> None:
    whole = stamped(*crowd(3), Region(0, 0, SIZE, SIZE))
    part = stamped(*crowd(3), Region(11, 5, 160, 182))
    assert (part[5:182, 11:160] == whole[5:182, 11:160]).all()
    part[5:182, 11:160] = 0
    assert not part.any()


def test_in_a_very_great_crowd_each_point_is_still_seen() -> None:
    x, y = (axis.ravel().astype(np.float32) for axis in np.mgrid[:SIZE, :SIZE])
    found = stamped(x, y, np.zeros(x.size, np.int32), Region(0, 0, SIZE, SIZE))
    assert (found == pixel_of(SYMBOLS[0].fill)).all()
