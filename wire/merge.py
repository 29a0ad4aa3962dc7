"""Three-way merge of one record. Pure: no clock, no store, no network."""

from dataclasses import dataclass
from typing import Any

from forms.computed import compute_values
from forms.content import GEOMETRY, Content, geometry_from_hex
from forms.model import RecordType
from wire.changes import plain_content


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """Both sides changed one field, differently; ``field`` is ``None`` when one side deleted the whole record."""

    field: str | None
    base: Any
    ours: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged content (``None``: deleted), with ``base`` kept wherever a person must decide."""

    values: Content | None
    conflicts: tuple[FieldConflict, ...]


def merge(base: Content | None, ours: Content | None, theirs: Content | None) -> Merged:
    """Merge flat contents field by field; ``None`` is a record that does not exist (any more).

    Geometry and lineage are fields like any other, an empty field equals a missing one, equal values are no conflict,
    and a deletion against an edit always is one. Without a base, every field on which the two differ is a conflict.
    """
    if ours is None or theirs is None:
        return _merge_deleted(base, ours, theirs)
    was_whole = base or {}
    values: Content = {}
    conflicts: list[FieldConflict] = []
    for name in sorted({*was_whole, *ours, *theirs}):
        was, mine, yours = was_whole.get(name), ours.get(name), theirs.get(name)
        if same(mine, yours) or (base is not None and same(yours, was)):
            values[name] = mine
        elif base is not None and same(mine, was):
            values[name] = yours
        else:
            values[name] = was
            conflicts.append(FieldConflict(name, was, mine, yours))
    return Merged(values, tuple(conflicts))


def merge_record(record_type: RecordType, base: Content | None, ours: Content | None, theirs: Content | None) -> Merged:
    """Merge the contents of a record of a type the merging side knows: ``merge``, and what is computed follows.

    Computed fields are never in conflict; where nothing else is either, they are computed anew from what was merged, so
    that a length belongs to its shape whoever changed which.
    """
    met = merge(base, ours, theirs)
    computed = {field.key for field in record_type.fields if field.computed is not None}
    if met.values is None or not computed or any(conflict.field is None for conflict in met.conflicts):
        return met
    conflicts = tuple(conflict for conflict in met.conflicts if conflict.field not in computed)
    values = met.values if conflicts else with_computed(record_type, met.values)
    return Merged(values, conflicts)


def with_computed(record_type: RecordType, content: Content) -> Content:
    """Return a content with its computed fields as the rest of it gives them."""
    found = compute_values(record_type, content, geometry_from_hex(content.get(GEOMETRY)))
    return plain_content(record_type, {**content, **found})


def _merge_deleted(base: Content | None, ours: Content | None, theirs: Content | None) -> Merged:
    if ours is None and theirs is None:
        return Merged(None, ())
    kept = theirs if ours is None else ours
    if base is not None and kept is not None and same_content(kept, base):
        return Merged(None, ())
    return Merged(base, (FieldConflict(None, base, ours, theirs),))


def same(first: Any, second: Any) -> bool:
    """Whether two field values are equal and of one kind: ``True`` is not 1, though 5 is 5.0."""
    if isinstance(first, bool) is not isinstance(second, bool):
        return False
    return bool(first == second)


def same_content(first: Content, second: Content) -> bool:
    """Whether two contents say the same, empty and missing fields alike."""
    return all(same(first.get(name), second.get(name)) for name in {*first, *second})
