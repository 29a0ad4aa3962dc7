"""Handing in a dossier: what is asked before, and what stands afterwards."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt, QUrl
from PySide6.QtGui import QBrush, QColor, QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.theme import Tone
from desktop.words import word
from services.tt16_breaches import Breach

GIS_WORDS = {"gpkg": "GeoPackage (.gpkg)", "gdb": "FileGDB (.gdb)"}
ROW_MARGIN_PX = 12
_TONES = {"error": Tone.ERROR, "warning": Tone.WARNING}


class HandInDialog(QDialog):
    """Asks for the kind of databases, and whether the infrastructure goes along."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(word("UI-DO-HAND-IN").rstrip("…"))
        self.setMinimumWidth(480)
        head = QLabel(word("UI-HAND-IN-HEAD", title=title))
        head.setWordWrap(True)
        self.gis = QComboBox()
        for key, text in GIS_WORDS.items():
            self.gis.addItem(text, key)
        self.works = QCheckBox(word("UI-HAND-IN-WORKS"))
        rows = QFormLayout(self)
        rows.setSpacing(9)
        rows.addRow(head)
        rows.addRow(word("UI-HAND-IN-GIS"), self.gis)
        rows.addRow("", self.works)
        buttons = QDialogButtonBox()
        go = buttons.addButton(word("UI-HAND-IN-CHOOSE"), QDialogButtonBox.ButtonRole.AcceptRole)
        go.setProperty("main", True)
        buttons.addButton(word("UI-CANCEL"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        rows.addRow(buttons)


class BreachesDialog(QDialog):
    """Says what came of it: where the folder is, and every breach with its clause."""

    def __init__(
        self, title: str, head: str, folder: Path | None, breaches: Sequence[Breach], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.resize(860, 460 if breaches else 160)
        self._folder = folder
        self.head = QLabel(head)
        self.head.setWordWrap(True)
        self.head.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        errors = sum(breach.severity == "error" for breach in breaches)
        told = word("UI-HAND-IN-BREACHES", errors=errors, warnings=len(breaches) - errors) if breaches else ""
        self.counts = QLabel(told or word("UI-HAND-IN-CLEAN"))
        tone = Tone.ERROR if errors else Tone.WARNING if breaches else Tone.GOOD
        self.counts.setStyleSheet(f"color: {tone.value}; font-weight: bold;")
        self.tree = QTreeWidget()
        self.tree.setColumnCount(3)
        self.tree.setHeaderLabels([word("UI-HAND-IN-LEVEL"), word("UI-HAND-IN-WHAT"), word("UI-HAND-IN-LEGAL")])
        self.tree.setRootIsDecorated(False)
        self.tree.setWordWrap(True)
        self.tree.setVisible(bool(breaches))
        for breach in sorted(breaches, key=lambda one: one.severity != "error"):
            self.tree.addTopLevelItem(self._row(breach))
        header = self.tree.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(2, 260)
        header.setStretchLastSection(False)
        later = Qt.ConnectionType.QueuedConnection  # told while the others are still as narrow as they were
        header.sectionResized.connect(self._fit_rows, later)
        self.tree.setTextElideMode(Qt.TextElideMode.ElideNone)
        buttons = QDialogButtonBox()
        if folder is not None:
            self.open_button = buttons.addButton(word("UI-HAND-IN-OPEN"), QDialogButtonBox.ButtonRole.ActionRole)
            self.open_button.clicked.connect(self.open_folder)
        buttons.addButton(word("UI-CLOSE"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(9)
        column.addWidget(self.head)
        column.addWidget(self.counts)
        column.addWidget(self.tree, 1)
        column.addWidget(buttons)

    def _row(self, breach: Breach) -> QTreeWidgetItem:
        code = "UI-SEVERITY-ERROR" if breach.severity == "error" else "UI-SEVERITY-WARNING"
        row = QTreeWidgetItem([word(code), breach.text(), breach.legal])
        for column in range(3):
            row.setToolTip(column, f"{breach.code}: {row.text(column)}")
            row.setTextAlignment(column, Qt.AlignmentFlag.AlignTop)
        row.setForeground(0, QBrush(QColor(_TONES[breach.severity].value)))
        return row

    def _fit_rows(self) -> None:
        """Make every row as high as its words need in the columns as wide as they are."""
        measure = self.tree.fontMetrics()
        flags = Qt.TextFlag.TextWordWrap.value
        for place in range(self.tree.topLevelItemCount()):
            row = self.tree.topLevelItem(place)
            if row is None:
                continue
            for column in (1, 2):
                room = QRect(0, 0, max(self.tree.columnWidth(column) - ROW_MARGIN_PX, 40), 10_000)
                high = measure.boundingRect(room, flags, row.text(column)).height() + ROW_MARGIN_PX
                row.setSizeHint(column, QSize(0, high))

    def open_folder(self) -> None:
        """Show the folder in the system's own window."""
        if self._folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))
