"""Synthetic sheets with a known truth: black squares on white, and where each of them really is."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from geodesy.fitting import ControlPoint
from tests.services.desks import sample_square

WIDTH, HEIGHT, PIXEL_M = 1400, 1000, 0.5
WEST, NORTH = (float(round(edge)) for edge in (sample_square().bounds[0] - 200, sample_square().bounds[3] + 200))
TURN = 0.12
MARKS = ((200.0, 150.0), (1150.0, 180.0), (1200.0, 850.0), (240.0, 820.0), (700.0, 500.0))


def ground(pixels: Any) -> np.ndarray:
    """Where the sheet's pixels really are: turned by 0.12 radians, half a metre a pixel."""
    column, row = np.asarray(pixels, dtype=float).reshape(-1, 2).T
    east = WEST + PIXEL_M * (column * np.cos(TURN) - row * np.sin(TURN))
    north = NORTH - PIXEL_M * (column * np.sin(TURN) + row * np.cos(TURN))
    return np.column_stack([east, north])


def control(*pixels: tuple[float, float], off: tuple[float, float] = (0.0, 0.0)) -> list[ControlPoint]:
    places = (ground(pixels) + off).tolist()
    return [ControlPoint(*pixel, *place) for pixel, place in zip(pixels, places, strict=True)]


def draw_marks(marks: Sequence[tuple[float, float]], width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """A white sheet with a black square, 20 pixels wide, in the middle of each mark."""
    pixels = np.full((height, width, 3), 255, np.uint8)
    for column, row in marks:
        pixels[int(row) - 10 : int(row) + 10, int(column) - 10 : int(column) + 10] = 0
    return Image.fromarray(pixels)


def middle_of_ink(picture: np.ndarray) -> tuple[float, float]:
    ink = 255.0 - picture[:, :, 0].astype(float)
    ink[picture[:, :, 3] == 0] = 0
    rows, columns = np.indices(ink.shape)
    return float((columns * ink).sum() / ink.sum()) + 0.5, float((rows * ink).sum() / ink.sum()) + 0.5
