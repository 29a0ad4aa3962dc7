"""The promises of synchronising, P1 to P14, under faults in any order: three desks, one province, either database.

The model is what was acknowledged to a person: each value is written once in the world, so that it can be told
afterwards where it went.
"""

import os
import shutil
import tempfile
from collections import defaultdict
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.errors import AppError, EnvironmentFault, UserError
from forms.record import State
from localdb import journal, outbox
from services import editing, syncing
from services.approving import approve
from services.conflicts import decide, list_conflicts
from services.desk import Desk
from services.reading import fetch_record, history_of
from services.syncing import SyncReport, enrol, sync
from tests.databases import NewDatabase
from tests.services.desks import records_of, sample_line
from tests.sync.seats import Seat
from tests.sync.world import COMMUNE, Clock, Killed, Province, on_line

FAULTS = st.lists(st.sampled_from(["", "", "drop", "deaf", "twice", "late"]), max_size=12)
PLACES = ["store_sealed", "mark_sent", "store_receipt", "apply_page", "take_remarks", "recover_lost"]
FIELDS = ("name", "note")
GONE = (State.PACKED, State.SENT, State.ACCEPTED)
"""Where a record's local code is no longer the desk's to change."""
URL = "http://province"
LONG_EXAMPLES, LONG_STEPS = (int(part) for part in os.environ.get("DIABA_LAWS", "150x50").split("x"))


