"""An office's own tolerances: set in a signed pack, in force at desk and gateway alike, kept within limits."""

from datetime import date
from pathlib import Path

import pytest
import shapely

from core.errors import UserError
from forms.administration import load_communes
from localdb.outbox import fetch_packages
from province.gateway import open_gateway
from province.holdings import Holdings
from province.judging import Judge
from province.settings import GatewaySettings
from services.approving import approve
from services.catalogue_packs import load_pack, remove_pack
from services.checking import check_values
from services.corner_tables import check_area
from services.desk import Desk
from services.desk_checks import check_desk
from services.editing import insert_record
from services.packaging import ensure_package_file, seal_package, verify_package
from services.syncing import enrol, sync
from services.tolerances import list_tolerances
from tests.services.desks import refused, sample_line, snapshot
from tests.services.gateways import run_gateway
from tests.services.test_catalogue_packs import Office
from validation.rule import rule_pack_hash

HEAD = "key,value,reason\n"
LOOSE = HEAD + "adm03_warning_m,3000,Công văn 12/SXD: ranh giới tham khảo chưa đo lại\n"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office(tmp_path / "sở")
    made.write("tolerances/ranh_gioi.csv", LOOSE)
    return made


def far_point(desk: Desk) -> shapely.Point:
    """A point two kilometres outside the commune."""
    with desk.reading() as connection:
        from localdb.boundary import fetch_boundary

        outline = fetch_boundary(connection, desk.commune.code)
    assert outline is not None
    lowest = min(shapely.get_coordinates(outline).tolist(), key=lambda xy: xy[1])
    return shapely.Point(lowest[0], lowest[1] - 2000)


def beyond(desk: Desk) -> set[str]:
    """What ADM-03 says of it."""
    found = check_values(desk, "survey_point", {}, far_point(desk))
    return {item.text_code for item in found if item.rule_id == "ADM-03"}


def test_a_pack_loosens_a_rule_and_going_takes_that_back(desk: Desk, office: Office) -> None:
    strict, before = beyond(desk), check_desk(desk).rule_pack
    loaded = load_pack(desk, office.issue(), trust=True)
    assert loaded.change.tolerances == ("adm03_warning_m",)
    assert (strict, beyond(desk)) == ({"ADM-03.far"}, {"ADM-03.off"})
    assert check_desk(desk).rule_pack == rule_pack_hash({"adm03_warning_m": 3000.0}) != before
    own = [item for item in list_tolerances(desk) if item.is_own]
    assert [(item.key, item.value, item.default, item.file) for item in own] == [
        ("adm03_warning_m", 3000.0, 500.0, "ranh_gioi.csv")
    ]
    assert own[0].reason is not None
    assert own[0].reason.startswith("Công văn 12/SXD")
    remove_pack(desk, str(office.pack_id))
    assert (beyond(desk), check_desk(desk).rule_pack) == (strict, before)


def test_the_gateway_judges_by_the_same_pack(desk: Desk, office: Office, tmp_path: Path) -> None:
    pack = office.issue()
    load_pack(desk, pack, trust=True)
    settings = GatewaySettings(tmp_path / "tỉnh", catalogue_packs=(pack,))
    gateway = open_gateway(str(tmp_path / "tỉnh" / "province.sqlite"), settings)
    try:
        assert gateway.rule_pack == check_desk(desk).rule_pack
        with gateway.database.reading() as connection:
            judge = Judge(gateway, Holdings(connection, "01153"), load_communes()["01153"])
            context = judge._context({})
        assert context.tolerance("adm03_warning_m") == 3000.0
        assert context.tolerance("adm03_info_m") == 50.0
        assert context.today >= date(2026, 1, 1)
    finally:
        gateway.close()


