"""A record's files: added by button, drag or paste, looked through, opened, taken off; every step can be undone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QItemSelectionModel, QPoint, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFileDialog,
    QFrame,
    QListView,
    QMenu,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from core.clock import VIETNAM
from desktop.files.delegate import FileDelegate
from desktop.files.entries import is_one_file, links_of, takes_files
from desktop.files.incoming import can_be_opened, dropped_paths, keep_picture
from desktop.files.model import ENTRY, FilesModel
from desktop.files.preview import FilePreview
from desktop.files.strips import FileBar, ProgressStrip, RefusedStrip
from desktop.files.work import FileWork, free_path
from desktop.panels.empty_state import EmptyState
from desktop.session import Session
from desktop.tasks import Task
from desktop.theme import ACCENT, GAP, Tone
from desktop.words import word
from forms.files import FileLink, clean_name
from forms.record import Record, State
from services.attaching import Attached
from services.editing import Saved
from services.photo_places import POINT

LOCKED = (State.CANCELLED,)


class FilesView(QWidget):
    """Shows the files of one record.

    ``changed`` carries the ``Saved`` of each of its own changes, ``place_proposed`` longitude and latitude (WGS 84) of
    a photo whose place the record has taken, ``told`` a line for the user and its tone, ``counted`` how many files
    there are.
    """

    changed = Signal(object)
    place_proposed = Signal(float, float)
    told = Signal(str, object)
    counted = Signal(int)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._record: Record | None = None
        self.work = FileWork(session, self)
        self.model = FilesModel(session, self)
        self.bar = FileBar()
        self.list = QListView()
        self.preview = FilePreview(session)
        self.progress = ProgressStrip()
        self.refused = RefusedStrip()
        self.setAcceptDrops(True)
        self._build_list()
        self._lay_out()
        self._connect()
        self.show_record(None)

    def _build_list(self) -> None:
        self.list.setModel(self.model)
        self.list.setItemDelegate(FileDelegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.setAccessibleName(word("UI-FILES-LIST"))
        self.list.setMinimumHeight(80)

    def _lay_out(self) -> None:
        self.empty = EmptyState(word("UI-FILES-EMPTY"), (word("UI-FILES-ADD"), self.choose_files))
        self.ground = QFrame()
        self.ground.setObjectName("filesGround")
        self.split = QSplitter(Qt.Orientation.Vertical)
        self.split.addWidget(self.list)
        self.split.addWidget(self.preview)
        self.split.setChildrenCollapsible(False)
        self.split.setStretchFactor(0, 1)
        self.split.setStretchFactor(1, 1)
        self._stack = QStackedLayout(self.ground)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.split)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.setSpacing(4)
        column.addWidget(self.bar)
        column.addWidget(self.progress)
        column.addWidget(self.refused)
        column.addWidget(self.ground, 1)

    def _connect(self) -> None:
        self.bar.files_wanted.connect(self.choose_files)
        self.bar.folder_wanted.connect(self.choose_folder)
        self.bar.paste_wanted.connect(self.paste)
        self.bar.open_wanted.connect(self.open_chosen)
        self.bar.copy_wanted.connect(self.save_chosen)
        self.bar.remove_wanted.connect(self.remove_chosen)
        self.list.doubleClicked.connect(lambda _: self.open_chosen())
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.list.selectionModel().selectionChanged.connect(lambda *_: self._show_chosen())
        self.model.dataChanged.connect(self._note_known)
        self.preview.page_chosen.connect(self.link_page)
        self.preview.place_used.connect(self.use_place)
        self.work.stored.connect(self._note_stored)
        self.work.attached.connect(self._note_attached)
        self.work.placed.connect(lambda link: self.place_proposed.emit(*link.place))
        self.work.told.connect(self.told)
        self.preview.place_unwanted.connect(self.strip_place)
        for keys, call in (
            (QKeySequence.StandardKey.Paste, self.paste),
            (QKeySequence.StandardKey.Delete, self.remove_chosen),
            (QKeySequence(Qt.Key.Key_Return), self.open_chosen),
        ):
            shortcut = QShortcut(keys, self.list, context=Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(call)

    # What is shown

    @property
    def record(self) -> Record | None:
        """The record whose files are shown."""
        return self._record

    @property
    def is_locked(self) -> bool:
        """Whether the files of this record cannot be changed."""
        return self._record is None or not self._record.uid or self._record.state in LOCKED

    def show_record(self, record: Record | None) -> None:
        """Show the files of a record; the same record shown again keeps what is chosen and looked at."""
        is_same = record is not None and self._record is not None and record.uid == self._record.uid
        if not is_same:
            self.refused.clear()
        self._record = record
        kind = None if record is None else self._session.desk.catalogue.type(record.type_id)
        takes = kind is not None and takes_files(kind) and bool(record and record.uid)
        links = links_of(record, kind) if takes and record is not None and kind is not None else ()
        if not (is_same and links == self.model.links):
            chosen = {(link.sha256, link.page) for link in self.chosen()} if is_same else set()
            self.model.show_links(links)
            self._choose(chosen)
        self.bar.setVisible(takes)
        self.bar.show_state(is_locked=self.is_locked, is_one=kind is not None and is_one_file(kind))
        self.empty.label.setText(word("UI-FILES-EMPTY" if takes else "UI-FILES-NO-PLACE"))
        if self.empty.button is not None:
            self.empty.button.setVisible(takes and not self.is_locked)
        self._stack.setCurrentIndex(1 if links else 0)
        self._show_chosen()
        self.counted.emit(len(links))

    def chosen(self) -> list[FileLink]:
        """The files chosen in the list, in its order."""
        rows = sorted(index.row() for index in self.list.selectionModel().selectedIndexes())
        return [self.model.links[row] for row in rows if row < len(self.model.links)]

    def _choose(self, keys: set[tuple[str, int | None]]) -> None:
        selection = self.list.selectionModel()
        rows = [row for row, link in enumerate(self.model.links) if (link.sha256, link.page) in keys]
        for row in rows or ([0] if len(self.model.links) == 1 else []):
            selection.select(self.model.index(row), QItemSelectionModel.SelectionFlag.Select)

    def _show_chosen(self) -> None:
        chosen = self.chosen()
        self.bar.show_chosen(len(chosen), can_open=len(chosen) == 1 and can_be_opened(chosen[0].mime))
        self.preview.setVisible(len(chosen) == 1)
        if len(chosen) == 1:
            known = self.model.known(chosen[0].sha256)
            self.preview.show_file(
                chosen[0], known, locked=self.is_locked, can_link=not self._is_one(), can_be_placed=self._takes_points()
            )

    def _note_known(self, first: Any, last: Any) -> None:
        chosen = self.chosen()
        if len(chosen) == 1 and self.model.data(first, ENTRY) == chosen[0]:
            self._show_chosen()

    # Adding

    def choose_files(self) -> None:
        """Ask for files and attach them."""
        names, _ = QFileDialog.getOpenFileNames(self, word("UI-FILES-ADD"), "", word("UI-FILES-FILTER"))
        self.add_paths([Path(name) for name in names])

    def choose_folder(self) -> None:
        """Ask for a folder and attach every file below it."""
        name = QFileDialog.getExistingDirectory(self, word("UI-FILES-ADD-FOLDER"))
        self.add_paths([Path(name)] if name else [])

    def paste(self) -> None:
        """Attach the files or the picture in the clipboard."""
        data = QApplication.clipboard().mimeData()
        paths = dropped_paths(data) if data is not None and data.hasUrls() else []
        if not paths and data is not None and data.hasImage():
            image = QImage(data.imageData())
            if not image.isNull():
                at = self._session.desk.clock().astimezone(VIETNAM)
                paths = [keep_picture(image, self.work.folder.path, word("UI-FILES-PASTED-NAME"), at)]
        if paths:
            self.add_paths(paths)
        else:
            self.told.emit(word("UI-FILES-CLIPBOARD-EMPTY"), Tone.WARNING)

    def add_paths(self, paths: Sequence[Path]) -> Task | None:
        """Attach files, and those in folders, off the GUI thread; edits go on meanwhile."""
        if not paths or self._record is None or self.is_locked:
            return None
        self.refused.clear()
        task = self.work.attach(self._record.uid, paths, bare=self.bar.is_stripping)
        self.progress.follow(task)
        return task

    def _note_attached(self, attached: Attached) -> None:
        if self._record is not None and attached.saved.record.uid == self._record.uid:
            self.refused.show_refused([(path.name, str(error)) for path, error in attached.refused])

    def _note_stored(self, saved: Saved) -> None:
        if self._record is not None and saved.record.uid == self._record.uid:
            self.show_record(saved.record)
        self.changed.emit(saved)

    # What can be done with a file

    def open_chosen(self) -> None:
        """Open a copy of the chosen file in the system's own program."""
        for link in self.chosen()[:1]:
            self.work.open_copy(link)

    def save_chosen(self) -> None:
        """Ask where, and save a copy of each chosen file."""
        chosen = self.chosen()
        if len(chosen) == 1:
            name, _ = QFileDialog.getSaveFileName(self, word("UI-FILES-SAVE-COPY"), clean_name(chosen[0].name))
            if name:
                self.work.save_copy(chosen[0], Path(name))
        elif chosen:
            folder = QFileDialog.getExistingDirectory(self, word("UI-FILES-SAVE-COPY"))
            taken: set[Path] = set()
            for link in chosen if folder else []:
                out = free_path(Path(folder), clean_name(link.name), taken)
                taken.add(out)
                self.work.save_copy(link, out)

    def remove_chosen(self) -> None:
        """Take the chosen files off the record; undo brings them back."""
        if self._record is None or self.is_locked:
            return
        for link in self.chosen():
            self.work.detach(self._record.uid, link, page=None if self._is_one() else link.page)

    def strip_place(self, link: FileLink) -> None:
        """Put a copy without its place where the record has a photo."""
        if self._record is not None and not self.is_locked:
            self.work.strip_place(self._record.uid, link)

    def use_place(self, link: FileLink) -> None:
        """Give the record, which is a point, the place of a photo."""
        if self._record is not None and not self.is_locked:
            self.work.use_place(self._record.uid, link)

    def link_page(self, link: FileLink, page: int) -> None:
        """Let the record mean one page of a document."""
        if self._record is not None and not self.is_locked and not self._is_one():
            self.work.link_page(self._record.uid, link, page)

    def _takes_points(self) -> bool:
        kind = None if self._record is None else self._session.desk.catalogue.type(self._record.type_id)
        return kind is not None and POINT in kind.geometry

    def _is_one(self) -> bool:
        return self._record is not None and is_one_file(self._session.desk.catalogue.type(self._record.type_id))

    def _show_menu(self, at: QPoint) -> None:
        if self.chosen():
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addActions(self.bar.file_actions())
            menu.popup(self.list.viewport().mapToGlobal(at))

    # Drag and drop

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if not self.is_locked and self.bar.isVisibleTo(self) and dropped_paths(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self._mark(on=True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._mark(on=False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._mark(on=False)
        self.add_paths(dropped_paths(event.mimeData()))
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def _mark(self, *, on: bool) -> None:
        self.ground.setStyleSheet(f"#filesGround {{ border: 2px dashed {ACCENT}; border-radius: 6px; }}" if on else "")
