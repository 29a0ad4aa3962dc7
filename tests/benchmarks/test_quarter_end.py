"""The simulation of a quarter's end: nobody is lost, nobody overtakes, and small cases are what one reckons by hand."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.quarter_end import RUSH, Arrival, Assumptions, Costs, arrivals, simulate
from forms.administration import load_communes

FAST = 1e12


def test_a_package_that_finds_a_free_core_waits_for_its_own_work_alone() -> None:
    course = simulate([Arrival(10.0, "a", 0, 2.0), Arrival(10.5, "b", 0, 2.0)], 2, FAST)
    assert course.answered_s.tolist() == [12.0, 12.5]
    assert (course.most_waiting(), course.work_s) == (2, 4.0)


def test_one_core_takes_one_after_the_other() -> None:
    course = simulate([Arrival(0.0, "a", 0, 2.0), Arrival(1.0, "b", 0, 2.0), Arrival(9.0, "c", 0, 2.0)], 1, FAST)
    assert course.waits_s.tolist() == [2.0, 3.0, 2.0]


def test_a_commune_s_packages_are_never_taken_side_by_side() -> None:
    course = simulate([Arrival(0.0, "a", 0, 2.0), Arrival(0.0, "a", 0, 2.0)], 2, FAST)
    assert course.answered_s.tolist() == [2.0, 4.0]


def test_the_line_of_the_province_brings_one_byte_after_the_other() -> None:
    course = simulate([Arrival(0.0, "a", 100, 0.0), Arrival(1.0, "b", 100, 0.0), Arrival(90.0, "c", 100, 0.0)], 1, 10.0)
    assert course.received_s.tolist() == [10.0, 20.0, 100.0]


@pytest.mark.parametrize("assumed", [Assumptions(), RUSH], ids=["spread", "rush"])
def test_every_commune_sends_all_its_records_in_order(assumed: Assumptions) -> None:
    found = arrivals(Costs(0.0, 1.0, 0.0), replace(assumed, scans=(1.0, 0.1)))
    sent = [one for those in found.values() for one in those]
    assert {one.commune for one in sent} == set(load_communes())
    assert max(one.work_s for one in sent) == assumed.package_records, "a record costs one second here"
    assert np.median([sum(one.work_s for one in those) for those in _by_commune(sent).values()]) == pytest.approx(
        assumed.records[0], rel=0.1
    )
    assert all(those == sorted(those) for those in found.values())


def _by_commune(sent: list[Arrival]) -> dict[str, list[Arrival]]:
    found: dict[str, list[Arrival]] = {}
    for one in sent:
        found.setdefault(one.commune, []).append(one)
    return found
