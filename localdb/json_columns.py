"""Canonical JSON (``core.canonical``) of very many values at once: the same texts as one by one, far faster."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from json.encoder import encode_basestring
from typing import Any

json_text = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def encode_number(value: float) -> str:
    """Return a float's JSON; raise ``ValueError`` for one that has none."""
    if not math.isfinite(value):
        raise ValueError("a number that is not finite has no JSON form")
    return float.__repr__(value)


def object_texts(columns: Mapping[str, Sequence[Any]], count: int) -> list[str]:
    """Return ``count`` objects of the values of some columns by name, an empty value (``None``) left out."""
    parts = [_members(f"{encode_basestring(name)}:", columns[name]) for name in sorted(columns)]
    if not parts:
        return ["{}"] * count
    if all("" not in part for part in parts):
        return [f"{{{text}}}" for text in map(",".join, zip(*parts, strict=True))]
    return [f"{{{','.join(filter(None, row))}}}" for row in zip(*parts, strict=True)]


def _members(name: str, values: Sequence[Any]) -> list[str]:
    """Return name and value of each member, an empty text for an empty value."""
    kinds = set(map(type, values))
    encode = _ENCODERS.get(kinds.pop(), json_text) if len(kinds) == 1 else json_text
    return ["" if value is None else name + encode(value) for value in values]


_ENCODERS: dict[type, Callable[[Any], str]] = {str: encode_basestring, int: int.__repr__, float: encode_number}
