"""What stands beside the map in a picture that is saved."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QWidget

from desktop.map.sheet import SheetParts
from desktop.words import word

RESOLUTIONS = (96, 150, 200, 300, 600)
USUAL_DPI = 200


class PictureDialog(QDialog):
    """A title, four ticks and the resolution of a PNG; read after it was accepted."""

    def __init__(self, title: str, parts: SheetParts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(word("UI-DO-PICTURE").rstrip("…"))
        self.setMinimumWidth(440)
        self.title = QLineEdit(title)
        self.title.setMaxLength(120)
        self._ticks = {
            name: self._tick(code, getattr(parts, name))
            for name, code in (
                ("grid", "UI-PICTURE-GRID"),
                ("scale_bar", "UI-PICTURE-SCALE"),
                ("north", "UI-PICTURE-NORTH"),
                ("legend", "UI-DO-LEGEND"),
            )
        }
        self.resolution = QComboBox()
        for dpi in RESOLUTIONS:
            self.resolution.addItem(f"{dpi} dpi", dpi)
        self.resolution.setCurrentIndex(RESOLUTIONS.index(USUAL_DPI))
        rows = QFormLayout(self)
        rows.setSpacing(9)
        rows.addRow(word("UI-PICTURE-TITLE"), self.title)
        for tick in self._ticks.values():
            rows.addRow("", tick)
        rows.addRow(word("UI-PICTURE-DPI"), self.resolution)
        buttons = QDialogButtonBox()
        ok = buttons.addButton(word("UI-PICTURE-NEXT"), QDialogButtonBox.ButtonRole.AcceptRole)
        ok.setProperty("main", True)
        buttons.addButton(word("UI-CANCEL"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        rows.addRow(buttons)

    def _tick(self, code: str, on: bool) -> QCheckBox:
        box = QCheckBox(word(code))
        box.setChecked(on)
        return box

    @property
    def parts(self) -> SheetParts:
        """What was ticked."""
        return SheetParts(**{name: tick.isChecked() for name, tick in self._ticks.items()})

    @property
    def dpi(self) -> int:
        """The resolution of a PNG."""
        return int(self.resolution.currentData())
