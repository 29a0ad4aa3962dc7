"""The texts under ``profiles/`` of a catalogue pack: YAML without tricks, for drawings or for the columns of tables."""

from collections.abc import Mapping
from typing import Any

import yaml

from core.errors import UserError
from forms.yaml_marks import TrickError, refuse_tricks

COLUMNS = "columns"
"""The key of a text that says how columns are read; one of a drawing has ``parts`` in its place."""


def read_profile_text(name: str, text: str) -> dict[str, Any]:
    """Return the mapping that a profile's text holds; raise ``UserError`` PROFILE-SYNTAX."""
    try:
        refuse_tricks(text)
        plain = yaml.safe_load(text)
    except (yaml.YAMLError, TrickError, RecursionError) as error:
        raise UserError("PROFILE-SYNTAX", name=name, reason=" ".join(str(error).split())[:200]) from error
    if not isinstance(plain, dict):
        raise UserError("PROFILE-SYNTAX", name=name, reason="parts")
    return plain


def is_of_columns(plain: Mapping[str, Any]) -> bool:
    """Whether a profile's text is one of columns."""
    return COLUMNS in plain


def pairs_of(name: str, plain: Mapping[str, Any], key: str) -> dict[str, str]:
    """Return a part's mapping of texts to texts; raise ``UserError`` PROFILE-SYNTAX."""
    found = plain.get(key, {})
    if not isinstance(found, dict) or not all(isinstance(item, str) for pair in found.items() for item in pair):
        raise UserError("PROFILE-SYNTAX", name=name, reason=key)
    return found
