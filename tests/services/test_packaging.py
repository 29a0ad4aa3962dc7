"""Sealing: what is approved, once, whole, signed; nothing else and never half."""

import json
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
import shapely

from core.errors import EnvironmentFault
from forms.record import State
from localdb.boundary import store_boundary
from localdb.keys import load_device
from localdb.outbox import fetch_waiting
from services import editing
from services.approving import approve
from services.desk import Desk
from services.desk_checks import check_desk
from services.figures import keep_figures, measure_figures
from services.outbox import outbox_of
from services.packaging import copy_package, seal_package, verify_package
from services.reading import count_by_type, fetch_record
from services.syncing import sync
from tests.services.conftest import MakeDesk
from tests.services.desks import FakeClock, open_again, records_of, refused, sample_line, snapshot
from wire.package import read_package
from wire.package import verify_package as verify_bytes


@pytest.fixture
def approved(filled: Desk) -> Desk:
    """The sample's 12 roads approved, all else a draft."""
    assert len(approve(filled, type_ids=["road_segment"]).approved) == 12
    return filled


def test_nothing_approved_is_nothing_sealed(filled: Desk) -> None:
    before = snapshot(filled)
    assert seal_package(filled) is None
    assert snapshot(filled) == before
    assert list((filled.workspace.folder / "packages").iterdir()) == []


def test_what_is_approved_is_sealed_once(approved: Desk) -> None:
    sealed = seal_package(approved)
    assert sealed is not None
    assert (sealed.count, sealed.sequence) == (12, 1)
    assert dict(sealed.counts) == {"road_segment": {"insert": 12}}
    assert sealed.path.parent == approved.workspace.folder / "packages"
    assert count_by_type(approved)["road_segment"] == {State.PACKED: 12}
    assert count_by_type(approved)["survey_point"] == {State.DRAFT: 90}
    assert seal_package(approved) is None
    [package] = outbox_of(approved).packages
    assert (package.package_id, package.state, package.receipt) == (sealed.package_id, "sealed", None)
    with approved.reading() as connection:
        waiting = fetch_waiting(connection)
    assert len([item for item in waiting if item.package_id == sealed.package_id]) == 12


def test_the_package_says_what_the_records_say(approved: Desk) -> None:
    sealed = seal_package(approved)
    assert sealed is not None
    package = read_package(sealed.path, catalogue=approved.catalogue)
    by_uid = {change.uid: change for change in package.changes}
    for record in records_of(approved, "road_segment"):
        change = by_uid[record.uid]
        assert (change.operation, change.revision, change.base_revision) == ("insert", record.revision, None)
        assert change.content is not None
        assert change.content["name"] == record.values["name"]
        assert change.content["lineage"]["source_file"] == "duong_cu.shp"
    header = package.header
    assert (header.commune_code, header.epsg, header.device_id) == ("01153", 9211, approved.workspace.device_id)
    assert header.approved_by == "Nguyễn Văn An"
    assert header.catalogue_hash == approved.catalogue.hash


def test_the_package_is_whole_and_signed_by_this_computer(approved: Desk) -> None:
    sealed = seal_package(approved)
    assert sealed is not None
    told = verify_package(sealed.path)
    assert (told["package_id"], told["count"], told["commune"]) == (sealed.package_id, 12, "01153")
    key = load_device(approved.workspace.info.workspace_id).private_key.public_key()
    assert verify_bytes(sealed.path, key).package_id == sealed.package_id


