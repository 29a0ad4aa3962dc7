"""Files of records: looked at in the child, stored by pieces, linked in one step, shown, copied out, taken off."""

import hashlib
import os
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from core.errors import Cancelled, EnvironmentFault
from core.progress import SILENT
from forms.files import file_links, linked_files
from forms.record import Record
from localdb import contents
from services import attaching, editing
from services.checking import check_record
from services.desk import Desk
from services.desk_checks import check_desk
from services.packaging import seal_package
from services.reading import fetch_record, history_of, search
from tests.exchange.document_samples import PLACE, camera_exif, jpeg
from tests.services.desks import refused, sample_line, snapshot

LINE = sample_line((0, 0), (120, 40), (260, 30))


@pytest.fixture
def road(desk: Desk) -> Record:
    return editing.insert_record(desk, "road_segment", {"name": "Đường A"}, LINE).record


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "cống  số 1.JPG"
    path.write_bytes(jpeg(exif=camera_exif()))
    return path


def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def codes(desk: Desk, uid: str) -> list[str]:
    found = check_record(desk, fetch_record(desk, uid))
    return [finding.text_code for finding in found if finding.rule_id == "DOS-05"]


def test_a_photo_is_stored_linked_and_shown(desk: Desk, road: Record, photo: Path) -> None:
    done = attaching.attach_files(desk, road.uid, [photo], expected=road.revision)
    assert done.refused == ()
    [link] = file_links(fetch_record(desk, road.uid).values["attachments"])
    assert (link.sha256, link.bytes, link.mime) == (hash_of(photo), photo.stat().st_size, "image/jpeg")
    assert link.name == "cống  số 1.JPG"
    assert link.taken_at == "2026-11-20T01:15:00.000Z"
    assert link.place == pytest.approx(PLACE, abs=1e-4)
    assert b"".join(attaching.open_content(desk, link.sha256)) == photo.read_bytes()
    preview = attaching.preview_of(desk, link.sha256)
    assert preview is not None
    with Image.open(BytesIO(preview)) as shown:
        assert max(shown.size) <= 512
    assert attaching.facts_of(desk, link.sha256).width is not None
    assert attaching.page_image(desk, link.sha256, 1, 200).startswith(b"\x89PNG")
    assert codes(desk, road.uid) == []


def test_one_step_that_one_undo_takes_back(desk: Desk, road: Record, photo: Path, tmp_path: Path) -> None:
    other = tmp_path / "b.jpg"
    other.write_bytes(jpeg(300, 200))
    attaching.attach_files(desk, road.uid, [photo, other], expected=1)
    assert [change.operation for change in history_of(desk, road.uid)] == ["insert", "update"]
    assert fetch_record(desk, road.uid).revision == 2
    editing.undo(desk)
    assert fetch_record(desk, road.uid).values["attachments"] is None
    editing.redo(desk)
    assert len(file_links(fetch_record(desk, road.uid).values["attachments"])) == 2
    assert attaching.state_of(desk, hash_of(photo)).is_whole


def test_what_waits_for_its_link_holds_no_picture(desk: Desk, photo: Path) -> None:
    """A folder's worth of previews would fill the memory."""
    stored = attaching.store_file(desk, photo)
    assert stored.facts.preview is None
    assert attaching.preview_of(desk, stored.link.sha256) is not None


def test_what_cannot_be_attached_is_told_and_the_rest_is(desk: Desk, road: Record, photo: Path, tmp_path: Path) -> None:
    program, empty, secret, gone = (tmp_path / name for name in ("a.jpg", "b.jpg", "Bản đồ MẬT.jpg", "d.jpg"))
    program.write_bytes(b"MZ" + bytes(200))
    empty.touch()
    secret.write_bytes(photo.read_bytes())
    twin = tmp_path / "twin.jpg"
    twin.write_bytes(photo.read_bytes())
    done = attaching.attach_files(desk, road.uid, [program, photo, empty, secret, gone, twin], expected=1)
    told = {path.name: error.code for path, error in done.refused}
    assert told["a.jpg"] == "DOCUMENT-NOT-ALLOWED"
    assert told["Bản đồ MẬT.jpg"] == "ATTACH-SECRET"
    assert told["twin.jpg"] == "ATTACH-LINKED"
    assert set(told) == {"a.jpg", "b.jpg", "Bản đồ MẬT.jpg", "d.jpg", "twin.jpg"}
    assert [link.name for link in file_links(done.saved.record.values["attachments"])] == [photo.name]
    for _, error in done.refused:
        assert "{" not in str(error)


def test_nothing_attached_is_nothing_written(desk: Desk, road: Record, tmp_path: Path) -> None:
    before = snapshot(desk)
    done = attaching.attach_files(desk, road.uid, [tmp_path / "x.jpg"], expected=1)
    assert len(done.refused) == 1
    assert done.saved.record == road
    refused("ATTACH-NOTHING", lambda: attaching.attach_files(desk, road.uid, [], expected=1))
    assert snapshot(desk) == before


