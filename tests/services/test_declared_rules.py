"""Rules that an office declares and that cannot be: refused with file and line, and nothing of the pack is taken."""

from pathlib import Path

import pytest

from province.gateway import open_gateway
from province.settings import GatewaySettings
from services.catalogue_packs import load_pack, remove_pack
from services.desk import Desk
from services.workspaces import open_desk
from tests.services.desks import AN, FakeClock, open_again, refused, snapshot
from tests.services.test_catalogue_packs import Office

RULE = """\
# quy tắc của Sở
- id: SXD-01
  severity: error
  types: [road_segment]
  must: "lanes > 0"
  field: lanes
  text: {vi: "Đường phải có ít nhất một làn. Nhập số làn.", en: "A road needs a lane. Enter how many."}
  legal: "Công văn 1/SXD"
"""
DEEP = "NOT " * 100 + "lanes > 0"
LONG = " AND ".join(["lanes > 0"] * 500)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office(tmp_path / "sở")
    made.write("rules/duong.yaml", RULE)
    return made


def try_to_load(desk: Desk, office: Office, monkeypatch: pytest.MonkeyPatch, code: str) -> tuple[str, int]:
    """Have the pack refused when it is sealed, and by the desk after a program without checks has sealed it."""
    told = refused(code, office.issue)
    monkeypatch.setattr("services.catalogue_packs.refuse_unfit", lambda catalogue: None)
    monkeypatch.setattr("services.catalogue_packs.extend_catalogue", lambda catalogue, above: catalogue)
    monkeypatch.setattr("services.catalogue_packs.refuse_hostile", lambda sources: None)
    sealed = office.issue()
    monkeypatch.undo()
    before, rules = snapshot(desk), desk.catalogue.rules
    error = refused(code, lambda: load_pack(desk, sealed, trust=True))
    assert snapshot(desk) == before
    assert desk.catalogue.rules == rules
    assert (error.context["file"], error.context["line"]) == (told.context["file"], told.context["line"])
    return str(error.context["file"]), int(error.context["line"])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (RULE.replace("lanes > 0", "lanes >"), 5),
        (RULE.replace("lanes > 0", "lane > 0"), 5),
        (RULE.replace("field: lanes", "field: lane"), 6),
        (RULE.replace("[road_segment]", "[road]"), 4),
        (RULE.replace("severity: error", "severity: fatal"), 3),
        (RULE + "  colour: red\n", 9),
        (RULE.replace("lanes > 0", "surface = 'bê tông'"), 5),
        (RULE.replace("lanes > 0", DEEP), 5),
        (RULE.replace("lanes > 0", LONG), 5),
        (RULE.replace("lanes > 0", "(" * 5000 + "lanes > 0" + ")" * 5000), 5),
        (RULE.replace('"lanes > 0"', '"lanes > 0'), 7),
        (RULE + RULE, 10),
    ],
)
def test_a_rule_that_cannot_be_is_refused_at_its_line(
    desk: Desk, office: Office, text: str, line: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.write("rules/duong.yaml", text)
    assert try_to_load(desk, office, monkeypatch, "FORM-SYNTAX") == ("duong.yaml", line)


@pytest.mark.parametrize("taken", ["TOP-04", "ATT-15", "PKG-02"])
def test_no_rule_takes_an_id_of_the_program(
    desk: Desk, office: Office, taken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.write("rules/duong.yaml", RULE + "\n" + RULE.replace("SXD-01", taken))
    assert try_to_load(desk, office, monkeypatch, "PACK-RULE-TAKEN") == ("duong.yaml", 11)
    monkeypatch.setattr("services.catalogue_packs.refuse_unfit", lambda catalogue: None)
    settings = GatewaySettings(tmp_path / "tỉnh", catalogue_packs=(office.issue(),))
    refused("PACK-RULE-TAKEN", lambda: open_gateway(str(tmp_path / "tỉnh" / "province.sqlite"), settings))


def test_two_offices_do_not_declare_one_rule(desk: Desk, office: Office, tmp_path: Path) -> None:
    load_pack(desk, office.issue(), trust=True)
    other = Office(tmp_path / "phòng")
    other.write("rules/khac.yaml", RULE.replace("lanes > 0", "lanes > 1"))
    before = snapshot(desk)
    error = refused("FORM-SYNTAX", lambda: load_pack(desk, other.issue(), trust=True))
    assert (error.context["file"], error.context["line"]) == ("khac.yaml", 2)
    assert snapshot(desk) == before
    assert [rule.must for rule in desk.catalogue.rules] == ["lanes > 0"]


def test_a_condition_of_many_parts_is_still_one(desk: Desk, office: Office) -> None:
    office.write("rules/duong.yaml", RULE.replace("lanes > 0", " AND ".join(["lanes > 0"] * 40)))
    load_pack(desk, office.issue(), trust=True)
    assert [rule.id for rule in desk.catalogue.rules] == ["SXD-01"]


@pytest.mark.parametrize(
    ("kind", "text"),
    [("rules", RULE.replace("SXD-01", "TOP-04")), ("tolerances", "key,value,reason\nadm03_info_m,501,Công văn\n")],
)
def test_a_pack_that_a_later_program_cannot_take_is_named_and_can_go(
    desk: Desk, office: Office, kind: str, text: str
) -> None:
    """A later program may have the id, or narrower limits: its own rule is never put aside for a pack's."""
    office.write("tolerances/rieng.csv", "key,value,reason\nadm03_info_m,20,Công văn\n")
    load_pack(desk, office.issue(), trust=True)
    folder = desk.workspace.folder
    with desk.workspace.store.writing() as connection:
        sql = "UPDATE pack_files SET data = ? WHERE folder = ?"
        connection.exec_driver_sql(sql, (text.encode("utf-8"), kind))
    desk.close()
    error = refused("PACK-MISFIT", lambda: open_again(folder))
    assert ("duong.yaml" if kind == "rules" else "rieng.csv") in str(error)
    with open_desk(folder, actor=AN, clock=FakeClock(), without_packs=True) as again:
        remove_pack(again, str(office.pack_id))
    open_again(folder).close()
