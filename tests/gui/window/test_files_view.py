"""A record's files in the window: added, refused, looked through, taken off and brought back; nothing freezes."""

import struct
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.messages import use_language
from desktop.files import incoming, work
from desktop.files.entries import chips_of, size_text, summary_of
from desktop.files.incoming import can_be_opened, files_below, name_to_open
from desktop.files.model import KEPT
from desktop.panels import files_view
from desktop.panels.files_view import FilesView
from desktop.session import Session
from exchange.document_facts import DocumentFacts, Signature
from forms.files import FileLink, file_links
from geodesy.datum import transform_xy
from geodesy.systems import WGS84
from services.desk import Desk
from services.editing import insert_record, undo, update_values
from services.reading import fetch_page, fetch_record
from tests.exchange.document_samples import (
    PLACE,
    Page,
    camera_exif,
    jpeg,
    make_signer,
    pdf,
    scanned_page,
    sign_pdf,
    write,
)

Rest = Callable[[], None]


@pytest.fixture
def uid(desk: Desk) -> str:
    return fetch_page(desk, "road_segment", limit=1).records[0].uid


@pytest.fixture
def view(qtbot: QtBot, session: Session, desk: Desk, uid: str) -> Iterator[FilesView]:
    made = FilesView(session)
    qtbot.addWidget(made)
    made.resize(350, 640)
    made.show()
    made.show_record(fetch_record(desk, uid))
    yield made


@pytest.fixture
def calm(qtbot: QtBot, view: FilesView, rest: Rest) -> Rest:
    """Wait until every thumbnail and page has come."""

    def wait() -> None:
        for _ in range(3):
            rest()
            qtbot.waitUntil(lambda: not view.model.is_waiting and not view.preview.is_waiting, timeout=10_000)
        rest()

    return wait


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return write(tmp_path, "cầu treo.jpg", jpeg(640, 480, exif=camera_exif(), dpi=(300, 300)))


def links(desk: Desk, uid: str) -> tuple[FileLink, ...]:
    return file_links(fetch_record(desk, uid).values.get("attachments"))


def choose(view: FilesView, row: int = 0) -> FileLink:
    view.list.setCurrentIndex(view.model.index(row))
    return view.chosen()[0]


def test_an_empty_record_says_what_to_do(view: FilesView) -> None:
    assert view.empty.isVisible() and "Kéo thả" in view.empty.label.text()
    assert view.empty.button is not None and view.empty.button.isVisible()
    assert not view.bar.remove.isEnabled()


def test_files_are_attached_and_shown(view: FilesView, desk: Desk, uid: str, photo: Path, calm: Rest) -> None:
    counted = []
    view.counted.connect(counted.append)
    view.add_paths([photo])
    calm()
    [link] = links(desk, uid)
    assert (link.name, link.mime, link.place) == ("cầu treo.jpg", "image/jpeg", PLACE)
    assert counted[-1] == 1 and view.list.isVisible() and not view.progress.isVisible()
    assert choose(view) == link
    calm()
    known = view.model.known(link.sha256)
    assert known is not None and known.thumbnail is not None
    assert "20/11/2026 08:15" in view.preview.taken.text()
    assert not view.preview.picture.pixmap().isNull()


def test_what_is_refused_is_listed_with_its_reason(
    view: FilesView, desk: Desk, uid: str, photo: Path, tmp_path: Path, calm: Rest
) -> None:
    bad = write(tmp_path, "don xin.jpg", b"MZ" + bytes(200))
    view.add_paths([bad, photo])
    calm()
    assert [link.name for link in links(desk, uid)] == ["cầu treo.jpg"]
    [text] = view.refused.texts
    assert "don xin.jpg" in text and "chương trình Windows" in text
    assert view.refused.isVisible() and "1" in view.refused.title.text()
    view.show_record(fetch_record(desk, uid))
    assert view.refused.isVisible()
    other = fetch_page(desk, "road_segment", limit=2).records[1]
    view.show_record(other)
    assert not view.refused.isVisible()


