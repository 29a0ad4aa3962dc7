"""How a field file is to be understood: proposed by the program, corrected by the user, kept with what is imported."""

import glob
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from operator import ne
from pathlib import Path
from typing import Any
from unicodedata import is_normalized

from core.errors import UserError
from exchange.decoding import propose_column_encodings
from exchange.legacy_text import UNICODE, UNREPAIRED, decode_text
from exchange.table import Table
from forms.catalogue import Catalogue
from forms.model import RecordType
from forms.readings import build_reading
from geodesy.guessing import Proposal
from geodesy.systems import CoordinateSystem
from services.column_mapping import ColumnProposal
from services.column_names import ColumnFinder, plain_name
from services.column_values import Readings
from services.drawing_recipe import DrawingRecipe
from services.matching import Matching
from services.traverses import Side
from services.unit_columns import UndecidedUnit

HEIGHT = "Z"
_UNICODE_KINDS = frozenset({"gpkg", "geojson", "fgb"})
_OWN_COLUMNS = frozenset({"uid", "revision", "state"})


Stamp = tuple[tuple[str, int, int], ...]
"""Name, time of change and size of each file that belongs together."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A table as it was read, and the stamp of its file then: good for as long as that has not changed.

    Of a drawing also what it was made by: another recipe or another scale makes another table. Without a stamp it is a
    part of the file, to look at and never to import.
    """

    table: Table
    stamp: Stamp
    recipe: DrawingRecipe | None = None
    scale: float = 1.0

    @property
    def is_part(self) -> bool:
        """Whether the file has more rows than the table."""
        return not self.stamp


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Everything needed to read a file the same way again.

    ``mapping`` is field to column, ``constants`` field to text, ``encodings`` column to the encoding its text is
    repaired from. ``scale`` turns file units into metres; ``swapped`` says that the file's first coordinate is north;
    ``shift`` (east, north) is added to what it gives in metres, where leading digits were left off.
    ``units`` are the user's answers: a text of the column of communes to the commune it means; ``undecided_units`` what
    is still to be answered (``services.unit_columns``). ``codes`` asks for a local code for every row without one.
    ``recipe`` says how a drawing's parts become records; ``linework`` that survey points become the lines their codes
    draw, ``only_codes`` those of these codes; ``traverse`` that the points of a field book lie where its adjustment
    puts them, and on which side of the way its angles are.
    ``matching`` says how rows are known that are here already; without it every row becomes a new record. ``columns``
    are the program's proposals, ``values`` what texts mean that stand in no code list, by field and folded text;
    ``is_remembered`` tells that they were decided for such a file earlier, ``pack`` names the
    catalogue pack that brought them, ``remember`` keeps them for the next one.
    """

    path: Path
    layer: str
    type_id: str
    mapping: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    system: CoordinateSystem | None = None
    swapped: bool = False
    scale: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    encodings: Mapping[str, str] = field(default_factory=dict)
    capture_method: str | None = None
    proposals: tuple[Proposal, ...] = ()
    unmapped: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    undecided_units: tuple[UndecidedUnit, ...] = ()
    codes: bool = False
    recipe: DrawingRecipe | None = None
    linework: bool = False
    only_codes: tuple[str, ...] = ()
    traverse: Side | None = None
    matching: Matching | None = None
    columns: tuple[ColumnProposal, ...] = ()
    values: Mapping[str, Readings] = field(default_factory=dict)
    is_remembered: bool = False
    pack: str = ""
    remember: bool = False
    reading: "Reading | None" = field(default=None, repr=False, compare=False)

    def corrections(self) -> dict[str, Any]:
        """Return what is put right of the file's numbers, as the lineage keeps it (``forms.readings``)."""
        return build_reading(self.swapped, self.scale, self.shift)

    def confirmed_reading(self) -> dict[str, Any]:
        """Return how the file's numbers were turned into coordinates, for the journal, where they were not as they are.

        ``reading`` holds ``crs``, ``swapped``, ``scale`` and ``shift`` (east, north), as the plan has them.
        """
        if not self.corrections():
            return {}
        said = {"crs": self.system.id if self.system else None, "swapped": self.swapped}
        return {"reading": {**said, "scale": self.scale, "shift": list(self.shift)}}

    def as_dict(self) -> dict[str, Any]:
        """Return the plan as plain data for ``--json`` and for the journal."""
        return {
            "file": self.path.name,
            "layer": self.layer,
            "type": self.type_id,
            "map": dict(self.mapping),
            "set": dict(self.constants),
            "crs": self.system.id if self.system else None,
            "axis": self.system.axis if self.system else None,
            "swapped": self.swapped,
            "scale": self.scale,
            "shift": list(self.shift),
            "encodings": dict(self.encodings),
            "capture_method": self.capture_method,
            "unmapped": dict(self.unmapped),
            "units": dict(self.units),
            "undecided_units": [item.as_dict() for item in self.undecided_units],
            "codes": self.codes,
            "recipe": self.recipe.as_dict() if self.recipe else None,
            "linework": self.linework,
            "only_codes": list(self.only_codes),
            "traverse": self.traverse,
            "matching": self.matching.as_dict() if self.matching else None,
            "columns": [item.as_dict() for item in self.columns],
            "values": {key: dict(readings) for key, readings in self.values.items()},
            "remembered": self.is_remembered,
            "pack": self.pack,
        }


