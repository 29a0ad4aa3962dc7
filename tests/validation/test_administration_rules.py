"""ADM: codes, names and places."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import shapely

from core.tables import load_table
from forms.administration import load_communes
from forms.record import Lineage
from validation.batch import Batch
from validation.context import CheckContext
from validation.engine import check_batch
from validation.finding import Finding, Severity
from validation.rules import administration

Find = Callable[..., list[Finding]]
Make = Callable[..., Batch]
OUTLINE = shapely.box(432_000, 2_482_000, 442_000, 2_492_000)


def adm_codes(found: list[Finding]) -> list[str]:
    return sorted(item.text_code for item in found if item.rule_id.startswith("ADM"))


def test_every_commune_is_known_at_home(make_batch: Make, context: CheckContext) -> None:
    for code, commune in load_communes().items():
        batch = make_batch("planning_dossier", [None], commune_code=code)
        found = check_batch(batch, replace(context, commune=commune))
        assert adm_codes(found) == [], code


def test_every_withdrawn_draft_code_leads_to_the_official_one(make_batch: Make, find: Find) -> None:
    drafts = {
        row["draft_code"]: row["official_code"] for row in load_table("draft_commune_codes") if row["withdrawn"] == "1"
    }
    batch = make_batch("planning_dossier", values=[{"commune_code": code} for code in drafts])
    found = find("ADM-06", batch)
    assert [item.context.get("official", "") for item in found] == list(drafts.values())
    assert all(
        item.text_code == ("ADM-06.draft" if "official" in item.context else "ADM-06.withdrawn") for item in found
    )
    assert all(item.severity is Severity.ERROR and item.text("vi") for item in found)
    assert find("ADM-01", batch) == []


def test_a_code_before_its_day(make_batch: Make, find: Find, context: CheckContext) -> None:
    young = next(commune for commune in load_communes().values() if commune.valid_from == "2026-04-30")
    batch = make_batch("planning_dossier", [None], commune_code=young.code)
    earlier = replace(context, commune=young, today=date(2026, 4, 29))
    assert [item.text_code for item in find("ADM-01", batch, earlier)] == ["ADM-01.not-in-force"]
    assert "30/04/2026" in find("ADM-01", batch, earlier)[0].text("vi")
    assert find("ADM-01", batch, replace(earlier, today=date(2026, 4, 30))) == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Xã Bắc Quang", None),
        ("BẮC QUANG", None),
        ("bac quang", None),
        ("Xã Bă\u0301c Quang", None),  # decomposed
        ("Xã Quang Minh", None),  # went into it in 2025
        ("  ", None),
        ("01153", None),
        ("Xã Đồng Tâm", "ADM-06.name"),
        ("Xã Nào Đó", "ADM-04"),
        ("Phường Bến Thành", "ADM-04"),  # another province's
    ],
)
def test_names_in_the_source(name: str, code: str | None, make_batch: Make, context: CheckContext) -> None:
    lineage = Lineage(source_file="a.shp", raw_values={"TEN_XA": name, "XA_HOI": "x"})
    found = check_batch(make_batch("planning_dossier", [None], lineage=lineage, commune_code="01153"), context)
    assert adm_codes(found) == ([code] if code else [])


def test_a_wrong_name_never_blocks(make_batch: Make, find: Find) -> None:
    lineage = Lineage(raw_values={"xa": "Xã Lý Quốc"})
    batch = make_batch("planning_dossier", [None], lineage=lineage, commune_code="01558")
    assert [item.severity for item in find("ADM-06", batch)] == [Severity.WARNING]


def test_columns_are_looked_up_once_a_source(
    make_batch: Make, context: CheckContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = administration.name_key
    monkeypatch.setattr(administration, "name_key", lambda text: asked.append(text) or real(text))
    lineage = Lineage(source_file="a.shp", source_layer="roads", raw_values={"ten_xa": "Xã Bắc Quang", "be_rong": 5})
    check_batch(make_batch("planning_dossier", [None] * 50, lineage=lineage), context)
    assert sorted(set(asked)) == ["be_rong", "ten_xa"]
    assert len(asked) == 4  # two columns, asked by each of the two rules


@pytest.mark.parametrize(
    ("wkt", "codes"),
    [
        ("POINT (442000 2487000)", []),
        ("POINT (442050 2487000)", ["ADM-03.near"]),
        ("POINT (442500 2487000)", ["ADM-03.off"]),
        ("POINT (442500.2 2487000)", ["ADM-03.far"]),
        ("LINESTRING (442010 2487000, 446000 2487000)", ["ADM-03.near"]),
        ("LINESTRING (441990 2487000, 446000 2487000)", ["ADM-07"]),
        ("LINESTRING (441990 2487000, 442050 2487000)", []),
        ("LINESTRING (441990 2487000, 442060 2487000)", ["ADM-07"]),
        ("POLYGON ((441000 2487000, 442040 2487000, 442040 2487500, 441000 2487000))", []),
        ("POLYGON ((441000 2487000, 443000 2487000, 443000 2487500, 441000 2487000))", ["ADM-07"]),
    ],
)
def test_places(wkt: str, codes: list[str], make_batch: Make, context: CheckContext) -> None:
    shape = shapely.from_wkt(wkt)
    type_id = {"Point": "survey_point", "LineString": "road_segment", "Polygon": "planning_boundary"}[shape.geom_type]
    found = check_batch(make_batch(type_id, [shape]), replace(context, boundary=OUTLINE))
    assert adm_codes(found) == codes


def test_a_bay_in_the_outline_counts_between_vertices(make_batch: Make, context: CheckContext) -> None:
    """A road's two ends may lie inside while its middle runs far outside."""
    bay = OUTLINE - shapely.box(435_000, 2_487_000, 439_000, 2_492_000)
    road = shapely.LineString([(434_900, 2_490_000), (439_100, 2_490_000)])
    found = check_batch(make_batch("road_segment", [road]), replace(context, boundary=bay))
    assert adm_codes(found) == ["ADM-07"]
    crossing = next(item for item in found if item.rule_id == "ADM-07")
    assert crossing.context["beyond_m"] == pytest.approx(2000, abs=25)


def test_an_outline_that_crosses_itself_stops_nothing(make_batch: Make, context: CheckContext) -> None:
    knot = shapely.Polygon(
        [(432_000, 2_482_000), (442_000, 2_492_000), (442_000, 2_482_000), (432_000, 2_492_000), (432_000, 2_482_000)]
    )
    roads = [shapely.LineString([(441_000, 2_487_000), (446_000, 2_487_000)]), shapely.LineString([(0, 0), (9, 9)])]
    surroundings = replace(
        context, boundary=knot, neighbours={"01165": shapely.transform(knot, lambda xy: xy + [5000, 0])}
    )
    found = check_batch(make_batch("road_segment", np.array(roads, dtype=object)), surroundings)
    assert "ADM-07.named" in adm_codes(found)


def test_without_an_outline_nothing_is_said_of_places(make_batch: Make, context: CheckContext) -> None:
    assert adm_codes(check_batch(make_batch("survey_point", [shapely.Point(500_000, 2_400_000)]), context)) == []
