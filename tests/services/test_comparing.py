"""What several records have in common, and what the rules say of them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import shapely

from forms.record import Actor
from services.comparing import check_chosen, compare_records
from services.desk import Desk
from services.editing import delete_records, insert_record
from services.workspaces import create_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    now = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    made = create_desk(tmp_path / "Sổ", "01153", actor=Actor("can_bo"), clock=lambda: now)
    yield made
    made.close()


def _roads(desk: Desk, *values: dict[str, object]) -> list[str]:
    line = shapely.LineString([(437_000, 2_487_000), (437_300, 2_487_250)])
    return [insert_record(desk, "road_segment", dict(one), line).record.uid for one in values]


def test_shared_and_differing_values_are_told_apart(desk: Desk) -> None:
    uids = _roads(
        desk,
        {"name": "Đường A", "lanes": 2, "affected_communes": ["00004"], "lighting": False},
        {"name": "Đường B", "lanes": 2, "affected_communes": ["00004"]},
    )
    found = compare_records(desk, "road_segment", uids)
    assert found.count == 2
    assert found.values["lanes"] == 2
    assert found.values["affected_communes"] == ["00004"]
    assert found.values["from_place"] is None
    assert {"name", "lighting", "local_code"} <= set(found.differing)
    assert not {"lanes", "affected_communes", "from_place", "commune_code"} & set(found.differing)
    assert all(found.values[key] is None for key in found.differing)
    assert found.revisions == dict.fromkeys(uids, 1)


def test_records_that_are_gone_are_left_out(desk: Desk) -> None:
    uids = _roads(desk, {"name": "Đường A"}, {"name": "Đường B"})
    delete_records(desk, uids[:1])
    found = compare_records(desk, "road_segment", uids)
    assert list(found.revisions) == uids[1:]
    assert found.values["name"] == "Đường B"
    assert compare_records(desk, "road_segment", []).count == 0


def test_the_rules_look_at_the_chosen_alone(desk: Desk) -> None:
    uids = _roads(desk, {"name": "Đường A"}, {"name": "Đường B", "lanes": -3})
    assert {finding.uid for finding in check_chosen(desk, "road_segment", uids[1:])} <= {uids[1]}
    assert any(finding.field == "lanes" for finding in check_chosen(desk, "road_segment", uids[1:]))
