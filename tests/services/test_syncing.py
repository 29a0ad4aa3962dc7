"""The road to the province and back: two computers of a commune, and a gateway that is a program of its own."""

import errno
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from core.errors import EnvironmentFault, UserError
from core.messages import render
from forms.record import State
from localdb import outbox as stored_outbox
from localdb.keys import load_device
from province.sessions import find_session
from province.uploads import Uploads
from services import editing
from services.approving import approve
from services.desk import Desk
from services.outbox import outbox_of
from services.packaging import package_file, seal_package
from services.reading import count_by_type, fetch_record, search
from services.syncing import SyncReport, enrol, sync
from services.workspaces import create_desk
from tests.databases import NewDatabase
from tests.services.desks import (
    AN,
    BINH,
    FakeClock,
    copy_desk,
    open_again,
    records_of,
    refused,
    snapshot,
)
from tests.services.gateways import Gateway, run_gateway, run_portal
from tests.services.pairs import COMMUNES, LINE, Pair, edit, push, state_of
from wire.receipt import open_receipt
from wire.signing import parse_public


@pytest.fixture(autouse=True)
def _own_config(computer: None, haste: None) -> None:
    """Keep the keys of this module's computer through all its tests, and lose patience soon."""


@pytest.fixture(scope="module")
def gateway(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory, computer: None) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("máy chủ tỉnh")
    with new_database(folder) as location, run_gateway(folder, database=location) as running:
        yield running


@pytest.fixture(scope="module")
def officer(tmp_path_factory: pytest.TempPathFactory, filled_template: Path, gateway: Gateway) -> Iterator[Desk]:
    """The register of the shipped sample, approved and enrolled."""
    folder = tmp_path_factory.mktemp("cán bộ")
    with copy_desk(filled_template, folder / "Sổ xã Bắc Quang") as desk:
        assert len(approve(desk).approved) == 106
        enrol(desk, gateway.url, gateway.code("01153"))
        yield desk


@pytest.fixture(scope="module")
def sent(officer: Desk) -> SyncReport:
    """The first round of the main job."""
    return sync(officer)


# The main job


def test_everything_approved_is_accepted(officer: Desk, sent: SyncReport) -> None:
    assert sent.summary() == {
        "sent": 1,
        "applied": 106,
        "merged": 0,
        "duplicate": 0,
        "rejected": 0,
        "conflicts": 0,
        "pulled": 0,
        "recovered": 0,
        "forgotten": 0,
    }
    assert not sent.needs_attention
    assert {state for states in count_by_type(officer).values() for state in states} == {State.ACCEPTED}
    assert all(record.base_revision is not None for record in records_of(officer, "road_segment"))
    assert outbox_of(officer).waiting == 0
    assert outbox_of(officer).last_sync is not None


def test_the_receipt_is_kept_and_signed_by_the_province(officer: Desk, sent: SyncReport) -> None:
    [path] = sent.receipts
    assert path.parent == officer.workspace.folder / "packages"
    enrolment = load_device(officer.workspace.info.workspace_id).enrolment
    assert enrolment is not None
    key = parse_public(enrolment["server_key"])
    receipt = open_receipt(path.read_bytes(), key)
    assert (receipt.package_id, len(receipt.outcomes)) == (sent.packages[0], 106)
    raw = path.read_bytes()
    forged = raw.replace(b'"applied"', b'"merged" ', 1) if b'"applied"' in raw else raw[:-3] + b"x" + raw[-2:]
    with pytest.raises(UserError) as caught:
        open_receipt(forged, key)
    assert caught.value.code in ("RECEIPT-FORGED", "RECEIPT-DAMAGED")


def test_again_sends_and_changes_nothing(officer: Desk, sent: SyncReport) -> None:
    before = {name: digest for name, digest in snapshot(officer).items() if name != "workspace_info"}
    again = sync(officer)
    assert (again.packages, again.outcomes, again.pulled.count) == ((), (), 0)
    assert {name: digest for name, digest in snapshot(officer).items() if name != "workspace_info"} == before


def test_a_second_computer_sees_the_same_records(
    officer: Desk, sent: SyncReport, gateway: Gateway, tmp_path: Path
) -> None:
    with create_desk(tmp_path / "máy hai", "01153", actor=BINH, clock=FakeClock()) as second:
        enrol(second, gateway.url, gateway.code("01153"))
        report = sync(second)
        assert (report.summary()["pulled"], report.packages) == (106, ())
        assert count_by_type(second) == count_by_type(officer)
        for type_id in ("road_segment", "land_use_plan_area", "survey_point"):
            ours = {record.uid: record for record in records_of(officer, type_id)}
            theirs = {record.uid: record for record in records_of(second, type_id)}
            assert set(ours) == set(theirs)
            for uid, record in ours.items():
                assert theirs[uid].values == record.values
                assert theirs[uid].geometry.equals_exact(record.geometry, 0)  # type: ignore[union-attr]
                assert theirs[uid].lineage == record.lineage
        assert len(search(second, "truong tieu hoc")) == 1
        assert outbox_of(second).waiting == 0
        assert sync(second).pulled.count == 0


