"""Breaks what is known of a record's origin and owner: datums, zones, heights, private persons, other communes."""

import shapely

from benchmarks.planting.ground import Ground
from benchmarks.planting.registry import breaks
from benchmarks.planting.values import ZONE, one, road

CABLE = "planning_control_line"


@breaks("CRD-04")
def _stated_area(ground: Ground) -> None:
    one(ground, "CRD-04", ZONE, "POLYGON ((0 0, 100 0, 100 50, 0 50, 0 0))", area_stated_m2=5030.0)


@breaks("CRS-06")
def _datum_in_doubt(ground: Ground) -> None:
    road(ground, "CRS-06.unknown", lineage={"src_crs": "EPSG:9209", "src_axis": 105.5, "datum_operation": None})
    road(ground, "CRS-06.internal", lineage={"source_file": "rung_VN2000_noi_bo.kml", "source_row": 1})


@breaks("CRS-07")
def _other_width(ground: Ground) -> None:
    """Five lines twice: as they lie, and as they lie when numbers of a 6° zone are read as those of a 3° zone."""
    east, north = ground.site().centre
    shrink = 0.9996 / 0.9999
    uids = []
    for file, factor in (("moi.shp", shrink), ("cu.shp", 1.0)):
        for row in range(5):
            at = (east + 37.13 * row, north + 41.17 * row)
            ends = (at, (at[0] + 20.3 + row, at[1] + 15.7 + 2 * row))
            xy = [(500_000 + (x - 500_000) * factor, y * factor) for x, y in ends]
            source = {"source_file": file, "source_row": row + 1}
            uids.append(ground.site().add(CABLE, shapely.LineString(xy).wkt, source, absolute=True))
    ground.planted.add(("CRS-07", min(uids[:5])))  # the file that was read wrongly, by its first record


@breaks("PKG-07")
def _other_commune(ground: Ground) -> None:
    road(ground, "PKG-07", commune_code="01165")


@breaks("SEC-02")
def _private_persons(ground: Ground) -> None:
    road(ground, "SEC-02.id", lineage={"raw_values": {"Số CCCD": "079123456789"}})
    road(ground, "SEC-02.contact", lineage={"raw_values": {"SO_DIEN_THOAI": "0912345678"}})
    road(ground, "SEC-02.text", note="Liên hệ ông An, CCCD số: 079123456789")


@breaks("TOP-16")
def _named_but_not_reached(ground: Ground) -> None:
    """Asked only where the outlines of the neighbours are known."""
    if ground.neighbours:
        road(ground, "TOP-16.unreached", affected_communes=["01165"])
