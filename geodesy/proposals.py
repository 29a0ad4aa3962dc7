"""One way to read the bare coordinates of a file, and the words that explain it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from core.messages import Language, current_language, render
from core.tables import load_table
from geodesy.numbers import format_number
from geodesy.systems import CoordinateSystem

Confidence = Literal["decided", "undecided", "rejected"]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Proposal:
    """One reading of the numbers: a system, X and Y exchanged or not, a factor to metres, and what is added then.

    ``shift`` is added to east and north, in metres: a zone's number taken off, or leading digits put back.
    ``inside_share`` is the share of points inside the boundary, ``distance_m`` the median distance to it (0 inside);
    both are ``None`` when nothing could be measured. ``rivals`` are the systems that fit as well, or instead of a
    rejected one. ``known_m`` is the median distance to records of known place, ``known_share`` the share of points
    that lie on them, where they decide. ``reason_code`` names the words for people.
    """

    system: CoordinateSystem
    swapped: bool
    scale: float
    inside_share: float | None
    distance_m: float | None
    confidence: Confidence
    reason_code: str
    rivals: tuple[CoordinateSystem, ...] = ()
    shift: tuple[float, float] = (0.0, 0.0)
    known_m: float | None = None
    known_share: float | None = None

    @property
    def is_plain(self) -> bool:
        """Whether the numbers stand as the system has them: nothing exchanged, multiplied or added."""
        return not self.swapped and self.scale == 1.0 and self.shift == (0.0, 0.0)

    def read(self, xy: npt.ArrayLike) -> Floats:
        """Return the file's numbers as coordinates of ``system``, in the order east, north."""
        return arrange(xy, self.swapped, self.scale, self.shift)

    def label(self, language: Language | None = None) -> str:
        """Return the reading's name for people."""
        name = self.system.label(language)
        if self.swapped:
            name = render("CRS-SWAPPED", {"system": name}, language)
        if self.scale != 1.0:
            name = render("CRS-IN-UNIT", {"system": name, "unit": unit_name(self.scale)}, language)
        if self.shift != (0.0, 0.0):
            chosen = language or current_language()
            east, north = (format_number(part, 0, chosen) for part in self.shift)
            name = render("CRS-SHIFTED", {"system": name, "east": east, "north": north}, language)
        return name

    def text(self, language: Language | None = None) -> str:
        """Return why this reading is proposed or rejected."""
        chosen = language or current_language()
        context = {
            "inside": f"{format_number(100 * (self.inside_share or 0.0), 1, chosen)}\u00a0%",
            "distance": format_distance(self.distance_m, chosen),
            "known": format_distance(self.known_m, chosen),
            "near": f"{format_number(100 * (self.known_share or 0.0), 1, chosen)}\u00a0%",
            "system": self.system.label(chosen),
            "systems": [rival.label(chosen) for rival in self.rivals],
        }
        code = self.reason_code
        if code == "CRS-KNOWN-AGAINST" and self.known_m is None:
            code = "CRS-KNOWN-BEYOND"  # so far off that nothing is near enough to be measured
        return render(code, context, chosen)

    def as_dict(self) -> dict[str, Any]:
        """Return the proposal as plain JSON-able data."""
        return {
            "crs": self.system.id,
            "axis": self.system.axis,
            "label": self.label(),
            "swapped": self.swapped,
            "scale": self.scale,
            "shift": list(self.shift),
            "inside_share": None if self.inside_share is None else round(self.inside_share, 4),
            "distance_m": None if self.distance_m is None else round(self.distance_m, 1),
            "known_m": None if self.known_m is None else round(self.known_m, 1),
            "confidence": self.confidence,
            "reason_code": self.reason_code,
            "reason": self.text(),
        }


def unit_name(metres: float) -> Mapping[str, str]:
    """Return what a unit of a length is called in each language: its length where it has no name."""
    row = next((row for row in load_table("drawing_units") if float(row["metres"]) == metres), None)
    return {"vi": row["vi"], "en": row["en"]} if row else {"vi": f"{metres:g} m", "en": f"{metres:g} m"}


def arrange(
    xy: npt.ArrayLike, swapped: bool = False, scale: float = 1.0, shift: tuple[float, float] = (0.0, 0.0)
) -> Floats:
    """Return ``xy`` with its columns exchanged when ``swapped``, times ``scale``, plus ``shift`` (east, north)."""
    with np.errstate(over="ignore"):  # a number beyond every measure becomes infinite, and has no place
        points: Floats = np.asarray(xy, dtype=np.float64)[:, :2] * scale
    points = points[:, ::-1] if swapped else points
    return points if shift == (0.0, 0.0) else points + np.asarray(shift)


def format_distance(distance_m: float | None, language: Language) -> str:
    """Return a distance in whole metres, or in kilometres from 2 km on; a dash when there is none."""
    if distance_m is None:
        return "–"
    if distance_m < 2000:
        return f"{format_number(distance_m, 0, language)}\u00a0m"
    return f"{format_number(distance_m / 1000, 1, language)}\u00a0km"