def test_edits_meanwhile_are_kept(desk: Desk, road: Record, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = contents.store_content

    def edit_first(*some: object, **more: object) -> None:
        editing.update_values(desk, road.uid, {"lanes": 2}, expected=1)
        plain(*some, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(contents, "store_content", edit_first)
    saved = attaching.attach_files(desk, road.uid, [photo], expected=1).saved
    assert (saved.record.values["lanes"], len(saved.record.values["attachments"])) == (2, 1)


@pytest.mark.parametrize("error", [Cancelled(), EnvironmentFault("STORE-FULL", folder="x", free_mb=0)])
def test_cancelled_or_full_links_nothing(
    desk: Desk, road: Record, photo: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*some: object, **more: object) -> None:
        raise error

    monkeypatch.setattr(contents, "store_content", fail)
    with pytest.raises(type(error)):
        attaching.attach_files(desk, road.uid, [photo], expected=1)
    assert fetch_record(desk, road.uid) == road


def test_the_place_can_be_left_out(desk: Desk, road: Record, photo: Path) -> None:
    saved = attaching.attach_files(desk, road.uid, [photo], strip_place=True, expected=1).saved
    [link] = file_links(saved.record.values["attachments"])
    assert link.place is None
    assert link.sha256 != hash_of(photo)
    assert attaching.facts_of(desk, link.sha256).place is None
    assert link.taken_at is not None


def test_a_copy_comes_out_whole_or_not_at_all(desk: Desk, road: Record, photo: Path, tmp_path: Path) -> None:
    attaching.attach_files(desk, road.uid, [photo], expected=1)
    sha256 = hash_of(photo)
    assert attaching.save_copy(desk, sha256, tmp_path / "ra.jpg").read_bytes() == photo.read_bytes()
    refused("CONTENT-MISSING", lambda: attaching.save_copy(desk, "0" * 64, tmp_path / "x.jpg"))
    refused("ATTACH-SAVE", lambda: attaching.save_copy(desk, sha256, tmp_path / "không có" / "x.jpg"))
    with desk.workspace.store.writing() as connection:
        connection.exec_driver_sql("UPDATE content_chunks SET data = x'00'")
    refused("CONTENT-DAMAGED", lambda: attaching.save_copy(desk, sha256, tmp_path / "y.jpg"))
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".jpg") == ["ra.jpg"]


def test_links_are_captioned_paged_and_taken_off(desk: Desk, road: Record, photo: Path) -> None:
    attaching.attach_files(desk, road.uid, [photo], expected=1)
    [link] = file_links(fetch_record(desk, road.uid).values["attachments"])
    saved = attaching.change_link(desk, road.uid, link, caption=" Đầu cống\nphía Bắc ", page=None, expected=2)
    [link] = file_links(saved.record.values["attachments"])
    assert link.caption == "Đầu cống phía Bắc"
    refused("ATTACH-CAPTION", lambda: attaching.change_link(desk, road.uid, link, caption="x", page=0, expected=3))
    refused("STORE-STALE", lambda: attaching.change_link(desk, road.uid, link, caption="x", page=None, expected=2))
    paged = attaching.link_content(desk, road.uid, link.sha256, name="cống.jpg", page=2)
    assert [one.page for one in file_links(paged.record.values["attachments"])] == [None, 2]
    refused("ATTACH-LINKED", lambda: attaching.link_content(desk, road.uid, link.sha256, name="x.jpg", page=2))
    refused("CONTENT-MISSING", lambda: attaching.link_content(desk, road.uid, "0" * 64, name="x.jpg"))
    saved = attaching.detach_file(desk, road.uid, link.sha256, page=2, expected=4)
    assert [one.page for one in file_links(saved.record.values["attachments"])] == [None]
    saved = attaching.detach_file(desk, road.uid, link.sha256, expected=5)
    assert saved.record.values["attachments"] is None
    refused("ATTACH-NOT-LINKED", lambda: attaching.detach_file(desk, road.uid, link.sha256, expected=6))
    editing.undo(desk)
    assert b"".join(attaching.open_content(desk, link.sha256)) == photo.read_bytes()


def test_a_document_is_its_one_file(desk: Desk, photo: Path, tmp_path: Path) -> None:
    dossier = editing.insert_record(desk, "planning_dossier", {"name": "Đồ án A"}, None).record
    saved = attaching.attach_document(desk, dossier.uid, photo, values={"doc_no": "12/QĐ-UBND"})
    values = saved.record.values
    assert (values["dossier_uid"], values["file_sha256"], values["file_mime"]) == (
        dossier.uid,
        hash_of(photo),
        "image/jpeg",
    )
    assert (values["file_name"], values["file_bytes"]) == (photo.name, photo.stat().st_size)
    assert values["name"] == "cống  số 1"
    [link] = linked_files(desk.catalogue.type("dossier_document"), values)
    assert link.sha256 == hash_of(photo)
    other, third = tmp_path / "b.jpg", tmp_path / "c.jpg"
    other.write_bytes(jpeg(300, 200))
    third.write_bytes(jpeg(310, 200))
    uid = saved.record.uid
    refused("STORE-STALE", lambda: attaching.attach_files(desk, uid, [other], expected=7))
    done = attaching.attach_files(desk, uid, [other, third], expected=1)
    assert [error.code for _, error in done.refused] == ["ATTACH-ONE-FILE"]
    assert done.saved.record.values["file_sha256"] == hash_of(other)
    off = attaching.detach_file(desk, uid, hash_of(other), expected=2).record
    assert {off.values[key] for key in ("file_name", "file_sha256", "file_bytes", "file_mime")} == {None}
    missing = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
    refused("RECORD-UNKNOWN", lambda: attaching.attach_document(desk, missing, photo))
    refused("ATTACH-FIELD", lambda: attaching.attach_document(desk, dossier.uid, photo, type_id="road_segment"))
    refused("ATTACH-FIELD", lambda: attaching.link_content(desk, uid, hash_of(photo), name="x.jpg"))


def test_the_check_finds_what_is_lost_or_changed(desk: Desk, road: Record, photo: Path) -> None:
    attaching.attach_files(desk, road.uid, [photo], expected=1)
    assert attaching.verify_contents(desk) == 0
    with desk.workspace.store.writing() as connection:
        connection.exec_driver_sql("UPDATE content_chunks SET data = zeroblob(length(data))")
    assert attaching.verify_contents(desk) == 1
    assert codes(desk, road.uid) == ["DOS-05.changed"]
    assert "DOS-05" in {finding.rule_id for finding in check_desk(desk).findings}
    attaching.store_file(desk, photo)
    assert codes(desk, road.uid) == []
    contents.drop_content(desk.workspace, hash_of(photo))
    assert codes(desk, road.uid) == ["DOS-05.missing"]
    refused("CONTENT-MISSING", lambda: list(attaching.open_content(desk, hash_of(photo))))


def test_names_of_files_are_not_searched(desk: Desk, road: Record, photo: Path) -> None:
    """The register is searched for objects; IMG_0001 would be in every answer."""
    attaching.attach_files(desk, road.uid, [photo], expected=1)
    assert search(desk, "cống") == []
    assert [hit.uid for hit in search(desk, "duong a")] == [road.uid]


def test_progress_is_of_the_whole_and_can_be_cancelled(desk: Desk, road: Record, photo: Path) -> None:
    class Told:
        def __init__(self) -> None:
            self.steps: list[tuple[int, int | None]] = []

        def step(self, done: int, total: int | None = None) -> None:
            self.steps.append((done, total))

    told = Told()
    attaching.attach_files(desk, road.uid, [photo], expected=1, progress=told)
    assert told.steps[-1] == (photo.stat().st_size, photo.stat().st_size)
    assert seal_package(desk, progress=SILENT) is None


def test_one_strange_path_spoils_no_other(desk: Desk, road: Record, photo: Path, tmp_path: Path) -> None:
    circle, long = tmp_path / "vòng.jpg", tmp_path / ("x" * 300 + ".jpg")
    circle.symlink_to(circle)
    paths = [Path("/tmp/a\0b.jpg"), circle, long, photo]
    done = attaching.attach_files(desk, road.uid, paths, expected=1)
    assert [(path, error.code) for path, error in done.refused] == [(path, "FILE-MISSING") for path in paths[:3]]
    assert [link.name for link in file_links(done.saved.record.values["attachments"])] == [photo.name]


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes")
@pytest.mark.parametrize("strip", [False, True])
def test_a_name_in_no_unicode_is_cleaned(desk: Desk, road: Record, photo: Path, tmp_path: Path, strip: bool) -> None:
    old = Path(os.fsdecode(os.fsencode(tmp_path) + b"/c\xe7u.jpg"))
    bad = Path(os.fsdecode(os.fsencode(tmp_path) + b"/c\xe7u.exe"))
    old.write_bytes(photo.read_bytes())
    bad.write_bytes(b"MZ" + bytes(200))
    done = attaching.attach_files(desk, road.uid, [old, bad], strip_place=strip, expected=1)
    assert [link.name for link in file_links(done.saved.record.values["attachments"])] == ["c\ufffdu.jpg"]
    [(_, error)] = done.refused
    assert str(error).encode()


def test_a_stamped_name_or_caption_is_linked_nowhere(desk: Desk, road: Record, photo: Path) -> None:
    saved = attaching.attach_files(desk, road.uid, [photo], expected=1).saved
    [link] = file_links(saved.record.values["attachments"])
    before = snapshot(desk)
    for name, caption in (("TỐI MẬT1.jpg", None), ("a.jpg", "Bản đồ (MẬT)")):
        refused(
            "ATTACH-SECRET",
            lambda name=name, caption=caption: attaching.link_content(
                desk, road.uid, link.sha256, name=name, page=2, caption=caption
            ),
        )
    refused("ATTACH-SECRET", lambda: attaching.change_link(desk, road.uid, link, caption="MẬT", page=None, expected=2))
    assert snapshot(desk) == before