def test_folders_are_dropped_with_what_is_in_them(
    view: FilesView, desk: Desk, uid: str, tmp_path: Path, calm: Rest
) -> None:
    folder = tmp_path / "thẻ nhớ" / "DCIM"
    folder.mkdir(parents=True)
    for number in range(3):
        write(folder, f"IMG_{number}.jpg", jpeg(60 + number, 40))
    write(folder, ".an", b"1")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "thẻ nhớ"))])
    entering = QDragEnterEvent(
        view.rect().center(), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(view, entering)
    assert entering.isAccepted() and "dashed" in view.ground.styleSheet()
    dropping = QDropEvent(
        QPointF(view.rect().center()),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(view, dropping)
    assert "dashed" not in view.ground.styleSheet()
    calm()
    assert [link.name for link in links(desk, uid)] == ["IMG_0.jpg", "IMG_1.jpg", "IMG_2.jpg"]


def test_a_picture_is_pasted_under_a_dated_name(view: FilesView, desk: Desk, uid: str, calm: Rest) -> None:
    image = QImage(50, 40, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    QApplication.clipboard().setImage(image)
    view.paste()
    calm()
    [link] = links(desk, uid)
    assert (link.name, link.mime) == ("Anh_dan_2026-11-20_100000.png", "image/png")


def test_copied_files_are_pasted(view: FilesView, desk: Desk, uid: str, photo: Path, calm: Rest) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(photo))])
    QApplication.clipboard().setMimeData(data)
    view.paste()
    calm()
    assert [link.name for link in links(desk, uid)] == ["cầu treo.jpg"]


def test_an_empty_clipboard_is_said(view: FilesView, desk: Desk, uid: str, calm: Rest) -> None:
    said: list[str] = []
    view.told.connect(lambda text, tone: said.append(text))
    QApplication.clipboard().setText("chữ")
    view.paste()
    assert len(said) == 1 and links(desk, uid) == ()


def test_removing_is_undone(view: FilesView, desk: Desk, uid: str, photo: Path, calm: Rest) -> None:
    view.add_paths([photo])
    calm()
    choose(view)
    view.remove_chosen()
    calm()
    assert links(desk, uid) == () and view.empty.isVisible()
    undo(desk)
    view.show_record(fetch_record(desk, uid))
    assert [link.name for link in view.model.links] == ["cầu treo.jpg"]


def test_edits_go_on_while_files_are_added(
    view: FilesView, desk: Desk, uid: str, tmp_path: Path, calm: Rest, session: Session
) -> None:
    paths = [write(tmp_path, f"{number}.jpg", jpeg(50 + number, 40)) for number in range(4)]
    view.add_paths(paths)
    session.write(
        lambda progress: update_values(desk, uid, {"lanes": 3}, expected=fetch_record(desk, uid).revision),
        owner=view,
    )
    calm()
    assert fetch_record(desk, uid).values["lanes"] == 3
    assert len(links(desk, uid)) == 4


def test_stopping_links_nothing(view: FilesView, desk: Desk, uid: str, tmp_path: Path, calm: Rest) -> None:
    view.add_paths([write(tmp_path, f"{number}.jpg", jpeg(50 + number, 40)) for number in range(6)])
    assert view.progress.isVisible()
    view.progress.stop.click()
    calm()
    assert links(desk, uid) == () and not view.progress.isVisible()


def test_pages_are_turned_and_one_is_linked(view: FilesView, desk: Desk, uid: str, tmp_path: Path, calm: Rest) -> None:
    view.add_paths([write(tmp_path, "qd.pdf", pdf([Page("mot"), scanned_page(60), Page("ba")]))])
    calm()
    choose(view)
    calm()
    preview = view.preview
    assert preview.turner.isVisible() and preview.of.text() == "/ 3" and not preview.back.isEnabled()
    preview.forward.click()
    calm()
    shown = preview.picture.pixmap().toImage()
    assert shown.pixelColor(3, 3).red() > 200 and shown.pixelColor(3, 3).green() < 100
    preview.link_page.click()
    calm()
    assert [link.page for link in links(desk, uid)] == [2]
    assert view.chosen()[0].page == 2 and not preview.link_page.isEnabled()
    assert preview.page.value() == 2


