"""Laying a scanned sheet onto the ground by control points: transformations, residuals, and what is suspicious."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from core.errors import UserError

Points = npt.NDArray[np.float64]

_ON_A_LINE = 1e-4  # breadth over length of the control points below which they lie on one line
_STEEP = 1e10  # condition number from which a system of equations says nothing
_INVERTED_PX = 1e-4
_NEWTON = 25


class Fit(StrEnum):
    """The kinds of transformation, each with the least number of control points that fixes it."""

    HELMERT = "helmert"
    AFFINE = "affine"
    PROJECTIVE = "projective"
    THIN_PLATE = "thin_plate"

    @property
    def least(self) -> int:
        """The fewest control points."""
        return {"helmert": 2, "affine": 3, "projective": 4, "thin_plate": 4}[self.value]


@dataclass(frozen=True, slots=True)
class ControlPoint:
    """A place of the sheet, in pixels from its top left corner (column, row), and where it is in metres of a zone."""

    column: float
    row: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class Georeference:
    """A transformation from the sheet to the ground; ``residuals_m`` ``(n,)`` are how far each control point is off.

    ``rms_m`` is the root of the mean square of the residuals, 0 by construction for a thin plate. ``left_out_m`` tells
    how far each point would be off had it not been used, which finds a blunder that the fit hides, ``None`` where too
    few are left without it. ``pixel_m`` is the size of a pixel on the ground.
    """

    fit: Fit
    points: tuple[ControlPoint, ...]
    residuals_m: Points
    left_out_m: tuple[float | None, ...]
    pixel_m: float
    _model: "_Model"

    @property
    def rms_m(self) -> float:
        """The root of the mean square of the residuals, in metres."""
        return float(np.sqrt(np.mean(self.residuals_m**2)))

    def to_ground(self, pixels: npt.ArrayLike) -> Points:
        """Return places ``(n, 2)`` east, north of sheet coordinates ``(n, 2)`` column, row."""
        return self._model.to_ground(np.asarray(pixels, dtype=np.float64).reshape(-1, 2))

    def to_pixels(self, ground: npt.ArrayLike) -> Points:
        """Return sheet coordinates ``(n, 2)`` of places ``(n, 2)``; not a number where a sheet has none."""
        return self._model.to_pixels(np.asarray(ground, dtype=np.float64).reshape(-1, 2))


def fit_points(points: Sequence[ControlPoint], fit: Fit) -> Georeference:
    """Return the transformation that control points give, by least squares where there are more than it needs.

    Helmert: shift, turn and one scale; affine: six parameters (Wolf and Ghilani, Adjustment Computations); projective:
    eight, as a sheet photographed askew needs; thin plate: exact at every point, bending least between (Bookstein
    1989). A sheet's rows run down, so all of them mirror it.

    Raise ``UserError`` FIT-FEW, FIT-LINE (the points lie on one line), FIT-TWICE (two at one place, on sheet or
    ground), FIT-STRANGE when no sound transformation comes of them.
    """
    chosen = tuple(points)
    pixels, ground = _columns(chosen)
    _expect_sound(pixels, ground, fit)
    model = _MODELS[fit](pixels, ground)
    residuals = np.hypot(*(model.to_ground(pixels) - ground).T)
    if not np.isfinite(residuals).all():
        raise UserError("FIT-STRANGE")
    return Georeference(fit, chosen, residuals, _left_out(pixels, ground, fit), _pixel_size(model, pixels), model)


def is_one_sided(points: Sequence[ControlPoint], width: int, height: int) -> bool:
    """Whether all control points lie in one half of the sheet, left or right, upper or lower: the rest is guessed."""
    pixels, _ = _columns(tuple(points))
    if not len(pixels):
        return True
    share = pixels / (width, height)
    return bool(((share < 0.5).all(axis=0) | (share > 0.5).all(axis=0)).any())


def _columns(points: Sequence[ControlPoint]) -> tuple[Points, Points]:
    pixels = np.array([(point.column, point.row) for point in points], dtype=np.float64).reshape(-1, 2)
    ground = np.array([(point.east, point.north) for point in points], dtype=np.float64).reshape(-1, 2)
    return pixels, ground


def _expect_sound(pixels: Points, ground: Points, fit: Fit) -> None:
    if len(pixels) < fit.least:
        raise UserError("FIT-FEW", count=len(pixels), least=fit.least)
    if not (np.isfinite(pixels).all() and np.isfinite(ground).all()):
        raise UserError("FIT-STRANGE")
    for place in (pixels, ground):
        if len(np.unique(np.round(place, 3), axis=0)) < len(place):
            raise UserError("FIT-TWICE")
        if fit is not Fit.HELMERT and _breadth(place) < _ON_A_LINE:
            raise UserError("FIT-LINE")


def _breadth(points: Points) -> float:
    """Return breadth over length of a set of points: 0 when they lie on one line."""
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    return float(spread[1] / spread[0]) if spread[0] > 0 else 0.0


def _left_out(pixels: Points, ground: Points, fit: Fit) -> tuple[float | None, ...]:
    found: list[float | None] = []
    for place in range(len(pixels)):
        others = np.arange(len(pixels)) != place
        try:
            _expect_sound(pixels[others], ground[others], fit)
            model = _MODELS[fit](pixels[others], ground[others])
            found.append(float(np.hypot(*(model.to_ground(pixels[place : place + 1]) - ground[place])[0])))
        except UserError:
            found.append(None)
    return tuple(found)


def _pixel_size(model: "_Model", pixels: Points) -> float:
    middle = pixels.mean(axis=0)
    step = model.to_ground(np.array([middle, middle + (1, 0), middle + (0, 1)]))
    across, down = step[1] - step[0], step[2] - step[0]
    return math.sqrt(abs(across[0] * down[1] - across[1] * down[0]))


class _Frame:
    """Points brought near to the origin and to the size of one, so that large coordinates cost no digits."""

    def __init__(self, points: Points) -> None:
        self.middle = points.mean(axis=0)
        self.size = float(np.abs(points - self.middle).max()) or 1.0

    def into(self, points: Points) -> Points:
        found: Points = (points - self.middle) / self.size
        return found

    def out(self, points: Points) -> Points:
        found: Points = points * self.size + self.middle
        return found


def _upright(pixels: Points) -> Points:
    """Turn rows that run down into ones that run up, and back."""
    found: Points = pixels * np.array([1.0, -1.0])
    return found


class _Model:
    """A transformation between two frames."""

    def __init__(self, pixels: Points, ground: Points) -> None:
        flipped = _upright(pixels)
        self._sheet, self._ground = _Frame(flipped), _Frame(ground)
        self._solve(self._sheet.into(flipped), self._ground.into(ground))

    def to_ground(self, pixels: Points) -> Points:
        found: Points = self._ground.out(self._forward(self._sheet.into(_upright(pixels))))
        return found

    def to_pixels(self, ground: Points) -> Points:
        found: Points = _upright(self._sheet.out(self._backward(self._ground.into(ground))))
        return found

    def _solve(self, source: Points, target: Points) -> None:
        raise NotImplementedError

    def _forward(self, points: Points) -> Points:
        raise NotImplementedError

    def _backward(self, points: Points) -> Points:
        raise NotImplementedError


def _least_squares(matrix: Points, wanted: Points) -> Points:
    scale = np.linalg.norm(matrix, axis=0)
    if (scale == 0).any() or np.linalg.cond(matrix / scale) > _STEEP:
        raise UserError("FIT-LINE")
    found: Points = (np.linalg.lstsq(matrix / scale, wanted, rcond=None)[0].T / scale).T
    return found


class _Linear(_Model):
    """A matrix and a shift."""

    _matrix: Points
    _shift: Points

    def _forward(self, points: Points) -> Points:
        found: Points = points @ self._matrix.T + self._shift
        return found

    def _backward(self, points: Points) -> Points:
        return np.asarray(np.linalg.solve(self._matrix, (points - self._shift).T).T, dtype=np.float64)

    def _keep(self, matrix: Points, shift: Points) -> None:
        if abs(np.linalg.det(matrix)) < 1 / _STEEP:
            raise UserError("FIT-STRANGE")
        self._matrix, self._shift = matrix, shift


class _Helmert(_Linear):
    def _solve(self, source: Points, target: Points) -> None:
        x, y = source.T
        one, none = np.ones(len(x)), np.zeros(len(x))
        east, north = np.column_stack([x, -y, one, none]), np.column_stack([y, x, none, one])
        a, b, c, d = _least_squares(np.vstack([east, north]), np.concatenate([target[:, 0], target[:, 1]]))
        self._keep(np.array([[a, -b], [b, a]]), np.array([c, d]))


class _Affine(_Linear):
    def _solve(self, source: Points, target: Points) -> None:
        found = _least_squares(np.column_stack([source, np.ones(len(source))]), target)
        self._keep(found[:2].T, found[2])


class _Projective(_Model):
    """Eight parameters; nothing lies where the denominator changes its sign."""

    def _solve(self, source: Points, target: Points) -> None:
        (x, y), (e, n) = source.T, target.T
        one, none = np.ones(len(x)), np.zeros(len(x))
        rows = [
            np.column_stack([x, y, one, none, none, none, -x * e, -y * e]),
            np.column_stack([none, none, none, x, y, one, -x * n, -y * n]),
        ]
        found = _least_squares(np.vstack(rows), np.concatenate([e, n]))
        self._matrix = np.append(found, 1.0).reshape(3, 3)
        if abs(np.linalg.det(self._matrix)) < 1 / _STEEP or (source @ self._matrix[2, :2] + 1 <= 0).any():
            raise UserError("FIT-STRANGE")
        self._inverse = np.linalg.inv(self._matrix)

    def _forward(self, points: Points) -> Points:
        return _projected(self._matrix, points)

    def _backward(self, points: Points) -> Points:
        found = _projected(self._inverse, points)
        found[found @ self._matrix[2, :2] + 1 <= 0] = np.nan
        return found


def _projected(matrix: Points, points: Points) -> Points:
    x, y, w = (np.column_stack([points, np.ones(len(points))]) @ matrix.T).T
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.column_stack([x / w, y / w])


class _ThinPlate(_Model):
    """An affine part and a bending one, U(r) = r² log r² around each control point."""

    def _solve(self, source: Points, target: Points) -> None:
        count = len(source)
        affine = np.column_stack([np.ones(count), source])
        system = np.zeros((count + 3, count + 3))
        system[:count, :count] = _bending(source, source)
        system[:count, count:], system[count:, :count] = affine, affine.T
        if np.linalg.cond(system) > _STEEP:
            raise UserError("FIT-STRANGE")
        found = np.linalg.solve(system, np.vstack([target, np.zeros((3, 2))]))
        self._centres, self._weights, self._affine = source, found[:count], found[count:]

    def _forward(self, points: Points) -> Points:
        found: Points = _bending(points, self._centres) @ self._weights
        found += np.column_stack([np.ones(len(points)), points]) @ self._affine
        return found

    def _backward(self, points: Points) -> Points:
        """Newton's method from the affine part; not a number where it does not settle: the sheet folds there."""
        linear = self._affine[1:].T
        found: Points = np.linalg.solve(linear, (points - self._affine[0]).T).T
        step = 1e-6
        for _ in range(_NEWTON):
            here = self._forward(found)
            off = here - points
            if not len(off) or np.nanmax(np.abs(off)) * self._ground.size < _INVERTED_PX:
                break
            across = (self._forward(found + (step, 0)) - here) / step
            down = (self._forward(found + (0, step)) - here) / step
            turn = across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0]
            turn = np.where(np.abs(turn) < 1e-12, np.nan, turn)
            found = found - np.column_stack(
                [
                    (off[:, 0] * down[:, 1] - off[:, 1] * down[:, 0]) / turn,
                    (off[:, 1] * across[:, 0] - off[:, 0] * across[:, 1]) / turn,
                ]
            )
        bad = np.hypot(*(self._forward(found) - points).T) * self._ground.size > 10 * _INVERTED_PX
        found[bad] = np.nan
        return found


def _bending(points: Points, centres: Points) -> Points:
    square = ((points[:, np.newaxis, :] - centres[np.newaxis, :, :]) ** 2).sum(axis=2)
    found: Points = square * np.log(np.where(square > 0, square, 1.0))
    return found


_MODELS: dict[Fit, type[_Model]] = {
    Fit.HELMERT: _Helmert,
    Fit.AFFINE: _Affine,
    Fit.PROJECTIVE: _Projective,
    Fit.THIN_PLATE: _ThinPlate,
}
