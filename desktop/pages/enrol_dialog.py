"""Asks for what registering with the province takes: its address, a one-time code, an authority if need be."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.words import word


class EnrolDialog(QDialog):
    """What was typed is read after it was accepted."""

    def __init__(self, server: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(word("UI-DO-ENROL"))
        self.setMinimumWidth(440)
        hint = QLabel(word("UI-ENROL-HINT"))
        hint.setWordWrap(True)
        hint.setProperty("role", "hint")
        self._server = QLineEdit(server)
        self._server.setPlaceholderText("https://")
        self._code = QLineEdit()
        buttons = QDialogButtonBox()
        self._ok = buttons.addButton(word("UI-DO-ENROL"), QDialogButtonBox.ButtonRole.AcceptRole)
        self._ok.setProperty("main", True)
        buttons.addButton(word("UI-CANCEL"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addWidget(hint)
        for code, line in (("UI-SERVER", self._server), ("UI-ONE-TIME-CODE", self._code)):
            label = QLabel(word(code))
            label.setBuddy(line)
            column.addWidget(label)
            column.addWidget(line)
            line.textChanged.connect(self._follow)
        self._authority = QLineEdit()
        self._authority.setPlaceholderText(word("UI-AUTHORITY-USUAL"))
        choose = QPushButton(word("UI-CHOOSE-FILE"))
        choose.clicked.connect(self._choose)
        label = QLabel(word("UI-AUTHORITY"))
        label.setBuddy(self._authority)
        row = QHBoxLayout()
        row.addWidget(self._authority, 1)
        row.addWidget(choose)
        column.addWidget(label)
        column.addLayout(row)
        column.addWidget(buttons)
        self._follow()

    def _choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, word("UI-AUTHORITY"), "", word("UI-AUTHORITY-FILES"))
        if path:
            self._authority.setText(path)

    def _follow(self) -> None:
        self._ok.setEnabled(bool(self.server and self.code))

    @property
    def server(self) -> str:
        """The gateway's address as typed."""
        return self._server.text().strip()

    @property
    def code(self) -> str:
        """The one-time code as typed."""
        return self._code.text().strip()

    @property
    def authority(self) -> Path | None:
        """The file of the authority that vouches for the gateway, ``None`` where none was named."""
        typed = self._authority.text().strip()
        return Path(typed) if typed else None
