"""Keys, signatures, canonical JSON and receipts: one spelling, and any other one is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.canonical import canonical_json
from core.errors import UserError
from tests.wire.samples import MOMENT, UID
from wire.header import PackageHeader, parse_header
from wire.plain import parse_canonical
from wire.receipt import Outcome, Receipt, open_receipt, seal_receipt
from wire.signing import decode_bytes, encode_bytes, parse_public, private_key_of, public_text, seed_of, sign, verify

KEY = private_key_of(b"k" * 32)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.binary(max_size=200), st.integers(0, 511))
def test_a_signature_holds_for_exactly_its_bytes(data: bytes, bit: int) -> None:
    signature = sign(KEY, data)
    assert verify(KEY.public_key(), data, signature)
    assert not verify(KEY.public_key(), data + b"\0", signature)
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8
    assert not verify(KEY.public_key(), data, bytes(flipped))


def test_keys_have_one_text() -> None:
    text = public_text(KEY)
    assert text.startswith("ed25519:")
    assert public_text(parse_public(text)) == text == public_text(KEY.public_key())
    assert seed_of(private_key_of(seed_of(KEY))) == seed_of(KEY)


@pytest.mark.parametrize(
    "text", ["", "rsa:AAAA", "ed25519:", "ed25519:" + "A" * 43, "ed25519:" + "!" * 44, "ed25519:AAAA"]
)
def test_other_texts_are_no_keys(text: str) -> None:
    with pytest.raises(ValueError):
        parse_public(text)


@pytest.mark.parametrize("text", ["AB==", "A", "AA==\n", " AA==", "AAA", "AA=="[:3]])
def test_base64_has_one_spelling(text: str) -> None:
    with pytest.raises(ValueError):
        decode_bytes(text)
    assert decode_bytes(encode_bytes(b"\0")) == b"\0"


@given(JSON)
def test_canonical_json_round_trips(value: Any) -> None:
    data = canonical_json(value)
    assert canonical_json(parse_canonical(data)) == data


@pytest.mark.parametrize(
    "data",
    [b'{"a":1,"a":1}', b'{"b":1,"a":1}', b'{"a": 1}', b'{"a":1}\n', b"NaN", b'"\\u0041"', b"\xff", b"1.0e0", b"[1,]"],
)
def test_other_spellings_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        parse_canonical(data)


def _receipt() -> Receipt:
    outcomes = (
        Outcome(uid=UID.format(1), type_id="road", revision=1, result="applied", base_revision=1),
        Outcome(uid=UID.format(2), type_id="road", revision=3, result="rejected", code="GEO-02", field="geometry"),
        Outcome(
            uid=UID.format(3), type_id="road", revision=2, result="conflict", base_revision=4, theirs={"name": "Đường"}
        ),
    )
    return Receipt(
        package_id="a" * 64,
        commune_code="01153",
        device_id=UID.format(9),
        device_sequence=2,
        missing_sequences=(1,),
        received_at=MOMENT,
        epoch=UID.format(8),
        sequence=12,
        catalogue_hash="c",
        rule_pack_hash="r",
        audit_head="h",
        outcomes=outcomes,
    )


def test_a_receipt_comes_back_and_adds_up() -> None:
    receipt = _receipt()
    assert open_receipt(seal_receipt(receipt, KEY), KEY.public_key()) == receipt
    assert sum(receipt.count().values()) == len(receipt.outcomes)
    assert seal_receipt(receipt, KEY) == seal_receipt(_receipt(), KEY)


def test_every_flipped_byte_of_a_receipt_is_noticed() -> None:
    data = seal_receipt(_receipt(), KEY)
    for place in range(len(data)):
        changed = data[:place] + bytes([data[place] ^ 0x01]) + data[place + 1 :]
        with pytest.raises(UserError) as caught:
            open_receipt(changed, KEY.public_key())
        assert caught.value.code in {"RECEIPT-DAMAGED", "RECEIPT-FORGED"}


@pytest.mark.parametrize("data", [b"", b"<html>Welcome to the hotel</html>", b"{}", b"[]", b"null"])
def test_a_page_of_a_portal_is_no_receipt(data: bytes) -> None:
    with pytest.raises(UserError) as caught:
        open_receipt(data, KEY.public_key())
    assert caught.value.code == "RECEIPT-DAMAGED"


def test_a_receipt_of_another_server_is_a_forgery() -> None:
    with pytest.raises(UserError) as caught:
        open_receipt(seal_receipt(_receipt(), private_key_of(b"x" * 32)), KEY.public_key())
    assert caught.value.code == "RECEIPT-FORGED"


def test_a_header_is_read_strictly(header: PackageHeader) -> None:
    whole = header.model_copy(update={"package_id": header.computed_id()})
    assert parse_header(whole.encode()) == whole
    data = json.loads(whole.encode())
    for change in ({"extra": 1}, {"device_sequence": "1"}, {"commune_code": "1153"}, {"package_id": "0" * 64}):
        with pytest.raises(UserError) as caught:
            parse_header(canonical_json({**data, **change}))
        assert caught.value.code == "PACKAGE-DAMAGED"
    with pytest.raises(UserError) as caught:
        parse_header(canonical_json({**data, "format": 2}))
    assert caught.value.code == "PACKAGE-FORMAT"
    with pytest.raises(UserError):
        parse_header(json.dumps(data).encode())
