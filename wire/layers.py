"""How the changes of one record type lie in a GeoPackage table: its columns, and a row each way."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.canonical import canonical_json
from core.identity import is_uid
from forms.content import GEOMETRY, LINEAGE, Content
from forms.model import AnyField, RecordType
from wire.cells import READERS, BadCell, Cells, demand, encode_cell, is_hash, is_revision, read_column, read_lineages
from wire.changes import OPERATIONS, RecordChange
from wire.spelling import SPELLERS, Spellings, as_said, quoted, spell_contents
from wire.wkb import read_shapes

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

    def decode(self, rows: Sequence[tuple[Any, ...]], spellings: Spellings | None = None) -> list[RecordChange]:
        """Return the changes of untrusted rows; raise ``BadCell`` at the first cell that cannot be what it says.

        What their contents are as text, as hash and as shape is kept in ``spellings``.
        """
        if not rows:
            return []
        try:
            read = self._read(rows)
        except BadCell:
            for row in rows:
                self._read([row])
            raise
        shaped = [place for place, blob in enumerate(read.blobs) if blob is not None]
        start = len(self._blob_head)
        wkbs = [read.blobs[place][start:] for place in shaped]
        found, foreign = read_shapes(wkbs)
        if foreign is not None:
            raise BadCell(f"{GEOMETRY} ({read.uids[shaped[foreign]]})")
        shapes: list[Any] = [None] * len(read.blobs)
        hexes: list[str | None] = [None] * len(read.blobs)
        for place, wkb, shape in zip(shaped, wkbs, found, strict=True):
            hexes[place], shapes[place] = wkb.hex().upper(), shape
        keys = (*(item.key for item in self.fields), GEOMETRY, LINEAGE)
        lines = zip(*read.values, hexes, read.lineages, strict=True)
        contents: list[Content] = [dict(zip(keys, line, strict=True)) for line in lines]
        if spellings is not None and contents:
            said = {item.key: (SPELLERS[item.type], cells) for item, cells in zip(self.fields, read.cells, strict=True)}
            texts = spell_contents({**said, GEOMETRY: (quoted, hexes), LINEAGE: (as_said, read.told)})
            pairs = zip(contents, texts, shapes, strict=True)
            spellings.learn([(content, *spelled, shape) for content, spelled, shape in pairs])
        coming = iter(contents)
        return [
            RecordChange(
                self.name, uid, operation, revision, base, before, None if operation == "delete" else next(coming)
            )
            for uid, revision, base, operation, before in zip(*read.heads, strict=True)
        ]

    def _read(self, rows: Sequence[tuple[Any, ...]]) -> "_Read":
        """Return the cells of untrusted rows and what they say, the shapes not looked into."""
        columns: list[Cells] = list(zip(*rows, strict=True))
        blobs = columns.pop(0) if self.geometry_name else (None,) * len(rows)
        heads, cells, told = columns[:5], columns[5:-1], columns[-1]
        _check_heads(*heads)
        operations = heads[3]
        kept = [place for place, operation in enumerate(operations) if operation != "delete"]
        if len(kept) < len(rows):
            gone = [place for place, operation in enumerate(operations) if operation == "delete"]
            beside = (blobs, told, *cells)
            demand(all(column[place] is None for column in beside for place in gone), "operation")
            cells = [[column[place] for place in kept] for column in cells]
            blobs, told = ([column[place] for place in kept] for column in (blobs, told))
        values = [
            read_column(item.key, READERS[item.type], column) for item, column in zip(self.fields, cells, strict=True)
        ]
        head = self._blob_head
        for blob in blobs:
            framed = isinstance(blob, bytes) and len(head) < len(blob) < _WKB_LIMIT and blob.startswith(head)
            demand(blob is None or framed, GEOMETRY_COLUMN)
        demand(None not in told, LINEAGE)
        lineages = read_column(LINEAGE, read_lineages, told)
        uids = [heads[0][place] for place in kept]
        return _Read(heads, uids, cells, values, blobs, told, lineages)

    @property
    def _blob_head(self) -> bytes:
        return _GP_HEADER + self.epsg.to_bytes(4, "little")


@dataclass(frozen=True, slots=True)
class _Read:
    """The columns of some rows: ``heads`` of all, the others of those that bring a content.

    ``cells`` are the fields as they came and ``values`` what they say; so are ``told`` and ``lineages``.
    """

    heads: Sequence[Cells]
    uids: Cells
    cells: Sequence[Cells]
    values: Sequence[Cells]
    blobs: Cells
    told: Cells
    lineages: Cells


def _check_heads(uids: Cells, revisions: Cells, bases: Cells, operations: Cells, hashes: Cells) -> None:
    demand(all(isinstance(uid, str) and is_uid(uid) for uid in uids), "uid")
    demand(all(map(is_revision, revisions)), "revision")
    demand(all(base is None or is_revision(base) for base in bases), "base_revision")
    demand(
        all(
            operation in OPERATIONS and (operation == "insert") <= (base is None)
            for operation, base in zip(operations, bases, strict=True)
        ),
        "operation",
    )
    demand(all(before is None or is_hash(before) for before in hashes), "before_hash")
