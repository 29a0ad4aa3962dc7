"""Which fields a record shows, and how strongly it wants them filled, given what it already says."""

from collections.abc import Mapping
from typing import Any

from forms.expressions import evaluate
from forms.identity import without_made_code
from forms.model import FieldBase, Strength

Values = Mapping[str, Any]


def is_filled(value: Any) -> bool:
    """Whether a field with this value counts as filled: no and zero are values, empty text and lists are not."""
    return value is not None and value not in ("", [])


def is_visible(field: FieldBase, values: Values) -> bool:
    """Whether a form shows the field: its condition holds, or it has a value (nothing recorded is ever hidden)."""
    if field.visible_when is None or is_filled(values.get(field.key)):
        return True
    return evaluate(field.visible_when, values) is True


def required_strength(field: FieldBase, values: Values) -> Strength | None:
    """Return how strongly this record wants the field filled, ``None`` when it does not.

    An unknown condition requires nothing, and neither does a field that is not shown. A local code that the program
    made replaces nothing: to a condition it is empty.
    """
    if field.required is None or not is_visible(field, values):
        return None
    if field.required_when is not None and evaluate(field.required_when, without_made_code(values)) is not True:
        return None
    return field.required
