"""Breaks how roads, pipes, cables and drains hang together, and what lies twice or on each other."""

from benchmarks.planting.ground import Ground, Site
from benchmarks.planting.registry import breaks
from benchmarks.planting.values import BRIDGE, ROAD, bridge, one

DRAIN, NODE, CABLE, MAST = "drainage_line", "drainage_node", "telecom_line", "telecom_facility"
MAIN = "LINESTRING (0 0, 100 0)"


def beside_main(ground: Ground, code: str, *lines: str) -> None:
    """Add a road, and others beside it on which the finding stands."""
    for line in lines:
        site = ground.site()
        site.add(ROAD, MAIN)
        site.expect(code, site.add(ROAD, line))


def end_to_end(ground: Ground, code: str, line: str) -> None:
    """Add two roads whose ends miss each other: what is said of the one is said of the other."""
    site = ground.site()
    for uid in (site.add(ROAD, MAIN), site.add(ROAD, line)):
        site.expect(code, uid)


@breaks("NET-01")
def _not_snapped(ground: Ground) -> None:
    beside_main(ground, "NET-01", "LINESTRING (50 0.3, 50 80)")
    end_to_end(ground, "NET-01", "LINESTRING (100.2 0, 150 40)")


@breaks("TOP-08")
def _undershoot(ground: Ground) -> None:
    beside_main(ground, "TOP-08", "LINESTRING (50 0.8, 50 80)")
    end_to_end(ground, "TOP-08", "LINESTRING (100.6 0.6, 150 40)")


@breaks("TOP-09")
def _crossing_without_node(ground: Ground) -> None:
    together = "LINESTRING (0 0, 30 0, 30 40, 60 40, 60 -40)"
    beside_main(ground, "TOP-09", "LINESTRING (50 -50, 50 80)", together)


@breaks("TOP-10")
def _chainage(ground: Ground) -> None:
    for code, start in (("overlap", 1.0), ("gap", 1.5)):
        site = ground.site()
        road_code = f"DX.{code}"
        site.add(ROAD, MAIN, road_code=road_code, from_km=0.0, to_km=1.2)
        uid = site.add(ROAD, "LINESTRING (100 0, 200 3)", road_code=road_code, from_km=start, to_km=2.0)
        site.expect(f"TOP-10.{code}", uid)


@breaks("TOP-11")
def _there_twice(ground: Ground) -> None:
    site = ground.site()
    pair = [site.add(ROAD, line) for line in (MAIN, "LINESTRING (100 0.04, 0 0.03)")]
    site.expect("TOP-11", max(pair))
    site = ground.site()
    areas = ("POLYGON ((0 0, 9 0, 9 9, 0 0))", "POLYGON ((0.05 0, 9 0, 9 9, 0.05 0))")
    site.expect("TOP-11", max(site.add("public_building", area) for area in areas))


@breaks("TOP-12")
def _building_in_the_way(ground: Ground) -> None:
    building = "POLYGON ((0 -5, 20 -5, 20 15, 0 15, 0 -5))"
    site = ground.site()
    site.add(ROAD, "LINESTRING (-50 0, 50 0)")
    site.expect("TOP-12.road", site.add("public_building", building))
    site = ground.site()
    lake = {"kind": "ho_dieu_hoa", "rim_level": None, "invert_level": None, "area_m2": 7200.0, "work_grade": "IV"}
    site.add(NODE, "POLYGON ((10 0, 90 0, 90 90, 10 90, 10 0))", **lake)
    site.expect("TOP-12.water", site.add("public_building", building))


@breaks("TOP-14")
def _along_the_corridor(ground: Ground) -> None:
    site = ground.site()
    site.add("power_line", "LINESTRING (0 0, 200 0)", safety_corridor_m=4.0)
    for east in (0, 200):
        site.add(MAST, f"POINT ({east} 3)")
    site.expect("TOP-14", site.add(CABLE, "LINESTRING (0 3, 200 3)"))


def drain(site: Site, line: str, start: str, end: str, **values: object) -> str:
    """Add a drain between two nodes."""
    return site.add(DRAIN, line, from_node_uid=start, to_node_uid=end, **values)


def manholes(site: Site) -> list[str]:
    """Add the nodes at the three corners of ``SIDES``."""
    return [site.add(NODE, f"POINT ({place})") for place in ("0 0", "60 0", "60 60")]


SIDES = ("LINESTRING (0 0, 60 0)", "LINESTRING (60 0, 60 60)", "LINESTRING (60 60, 0 0)")


@breaks("TOP-15")
def _in_a_circle(ground: Ground) -> None:
    site = ground.site()
    a, b, c = manholes(site)
    for line, start, end in zip(SIDES, (a, b, c), (b, c, a), strict=True):
        site.expect("TOP-15", drain(site, line, start, end))


@breaks("NET-02")
def _bridge_off_its_road(ground: Ground) -> None:
    bridge(ground, "NET-02.long", length_m=130.0)
    site = ground.site()
    far = site.add(BRIDGE, "POINT (40 5.5)", road_segment_uid=site.add(ROAD, MAIN))
    site.expect("NET-02.far", far)


@breaks("NET-03")
def _drain_without_node(ground: Ground) -> None:
    site = ground.site()
    site.add(NODE, "POINT (0 0)")
    site.expect("NET-03", site.add(DRAIN, "LINESTRING (0 0, 60 0)"))


@breaks("NET-04")
def _uphill(ground: Ground) -> None:
    site = ground.site()
    a, b, _ = manholes(site)
    site.expect("NET-04", drain(site, SIDES[0], a, b, invert_up=12.1, invert_dn=12.4))


@breaks("NET-05")
def _narrower_downstream(ground: Ground) -> None:
    site = ground.site()
    a, b, c = manholes(site)
    drain(site, SIDES[0], a, b, diameter_mm=800.0)
    site.expect("NET-05", drain(site, SIDES[1], b, c, diameter_mm=600.0))


@breaks("NET-06")
def _lamp_without_circuit(ground: Ground) -> None:
    one(ground, "NET-06", "lighting_asset", "POINT (0 0)", "ATT-01.complete", circuit_code=None)


@breaks("NET-07")
def _cable_to_nowhere(ground: Ground) -> None:
    site = ground.site()
    site.add(MAST, "POINT (0 0)")
    site.expect("NET-07", site.add(CABLE, "LINESTRING (0 0, 60 3)"))
