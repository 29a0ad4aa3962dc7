"""In which layer of a CAD drawing a record lies, and in which colour."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.tables import load_table
from forms.model import RecordType

PLAIN_COLOR = 7  # black on white, white on black
_STAGE = "@stage"


@dataclass(frozen=True, slots=True)
class CadLayer:
    """A layer of a drawing: its name and its colour, an index of AutoCAD's palette."""

    name: str
    color: int


def cad_layer(record_type: RecordType, values: Mapping[str, Any]) -> CadLayer:
    """Return the layer of a record, by the circular's scheme where it has one; a type without a row goes by its id."""
    for row in load_table("cad_layers"):
        if row["record_type"] == record_type.id and (not row["field"] or values.get(row["field"]) == row["value"]):
            prefix = _stage(values) if row["staged"] else ""
            return CadLayer(prefix + row["layer"], int(row["aci"]))
    return CadLayer(record_type.id, PLAIN_COLOR)


def _stage(values: Mapping[str, Any]) -> str:
    rows = (row for row in load_table("cad_layers") if row["record_type"] == _STAGE)
    return next((row["layer"] for row in rows if values.get(row["field"]) == row["value"]), "")
