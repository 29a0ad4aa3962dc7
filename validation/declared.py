"""The rules an office declares in its catalogue, made ready for the engine beside the program's own."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from core.errors import UserError
from core.tables import load_table
from forms.catalogue import Catalogue
from forms.declared_rules import DeclaredRule
from forms.expressions import compile_expression
from forms.loader import locate_rule
from validation.batch import Batch
from validation.context import CheckContext
from validation.finding import Severity
from validation.own_tolerances import stated_tolerances
from validation.rule import ALL_MOMENTS, RULES, TWO_TIERS, Check, Found, Rule, Scope

WORDS = "DECLARED-RULE"


@lru_cache(maxsize=8)
def declared_rules(catalogue: Catalogue) -> Mapping[str, Rule]:
    """Return the catalogue's declared rules by id; each finds the records in which its condition is false."""
    return {declared.id: _build(declared) for declared in catalogue.rules}


def refuse_unfit(catalogue: Catalogue) -> None:
    """Refuse rules and tolerances of packs that this program cannot take, with file and line.

    Raise ``UserError`` PACK-RULE-TAKEN, or FORM-SYNTAX for a tolerance that is none or outside its limits.
    """
    refuse_taken_ids(catalogue)
    stated_tolerances(catalogue)


def refuse_taken_ids(catalogue: Catalogue) -> None:
    """Raise ``UserError`` PACK-RULE-TAKEN with file and line for a declared rule under an id of the program's own.

    The ids of what is enforced elsewhere than by a rule are taken too.
    """
    taken = RULES.keys() | {row["rule_id"] for row in load_table("rules_elsewhere")}
    for declared in catalogue.rules:
        if declared.id in taken:
            file, line = locate_rule(catalogue.sources, declared.id)
            raise UserError("PACK-RULE-TAKEN", rule=declared.id, file=file, line=line)


def _build(declared: DeclaredRule) -> Rule:
    return Rule(
        id=declared.id,
        check=_check_of(declared),
        version=declared.version,
        findings={"": Severity(declared.severity)},
        moments=ALL_MOMENTS,
        scope=Scope(types=declared.types),
        legal=(declared.legal,),
        tolerances=(),
        valid_from=declared.valid_from or TWO_TIERS,
        valid_to=declared.valid_to,
        good=(),
        bad=(),
        words=WORDS,
        waivable=declared.waivable,
    )


def _check_of(declared: DeclaredRule) -> Check:
    must = compile_expression(declared.must)
    when = compile_expression(declared.when) if declared.when else None
    context = {"text": declared.text}

    def check(batch: Batch, surroundings: CheckContext) -> Iterator[Found]:
        for index in range(len(batch)):
            values = batch.values_of(index)
            if (when is None or when(values) is True) and must(values) is False:
                yield Found(index, field=declared.field, context=context)

    return check
