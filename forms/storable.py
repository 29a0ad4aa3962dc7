"""What a store can hold, asked of values that were read from no text: a program hands them over as they are."""

import math
from collections.abc import Mapping
from typing import Any

from core.errors import UserError
from forms.model import IntegerField, NumberField, RecordType

WHOLE_LIMIT = 2**53
"""The largest whole number that every program which reads our files holds exactly."""
LARGEST_INTEGER = 2**63
"""The first whole number that a store cannot hold."""


def expect_storable(record_type: RecordType, values: Mapping[str, Any]) -> None:
    """Raise ``UserError`` VALUE-NO-FIELD for a key that is no field of the type, and for no number of its field.

    That is VALUE-NUMBER, VALUE-INTEGER, or VALUE-INTEGER-SIZE, with field and value.
    """
    fields = {field.key: field for field in record_type.fields}
    for key, value in values.items():
        if key not in fields:
            raise UserError("VALUE-NO-FIELD", field=key, type=record_type.title)
        field = fields[key]
        is_number = isinstance(field, IntegerField | NumberField) and value is not None
        if is_number and (code := _fault_of(value, whole=isinstance(field, IntegerField))):
            raise UserError(code, field=field.label, value=word_integer(value))


def word_integer(value: object) -> str:
    """Return a value as an error names it; a whole number of very many digits by its power of two."""
    if isinstance(value, int) and value.bit_length() > 256:
        return f"{'-' if value < 0 else ''}2^{value.bit_length() - 1}…"
    return str(value)


def _fault_of(value: object, *, whole: bool) -> str | None:
    """Return the code of what is wrong with the value of a number's field."""
    if not isinstance(value, int | float):
        return "VALUE-NUMBER"
    if isinstance(value, int) and abs(value) >= LARGEST_INTEGER:
        return "VALUE-INTEGER-SIZE"
    if not math.isfinite(value):
        return "VALUE-NUMBER"
    if whole and not float(value).is_integer():
        return "VALUE-INTEGER"
    return "VALUE-INTEGER-SIZE" if whole and abs(value) > WHOLE_LIMIT else None
