"""The strips above a list of files: what can be done, what is being added, what was refused and why."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QProgressBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from desktop.icons import icon
from desktop.tasks import Task
from desktop.theme import LINE, PAPER, Tone
from desktop.words import word

REFUSED_PX = 130


class FileBar(QWidget):
    """Add on the left, what can be done with the chosen files on the right."""

    files_wanted = Signal()
    folder_wanted = Signal()
    paste_wanted = Signal()
    open_wanted = Signal()
    copy_wanted = Signal()
    remove_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_locked = False
        self.add = QToolButton()
        self.add.setText(word("UI-FILES-ADD"))
        self.add.setIcon(icon("add"))
        self.add.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self.add.clicked.connect(self.files_wanted)
        self._menu = QMenu(self)
        self._menu.addAction(icon("document"), word("UI-FILES-ADD"), self.files_wanted.emit)
        self.folder = self._menu.addAction(icon("open"), word("UI-FILES-ADD-FOLDER"), self.folder_wanted.emit)
        self._menu.addAction(icon("copy"), word("UI-FILES-PASTE"), self.paste_wanted.emit)
        self._menu.addSeparator()
        self.strip = self._menu.addAction(word("UI-FILES-STRIP"))
        self.strip.setCheckable(True)
        self.strip.setToolTip(word("UI-FILES-STRIP-HELP"))
        self._menu.setToolTipsVisible(True)
        self.add.setMenu(self._menu)
        self.open = self._action("open", "UI-FILES-OPEN", self.open_wanted.emit)
        self.copy = self._action("export", "UI-FILES-SAVE-COPY", self.copy_wanted.emit)
        self.remove = self._action("delete", "UI-FILES-REMOVE", self.remove_wanted.emit)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.add)
        row.addStretch(1)
        for action in self.file_actions():
            button = QToolButton()
            button.setDefaultAction(action)
            button.setAutoRaise(True)
            row.addWidget(button)

    def _action(self, name: str, code: str, call: Callable[[], None]) -> QAction:
        action = QAction(icon(name), word(code), self)
        action.triggered.connect(lambda: call())  # noqa: PLW0108 (the action's argument stays out)
        return action

    @property
    def is_stripping(self) -> bool:
        """Whether photos lose their place when they are attached."""
        return self.strip.isChecked()

    def file_actions(self) -> list[QAction]:
        """Return what can be done with the chosen files."""
        return [self.open, self.copy, self.remove]

    def show_state(self, *, is_locked: bool, is_one: bool) -> None:
        """Say whether files can be added, and whether there is place for one alone."""
        self._is_locked = is_locked
        self.add.setEnabled(not is_locked)
        self.folder.setVisible(not is_one)

    def show_chosen(self, count: int, *, can_open: bool) -> None:
        """Say how many files are chosen."""
        self.open.setEnabled(can_open)
        self.copy.setEnabled(count > 0)
        self.remove.setEnabled(count > 0 and not self._is_locked)


class ProgressStrip(QWidget):
    """How far the adding is, and a way to stop it; hidden when nothing runs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks: list[Task] = []
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.label = QLabel(word("UI-FILES-ATTACHING"))
        self.stop = QToolButton()
        self.stop.setIcon(icon("close"))
        self.stop.setAutoRaise(True)
        self.stop.setToolTip(word("UI-STOP-TASK"))
        self.stop.clicked.connect(self._stop)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.label)
        row.addWidget(self.bar, 1)
        row.addWidget(self.stop)
        self.hide()

    def follow(self, task: Task) -> None:
        """Show the progress of ``task`` until it ends."""
        self._tasks.append(task)
        self.bar.setRange(0, 0)
        self.show()
        task.progressed.connect(self._show_progress)
        task.finished.connect(lambda: self._forget(task))

    def _show_progress(self, done: int, total: object) -> None:
        self.bar.setRange(0, int(total) if total else 0)  # type: ignore[call-overload]
        self.bar.setValue(done)

    def _forget(self, task: Task) -> None:
        if not isValid(self):
            return
        self._tasks = [one for one in self._tasks if one is not task]
        self.setVisible(bool(self._tasks))

    def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()


class RefusedStrip(QFrame):
    """The files that were not taken, each with the reason; stays until closed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("refused")
        self.setStyleSheet(
            f"#refused {{ background: {PAPER}; border: 1px solid {LINE}; border-left: 4px solid {Tone.ERROR.value}; }}"
        )
        self.title = QLabel()
        self.title.setProperty("role", "error")
        close = QToolButton()
        close.setIcon(icon("close"))
        close.setAutoRaise(True)
        close.setToolTip(word("UI-CLOSE"))
        close.clicked.connect(self.clear)
        self.list = QListWidget()
        self.list.setWordWrap(True)
        self.list.setMaximumHeight(REFUSED_PX)
        self.list.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 2, 4, 4)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self.list)
        self.hide()

    @property
    def texts(self) -> list[str]:
        """The reasons shown."""
        return [self.list.item(row).text() for row in range(self.list.count())]

    def clear(self) -> None:
        """Take the list away."""
        self.list.clear()
        self.hide()

    def show_refused(self, refused: Sequence[tuple[str, str]]) -> None:
        """List names and reasons; hide when there are none."""
        self.clear()
        for name, reason in refused:
            self.list.addItem(QListWidgetItem(reason if name in reason else f"{name}: {reason}"))
        self.title.setText(word("UI-FILES-REFUSED", count=len(refused)))
        self.setVisible(bool(refused))
