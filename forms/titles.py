"""What a record is called in lists, on the map and in messages."""

from collections.abc import Mapping
from typing import Any

from core.messages import Language, render
from forms.catalogue import Catalogue
from forms.model import ChoiceField, RecordType, ReferenceField
from forms.requirements import is_filled
from forms.values import format_value

Values = Mapping[str, Any]


def record_title(
    record_type: RecordType, values: Values, language: Language, catalogue: Catalogue | None = None
) -> str:
    """Return the filled title fields joined by a dash, else a code, else words saying that it has no name.

    With the catalogue codes are shown by their words; references are left out, for they need the store.
    """
    parts = [_part(record_type, key, values, language, catalogue) for key in record_type.title_fields]
    named = [part for part in parts if part] or [
        str(values[key]) for key in ("local_code", "official_id") if is_filled(values.get(key))
    ][:1]
    return " – ".join(named) or render("TITLE-UNNAMED", {"type": record_type.title}, language)


def _part(
    record_type: RecordType, key: str, values: Values, language: Language, catalogue: Catalogue | None
) -> str | None:
    field, value = record_type.field(key), values.get(key)
    if not is_filled(value) or isinstance(field, ReferenceField):
        return None
    if isinstance(field, ChoiceField) and catalogue is None:
        return str(value)
    return format_value(field, value, catalogue, language) if catalogue else str(value)
