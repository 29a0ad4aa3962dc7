"""Contents of very many records as canonical JSON, by the column: the same bytes as one by one, far faster."""

import json
from collections.abc import Callable, Mapping, Sequence
from json.encoder import encode_basestring
from typing import Any

from forms.content import GEOMETRY, LINEAGE, Content
from forms.model import RecordType
from forms.record import LINEAGE_KEYS, OPTIONAL_LINEAGE_KEYS
from localdb.columns import DERIVED_FROM, RAW_VALUES
from localdb.json_columns import encode_number, json_text

Encode = Callable[[Any], str]

_LINEAGE_KINDS = {
    "source_row": "integer",
    "accuracy_m": "number",
    "src_axis": "number",
    RAW_VALUES: "object",
    DERIVED_FROM: "object",
}


def whole_content(content: Content) -> str:
    """Return a whole content as the journal keeps it: canonical JSON without the empty fields."""
    return json_text({key: value for key, value in content.items() if value is not None})


def content_texts(
    record_type: RecordType, columns: Mapping[str, Sequence[Any]], geometry_hex: Sequence[str | None], count: int
) -> list[bytes]:
    """Return ``whole_content`` of ``count`` records, as UTF-8.

    ``columns`` holds fields and lineage as the table's columns hold them; a column left out is empty.
    """
    parts = _Template(count)
    kinds = {field.key: str(field.type) for field in record_type.fields}
    columns = {**columns, GEOMETRY: geometry_hex}
    encoders = {key: _ENCODERS[kind] for key, kind in {**kinds, GEOMETRY: "text"}.items()}
    before = sorted(key for key in encoders if key < LINEAGE)
    parts.text("{")
    for key in before:
        parts.field(f"{json.dumps(key)}:", columns.get(key), encoders[key], ",")
    _add_lineage(parts, columns)  # always there: what stands before it ends with a comma, what follows begins with one
    for key in sorted(encoders.keys() - set(before)):
        parts.field(f",{json.dumps(key)}:", columns.get(key), encoders[key])
    parts.text("}")
    return parts.build()


def _add_lineage(parts: "_Template", columns: Mapping[str, Sequence[Any]]) -> None:
    separator = f"{json.dumps(LINEAGE)}:{{"
    for key in sorted(LINEAGE_KEYS):
        encode = _ENCODERS[_LINEAGE_KINDS.get(key, "text")]
        if key in OPTIONAL_LINEAGE_KEYS:  # never the first of them: accuracy_m is, and is always there
            parts.field(f",{json.dumps(key)}:", columns.get(key), encode)
            continue
        parts.text(f"{separator}{json.dumps(key)}:")
        separator = ","
        empty = "{}" if key == RAW_VALUES else "null"
        parts.value(columns.get(key), encode, empty)
    parts.text("}")


class _Template:
    """A text with gaps, filled once for each record; a column with one value throughout is no gap."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._text: list[str] = []
        self._gaps: list[Sequence[bytes]] = []

    def text(self, text: str) -> None:
        self._text.append(text.replace("%", "%%"))

    def value(self, values: Sequence[Any] | None, encode: Encode, empty: str) -> None:
        if _is_constant(values):
            first = values[0] if values else None
            self.text(empty if first is None else encode(first))
        elif values:
            self._gap([(empty if value is None else encode(value)).encode() for value in values])

    def field(self, name: str, values: Sequence[Any] | None, encode: Encode, end: str = "") -> None:
        """Add a member between ``name`` and ``end``, nothing at all where it is empty."""
        if _is_constant(values):
            if values and values[0] is not None:
                self.text(f"{name}{encode(values[0])}{end}")
        elif values and values.count(None):
            self._gap([b"" if value is None else f"{name}{encode(value)}{end}".encode() for value in values])
        elif values:
            self.text(name)
            self._gap([encode(value).encode() for value in values])
            self.text(end)

    def _gap(self, texts: Sequence[bytes]) -> None:
        self._text.append("%b")
        self._gaps.append(texts)

    def build(self) -> list[bytes]:
        template = "".join(self._text).encode()
        if not self._gaps:
            return [template % ()] * self._count
        return list(map(template.__mod__, zip(*self._gaps, strict=True)))


def _is_constant(values: Sequence[Any] | None) -> bool:
    return not values or len(set(map(id, values))) == 1


def _boolean(value: Any) -> str:
    return "true" if value else "false"


def _verbatim(value: str) -> str:
    return value  # stored as canonical JSON already


_ENCODERS: dict[str, Encode] = {
    **dict.fromkeys(("text", "date", "moment", "choice", "reference"), encode_basestring),
    "number": encode_number,
    "integer": int.__repr__,
    "boolean": _boolean,
    **dict.fromkeys(("choices", "files"), _verbatim),
    "object": _verbatim,
}
