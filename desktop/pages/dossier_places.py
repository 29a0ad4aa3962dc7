"""What of a dossier lies on the map: boundary, zones and areas, their sums beside the area that it states."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from core.messages import current_language
from desktop.icons import icon
from desktop.models.plain_model import Row
from desktop.panels.card import Card, ShortTable
from desktop.theme import Tone
from desktop.words import pick, word
from forms.catalogue import Catalogue
from forms.dossiers import BOUNDARY
from forms.record import Record
from geodesy.numbers import format_number
from services.dossiers import Dossier

HECTARE_M2 = 10_000.0
AGREES_PERCENT = 1.0
AREAS = ("planning_zone", "land_use_plan_area")
PLACES = (BOUNDARY, *AREAS, "planning_control_line", "planning_marker")
LAND_USE = frozenset({"QHSDD_XA", "QHSDD_HUYEN"})


class PlacesCard(Card):
    """``zoom_wanted`` carries uids, ``table_wanted`` and ``draw_wanted`` a record type."""

    zoom_wanted = Signal(list)
    import_wanted = Signal(str)
    draw_wanted = Signal(str)

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(word("UI-DOSSIER-PLACES"), parent=parent)
        self._catalogue = catalogue
        self._dossier: Dossier | None = None
        headings = ("UI-RECORD-TYPE", "UI-COUNT", "UI-AREA-SUM", "UI-AGAINST-DOSSIER")
        self.table = ShortTable([word(code) for code in headings], stretch=0, rows=len(PLACES))
        self.table.setTabKeyNavigation(False)
        self.table.setAccessibleName(word("UI-DOSSIER-PLACES"))
        self.table.clicked.connect(self._zoom_to_row)
        self.table.activated.connect(self._zoom_to_row)
        self.draw_button = self._button("draw", "UI-DRAW-BOUNDARY", lambda: self.draw_wanted.emit(BOUNDARY))
        self.table_button = self._button("import", "UI-IMPORT-BOUNDARY", lambda: self.import_wanted.emit(BOUNDARY))
        self.areas_button = self._button("import", "UI-IMPORT-AREAS", lambda: self.import_wanted.emit(self.area_type))
        self.zoom_button = self._button("zoom-selection", "UI-SEE-ON-MAP", self._zoom)
        self.column.addWidget(self.table)
        for pair in ((self.table_button, self.draw_button), (self.areas_button, self.zoom_button)):
            line = QHBoxLayout()
            for button in pair:
                line.addWidget(button)
            line.addStretch(1)
            self.column.addLayout(line)

    def _button(self, picture: str, code: str, call: Any) -> QPushButton:
        button = QPushButton(icon(picture), word(code))
        button.clicked.connect(lambda: call())  # noqa: PLW0108 (the button's argument stays out)
        return button

    @property
    def area_type(self) -> str:
        """The type of the areas that a plan of this kind divides its boundary into."""
        kind = self._dossier.record.values.get("plan_kind") if self._dossier else None
        return "land_use_plan_area" if kind in LAND_USE or AREAS[0] not in self._catalogue.types else AREAS[0]

    def show_dossier(self, dossier: Dossier) -> None:
        """Show what of a dossier is on the map."""
        self._dossier = dossier
        shown = [type_id for type_id in PLACES if dossier.of(type_id) or type_id in (BOUNDARY, self.area_type)]
        stated = dossier.record.values.get("area_ha")
        self.table.rows_model.show_rows([self._row(type_id, dossier.of(type_id), stated) for type_id in shown])
        self.zoom_button.setEnabled(any(dossier.of(type_id) for type_id in PLACES))

    def _row(self, type_id: str, records: Sequence[Record], stated: float | None) -> Row:
        title = pick(self._catalogue.type(type_id).title)
        total = sum(record.geometry.area for record in records if record.geometry is not None) / HECTARE_M2
        if not total:
            return Row((title, str(len(records)), "", ""), type_id)
        language = current_language()
        cells = (title, str(len(records)), f"{format_number(total, 4, language)} ha")
        if not stated:
            return Row((*cells, ""), type_id)
        percent = 100 * (total - stated) / stated
        sign = "+" if percent > 0 else ""
        text = word(
            "UI-AREA-AGAINST",
            stated=format_number(stated, 4, language),
            percent=f"{sign}{format_number(percent, 2, language)}",
        )
        colour = Tone.WARNING.value if abs(percent) > AGREES_PERCENT else None
        return Row((*cells, text), type_id, colour)

    def _zoom_to_row(self, index: Any) -> None:
        if self._dossier is not None:
            self._tell(self._dossier.of(self.table.rows_model.thing(index.row())))

    def _zoom(self) -> None:
        if self._dossier is not None:
            self._tell([record for type_id in PLACES for record in self._dossier.of(type_id)])

    def _tell(self, records: Sequence[Record]) -> None:
        uids = [record.uid for record in records if record.geometry is not None]
        if uids:
            self.zoom_wanted.emit(uids)
