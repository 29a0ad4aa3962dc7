"""A photo that is attached already loses its place, in one step that one undo takes back."""

from pathlib import Path

import pytest

from core.errors import UserError
from forms.files import file_links
from services.attaching import attach_files, change_link, save_copy
from services.desk import Desk
from services.editing import insert_record, undo
from services.reading import fetch_record
from services.stripping import strip_place
from tests.exchange.document_samples import MAKER, PLACE, camera_exif, jpeg, pdf, write


@pytest.fixture
def uid(desk: Desk) -> str:
    return insert_record(desk, "road_segment", {"name": "Đường thôn Minh Tâm"}, None).record.uid


def test_the_copy_takes_the_photo_s_place(desk: Desk, uid: str, tmp_path: Path) -> None:
    photo = write(tmp_path, "cống.jpg", jpeg(exif=camera_exif()))
    attach_files(desk, uid, [photo])
    [link] = file_links(fetch_record(desk, uid).values["attachments"])
    change_link(desk, uid, link, caption="Cống Km0+120", page=None, expected=fetch_record(desk, uid).revision)
    saved = strip_place(desk, uid, link.sha256)
    [bare] = file_links(saved.record.values["attachments"])
    assert (bare.name, bare.caption, bare.taken_at, bare.place) == ("cống.jpg", "Cống Km0+120", link.taken_at, None)
    assert bare.sha256 != link.sha256
    out = tmp_path / "ra.jpg"
    save_copy(desk, bare.sha256, out)
    assert MAKER not in out.read_bytes() and out.stat().st_size == bare.bytes
    undo(desk)
    assert file_links(fetch_record(desk, uid).values["attachments"])[0].place == PLACE


def test_what_cannot_be_stripped(desk: Desk, uid: str, tmp_path: Path) -> None:
    attach_files(desk, uid, [write(tmp_path, "a.pdf", pdf())])
    record = fetch_record(desk, uid)
    [link] = file_links(record.values["attachments"])
    for sha256, code in ((link.sha256, "DOCUMENT-PLACE-KEPT"), ("0" * 64, "ATTACH-NOT-LINKED")):
        with pytest.raises(UserError) as caught:
            strip_place(desk, uid, sha256)
        assert caught.value.code == code
    assert fetch_record(desk, uid).revision == record.revision


def test_the_one_file_of_a_drawing(desk: Desk, tmp_path: Path) -> None:
    dossier = insert_record(desk, "planning_dossier", {"name": "QHC xã"}, None).record
    made = insert_record(desk, "planning_drawing", {"name": "Bản đồ", "dossier_uid": dossier.uid}, None).record
    attach_files(desk, made.uid, [write(tmp_path, "bv.jpg", jpeg(exif=camera_exif()))])
    before = fetch_record(desk, made.uid).values
    saved = strip_place(desk, made.uid, before["file_sha256"])
    assert saved.record.values["file_sha256"] != before["file_sha256"]
    assert saved.record.values["file_name"] == "bv.jpg"
