"""Which parts of a drawing become records: its layers with what is on them, labels, outlines; kept as a profile."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from core.messages import current_language
from desktop.icons import icon
from desktop.panels.card import Card
from desktop.panels.metres_box import metres_box
from desktop.theme import ROW_HEIGHT
from desktop.words import word
from exchange.cad.drawing import DrawingLayer, DrawingSummary
from geodesy.numbers import format_number
from services.drawing_profiles import DrawingProfile
from services.drawing_recipe import DrawingRecipe

TAKE, LABEL, NAME, HOLDS, COLOURS = range(5)
SHOWN_ROWS = 8
_SHAPES = (("line", "UI-CAD-LINES"), ("polygon", "UI-CAD-AREAS"), ("point", "UI-CAD-POINTS"))
_WAYS = (("none", "UI-CAD-NO-LABELS"), ("near", "UI-CAD-NEAR"), ("inside", "UI-CAD-INSIDE"))


class DrawingCard(Card):
    """Shows a drawing's layers and takes the user's word on them; ``applied`` asks to read the drawing so."""

    applied = Signal()
    profile_chosen = Signal(object)
    profile_wanted = Signal()
    map_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(word("UI-CAD"), word("UI-CAD-HINT"), parent)
        self._recipe = DrawingRecipe()
        self._build_profiles()
        self._build_table()
        self._build_choices()
        self._build_buttons()

    def _build_profiles(self) -> None:
        self.profile_box = QComboBox()
        self.profile_box.setMinimumContentsLength(22)
        self.profile_box.activated.connect(self._choose_profile)
        self.save_button = QPushButton(icon("save"), word("UI-CAD-SAVE-PROFILE"))
        self.save_button.clicked.connect(self.profile_wanted)
        self._facts = QLabel()
        self._facts.setProperty("role", "hint")
        self._facts.setWordWrap(True)
        self._facts.setTextFormat(Qt.TextFormat.PlainText)
        row = QHBoxLayout()
        row.addWidget(QLabel(word("UI-CAD-PROFILE")))
        row.addWidget(self.profile_box)
        row.addWidget(self.save_button)
        row.addStretch(1)
        self.column.addLayout(row)
        self.column.addWidget(self._facts)

    def _build_table(self) -> None:
        headings = ("UI-CAD-TAKE", "UI-CAD-LABEL", "UI-LAYER", "UI-CAD-HOLDS", "UI-CAD-COLOURS")
        self.table = QTableWidget(0, len(headings))
        self.table.setHorizontalHeaderLabels([word(code) for code in headings])
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setAlternatingRowColors(True)
        self.table.setShowGrid(False)
        self.table.verticalHeader().setVisible(False)
        self.table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in range(len(headings)):
            stretched = column in (HOLDS, COLOURS)
            mode = QHeaderView.ResizeMode.Stretch if stretched else QHeaderView.ResizeMode.ResizeToContents
            header.setSectionResizeMode(column, mode)
        self.column.addWidget(self.table)

    def _build_choices(self) -> None:
        self.shape_box, self.way_box = _choices(_SHAPES), _choices(_WAYS)
        self.within_box, self.close_box = metres_box(1, 1000.0), metres_box(3, 10.0)
        self.faces_box = QCheckBox(word("UI-CAD-FACES"))
        self.faces_box.setToolTip(word("UI-CAD-FACES-HELP"))
        self.labelled_box = QCheckBox(word("UI-CAD-LABELLED"))
        self.far_box = QCheckBox(word("UI-CAD-KEEP-FAR"))
        for box in (self.shape_box, self.way_box):
            box.currentIndexChanged.connect(self._show_fitting)
        self.faces_box.toggled.connect(self._show_fitting)
        self.colours_line, self.blocks_line = QLineEdit(), QLineEdit()
        self.colours_line.setPlaceholderText(word("UI-CAD-ALL-COLOURS"))
        self.blocks_line.setPlaceholderText(word("UI-CAD-ALL-BLOCKS"))
        first, second, third = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for text, widget in (("UI-CAD-BECOME", self.shape_box), ("UI-CAD-LABELS", self.way_box)):
            first.addWidget(QLabel(word(text)))
            first.addWidget(widget)
        self._within_word = QLabel(word("UI-CAD-WITHIN"))
        first.addWidget(self._within_word)
        first.addWidget(self.within_box)
        first.addStretch(1)
        self._close_word = QLabel(word("UI-CAD-CLOSE"))
        for widget in (self._close_word, self.close_box, self.faces_box, self.labelled_box, self.far_box):
            second.addWidget(widget)
        second.addStretch(1)
        self._blocks_word = QLabel(word("UI-CAD-ONLY-BLOCKS"))
        for widget in (QLabel(word("UI-CAD-ONLY-COLOURS")), self.colours_line, self._blocks_word, self.blocks_line):
            third.addWidget(widget)
        for line in (self.colours_line, self.blocks_line):
            line.setMaximumWidth(260)
        third.addStretch(1)
        for line in (first, second, third):
            self.column.addLayout(line)

    def _build_buttons(self) -> None:
        self.outcome = QLabel()
        self.outcome.setWordWrap(True)
        self.outcome.setTextFormat(Qt.TextFormat.PlainText)
        self.apply_button = QPushButton(word("UI-CAD-APPLY"))
        self.apply_button.clicked.connect(self.applied)
        self.map_button = QPushButton(icon("map"), word("UI-CAD-ON-MAP"))
        self.map_button.clicked.connect(self.map_wanted)
        row = QHBoxLayout()
        row.addWidget(self.outcome, 1)
        row.addWidget(self.map_button)
        row.addWidget(self.apply_button)
        self.column.addLayout(row)

    @property
    def recipe(self) -> DrawingRecipe:
        """What the card says, over what it was given and does not show."""
        every = [self._name(row) for row in range(self.table.rowCount())]
        taken = [self._name(row) for row in range(self.table.rowCount()) if self._is_on(row, TAKE)]
        labels = [self._name(row) for row in range(self.table.rowCount()) if self._is_on(row, LABEL)]
        return replace(
            self._recipe,
            shape=self.shape_box.currentData(),
            layers=() if taken == every else tuple(taken),
            colours=_listed(self.colours_line),
            blocks=_listed(self.blocks_line),
            label_layers=tuple(labels),
            label_way=self.way_box.currentData(),
            within_m=self.within_box.value(),
            close_m=self.close_box.value(),
            faces=self.faces_box.isChecked(),
            labelled_only=self.labelled_box.isChecked(),
            keep_far=self.far_box.isChecked(),
        )

    def show_drawing(self, summary: DrawingSummary, profiles: Sequence[DrawingProfile]) -> None:
        """Show what a drawing holds; no recipe is known yet."""
        self.table.setRowCount(len(summary.layers))
        for row, layer in enumerate(summary.layers):
            self._show_layer(row, layer)
        shown = min(max(len(summary.layers), 1), SHOWN_ROWS)
        self.table.setFixedHeight(self.table.horizontalHeader().sizeHint().height() + shown * ROW_HEIGHT + 4)
        self._facts.setText("\n".join(_facts(summary)))
        self.show_profiles(profiles)
        self.outcome.clear()
        self.map_button.setEnabled(False)

    def show_profiles(self, profiles: Sequence[DrawingProfile], chosen: str = "") -> None:
        """Offer these profiles."""
        self.profile_box.clear()
        self.profile_box.addItem(word("UI-CAD-NO-PROFILE"), None)
        for profile in profiles:
            self.profile_box.addItem(profile.name, profile)
        self.profile_box.setCurrentIndex(max(0, self.profile_box.findText(chosen)))

    def show_recipe(self, recipe: DrawingRecipe, count: int, noted: int, refused: int) -> None:
        """Show how the drawing was read, and what came of it."""
        self._recipe = recipe
        for row in range(self.table.rowCount()):
            name = self._name(row)
            self._turn(row, TAKE, on=recipe.takes_layer(name))
            self._turn(row, LABEL, on=recipe.takes_label(name))
        self.shape_box.setCurrentIndex(self.shape_box.findData(recipe.shape))
        self.way_box.setCurrentIndex(self.way_box.findData(recipe.label_way))
        self.within_box.setValue(recipe.within_m)
        self.close_box.setValue(recipe.close_m)
        self.colours_line.setText(", ".join(recipe.colours))
        self.blocks_line.setText(", ".join(recipe.blocks))
        self.faces_box.setChecked(recipe.faces)
        self.labelled_box.setChecked(recipe.labelled_only)
        self.far_box.setChecked(recipe.keep_far)
        self.outcome.setText(word("UI-CAD-OUTCOME", count=count, noted=noted, refused=refused))
        self.map_button.setEnabled(count > 0)
        self._show_fitting()

    def _show_layer(self, row: int, layer: DrawingLayer) -> None:
        for column in (TAKE, LABEL):
            item = QTableWidgetItem()
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked)
            self.table.setItem(row, column, item)
        if not layer.texts:
            self.table.item(row, LABEL).setFlags(Qt.ItemFlag.NoItemFlags)
        language = current_language()
        holds = ", ".join(f"{kind} {format_number(count, 0, language)}" for kind, count in layer.kinds.items())
        colours = ", ".join(f"{colour} ({format_number(n, 0, language)})" for colour, n in layer.colours.items())
        for column, text in ((NAME, layer.name), (HOLDS, holds), (COLOURS, colours)):
            item = QTableWidgetItem(text)
            item.setToolTip(text)
            self.table.setItem(row, column, item)

    def _show_fitting(self) -> None:
        """Show the figures that count for what is chosen."""
        is_area = self.shape_box.currentData() == "polygon"
        for widget in (self._close_word, self.close_box, self.faces_box):
            widget.setVisible(is_area)
        self.labelled_box.setVisible(is_area and self.way_box.currentData() != "none")
        for widget in (self._blocks_word, self.blocks_line):
            widget.setVisible(self.shape_box.currentData() == "point")
        for widget in (self._within_word, self.within_box):
            widget.setVisible(self.way_box.currentData() == "near")

    def _choose_profile(self) -> None:
        profile = self.profile_box.currentData()
        if profile is not None:
            self.profile_chosen.emit(profile)

    def _name(self, row: int) -> str:
        return self.table.item(row, NAME).text()

    def _is_on(self, row: int, column: int) -> bool:
        return self.table.item(row, column).checkState() == Qt.CheckState.Checked

    def _turn(self, row: int, column: int, *, on: bool) -> None:
        self.table.item(row, column).setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)


def _listed(line: QLineEdit) -> tuple[str, ...]:
    return tuple(text for part in line.text().split(",") if (text := part.strip()))


def _choices(pairs: Sequence[tuple[str, str]]) -> QComboBox:
    box = QComboBox()
    for value, code in pairs:
        box.addItem(word(code), value)
    return box


def _facts(summary: DrawingSummary) -> list[str]:
    """Return what else the drawing holds, a line each."""
    language = current_language()

    def number(value: float) -> str:
        return format_number(value, 0, language)

    unit = "–" if summary.units_m is None else f"{summary.units_m:g} m"
    lines = [word("UI-CAD-FACTS", version=summary.version, unit=unit)]
    if summary.blocks:
        blocks = ", ".join(f"{use.name} × {number(use.inserts)}" for use in summary.blocks[:8])
        lines.append(word("UI-CAD-BLOCKS", blocks=blocks + (" …" if len(summary.blocks) > 8 else "")))
    if summary.styles:
        styles = []
        for style in summary.styles[:6]:
            about = ", ".join(filter(None, (style.font, (style.encoding or "").upper())))
            styles.append(f"{style.name} ({about}) × {number(style.count)}")
        lines.append(word("UI-CAD-STYLES", styles=", ".join(styles)))
    if summary.left_out:
        kinds = ", ".join(f"{kind} × {number(count)}" for kind, count in summary.left_out.items())
        lines.append(word("UI-CAD-LEFT-OUT", kinds=kinds))
    return lines
