"""Waiting for the renderer, where a picture is wanted and not just shown."""

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QEventLoop, QTimer

from core.errors import EnvironmentFault
from desktop.map.canvas import MapCanvas

POLL_MS = 5


def await_picture(canvas: MapCanvas, has_failed: Callable[[], bool], wait_ms: int) -> None:
    """Ask for a picture and return once it is drawn in full; raise ``MAP-RENDER-TIMEOUT`` when it never is.

    Events go on being handled meanwhile. ``has_failed`` tells that the renderer gave up.
    """
    canvas.ask()
    clock, loop, timer = QElapsedTimer(), QEventLoop(), QTimer(interval=POLL_MS)

    def look() -> None:
        if canvas.is_up_to_date or has_failed() or clock.elapsed() > wait_ms:
            loop.quit()

    timer.timeout.connect(look)
    clock.start()
    timer.start()
    loop.exec()
    timer.stop()
    if not canvas.is_up_to_date:
        raise EnvironmentFault("MAP-RENDER-TIMEOUT", seconds=wait_ms / 1000)
