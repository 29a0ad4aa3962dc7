"""Local codes: made for records that have none, offline, without meeting those of other devices."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.progress import SILENT, Progress
from forms.administration import load_communes
from forms.identity import LOCAL_CODE
from forms.model import RecordType
from localdb import likeness, local_codes, records
from localdb.record_errors import unknown_record
from localdb.unit_of_work import Changed, UnitOfWork
from services.desk import Desk


def has_local_code(record_type: RecordType) -> bool:
    """Whether records of this type carry a local code."""
    return any(field.key == LOCAL_CODE for field in record_type.fields)


def next_local_code(desk: Desk, work: UnitOfWork, record_type: RecordType, values: Mapping[str, Any]) -> str:
    """Return a new local code for a record with these values; it is given when ``work`` commits, else never was."""
    return work.allocate_codes(record_type, _year(desk), [_commune_of(desk, values.get("commune_code"))])[0]


def fill_codes(
    desk: Desk, work: UnitOfWork, record_type: RecordType, values: Mapping[str, Sequence[Any]]
) -> list[str | None]:
    """Return the column of local codes with a new one in each empty place; other columns by field are ``values``."""
    codes = list(values[LOCAL_CODE])
    empty = [place for place, code in enumerate(codes) if not code]
    communes = values.get("commune_code") or [None] * len(codes)
    fresh = work.allocate_codes(record_type, _year(desk), [_commune_of(desk, communes[place]) for place in empty])
    for place, code in zip(empty, fresh, strict=True):
        codes[place] = code
    return codes


def with_local_code(
    desk: Desk, work: UnitOfWork, record_type: RecordType, values: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return a new record's values with a local code where its type has one and nobody has typed one."""
    if not has_local_code(record_type) or values.get(LOCAL_CODE):
        return values
    return {**values, LOCAL_CODE: next_local_code(desk, work, record_type, values)}


def assign_codes(
    desk: Desk,
    *,
    type_ids: Sequence[str] | None = None,
    uids: Sequence[str] | None = None,
    progress: Progress = SILENT,
) -> Changed:
    """Give a local code to every record without one, in one step that one undo takes back.

    ``type_ids`` and ``uids`` narrow; without either it is every record of the workspace. Records that have a code keep
    it. Raise ``UserError`` TYPE-UNKNOWN or RECORD-UNKNOWN; records of an append-only type get theirs only when made.
    """
    wanted = [desk.catalogue.type(type_id) for type_id in type_ids or desk.catalogue.types]
    asked = None if uids is None else set(uids)
    with desk.work("WORK-CODES") as work:
        for record_type in wanted:
            if not has_local_code(record_type) or record_type.append_only:
                continue
            without = records.fetch_without(work.connection, record_type, LOCAL_CODE, "commune_code", asked)
            communes = [_commune_of(desk, commune) for _, commune in without]
            codes = work.allocate_codes(record_type, _year(desk), communes)
            updates = {uid: {LOCAL_CODE: code} for (uid, _), code in zip(without, codes, strict=True)}
            work.update_many(record_type, updates, progress=progress)
        if asked is not None:
            _refuse_unknown(desk, work, asked)
    return work.changed


def holders_of(desk: Desk, type_id: str, code: str) -> list[str]:
    """Return the uids of the records of a type that have this local code, by the search index."""
    record_type = desk.catalogue.type(type_id)
    with desk.reading() as connection:
        return likeness.fetch_holders(connection, record_type, desk.workspace.type_numbers[type_id], code)


def device_mark_of(desk: Desk) -> str:
    """Return the four signs that end the codes made on this device."""
    with desk.reading() as connection:
        return local_codes.current_mark(connection, desk.workspace.device_id)


def _refuse_unknown(desk: Desk, work: UnitOfWork, uids: set[str]) -> None:
    known: set[str] = set()
    for record_type in desk.catalogue.types.values():
        known.update(records.fetch_revisions(work.connection, record_type, uids))
    if missing := uids - known:
        raise unknown_record(work.connection, desk.catalogue, min(missing))


def _commune_of(desk: Desk, code: object) -> str:
    """Return the commune a code names: the record's own while it is one of today's, else the workspace's."""
    return code if isinstance(code, str) and code in load_communes() else desk.commune.code


def _year(desk: Desk) -> int:
    return int(desk.today()[:4])
