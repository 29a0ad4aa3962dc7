"""Rules that an office declares in its catalogue: a condition that every record of some types must meet."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from forms.definition_checks import Problem, Surroundings, check_expression, check_text
from forms.model import Key, RecordType, Strict, Text

RuleId = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{1,7}-\d{2,4}$")]


class DeclaredRule(Strict):
    """One rule: where ``when`` holds (always, without it), ``must`` has to hold; an unknown outcome is no finding.

    Both are CQL2 over the record's own fields; ``text`` says where, what and what to do. Its id is never one of the
    program's own rules. Unless it is ``waivable``, nobody may let a record pass that breaks it.
    """

    id: RuleId
    severity: Literal["error", "warning", "info"]
    types: tuple[Key, ...] = Field(min_length=1)
    when: str | None = None
    must: str
    field: Key | None = None
    text: Text
    legal: Annotated[str, StringConstraints(min_length=3)]
    version: int = 1
    valid_from: date | None = None
    valid_to: date | None = None
    waivable: bool = True


def check_rule(rule: DeclaredRule, types: dict[str, RecordType], around: Surroundings) -> Iterator[Problem]:
    """Yield what is wrong with a declared rule among the types it speaks of."""
    yield from check_text(("text",), rule.text)
    for index, type_id in enumerate(rule.types):
        record_type = types.get(type_id)
        if record_type is None:
            yield Problem(("types", index), "TARGET", {"name": type_id})
            continue
        if rule.field is not None and rule.field not in {item.key for item in record_type.fields}:
            yield Problem(("field",), "FIELD", {"name": rule.field})
        for key in ("when", "must"):
            text = getattr(rule, key)
            if text is not None:
                yield from check_expression((key,), text, record_type, around)
