"""Each rule is broken at known places in a whole commune: all of it is found, and nothing else."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import planting, seeded_errors
from benchmarks.planting.registry import PLANTINGS
from core.resources import resource_path
from validation.rule import RULES

NOT_PLANTED = frozenset(
    {
        *("PKG-01", "PKG-03", "PKG-04", "PKG-05", "PKG-06", "SEC-05"),  # about a package as a whole, not its records
        "GEO-04",  # the store has no room for heights: only what comes from elsewhere can have them
        "TOP-16",  # needs the neighbours' outlines, which the shipped sample has not
    }
)
"""Rules of which nothing can be planted in the records of the sample's commune."""


@pytest.mark.filterwarnings("ignore:invalid value encountered")  # a geometry that is not a number is planted too
def test_every_planted_error_is_found_and_nothing_else(tmp_path: Path) -> None:
    sample = resource_path("sample")
    outline = sample / "ranh_gioi_xa.geojson"
    with seeded_errors.opened_commune(tmp_path / "workspace", outline, sample, seeded_errors.SAMPLE) as desk:
        assert {code for code, _ in seeded_errors.found_in(desk)} == {"ATT-01.complete"}, "the shipped sample is clean"
        tallies = seeded_errors.plant_and_check(desk, tmp_path)
    assert {tally.rule_id: (tally.missed, tally.false) for tally in tallies if tally.missed or tally.false} == {}
    assert {tally.rule_id for tally in tallies if not tally.planted} == NOT_PLANTED
    assert {tally.rule_id for tally in tallies} == set(RULES)


def test_the_real_commune_is_clean_but_for_what_is_true_of_it(shared_data: Path, tmp_path: Path) -> None:
    """One road leaves the commune and has three lanes on five metres; tracks recorded by GPS run over each other."""
    real = shared_data / "real"
    boundaries, files = real / "communes_tuyen_quang_2026.gpkg", real / "01153"
    with seeded_errors.opened_commune(tmp_path / "workspace", boundaries, files, seeded_errors.REAL) as desk:
        found = Counter(code for code, _ in seeded_errors.found_in(desk))
    assert {code for code in found if code != "ATT-01.complete"} == {
        *("TOP-09", "ADM-03.far", "ADM-07.named", "ATT-03.lanes"),
    }
    assert (found["TOP-09"], found["ADM-03.far"], found["ADM-07.named"]) == (9, 1, 1)


def test_the_planter_shares_no_code_with_the_rules() -> None:
    assert planting.__file__ is not None
    for path in Path(planting.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [item.name for item in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] == "validation"], path.name
    assert len(PLANTINGS) > 80
