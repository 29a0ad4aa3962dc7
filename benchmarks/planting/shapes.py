"""Breaks single shapes and their systems of coordinates."""

import math
from typing import Any

import shapely

from benchmarks.planting.ground import AREA, LINE, Ground
from benchmarks.planting.registry import breaks
from benchmarks.planting.values import LAND, ROAD, one, road

OFFICIAL = {"src_crs": "EPSG:4326", "src_axis": None, "datum_operation": "VN2000-QD05-2007-CF"}
CONTROL = "planning_control_line"
ELSEWHERE = "01165"


@breaks("ADM-03")
def _away_from_home(ground: Ground) -> None:
    west, at = ground.edge("west")
    for code, metres in (("near", 30.0), ("off", 300.0), ("far", 700.0)):
        place = f"POINT ({west - metres} {at})"
        one_there(ground, f"ADM-03.{code}", "survey_point", place)


@breaks("ADM-07")
def _over_the_border(ground: Ground) -> None:
    west, at = ground.edge("west")
    line = f"LINESTRING ({west + 20.013} {at}, {west - 300.017} {at})"
    one_there(ground, "ADM-07.named" if ground.communes_crossed(line) else "ADM-07", ROAD, line)


def one_there(ground: Ground, code: str, type_id: str, wkt: str, **values: Any) -> None:
    """Add one record at coordinates of the zone."""
    site = ground.site()
    site.expect(code, site.add(type_id, wkt, absolute=True, **values))


@breaks("CRS-01")
def _no_system(ground: Ground) -> None:
    road(ground, "CRS-01.missing", lineage={"src_crs": None})
    road(ground, "CRS-01.unknown", lineage={"src_crs": "EPSG:27700"})
    road(ground, "CRS-01.unsupported", lineage={"src_crs": "EPSG:4147"})


@breaks("CRS-02")
def _withdrawn_system(ground: Ground) -> None:
    road(ground, "CRS-02", lineage={"src_crs": "EPSG:6957", "src_axis": 105.0})


@breaks("CRS-03")
def _abroad(ground: Ground) -> None:
    one_there(ground, "CRS-03", "survey_point", "POINT (1150000 1000000)")
    one_there(ground, "CRS-03", "survey_point", "POINT (500 2487)")


@breaks("CRS-04")
def _strange_axis(ground: Ground) -> None:
    road(ground, "CRS-04", lineage={"src_crs": "EPSG:9217", "src_axis": 108.25})


@breaks("CRS-05")
def _exchanged(ground: Ground) -> None:
    east, north = ground.site().centre
    one_there(ground, "CRS-05", "survey_point", f"POINT ({north} {east})")


@breaks("CRS-08")
def _unofficial(ground: Ground) -> None:
    road(ground, "CRS-08.missing", lineage={**OFFICIAL, "datum_operation": "none"})
    road(ground, "CRS-08.other", lineage={**OFFICIAL, "datum_operation": "EPSG:6960"})


@breaks("CRS-09")
def _no_centimetres(ground: Ground) -> None:
    east, north = (round(value, 1) for value in ground.site().centre)
    points = ", ".join(f"{east + x:.1f} {north + y:.1f}" for x, y in ((0, 0), (50.1, 3), (90, 8.2)))
    one_there(ground, "CRS-09", ROAD, f"LINESTRING ({points})")


@breaks("GEO-01")
def _nowhere(ground: Ground) -> None:
    one(ground, "GEO-01.missing", ROAD, None)
    site = ground.site()
    uid = site.add(ROAD, LINE)
    site.smuggle(ROAD, uid, geom=shapely.LineString([(0, 0), (math.nan, 5), (9, 9)]))
    site.expect("GEO-01.not-finite", uid)
    site = ground.site()
    uid = site.add(LAND, AREA)
    site.smuggle(LAND, uid, geom=shapely.MultiPolygon([shapely.from_wkt(AREA), shapely.Polygon()]))
    site.expect("GEO-01.empty-part", uid)


