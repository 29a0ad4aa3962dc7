"""Where a picture lies in the plane: the six numbers of a world file."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import UserError

Floats = npt.NDArray[np.float64]

_LARGEST = 1e12


@dataclass(frozen=True, slots=True)
class Placement:
    """The affine map from picture to plane: ``x = a·column + b·row + c``, ``y = d·column + e·row + f``.

    Columns and rows count pixels from the picture's top left *corner*: the first pixel's middle is (0.5, 0.5). The two
    directions are never parallel.
    """

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def __post_init__(self) -> None:
        numbers = self.numbers
        if not all(math.isfinite(number) and abs(number) < _LARGEST for number in numbers):
            raise ValueError("a placement needs six finite numbers")
        sizes = math.hypot(self.a, self.d) * math.hypot(self.b, self.e)
        if sizes == 0 or abs(self.a * self.e - self.b * self.d) < 1e-6 * sizes:
            raise ValueError("a placement needs two directions")

    @property
    def numbers(self) -> tuple[float, float, float, float, float, float]:
        """The six numbers from ``a`` to ``f``."""
        return self.a, self.b, self.c, self.d, self.e, self.f

    @property
    def pixel_size(self) -> float:
        """The side of a square of a pixel's area, in units of the plane."""
        return math.sqrt(abs(self.a * self.e - self.b * self.d))

    def to_plane(self, pixels: npt.ArrayLike) -> Floats:
        """Return the places ``(n, 2)`` of picture coordinates ``(n, 2)``, column first."""
        points = np.asarray(pixels, dtype=np.float64).reshape(-1, 2)
        found: Floats = points @ np.array([[self.a, self.d], [self.b, self.e]]) + np.array([self.c, self.f])
        return found

    def to_pixels(self, xy: npt.ArrayLike) -> Floats:
        """Return the picture coordinates ``(n, 2)``, column first, of places ``(n, 2)``."""
        points = np.asarray(xy, dtype=np.float64).reshape(-1, 2) - np.array([self.c, self.f])
        determinant = self.a * self.e - self.b * self.d
        found: Floats = points @ np.array([[self.e, -self.d], [-self.b, self.a]]) / determinant
        return found

    def corners(self, width: int, height: int) -> Floats:
        """Return the places ``(4, 2)`` of the corners of a picture, around it from its top left."""
        return self.to_plane([(0, 0), (width, 0), (width, height), (0, height)])


def parse_world_file(text: str, file: str) -> Placement:
    """Return the placement that a world file tells; raise RASTER-WORLD-FILE when it tells none.

    Its lines are a, d, b, e and the place of the *middle* of the first pixel. Decimal commas are taken where no point
    stands.
    """
    lines = text.replace("\ufeff", "").split()
    if "." not in text:
        lines = [line.replace(",", ".") for line in lines]
    try:
        a, d, b, e, x, y = map(float, lines[:6])
        return Placement(a, b, x - (a + b) / 2, d, e, y - (d + e) / 2)
    except (ValueError, OverflowError) as error:
        raise UserError("RASTER-WORLD-FILE", file=file) from error
