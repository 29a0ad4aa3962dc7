"""The Qt application of this process, and who acts in it; whoever shows anything asks for both first."""

import getpass
import os
import sys

from PySide6.QtWidgets import QApplication

from core.logs import configure_logs
from core.messages import Language, use_language
from desktop.qt_words import speak
from desktop.theme import apply_theme
from desktop.words import word
from forms.record import Actor


def default_actor() -> Actor:
    """Return who acts: ``DIABA_USER``, else the system's user; nobody has vouched for either."""
    return Actor(os.environ.get("DIABA_USER") or getpass.getuser())


def prepare(language: Language | None = None) -> QApplication:
    """Return the application, made when there is none; without a screen it draws into memory."""
    if "QT_QPA_PLATFORM" not in os.environ and sys.platform.startswith("linux"):
        if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            os.environ["QT_QPA_PLATFORM"] = "offscreen"
    configure_logs()
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    if language is not None:
        use_language(language)
    speak(app)
    app.setApplicationName("diaba")
    app.setApplicationDisplayName(word("UI-PROGRAM"))
    apply_theme(app)
    return app
