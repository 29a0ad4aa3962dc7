"""Two computers of one commune and what they do in turn; the gateway between them is a program of its own."""

from collections.abc import Callable
from typing import Any

from forms.administration import load_communes
from forms.record import Record, State
from services import editing
from services.approving import approve
from services.desk import Desk
from services.reading import fetch_record
from services.syncing import SyncReport, sync
from tests.services.desks import sample_line

LINE = sample_line((0, 0), (120, 40), (260, 30))
COMMUNES = (one.code for one in load_communes().values() if one.province_code == "08" and one.code != "01153")
"""Communes of the same zone, one for each test that needs a province without anybody else's records."""

Pair = Callable[[], tuple[Desk, Desk]]


def one_road(desk: Desk, name: str = "Đường A") -> Record:
    """Enter, approve and send one road."""
    record = editing.insert_record(desk, "road_segment", {"name": name, "lanes": 1}, LINE).record
    push(desk, record)
    return fetch_record(desk, record.uid)


def edit(desk: Desk, uid: str, **values: Any) -> Record:
    return editing.update_values(desk, uid, values, expected=fetch_record(desk, uid).revision).record


def push(desk: Desk, record: Record) -> SyncReport:
    assert approve(desk, uids=[record.uid]).approved == (record.uid,)
    return sync(desk)


def state_of(desk: Desk, uid: str) -> State:
    return fetch_record(desk, uid).state