# What may go wrong


@pytest.fixture
def waiting(tmp_path: Path, gateway: Gateway) -> Iterator[Desk]:
    """One road, approved, not yet sent, on a computer that is enrolled."""
    commune = next(COMMUNES)
    with create_desk(tmp_path / "Sổ xã", commune, actor=AN, clock=FakeClock()) as desk:
        enrol(desk, gateway.url, gateway.code(commune))
        editing.insert_record(desk, "road_segment", {"name": "Đường A"}, LINE)
        approve(desk)
        yield desk


@pytest.fixture
def closed_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def test_a_gateway_that_is_down_loses_nothing(waiting: Desk, closed_port: str) -> None:
    for _ in range(2):
        error = refused("SYNC-UNREACHABLE", lambda: sync(waiting, closed_port))
        assert isinstance(error, EnvironmentFault)
        [road] = records_of(waiting, "road_segment")
        assert road.state is State.PACKED
        assert [package.receipt for package in outbox_of(waiting).packages] == [None]
    folder = waiting.workspace.folder
    waiting.close()
    with open_again(folder) as later:
        report = sync(later)
        assert (report.count("applied"), state_of(later, road.uid)) == (1, State.ACCEPTED)


def test_a_quota_that_is_full_keeps_the_package_until_there_is_room(waiting: Desk, gateway: Gateway) -> None:
    device_id = load_device(waiting.workspace.info.workspace_id).device_id
    with gateway.opened() as opened:
        uploads = Uploads(opened)
        with opened.database.reading() as connection:
            session = find_session(connection, device_id)
        count = opened.settings.uploads_per_device
        begun = [uploads.create(session, f"{number:064x}", 10) for number in range(count)]
        for _ in range(2):
            error = refused("SYNC-LATER", lambda: sync(waiting))
            assert isinstance(error, EnvironmentFault)
            assert "20" in render(error.code, error.context)
            [road] = records_of(waiting, "road_segment")
            assert road.state is State.PACKED
        uploads.terminate(session, begun[0].upload_id)
        report = sync(waiting)
    assert (report.count("applied"), state_of(waiting, road.uid)) == (1, State.ACCEPTED)


def test_a_page_of_html_is_no_receipt(waiting: Desk) -> None:
    with run_portal() as address:
        error = refused("SYNC-NOT-GATEWAY", lambda: sync(waiting, address))
        refused("SYNC-NOT-GATEWAY", lambda: enrol(waiting, address, "ABCD-EFGH-JKLM"))
    assert isinstance(error, EnvironmentFault)
    assert {record.state for record in records_of(waiting, "road_segment")} == {State.PACKED}
    assert sync(waiting).count("applied") == 1


