"""What a dossier's own fields say in workbook and classes: the codes on every row, the sheets of a drawing."""

import re
from collections.abc import Mapping
from typing import Any

from forms.catalogue import Catalogue
from forms.identity import official_id_kind
from forms.model import RecordType
from forms.tt16 import DOSSIER_CODE, INFO_CODE, PLAN_COLUMNS, FeatureClass
from forms.tt16_cells import encode_cell

SCAN_CODE = "maHoSoScan"
_SHEETS = re.compile(r"\s*(\d{1,4})\s*(?:/\s*(\d{1,4})\s*)?")
_LEGACY, _OFFICIAL = "legacy_info_code", "official_id"


def info_code(values: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the planning information code of a dossier, and the field that it came from."""
    for key in (_OFFICIAL, _LEGACY):
        code = values.get(key)
        if code and info_field(str(code)) == key:
            return str(code), key
    return None, None


def info_field(code: str) -> str:
    """Return the field to which a planning information code belongs: one of 12 digits is of the former kind."""
    return _LEGACY if official_id_kind(code).kind == "legacy" else _OFFICIAL


def plan_cells(
    values: Mapping[str, Any], record_type: RecordType, item: FeatureClass, catalogue: Catalogue, *, whole: bool
) -> dict[str, Any]:
    """Return what every row of a class says of its dossier; ``whole`` for the boundary, which says all there is."""
    cells: dict[str, Any] = {INFO_CODE: info_code(values)[0], DOSSIER_CODE: values.get("dossier_code")}
    if item.column(SCAN_CODE):
        cells[SCAN_CODE] = values.get("dossier_code")
    for key, name in plan_columns(record_type, item, whole=whole).items():
        column = item.column(name)
        if column is not None:
            cells[name] = encode_cell(record_type.field(key), values.get(key), column.kind, catalogue)
    return cells


def plan_columns(record_type: RecordType, item: FeatureClass, *, whole: bool) -> dict[str, str]:
    """Return the column of a class for each of the dossier's fields that has one there."""
    names = {column.name for column in item.columns}
    found = {field.key: field.tt16 for field in record_type.fields if field.tt16 in names and field.tt16}
    kept = found if whole else {key: name for key, name in found.items() if name in PLAN_COLUMNS}
    return {key: name for key, name in kept.items() if key not in ("name", "local_code", "note") or name == "tenDoAn"}


def format_sheets(sheet_no: Any, sheet_count: Any) -> str | None:
    """Return ``1`` for a drawing of one sheet, ``2/3`` for the second of three, ``None`` where that is not known."""
    if (sheet_no, sheet_count) == (1, 1):
        return "1"
    return f"{sheet_no}/{sheet_count}" if sheet_no and sheet_count else None


def read_sheets(text: Any) -> tuple[int | None, int | None]:
    """Return sheet and number of sheets of such a text; a number alone says how many there are."""
    found = _SHEETS.fullmatch(str(text)) if text is not None else None
    if found is None:
        return None, None
    first, second = int(found[1]), found[2] and int(found[2])
    if second:
        return first, second
    return (1, 1) if first == 1 else (None, first)
