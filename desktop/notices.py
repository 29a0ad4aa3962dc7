"""How failures and news reach the user: a line over the window, or a dialog with a way to try again."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMessageBox, QPushButton, QToolButton, QWidget
from shiboken6 import isValid

from core.errors import AppError, Cancelled, EnvironmentFault, UserError
from core.logs import get_log
from desktop.icons import icon
from desktop.tasks import Failure, Task
from desktop.theme import LINE, PAPER, Tone
from desktop.words import word

SHOWN_MS = 8_000
NARROWEST_PX = 480
PLACED_MS = 60  # by then a page that is built when it is first turned to has its measures


class Toast(QFrame):
    """A line that floats over the bottom of its window for some seconds, with at most one button.

    It keeps to the width of ``room``, in the window's coordinates: beside the form in which somebody types.
    """

    def __init__(self, window: QWidget, room: Callable[[], QRect] | None = None) -> None:
        super().__init__(window)
        self._room = room or window.rect
        self.setObjectName("toast")
        self.setAutoFillBackground(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(10)
        self._mark = QLabel()
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setMinimumWidth(320)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._button = QPushButton()
        self._button.clicked.connect(self._act)
        leave = QToolButton()
        leave.setIcon(icon("close"))
        leave.setAutoRaise(True)
        leave.setToolTip(word("UI-CLOSE"))
        leave.clicked.connect(self.hide)
        row.addWidget(self._mark)
        row.addWidget(self._text, 1)
        row.addWidget(self._button)
        row.addWidget(leave)
        self._action: Callable[[], object] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        window.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        """What the line says."""
        return self._text.text()

    def show_text(
        self,
        text: str,
        tone: Tone = Tone.INFO,
        action: tuple[str, Callable[[], object]] | None = None,
        *,
        stays: bool = False,
    ) -> None:
        """Show ``text`` in place of what was there; errors, and what ``stays``, are there until closed."""
        self.setStyleSheet(
            f"#toast {{ background: {PAPER}; border: 1px solid {LINE}; border-left: 4px solid {tone.value};"
            " border-radius: 6px; }"
        )
        name = {Tone.ERROR: "error", Tone.WARNING: "warning", Tone.INFO: "info", Tone.GOOD: "good"}[tone]
        self._mark.setPixmap(icon(name, tone.value).pixmap(18, 18))
        self._text.setText(text)
        self._button.setVisible(action is not None)
        self._action = action[1] if action else None
        if action:
            self._button.setText(action[0])
        self._place()
        self.show()
        self.raise_()
        self._timer.stop()
        if tone is not Tone.ERROR and not stays:
            self._timer.start(SHOWN_MS)

    def _act(self) -> None:
        self.hide()
        if self._action is not None:
            self._action()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def place_again(self) -> None:
        """Take the place that is free once the window has laid itself out anew."""
        if self.isVisible():
            QTimer.singleShot(PLACED_MS, self._place)

    def _place(self) -> None:
        window = self.parentWidget()
        room = self._room()
        width = min(720, max(room.width(), NARROWEST_PX) - 48)
        self.setFixedWidth(width)
        self.adjustSize()
        self.setFixedHeight(max(self.sizeHint().height(), self.heightForWidth(width)))
        self.move(room.center().x() - width // 2, window.height() - self.height() - 44)


class Notices(QObject):
    """Words every failure by its kind: the user's own as a line, the machine's with "try again", ours as a report."""

    def __init__(self, window: QWidget, room: Callable[[], QRect] | None = None) -> None:
        super().__init__(window)
        self._window = window
        self.toast = Toast(window, room)
        self.dialog: QMessageBox | None = None

    def note_start(self, task: Task) -> None:
        """Take away what an earlier try said as soon as the user begins something new."""
        if task.title:
            self.toast.hide()

    def show_failure(self, failure: Failure, retry: Callable[[], object] | None = None) -> None:
        """Show why something failed and what can be done."""
        error = failure.error
        if isinstance(error, Cancelled):
            return
        if isinstance(error, UserError):
            self.toast.show_text(str(error), Tone.ERROR)
            return
        get_log("desktop").error("failure shown", trace=failure.trace)
        if isinstance(error, EnvironmentFault):
            self._show_fault(error, retry)
        else:
            self._show_bug(error, failure.trace)

    def _show_fault(self, error: AppError, retry: Callable[[], object] | None) -> None:
        box = self._box(QMessageBox.Icon.Warning, word("UI-FAULT-TITLE"), str(error))
        if retry is not None:
            again = box.addButton(word("UI-TRY-AGAIN"), QMessageBox.ButtonRole.AcceptRole)
            again.clicked.connect(lambda: retry())  # noqa: PLW0108 (the button's argument stays out)
        box.addButton(word("UI-CLOSE"), QMessageBox.ButtonRole.RejectRole)
        box.open()

    def _show_bug(self, error: Exception, trace: str) -> None:
        reason = str(error) if isinstance(error, AppError) else word("UI-BUG-TEXT", reason=type(error).__name__)
        box = self._box(QMessageBox.Icon.Critical, word("UI-BUG-TITLE"), reason)
        box.setDetailedText(trace)
        box.addButton(word("UI-CLOSE"), QMessageBox.ButtonRole.RejectRole)
        box.open()

    def _box(self, mark: QMessageBox.Icon, title: str, text: str) -> QMessageBox:
        if self.dialog is not None and isValid(self.dialog):
            self.dialog.close()
        box = QMessageBox(mark, title, text, QMessageBox.StandardButton.NoButton, self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog = box
        return box
