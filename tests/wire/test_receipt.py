"""A receipt's short lines are spelled as its long ones, and what is sealed is canonical JSON."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.canonical import canonical_json
from tests.wire.samples import UID
from wire.plain import parse_canonical
from wire.receipt import RESULTS, CountedWaiver, Outcome
from wire.sealed import open_document, seal_document
from wire.signing import private_key_of

WAIVER = CountedWaiver(key="ab" * 32, rule_id="NET-01")
KEY = private_key_of(b"7" * 32)
plain = st.dictionaries(st.text(max_size=3), st.none() | st.integers() | st.text() | st.lists(st.text()), max_size=3)
outcomes = st.builds(
    Outcome,
    uid=st.just(UID.format(1)),
    type_id=st.just("road"),
    revision=st.integers(0, 9),
    result=st.sampled_from(RESULTS),
    base_revision=st.none() | st.integers(0, 9),
    code=st.none() | st.text(max_size=3),
    field=st.none() | st.text(max_size=3),
    context=plain,
    theirs=st.none() | plain,
    waived=st.sampled_from([(), (WAIVER,)]),
)


@given(outcomes)
def test_a_line_says_what_it_holds(outcome: Outcome) -> None:
    whole = outcome.model_dump(mode="json")
    assert outcome.as_dict() == ({key: whole[key] for key in whole if key != "waived"} if not outcome.waived else whole)


@given(plain)
def test_a_sealed_document_is_canonical(document: dict[str, Any]) -> None:
    data = seal_document(document, KEY)
    assert canonical_json(parse_canonical(data)) == data
    assert open_document(data, KEY.public_key()) == document