def test_a_flipped_byte_anywhere_is_noticed(approved: Desk, tmp_path: Path) -> None:
    sealed = seal_package(approved)
    assert sealed is not None
    raw = sealed.path.read_bytes()
    step = max(1, len(raw) // 60)
    for place in range(7, len(raw), step):
        changed = bytearray(raw)
        changed[place] ^= 0x20
        path = tmp_path / "gói.zip"
        path.write_bytes(changed)
        with pytest.raises(Exception) as caught:  # noqa: PT011 (the code is looked at below)
            verify_package(path)
        assert getattr(caught.value, "code", "").startswith("PACKAGE-"), (place, caught.value)
    assert sealed.path.read_bytes() == raw


def test_a_cut_package_is_noticed(approved: Desk, tmp_path: Path) -> None:
    sealed = seal_package(approved)
    assert sealed is not None
    path = tmp_path / "gói.zip"
    path.write_bytes(sealed.path.read_bytes()[:-100])
    refused("PACKAGE-DAMAGED", lambda: verify_package(path))
    refused("PACKAGE-MISSING", lambda: verify_package(tmp_path / "không có.zip"))


def test_a_finding_since_the_approval_stops_the_package(approved: Desk) -> None:
    """The rules are run once more: the outline has become another since the approval."""
    far = shapely.box(300_000, 2_400_000, 301_000, 2_401_000)
    with approved.workspace.store.writing() as connection:
        store_boundary(connection, "01153", far, srid=9211, source="x", now=approved.now())
    before = snapshot(approved)
    error = refused("PACKAGE-BLOCKED", lambda: seal_package(approved))
    assert error.context["count"] == 12
    assert snapshot(approved) == before
    assert list((approved.workspace.folder / "packages").iterdir()) == []


def test_an_edit_after_sealing_is_the_next_package(approved: Desk) -> None:
    first = seal_package(approved)
    assert first is not None
    road = records_of(approved, "road_segment")[0]
    saved = editing.update_values(approved, road.uid, {"lanes": 2}, expected=road.revision)
    assert saved.record.state is State.DRAFT
    approve(approved, uids=[road.uid])
    assert seal_package(approved) is None, "a record whose package is unanswered waits"
    assert fetch_record(approved, road.uid).state is State.APPROVED
    frozen = {change.uid: change for change in read_package(first.path, catalogue=approved.catalogue).changes}
    assert frozen[road.uid].content is not None
    assert frozen[road.uid].content["lanes"] is None


def test_packages_form_a_chain(approved: Desk) -> None:
    first = seal_package(approved)
    approve(approved, type_ids=["survey_point"])
    second = seal_package(approved)
    assert first is not None
    assert second is not None
    assert (first.sequence, second.sequence) == (1, 2)
    header = verify_bytes(second.path).header
    assert header.previous_package == first.package_id
    assert header.journal_first > verify_bytes(first.path).header.journal_last


def test_a_journal_altered_from_outside_stops_the_package(approved: Desk) -> None:
    with approved.workspace.store.writing() as connection:
        connection.exec_driver_sql("UPDATE changes SET after = '{}' WHERE sequence = 3")
    error = refused("JOURNAL-BROKEN", lambda: seal_package(approved))
    assert isinstance(error, EnvironmentFault)
    assert error.context["sequence"] == 3
    assert list((approved.workspace.folder / "packages").iterdir()) == []


def test_what_a_broken_sealing_left_is_removed(approved: Desk) -> None:
    folder = approved.workspace.folder / "packages"
    for name in ("nửa.zip.part", "x.new", "0" * 64 + ".zip"):
        (folder / name).write_bytes(b"half")
    (folder / "ghi chú.txt").write_text("của người dùng", encoding="utf-8")
    sealed = seal_package(approved)
    assert sealed is not None
    assert {path.name for path in folder.iterdir()} == {sealed.path.name, "ghi chú.txt"}


def test_a_copy_for_a_stick_is_read_back(approved: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = seal_package(approved)
    assert sealed is not None
    stick = tmp_path / "USB của xã"
    stick.mkdir()
    assert copy_package(sealed.path, sealed.package_id, stick).read_bytes() == sealed.path.read_bytes()
    assert copy_package(sealed.path, sealed.package_id, stick / "gói.zip").read_bytes() == sealed.path.read_bytes()
    refused("PACKAGE-COPY", lambda: copy_package(sealed.path, sealed.package_id, tmp_path / "không có" / "gói.zip"))

    def lose_a_byte(source: Path, target: Path) -> None:
        Path(target).write_bytes(Path(source).read_bytes()[:-1])

    monkeypatch.setattr(shutil, "copyfile", lose_a_byte)
    with pytest.raises(Exception) as caught:  # noqa: PT011
        copy_package(sealed.path, sealed.package_id, stick / "hỏng.zip")
    assert getattr(caught.value, "code", "").startswith("PACKAGE-")
    assert sorted(path.name for path in stick.iterdir()) == sorted([sealed.path.name, "gói.zip"])


def test_it_survives_a_restart(approved: Desk) -> None:
    sealed = seal_package(approved)
    assert sealed is not None
    folder = approved.workspace.folder
    approved.close()
    with open_again(folder) as again:
        assert [package.package_id for package in outbox_of(again).packages] == [sealed.package_id]
        assert seal_package(again) is None


def test_a_deletion_that_nobody_was_told_of_is_not_sent(approved: Desk) -> None:
    road = records_of(approved, "road_segment")[0]
    editing.delete_records(approved, [road.uid])
    sealed = seal_package(approved)
    assert sealed is not None
    assert sealed.count == 11


@pytest.mark.parametrize("year", [2016, 2036])
def test_with_a_clock_ten_years_off(open_copy: MakeDesk, sample_template: Path, year: int) -> None:
    desk = open_copy(sample_template, clock=FakeClock(datetime(year, 3, 2, 1, 0, tzinfo=UTC)))
    editing.insert_record(desk, "road_segment", {"name": "Đường A"}, sample_line((0, 0), (90, 9)))
    approve(desk)
    sealed = seal_package(desk)
    assert sealed is not None
    header = verify_bytes(sealed.path).header
    assert header.sealed_at.startswith(str(year))
    folder = desk.workspace.folder
    desk.close()
    with open_again(folder) as later:
        road = editing.insert_record(later, "road_segment", {"name": "Đường B"}, sample_line((0, 50), (90, 59))).record
        approve(later, uids=[road.uid])
        second = seal_package(later)
        assert second is not None
        assert (second.sequence, verify_bytes(second.path).header.previous_package) == (2, sealed.package_id)


def test_the_archive_is_plain_to_other_programs(approved: Desk) -> None:
    """A zip without surprises, whose changes are a GeoPackage beside a signed header."""
    sealed = seal_package(approved)
    assert sealed is not None
    with zipfile.ZipFile(sealed.path) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
        assert any(name.endswith(".gpkg") for name in names), names
        header = next(name for name in names if name.endswith(".json"))
        assert json.loads(archive.read(header))


def test_sending_needs_an_enrolment(approved: Desk) -> None:
    before = snapshot(approved)
    refused("DESK-NOT-ENROLLED", lambda: sync(approved))
    assert snapshot(approved) == before


def test_the_certificate_tells_the_figures_as_last_measured(approved: Desk) -> None:
    keep_figures(approved, measure_figures(approved, check_desk(approved)))
    approve(approved)
    sealed = seal_package(approved)
    assert sealed is not None
    told = verify_package(sealed.path)["certificate"]
    assert set(told["figures"]) == {"dung", "du", "sach", "song", "thong_nhat", "lien_thong", "dung_chung"}
    assert told["figures"]["dung"]["good"] <= told["figures"]["dung"]["total"] > 0
    assert told["figures"]["dung"]["day"] == approved.today()
    assert sealed.remarks == ()
