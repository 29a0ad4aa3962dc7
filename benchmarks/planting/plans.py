"""Breaks planning dossiers: their decisions, parts, drawings, boundaries and areas."""

from collections.abc import Mapping
from typing import Any

from benchmarks.planting.ground import Ground, Site
from benchmarks.planting.registry import breaks
from benchmarks.planting.values import LAND, ZONE, one

DOSSIER, DOCUMENT, DRAWING, BOUNDARY, LINES = (
    *("planning_dossier", "dossier_document", "planning_drawing", "planning_boundary", "planning_control_line"),
)
OUTLINE = "POLYGON ((0 0, 100 0, 100 50, 0 50, 0 0))"
WEST, EAST = "POLYGON ((0 0, 50 0, 50 50, 0 50, 0 0))", "POLYGON ((50 0, 100 0, 100 50, 50 50, 50 0))"


def dossier(site: Site, **values: Any) -> str:
    """Add a draft dossier with nothing wrong."""
    return site.add(DOSSIER, **values)


def decided(site: Site, *, parts: bool = True, **values: Any) -> str:
    """Add a dossier that has been decided, with the parts that one has."""
    made = {
        "status": "da_phe_duyet",
        "decision_no": f"{int(site.centre[0])}/QĐ-UBND",
        "decision_date": "2026-03-02",
        "approving_authority": "UBND_tinh",
    }
    uid = site.add(DOSSIER, **{**made, **values})
    if parts:
        for kind, file in zip(("thuyet_minh", "quyet_dinh"), site.ground.files, strict=False):
            site.add(DOCUMENT, dossier_uid=uid, doc_kind=kind, **file)
        site.add(DRAWING, dossier_uid=uid)
    return uid


def filled(site: Site, uid: str, *areas: str, type_id: str = LAND, **values: Any) -> list[str]:
    """Add the areas of a dossier."""
    return [site.add(type_id, area, dossier_uid=uid, **values) for area in areas]


@breaks("DOS-01")
def _no_decision(ground: Ground) -> None:
    for key in ("decision_no", "decision_date", "approving_authority"):
        site = ground.site()
        site.expect("DOS-01", decided(site, **{key: None}))


@breaks("DOS-02")
def _number_not_written(ground: Ground) -> None:
    one(ground, "DOS-02", DOSSIER, None, decision_no="Quyết định 2820")
    one(ground, "DOS-02.suggested", DOSSIER, None, task_decision_no="15/qđ-ubnd")


@breaks("DOS-03")
def _dates_out_of_order(ground: Ground) -> None:
    one(ground, "DOS-03.order", DOSSIER, None, decision_date="2025-07-31", task_decision_date="2025-08-01")
    one(ground, "DOS-03.future", DOSSIER, None, decision_date="2026-11-21")


@breaks("DOS-04")
def _parts_missing(ground: Ground) -> None:
    site = ground.site()
    site.expect("DOS-04", decided(site, parts=False))


@breaks("DOS-05")
def _files_gone(ground: Ground) -> None:
    lost = "0b" * 32
    one(ground, "DOS-05.absent", DOCUMENT, None, file_sha256=lost)
    one(ground, "DOS-05.unhashed", DOCUMENT, None, "ATT-01.complete", file_sha256=None)
    one(ground, "DOS-05.changed", DOCUMENT, None, file_bytes=1)
    link = {"sha256": lost, "name": "cong.jpg", "bytes": 5, "mime": "image/jpeg"}
    one(ground, "DOS-05.missing", "road_segment", "LINESTRING (0 0, 50 3, 90 8)", attachments=[link])


@breaks("DOS-06")
def _poor_scans(ground: Ground) -> None:
    scan = {"scan_or_native": "ban_quet"}
    pdf = {"file_mime": "application/pdf", "file_has_text": True, "file_pdf_a": "2b"}
    one(ground, "DOS-06.document", DOCUMENT, None, file_dpi=150, **scan, **pdf)
    one(ground, "DOS-06.document-kind", DOCUMENT, None, file_dpi=300, file_mime="image/png", **scan)
    one(ground, "DOS-06.drawing", DRAWING, None, file_dpi=200, file_mime="image/jpeg", **scan)
    one(ground, "DOS-06.drawing-kind", DRAWING, None, file_dpi=300, file_mime="image/tiff", **scan)
    one(ground, "DOS-06.no-text", DOCUMENT, None, file_dpi=300, **scan, **{**pdf, "file_has_text": False})
    one(ground, "DOS-06.no-pdf-a", DOCUMENT, None, file_dpi=300, **scan, **{**pdf, "file_pdf_a": None})


@breaks("DOS-07")
def _dossier_code(ground: Ground) -> None:
    one(ground, "DOS-07", DOSSIER, None, dossier_code="QHC-2026/15")


@breaks("DOS-08")
def _info_code(ground: Ground) -> None:
    one(ground, "DOS-08.after", DOSSIER, None, legacy_info_code="QH-2026-0007")


@breaks("DOS-10")
def _scales(ground: Ground) -> None:
    one(ground, "DOS-10.missing", DRAWING, None, "ATT-01.complete", scale_denom=None)
    one(ground, "DOS-10.differs", DRAWING, None, scale_denom=10_000)


@breaks("DOS-11")
def _no_successor(ground: Ground) -> None:
    site = ground.site()
    site.expect("DOS-11", decided(site, status="het_hieu_luc"))


