"""Work done by other threads: in order, stopped with its user, and what it raises is heard."""

import sys
import threading
import time

import pytest

from core.ahead import ahead, beside, quick_turns
from core.errors import Cancelled
from core.progress import Progress


def test_pieces_come_in_order_and_are_built_one_at_a_time() -> None:
    at_work = threading.Lock()
    builders: set[str] = set()

    def build(number: int) -> int:
        assert at_work.acquire(blocking=False)
        builders.add(threading.current_thread().name)
        at_work.release()
        return number * number

    assert list(ahead(build, range(50))) == [(number, number * number) for number in range(50)]
    assert threading.current_thread().name not in builders


def test_the_next_piece_is_built_while_this_one_is_used() -> None:
    begun = {number: threading.Event() for number in range(3)}

    def build(number: int) -> int:
        begun[number].set()
        return number

    for number, _ in ahead(build, range(3)):
        if number < 2:
            assert begun[number + 1].wait(5)


def test_a_single_piece_needs_no_thread() -> None:
    assert list(ahead(lambda _: threading.current_thread(), ["one"])) == [("one", threading.current_thread())]
    assert list(ahead(lambda _: 1, [])) == []


def test_a_piece_that_fails_is_heard_at_its_place() -> None:
    seen = []

    def build(number: int) -> int:
        if number == 2:
            raise ValueError("two")
        return number

    with pytest.raises(ValueError, match="two"):
        for number, _ in ahead(build, range(9)):
            seen.append(number)
    assert seen == [0, 1]


def test_whoever_stops_halfway_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    built = []
    pieces = ahead(built.append, range(100))
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert set(threading.enumerate()) == before
    assert len(built) <= 2


def test_work_beside_gives_its_result() -> None:
    with beside(lambda end: threading.current_thread().name) as work:
        assert work.result() != threading.current_thread().name


def test_work_beside_that_fails_is_heard_where_its_result_is_wanted() -> None:
    def fail(end: Progress) -> int:
        raise ValueError("no")

    with beside(fail) as work, pytest.raises(ValueError, match="no"):
        work.result()


def test_work_beside_ends_with_the_body() -> None:
    ended = threading.Event()

    def go_on(end: Progress) -> None:
        try:
            while True:
                end.step(0)
                time.sleep(0.001)
        except Cancelled:
            ended.set()
            raise

    with pytest.raises(KeyError), beside(go_on):
        raise KeyError
    assert ended.is_set()


def test_waiting_for_the_result_can_be_cancelled() -> None:
    class Stop:
        def step(self, done: int, total: int | None = None) -> None:
            raise Cancelled

    release = threading.Event()
    with pytest.raises(Cancelled), beside(lambda end: release.wait(5)) as work:
        try:
            work.result(Stop())
        finally:
            release.set()


def test_turns_are_quick_only_while_somebody_wants_them() -> None:
    usual = sys.getswitchinterval()
    with quick_turns():
        quick = sys.getswitchinterval()
        with quick_turns():
            assert sys.getswitchinterval() == quick < usual
        assert sys.getswitchinterval() == quick
    assert sys.getswitchinterval() == usual
