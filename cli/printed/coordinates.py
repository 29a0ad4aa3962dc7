"""Documents of coordinate tables and places."""

from typing import Literal

from cli.printed.document import Document
from cli.printed.field_files import ProblemDocument


class CornerDocument(Document):
    """One corner; the edge leads to the next one."""

    point: str
    north: float
    east: float
    edge_m: float | None


class PathDocument(Document):
    """One outline, inner boundary, line or point."""

    role: Literal["outer", "inner", "line", "point"]
    part: int
    ring: int
    corners: list[CornerDocument]


class CoordinatesDocument(Document):
    """A record's table of corners in one coordinate system; lengths and areas are those of the workspace's zone."""

    uid: str
    crs: str
    parts: list[PathDocument]
    length_m: float
    area_m2: float
    ellipsoidal_length_m: float
    ellipsoidal_area_m2: float
    ellipsoidal_formula: str


class SetGeometryDocument(Document):
    """What became of a coordinate table; a warning of row 0 concerns the table as a whole."""

    uid: str
    crs: str
    corners: int
    written: bool
    warnings: list[ProblemDocument]


class PlaceDocument(Document):
    """A place that a text means; bounds are west, south, east, north in metres of the workspace's zone."""

    kind: Literal["position", "chainage", "bookmark", "commune", "record"]
    name: str
    uid: str | None
    north: float
    east: float
    latitude: float
    longitude: float
    bounds: list[float]
    swapped: bool


class BookmarkDocument(Document):
    """A bookmark of the map; bounds are west, south, east, north in metres of the workspace's zone."""

    name: str
    bounds: list[float]
    created_at: str
    created_by: str
