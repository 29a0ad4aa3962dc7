"""Very many records are looked at in parts: what is found is what is found in one."""

import pytest

from forms.catalogue import Catalogue
from forms.loader import load_catalogue
from validation import batch as batches
from validation.batch import Batch
from validation.engine import check_batch
from validation.examples import Example
from validation.finding import Finding
from validation.rule import RULES

CATALOGUE = load_catalogue()
EXAMPLES = [
    pytest.param(one, id=f"{rule_id}-{place}")
    for rule_id, rule in sorted(RULES.items())
    for place, one in enumerate((*rule.good, *rule.bad))
    if len(one.batch(CATALOGUE)) > 1
]


class Steps:
    """Keeps what is reported."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int | None]] = []

    def step(self, done: int, total: int | None = None) -> None:
        self.told.append((done, total))


def plain(found: list[Finding]) -> list[str]:
    return sorted(repr({**finding.as_dict("en"), "text": ""}) for finding in found)


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_record_by_itself_and_all_together(example: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    batch, context = example.batch(CATALOGUE), example.context(CATALOGUE)
    whole = check_batch(batch, context)
    monkeypatch.setattr(batches, "PART", 1)
    steps = Steps()
    parts = check_batch(example.batch(CATALOGUE), context, progress=steps)
    assert plain(parts) == plain(whole)
    assert [finding.severity for finding in parts] == [finding.severity for finding in whole]
    assert steps.told == sorted(steps.told)
    assert steps.told[-1][0] == steps.told[-1][1]


def test_a_part_says_of_its_records_what_the_whole_says(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    [example] = RULES["ADM-04"].good[:1]
    one: Batch = example.batch(catalogue)
    batch = one.followed_by(one).followed_by(one)
    monkeypatch.setattr(batches, "PART", 2)
    parts = list(batch.parts())
    assert [len(part) for part in parts] == [2, 1]
    assert [uid for part in parts for uid in part.uids] == batch.uids
    assert [lineage for part in parts for lineage in part.lineages] == list(batch.lineages)
    assert [part.values_of(0) for part in parts] == [batch.values_of(0), batch.values_of(2)]
    assert list(one.parts()) == [one]
