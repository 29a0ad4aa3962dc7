"""Undoing a wrong choice of encoding after an import: a column is read again from what the records' lineage kept."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.errors import UserError
from core.messages import render_label
from core.progress import SILENT, Progress
from exchange.legacy_text import UNKNOWN, UNREPAIRED, decode_text, encoding_name, known_encodings, preview_pairs
from forms.catalogue import Catalogue
from forms.computed import compute_values
from forms.model import AnyField, RecordType
from forms.values import parse_value
from localdb import records
from localdb.unit_of_work import Changed
from services.desk import Desk
from validation.batch import Batch

_SAMPLE = 200
_AGREEING = 0.5


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A text column of an imported file and the field it became; ``encoding`` is what it was read from.

    ``texts`` are some of its cells as they came.
    """

    type_id: str
    file: str
    layer: str | None
    column: str
    field: str
    encoding: str
    count: int
    texts: tuple[str, ...]

    def preview(self, encoding: str) -> tuple[tuple[str, str], ...]:
        """Return up to 20 cells as they came, and as another encoding would read them."""
        return preview_pairs(self.texts, encoding)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        keys = ("type_id", "file", "layer", "column", "field", "encoding", "count")
        return {"type" if key == "type_id" else key: getattr(self, key) for key in keys}


@dataclass(frozen=True, slots=True)
class Rereading:
    """What reading a column again did or would do.

    ``edited`` counts records whose value somebody changed since, ``unread`` those whose new text does not fit the
    field: both keep what they have. ``changed`` is ``None`` when nothing was written.
    """

    column: TextColumn
    encoding: str
    count: int
    edited: int
    unread: int
    changed: Changed | None

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        facts = {"count": self.count, "edited": self.edited, "unread": self.unread}
        return {**self.column.as_dict(), "before": self.column.encoding, "encoding": self.encoding, **facts}


def find_text_columns(desk: Desk, type_ids: Iterable[str] | None = None) -> tuple[TextColumn, ...]:
    """Return the text columns beyond ASCII of the files that became records, in the order in which they came."""
    found: list[TextColumn] = []
    with desk.reading() as connection:
        for type_id in type_ids or desk.catalogue.types:
            kind = desk.catalogue.type(type_id)
            batch = records.fetch_batch(connection, kind)
            for (file, layer), places in _imports(batch).items():
                found += _columns_of(desk.catalogue, batch, file, layer, places)
    return tuple(found)


def choose_text_column(columns: Sequence[TextColumn], column: str, file: str | None = None) -> TextColumn:
    """Return the one column called so; raise REREAD-NO-COLUMN, or REREAD-SEVERAL when files must be told apart."""
    named = [item for item in columns if item.column == column and file in (None, item.file)]
    if not named:
        raise UserError("REREAD-NO-COLUMN", column=column, columns=sorted({item.column for item in columns}))
    if len(named) > 1:
        raise UserError("REREAD-SEVERAL", column=column, files=sorted({item.file for item in named}))
    return named[0]


def reread_column(
    desk: Desk, column: TextColumn, encoding: str, *, dry_run: bool = False, progress: Progress = SILENT
) -> Rereading:
    """Read a column again from another encoding, in one step that one undo takes back; with ``dry_run`` only tell.

    A value that is no longer what the import made of it was edited since and stays. Raise ENCODING-UNKNOWN, and what
    an update of records raises.
    """
    chosen = encoding_name(encoding)
    if dry_run:
        with desk.reading() as connection:
            batch = records.fetch_batch(connection, desk.catalogue.type(column.type_id))
        updates, edited, unread = _updates(desk.catalogue, batch, column, chosen)
        return Rereading(column, chosen, len(updates), edited, unread, None)
    with desk.work("WORK-REREAD", column=column.column, file=column.file) as work:
        kind = desk.catalogue.type(column.type_id)
        batch = records.fetch_batch(work.connection, kind)
        updates, edited, unread = _updates(desk.catalogue, batch, column, chosen)
        if updates:
            work.update_many(kind, updates, progress=progress)
    told = replace(work.changed, label=render_label(work.changed.label)) if updates else None
    return Rereading(column, chosen, len(updates), edited, unread, told)


