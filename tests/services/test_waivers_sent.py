"""A waived record on the whole road: sealed, sent to a gateway that is a program of its own, judged by its own pack."""

from pathlib import Path

import pytest

from forms.record import Record, State
from services import editing
from services.approving import approve
from services.catalogue_packs import load_pack
from services.desk import Desk
from services.outbox import outbox_of
from services.reading import fetch_record
from services.syncing import enrol, sync
from services.waiving import list_waivers, waive_rule
from tests.services.desks import sample_line
from tests.services.gateways import run_gateway
from tests.services.test_catalogue_packs import Office

REASON = "Đường đất dân sinh, không chia làn, đã xem tại chỗ"
RULE = """\
- id: SXD-01
  severity: error
  types: [road_segment]
  must: "lanes > 1"
  field: lanes
  text: {vi: "Đường phải có ít nhất hai làn. Nhập số làn.", en: "A road needs two lanes. Enter how many."}
  legal: "Công văn 1/SXD"
  waivable: WAIVABLE
"""


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office(tmp_path / "sở")
    made.write("rules/duong.yaml", RULE.replace("WAIVABLE", "true"))
    return made


def waived_road(desk: Desk, pack: Path) -> Record:
    """A road that breaks the office's rule, let stand and approved."""
    load_pack(desk, pack, trust=True)
    values = {"name": "Đường dân sinh", "lanes": 1}
    road = editing.insert_record(desk, "road_segment", values, sample_line((0, 0), (120, 40))).record
    assert road.uid in approve(desk, uids=[road.uid]).blocked
    waive_rule(desk, road.uid, "SXD-01", REASON)
    assert approve(desk, uids=[road.uid]).approved == (road.uid,)
    return road


def test_it_is_taken_where_the_provinces_pack_allows_it(desk: Desk, office: Office, tmp_path: Path) -> None:
    pack = office.issue()
    road = waived_road(desk, pack)
    with run_gateway(tmp_path / "tỉnh", pack) as gateway:
        enrol(desk, gateway.url, gateway.code(desk.commune.code))
        [outcome] = sync(desk).outcomes
    assert (outcome.result, [item.rule_id for item in outcome.waived]) == ("applied", ["SXD-01"])
    assert fetch_record(desk, road.uid).state is State.ACCEPTED
    assert [(item.waiver.reason, item.stands) for item in list_waivers(desk)] == [(REASON, True)]


def test_it_comes_back_where_the_province_no_longer_allows_it(desk: Desk, office: Office, tmp_path: Path) -> None:
    """The commune still has the office's first pack; in the second nobody may waive the rule."""
    first = office.issue()
    office.write("rules/duong.yaml", RULE.replace("WAIVABLE", "false"))
    second = office.issue(2)
    road = waived_road(desk, first)
    with run_gateway(tmp_path / "tỉnh", second) as gateway:
        enrol(desk, gateway.url, gateway.code(desk.commune.code))
        report = sync(desk)
        [outcome] = report.outcomes
        assert (outcome.uid, outcome.result, outcome.code, outcome.field) == (road.uid, "rejected", "SXD-01", "lanes")
        assert outcome.waived == ()
        assert report.other_rules == report.packages
        assert fetch_record(desk, road.uid).state is State.RETURNED
        now = fetch_record(desk, road.uid)
        editing.update_values(desk, road.uid, {"lanes": 2}, expected=now.revision)
        assert approve(desk, uids=[road.uid]).approved == (road.uid,)
        assert [item.result for item in sync(desk).outcomes] == ["applied"]
    assert fetch_record(desk, road.uid).state is State.ACCEPTED
    assert [item.stands for item in list_waivers(desk)] == [False]
    assert outbox_of(desk).waiting == 0
