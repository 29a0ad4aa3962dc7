"""Frames and packed columns: what goes in comes out, and nothing else is believed."""

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.columns import buffers_of, pack_numbers, pack_text, pack_wkb, unpack_bytes, unpack_cells, unpack_wkb
from exchange.frames import BrokenFrame, read_frame, write_frame

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)


@given(
    st.lists(st.tuples(st.dictionaries(st.sampled_from("abc"), plain), st.lists(st.binary(max_size=50))), max_size=4)
)
def test_frames_come_back(frames: list[tuple[dict[str, Any], list[bytes]]]) -> None:
    stream = io.BytesIO()
    for header, buffers in frames:
        write_frame(stream, header, buffers)
    stream.seek(0)
    for header, buffers in frames:
        assert read_frame(stream) == (header, [bytearray(buffer) for buffer in buffers])
    assert read_frame(stream) is None


@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_are_a_frame_or_refused(data: bytes) -> None:
    for start in (b"", b"DBF1", b"DBF1\x00\x00\x00\x02{}"):
        try:
            frame = read_frame(io.BytesIO(start + data))
        except BrokenFrame:
            continue
        assert frame is not None


@given(st.integers(1, 10_000))
def test_a_frame_cut_short_is_refused(cut: int) -> None:
    stream = io.BytesIO()
    write_frame(stream, {"frame": "rows"}, [b"x" * 5000])
    whole = stream.getvalue()
    if cut < len(whole):
        with pytest.raises(BrokenFrame):
            read_frame(io.BytesIO(whole[:cut]))


texts = st.lists(
    st.none() | st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=20
)


@given(texts)
def test_text_columns_come_back(cells: list[str | None]) -> None:
    header, buffers = pack_text("ten", cells, "utf-8")
    assert unpack_cells(header, buffers, "utf-8") == [cell or None for cell in cells]
    assert [raw.decode() or None for raw in unpack_bytes(header, buffers[0])] == [cell or None for cell in cells]
    assert buffers_of(header) == 1


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=40))
def test_integer_columns_come_back(cells: list[int | None]) -> None:
    missing = np.array([cell is None for cell in cells], dtype=bool)
    values = np.array([cell or 0 for cell in cells], dtype=np.int64)
    header, buffers = pack_numbers("so", "integer", values, missing)
    assert unpack_cells(header, buffers, "utf-8") == cells
    assert buffers_of(header) == 2


@given(st.lists(st.none() | st.binary(min_size=1, max_size=30), max_size=30))
def test_geometries_come_back(found: list[bytes | None]) -> None:
    assert unpack_wkb(*pack_wkb(found)).tolist() == found


def test_counts_that_lie_are_refused() -> None:
    header, buffers = pack_text("ten", ["a", "b"], "utf-8")
    for function in (
        lambda: unpack_cells({**header, "count": 3}, buffers, "utf-8"),
        lambda: unpack_bytes({**header, "count": 1}, buffers[0]),
    ):
        with pytest.raises(ValueError, match="differ"):
            function()
    numbers, parts = pack_numbers("so", "number", np.array([1.0]), np.array([False]))
    with pytest.raises(ValueError, match="differ"):
        unpack_cells({**numbers, "count": 2}, parts, "utf-8")
    wkb, lengths = pack_wkb([b"abc"])
    with pytest.raises(ValueError, match="differ"):
        unpack_wkb(wkb[:-1], lengths)


def test_what_many_rows_have_is_held_once() -> None:
    codes = ["LUC", None, "CLN", "LUC", "LUC", None, "CLN", "LUC"]
    header, buffers = pack_text("ma", codes, "utf-8")
    found = unpack_cells(header, buffers, "utf-8")
    assert found == codes
    assert len({id(cell) for cell in found}) == 3
    years = np.array([2030, 2030, 2045, 2030, 0, 2045], dtype=np.int64)
    header, buffers = pack_numbers("nam", "integer", years, years == 0)
    found = unpack_cells(header, buffers, "utf-8")
    assert found == [2030, 2030, 2045, 2030, None, 2045]
    assert len({id(cell) for cell in found}) == 3
    header, buffers = pack_numbers("cao", "number", np.array([0.0, -0.0] * 4), np.zeros(8, dtype=bool))
    assert [str(cell) for cell in unpack_cells(header, buffers, "utf-8")] == ["0.0", "-0.0"] * 4
