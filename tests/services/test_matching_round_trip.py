"""What went out of a workspace comes back as the same, in every format that keeps the uid."""

from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from geodesy.grid import on_grid
from services.desk import Desk
from services.editing import delete_records, update_geometry
from services.exporting import export_records
from services.matching import Matching
from tests.services.desks import records_of, snapshot
from tests.services.test_matching import LINE, ROADS, add_road, bring, counted, told


@pytest.mark.parametrize("kind", ["gpkg", "geojson", "csv", "shp"])
def test_what_went_out_comes_back_as_the_same(filled: Desk, tmp_path: Path, kind: str) -> None:
    before = snapshot(filled)
    [path] = export_records(filled, tmp_path / f"ra.{kind}", kind, type_ids=[ROADS]).files
    report = bring(filled, path, Matching("uid"))
    assert counted(report) == {"same": 12}, told(report)
    assert (report.written, report.rejected) == (0, ())
    assert snapshot(filled) == before


# Not Ð and ð: where text is read they become đ, so that they are not what a record holds.
TEXTS = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"], exclude_characters="Ðð"
    ),
    max_size=40,
)
VALUES = st.fixed_dictionaries(
    {
        "name": st.none() | TEXTS,
        "note": st.none() | TEXTS,
        "carriageway_w": st.none() | st.floats(0, 99, allow_nan=False),
        "lanes": st.none() | st.integers(1, 9),
        "surface": st.none() | st.sampled_from(["BTN", "BTXM", "dat", "khac"]),
        "lighting": st.none() | st.booleans(),
        "inspected_on": st.none() | st.dates().filter(lambda day: day.year > 1900).map(lambda day: day.isoformat()),
    }
)
COORDINATES = st.lists(
    st.tuples(st.integers(-4_000_000, 4_000_000), st.integers(-4_000_000, 4_000_000)),
    min_size=2,
    max_size=6,
    unique=True,
)


@pytest.mark.parametrize("moved_m", [0.0, 0.0005])
def test_half_a_millimetre_is_seen_through_the_datum(desk: Desk, tmp_path: Path, moved_m: float) -> None:
    uid = add_road(desk, on_grid(LINE), name="Đường A")
    [path] = export_records(desk, tmp_path / "ra.geojson", "geojson", type_ids=[ROADS]).files
    if moved_m:
        update_geometry(desk, uid, shapely.transform(on_grid(LINE), lambda xy: xy + moved_m), expected=1)
    report = bring(desk, path, Matching("uid"))
    assert counted(report) == ({"changed": 1} if moved_m else {"same": 1}), told(report)


@pytest.mark.parametrize("kind", ["gpkg", "geojson"])
@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(found=st.lists(st.tuples(VALUES, COORDINATES), min_size=1, max_size=4))
def test_an_import_of_an_export_changes_nothing(
    desk: Desk, tmp_path: Path, kind: str, found: list[tuple[dict[str, Any], list[tuple[int, int]]]]
) -> None:
    delete_records(desk, [record.uid for record in records_of(desk, ROADS)])
    centre = shapely.get_coordinates(LINE)[0]
    for values, offsets in found:
        line = shapely.LineString([(centre[0] + east / 1e4, centre[1] + north / 1e4) for east, north in offsets])
        add_road(desk, on_grid(line), **values)
    before = snapshot(desk)
    [path] = export_records(desk, tmp_path / f"ra.{kind}", kind, type_ids=[ROADS]).files
    report = bring(desk, path, Matching("uid"))
    assert counted(report) == {"same": len(found)}, repr([row["changes"] for row in told(report)])
    assert snapshot(desk) == before
