"""The first page of all: begin a commune's register, or go on with one."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QWidget,
)

from core.clock import utc_now
from core.text import fold_text
from desktop.entry.search_line import Option, SearchLine
from desktop.icons import icon
from desktop.panels.card import Card
from desktop.recent import recent_folders
from desktop.tasks import Failure, Lane, Task, TaskRunner
from desktop.theme import GAP, WIDE_GAP
from desktop.words import word
from forms.administration import Commune, FormerUnit, load_communes, search_communes
from forms.record import Actor
from geodesy.systems import format_axis
from services.desk import Desk
from services.workspaces import create_desk, open_desk


class StartPage(QWidget):
    """Recent workspaces at the left, a new one at the right; ``opened`` carries the ``Desk``."""

    opened = Signal(object)
    failed = Signal(object, object)

    def __init__(self, runner: TaskRunner, actor: Actor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._actor = actor
        self._busy: Task | None = None
        self._folder_typed = False
        row = QHBoxLayout(self)
        row.setContentsMargins(WIDE_GAP * 2, WIDE_GAP * 2, WIDE_GAP * 2, WIDE_GAP * 2)
        row.setSpacing(WIDE_GAP)
        row.addStretch(1)
        row.addWidget(self._build_recent(), 5)
        row.addWidget(self._build_new(), 6)
        row.addStretch(1)

    def _build_recent(self) -> QWidget:
        card = Card(word("UI-GO-ON"), word("UI-GO-ON-HINT"))
        self.recent = QListWidget()
        self.recent.setProperty("framed", True)
        for folder in recent_folders():
            item = QListWidgetItem(icon("records"), f"{folder.name}\n{folder.parent}")
            item.setData(Qt.ItemDataRole.UserRole, str(folder))
            item.setToolTip(str(folder))
            self.recent.addItem(item)
        self.recent.itemActivated.connect(lambda item: self.open_folder(Path(item.data(Qt.ItemDataRole.UserRole))))
        self.recent.itemClicked.connect(lambda item: self.open_folder(Path(item.data(Qt.ItemDataRole.UserRole))))
        if not self.recent.count():
            card.show_hint(word("UI-NO-RECENT"))
            self.recent.hide()
        other = QPushButton(icon("open"), word("UI-OPEN-FOLDER"))
        other.clicked.connect(self._ask_folder)
        card.column.addWidget(self.recent, 1)
        card.column.addWidget(other, 0, Qt.AlignmentFlag.AlignLeft)
        if not self.recent.count():
            card.column.addStretch(1)
        return card

    def _build_new(self) -> QWidget:
        card = Card(word("UI-NEW-WORKSPACE"), word("UI-NEW-WORKSPACE-HINT"))
        self.commune = SearchLine(find_commune_options)
        self.commune.setPlaceholderText(word("UI-COMMUNE-PLACEHOLDER"))
        self.commune.chosen.connect(self._note_commune)
        self.about = QLabel()
        self.about.setWordWrap(True)
        self.about.setProperty("role", "hint")
        self.folder = QLineEdit()
        self.folder.textEdited.connect(self._note_folder)
        self.boundary = QLineEdit()
        self.boundary.setPlaceholderText(word("UI-BOUNDARY-PLACEHOLDER"))
        self.create_button = QPushButton(word("UI-CREATE"))
        self.create_button.setProperty("main", True)
        self.create_button.setEnabled(False)
        self.create_button.clicked.connect(self.create)
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.hide()
        lines = (
            ("UI-COMMUNE", self.commune, None),
            ("UI-FOLDER", self.folder, self._choose_folder),
            ("UI-BOUNDARY", self.boundary, self._choose_boundary),
        )
        for code, line, browse in lines:
            self._add_line(card, code, line, browse)
            if line is self.commune:
                card.column.addWidget(self.about)
        card.column.addSpacing(GAP)
        card.column.addWidget(self._bar)
        card.column.addWidget(self.create_button, 0, Qt.AlignmentFlag.AlignLeft)
        card.column.addStretch(1)
        return card

    @staticmethod
    def _add_line(card: Card, code: str, line: QLineEdit, browse: Callable[[], None] | None) -> None:
        label = QLabel(word(code))
        label.setBuddy(line)
        card.column.addWidget(label)
        row = QHBoxLayout()
        row.addWidget(line, 1)
        if browse is not None:
            button = QPushButton(word("UI-BROWSE"))
            button.clicked.connect(lambda: browse())  # noqa: PLW0108 (the button's argument stays out)
            row.addWidget(button)
        card.column.addLayout(row)

    def _note_commune(self, option: Option | None) -> None:
        self.create_button.setEnabled(option is not None)
        if option is None:
            self.about.setText("")
            return
        commune = load_communes()[option.key]
        axis = format_axis(commune.axis)
        self.about.setText(word("UI-COMMUNE-ABOUT", code=commune.code, axis=axis, epsg=commune.epsg))
        if not self._folder_typed:
            self.folder.setText(str(default_folder(commune)))

    def _note_folder(self) -> None:
        self._folder_typed = bool(self.folder.text().strip())

    def _choose_folder(self) -> None:
        found = QFileDialog.getExistingDirectory(self, word("UI-FOLDER"), self.folder.text())
        if found:
            self.folder.setText(found)
            self._folder_typed = True

    def _choose_boundary(self) -> None:
        found, _ = QFileDialog.getOpenFileName(self, word("UI-BOUNDARY"), "", word("UI-BOUNDARY-FILES"))
        if found:
            self.boundary.setText(found)

    def _ask_folder(self) -> None:
        found = QFileDialog.getExistingDirectory(self, word("UI-OPEN-FOLDER"))
        if found:
            self.open_folder(Path(found))

    def open_folder(self, folder: Path) -> None:
        """Open the workspace in ``folder``."""
        actor = self._actor
        self._run(lambda progress: open_desk(folder, actor=actor, clock=utc_now))

    def create(self) -> None:
        """Make the workspace the page describes."""
        option = self.commune.option
        if option is None or not self.folder.text().strip():
            return
        folder, boundary = Path(self.folder.text().strip()).expanduser(), self.boundary.text().strip()
        actor = self._actor
        self._run(
            lambda progress: create_desk(
                folder,
                option.key,
                boundary_file=Path(boundary) if boundary else None,
                actor=actor,
                clock=utc_now,
                progress=progress,
            )
        )

    def _run(self, call: Callable[[Task], Desk]) -> None:
        if self._busy is not None:
            return
        self._busy = self._runner.start(call, lane=Lane.STORE)
        self._busy.succeeded.connect(self.opened)
        self._busy.failed.connect(self._note_failure)
        self._busy.finished.connect(self._note_end)
        self._bar.show()
        self.create_button.setEnabled(False)

    def _note_failure(self, failure: Failure) -> None:
        self.failed.emit(failure, None)

    def _note_end(self) -> None:
        self._busy = None
        self._bar.hide()
        self.create_button.setEnabled(self.commune.option is not None)


def find_commune_options(text: str) -> list[Option]:
    """Return the communes for a search box, each with its province; a former unit's name leads to its heirs."""
    return [_option(commune, former) for commune, former in search_communes(text, 40)]


def _option(commune: Commune, former: FormerUnit | None) -> Option:
    if former is None:
        return Option(commune.code, commune.label)
    return Option(commune.code, word("UI-COMMUNE-FORMERLY", commune=commune.label, former=former.full_name))


def default_folder(commune: Commune) -> Path:
    """Return where a new workspace would lie: in the user's own documents, named for the commune."""
    name = fold_text(commune.full_name).replace(" ", "-")
    return Path.home() / "DiaBa" / f"{commune.code}-{name}"
