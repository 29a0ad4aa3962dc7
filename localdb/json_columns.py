"""Canonical JSON (``core.canonical``) of very many values at once: the same texts as one by one, far faster."""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from json.encoder import encode_basestring
from typing import Any

import numpy as np

json_text = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def encode_number(value: float) -> str:
    """Return a float's JSON; raise ``ValueError`` for one that has none."""
    if not math.isfinite(value):
        raise ValueError("a number that is not finite has no JSON form")
    return float.__repr__(value)


def object_texts(columns: Mapping[str, Sequence[Any]], count: int) -> list[str]:
    """Return ``count`` objects of the values of some columns by name, an empty value (``None``) left out."""
    if not columns:
        return ["{}"] * count
    if all(None not in values for values in columns.values()):
        return _whole_objects(columns)
    parts = [_members(f"{encode_basestring(name)}:", columns[name]) for name in sorted(columns)]
    return [f"{{{','.join(filter(None, row))}}}" for row in zip(*parts, strict=True)]


def is_verbatim(text: bytes) -> bool:
    """Whether a text, as UTF-8, stands between the quotes of JSON as it is."""
    return b'"' not in text and b"\\" not in text and (not text or int(np.frombuffer(text, np.uint8).min()) >= 0x20)


def _whole_objects(columns: Mapping[str, Sequence[Any]]) -> list[str]:
    """Return the objects of columns without an empty value."""
    pieces: list[Iterable[str]] = []
    text = "{"
    for name in sorted(columns):
        text += f"{encode_basestring(name)}:"
        values = columns[name]
        kinds = set(map(type, values))
        if kinds == {str} and is_verbatim("".join(values).encode("utf-8", "surrogatepass")):
            pieces += [repeat(f'{text}"'), values]
            text = '",'
        else:
            encode = _ENCODERS.get(kinds.pop(), json_text) if len(kinds) == 1 else json_text
            pieces += [repeat(text), list(map(encode, values))]
            text = ","
    return list(map("".join, zip(*pieces, repeat(f"{text[:-1]}}}"), strict=False)))  # what is repeated has no end


def _members(name: str, values: Sequence[Any]) -> list[str]:
    """Return name and value of each member, an empty text for an empty value."""
    kinds = set(map(type, values))
    encode = _ENCODERS.get(kinds.pop(), json_text) if len(kinds) == 1 else json_text
    return ["" if value is None else name + encode(value) for value in values]


_ENCODERS: dict[type, Callable[[Any], str]] = {str: encode_basestring, int: int.__repr__, float: encode_number}
