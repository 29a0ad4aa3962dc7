"""What the commands over base maps print."""

from typing import Literal

from cli.printed.document import Document


class BasemapDocument(Document):
    """One base map of a workspace; ``bounds`` are west, south, east, north in the workspace's zone, in metres."""

    id: str
    title: str
    file: str
    kind: Literal["mbtiles", "pmtiles", "tiff", "png", "jpeg"]
    crs: str | None
    fit: Literal["helmert", "affine", "projective", "thin_plate"] | None
    rms_m: float | None
    attribution: str
    bounds: tuple[float, float, float, float]
    shown: bool
    above: bool
    opacity: float
    copied: bool
    trouble: Literal["BASEMAP-MISSING", "BASEMAP-CHANGED"] | None


class ControlDocument(Document):
    """One control point; ``left_out_m`` is how far it would be off had it not been used."""

    column: float
    row: float
    north: float
    east: float
    residual_m: float
    left_out_m: float | None


class LaidDocument(Document):
    """A scanned drawing that lies on the map, and how well; ``allowed_m`` follows from the drawing's scale."""

    basemap: BasemapDocument
    fit: Literal["helmert", "affine", "projective", "thin_plate"]
    points: list[ControlDocument]
    rms_m: float
    allowed_m: float | None
    pixel_m: float
    remarks: list[Literal["SHEET-FEW-POINTS", "SHEET-RMS", "SHEET-ONE-SIDE", "SHEET-BLUNDER"]]
