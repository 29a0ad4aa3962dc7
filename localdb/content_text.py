"""Contents of very many records as canonical JSON, by the column: the same bytes as one by one, far faster."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from json.encoder import encode_basestring
from typing import Any

from forms.content import GEOMETRY, LINEAGE, Content
from forms.model import RecordType
from forms.record import LINEAGE_KEYS, OPTIONAL_LINEAGE_KEYS
from localdb.columns import DERIVED_FROM, RAW_VALUES, READING
from localdb.json_columns import encode_number, is_verbatim, json_text

_LINEAGE_KINDS = {
    "source_row": "integer",
    "accuracy_m": "number",
    "src_axis": "number",
    RAW_VALUES: "object",
    DERIVED_FROM: "object",
    READING: "object",
}


@dataclass(frozen=True, slots=True)
class Encoded:
    """Values as JSON in UTF-8: ``bodies``, each between ``mark`` and ``mark``."""

    bodies: Sequence[bytes]
    mark: bytes = b""


Encode = Callable[[Sequence[Any]], Encoded]


def whole_content(content: Content) -> str:
    """Return a whole content as the journal keeps it: canonical JSON without the empty fields."""
    return json_text({key: value for key, value in content.items() if value is not None})


def content_texts(
    record_type: RecordType, columns: Mapping[str, Sequence[Any]], geometry_hex: Sequence[bytes | None], count: int
) -> list[bytes]:
    """Return ``whole_content`` of ``count`` records, as UTF-8.

    ``columns`` holds fields and lineage as the table's columns hold them: ``count`` values, or a single one that all
    records have; a column left out is empty.
    """
    parts = _Template(count)
    encoders = {field.key: _ENCODERS[str(field.type)] for field in record_type.fields} | {GEOMETRY: _hexadecimal}
    columns = {**columns, GEOMETRY: geometry_hex}
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
        parts.value(columns.get(key), encode, b"{}" if key == RAW_VALUES else b"null")
    parts.text("}")


class _Template:
    """A text with gaps, filled once for each record; a column with one value throughout is no gap."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._texts = [b""]
        self._gaps: list[Sequence[bytes]] = []

    def text(self, text: str) -> None:
        self._texts[-1] += text.encode()

    def value(self, values: Sequence[Any] | None, encode: Encode, empty: bytes) -> None:
        if _is_constant(values):
            self._texts[-1] += empty if not values or values[0] is None else _one(encode, values[0])
        elif values and None in values:
            self._gap(_with_empty(values, encode, b"", b"", empty))
        elif values:
            self._add(encode(values))

    def field(self, name: str, values: Sequence[Any] | None, encode: Encode, end: str = "") -> None:
        """Add a member between ``name`` and ``end``, nothing at all where it is empty."""
        if _is_constant(values):
            if values and values[0] is not None:
                self._texts[-1] += name.encode() + _one(encode, values[0]) + end.encode()
        elif values and None in values:
            self._gap(_with_empty(values, encode, name.encode(), end.encode(), b""))
        elif values:
            self.text(name)
            self._add(encode(values))
            self.text(end)

    def _add(self, encoded: Encoded) -> None:
        self._texts[-1] += encoded.mark
        self._gap(encoded.bodies)
        self._texts[-1] += encoded.mark

    def _gap(self, texts: Sequence[bytes]) -> None:
        self._gaps.append(texts)
        self._texts.append(b"")

    def build(self) -> list[bytes]:
        if not self._gaps:
            return self._texts * self._count
        pieces: list[Iterable[bytes]] = []
        for text, gap in zip(self._texts, self._gaps, strict=False):
            pieces += [repeat(text), gap]
        return list(map(b"".join, zip(*pieces, repeat(self._texts[-1]), strict=False)))  # what is repeated has no end


def _is_constant(values: Sequence[Any] | None) -> bool:
    return not values or (values[0] is values[-1] and len(set(map(id, values))) == 1)


def _one(encode: Encode, value: Any) -> bytes:
    found = encode([value])
    return found.mark + found.bodies[0] + found.mark


def _with_empty(values: Sequence[Any], encode: Encode, name: bytes, end: bytes, empty: bytes) -> list[bytes]:
    """Return the values that are there between ``name`` and ``end``, and ``empty`` for the others."""
    found = encode([value for value in values if value is not None])
    begin, close, bodies = name + found.mark, found.mark + end, iter(found.bodies)
    return [empty if value is None else begin + next(bodies) + close for value in values]


def _texts(values: Sequence[str]) -> Encoded:
    joined = _BORDER.join(values).encode()
    if is_verbatim(joined):
        found = joined.split(_BORDER.encode())
        if len(found) == len(values):
            return Encoded(found, b'"')
    return Encoded([encode_basestring(value).encode() for value in values])


def _split(texts: Iterable[str]) -> Encoded:
    """Return texts that hold no border, in one go."""
    return Encoded(_BORDER.join(texts).encode().split(_BORDER.encode()))


def _numbers(values: Sequence[float]) -> Encoded:
    return _split(map(encode_number, values))


def _integers(values: Sequence[int]) -> Encoded:
    return _split(map(int.__repr__, values))


def _booleans(values: Sequence[Any]) -> Encoded:
    return Encoded([b"true" if value else b"false" for value in values])


def _verbatim(values: Sequence[str]) -> Encoded:
    return Encoded([value.encode() for value in values])  # stored as canonical JSON already


def _hexadecimal(values: Sequence[bytes]) -> Encoded:
    return Encoded(values, b'"')


_BORDER = "\x7f"
_ENCODERS: dict[str, Encode] = {
    **dict.fromkeys(("text", "date", "moment", "choice", "reference"), _texts),
    "number": _numbers,
    "integer": _integers,
    "boolean": _booleans,
    **dict.fromkeys(("choices", "files"), _verbatim),
    "object": _verbatim,
}