class World(RuleBasedStateMachine):
    """What may happen, in any order."""

    new_database: NewDatabase

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="diaba-"))
        self.patch = pytest.MonkeyPatch()
        self.patch.setenv("DIABA_CONFIG", str(self.folder / "config"))
        self.database = type(self).new_database(self.folder)
        (self.folder / "tỉnh").mkdir()
        location = self.database.__enter__()
        self.province = Province(self.folder, location if "://" in location else str(self.folder / "tỉnh.sqlite"))
        self.seats: list[Seat] = []
        self.counter = 0
        self.written: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
        self.born: dict[str, int] = {}
        self.deleted: set[str] = set()
        self.seen: dict[tuple[int, str], tuple[str | None, int]] = {}
        self.backed_up = False
        self.when: dict[str, int] = {}
        self.kept: dict[int, int] = {}
        self.rewound: set[str] = set()

    @initialize()
    def open(self) -> None:
        self.province.start()
        for number in range(3):
            seat = Seat(self.folder, self.province, number)
            self.seats.append(seat)
            with on_line(self._use, seat.line):
                enrol(seat.desk, URL, self.province.code())

    def _use(self, client: type) -> None:
        self.patch.setattr(syncing, "GatewayClient", client)

    def _sync(self, seat: Seat) -> SyncReport:
        with on_line(self._use, seat.line):
            return sync(seat.desk)

    def _token(self, who: int, uid: str, field: str) -> str:
        self.counter += 1
        token = f"Giá trị {self.counter}"
        self.written[uid, field].append((who, token))
        self.when[token] = self.counter
        return token

    @rule(who=st.integers(0, 2))
    def insert(self, who: int) -> None:
        """Enter a road that no rule objects to: side by side, so that every record can be approved in the end."""
        self.counter += 1
        north = 12.0 * self.counter
        name, shape = f"Đường {self.counter}", sample_line((0, north), (90, north))
        record = editing.insert_record(self.seats[who].desk, "road_segment", {"name": name}, shape).record
        self.born[record.uid] = who
        self.written[record.uid, "name"].append((who, name))
        self.when[name] = self.when[record.uid] = self.counter

    @rule(who=st.integers(0, 2), which=st.integers(0, 5))
    def add_a_bridge(self, who: int, which: int) -> None:
        """Enter what refers to a road; who deletes the road meanwhile is not hindered."""
        desk = self.seats[who].desk
        found = records_of(desk, "road_segment")
        if found:
            road = found[which % len(found)]
            self.counter += 1
            values = {"name": f"Cầu {self.counter}", "road_segment_uid": road.uid}
            middle = road.geometry.interpolate(0.5, normalized=True)
            uid = editing.insert_record(desk, "bridge", values, middle).record.uid
            self.born[uid], self.when[uid] = who, self.counter

    @rule(who=st.integers(0, 2), which=st.integers(0, 5), field=st.sampled_from(FIELDS))
    def edit(self, who: int, which: int, field: str) -> None:
        desk = self.seats[who].desk
        found = records_of(desk, "road_segment")
        if found:
            record = found[which % len(found)]
            token = self._token(who, record.uid, field)
            editing.update_values(desk, record.uid, {field: token}, expected=record.revision)
            assert fetch_record(desk, record.uid).values[field] == token, "P6: one reads what one wrote"

    @rule(who=st.integers(0, 2), which=st.integers(0, 5))
    def delete(self, who: int, which: int) -> None:
        desk = self.seats[who].desk
        found = records_of(desk, "road_segment")
        if len(found) > 2:
            uid = found[which % len(found)].uid
            editing.delete_records(desk, [uid])
            self.deleted.add(uid)

    @rule(who=st.integers(0, 2))
    def approve_all(self, who: int) -> None:
        approve(self.seats[who].desk)

    @rule(who=st.integers(0, 2), faults=FAULTS)
    def synchronise(self, who: int, faults: list[str]) -> None:
        seat = self.seats[who]
        self._approve(seat)
        seat.line.faults = faults
        try:
            self._sync(seat)
        except AppError as error:
            assert error.code.startswith("SYNC-") or (self.rewound and error.code == "PACKAGE-BLOCKED"), error
        finally:
            seat.line.faults = []

    @rule(who=st.integers(0, 2), place=st.sampled_from(PLACES), after=st.booleans())
    def kill_a_desk(self, who: int, place: str, after: bool) -> None:
        seat = self.seats[who]
        approve(seat.desk)
        with pytest.MonkeyPatch.context() as patch:
            owner: Any = outbox if hasattr(outbox, place) else syncing
            real = getattr(owner, place)

            def die(*arguments: Any, **facts: Any) -> None:
                if after:
                    real(*arguments, **facts)
                raise Killed

            patch.setattr(owner, place, die)
            with suppress(Killed, EnvironmentFault, UserError):
                self._sync(seat)
        seat.reopen()

    @rule(who=st.integers(0, 2), cut=st.booleans())
    def partition(self, who: int, cut: bool) -> None:
        self.seats[who].line.cut = cut

    @rule(who=st.integers(0, 2), days=st.sampled_from([-3650, -1, 1, 3650]))
    def jump(self, who: int, days: int) -> None:
        self.seats[who].clock.now += timedelta(days=days)

    @rule(who=st.integers(0, 2), side=st.sampled_from(["ours", "theirs"]))
    def decide_all(self, who: int, side: Any) -> None:
        self._decide(self.seats[who].desk, side)

    @rule(who=st.integers(0, 2))
    def keep_a_copy(self, who: int) -> None:
        self.seats[who].keep_copy()
        self.kept[who] = self.counter

    @rule(who=st.integers(0, 2))
    def put_a_copy_back(self, who: int) -> None:
        """What the desk had not sent since the copy is lost with it, and nothing is claimed of that any more."""
        if who not in self.kept:
            return
        self.seats[who].put_back()
        for (uid, field), tokens in list(self.written.items()):
            left = [(whose, token) for whose, token in tokens if whose != who or self.when[token] <= self.kept[who]]
            if len(left) < len(tokens):
                self.rewound.add(uid)
                self.written[uid, field] = left
        for uid, whose in list(self.born.items()):
            if whose == who and self.when[uid] > self.kept[who]:
                del self.born[uid]
        self.rewound.add("")
        self.seen = {key: seen for key, seen in self.seen.items() if key[0] != who}

    @rule(who=st.integers(0, 2), rounds=st.integers(1, 3), which=st.integers(0, 5))
    def send_and_put_a_copy_back(self, who: int, rounds: int, which: int) -> None:
        self.keep_a_copy(who)
        for _round in range(rounds):
            self.edit(who, which, "note")
            self.insert(who)
            self.synchronise(who, [])
        self.put_a_copy_back(who)

    def _approve(self, seat: Seat) -> None:
        """Approve what may be; two lives of a desk may give one local code to two roads, and a person changes one."""
        if self.rewound:
            known: set[Any] = set()
            for record in sorted(records_of(seat.desk, "road_segment"), key=lambda one: one.state not in GONE):
                code = record.values["local_code"]
                if code in known and record.state not in GONE:
                    self.counter += 1
                    new = f"{COMMUNE}-DUO-2026-{9000 + self.counter}-WALK"
                    editing.update_values(seat.desk, record.uid, {"local_code": new}, expected=record.revision)
                known.add(code)
        self._drop_stray_bridges(seat.desk)
        approve(seat.desk)

    def _drop_stray_bridges(self, desk: Desk) -> None:
        """Delete what refers to a road that is gone, as a person does whom the province has told so."""
        roads = {record.uid for record in records_of(desk, "road_segment")}
        for record in records_of(desk, "bridge"):
            if record.values["road_segment_uid"] not in roads and record.state not in GONE:
                editing.delete_records(desk, [record.uid])
                self.deleted.add(record.uid)

    def _decide(self, desk: Desk, side: Any) -> None:
        for conflict in list_conflicts(desk):
            decide(desk, conflict, {item.key: side for item in conflict.disputed})

    @rule()
    def restart(self) -> None:
        self.province.stop()
        self.province.start()

    @rule()
    def back_up(self) -> None:
        self.province.back_up()
        self.backed_up = True

    @precondition(lambda self: self.backed_up)
    @rule()
    def restore(self) -> None:
        self.province.restore()

    @invariant()
    def views_never_go_back(self) -> None:
        """P5: what a desk holds of the province's revisions only grows while the province lives one life."""
        for who, seat in enumerate(self.seats[:3]):
            with seat.desk.reading() as connection:
                epoch = outbox.fetch_pull_state(connection).epoch
                revisions = {uid: base.revision for uid, base in outbox.fetch_bases(connection).items()}
            for uid, revision in revisions.items():
                before = self.seen.get((who, uid))
                assert before is None or before[0] != epoch or before[1] <= revision, "P5: a view has gone back"
                self.seen[who, uid] = (epoch, revision)

    @invariant()
    def what_is_referred_to_is_there(self) -> None:
        """P9: nobody is shown a record of the province before that to which it refers."""
        for seat in self.seats[:3]:
            with seat.desk.reading() as connection:
                bases = outbox.fetch_bases(connection)
            for uid, base in bases.items():
                parent = (base.content or {}).get("road_segment_uid")
                assert parent is None or parent in bases, f"P9: {uid} came before its road"

    def teardown(self) -> None:
        try:
            if len(self.seats) == 3:
                self._heal()
                self.check_convergence()
                self.check_nothing_lost()
                self.check_receipts_add_up()
                self.check_journals()
        finally:
            for seat in self.seats:
                seat.desk.close()
            self.province.stop()
            self.database.__exit__(None, None, None)
            self.patch.undo()
            shutil.rmtree(self.folder, ignore_errors=True)

    def _heal(self) -> None:
        """P12: once the lines are up, a bounded number of rounds brings everything to rest."""
        for seat in self.seats:
            seat.line.cut, seat.line.faults = False, []
            seat.clock.now = Clock().now
        for _round in range(12):
            moved = False
            for seat in self.seats:
                self._decide(seat.desk, "ours")
                self._approve(seat)
                try:
                    report = self._sync(seat)
                except UserError as error:
                    assert self.rewound, error
                    assert error.code == "PACKAGE-BLOCKED"
                    moved = True
                    continue
                moved |= bool(report.packages or report.summary()["pulled"] or list_conflicts(seat.desk))
            if not moved:
                return
        raise AssertionError("P12: the queues do not empty")

    def _state(self, seat: Seat) -> dict[str, Any]:
        return {
            record.uid: (dict(record.values), record.geometry.wkb_hex if record.geometry else None, record.state)
            for type_id in ("road_segment", "bridge")
            for record in records_of(seat.desk, type_id)
        }

    def check_convergence(self) -> None:
        """P4, P8, P11: every desk holds the same, and so does one that begins anew."""
        anew = Seat(self.folder, self.province, 3)
        self.seats.append(anew)
        with on_line(self._use, anew.line):
            enrol(anew.desk, URL, self.province.code())
        self._sync(anew)
        first = self._state(anew)
        for seat in self.seats[:3]:
            assert self._state(seat) == first

    def check_nothing_lost(self) -> None:
        """P1, P2: whatever was saved stands, or in the history of whoever saved it; records are there once."""
        final = self._state(self.seats[3])
        for uid in self.born.keys() - self.deleted:
            assert uid in final, "P1: a record is gone that nobody deleted"
        for (uid, field), tokens in self.written.items():
            for who, token in tokens:
                told = str(history_of(self.seats[who].desk, uid))
                assert token in told, f"P1: {token} left no trace"
            if uid not in self.deleted | self.rewound and {who for who, _ in tokens} == {self.born.get(uid)}:
                assert final[uid][0][field] == tokens[-1][1], "P1: an edit that nobody disputed is gone"

    def check_receipts_add_up(self) -> None:
        """P3, P7, P10: each package has one answer, with one outcome for each of its changes."""
        for seat in self.seats:
            with seat.desk.reading() as connection:
                for package in outbox.fetch_packages(connection):
                    assert package.receipt is not None
                    outcomes = package.receipt["outcomes"]
                    counted = sum(sum(by.values()) for by in package.header["counts"].values())
                    assert len(outcomes) == counted

    def check_journals(self) -> None:
        """P13: after every crash the chain holds."""
        for seat in self.seats:
            with seat.desk.reading() as connection:
                assert journal.verify_chain(connection) is None


def _run(new_database: NewDatabase, examples: int, steps: int) -> None:
    machine = type("World", (World,), {"new_database": staticmethod(new_database)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            derandomize=steps < 20,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )


def test_the_promises_hold_for_a_while(new_database: NewDatabase) -> None:
    _run(new_database, examples=3, steps=15)


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_the_promises_hold_for_long(new_database: NewDatabase) -> None:
    _run(new_database, examples=LONG_EXAMPLES, steps=LONG_STEPS)
