"""A conflict in plain sentences: what the province changed, what the commune changed, field by field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import shapely

from core.messages import Language, render
from forms.content import GEOMETRY, LINEAGE, geometry_from_hex
from forms.model import ReferenceField
from forms.readings import reading_words
from forms.titles import record_title
from forms.values import format_value
from geodesy.numbers import format_number
from localdb import records
from services.conflicts import WHOLE, Disputed, OpenConflict
from services.desk import Desk

LISTED = 6


@dataclass(frozen=True, slots=True)
class DisputeText:
    """One dispute as people read it: the field's name, one sentence, and what each side's button says."""

    key: str
    field: str
    sentence: str
    ours: str
    theirs: str


def conflict_title(desk: Desk, conflict: OpenConflict, language: Language) -> str:
    """Return the name of the record in dispute."""
    kind = desk.catalogue.type(conflict.type_id)
    return record_title(kind, conflict.record.values, language, desk.catalogue)


def describe_conflict(desk: Desk, conflict: OpenConflict, language: Language) -> tuple[DisputeText, ...]:
    """Return every dispute of a conflict in words."""
    return tuple(_describe(desk, conflict, item, language) for item in conflict.disputed)


def field_names(desk: Desk, type_id: str, keys: tuple[str, ...], language: Language) -> str:
    """Return the names of some fields, the first few of very many."""
    names = [_name(desk, type_id, key, language) for key in keys]
    return ", ".join(names[:LISTED]) + (", …" if len(names) > LISTED else "")


def _describe(desk: Desk, conflict: OpenConflict, item: Disputed, language: Language) -> DisputeText:
    if item.key == WHOLE:
        return _describe_whole(desk, conflict, item, language)
    name = _name(desk, conflict.type_id, item.key, language)
    base, ours, theirs = (
        _value(desk, conflict.type_id, item.key, value, language) for value in (item.base, item.ours, item.theirs)
    )
    code = "CONFLICT-BOTH" if item.has_base else "CONFLICT-BOTH-NEW"
    sentence = render(code, {"base": base, "ours": ours, "theirs": theirs}, language)
    if item.key == GEOMETRY and item.ours and item.theirs:
        apart = shapely.hausdorff_distance(geometry_from_hex(item.ours), geometry_from_hex(item.theirs))
        sentence += " " + render("CONFLICT-APART", {"apart_m": format_number(float(apart), 2, language)}, language)
    return DisputeText(item.key, name, sentence, ours, theirs)


def _describe_whole(desk: Desk, conflict: OpenConflict, item: Disputed, language: Language) -> DisputeText:
    edited = item.theirs if item.ours is None else item.ours
    before = item.base or {}
    keys = tuple(key for key, value in (edited or {}).items() if value != before.get(key) and key != LINEAGE)
    fields = field_names(desk, conflict.type_id, keys, language)
    code = "CONFLICT-WE-DELETED" if item.ours is None else "CONFLICT-THEY-DELETED"
    kept, gone = render("CONFLICT-KEEP-RECORD", {}, language), render("CONFLICT-DELETE-RECORD", {}, language)
    sides = (gone, kept) if item.ours is None else (kept, gone)
    name = render("CONFLICT-WHOLE", {}, language)
    return DisputeText(WHOLE, name, render(code, {"fields": fields}, language), *sides)


def _name(desk: Desk, type_id: str, key: str, language: Language) -> str:
    if key in (GEOMETRY, LINEAGE):
        return render(f"CONFLICT-{key.upper()}", {}, language)
    for item in desk.catalogue.type(type_id).fields:
        if item.key == key:
            return item.label.get(language) or next(iter(item.label.values()))
    return key


def _value(desk: Desk, type_id: str, key: str, value: Any, language: Language) -> str:
    """Return one side's value; nothing is a word too, for “5 → ” says little."""
    if value is None or value in ("", []):
        return render("CONFLICT-NOTHING", {}, language)
    if key == GEOMETRY:
        return _shape(geometry_from_hex(value), language)
    if key == LINEAGE:
        return _origin(value, language)
    field = next((item for item in desk.catalogue.type(type_id).fields if item.key == key), None)
    if field is None:
        return str(value)
    if isinstance(field, ReferenceField):
        with desk.reading() as connection:
            target = records.fetch_record(connection, desk.catalogue, str(value), deleted=True)
        if target is not None:
            return record_title(desk.catalogue.type(target.type_id), target.values, language, desk.catalogue)
    text = format_value(field, value, desk.catalogue, language)
    return f"{text} {field.unit}" if field.unit else text


def _shape(shape: Any, language: Language) -> str:
    count = int(shapely.get_num_coordinates(shape))
    dimension = int(shapely.get_dimensions(shape))
    if dimension == 0:
        facts = {name: format_number(value, 2, language) for name, value in (("x", shape.y), ("y", shape.x))}
        return render("CONFLICT-POINT", facts, language)
    code, figure = ("CONFLICT-LINE", shape.length) if dimension == 1 else ("CONFLICT-AREA", shape.area)
    return render(code, {"count": count, "figure": format_number(float(figure), 1, language)}, language)


def _origin(lineage: Mapping[str, Any], language: Language) -> str:
    parts = [str(lineage[key]) for key in ("source_file", "source_layer", "source_row") if lineage.get(key) is not None]
    origin = ", ".join(parts) or render("CONFLICT-DRAWN", {}, language)
    corrections = reading_words(lineage.get("reading") or {}, language)
    return ". ".join([origin, " ".join(corrections)]) if corrections else origin
