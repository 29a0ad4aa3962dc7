"""Values of records as the cells of TT 16/2025 say them, and back; what a cell cannot hold goes into its note."""

import math
import re
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import UserError
from core.text import fold_text
from forms.catalogue import Catalogue
from forms.model import AnyField, FilesField, RecordType, ReferenceField
from forms.tt16 import KIND, LIMITS, NOTE, OBJECT_CODE, OBJECT_NAME, CellKind, FeatureClass
from forms.values import format_value, parse_value

MORE = "Thông tin khác:"
"""The line of a note after which stands, a line each, what has no column of its own."""

_INDENT = "  "
_LINE = re.compile(r"(?P<label>[^:]+): (?P<text>.*)")


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a record on its way into columns: the cells, and the fields that found no room."""

    cells: Mapping[str, Any]
    lost: tuple[str, ...]


def encode_cell(field: AnyField, value: Any, kind: CellKind, catalogue: Catalogue) -> Any:
    """Return a value as a cell of this kind, ``None`` where it is empty or cannot stand in such a cell."""
    if value is None or isinstance(field, ReferenceField | FilesField):
        return None
    if kind == "text":
        return _as_text(field, value, catalogue)
    if kind == "date":
        return value if field.type == "date" else None
    return _as_number(value, kind)


def decode_cell(field: AnyField, cell: Any, catalogue: Catalogue) -> Any:
    """Return the value that a cell means; raise ``UserError`` VALUE-… when it means none."""
    if isinstance(cell, str) and field.type == "date":
        cell = cell[:10] if re.match(r"\d{4}-\d\d-\d\d", cell) else cell
    return parse_value(field, cell, catalogue, decimal="," if isinstance(cell, str) else None)


def encode_whole(field: AnyField, value: Any, catalogue: Catalogue) -> str | None:
    """Return a value as a text that means the same, ``None`` where there is none, as of references and files."""
    if value is None or isinstance(field, ReferenceField | FilesField):
        return None
    text = _as_text(field, value, catalogue)
    return text if _means(field, text, value, catalogue) else None


def _as_text(field: AnyField, value: Any, catalogue: Catalogue) -> str:
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < 1e15
        return str(int(value)) if whole else repr(value).replace(".", ",")
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{getattr(field, 'prefix', None) or ''}{value}"
    words = format_value(field, value, catalogue, "vi")
    return words if _means(field, words, value, catalogue) else _code_text(value)


def _code_text(value: Any) -> str:
    return ";".join(map(str, value)) if isinstance(value, list) else str(value)


def _means(field: AnyField, cell: Any, value: Any, catalogue: Catalogue) -> bool:
    try:
        return bool(decode_cell(field, cell, catalogue) == value)
    except UserError:
        return False


def _as_number(value: Any, kind: CellKind) -> float | int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    if kind == "double":
        return float(value)
    if kind == "float":
        try:
            return single(float(value))
        except OverflowError:
            return None
    fits = float(value).is_integer() and -LIMITS[kind] <= value < LIMITS[kind]
    return int(value) if fits else None


def single(value: float) -> float:
    """Return the number that a single-precision cell gives back, by the shortest text that names it."""
    narrow = struct.unpack("<f", struct.pack("<f", value))[0]
    for digits in range(6, 10):
        text = f"{narrow:.{digits}g}"
        if struct.unpack("<f", struct.pack("<f", float(text)))[0] == narrow:
            return float(text)
    return float(narrow)


def hinted_columns(record_type: RecordType, item: FeatureClass) -> dict[str, str]:
    """Return the column of a class for each field of a type that has one there."""
    names = {column.name.casefold(): column.name for column in item.columns}
    hints = {field.key: field.tt16 for field in record_type.fields if field.tt16}
    found = {key: names[hint.casefold()] for key, hint in hints.items() if hint.casefold() in names}
    if "name" in hints and OBJECT_NAME not in found.values():
        found.setdefault("name", OBJECT_NAME)
    return found


def readable_columns(record_type: RecordType, item: FeatureClass) -> dict[str, str]:
    """Return the hinted columns, and for other fields the column of another name that an import would take."""
    found = hinted_columns(record_type, item)
    taken = set(found.values()) | {KIND, NOTE, OBJECT_CODE}
    for field in record_type.fields:
        if field.key in found or field.computed:
            continue
        names = {fold_text(name) for name in field.import_names}
        column = next((one for one in item.columns if one.name not in taken and fold_text(one.name) in names), None)
        if column is not None:
            found[field.key] = column.name
            taken.add(column.name)
    return found


def encode_columns(
    record_type: RecordType,
    values: Mapping[str, Any],
    columns: Mapping[str, tuple[str, CellKind]],
    catalogue: Catalogue,
    implied: Mapping[str, Any],
    note_length: int,
    skipped: Iterable[str] = (),
) -> tuple[dict[str, Any], str | None, tuple[AnyField, ...]]:
    """Return cells by column, the note, and the fields that found room in neither.

    ``columns`` gives the column and its kind for a field; what a cell would not give back as it is stands in the note,
    too. ``implied`` is what a reader takes for granted when nothing is said.
    """
    cells: dict[str, Any] = {}
    more: list[tuple[AnyField, str]] = []
    lost: list[AnyField] = []
    for field in record_type.fields:
        value = values.get(field.key)
        if value is None or field.computed or field.key in {"note", *skipped}:
            _put_computed(field, value, columns, cells, catalogue)
            continue
        if field.key in columns:
            name, kind = columns[field.key]
            cells[name] = encode_cell(field, value, kind, catalogue)
            if cells[name] is not None and _means(field, cells[name], value, catalogue):
                continue
        elif implied.get(field.key) == value:
            continue
        text = encode_whole(field, value, catalogue)
        if text is None:
            lost.append(field)
        else:
            more.append((field, text))
    own = values.get("note")
    note, left = compose_note(own, more, note_length)
    if own and MORE in own.split("\n"):  # read back it would be taken apart
        lost.append(record_type.field("note"))
    return cells, note, (*lost, *left)


def _put_computed(
    field: AnyField,
    value: Any,
    columns: Mapping[str, tuple[str, CellKind]],
    cells: dict[str, Any],
    catalogue: Catalogue,
) -> None:
    if field.computed and field.key in columns and value is not None:
        name, kind = columns[field.key]
        if cells.get(name) is None:
            cells[name] = encode_cell(field, value, kind, catalogue)


def compose_note(
    note: str | None, more: Sequence[tuple[AnyField, str]], length: int
) -> tuple[str | None, list[AnyField]]:
    """Return a note with lines for further fields as far as they fit, and the fields for which there was no room."""
    text = note or ""
    left: list[AnyField] = []
    if MORE in text.split("\n"):
        return text or None, [field for field, _ in more]
    begun = False
    for field, words in more:
        line = f"{field.label['vi']}: " + words.replace("\n", "\n" + _INDENT)
        head = "" if begun else f"\n{MORE}" if text else MORE
        if len(text) + len(head) + 1 + len(line) > length:
            left.append(field)
            continue
        text += f"{head}\n{line}"
        begun = True
    return text or None, left


def read_note(text: Any, record_type: RecordType) -> tuple[str | None, dict[str, str]]:
    """Return the note itself, and the texts by field that stand after it."""
    if not isinstance(text, str):
        return (None if text is None else str(text)), {}
    lines = text.replace("\r\n", "\n").split("\n")
    if MORE not in lines:
        return text or None, {}
    place = lines.index(MORE)
    labels = {field.label["vi"]: field.key for field in reversed(record_type.fields)}
    found: dict[str, str] = {}
    strange: list[str] = []
    last: str | None = None
    for line in lines[place + 1 :]:
        match = _LINE.fullmatch(line)
        if line.startswith(_INDENT) and last is not None:
            found[last] += "\n" + line.removeprefix(_INDENT)
        elif match and match["label"] in labels:
            last = labels[match["label"]]
            found[last] = match["text"]
        else:
            strange.append(line)
    return "\n".join([*lines[:place], *strange]) or None, found
