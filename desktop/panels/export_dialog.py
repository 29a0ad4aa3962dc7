"""Asks how records are to be written: which, in what format, in which zone, with what text and decimal mark."""

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QWidget

from core.messages import current_language
from desktop.words import word
from exchange.out_formats import FORMATS, ExportFormat, OutChoices, out_choices
from geodesy.systems import WGS84, CoordinateSystem, coded_zones

ENCODING_WORDS = {"utf-8": "Unicode (UTF-8)", "tcvn3": "TCVN3 (.VnTime)"}


class ExportDialog(QDialog):
    """The few questions before a file is chosen; what a format does not keep stands beneath it."""

    def __init__(
        self, own: CoordinateSystem, type_id: str | None, type_title: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(word("UI-DO-EXPORT").rstrip("…"))
        self.setMinimumWidth(480)
        self._own = own
        self.what, self.format, self.zone = QComboBox(), QComboBox(), QComboBox()
        self.encoding, self.decimal = QComboBox(), QComboBox()
        self.note = QLabel()
        self.note.setProperty("role", "hint")
        self.note.setWordWrap(True)
        self._fill(type_id, type_title)
        rows = QFormLayout(self)
        rows.setSpacing(9)
        for code, box in (
            ("UI-EXPORT-WHAT", self.what),
            ("UI-EXPORT-FORMAT", self.format),
            ("UI-EXPORT-ZONE", self.zone),
            ("UI-EXPORT-ENCODING", self.encoding),
            ("UI-EXPORT-DECIMAL", self.decimal),
        ):
            rows.addRow(word(code), box)
        rows.addRow(self.note)
        buttons = QDialogButtonBox()
        go = buttons.addButton(word("UI-EXPORT-CHOOSE-FILE"), QDialogButtonBox.ButtonRole.AcceptRole)
        go.setProperty("main", True)
        buttons.addButton(word("UI-CANCEL"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        rows.addRow(buttons)
        self.format.currentIndexChanged.connect(self._follow)
        self._follow()

    def _fill(self, type_id: str | None, type_title: str) -> None:
        self.what.addItem(word("UI-EXPORT-ALL"), None)
        if type_id is not None:
            self.what.addItem(word("UI-EXPORT-ONE", type=type_title), type_id)
            self.what.setCurrentIndex(1)
        for key, item in FORMATS.items():
            self.format.addItem(f"{item.title} (*{item.suffix})", key)
        language = current_language()
        zones: Sequence[CoordinateSystem] = [
            self._own,
            WGS84,
            *(zone for zone in coded_zones() if zone.datum == "VN2000" and zone != self._own),
        ]
        for zone in zones:
            code = "UI-EXPORT-OWN-ZONE" if zone == self._own else "UI-EXPORT-OTHER-ZONE"
            self.zone.addItem(word(code, zone=zone.label(language)), zone)
        self.decimal.addItem(word("UI-EXPORT-COMMA"), "comma")
        self.decimal.addItem(word("UI-EXPORT-POINT"), "point")
        self.decimal.setCurrentIndex(0 if language == "vi" else 1)

    @property
    def chosen(self) -> ExportFormat:
        """The format chosen."""
        return FORMATS[str(self.format.currentData())]

    @property
    def type_ids(self) -> list[str] | None:
        """The record types chosen, ``None`` for all."""
        found = self.what.currentData()
        return None if found is None else [str(found)]

    @property
    def system(self) -> CoordinateSystem | None:
        """The system asked for, ``None`` where the format leaves no choice."""
        return self.zone.currentData() if self.zone.isEnabled() else None

    @property
    def choices(self) -> OutChoices:
        """Encoding and decimal mark."""
        decimal = str(self.decimal.currentData()) if self.decimal.isEnabled() else "point"
        return out_choices(str(self.encoding.currentData()), decimal)

    def _follow(self) -> None:
        """Offer what the format can do, and say what it does not keep."""
        chosen = self.chosen
        self.zone.setEnabled(not chosen.geographic)
        self.zone.setCurrentIndex(1 if chosen.geographic else 0)
        self.encoding.clear()
        for encoding in chosen.encodings:
            self.encoding.addItem(ENCODING_WORDS[encoding], encoding)
        self.encoding.setEnabled(len(chosen.encodings) > 1)
        self.decimal.setEnabled(chosen.key == "csv")
        self.note.setText(word(f"FORMAT-KEEPS-{chosen.key.upper()}"))
