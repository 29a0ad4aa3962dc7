"""A province whose server was restored from yesterday's backup: nothing that a commune still has is lost."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.errors import EnvironmentFault
from forms.administration import load_communes
from forms.record import State
from province.app import build_app
from province.gateway import open_gateway, renew_epoch
from province.sessions import create_code
from province.settings import GatewaySettings
from services import editing, syncing
from services.approving import approve
from services.conflicts import decide, list_conflicts
from services.desk import Desk
from services.outbox import outbox_of
from services.reading import fetch_record
from services.syncing import enrol, sync
from services.workspaces import create_desk
from tests.province.serving import serving
from tests.services.desks import AN, BINH, FakeClock, records_of, refused, sample_line, snapshot
from tests.services.pairs import edit, one_road, push, state_of

COMMUNE = "01153"


class Province:
    """A gateway whose database can be put back to an earlier day; it keeps its address."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.settings = folder / "tỉnh", GatewaySettings(folder / "tỉnh", patience_s=2.0)
        self.folder.mkdir(parents=True)
        self.database = str(self.folder / "province.sqlite")
        self.backup = folder / "sao lưu.sqlite"
        self.port = 0
        open_gateway(self.database, self.settings).close()

    @contextmanager
    def open(self) -> Iterator[str]:
        with serving(build_app(self.database, self.settings), self.port) as url:
            self.port = int(url.rpartition(":")[2])
            yield url

    def code(self) -> str:
        gateway = open_gateway(self.database, self.settings)
        try:
            return create_code(gateway, load_communes()[COMMUNE], "officer")
        finally:
            gateway.close()

    def back_up(self) -> None:
        shutil.copyfile(self.database, self.backup)

    def restore(self, *, tells: bool = True) -> None:
        for name in ("", "-wal", "-shm"):
            Path(self.database + name).unlink(missing_ok=True)
        shutil.copyfile(self.backup, self.database)
        if tells:
            gateway = open_gateway(self.database, self.settings)
            renew_epoch(gateway)
            gateway.close()


@pytest.fixture
def province(tmp_path: Path) -> Province:
    return Province(tmp_path)


@pytest.fixture
def desks(tmp_path: Path, province: Province) -> Iterator[tuple[Desk, Desk]]:
    """Two computers of one commune, enrolled, with one road that both have; the backup is made after that."""
    with province.open() as url:
        opened = []
        for name, actor in (("một", AN), ("hai", BINH)):
            desk = create_desk(tmp_path / f"máy {name}", COMMUNE, actor=actor, clock=FakeClock())
            enrol(desk, url, province.code())
            opened.append(desk)
        one, two = opened
        one_road(one, "Đường có trong bản sao lưu")
        sync(two)
    province.back_up()
    yield one, two
    one.close()
    two.close()


def names(desk: Desk) -> list[str]:
    return sorted(str(road.values["name"]) for road in records_of(desk, "road_segment"))


def at_the_province(province: Province) -> list[str]:
    """The names of all roads that the province holds, asked by a third computer."""
    folder = province.folder.parent / f"máy xem {province.code()}"
    with province.open() as url, create_desk(folder, COMMUNE, actor=AN, clock=FakeClock()) as viewer:
        enrol(viewer, url, province.code())
        sync(viewer)
        return names(viewer)


def test_new_changed_and_deleted_records_are_offered_again(province: Province, desks: tuple[Desk, Desk]) -> None:
    one, _ = desks
    [old] = records_of(one, "road_segment")
    with province.open():
        new = editing.insert_record(one, "road_segment", {"name": "Đường mới"}, sample_line((0, 60), (120, 99))).record
        push(one, new)
        gone = editing.insert_record(one, "road_segment", {"name": "Đường xóa"}, sample_line((0, 70), (90, 99))).record
        push(one, gone)
        push(one, edit(one, old.uid, name="Tên sau bản sao lưu"))
        editing.delete_records(one, [gone.uid])
        approve(one)
        sync(one)
    province.restore()
    with province.open():
        report = sync(one)
        assert (report.recovered, report.needs_attention) == (2, False)
        assert report.count("applied") == 2
        assert {state_of(one, uid) for uid in (old.uid, new.uid)} == {State.ACCEPTED}
        assert sync(one).recovered == 0, "once is enough"
    assert at_the_province(province) == ["Tên sau bản sao lưu", "Đường mới"]


