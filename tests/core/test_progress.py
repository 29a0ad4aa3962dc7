"""Progress that can be heard, and work that can be stopped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Cancelled
from core.progress import SILENT, track


class Heard:
    """Notes what it hears, and stops the work at ``stop_at``."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.steps: list[tuple[int, int | None]] = []
        self._stop_at = stop_at

    def step(self, done: int, total: int | None = None) -> None:
        self.steps.append((done, total))
        if self._stop_at is not None and done >= self._stop_at:
            raise Cancelled


@given(st.lists(st.integers(), max_size=200), st.integers(2, 60))
def test_yields_everything_in_order(items: list[int], every: int) -> None:
    heard = Heard()
    assert list(track(items, heard, every=every)) == items
    done = [step[0] for step in heard.steps]
    assert done == sorted(done)
    assert heard.steps[-1] == (len(items), len(items))
    assert len(done) <= len(items) // every + 2


def test_knows_no_total_of_a_generator() -> None:
    heard = Heard()
    assert list(track((number for number in range(3)), heard)) == [0, 1, 2]
    assert heard.steps == [(0, None), (3, None)]


def test_stops_within_the_next_few() -> None:
    seen = []
    with pytest.raises(Cancelled):
        for item in track(range(1000), Heard(stop_at=100), every=50):
            seen.append(item)
    assert len(seen) == 100


def test_silence_is_a_progress_too() -> None:
    assert list(track("abc", SILENT)) == ["a", "b", "c"]
