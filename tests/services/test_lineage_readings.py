"""What a person confirmed of a file's numbers stays with each record that came of it, and goes to the province."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely

from core.messages import LANGUAGES
from exchange.reading import read_table
from forms.content import LINEAGE
from forms.lineages import SourceRows
from forms.record import State
from geodesy.datum import transform_xy
from geodesy.systems import WGS84, tm_system
from localdb.journal import fetch_changes
from services.approving import approve
from services.desk import Desk
from services.importing import propose_import, run_import
from services.matching import Matching
from services.origins import origin_lines
from services.packaging import seal_package
from services.reading import fetch_record
from services.staging import build_lineages
from services.syncing import sync
from tests.services.desks import HOME, bring, records_of, sample_line, sample_xy, write_roads
from tests.services.pairs import Pair, push
from wire.package import read_package

LINE = sample_line((0, 0), (120, 40), (260, 30))
SIX = tm_system(105.0, 6)
XY = sample_xy([(0, 0), (120, 40), (260, 30), (300, 200), (20, 260)])


def write_layer(path: Path, xy: np.ndarray) -> Path:
    """Write points as they are, in a file that says they are of the home zone."""
    names = np.array([f"P{place}" for place in range(len(xy))], dtype=object)
    pyogrio.raw.write(
        path, shapely.to_wkb(shapely.points(xy)), [names], ["ten"], driver="GPKG", geometry_type="Point", crs=HOME.id
    )
    return path


CORRECTIONS: list[tuple[str, Callable[[np.ndarray], np.ndarray], dict[str, Any]]] = [
    ("swapped", lambda xy: xy[:, ::-1], {"swapped": True}),
    ("millimetres", lambda xy: xy * 1000.0, {"scale": 0.001}),
    ("kilometres", lambda xy: xy / 1000.0, {"scale": 1000.0}),
    ("feet", lambda xy: xy / 0.3048, {"scale": 0.3048}),
    ("prefix", lambda xy: transform_xy(xy, HOME, SIX) + [48e6, 0.0], {"shift": [-48e6, 0.0]}),
    ("digits left off", lambda xy: xy % 100_000.0, {"shift": (XY[0] // 100_000.0 * 100_000.0).tolist()}),
    ("swapped millimetres", lambda xy: xy[:, ::-1] * 1000.0, {"scale": 0.001, "swapped": True}),
]


@pytest.mark.parametrize(("name", "spoil", "expected"), CORRECTIONS, ids=[case[0] for case in CORRECTIONS])
def test_each_correction_stands_in_the_lineage_of_each_record(
    desk: Desk, tmp_path: Path, name: str, spoil: Callable[[np.ndarray], np.ndarray], expected: dict[str, Any]
) -> None:
    path = write_layer(tmp_path / "điểm.gpkg", spoil(XY))
    plan = propose_import(desk, path, type_id="survey_point")
    system = SIX if name == "prefix" else HOME
    confirmed = {"scale": 1.0, "shift": (0.0, 0.0), "swapped": False} | expected
    plan = replace(plan, system=system, **{**confirmed, "shift": tuple(confirmed["shift"])})
    assert run_import(desk, plan).written == len(XY)
    found = records_of(desk, "survey_point")
    placed = np.vstack([shapely.get_coordinates(record.geometry) for record in found])
    assert np.abs(placed - XY).max() <= 1e-4, "the correction is the one that fits"
    assert [dict(record.lineage.reading) for record in found] == [expected] * len(XY)
    raw = [shapely.from_wkt(record.lineage.raw_coordinates) for record in found]
    assert (shapely.get_coordinates(raw) == spoil(XY)).all(), "the numbers stay as they came"
    with desk.reading() as connection:
        told = [change.after[LINEAGE]["reading"] for change in fetch_changes(connection) if change.after]
    assert told == [expected] * len(XY)


def test_the_guard_s_own_choice_is_kept_too(desk: Desk, tmp_path: Path) -> None:
    path = write_roads(tmp_path / "d.geojson", [({"ten": "Đường A"}, LINE)], swap=True)
    plan = propose_import(desk, path, type_id="road_segment")
    assert plan.swapped
    run_import(desk, plan)
    [record] = records_of(desk, "road_segment")
    assert (record.lineage.reading, record.lineage.src_crs) == ({"swapped": True}, WGS84.id)
    assert origin_lines(record.lineage, "vi")[-1] == "Đã đổi chỗ X và Y."
    for language in LANGUAGES:
        first, system, _ = origin_lines(record.lineage, language)
        assert "d.geojson" in first
        assert WGS84.label(language) in system


def test_a_plain_reading_costs_no_byte(desk: Desk, tmp_path: Path) -> None:
    bring(desk, write_roads(tmp_path / "d.geojson", [({"ten": "Đường A"}, LINE)]), "road_segment")
    [record] = records_of(desk, "road_segment")
    assert "reading" not in record.lineage.as_dict()
    with desk.reading() as connection:
        rows = connection.exec_driver_sql("SELECT after FROM changes").scalars().all()
        stored = connection.exec_driver_sql("SELECT reading FROM road_segment").scalars().all()
    assert not any('"reading"' in row for row in rows if row)
    assert stored == [None]


def test_a_table_without_shapes_has_no_reading_of_any(desk: Desk, tmp_path: Path) -> None:
    path = write_layer(tmp_path / "điểm.gpkg", XY)
    plan = replace(propose_import(desk, path, type_id="survey_point", system=HOME), swapped=True)
    table = read_table(path, None)
    assert build_lineages(plan, table, [0, 1], "none").reading == {"swapped": True}
    assert build_lineages(plan, replace(table, geometries=None), [0, 1], None).reading == {}


def test_an_update_by_matching_takes_the_reading_with_the_shape_and_only_then(desk: Desk, tmp_path: Path) -> None:
    moved = shapely.transform(LINE, lambda xy: xy + [3.0, 0.0])
    bring(desk, write_roads(tmp_path / "a.geojson", [({"ten": "Đường A"}, LINE)]), "road_segment")
    [before] = records_of(desk, "road_segment")

    def match(name: str, line: shapely.LineString, title: str, *, swap: bool) -> dict[str, Any]:
        path = write_roads(tmp_path / name, [({"uid": before.uid, "ten": title}, line)], swap=swap)
        plan = propose_import(desk, path, type_id="road_segment")
        assert plan.swapped is swap
        assert run_import(desk, replace(plan, matching=Matching("uid"))).updated_uids == (before.uid,)
        return dict(fetch_record(desk, before.uid).lineage.reading)

    assert match("b.geojson", moved, "Đường A", swap=True) == {"swapped": True}
    assert match("c.geojson", moved, "Đường B", swap=False) == {"swapped": True}, "its shape is still that file's"
    assert match("d.geojson", LINE, "Đường B", swap=False) == {}
    assert match("e.geojson", LINE, "Đường C", swap=True) == {}


def test_columns_of_lineages_are_sliced_with_their_reading() -> None:
    rows = SourceRows(3, {"source_row": [1, 2, 3]}, {}, {"swapped": True})
    assert rows[1:].reading == {"swapped": True}


def test_a_package_carries_it(desk: Desk, tmp_path: Path) -> None:
    path = write_roads(tmp_path / "d.geojson", [({"ten": "Đường A", "so_lan_xe": 2}, LINE)], swap=True)
    bring(desk, path, "road_segment")
    [record] = records_of(desk, "road_segment")
    assert approve(desk, uids=[record.uid]).approved == (record.uid,)
    sealed = seal_package(desk)
    assert sealed is not None
    package = read_package(sealed.path, catalogue=desk.catalogue)
    [content] = [change.content for change in package.changes if change.uid == record.uid]
    assert content is not None
    assert content[LINEAGE]["reading"] == {"swapped": True}


def test_the_province_takes_it_and_hands_it_on(pair: Pair, tmp_path: Path) -> None:
    one, two = pair()
    path = write_roads(tmp_path / "d.geojson", [({"ten": "Đường A", "so_lan_xe": 2}, LINE)], swap=True)
    plan = propose_import(one, path, type_id="road_segment", system=WGS84, swapped=True)
    run_import(one, plan)
    [record] = records_of(one, "road_segment")
    push(one, record)
    assert fetch_record(one, record.uid).state is State.ACCEPTED
    sync(two)
    assert fetch_record(two, record.uid).lineage == record.lineage
    assert dict(record.lineage.reading) == {"swapped": True}
