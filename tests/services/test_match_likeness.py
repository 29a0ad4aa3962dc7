"""Which of two sets of objects are the same ones, by place and name."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from services.desk import Desk
from services.match_likeness import find_alike, word_likeness
from services.matching import Matching
from services.reading import fetch_record
from tests.services.desks import sample_line, sample_square, write_roads
from tests.services.test_matching import add_road, bring, counted, outcomes

LINE = sample_line((0, 0), (120, 40), (260, 30))
SHIFTED = sample_line((0, 1), (120, 41), (260, 31))
FIRST, SECOND = sample_line((0, 0), (120, 40)), sample_line((120, 40), (260, 30))
AWAY = sample_line((0, 300), (200, 340))


def pairs(theirs: list[Any], ours: list[Any], within_m: float = 5.0) -> set[tuple[int, int]]:
    def split(items: list[Any]) -> tuple[Any, list[tuple[str | None, ...]]]:
        shapes = np.full(len(items), None, dtype=object)
        shapes[:] = [shape for shape, _ in items]
        return shapes, [(name,) for _, name in items]

    found = find_alike(*split(theirs), *split(ours), within_m=within_m)
    return set(zip(found.theirs.tolist(), found.ours.tolist(), strict=True))


@pytest.mark.parametrize(
    ("theirs", "ours", "expected"),
    [
        ([(LINE, "Đường Lê Lợi")], [(LINE, "DUONG LE LOI")], {(0, 0)}),
        ([(SHIFTED, "Le Loi")], [(LINE, "Lê Lợi")], {(0, 0)}),
        ([(SHIFTED, None)], [(LINE, "Lê Lợi")], {(0, 0)}),
        ([(LINE, "Ngõ 3")], [(LINE, "Ngõ 5")], {(0, 0)}),
        ([(FIRST, "Lê Lợi"), (SECOND, "Lê Lợi")], [(LINE, "Lê Lợi")], {(0, 0), (1, 0)}),
        ([(FIRST, "Ngõ 3")], [(LINE, "Ngõ 5")], set()),
        ([(AWAY, "Lê Lợi")], [(LINE, "Lê Lợi")], set()),
        ([(None, "lê lợi")], [(LINE, "LÊ LỢI"), (AWAY, "Lê Lai")], {(0, 0)}),
        ([(None, None)], [(LINE, None)], set()),
        ([(None, None)], [], set()),
        ([(shapely.Point(0, 0), "P1")], [(shapely.Point(3, 0), "P1"), (shapely.Point(1, 0), "P2")], {(0, 0)}),
        ([(sample_square(), None)], [(sample_square(0.5), None), (sample_square(50), None)], {(0, 0)}),
        ([(sample_square(), "A")], [(sample_square(60), "A")], set()),
        ([(shapely.Point(0, 0), None)], [(LINE, None)], set()),
    ],
)
def test_pairs_by_place_and_name(theirs: list[Any], ours: list[Any], expected: set[tuple[int, int]]) -> None:
    assert pairs(theirs, ours) == expected


@given(st.text(max_size=20), st.text(max_size=20))
def test_likeness_of_words_is_the_same_both_ways(one: str, other: str) -> None:
    assert word_likeness(one, other) == word_likeness(other, one)
    assert 0.0 <= word_likeness(one, other) <= 1.0
    assert word_likeness(one, one) == 1.0


def test_a_file_without_any_sign_brings_records_up_to_date(desk: Desk, tmp_path: Path) -> None:
    uid = add_road(desk, name="Đường Lê Lợi", surface="dat")
    add_road(desk, AWAY, name="Đường khác")
    path = write_roads(
        tmp_path / "d.geojson",
        [({"ten": "DUONG LE LOI", "mat_duong": "nhựa"}, SHIFTED), ({"ten": "Mới"}, sample_line((0, 90), (80, 90)))],
    )
    report = bring(desk, path, Matching("likeness", left_out=frozenset({(1, "geometry")})))
    assert outcomes(report) == {1: "changed", 2: "new"}
    record = fetch_record(desk, uid)
    assert (record.values["name"], record.values["surface"]) == ("Đường Lê Lợi", "BTN")


def test_a_split_line_asks_and_takes_the_answer(desk: Desk, tmp_path: Path) -> None:
    uid = add_road(desk, name="Đường Lê Lợi")
    path = write_roads(tmp_path / "d.geojson", [({"ten": "Duong Le Loi"}, FIRST), ({"ten": "Duong Le Loi"}, SECOND)])
    report = bring(desk, path, Matching("likeness"))
    assert (outcomes(report), report.written) == ({1: "ambiguous", 2: "ambiguous"}, 0)
    report = bring(desk, path, Matching("likeness", choices={1: uid, 2: "new"}))
    assert counted(report) == {"changed": 1, "new": 1}
    assert fetch_record(desk, uid).values["name"] == "Đường Lê Lợi"


def test_a_line_that_was_split_here_asks_which_part(desk: Desk, tmp_path: Path) -> None:
    uids = [add_road(desk, line, name="Đường Lê Lợi") for line in (FIRST, SECOND)]
    report = bring(desk, write_roads(tmp_path / "d.geojson", [({"ten": "Lê Lợi"}, LINE)]), Matching("likeness"))
    assert report.matches is not None
    [row] = report.matches.rows
    assert row.outcome == "ambiguous"
    assert {item.uid for item in row.candidates} == set(uids)
    assert all(item.likeness for item in row.candidates)