@pytest.mark.parametrize("harm", ["flipped", "cut", "gone"])
def test_a_package_file_that_is_harmed_comes_back_as_it_was(waiting: Desk, harm: str) -> None:
    sealed = seal_package(waiting)
    assert sealed is not None
    right = sealed.path.read_bytes()
    wrong = bytearray(right)
    wrong[len(wrong) // 2] ^= 0x01
    if harm == "gone":
        sealed.path.unlink()
    else:
        sealed.path.write_bytes(wrong if harm == "flipped" else right[: len(right) // 2])
    report = sync(waiting)
    assert report.packages == (sealed.package_id,)
    assert report.count("applied") == 1
    assert sealed.path.read_bytes() == right


def test_a_receipt_lost_on_this_side_is_fetched_again(waiting: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The power fails when the answer is there but not yet stored: nothing is sent twice, nothing applied twice."""

    def fail(*_: object, **__: object) -> None:
        raise EnvironmentFault("STORE-IO", file="store.sqlite", reason="mất điện")

    with monkeypatch.context() as broken:
        broken.setattr(stored_outbox, "store_receipt", fail)
        refused("STORE-IO", lambda: sync(waiting))
    [road] = records_of(waiting, "road_segment")
    assert road.state is State.SENT
    report = sync(waiting)
    assert [outcome.result for outcome in report.outcomes] == ["applied"]
    assert state_of(waiting, road.uid) is State.ACCEPTED


def test_a_receipt_that_finds_the_disk_full_is_taken_later(waiting: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        refused("STORE-FULL", lambda: sync(waiting))
    [road] = records_of(waiting, "road_segment")
    assert road.state is State.SENT
    assert sync(waiting).count("applied") == 1
    assert state_of(waiting, road.uid) is State.ACCEPTED


def test_an_edit_while_the_package_is_away_is_the_next_one(waiting: Desk, closed_port: str) -> None:
    refused("SYNC-UNREACHABLE", lambda: sync(waiting, closed_port))
    [road] = records_of(waiting, "road_segment")
    edited = edit(waiting, road.uid, name="Đường B")
    sync(waiting)
    now = fetch_record(waiting, road.uid)
    assert (now.values["name"], now.state, now.base_revision) == ("Đường B", State.DRAFT, road.revision)
    assert push(waiting, edited).count("applied") == 1


def test_codes_are_good_once_and_for_one_commune(pair: Pair, gateway: Gateway, tmp_path: Path) -> None:
    commune = next(COMMUNES)
    with create_desk(tmp_path / "Sổ xã", commune, actor=AN, clock=FakeClock()) as desk:
        refused("SYNC-REFUSED", lambda: enrol(desk, gateway.url, "AAAA-BBBB-CCCC"))
        anothers = gateway.code("01153")
        refused("SYNC-OTHER-COMMUNE", lambda: enrol(desk, gateway.url, anothers))
        assert load_device(desk.workspace.info.workspace_id).enrolment is None
        refused("DESK-NOT-ENROLLED", lambda: sync(desk))
        refused("SYNC-ADDRESS", lambda: enrol(desk, "tinh.gov.vn", "AAAA-BBBB-CCCC"))
        assert enrol(desk, gateway.url, gateway.code(commune))["commune"] == commune
    with create_desk(tmp_path / "Sổ xã Bắc Quang", "01153", actor=BINH, clock=FakeClock()) as desk:
        assert enrol(desk, gateway.url, anothers)["commune"] == "01153", "the code was not spent"
    with create_desk(tmp_path / "Sổ khác", commune, actor=AN, clock=FakeClock()) as desk:
        code = gateway.code(commune)
        told = enrol(desk, gateway.url, code)
        assert (told["commune"], told["role"], told["server"]) == (commune, "officer", gateway.url)
        with create_desk(tmp_path / "Sổ thứ ba", commune, actor=AN, clock=FakeClock()) as third:
            refused("SYNC-REFUSED", lambda: enrol(third, gateway.url, code))


@pytest.mark.parametrize("year", [2016, 2036])
def test_a_clock_ten_years_off_is_noticed_and_does_no_harm(gateway: Gateway, tmp_path: Path, year: int) -> None:
    commune = next(COMMUNES)
    clock = FakeClock(datetime(year, 3, 2, 1, 0, tzinfo=UTC))
    with create_desk(tmp_path / "Sổ xã", commune, actor=AN, clock=clock) as desk:
        enrol(desk, gateway.url, gateway.code(commune))
        road = editing.insert_record(desk, "road_segment", {"name": "Đường A"}, LINE).record
        report = push(desk, road)
        assert report.count("applied") == 1
        assert report.clock_skew_s is not None
        off = report.clock_skew_s / (365 * 86_400)
        now = datetime.now(UTC).year
        assert off == pytest.approx(year - now, abs=1.2)
        assert report.clock_is_off


def test_what_only_a_wrong_clock_allows_comes_back_with_the_reason(gateway: Gateway, tmp_path: Path) -> None:
    """A day that lies ahead, which the clock of this computer believes to be past: the province says no."""
    commune = next(COMMUNES)
    clock = FakeClock(datetime(2046, 3, 2, 1, 0, tzinfo=UTC))
    with create_desk(tmp_path / "Sổ xã", commune, actor=AN, clock=clock) as desk:
        enrol(desk, gateway.url, gateway.code(commune))
        values = {"name": "Đường A", "inspected_on": "2045-01-01"}
        road = editing.insert_record(desk, "road_segment", values, LINE).record
        report = push(desk, road)
        assert (report.count("rejected"), report.needs_attention) == (1, True)
        assert report.outcomes[0].code is not None
        assert state_of(desk, road.uid) is State.RETURNED
        [waits] = outbox_of(desk).refused
        assert (waits.uid, waits.result, waits.package_id) == (road.uid, "rejected", None)
        assert fetch_record(desk, road.uid).values["inspected_on"] == "2045-01-01"
        mended = edit(desk, road.uid, inspected_on="2026-01-01")
        assert push(desk, mended).count("applied") == 1


def test_what_the_province_has_can_be_read_by_others(officer: Desk, sent: SyncReport, gateway: Gateway) -> None:
    """The embedded store is a SpatiaLite database too; on a server the records have geometries of PostGIS."""
    if not gateway.database.startswith("postgresql"):
        with closing(sqlite3.connect(f"file:{gateway.database}?mode=ro", uri=True)) as connection:
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        assert "geometry_columns" in tables
        return
    with psycopg.connect(gateway.database.replace("+psycopg", "")) as server:
        query = "SELECT ST_SRID(geometry), count(*), bool_and(ST_IsValid(geometry)) FROM records"
        rows = server.execute(f"{query} WHERE commune_code = %s GROUP BY 1", (officer.commune.code,)).fetchall()
        known = server.execute("SELECT srtext FROM spatial_ref_sys WHERE srid = 9211").fetchone()
    assert rows == [(9211, 106, True)]
    assert known is not None
    assert known[0].startswith('PROJCS["VN-2000 / TM-3 106-00"')


def test_the_package_that_was_sent_is_kept(officer: Desk, sent: SyncReport) -> None:
    [package] = outbox_of(officer).packages
    path = package_file(officer, package)
    assert path.is_file()
    assert package.state == "answered"
    assert package.receipt is not None
