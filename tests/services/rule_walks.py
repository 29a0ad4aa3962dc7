"""Small worlds out of the rules' own examples, for the tests of what is checked again after an edit."""

from collections.abc import Iterator
from typing import Any

import shapely

from core.errors import AppError
from core.identity import build_uid
from forms.catalogue import Catalogue
from forms.model import RecordType
from forms.record import Record, State
from localdb import history, records
from services.desk import Desk
from tests.services.desks import AN
from validation.batch import Batch
from validation.examples import Example, uid_at
from validation.rule import Rule

AWAY_M = 60.0
SALT = 100_000
_NUMBERS = {
    uid_at(number): number
    for numbers in ((1, 50), (1001, 2000), (7001, 7010), (8001, 8010), (9001, 9010))
    for number in range(*numbers)
}


def salted(value: Any, salt: int) -> Any:
    """Return a uid of an example as its copy ``salt`` has it; anything else stays."""
    if isinstance(value, str) and value in _NUMBERS:
        return build_uid(_NUMBERS[value] + SALT * (salt + 1), 0, bytes(8))
    return value


def batches_of(example: Example, catalogue: Catalogue) -> list[Batch]:
    """Return the records of an example, those that it has stored among them."""
    surroundings = example.context(catalogue)
    return [example.batch(catalogue), *(surroundings.batches(type_id) for type_id in example.stored)]


def stored_kind(record_type: RecordType, shape: Any) -> Any:
    """Return a shape of the kind that a type stores, as every way in makes it."""
    if isinstance(shape, shapely.Polygon) and "multi_polygon" in record_type.geometry:
        return shapely.MultiPolygon([shape])
    if isinstance(shape, shapely.LineString) and "multi_line" in record_type.geometry:
        return shapely.MultiLineString([shape])
    return shape


def lay_out(desk: Desk, example: Example, salt: int) -> list[str]:
    """Store a copy of an example's records that are not there yet, and return the uids of what was stored."""
    laid = []
    with desk.work("WORK-CHECK") as work:
        for batch in batches_of(example, desk.catalogue):
            for place, uid in enumerate(batch.uids):
                values = {key: salted(value, salt) for key, value in batch.values_of(place).items()}
                mine = salted(uid, salt)
                if records.fetch_record(work.connection, desk.catalogue, mine) is not None:
                    continue
                try:
                    shape = stored_kind(batch.type, batch.geometries[place])
                    work.insert(batch.type, values, shape, batch.lineages[place], uid=mine)
                    laid.append(mine)
                except AppError:  # a shape that no store takes
                    continue
    return laid


def standing(desk: Desk) -> list[Record]:
    """Return every record of the workspace."""
    with desk.reading() as connection:
        return [item for one in desk.catalogue.types.values() for item in records.fetch_records(connection, one)]


def edits_of(desk: Desk, rule: Rule, uids: list[str]) -> Iterator[str]:
    """Edit each of some records in turn: away, back, elsewhere, back, another's values, back, cancelled, back."""
    kin: dict[str, list[dict[str, Any]]] = {}
    for example in (*rule.good, *rule.bad):
        for batch in batches_of(example, desk.catalogue):
            kin.setdefault(batch.type.id, []).extend(batch.values_of(place) for place in range(len(batch)))
    for uid in uids:
        record = _record(desk, uid)
        record_type = desk.catalogue.type(record.type_id)
        with desk.work("WORK-CHECK") as work:
            work.delete(record_type, uid, expected=record.revision)
        yield f"{uid} deleted"
        yield from _back(desk)
        if record.geometry is not None:
            _change(desk, uid, geometry=shapely.transform(record.geometry, lambda xy: xy + AWAY_M))
            yield f"{uid} moved"
            yield from _back(desk)
        told = [values for values in kin[record.type_id] if _plain(values) != _plain(record.values)]
        for values in told[:2]:
            _change(desk, uid, values=values)
            yield f"{uid} with other values"
            yield from _back(desk)
        for state in (State.CANCELLED, State.DRAFT):
            with desk.work("WORK-CHECK", kind="state") as work:
                work.set_state(record_type, [uid], state)
            yield f"{uid} {state}"


def _plain(values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _record(desk: Desk, uid: str) -> Record:
    with desk.reading() as connection:
        found = records.fetch_record(connection, desk.catalogue, uid)
    assert found is not None
    return found


def _change(desk: Desk, uid: str, **changes: Any) -> None:
    record = _record(desk, uid)
    with desk.work("WORK-CHECK") as work:
        work.update(desk.catalogue.type(record.type_id), uid, expected=record.revision, **changes)


def _back(desk: Desk) -> Iterator[str]:
    history.undo(desk.workspace, AN, desk.now())
    yield "back"
