"""The list of a record's files; thumbnails and facts are fetched off the GUI thread, when a row comes into view."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QImage

from core.errors import AppError
from core.progress import Progress
from desktop.files.entries import notes_of, summary_of
from desktop.session import Session
from desktop.tasks import Lane
from exchange.document_facts import DocumentFacts
from forms.files import FileLink
from services.attaching import facts_of

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
ENTRY = Qt.ItemDataRole.UserRole
THUMBNAIL_PX = 56
KEPT = 400
AT_ONCE = 12
PAUSE_MS = 30


@dataclass(frozen=True, slots=True)
class Known:
    """What was fetched of a content: its facts, a small picture of it; neither when it cannot be read."""

    facts: DocumentFacts | None
    thumbnail: QImage | None


class FilesModel(QAbstractListModel):
    """One row a link; keeps what is known of the contents looked at last."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._links: tuple[FileLink, ...] = ()
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._wanted: OrderedDict[str, None] = OrderedDict()
        self._is_fetching = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._fetch)

    @property
    def links(self) -> tuple[FileLink, ...]:
        """The files in the order shown."""
        return self._links

    @property
    def is_waiting(self) -> bool:
        """Whether something asked for has not come yet."""
        return bool(self._wanted) or self._is_fetching

    def show_links(self, links: Sequence[FileLink]) -> None:
        """Show other files."""
        self.beginResetModel()
        self._links = tuple(links)
        self._wanted.clear()
        self.endResetModel()

    def known(self, sha256: str) -> Known | None:
        """What is known of a content; when nothing is, it is fetched, and the row is drawn again."""
        found = self._known.get(sha256)
        if found is not None:
            self._known.move_to_end(sha256)
            return found
        self._wanted.pop(sha256, None)
        self._wanted[sha256] = None
        while len(self._wanted) > 4 * AT_ONCE:  # what has scrolled out of sight again
            self._wanted.popitem(last=False)
        if not self._is_fetching:
            self._pause.start()
        return None

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._links)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._links):
            return None
        link = self._links[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return link.name
        if role == ENTRY:
            return link
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            known = self._known.get(link.sha256)
            facts = known.facts if known else None
            return "\n".join([link.name, summary_of(link, facts), *notes_of(facts)])
        return None

    @Slot()
    def _fetch(self) -> None:
        if self._is_fetching or not self._wanted:
            return
        hashes = [self._wanted.popitem()[0] for _ in range(min(AT_ONCE, len(self._wanted)))]
        desk = self._session.desk
        self._is_fetching = True

        def call(progress: Progress) -> dict[str, Known]:
            found = {}
            for sha256 in hashes:
                progress.step(len(found), len(hashes))
                try:
                    facts = facts_of(desk, sha256)
                except AppError:
                    found[sha256] = Known(None, None)
                    continue
                found[sha256] = Known(facts, _thumbnail(facts.preview))
            return found

        task = self._session.runner.start(call, lane=Lane.FILES)
        task.succeeded.connect(self._take)
        task.finished.connect(self._end)

    def _take(self, found: dict[str, Known]) -> None:
        for sha256, known in found.items():
            self._known[sha256] = known
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        for row, link in enumerate(self._links):
            if link.sha256 in found:
                self.dataChanged.emit(self.index(row), self.index(row))

    def _end(self) -> None:
        self._is_fetching = False
        if self._wanted:
            self._pause.start()


def _thumbnail(preview: bytes | None) -> QImage | None:
    image = QImage.fromData(preview) if preview else QImage()
    if image.isNull():
        return None
    side = 2 * THUMBNAIL_PX  # for screens of double resolution
    fitted = image.scaled(
        QSize(side, side), Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    fitted.setDevicePixelRatio(2)
    return fitted
