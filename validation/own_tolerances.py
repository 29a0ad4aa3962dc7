"""The tolerances that an office sets in its catalogue packs, held against the limits of the program's table."""

from functools import lru_cache

from core.errors import UserError
from forms.catalogue import Catalogue
from forms.syntax import syntax_error
from forms.tolerance_files import OwnTolerance, parse_tolerances
from validation.tolerances import merge_tolerances


@lru_cache(maxsize=8)
def stated_tolerances(catalogue: Catalogue) -> tuple[OwnTolerance, ...]:
    """Return what the packs of a catalogue set otherwise than the program does, with reason, file and line.

    Raise ``UserError`` FORM-SYNTAX with file and line for what ``merge_tolerances`` refuses.
    """
    stated = parse_tolerances(catalogue.sources.tolerances)
    for item in stated:
        try:
            merge_tolerances({item.key: item.value})
        except UserError as error:
            facts = {**error.context, "name": item.key}
            del facts["key"]
            raise syntax_error(error.code, item.file, item.line, item.key, **facts) from error
    return stated


def own_tolerances(catalogue: Catalogue) -> dict[str, float]:
    """Return the values that the packs of a catalogue set, by key; raise what ``stated_tolerances`` raises."""
    return {item.key: item.value for item in stated_tolerances(catalogue)}
