"""Identifiers made offline: their bits are those of RFC 9562, and their order is the order they were made in."""

import os
import threading
import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import identity
from core.identity import build_uid, is_uid, new_uid, new_uids

MOMENTS = st.integers(0, 2**48 - 1)
COUNTERS = st.integers(0, 0xFFF)
RANDOM = st.binary(min_size=8, max_size=8)


@given(MOMENTS, COUNTERS, RANDOM)
def test_has_the_bits_of_version_7(milliseconds: int, counter: int, random: bytes) -> None:
    uid = uuid.UUID(build_uid(milliseconds, counter, random))
    assert uid.version == 7
    assert uid.variant == uuid.RFC_4122
    assert uid.int >> 80 == milliseconds
    assert uid.int >> 64 & 0xFFF == counter
    assert uid.int & (2**62 - 1) == int.from_bytes(random, "big") & (2**62 - 1)


def test_is_the_example_of_the_rfc() -> None:
    """RFC 9562, appendix A.6: 2022-02-22 14:22:22 -05:00, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F."""
    assert build_uid(0x017F22E279B0, 0xCC3, bytes.fromhex("18c4dc0c0c07398f")) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


@given(st.tuples(MOMENTS, COUNTERS), st.tuples(MOMENTS, COUNTERS), RANDOM, RANDOM)
def test_text_sorts_as_time_and_counter(
    one: tuple[int, int], other: tuple[int, int], random: bytes, more: bytes
) -> None:
    if one != other:
        assert (build_uid(*one, random) < build_uid(*other, more)) == (one < other)


def test_a_batch_larger_than_the_counter_still_ascends() -> None:
    before = time.time_ns() // 1_000_000
    found = new_uids(10_000)
    assert found == sorted(set(found))
    assert all(is_uid(uid) for uid in found[::997])
    assert uuid.UUID(found[0]).int >> 80 >= before


def test_a_clock_set_back_does_not_set_back_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    first = new_uid()
    real = time.time_ns()
    monkeypatch.setattr(identity.time, "time_ns", lambda: real - 10 * 365 * 86_400 * 10**9)
    assert first < new_uid() < new_uid()


def test_threads_never_share_an_identifier() -> None:
    found: list[list[str]] = []
    gate = threading.Barrier(8)

    def work() -> None:
        gate.wait()
        found.append([new_uid() for _ in range(500)])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = [uid for batch in found for uid in batch]
    assert len(everything) == len(set(everything)) == 4000
    assert all(batch == sorted(batch) for batch in found)


@pytest.mark.parametrize(
    "text",
    ["", "01153", "017F22E2-79B0-7CC3-98C4-DC0C0C07398F", "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}", "g" * 36],
)
def test_only_the_canonical_form_is_one(text: str) -> None:
    assert not is_uid(text)
    assert is_uid(str(uuid.UUID(bytes=os.urandom(16))))
