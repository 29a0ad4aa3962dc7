"""The laws of the merge, over all contents."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.merge import FieldConflict, merge, same, same_content

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.sampled_from([0.0, 1.0, 5.5]),
    st.sampled_from(["", "a", "b"]),
    st.lists(st.sampled_from(["01153", "01156"]), max_size=2),
    st.fixed_dictionaries({"source_file": st.sampled_from([None, "x.shp"])}),
)
CONTENTS = st.dictionaries(st.sampled_from(["name", "lanes", "geometry", "lineage"]), VALUES, max_size=4)
STATES = st.one_of(st.none(), CONTENTS)


def _says_the_same(first: Any, second: Any) -> bool:
    if first is None or second is None:
        return first is second
    return same_content(first, second)


@given(STATES, STATES)
def test_two_who_say_the_same_never_conflict(base: Any, said: Any) -> None:
    found = merge(base, said, said)
    assert found.conflicts == ()
    assert _says_the_same(found.values, said)


@given(CONTENTS, STATES)
def test_who_changed_nothing_takes_the_other(base: Any, other: Any) -> None:
    for found in (merge(base, base, other), merge(base, other, base)):
        assert found.conflicts == ()
        assert _says_the_same(found.values, other)


@given(STATES, STATES, STATES)
def test_the_sides_are_equals(base: Any, ours: Any, theirs: Any) -> None:
    one, other = merge(base, ours, theirs), merge(base, theirs, ours)
    assert _says_the_same(one.values, other.values)
    assert [(c.field, c.base, c.ours, c.theirs) for c in one.conflicts] == [
        (c.field, c.base, c.theirs, c.ours) for c in other.conflicts
    ]


@given(CONTENTS, CONTENTS, CONTENTS)
def test_no_value_is_invented_and_none_is_lost(base: Any, ours: Any, theirs: Any) -> None:
    found = merge(base, ours, theirs)
    assert found.values is not None
    disputed = {conflict.field for conflict in found.conflicts}
    for name in {*base, *ours, *theirs}:
        was, mine, yours, now = base.get(name), ours.get(name), theirs.get(name), found.values.get(name)
        if name in disputed:
            assert not same(mine, yours)
            assert not same(mine, was)
            assert not same(yours, was)
            assert same(now, was)
        else:
            assert same(now, mine) or same(now, yours)
            assert same(now, mine) or same(mine, was), "an edit of ours was dropped without a conflict"
            assert same(now, yours) or same(yours, was), "an edit of theirs was dropped without a conflict"


@given(CONTENTS, CONTENTS, CONTENTS)
def test_empty_and_missing_fields_mean_the_same(base: Any, ours: Any, theirs: Any) -> None:
    def filled(content: dict[str, Any]) -> dict[str, Any]:
        return {**dict.fromkeys(["name", "lanes", "geometry", "lineage"]), **content}

    plain, full = merge(base, ours, theirs), merge(filled(base), filled(ours), filled(theirs))
    assert _says_the_same(plain.values, full.values)
    assert plain.conflicts == full.conflicts


@given(CONTENTS, CONTENTS)
def test_deletion_against_edit_always_conflicts(base: Any, edited: Any) -> None:
    for found in (merge(base, None, edited), merge(base, edited, None)):
        if same_content(base, edited):
            assert (found.values, found.conflicts) == (None, ())
        else:
            assert [conflict.field for conflict in found.conflicts] == [None]


@given(CONTENTS, CONTENTS)
def test_without_a_base_only_equal_fields_pass(ours: Any, theirs: Any) -> None:
    disputed = {conflict.field for conflict in merge(None, ours, theirs).conflicts}
    assert disputed == {name for name in {*ours, *theirs} if not same(ours.get(name), theirs.get(name))}


def test_conflicts_say_base_ours_theirs() -> None:
    found = merge({"width_m": 5.0, "name": "A"}, {"width_m": 6.0, "name": "A"}, {"width_m": 7.0, "name": "B"})
    assert found.conflicts == (FieldConflict("width_m", 5.0, 6.0, 7.0),)
    assert found.values == {"width_m": 5.0, "name": "B"}


@pytest.mark.parametrize(
    ("first", "second", "equal"), [(True, 1, False), (5, 5.0, True), (None, "", False), ([], [], True)]
)
def test_equality_knows_kinds(first: object, second: object, equal: bool) -> None:
    assert same(first, second) is equal
