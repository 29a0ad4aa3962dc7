"""JSON as it crosses a border: one spelling for one value, and no other spelling accepted."""

import json
from typing import Any

from core.canonical import canonical_json


def parse_canonical(data: bytes) -> Any:
    """Return the value of canonical JSON; raise ``ValueError`` on anything else.

    Two texts with one meaning would let a signature over the one speak for the other, so duplicate keys, other blanks,
    another order, NaN and bytes that are not UTF-8 are all refused.
    """
    value = json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse)
    if canonical_json(value) != data:
        raise ValueError("not canonical JSON")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} has no JSON form")
