"""How a drawing's record tells how its scan was laid: the code of the transformation, and the control points."""

from collections.abc import Mapping
from typing import Any

from core.errors import UserError
from geodesy.control_lines import read_points
from geodesy.fitting import Fit, Georeference, fit_points

FIT_CODES: Mapping[Fit, str] = {
    Fit.HELMERT: "helmert",
    Fit.AFFINE: "affine",
    Fit.PROJECTIVE: "projective",
    Fit.THIN_PLATE: "tps",
}
_FITS = {code: fit for fit, code in FIT_CODES.items()}


def read_georeference(values: Mapping[str, Any]) -> Georeference | None:
    """Return the transformation that a drawing's ``georef`` and ``control_points`` say, ``None`` when they say none."""
    fit, text = _FITS.get(str(values.get("georef"))), values.get("control_points")
    if fit is None or not isinstance(text, str):
        return None
    try:
        return fit_points(read_points(text), fit)
    except UserError:
        return None