@breaks("GEO-02")
def _invalid(ground: Ground) -> None:
    bow_tie = "POLYGON ((0 0, 40 30, 40 0, 0 30, 0 0))"
    one(ground, "GEO-02.crossing", LAND, bow_tie)
    one(ground, "GEO-02.touching", LAND, "POLYGON ((0 0, 40 0, 40 40, 20 0, 0 40, 0 0))")
    one(ground, "GEO-02.hole", LAND, "POLYGON ((0 0, 40 0, 40 30, 0 30, 0 0), (60 0, 70 0, 70 10, 60 0))")
    nested = "MULTIPOLYGON (((0 0, 40 0, 40 30, 0 30, 0 0)), ((5 5, 10 5, 10 10, 5 10, 5 5)))"
    one(ground, "GEO-02.nested", LAND, nested)
    cut = "POLYGON ((0 0, 40 0, 40 40, 0 40, 0 0), (0 20, 20 10, 40 20, 20 30, 0 20))"
    one(ground, "GEO-02.disconnected", LAND, cut)


@breaks("GEO-03")
def _wrong_kind(ground: Ground) -> None:
    site = ground.site()
    uid = site.add(ROAD, LINE)
    site.smuggle(ROAD, uid, geom=shapely.from_wkt(AREA))
    site.expect("GEO-03", uid)
    site = ground.site()
    uid = site.add(ROAD, LINE)
    parts = "MULTILINESTRING ((0 0, 20 0.03), (50 0, 59 0.03))"
    site.smuggle(ROAD, uid, geom=shapely.from_wkt(parts))
    site.expect("GEO-03.parts", uid)


@breaks("GEO-05")
def _stray_vertices(ground: Ground) -> None:
    one(ground, "GEO-05.duplicate", ROAD, "LINESTRING (0 0, 10 0, 10.01 0, 20 0)")
    one(ground, "GEO-05.spike", LAND, "POLYGON ((0 0, 40 0, 40 30, 60 30.005, 40 30.01, 0 30, 0 0))")


@breaks("GEO-06")
def _slivers(ground: Ground) -> None:
    one(ground, "GEO-06.small", LAND, "POLYGON ((0 0, 0.9 0, 0.9 0.9, 0 0.9, 0 0))")
    one(ground, "GEO-06.narrow", LAND, "POLYGON ((0 0, 100 0, 100 0.08, 0 0.08, 0 0))")


@breaks("GEO-07")
def _too_few(ground: Ground) -> None:
    one(ground, "GEO-07.ring", LAND, "POLYGON ((0 0, 40 0, 0 0, 0 0))", "GEO-05.duplicate", "GEO-05.spike")
    one(ground, "GEO-07.line", ROAD, "LINESTRING (5 5, 5 5)", "GEO-05.duplicate")


@breaks("GEO-08")
def _absurd(ground: Ground) -> None:
    north, at = ground.edge("north")
    line = f"LINESTRING ({at} {north - 20.013}, {at} {north + 65_000.017})"
    one_there(ground, "GEO-08.extent", CONTROL, line, affected_communes=ground.communes_crossed(line) or [ELSEWHERE])
    rows = [(x, y) for y in range(400) for x in (range(300) if y % 2 == 0 else range(299, -1, -1))]
    many = ", ".join(f"{x * 0.4:.2f} {y * 0.4:.2f}" for x, y in rows)
    one(ground, "GEO-08.vertices", CONTROL, f"LINESTRING ({many})")


@breaks("GEO-09")
def _millimetres(ground: Ground) -> None:
    south, at = ground.edge("south")
    line = f"LINESTRING ({at} {south + 20.013}, {at} {south - 400_000.017})"
    one_there(ground, "GEO-09", CONTROL, line, affected_communes=ground.communes_crossed(line) or [ELSEWHERE])


@breaks("GEO-10")
def _arc_of_chords(ground: Ground) -> None:
    turns = (turn / 20 for turn in range(12))
    arc = ", ".join(f"{50 * math.sin(turn):.4f} {50 - 50 * math.cos(turn):.4f}" for turn in turns)
    one(ground, "GEO-10", ROAD, f"LINESTRING ({arc})")
