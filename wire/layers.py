"""How the changes of one record type lie in a GeoPackage table: its columns, and a row each way."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.canonical import canonical_json
from core.identity import is_uid
from forms.content import GEOMETRY, LINEAGE, Content
from forms.model import AnyField, RecordType
from wire.cells import READERS, BadCell, demand, encode_cell, is_hash, is_revision, read_cell, read_lineage
from wire.changes import OPERATIONS, RecordChange
from wire.wkb import find_foreign

KEY_COLUMN = "fid"
GEOMETRY_COLUMN = "geom"
HEAD_COLUMNS = (
    ("uid", "TEXT NOT NULL"),
    ("revision", "INTEGER NOT NULL"),
    ("base_revision", "INTEGER"),
    ("operation", "TEXT NOT NULL"),
    ("before_hash", "TEXT"),
)
GEOMETRY_NAMES = {
    "point": "POINT",
    "line": "LINESTRING",
    "multi_line": "MULTILINESTRING",
    "multi_polygon": "MULTIPOLYGON",
}
COLUMN_TYPES = {
    "text": "TEXT",
    "integer": "INTEGER",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "moment": "DATETIME",
    "choice": "TEXT",
    "choices": "TEXT",
    "reference": "TEXT",
    "files": "TEXT",
}
RESERVED = frozenset({KEY_COLUMN, GEOMETRY_COLUMN, GEOMETRY, LINEAGE, *(name for name, _ in HEAD_COLUMNS)})

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_WKB_LIMIT = 1 << 26
_GP_HEADER = b"GP\x00\x01"


@dataclass(frozen=True, slots=True)
class Layer:
    """The table of one record type; ``fields`` are those it has columns for, in the type's order."""

    record_type: RecordType
    fields: tuple[AnyField, ...]
    epsg: int

    @classmethod
    def of(cls, record_type: RecordType, epsg: int) -> "Layer":
        """Return the table with every field of the type; raise ``ValueError`` on a name that cannot be a column."""
        names = [field.key for field in record_type.fields]
        bad = [name for name in [record_type.id, *names] if not _NAME.fullmatch(name)]
        if bad := [*bad, *sorted({*names} & RESERVED)]:
            raise ValueError(f"{record_type.id}: names that a package cannot carry: {', '.join(bad)}")
        return cls(record_type, record_type.fields, epsg)

    @property
    def name(self) -> str:
        """The table's name."""
        return self.record_type.id

    @property
    def geometry_name(self) -> str | None:
        """The OGC name of the geometry type, ``GEOMETRY`` when the type has several, ``None`` when it has none."""
        kinds = self.record_type.geometry
        return GEOMETRY_NAMES[kinds[0]] if len(kinds) == 1 else "GEOMETRY" if kinds else None

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column but the key, in order."""
        geometry = (GEOMETRY_COLUMN,) if self.geometry_name else ()
        return (*geometry, *(name for name, _ in HEAD_COLUMNS), *(field.key for field in self.fields), LINEAGE)

    @property
    def create_sql(self) -> str:
        """The one statement that makes this table; a payload whose table was made by any other is refused."""
        parts = [f'"{KEY_COLUMN}" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL']
        parts += [f'"{GEOMETRY_COLUMN}" {self.geometry_name}'] if self.geometry_name else []
        parts += [f'"{name}" {kind}' for name, kind in HEAD_COLUMNS]
        parts += [f'"{field.key}" {COLUMN_TYPES[field.type]}' for field in self.fields]
        parts.append(f'"{LINEAGE}" TEXT')
        return f'CREATE TABLE "{self.name}" ({", ".join(parts)})'

    def encode(self, change: RecordChange) -> tuple[Any, ...]:
        """Return the row of a change, in the order of ``columns``."""
        content = change.content or {}
        geometry = content.get(GEOMETRY)
        cells: list[Any] = []
        if self.geometry_name:
            cells.append(None if geometry is None else self._blob_head + bytes.fromhex(geometry))
        cells += [change.uid, change.revision, change.base_revision, change.operation, change.before_hash]
        cells += [encode_cell(content.get(field.key)) for field in self.fields]
        cells.append(None if change.content is None else canonical_json(content.get(LINEAGE) or {}).decode("utf-8"))
        return tuple(cells)

    def decode(self, rows: Sequence[tuple[Any, ...]]) -> list[RecordChange]:
        """Return the changes of untrusted rows; raise ``BadCell`` at the first cell that cannot be what it says."""
        readers: list[tuple[str, Callable[[Any], Any]]] = [(field.key, READERS[field.type]) for field in self.fields]
        changes = [self._decode_row(row, readers) for row in rows]
        contents = [(change.uid, change.content) for change in changes if change.content is not None]
        shaped = [(uid, str(content[GEOMETRY])) for uid, content in contents if content[GEOMETRY] is not None]
        foreign = find_foreign([text for _, text in shaped])
        if foreign is not None:
            raise BadCell(f"{GEOMETRY} ({shaped[foreign][0]})")
        return changes

    def _decode_row(self, row: tuple[Any, ...], readers: Sequence[tuple[str, Callable[[Any], Any]]]) -> RecordChange:
        cells = list(row)
        blob = cells.pop(0) if self.geometry_name else None
        (uid, revision, base_revision, operation, before_hash), values, lineage = cells[:5], cells[5:-1], cells[-1]
        demand(isinstance(uid, str) and is_uid(uid), "uid")
        demand(is_revision(revision), "revision")
        demand(base_revision is None or is_revision(base_revision), "base_revision")
        demand(operation in OPERATIONS and (operation == "insert") <= (base_revision is None), "operation")
        demand(before_hash is None or is_hash(before_hash), "before_hash")
        content: Content | None = None
        if operation == "delete":
            demand(blob is None and lineage is None and all(value is None for value in values), "operation")
        else:
            pairs = zip(readers, values, strict=True)
            content = {key: None if cell is None else read_cell(key, reader, cell) for (key, reader), cell in pairs}
            content[GEOMETRY] = self._decode_geometry(blob)
            content[LINEAGE] = read_cell(LINEAGE, read_lineage, lineage)
        return RecordChange(self.name, uid, operation, revision, base_revision, before_hash, content)

    @property
    def _blob_head(self) -> bytes:
        return _GP_HEADER + self.epsg.to_bytes(4, "little")

    def _decode_geometry(self, blob: Any) -> str | None:
        if blob is None:
            return None
        head = self._blob_head
        framed = isinstance(blob, bytes) and len(head) < len(blob) < _WKB_LIMIT and blob.startswith(head)
        demand(framed, GEOMETRY_COLUMN)
        return str(blob[len(head) :].hex()).upper()