def test_the_place_of_a_photo_is_taken_out(view: FilesView, desk: Desk, uid: str, photo: Path, calm: Rest) -> None:
    view.add_paths([photo])
    calm()
    choose(view)
    assert not view.preview.use_place.isVisible()  # a road is no point
    view.preview.drop_place.click()
    calm()
    [link] = links(desk, uid)
    assert link.place is None and link.name == "cầu treo.jpg" and link.taken_at is not None
    assert not view.preview.drop_place.isVisible()
    undo(desk)
    assert links(desk, uid)[0].place == PLACE


def test_a_point_takes_the_place_of_its_photo(view: FilesView, desk: Desk, photo: Path, calm: Rest) -> None:
    taken: list[tuple[float, float]] = []
    view.place_proposed.connect(lambda lon, lat: taken.append((lon, lat)))
    made = insert_record(desk, "incident_report", {"name": "Mất nắp hố ga"}, None).record
    view.show_record(made)
    view.add_paths([photo])
    calm()
    choose(view)
    view.preview.use_place.click()
    calm()
    stored = fetch_record(desk, made.uid)
    back = transform_xy(shapely.get_coordinates(stored.geometry), desk.system, WGS84)[0]
    assert taken == [PLACE] and tuple(back) == pytest.approx(PLACE, abs=1e-8)
    assert (stored.lineage.src_crs, stored.lineage.source_file) == (WGS84.id, "cầu treo.jpg")
    undo(desk)
    assert fetch_record(desk, made.uid).geometry is None


def test_the_place_can_be_left_out_from_the_start(
    view: FilesView, desk: Desk, uid: str, photo: Path, calm: Rest
) -> None:
    view.bar.strip.setChecked(True)
    view.add_paths([photo])
    calm()
    assert links(desk, uid)[0].place is None


