"""Qt's own words (buttons, file dialogs, calendar) in the language in use; Qt brings no Vietnamese itself."""

from PySide6.QtCore import QLocale, QObject, QTranslator
from PySide6.QtWidgets import QApplication

from core.messages import current_language
from desktop.words import word

CODES = {
    "&Yes": "QT-YES",
    "&No": "QT-NO",
    "OK": "QT-OK",
    "Cancel": "QT-CANCEL",
    "Close": "QT-CLOSE",
    "Open": "QT-OPEN",
    "Save": "QT-SAVE",
    "&Open": "QT-OPEN",
    "&Save": "QT-SAVE",
    "&Choose": "QT-CHOOSE",
    "&Delete": "QT-DELETE",
    "Delete": "QT-DELETE",
    "&Rename": "QT-RENAME",
    "&New Folder": "QT-NEW-FOLDER",
    "Create New Folder": "QT-NEW-FOLDER",
    "Create a New Folder": "QT-NEW-FOLDER",
    "&Look in:": "QT-LOOK-IN",
    "Directory:": "QT-FOLDER",
    "File &name:": "QT-FILE-NAME",
    "Files of &type:": "QT-FILE-TYPE",
    "All Files (*)": "QT-ALL-FILES",
    "Back": "QT-BACK",
    "Go back": "QT-BACK",
    "Forward": "QT-FORWARD",
    "Go forward": "QT-FORWARD",
    "Parent Directory": "QT-PARENT",
    "Go to the parent directory": "QT-PARENT",
    "List View": "QT-LIST-VIEW",
    "Change to list view mode": "QT-LIST-VIEW",
    "Detail View": "QT-DETAIL-VIEW",
    "Change to detail view mode": "QT-DETAIL-VIEW",
    "Show &hidden files": "QT-HIDDEN-FILES",
    "Folder": "QT-KIND-FOLDER",
    "Drive": "QT-KIND-DRIVE",
    "Computer": "QT-COMPUTER",
    "Name": "QT-NAME",
    "Size": "QT-SIZE",
    "Type": "QT-TYPE",
    "Date Modified": "QT-MODIFIED",
    "&Undo": "QT-UNDO",
    "&Redo": "QT-REDO",
    "Cu&t": "QT-CUT",
    "&Copy": "QT-COPY",
    "&Paste": "QT-PASTE",
    "Select All": "QT-SELECT-ALL",
    "Show Details...": "QT-SHOW-DETAILS",
    "Hide Details...": "QT-HIDE-DETAILS",
    "Float": "QT-FLOAT",
}
CONTEXTS = frozenset(
    {
        "QPlatformTheme",
        "QFileDialog",
        "QFileSystemModel",
        "QAbstractFileIconProvider",
        "QLineEdit",
        "QWidgetTextControl",
        "QMessageBox",
        "QDockWidget",
        "QDialogButtonBox",
    }
)


class QtWords(QTranslator):
    """Answers Qt's questions for its own words from the messages; what it does not know stays English."""

    def translate(self, context: str, source: str, disambiguation: str | None = None, number: int = -1) -> str | None:
        code = CODES.get(source) if context in CONTEXTS else None
        return word(code) if code else None  # nothing at all: an empty text would be a translation

    def isEmpty(self) -> bool:
        return False


def speak(app: QApplication) -> None:
    """Let Qt's own words, days and months follow the language in use."""
    language = current_language()
    QLocale.setDefault(QLocale("vi_VN" if language == "vi" else "en_GB"))
    old = app.findChild(QObject, "qt words")
    if old is not None:
        app.removeTranslator(old)
        old.deleteLater()
    words = QtWords(app)
    words.setObjectName("qt words")
    app.installTranslator(words)
