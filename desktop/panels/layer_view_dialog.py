"""How one layer is drawn: its opacity, the scales it is seen at, whether records carry their titles."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QSlider, QWidget

from desktop.map.layer_views import PLAIN, LayerView
from desktop.map.styles import LayerStyle
from desktop.map.tools.marks import numeral
from desktop.words import word

SCALES = (500, 1_000, 2_000, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000)


class LayerViewDialog(QDialog):
    """Shows each wish on the map at once; ``changed`` carries it. Cancelled, the map is as it was."""

    changed = Signal(object)

    def __init__(self, title: str, style: LayerStyle, view: LayerView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(word("UI-LAYER-VIEW", layer=title))
        self.setMinimumWidth(420)
        self._before = view
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(5, 100)
        self._percent = QLabel()
        self.farthest, self.nearest = _scales("UI-SCALE-ANY-FAR"), _scales("UI-SCALE-ANY-NEAR")
        self.titled = QCheckBox(word("UI-LAYER-TITLED"))
        self.titled.setEnabled(style.label is not None)
        self._style = style
        rows = QFormLayout(self)
        rows.setSpacing(10)
        rows.addRow(word("UI-LAYER-OPACITY"), self.opacity)
        rows.addRow("", self._percent)
        rows.addRow(word("UI-LAYER-FARTHEST"), self.farthest)
        rows.addRow(word("UI-LAYER-NEAREST"), self.nearest)
        rows.addRow("", self.titled)
        buttons = QDialogButtonBox()
        ok = buttons.addButton(word("UI-DONE"), QDialogButtonBox.ButtonRole.AcceptRole)
        ok.setProperty("main", True)
        plain = buttons.addButton(word("UI-LAYER-PLAIN"), QDialogButtonBox.ButtonRole.ResetRole)
        buttons.addButton(word("UI-CANCEL"), QDialogButtonBox.ButtonRole.RejectRole)
        plain.clicked.connect(lambda: self._show(PLAIN))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        rows.addRow(buttons)
        self._show(view)
        self.opacity.valueChanged.connect(self._tell)
        self.farthest.currentIndexChanged.connect(self._tell)
        self.nearest.currentIndexChanged.connect(self._tell)
        self.titled.toggled.connect(self._tell)

    @property
    def view(self) -> LayerView:
        """What is asked for."""
        return LayerView(
            opacity=self.opacity.value() / 100,
            nearest=self.nearest.currentData(),
            farthest=self.farthest.currentData(),
            is_titled=self.titled.isChecked() or not self.titled.isEnabled(),
        )

    def reject(self) -> None:
        self.changed.emit(self._before)
        super().reject()

    def _show(self, view: LayerView) -> None:
        self.opacity.setValue(round(view.opacity * 100))
        _choose(self.farthest, view.farthest)
        _choose(self.nearest, view.nearest)
        self.titled.setChecked(view.is_titled and self._style.label is not None)
        self._tell()

    def _tell(self) -> None:
        self._percent.setText(f"{self.opacity.value()} %")
        self.changed.emit(self.view)


def _scales(any_code: str) -> QComboBox:
    box = QComboBox()
    box.addItem(word(any_code), None)
    for scale in SCALES:
        box.addItem(f"1:{numeral(scale)}", float(scale))
    return box


def _choose(box: QComboBox, scale: float | None) -> None:
    place = box.findData(scale)
    if place < 0 and scale is not None:
        box.addItem(f"1:{numeral(scale)}", scale)
        place = box.count() - 1
    box.setCurrentIndex(max(place, 0))
