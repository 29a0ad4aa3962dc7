"""The sheets of ``ThongTinKhac.xlsx``: what classes, fields and sheets of TT 16/2025/TT-BXD have no place for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from core.tables import load_table
from forms.catalogue import Catalogue
from forms.model import RecordType

FURTHER = "ThongTinKhac.xlsx"
FILES, REFERENCES, OUTLINES, VALUES = "TepDinhKem", "ThamChieu", "DuongBao", "TruongKhac"
CELL_LENGTH = 32_000  # a cell of Excel takes 32,767


@dataclass(frozen=True, slots=True)
class FurtherColumn:
    """A column: the heading that stands in the sheet, and what the program calls it."""

    title: str
    key: str


@cache
def load_further_sheets() -> Mapping[str, tuple[FurtherColumn, ...]]:
    """Return the columns of each sheet, in their order."""
    found: dict[str, list[FurtherColumn]] = {}
    for row in load_table("tt16_further"):
        found.setdefault(row["sheet"], []).append(FurtherColumn(row["column"], row["key"]))
    return {sheet: tuple(columns) for sheet, columns in found.items()}


def type_titled(catalogue: Catalogue, title: str) -> RecordType | None:
    """Return the record type that a sheet calls so, by its Vietnamese title or its id."""
    return next((kind for kind in catalogue.types.values() if title in (kind.title["vi"], kind.id)), None)


def field_labelled(kind: RecordType, label: str) -> str | None:
    """Return the key of the field that a sheet calls so, by its Vietnamese label or its key."""
    return next((field.key for field in kind.fields if label in (field.label["vi"], field.key)), None)
