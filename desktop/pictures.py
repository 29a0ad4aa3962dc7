"""Pictures of the window: for the documentation, for a demo without a screen, and for the eye that checks it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDeadlineTimer, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from core.clock import utc_now
from core.errors import EnvironmentFault
from core.messages import Language
from services.reading import count_by_type, fetch_page
from services.workspaces import open_desk

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow

SIZE = (1600, 900)
WAIT_MS = 20_000
QUIET_MS = 350


def settle(is_busy: Callable[[], bool], *, quiet_ms: int | None = None, most_ms: int = WAIT_MS) -> None:
    """Let the window work until nothing has run for a moment; raise ``EnvironmentFault`` when it never rests."""
    pause = QUIET_MS if quiet_ms is None else quiet_ms
    limit, quiet = QDeadlineTimer(most_ms), QDeadlineTimer(pause)
    loop = QEventLoop()
    while not quiet.hasExpired():
        loop.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        if is_busy():
            quiet.setRemainingTime(pause)
        if limit.hasExpired():
            raise EnvironmentFault("UI-NEVER-RESTS", seconds=most_ms // 1000)


def is_checking(window: DeskWindow) -> bool:
    """Whether the rules are still to look at what was typed in some form of the window."""
    return window.record.is_checking or window.dossiers.is_checking


def settle_window(window: DeskWindow) -> None:
    """Wait until tasks, timers and the map have come to rest."""
    settle(lambda: bool(window.session.runner.running) or window.news.is_waiting or is_checking(window))


def save_picture(window: QWidget, path: Path) -> Path:
    """Write what ``window`` shows to a PNG file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not window.grab().save(str(path), "PNG"):
        raise EnvironmentFault("UI-PICTURE-FAILED", file=path.name)
    return path


def render_views(
    workspace: Path,
    folder: Path,
    *,
    size: tuple[int, int] = SIZE,
    language: Language | None = None,
    field_file: Path | None = None,
) -> list[Path]:
    """Render the main views of ``workspace`` to PNG files in ``folder``, in reading order; no record is changed.

    With a ``field_file`` the import page shows how the program would read it.
    """
    from desktop.application import default_actor, prepare
    from desktop.main_window import DeskWindow
    from desktop.session import Session

    prepare(language)
    session = Session(open_desk(workspace, actor=default_actor(), clock=utc_now))
    try:
        window = DeskWindow(session)
        window.resize(*size)
        window.show()
        window.resize(*size)
        if field_file is not None:
            window.import_page.inspect(field_file)
        pictures = [_render(window, view, folder) for view in (_home, _map, _findings, _import, _send)]
        window.map.shut_down()
        window.hide()
        window.deleteLater()
    finally:
        session.close()
    QApplication.processEvents()
    return pictures


def _render(window: DeskWindow, view: Callable[[DeskWindow], str], folder: Path) -> Path:
    name = view(window)
    settle_window(window)
    if window.map.isVisible():
        window.map.grab_image()
    return save_picture(window, folder / f"{name}.png")


def _home(window: DeskWindow) -> str:
    window.commands.show_page("home")
    return "1-trang-chu"


def _map(window: DeskWindow) -> str:
    """Show the first record of the fullest type on the map, in its form and in the table."""
    window.commands.show_page("map")
    settle_window(window)
    counts = {type_id: sum(states.values()) for type_id, states in count_by_type(window.session.desk).items()}
    placed = [kind.id for kind in window.map_control.types if counts.get(kind.id)]
    if placed:
        type_id = "road_segment" if "road_segment" in placed else max(placed, key=lambda one: counts[one])
        window.commands.open_table(type_id)
        page = fetch_page(window.session.desk, type_id, sort="title", descending=True, limit=1)
        window.record.show_record(page.records[0].uid)
    return "2-ban-do"


def _findings(window: DeskWindow) -> str:
    window.commands.show_page("map")
    window.commands.show_under("findings")
    return "3-phat-hien"


def _import(window: DeskWindow) -> str:
    window.commands.show_page("import-page")
    return "4-nhap-tep"


def _send(window: DeskWindow) -> str:
    window.commands.show_page("send-page")
    return "5-gui-tinh"


def picture_later(window_of: Callable[[], QMainWindow | None], path: Path) -> None:
    """Write a picture of the window once there is one and it is at rest, then leave."""
    from desktop.main_window import DeskWindow

    def take() -> None:
        window = window_of()
        if window is None:
            QTimer.singleShot(100, take)
            return
        if isinstance(window, DeskWindow):
            settle_window(window)
        save_picture(window, path)
        QApplication.quit()

    QTimer.singleShot(1_500, take)
