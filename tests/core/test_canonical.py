"""One byte form for one value."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.canonical import canonical_json, sha256_hex

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN)
def test_says_the_same_value(value: object) -> None:
    assert json.loads(canonical_json(value)) == value


@given(st.dictionaries(st.text(max_size=8), st.integers(), min_size=2))
def test_the_order_in_which_keys_came_is_forgotten(value: dict[str, int]) -> None:
    turned = dict(reversed(list(value.items())))
    assert list(turned) != list(value)
    assert canonical_json(turned) == canonical_json(value)


def test_has_no_blanks_and_keeps_letters() -> None:
    assert canonical_json({"tên": "Cầu Máng", "a": [1, 2.5, None]}) == '{"a":[1,2.5,null],"tên":"Cầu Máng"}'.encode()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"x": -float("inf")}])
def test_refuses_what_json_cannot_say(value: object) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical_json(value)


def test_refuses_bytes() -> None:
    with pytest.raises(TypeError):
        canonical_json(b"\x00")


def test_sha256_is_that_of_fips_180() -> None:
    assert sha256_hex(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
