"""A type that may be a point, an area or a line: one column, one view for each kind, each record where it lies."""

import pytest
import shapely

from core.errors import UserError
from forms.loader import load_catalogue
from forms.shapes import fit_geometry
from localdb import records
from localdb.damage import check_integrity
from localdb.engine import fetch_rows
from localdb.unit_of_work import unit_of_work
from tests.localdb.samples import AN, create

CENTRE = (437_000.0, 2_487_000.0)
POINT = shapely.Point(CENTRE)
AREA = shapely.box(*CENTRE, CENTRE[0] + 20, CENTRE[1] + 30)
LINE = shapely.LineString([CENTRE, (CENTRE[0] + 100, CENTRE[1])])


def test_each_kind_is_stored_and_stands_in_its_own_view(tmp_path, now):
    catalogue = load_catalogue()
    facility = catalogue.type("transport_facility")
    workspace = create(tmp_path / "xã", catalogue)
    try:
        shapes = {
            kind: fit_geometry(facility, shape) for kind, shape in (("point", POINT), ("area", AREA), ("line", LINE))
        }
        with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
            uids = {
                name: work.insert(facility, {"name": name, "kind": "khac"}, shape).uid for name, shape in shapes.items()
            }
        with workspace.reading() as connection:
            found = {record.uid: record for record in records.fetch_records(connection, facility)}
            assert {name: found[uid].geometry for name, uid in uids.items()} == shapes
            for kind, name in (("point", "point"), ("multi_polygon", "area"), ("line", "line")):
                rows = fetch_rows(connection, f"SELECT uid FROM transport_facility_{kind}")
                assert rows == [(uids[name],)]
            assert check_integrity(connection) == []
    finally:
        workspace.close()


def test_a_kind_the_type_does_not_have_is_refused():
    with pytest.raises(UserError, match="đường") as refused:
        fit_geometry(load_catalogue().type("lighting_asset"), LINE)
    assert refused.value.code == "GEOMETRY-KIND"
