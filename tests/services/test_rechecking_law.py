"""The law of the incremental check: whatever was edited in whatever order, it finds what a check of everything finds.

The records are those by which the rules prove themselves, laid over each other in one commune, so that every rule that
reads other records has some to read.
"""

import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from core.errors import AppError
from core.progress import SILENT
from forms.loader import load_catalogue
from forms.record import Record, State
from localdb import history
from services import rechecking
from services.checking import CheckReport, run_checks
from services.desk import Desk
from services.desk_checks import check_desk
from services.rechecking import recheck, stored_report
from tests.services.desks import AN, open_again
from tests.services.rule_walks import batches_of, lay_out, salted, standing, stored_kind
from validation.rule import RULES

CATALOGUE = load_catalogue()
COPIES = 3
EXAMPLES = [item for _, one in sorted(RULES.items()) if one.reads for item in (*one.good, *one.bad)]
POOL = [
    (batch.type.id, batch.values_of(place), batch.geometries[place])
    for item in EXAMPLES
    for batch in batches_of(item, CATALOGUE)
    for place in range(len(batch))
]
SHIFTS_M = (0.0, 0.0, 0.04, 0.3, 0.8, 3.0, 60.0)
PLACES = st.integers(0, 10_000)


def plain(report: CheckReport) -> tuple[Any, ...]:
    """What a report says, whatever the order in which it was found."""
    found = sorted(repr({**item.as_dict("en"), "text": ""}) for item in report.findings)
    shares = {key: share.as_dict() for key, share in report.completeness.items() if share.wanted}
    return report.checked, report.rule_pack, found, shares


def full(desk: Desk) -> CheckReport:
    with desk.reading() as connection:
        return run_checks(desk, connection, list(desk.catalogue.types), SILENT)[0]


class Edited(RuleBasedStateMachine):
    """One workspace under many edits; what is refused is no edit."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        shutil.copytree(self.template, Path(self.folder.name) / "sổ")
        self.desk = open_again(Path(self.folder.name) / "sổ")
        self.report: CheckReport | None = check_desk(self.desk)

    def teardown(self) -> None:
        self.desk.close()
        self.folder.cleanup()

    def _any(self, place: int) -> Record | None:
        found = standing(self.desk)
        return found[place % len(found)] if found else None

    @rule(place=PLACES, copy=st.integers(0, COPIES - 1))
    def add_an_example(self, place: int, copy: int) -> None:
        lay_out(self.desk, EXAMPLES[place % len(EXAMPLES)], copy)

    @rule(
        place=PLACES,
        like=PLACES,
        copy=st.integers(0, COPIES - 1),
        shift=st.sampled_from(SHIFTS_M),
        what=st.integers(1, 3),
    )
    def edit(self, place: int, like: int, copy: int, shift: float, what: int) -> None:
        record = self._any(place)
        if record is None:
            return
        record_type = self.desk.catalogue.type(record.type_id)
        kin = [(values, geometry) for type_id, values, geometry in POOL if type_id == record.type_id]
        values, geometry = kin[like % len(kin)]
        changes: dict[str, Any] = {}
        if what & 1:
            changes["values"] = {key: salted(value, copy) for key, value in values.items()}
        if what & 2 and geometry is not None:
            changes["geometry"] = stored_kind(record_type, shapely.transform(geometry, lambda xy: xy + shift))
        with suppress(AppError), self.desk.work("WORK-CHECK") as work:
            work.update(record_type, record.uid, expected=record.revision, **changes)

    @rule(place=PLACES)
    def delete(self, place: int) -> None:
        record = self._any(place)
        if record is not None:
            with suppress(AppError), self.desk.work("WORK-CHECK") as work:
                work.delete(self.desk.catalogue.type(record.type_id), record.uid, expected=record.revision)

    @rule(place=PLACES, state=st.sampled_from([State.CANCELLED, State.DRAFT, State.APPROVED]))
    def set_state(self, place: int, state: State) -> None:
        record = self._any(place)
        if record is not None:
            with self.desk.work("WORK-CHECK", kind="state") as work:
                work.set_state(self.desk.catalogue.type(record.type_id), [record.uid], state)

    @rule(back=st.booleans())
    def undo_or_redo(self, back: bool) -> None:
        with suppress(AppError):
            (history.undo if back else history.redo)(self.desk.workspace, AN, self.desk.now())

    @rule()
    def check_again(self) -> None:
        self.report = recheck(self.desk, self.report)
        assert self.report is not None
        assert plain(self.report) == plain(full(self.desk))

    @rule()
    def check_everything(self) -> None:
        self.report = check_desk(self.desk)

    @rule()
    def start_again(self) -> None:
        """After a restart nothing is known but what the store holds."""
        rechecking.forget(self.desk)
        self.report = None

    @rule()
    def look_at_what_is_stored(self) -> None:
        report = stored_report(self.desk)
        if report is not None:
            assert plain(report) == plain(full(self.desk))


@pytest.mark.parametrize("examples", [8, pytest.param(150, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])])
def test_incremental_checks_find_what_full_ones_find(sample_template: Path, examples: int) -> None:
    machine = type("EditedSample", (Edited,), {"template": sample_template})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
