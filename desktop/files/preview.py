"""The chosen file larger: a picture or a page, a page turner, what is to know of it, and what can be done."""

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.clock import VIETNAM, parse_timestamp
from core.errors import AppError, UserError
from core.messages import current_language
from desktop.files.entries import notes_of
from desktop.files.model import Known
from desktop.icons import icon
from desktop.session import Session
from desktop.tasks import Failure, Lane
from desktop.theme import GROUND, LINE
from desktop.words import word
from exchange.document_facts import DocumentFacts
from forms.files import FileLink
from geodesy.numbers import format_number
from services.attaching import page_image

SHOWN_PX = 1400
NOTES_PX = 76
TURN_MS = 120
SHOWN_KINDS = ("image", "pdf")


class _Picture(QLabel):
    """Shows an image as large as its place allows, never larger than it is."""

    def __init__(self) -> None:
        super().__init__()
        self._image: QImage | None = None
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.setMinimumHeight(90)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setStyleSheet(f"background: {GROUND}; border: 1px solid {LINE};")

    def show_image(self, image: QImage | None, text: str = "") -> None:
        """Show ``image``, or words in its place."""
        self._image = image
        if image is None:
            self.setPixmap(QPixmap())
            self.setText(text)
        else:
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._image is not None:
            self._fit()

    def _fit(self) -> None:
        assert self._image is not None
        ratio = self.devicePixelRatioF()
        room = (QSize(self.width() - 4, self.height() - 4) * ratio).boundedTo(self._image.size())
        if room.width() < 1 or room.height() < 1:
            return
        fitted = self._image.scaled(
            room, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        fitted.setDevicePixelRatio(ratio)
        self.setPixmap(QPixmap.fromImage(fitted))


class FilePreview(QWidget):
    """Shows one file; ``page_chosen``, ``place_used`` and ``place_unwanted`` say what the user wants done with it."""

    page_chosen = Signal(object, int)
    place_used = Signal(object)
    place_unwanted = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._link: FileLink | None = None
        self._facts: DocumentFacts | None = None
        self._asked = 0
        self._is_locked = False
        self._can_link = False
        self._can_be_placed = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TURN_MS)
        self._pause.timeout.connect(self._draw)
        self.picture = _Picture()
        self.turner = QWidget()
        self._build_turner()
        self.taken = QLabel()
        self.use_place = QPushButton(word("UI-FILES-USE-PLACE"))
        self.use_place.clicked.connect(self._use_place)
        self.drop_place = QPushButton(word("UI-FILES-DROP-PLACE"))
        self.drop_place.clicked.connect(lambda: self.place_unwanted.emit(self._link))
        self.notes = QLabel()
        self.notes.setWordWrap(True)
        self.notes.setProperty("role", "hint")
        self.notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.notes_area = QScrollArea()
        self.notes_area.setWidget(self.notes)
        self.notes_area.setWidgetResizable(True)
        self.notes_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._lay_out()

    def _build_turner(self) -> None:
        self.back, self.forward = QToolButton(), QToolButton()
        for button, name, code, by in (
            (self.back, "back", "UI-FILES-PAGE-BACK", -1),
            (self.forward, "go", "UI-FILES-PAGE-FORWARD", 1),
        ):
            button.setIcon(icon(name))
            button.setAutoRaise(True)
            button.setToolTip(word(code))
            button.setAccessibleName(word(code))
            button.clicked.connect(lambda _=False, by=by: self.page.setValue(self.page.value() + by))
        self.page = QSpinBox()
        self.page.setMinimum(1)
        self.page.setKeyboardTracking(False)
        self.page.setAccessibleName(word("UI-FILES-PAGE"))
        self.page.valueChanged.connect(self._turn)
        self.of = QLabel()
        self.link_page = QPushButton(word("UI-FILES-LINK-PAGE"))
        self.link_page.setToolTip(word("UI-FILES-LINK-PAGE-HELP"))
        self.link_page.clicked.connect(self._choose_page)
        row = QHBoxLayout(self.turner)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for widget in (self.back, self.page, self.of, self.forward):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.link_page)

    def _lay_out(self) -> None:
        places = QHBoxLayout()
        places.setSpacing(4)
        places.addWidget(self.use_place)
        places.addWidget(self.drop_place)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.picture, 1)
        column.addWidget(self.turner)
        column.addWidget(self.taken)
        column.addLayout(places)
        column.addWidget(self.notes_area)

    @property
    def is_waiting(self) -> bool:
        """Whether a page is still to come."""
        return self._pause.isActive()

    def show_file(
        self, link: FileLink, known: Known | None, *, locked: bool, can_link: bool = True, can_be_placed: bool = True
    ) -> None:
        """Show a file, or show it again once more is known of it."""
        is_same = self._link is not None and (self._link.sha256, self._link.page) == (link.sha256, link.page)
        had_facts = is_same and self._facts is not None
        self._link, self._is_locked, self._can_link = link, locked, can_link and not locked
        self._can_be_placed = can_be_placed
        self._facts = known.facts if known else None
        self._show_words()
        if is_same and had_facts:
            return
        pages = (self._facts.pages or 1) if self._facts else 1
        self.page.blockSignals(True)  # noqa: FBT003 (Qt's own)
        self.page.setMaximum(max(1, pages))
        self.page.setValue(link.page or 1)
        self.page.blockSignals(False)  # noqa: FBT003 (Qt's own)
        self.of.setText(f"/ {pages}")
        self._show_turner()
        self.picture.show_image(known.thumbnail if known else None, word("UI-FILES-LOADING"))
        self._asked += 1
        if self._facts is not None and self._facts.kind in SHOWN_KINDS:
            self._pause.start()
        elif known is not None:
            self.picture.show_image(None, word("UI-FILES-NO-PICTURE"))

    def _show_turner(self) -> None:
        page, most = self.page.value(), self.page.maximum()
        self.turner.setVisible(most > 1)
        self.back.setEnabled(page > 1)
        self.forward.setEnabled(page < most)
        linked = self._link is not None and self._link.page == page
        self.link_page.setEnabled(not linked and self._can_link)
        self.link_page.setText(word("UI-FILES-PAGE-IS-LINKED" if linked else "UI-FILES-LINK-PAGE"))

    def _show_words(self) -> None:
        link, facts = self._link, self._facts
        assert link is not None
        lines = []
        if link.taken_at:
            at = parse_timestamp(link.taken_at).astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M")
            lines.append(word("UI-FILES-TAKEN-AT", at=at))
        if link.place:
            lon, lat = (format_number(side, 5, current_language()) for side in link.place)
            lines.append(word("UI-FILES-TAKEN-HERE", lat=lat, lon=lon))
        self.taken.setText("\n".join(lines))
        self.taken.setVisible(bool(lines))
        for button in (self.use_place, self.drop_place):
            button.setVisible(link.place is not None)
            button.setEnabled(not self._is_locked)
        self.use_place.setVisible(link.place is not None and self._can_be_placed)
        notes = notes_of(facts)
        self.notes.setText("\n".join(f"• {note}" for note in notes))
        self.notes_area.setVisible(bool(notes))
        self._fit_notes()

    def _fit_notes(self) -> None:
        """Give the notes the lines they need, up to a limit; the rest is scrolled."""
        needed = self.notes.heightForWidth(max(120, self.width() - 14))
        self.notes_area.setFixedHeight(min(max(needed, 18), NOTES_PX))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_notes()

    def _turn(self) -> None:
        self._show_turner()
        self._pause.start()

    def _draw(self) -> None:
        link = self._link
        if link is None:
            return
        self._asked += 1
        asked, page, desk = self._asked, self.page.value(), self._session.desk

        def show(image: QImage) -> None:
            if asked == self._asked:
                self.picture.show_image(image if not image.isNull() else None, word("UI-FILES-NO-PICTURE"))

        def fail(failure: Failure) -> None:
            if asked == self._asked and isinstance(failure.error, AppError):
                self.picture.show_image(None, _named(failure.error, link.name))

        task = self._session.runner.start(
            lambda progress: QImage.fromData(page_image(desk, link.sha256, page, SHOWN_PX)), lane=Lane.FILES
        )
        task.succeeded.connect(show)
        task.failed.connect(fail)

    def _choose_page(self) -> None:
        if self._link is not None:
            self.page_chosen.emit(self._link, self.page.value())

    def _use_place(self) -> None:
        if self._link is not None and self._link.place is not None:
            self.place_used.emit(self._link)


def _named(error: AppError, name: str) -> str:
    """Word an error of a file for its user, who knows it by ``name`` and not by that of the copy that was opened."""
    if isinstance(error, UserError) and "file" in error.context:
        return str(UserError(error.code, **{**error.context, "file": name}))
    return str(error)