def test_a_copy_is_opened_under_a_name_that_says_what_it_is(
    view: FilesView, photo: Path, calm: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []
    monkeypatch.setattr(work, "show_outside", opened.append)
    view.add_paths([photo.rename(photo.with_suffix(".exe"))])
    calm()
    choose(view)
    view.open_chosen()
    calm()
    assert [path.name for path in opened] == ["cầu treo.exe.jpg"]
    assert opened[0].read_bytes()[:2] == b"\xff\xd8"


def test_a_copy_is_saved(
    view: FilesView, photo: Path, tmp_path: Path, calm: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "bản sao.jpg"
    monkeypatch.setattr(files_view.QFileDialog, "getSaveFileName", lambda *_: (str(out), ""))
    view.add_paths([photo])
    calm()
    choose(view)
    view.save_chosen()
    calm()
    assert out.read_bytes() == photo.read_bytes()


def test_a_document_has_one_file_in_its_own_fields(view: FilesView, desk: Desk, tmp_path: Path, calm: Rest) -> None:
    dossier = insert_record(desk, "planning_dossier", {"name": "QHC xã Bắc Quang"}, None).record
    made = insert_record(desk, "dossier_document", {"name": "Quyết định", "dossier_uid": dossier.uid}, None).record
    view.show_record(made)
    assert not view.bar.folder.isVisible()
    view.add_paths([write(tmp_path, "qd.pdf", pdf([scanned_page(150)] * 2))])
    calm()
    values = fetch_record(desk, made.uid).values
    assert (values["file_name"], values["pages"], values["file_dpi"]) == ("qd.pdf", 2, 150)
    assert values["file_has_text"] is False and values["file_pdf_a"] is None
    assert [link.name for link in view.model.links] == ["qd.pdf"]
    calm()
    assert not view.preview.link_page.isEnabled()
    view.remove_chosen()
    calm()
    assert fetch_record(desk, made.uid).values["file_sha256"] is None


def test_a_record_not_stored_yet_takes_no_files(view: FilesView, desk: Desk, uid: str, photo: Path) -> None:
    from forms.record import Record

    view.show_record(Record(uid="", type_id="road_segment", values={}, geometry=None))
    assert view.add_paths([photo]) is None
    assert not view.bar.isVisible() and view.empty.isVisible()
    view.show_record(None)
    assert view.add_paths([photo]) is None


def test_thousands_of_files_are_listed_at_once(
    qtbot: QtBot, view: FilesView, calm: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [FileLink(f"{number:064x}", f"IMG_{number}.jpg", 3_000_000, "image/jpeg") for number in range(3_000)]
    asked: list[str] = []

    def facts_of(desk: Desk, sha256: str) -> DocumentFacts:
        asked.append(sha256)
        return DocumentFacts("image", "image/jpeg", 3_000_000, sha256, width=4000, height=3000)

    monkeypatch.setattr("desktop.files.model.facts_of", facts_of)
    begun = time.monotonic()
    view.model.show_links(many)
    view._stack.setCurrentIndex(1)
    QApplication.processEvents()
    assert time.monotonic() - begun < 2
    calm()
    assert 0 < len(asked) < 60
    for place in range(0, 3_000, 6):
        view.list.scrollTo(view.model.index(place))
        QApplication.processEvents()
    calm()
    assert len(view.model._known) <= KEPT
    assert view.model._known.get(many[2_999].sha256) is not None or view.model._known.get(many[2_994].sha256)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_words_fit_the_panel(
    qtbot: QtBot, session: Session, desk: Desk, uid: str, tmp_path: Path, rest: Rest, language: Any
) -> None:
    use_language(language)
    view = FilesView(session)
    qtbot.addWidget(view)
    view.resize(350, 640)
    view.show()
    view.show_record(fetch_record(desk, uid))
    view.add_paths([write(tmp_path, "anh.jpg", jpeg(64, 48, exif=camera_exif()))])
    rest()
    choose(view)
    rest()
    assert view.minimumSizeHint().width() <= 350
    view.preview.use_place.show()
    QApplication.processEvents()
    for button in (view.preview.use_place, view.preview.drop_place):
        assert button.sizeHint().width() <= button.width() + 1


class TestWords:
    def test_sizes(self) -> None:
        assert [size_text(size) for size in (0, 999, 1536, 5 << 20, 3 << 30)] == [
            "0 B", "999 B", "1,5 KB", "5,0 MB", "3,0 GB",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("valid", "word"), [((True, True), "còn nguyên"), ((True, None), "chưa kiểm"), ((None, False), "sai")]
    )
    def test_the_worst_signature_speaks(self, valid: tuple[bool | None, ...], word: str) -> None:
        facts = DocumentFacts(
            "pdf", "application/pdf", 1, "a" * 64, signatures=tuple(Signature("A", one) for one in valid)
        )
        assert word in chips_of(FileLink("a" * 64, "a.pdf", 1, "application/pdf"), facts)[0].text

    def test_what_a_scan_lacks(self) -> None:
        facts = DocumentFacts(
            "pdf", "application/pdf", 1, "a" * 64, dpi=150.0, scan=True, has_text=False, pages=4, notes=("PDF-SCRIPT",)
        )
        link = FileLink("a" * 64, "a.pdf", 1, "application/pdf", page=3)
        assert [chip.text for chip in chips_of(link, facts)] == ["1 lưu ý", "Quét thưa", "Không tìm được chữ"]
        assert summary_of(link, facts) == "1 B · gắn trang 3 · 4 trang · 150 dpi"


def test_names_to_open() -> None:
    assert name_to_open("a.JPG", "image/jpeg") == "a.JPG"
    assert name_to_open("a.exe", "application/pdf") == "a.exe.pdf"
    assert not can_be_opened("application/octet-stream") and not can_be_opened("application/zip")


def test_a_folder_is_read_within_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "FOUND_LIMIT", 5)
    for number in range(9):
        write(tmp_path, f"{number}.txt", b"1")
    (tmp_path / "vòng").symlink_to(tmp_path)
    assert [path.name for path in files_below([tmp_path])] == [f"{number}.txt" for number in range(5)]


def test_a_signed_document_says_so(view: FilesView, tmp_path: Path, calm: Rest) -> None:
    view.add_paths([write(tmp_path, "qd.pdf", sign_pdf(pdf(), make_signer()))])
    calm()
    choose(view)
    calm()
    assert "Nguyễn Văn Đức: Nội dung còn nguyên" in view.preview.notes.text()


def test_a_picture_that_cannot_be_drawn_is_called_by_its_own_name(
    view: FilesView, desk: Desk, uid: str, tmp_path: Path, calm: Rest
) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    huge = tmp_path / "ảnh khổng lồ.png"
    huge.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )
    view.add_paths([huge])
    calm()
    choose(view)
    calm()
    assert "“ảnh khổng lồ.png”" in view.preview.picture.text()