def test_a_province_with_other_limits_decides_and_both_say_so(desk: Desk, office: Office, tmp_path: Path) -> None:
    office.write("tolerances/ranh_gioi.csv", HEAD + "net01_joined_m,0.2,Công văn 14/SXD: đo bằng máy cầm tay\n")
    load_pack(desk, office.issue(), trust=True)
    lines = sample_line((0, 0), (80, 0)), sample_line((80.1, 0), (160, 0))
    uids = [
        insert_record(desk, "road_segment", {"name": f"Đường {place}"}, line, capture_method="khac").record.uid
        for place, line in enumerate(lines)
    ]
    assert approve(desk, uids=uids).blocked == {}
    sealed = seal_package(desk)
    assert sealed is not None
    told = verify_package(sealed.path)["certificate"]
    assert told["tolerances"] == {"net01_joined_m": 0.2}
    assert told["findings"]["ATT-01"]["warning"] > 0
    assert "NET-01" not in told["findings"]
    assert (told["checked"], told["waivers"]) == (2, 0)
    data = sealed.path.read_bytes()
    sealed.path.unlink()
    with desk.reading() as connection:
        assert ensure_package_file(desk, fetch_packages(connection)[0]).read_bytes() == data
    with run_gateway(tmp_path / "tỉnh") as gateway:
        enrol(desk, gateway.url, gateway.code(desk.commune.code))
        report = sync(desk, gateway.url)
    assert {outcome.code for outcome in report.outcomes} == {"NET-01"}
    assert [(outcome.uid, outcome.result) for outcome in report.outcomes] == [(uid, "rejected") for uid in uids]
    assert report.other_rules == report.packages
    with desk.reading() as connection:
        package = fetch_packages(connection)[0]
    assert package.receipt is not None
    assert told["rule_pack_hash"] != package.receipt["rule_pack_hash"]


def test_the_area_of_a_table_is_judged_by_the_offices_limits() -> None:
    square = shapely.box(0, 0, 100, 100.8)
    limits = {"crd04_area_percent": 0.5, "crd04_area_m2": 1.0}
    assert check_area(square, 1.0000, "AREA-STATED", {**limits, "crd04_area_percent": 1.0}) is None
    assert check_area(square, 1.0, "AREA-STATED", limits) is None  # "1 ha" may be anything from 0.5 to 1.5
    assert check_area(square, 1.0002, "AREA-STATED", limits) is not None


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        (LOOSE + "adm03_warnung_m,3000,Công văn\n", 3, "adm03_warnung_m"),
        ("# Sở Xây dựng\n" + HEAD + "adm03_warning_m,9000,Công văn\n", 3, "adm03_warning_m"),
        (HEAD + "adm03_warning_m,49.9,Công văn\n", 2, "adm03_warning_m"),
        (LOOSE + "adm03_warning_m,400,Công văn\n", 3, "adm03_warning_m"),
        (LOOSE + "adm03_info_m,20,\n", 3, "reason"),
        (LOOSE + 'adm03_info_m,"20,5",Công văn\n', 3, "value"),
        (LOOSE + "adm03_info_m,nan,Công văn\n", 3, "value"),
        (LOOSE + "adm03_info_m,1e3,Công văn\n", 3, "value"),
        (LOOSE + "adm03_info_m,20\n", 3, "adm03_info_m"),
        ("key,value\nadm03_info_m,20\n", 1, "key,value"),
    ],
)
def test_what_no_office_may_set_is_refused_with_its_line(
    desk: Desk, office: Office, text: str, line: int, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.write("tolerances/ranh_gioi.csv", text)
    error = refused("FORM-SYNTAX", office.issue)
    assert (error.context["file"], error.context["line"], error.context["key"]) == ("ranh_gioi.csv", line, key)
    monkeypatch.setattr("services.catalogue_packs.refuse_unfit", lambda catalogue: None)
    sealed = office.issue()  # by a program that knows no limits
    monkeypatch.undo()
    before = snapshot(desk)
    error = refused("FORM-SYNTAX", lambda: load_pack(desk, sealed, trust=True))
    assert error.context["line"] == line
    assert snapshot(desk) == before


def test_two_packs_do_not_set_one_tolerance_twice(desk: Desk, office: Office, tmp_path: Path) -> None:
    load_pack(desk, office.issue(), trust=True)
    other = Office(tmp_path / "phòng")
    other.write("tolerances/thua_dat.csv", HEAD + "adm03_warning_m,600,Quyết định khác\n")
    error = refused("FORM-SYNTAX", lambda: load_pack(desk, other.issue(), trust=True))
    assert (error.context["file"], error.context["key"]) == ("thua_dat.csv", "adm03_warning_m")


def test_a_gateway_does_not_start_with_limits_that_are_none(office: Office, tmp_path: Path) -> None:
    settings = GatewaySettings(tmp_path / "tỉnh", tolerances={"adm03_info_m": 1e6})
    with pytest.raises(UserError, match="adm03_info_m"):
        open_gateway(str(tmp_path / "tỉnh" / "province.sqlite"), settings)
    assert not (tmp_path / "tỉnh").exists()