def test_what_was_answered_before_anything_was_pulled_is_offered_again(
    province: Province, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with create_desk(tmp_path / "máy mới", COMMUNE, actor=AN, clock=FakeClock()) as desk:
        with province.open() as url:
            enrol(desk, url, province.code())
        province.back_up()
        road = editing.insert_record(desk, "road_segment", {"name": "Đường đầu"}, sample_line((0, 0), (99, 9))).record
        with province.open(), monkeypatch.context() as broken:
            broken.setattr(syncing, "apply_page", die)
            with pytest.raises(KeyboardInterrupt):
                push(desk, road)
        assert state_of(desk, road.uid) is State.ACCEPTED
        province.restore()
        with province.open():
            report = sync(desk)
            assert (report.recovered, report.count("applied")) == (1, 1)
    assert at_the_province(province) == ["Đường đầu"]


def test_a_deletion_that_was_lost_is_offered_again(province: Province, desks: tuple[Desk, Desk]) -> None:
    one, two = desks
    [old] = records_of(one, "road_segment")
    with province.open():
        editing.delete_records(one, [old.uid])
        approve(one)
        sync(one)
    province.restore()
    with province.open():
        report = sync(one)
        assert (report.recovered, report.count("applied")) == (1, 1)
        sync(two)
    assert names(two) == []
    assert at_the_province(province) == []


def test_both_computers_offer_and_nothing_is_there_twice(province: Province, desks: tuple[Desk, Desk]) -> None:
    one, two = desks
    with province.open():
        new = editing.insert_record(one, "road_segment", {"name": "Đường mới"}, sample_line((0, 60), (120, 99))).record
        push(one, new)
        sync(two)
    province.restore()
    with province.open():
        assert sync(two).recovered == 1, "it holds what the first one sent"
        report = sync(one)
        assert (report.recovered, report.needs_attention) == (0, False), "the province has it again"
        sync(two)
        for desk in desks:
            assert names(desk) == ["Đường có trong bản sao lưu", "Đường mới"]
            assert {road.state for road in records_of(desk, "road_segment")} == {State.ACCEPTED}
    assert at_the_province(province) == ["Đường có trong bản sao lưu", "Đường mới"]


def test_what_others_did_after_the_restore_is_for_a_person(province: Province, desks: tuple[Desk, Desk]) -> None:
    one, two = desks
    [old] = records_of(one, "road_segment")
    with province.open():
        push(one, edit(one, old.uid, name="Tên đã mất"))
    province.restore()
    with province.open():
        push(two, edit(two, old.uid, name="Tên mới của máy hai"))
        report = sync(one)
        assert (report.recovered, report.needs_attention) == (1, True)
        assert fetch_record(one, old.uid).values["name"] == "Tên đã mất", "nothing is overwritten unseen"
        [conflict] = list_conflicts(one)
        decide(one, conflict, {item.key: "ours" for item in conflict.disputed})
        push(one, fetch_record(one, old.uid))
        sync(two)
    assert names(two) == ["Tên đã mất"]
    assert at_the_province(province) == ["Tên đã mất"]


def test_an_edit_that_waits_rides_on_what_was_lost(province: Province, desks: tuple[Desk, Desk]) -> None:
    one, _ = desks
    [old] = records_of(one, "road_segment")
    with province.open():
        push(one, edit(one, old.uid, lanes=4))
    edit(one, old.uid, name="Sửa khi chưa có mạng")
    province.restore()
    with province.open():
        assert sync(one).recovered == 1
        assert state_of(one, old.uid) is State.DRAFT, "nobody has approved the edit"
        assert push(one, fetch_record(one, old.uid)).count("applied") == 1
    now = fetch_record(one, old.uid)
    assert (now.values["lanes"], now.values["name"], now.state) == (4, "Sửa khi chưa có mạng", State.ACCEPTED)


def test_a_server_that_lost_nothing_changes_nothing(province: Province, desks: tuple[Desk, Desk]) -> None:
    one, _ = desks
    province.restore()
    before = {name: digest for name, digest in snapshot(one).items() if name != "workspace_info"}
    with province.open():
        assert sync(one).recovered == 0
    assert {name: digest for name, digest in snapshot(one).items() if name != "workspace_info"} == before
    assert outbox_of(one).waiting == 0


def test_a_line_that_breaks_while_looking_leaves_everything(
    province: Province, desks: tuple[Desk, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = desks
    [old] = records_of(one, "road_segment")
    with province.open():
        push(one, edit(one, old.uid, lanes=4))
    province.restore()
    before = snapshot(one)
    with province.open():
        with monkeypatch.context() as patched:
            patched.setattr("sync.client.GatewayClient.fetch_changes", lambda *_: refuse())
            refused("SYNC-UNREACHABLE", lambda: sync(one))
        assert snapshot(one) == before
        assert sync(one).recovered == 1


def refuse() -> None:
    raise EnvironmentFault("SYNC-UNREACHABLE", server="x", reason="y")