def _imports(batch: Batch) -> dict[tuple[str, str | None], list[int]]:
    found: dict[tuple[str, str | None], list[int]] = {}
    for place, lineage in enumerate(batch.lineages):
        if lineage.source_file is not None and lineage.raw_values:
            found.setdefault((lineage.source_file, lineage.source_layer), []).append(place)
    return found


def _columns_of(
    catalogue: Catalogue, batch: Batch, file: str, layer: str | None, places: Sequence[int]
) -> list[TextColumn]:
    names: dict[str, list[int]] = {}
    for place in places:
        for name, raw in batch.lineages[place].raw_values.items():
            if isinstance(raw, str) and not raw.isascii():
                names.setdefault(name, []).append(place)
    found = []
    for name, holding in names.items():
        told = _became(catalogue, batch, name, holding[:_SAMPLE])
        if told is not None:
            texts = tuple(dict.fromkeys(batch.lineages[place].raw_values[name] for place in holding))[:_SAMPLE]
            found.append(TextColumn(batch.type.id, file, layer, name, *told, len(holding), texts))
    return found


def _became(catalogue: Catalogue, batch: Batch, name: str, places: Sequence[int]) -> tuple[str, str] | None:
    """Return the field that a column became and the encoding it was read from, as most of its cells tell."""
    votes: Counter[tuple[str, str]] = Counter()
    for target in batch.type.fields:
        if target.computed is not None or target.type == "files":
            continue
        values = batch.column(target.key)
        for encoding in (UNREPAIRED, *known_encodings()):
            read = _Reader(target, catalogue, encoding)
            votes[target.key, encoding] = sum(
                values[place] is not None and read(batch.lineages[place].raw_values[name]) == values[place]
                for place in places
            )
    (best, count) = max(votes.items(), key=lambda item: item[1], default=(("", ""), 0))
    return best if count > _AGREEING * len(places) else None


class _Reader:
    """Reads a raw cell as a value of a field; ``None`` for a text that does not fit."""

    def __init__(self, target: AnyField, catalogue: Catalogue, encoding: str) -> None:
        self._target, self._catalogue, self._encoding = target, catalogue, encoding
        self._known: dict[str, Any] = {}

    def __call__(self, raw: str) -> Any:
        if raw not in self._known:
            self._known[raw] = self._read(raw)
        return self._known[raw]

    def _read(self, raw: str) -> Any:
        text = decode_text(raw, self._encoding)
        if UNKNOWN in text:
            return None
        try:
            return parse_value(self._target, text, self._catalogue)
        except UserError:
            return None


def _updates(
    catalogue: Catalogue, batch: Batch, column: TextColumn, encoding: str
) -> tuple[dict[str, Mapping[str, Any]], int, int]:
    """Return the values to store by uid, and how many records were edited since or cannot be read so."""
    kind: RecordType = batch.type
    target = kind.field(column.field)
    before, after = (_Reader(target, catalogue, name) for name in (column.encoding, encoding))
    values = batch.column(column.field)
    updates: dict[str, Mapping[str, Any]] = {}
    edited = unread = 0
    for place in _imports(batch).get((column.file, column.layer), ()):
        raw = batch.lineages[place].raw_values.get(column.column)
        if not isinstance(raw, str) or raw.isascii():
            continue
        new = after(raw)
        if values[place] != before(raw):
            edited += values[place] != new
        elif new is None:
            unread += 1
        elif new != values[place]:
            complete = {**batch.values_of(place), column.field: new}
            computed = compute_values(kind, complete, batch.geometries[place])
            updates[batch.uids[place]] = {column.field: new, **computed}
    return updates, edited, unread
