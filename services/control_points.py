"""Control points of a scanned sheet as they are kept: beside the base map, and as lines in the drawing's record."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import UserError
from geodesy.control_lines import read_points
from geodesy.fitting import ControlPoint, Fit, Georeference, fit_points

MOST_BYTES = 1_000_000


def keep_control(found: Georeference) -> dict[str, Any]:
    """Return a georeference as plain JSON-able data: its points and its kind, from which it is worked out anew."""
    points = [[point.column, point.row, point.east, point.north] for point in found.points]
    return {"fit": found.fit.value, "points": points}


def parse_control(data: Mapping[str, Any]) -> Georeference:
    """Return the georeference that ``keep_control`` kept; raise what ``fit_points`` raises."""
    return fit_points([ControlPoint(*map(float, row)) for row in data["points"]], Fit(data["fit"]))


def load_points(path: Path) -> list[ControlPoint]:
    """Return the control points of a text file; raise FILE-MISSING, CONTROL-LINE."""
    try:
        text = path.read_bytes()[:MOST_BYTES].decode("utf-8-sig", "replace")
    except OSError as error:
        raise UserError("FILE-MISSING", file=str(path)) from error
    return read_points(text, path.name)
