"""Starts the window, and is the last to hear of anything that goes wrong in it."""

import gc
import sys
import traceback
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, QTimer, QtMsgType, Slot, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QMainWindow

from core.errors import AppError
from core.logs import configure_logs, get_log
from core.memory import give_back_memory
from core.messages import Language, use_language
from core.settings import save_settings
from desktop.application import default_actor, prepare
from desktop.notices import Notices
from desktop.qt_words import speak
from desktop.recent import recent_folders, remember_folder
from desktop.tasks import Failure, GarbageCollection, TaskRunner
from forms.record import Actor
from services.desk import Desk


class Program(QObject):
    """Holds what outlives a window: the runner of tasks, the open session, the language."""

    def __init__(self, app: QApplication, actor: Actor) -> None:
        super().__init__()
        from desktop.session import Session

        self._app = app
        self._actor = actor
        self.collection = GarbageCollection(self)
        self.window: QMainWindow | None = None
        self.session: Session | None = None
        self._starter: TaskRunner | None = None
        sys.excepthook = self._note_exception

    def start(self, folder: Path | None) -> None:
        """Open a workspace: the one given, or the last one; without either, show the first page."""
        chosen = folder or next(iter(recent_folders()), None)
        if chosen is None:
            self.show_start()
            return
        self.show_start()
        self.window.page.open_folder(chosen)  # type: ignore[union-attr]

    @Slot()
    def show_start(self) -> None:
        """Show the page that opens or makes a workspace; what is open is closed."""
        from desktop.start_window import StartWindow

        self._leave()
        self._starter = TaskRunner(self)
        self._show(StartWindow(self._starter, self._actor))
        self.window.page.opened.connect(self.open_desk)  # type: ignore[union-attr]
        self.window.language_wanted.connect(self.change_language)  # type: ignore[union-attr]

    @Slot(object)
    def open_desk(self, desk: Desk) -> None:
        """Show the window on ``desk``."""
        from desktop.session import Session

        self._leave()
        folder = desk.workspace.folder
        configure_logs(folder / "logs")
        remember_folder(folder)
        self.session = Session(desk, parent=self)
        self._show_desk_window()

    def _show_desk_window(self) -> None:
        from desktop.main_window import DeskWindow

        assert self.session is not None
        gc.freeze()  # what imports have made lives as long as the program: the collector need not walk over it
        window = DeskWindow(self.session)
        window.language_wanted.connect(self.change_language)
        window.start_wanted.connect(self.show_start)
        self._show(window)

    @Slot(str)
    def change_language(self, language: Language) -> None:
        """Speak another language from now on: the window is built anew at the same place, on the same record."""
        use_language(language)
        speak(self._app)
        save_settings(language=language)
        if self.session is None:
            self.show_start()
            return
        from desktop.main_window import DeskWindow

        old = self.window
        assert isinstance(old, DeskWindow)
        old.record.settle()
        old.keep_layout()
        page, shown, type_id = old.pages.currentIndex(), old.record.record, old.table.type_id
        self._show_desk_window()
        new = self.window
        assert isinstance(new, DeskWindow)
        if type_id:
            new.selecting.show_type(type_id)
        if shown is not None and shown.uid:
            new.record.show_record(shown.uid)
        new.pages.setCurrentIndex(page)

    def _show(self, window: QMainWindow) -> None:
        old, self.window = self.window, window
        if old is not None and old.isMaximized():
            window.showMaximized()
        window.show()
        if old is not None:
            old.hide()
            if (map_view := getattr(old, "map", None)) is not None:
                map_view.shut_down()
            old.deleteLater()

    def _leave(self) -> None:
        """Close what is open."""
        if self.session is not None:
            if (record := getattr(self.window, "record", None)) is not None:
                record.settle()
                self.window.keep_layout()  # type: ignore[union-attr]
                self.window.map.shut_down()  # type: ignore[union-attr]
            self.session.close()
            self.session.deleteLater()
            self.session = None
            give_back_memory()
        if self._starter is not None:
            self._starter.shut_down()
            self._starter.deleteLater()
            self._starter = None

    def close(self) -> None:
        """Leave everything in order; the store is closed last."""
        self._leave()
        self.collection.stop()
        sys.excepthook = sys.__excepthook__

    def _note_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Show what escaped: the user's own faults as a line, anything else as a report; the session lives on."""
        if not isinstance(error, Exception):
            sys.__excepthook__(kind, error, trace)
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        get_log("desktop").error("exception in the window", trace=text)
        if not isinstance(error, AppError):
            sys.stderr.write(text)
        notices = getattr(self.window, "notices", None)
        if isinstance(notices, Notices):
            error.__traceback__ = None
            notices.show_failure(Failure(error, text))


def run_window(
    workspace: Path | None,
    *,
    language: Language | None = None,
    screenshot: Path | None = None,
    actor: Actor | None = None,
) -> int:
    """Show the window until it is closed and return the exit code; with ``screenshot``, write a picture and leave."""
    app = prepare(language)
    program = Program(app, actor or default_actor())
    if screenshot is not None:
        from desktop.pictures import picture_later

        picture_later(lambda: program.window, screenshot)
    QTimer.singleShot(0, lambda: program.start(workspace))
    try:
        return app.exec()
    finally:
        program.close()


def render_pictures(workspace: Path, folder: Path) -> list[Path]:
    """Render the main views of ``workspace`` to PNG files in ``folder`` and return them."""
    from desktop.pictures import render_views

    before = qInstallMessageHandler(_log_qt_message)
    try:
        return render_views(workspace, folder)
    finally:
        qInstallMessageHandler(before)


def _log_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """Keep what Qt says in the log; standard error is for whoever waits for the pictures."""
    if kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg):
        get_log("desktop.qt").warning("message of Qt", text=text)