def propose_encodings(table: Table, forced: str | None = None) -> dict[str, str]:
    """Return the encoding of each column that needs one: ``forced`` for all, or the likeliest by the columns' words."""
    if forced is None and _is_own_export(table):
        forced = UNICODE
    if forced is None:
        return propose_column_encodings(table)
    return {name: forced for name, cells in table.columns.items() if any(isinstance(cell, str) for cell in cells)}


def _is_own_export(table: Table) -> bool:
    """Whether this program wrote the table in a format that holds nothing but Unicode: there is nothing to guess."""
    return table.kind in _UNICODE_KINDS and table.columns.keys() >= _OWN_COLUMNS


def columns_of(table: Table) -> dict[str, list[Any]]:
    """Return the table's columns, with the heights of its points as one more where no column has them."""
    heights = table.point_heights()
    if HEIGHT in table.columns or all(height is None for height in heights):
        return dict(table.columns)
    return {**table.columns, HEIGHT: list(heights)}


def repair_columns(table: Table, encodings: Mapping[str, str]) -> tuple[dict[str, list[Any]], dict[str, int]]:
    """Return the columns with their text repaired, and how many cells of each column changed by it."""
    columns: dict[str, list[Any]] = {}
    repaired: dict[str, int] = {}
    for name, cells in columns_of(table).items():
        encoding = encodings.get(name, UNREPAIRED)
        if _stands(cells, encoding):
            columns[name] = cells
            continue
        fresh = _repair(cells, encoding)
        columns[name] = fresh
        changed = sum(map(ne, cells, fresh))
        if changed:
            repaired[name] = changed
    return columns, repaired


def _stands(cells: Sequence[Any], encoding: str) -> bool:
    """Whether no text of a column needs any repair, seen at a glance."""
    text = "\n".join([cell for cell in cells if isinstance(cell, str)])
    return text.isascii() if encoding == UNREPAIRED else encoding == UNICODE and is_normalized("NFC", text)


def _repair(cells: Sequence[Any], encoding: str) -> list[Any]:
    known: dict[str, str] = {}
    fresh = []
    for cell in cells:
        if not isinstance(cell, str) or (encoding == UNICODE and is_normalized("NFC", cell)):
            fresh.append(cell)
            continue
        if cell not in known:
            known[cell] = decode_text(cell, encoding)
        fresh.append(known[cell])
    return fresh


def propose_type(table: Table, catalogue: Catalogue) -> str:
    """Return the likeliest record type of a table; the user sees it and decides."""
    if table.type_hint in catalogue.types:
        return str(table.type_hint)
    kinds = table.kinds()
    if "line" in kinds:
        return "road_segment"
    if "polygon" in kinds:
        return "land_use_plan_area"
    return "survey_point"


def check_mapping(record_type: RecordType, plan_mapping: Mapping[str, str], columns: Collection[str]) -> dict[str, str]:
    """Return the mapping with columns spelled as in the file; raise ``UserError`` naming what does not exist."""
    known = ColumnFinder(columns, plain_name).find
    keys = {item.key for item in record_type.fields if not item.computed}
    checked = {}
    for key, column in plan_mapping.items():
        if key not in keys:
            raise UserError("IMPORT-NO-FIELD", field=key, type=record_type.id, fields=sorted(keys))
        found = known(column)
        if found is None:
            raise UserError("IMPORT-NO-COLUMN", column=column, columns=sorted(columns))
        checked[key] = found
    return checked


def stamp_of(path: Path) -> Stamp:
    """Return age and size of a file and of those beside it that share its name, as the parts of a shapefile do."""
    near = sorted(part for part in path.parent.glob(f"{glob.escape(path.stem)}.*") if part.is_file())
    return tuple((part.name, part.stat().st_mtime_ns, part.stat().st_size) for part in near)
