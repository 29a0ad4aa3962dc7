"""Each rule says all that it reads, and nothing in vain: after any edit of its examples it finds what it should."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from core.errors import Bug
from core.progress import SILENT
from services import rechecking
from services.checking import run_checks
from services.desk import Desk
from services.desk_checks import check_desk
from services.rechecking import recheck
from tests.services.conftest import MakeDesk
from tests.services.rule_walks import edits_of, lay_out, standing
from validation.reads import Contents, Read
from validation.rule import RULES, Rule

READERS = sorted(rule_id for rule_id, one in RULES.items() if one.reads)
# So many of the rule's reads are proved: SEC-03's examples have one sort of work, TOP-16's need outlines of neighbours.
ALIKE = {"SEC-03": 1, "TOP-16": 0}
READS = [
    pytest.param(rule_id, read, id=f"{rule_id}-{type(read).__name__}-{read.type_id}")
    for rule_id in READERS
    for read in RULES[rule_id].reads[: ALIKE.get(rule_id)]
    if not isinstance(read, Contents)  # files that come and go have a test of their own
]


@pytest.fixture
def walked(open_copy: MakeDesk, sample_template: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """An empty workspace that has been checked; from now on a check of everything is a failure."""
    desk = open_copy(sample_template)
    check_desk(desk)

    def refuse(*_: object) -> None:
        raise Bug("BUG", reason="everything was checked")

    monkeypatch.setattr(rechecking, "_check_everything", refuse)
    return desk


def differing(desk: Desk, rule: Rule) -> Iterator[str]:
    """Yield each edit of the rule's examples after which the incremental check finds something else than a full one."""
    report = recheck(desk)
    for copy, example in enumerate((*rule.bad, *rule.good)):
        uids = lay_out(desk, example, copy)
        for edit in chain(["laid out"], edits_of(desk, rule, uids)):
            report = recheck(desk, report)
            assert report is not None
            with desk.reading() as connection:
                full, _ = run_checks(desk, connection, [example.type_id], SILENT)
            one, two = (
                sorted(repr(item) for item in found if item.rule_id == rule.id and item.type_id == example.type_id)
                for found in (report.findings, full.findings)
            )
            if one != two:
                yield edit
        with desk.work("WORK-CHECK") as work:
            for record in standing(desk):
                work.delete(desk.catalogue.type(record.type_id), record.uid, expected=record.revision)


@pytest.mark.parametrize("rule_id", READERS)
def test_a_rule_says_all_it_reads(rule_id: str, walked: Desk) -> None:
    assert list(differing(walked, RULES[rule_id])) == []


@pytest.mark.parametrize(("rule_id", "read"), READS)
def test_a_rule_reads_nothing_in_vain(rule_id: str, read: Read, walked: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were a read not declared, the walk would tell: the test above sees what is missing."""
    silent = replace(RULES[rule_id], reads=tuple(item for item in RULES[rule_id].reads if item is not read))
    monkeypatch.setitem(RULES, rule_id, silent)
    try:
        assert next(differing(walked, silent), None) is not None
    except Bug as error:
        assert "everything was checked" in str(error)
