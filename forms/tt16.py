"""The feature classes of TT 16/2025/TT-BXD (Phụ lục II), and which of them a record goes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from core.tables import load_table
from forms.expressions import evaluate
from forms.model import RecordType

DATABASES = ("HienTrang", "QuyHoach", "NenDiaHinh", "MocGioi")
INFO_CODE, DOSSIER_CODE, OBJECT_CODE, OBJECT_NAME, KIND, NOTE = (
    "maThongTinQH",
    "maHoSoQH",
    "maDoiTuong",
    "tenDoiTuong",
    "phanLoai",
    "ghiChu",
)
PLAN_COLUMNS = ("loaiQuyHoach", "loaiDieuChinh", "capDoQuyHoach")
"""What every class of the plan says of the dossier it belongs to."""

TEXT_LENGTHS: Mapping[str, int] = {
    INFO_CODE: 15,
    DOSSIER_CODE: 15,
    OBJECT_CODE: 100,
    OBJECT_NAME: 100,
    KIND: 250,
    NOTE: 250,
}
"""How long the texts may be that the circular itself names."""

CellKind = Literal["text", "short", "long", "float", "double", "date"]
LIMITS: Mapping[str, int] = {"short": 2**15, "long": 2**31}

_SUFFIXES: Mapping[str, str] = {
    "Point": "P",
    "LineString": "L",
    "MultiLineString": "L",
    "Polygon": "A",
    "MultiPolygon": "A",
}
_ANY = "*"


@dataclass(frozen=True, slots=True)
class ClassColumn:
    """A column of a class: its name and type; ``float`` has the 24 bits of a single-precision number."""

    name: str
    kind: CellKind


@dataclass(frozen=True, slots=True)
class FeatureClass:
    """A class of one of the databases; ``geometry`` is Point, MultiLineString or MultiPolygon."""

    database: str
    name: str
    geometry: str
    dataset: str
    title: str
    columns: tuple[ClassColumn, ...]

    def column(self, name: str) -> ClassColumn | None:
        """Return the column called ``name``, ``None`` when the class has none."""
        return next((column for column in self.columns if column.name == name), None)


@cache
def load_classes() -> Mapping[str, Mapping[str, FeatureClass]]:
    """Return every class by its database and its name, in the order of the table."""
    found: dict[str, dict[str, FeatureClass]] = {database: {} for database in DATABASES}
    for row in load_table("tt16_classes"):
        columns = tuple(_column(text) for text in row["fields"].split())
        item = FeatureClass(row["database"], row["class"], row["geometry"], row["dataset"], row["title"], columns)
        found[item.database][item.name] = item
    return found


def _column(text: str) -> ClassColumn:
    name, _, kind = text.partition(":")
    return ClassColumn(name, kind or "text")  # type: ignore[arg-type]


def class_of(
    record_type: RecordType, values: Mapping[str, Any], geometry_type: str | None, source: tuple[str, str] | None = None
) -> FeatureClass | None:
    """Return the class that takes a record with this shape (``Point``, ``MultiPolygon`` …), ``None`` when none does.

    The database and class that it came from, ``source``, go before others for as long as nothing speaks against them.
    """
    suffix = _SUFFIXES.get(geometry_type or "")
    for name in sorted(record_type.tt16_classes, key=lambda one: source is None or one != source[1]):
        if suffix is None or not name.endswith(f"_{suffix}"):
            continue
        rows = [row for row in load_table("tt16_routes") if row["record_type"] == record_type.id]
        own = [row for row in rows if row["class"] == name]
        is_source = source is not None and source[1] == name
        if own and not any(_holds(row["when"], values, is_open=is_source) for row in own):
            continue
        if is_source and source is not None and values.get("existence") is None and name in load_classes()[source[0]]:
            return load_classes()[source[0]][name]
        if found := _in_database(name, values):
            return found
    return None


def types_of_class(name: str, types: Sequence[RecordType]) -> tuple[RecordType, ...]:
    """Return the record types whose records may lie in a class, those first whose usual class it is."""
    found = [item for item in types if name in item.tt16_classes]
    return tuple(sorted(found, key=lambda item: item.tt16_class != name))


def _in_database(name: str, values: Mapping[str, Any]) -> FeatureClass | None:
    classes = load_classes()
    rows = [row for row in load_table("tt16_routes") if row["record_type"] == _ANY]
    wanted = [row["database"] for row in rows if _holds(row["when"], values)]
    return next((classes[database][name] for database in (*wanted, *DATABASES) if name in classes[database]), None)


def _holds(when: str, values: Mapping[str, Any], *, is_open: bool = False) -> bool:
    """Whether a condition holds; with ``is_open`` also when nothing is known either way."""
    if not when:
        return True
    found = evaluate(when, values)
    return found is True or (is_open and found is None)


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of the dossier's workbook; ``field`` is one of ``record_type``, or a word with @ before it."""

    sheet: str
    title: str
    record_type: str
    field: str
    is_required: bool


@cache
def load_sheets() -> Mapping[str, tuple[SheetColumn, ...]]:
    """Return the columns of each sheet of the workbook ``<MaHoSo>.xlsx``, in their order."""
    found: dict[str, list[SheetColumn]] = {}
    for row in load_table("tt16_sheets"):
        column = SheetColumn(row["sheet"], row["column"], row["record_type"], row["field"], row["required"] == "yes")
        found.setdefault(column.sheet, []).append(column)
    return {sheet: tuple(columns) for sheet, columns in found.items()}