@breaks("DOS-12")
def _no_period(ground: Ground) -> None:
    site = ground.site()
    uid = decided(site, plan_kind="QHSDD_XA", status="chuyen_tiep", period_from=None, plan_level=None)
    site.expect("DOS-12", uid)
    site.implies("ATT-01.complete", uid)


def control_points(site: Site, *places: tuple[float, float], off_m: float = 0.0) -> str:
    """Return lines of control points of a sheet of 1 m a pixel whose top left corner is the site's middle."""
    east, north = site.centre
    lines = [f"{column}; {row}; {north - row}; {east + column}" for column, row in places[:-1]]
    column, row = places[-1]
    return "\n".join([*lines, f"{column}; {row}; {north - row + off_m}; {east + column}"])


CORNERS = ((10.0, 10.0), (990.0, 10.0), (990.0, 790.0), (10.0, 790.0))
SHEET = "POLYGON ((0 0, 1000 0, 1000 -800, 0 -800, 0 0))"


def laid(ground: Ground, code: str, *places: tuple[float, float], off_m: float = 0.0, **values: Any) -> None:
    """Add a drawing laid by control points."""
    site = ground.site()
    points = control_points(site, *(places or CORNERS), off_m=off_m)
    facts: Mapping[str, Any] = {"georef": "affine", "gcp_count": 4, "rms_m": 0.1, "control_points": points}
    site.expect(code, site.add(DRAWING, SHEET, **{**facts, **values}))


@breaks("DRW-01")
def _poor_fit(ground: Ground) -> None:
    laid(ground, "DRW-01.few", gcp_count=3)
    laid(ground, "DRW-01.rms", rms_m=2.6)
    laid(ground, "DRW-01.point", *CORNERS, (500.0, 400.0), off_m=7.0, georef="helmert")


@breaks("DRW-02")
def _one_sided(ground: Ground) -> None:
    laid(ground, "DRW-02", (10.0, 10.0), (400.0, 10.0), (400.0, 790.0), (10.0, 790.0))


@breaks("DRW-03")
def _cut_short(ground: Ground) -> None:
    one(ground, "DRW-03.broken", DRAWING, None, **ground.broken)


@breaks("TOP-01")
def _parts_without_reason(ground: Ground) -> None:
    parts = "MULTIPOLYGON (((0 0, 10 0, 10 10, 0 0)), ((50 0, 60 0, 60 10, 50 0)))"
    site = ground.site()
    site.expect("TOP-01", site.add(BOUNDARY, parts, dossier_uid=dossier(site)))


@breaks("TOP-02")
def _same_ground(ground: Ground) -> None:
    site = ground.site()
    plans = [decided(site, plan_kind="QPK", plan_level="2", decision_no=f"{number}/QĐ-UBND") for number in (71, 72)]
    shifted = "POLYGON ((50 0, 150 0, 150 50, 50 50, 50 0))"
    outlines = [
        site.add(BOUNDARY, shape, dossier_uid=plan) for shape, plan in zip((OUTLINE, shifted), plans, strict=True)
    ]
    site.expect("TOP-02", max(outlines))


@breaks("TOP-03")
def _decided_area(ground: Ground) -> None:
    site = ground.site()
    site.expect("TOP-03", site.add(BOUNDARY, OUTLINE, dossier_uid=dossier(site), area_decision_ha=0.52))


@breaks("TOP-04")
def _overlap(ground: Ground) -> None:
    site = ground.site()
    over = "POLYGON ((49.9 0, 90 0, 90 50, 49.9 50, 49.9 0))"
    site.expect("TOP-04", max(filled(site, dossier(site), WEST, over)))


@breaks("TOP-05")
def _gaps(ground: Ground) -> None:
    narrow = "POLYGON ((50.1 0, 100 0, 100 50, 50.1 50, 50.1 0))"
    for code, areas in (("share", (WEST,)), ("gap", (WEST, narrow))):
        site = ground.site()
        plan = dossier(site)
        filled(site, plan, *areas)
        site.expect(f"TOP-05.{code}", site.add(BOUNDARY, OUTLINE, dossier_uid=plan))


@breaks("TOP-06")
def _outside(ground: Ground) -> None:
    site = ground.site()
    plan = dossier(site)
    site.add(BOUNDARY, OUTLINE, dossier_uid=plan)
    beyond = "POLYGON ((50 0, 101 0, 101 50, 50 50, 50 0))"
    site.expect("TOP-06", filled(site, plan, WEST, beyond)[1])


@breaks("TOP-07")
def _building_line(ground: Ground) -> None:
    site = ground.site()
    plan = dossier(site)
    lines = (("CGDD", "LINESTRING (0 0, 100 0)"), ("CGXD", "LINESTRING (0 3, 100 -3)"))
    site.expect(
        "TOP-07", max(site.add(LINES, line, kind=kind, setback_m=3.0, dossier_uid=plan) for kind, line in lines)
    )


@breaks("TOP-13")
def _hole_on_the_outline(ground: Ground) -> None:
    site = ground.site()
    holed = "POLYGON ((0 0, 100 0, 100 50, 0 50, 0 0), (0 25, 20 15, 20 35, 0 25))"
    site.expect("TOP-13", site.add(BOUNDARY, holed, dossier_uid=dossier(site)))


@breaks("ATT-12")
def _sums(ground: Ground) -> None:
    site = ground.site()
    plan = dossier(site)
    for uid in filled(site, plan, WEST, EAST, type_id=ZONE, area_stated_m2=2000.0):
        site.implies("CRD-04", uid)
    site.expect("ATT-12", site.add(BOUNDARY, OUTLINE, dossier_uid=plan))
