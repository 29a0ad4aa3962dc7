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
    attribution: str
    bounds: tuple[float, float, float, float]
    shown: bool
    above: bool
    opacity: float
    copied: bool
    trouble: Literal["BASEMAP-MISSING", "BASEMAP-CHANGED"] | None
