"""Planning dossiers as one thing: what belongs to one, how full it is, what the province said, what came before it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.errors import UserError
from forms.dossiers import (
    BOUNDARY,
    DOCUMENT,
    DOSSIER,
    DRAWING,
    DossierCompleteness,
    DossierFacts,
    Part,
    measure_dossier,
)
from forms.model import ReferenceField
from forms.record import Record, State
from localdb import outbox, records
from localdb.engine import Connection
from localdb.pointing import count_pointing, fetch_pointing, fetch_references
from localdb.record_errors import unknown_record
from services.desk import Desk
from services.dossier_versions import (
    REPLACED,
    Related,
    Succession,
    build_succession,
    decision_of,
    group_alike,
    related_versions,
)

__all__ = [
    "Dossier",
    "DossierCompleteness",
    "DossierRow",
    "Part",
    "Related",
    "Remark",
    "Succession",
    "blocked_dossiers",
    "dossier_completeness",
    "list_dossiers",
    "only_dossier",
    "open_dossier",
    "propose_succession",
    "types_of_dossier",
]

OWNER = "dossier_uid"


@dataclass(frozen=True, slots=True)
class Remark:
    """What the province said of one record: ``rejected`` with a code and a field, or in ``conflict``."""

    uid: str
    type_id: str
    result: str
    code: str | None
    field: str | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """A dossier with all that belongs to it; ``held`` has its records by type, ``related`` its versions in order."""

    record: Record
    completeness: DossierCompleteness
    held: Mapping[str, tuple[Record, ...]]
    remarks: tuple[Remark, ...]
    related: tuple[Related, ...]
    duplicates: tuple[Record, ...] = ()
    succession: Succession | None = None

    def of(self, type_id: str) -> tuple[Record, ...]:
        """Return its records of one type."""
        return self.held.get(type_id, ())

    @property
    def documents(self) -> tuple[Record, ...]:
        """Its documents."""
        return self.of(DOCUMENT)

    @property
    def drawings(self) -> tuple[Record, ...]:
        """Its drawings."""
        return self.of(DRAWING)

    @property
    def boundaries(self) -> tuple[Record, ...]:
        """The boundaries of the plan."""
        return self.of(BOUNDARY)

    @property
    def zones(self) -> tuple[Record, ...]:
        """Its function zones."""
        return self.of("planning_zone")

    @property
    def areas(self) -> tuple[Record, ...]:
        """Its areas of planned land use."""
        return self.of("land_use_plan_area")

    @property
    def lines(self) -> tuple[Record, ...]:
        """Its control lines."""
        return self.of("planning_control_line")

    @property
    def markers(self) -> tuple[Record, ...]:
        """Its boundary markers."""
        return self.of("planning_marker")


@dataclass(frozen=True, slots=True)
class DossierRow:
    """A dossier as a list shows it; ``states`` counts its own record and all that belong to it."""

    record: Record
    completeness: DossierCompleteness
    states: Mapping[State, int] = field(default_factory=dict)
    duplicates: tuple[str, ...] = ()

    @property
    def missing(self) -> int:
        """How many parts that are asked for it lacks."""
        return len(self.completeness.missing)

    @property
    def returned(self) -> int:
        """How many of its records the province has sent back."""
        return self.states.get(State.RETURNED, 0)


def types_of_dossier(desk: Desk) -> tuple[str, ...]:
    """Return the record types whose records belong to a dossier, in the catalogue's order."""
    return tuple(
        kind.id
        for kind in desk.catalogue.types.values()
        if any(
            isinstance(item, ReferenceField) and item.key == OWNER and DOSSIER in item.target for item in kind.fields
        )
    )


def open_dossier(desk: Desk, uid: str) -> Dossier:
    """Return a dossier with all that belongs to it; raise ``UserError`` RECORD-UNKNOWN or DOSSIER-NOT-ONE."""
    with desk.reading() as connection:
        record = _fetch(desk, connection, uid)
        held = {
            type_id: tuple(fetch_pointing(connection, desk.catalogue.type(type_id), OWNER, [uid]))
            for type_id in types_of_dossier(desk)
        }
        related = related_versions(desk.catalogue, connection, record)
        facts = DossierFacts(
            record.values,
            documents=_count(item.values.get("doc_kind") for item in held.get(DOCUMENT, ())),
            records={type_id: len(found) for type_id, found in held.items()},
            has_successor=any(item.steps > 0 for item in related),
        )
        uids = [uid, *(item.uid for found in held.values() for item in found)]
        return Dossier(
            record=record,
            completeness=measure_dossier(desk.catalogue, facts),
            held=held,
            remarks=_remarks(connection, uids),
            related=related,
            duplicates=_duplicates(desk, connection, record),
            succession=build_succession(record, related),
        )


def only_dossier(desk: Desk) -> str:
    """Return the uid of the workspace's dossier; raise ``UserError`` DOSSIER-NONE or DOSSIER-SEVERAL."""
    with desk.reading() as connection:
        found = records.fetch_records(connection, desk.catalogue.type(DOSSIER))
    if len(found) == 1:
        return found[0].uid
    if not found:
        raise UserError("DOSSIER-NONE")
    raise UserError("DOSSIER-SEVERAL", count=len(found))


def dossier_completeness(desk: Desk, uid: str) -> DossierCompleteness:
    """Return how full a dossier is; raise ``UserError`` RECORD-UNKNOWN or DOSSIER-NOT-ONE."""
    return open_dossier(desk, uid).completeness


def propose_succession(desk: Desk, uid: str) -> Succession | None:
    """Return what an approved dossier means for the one it replaces, ``None`` when nothing; nothing is written."""
    return open_dossier(desk, uid).succession


def list_dossiers(desk: Desk) -> list[DossierRow]:
    """Return every dossier with its completeness, oldest first, all counted in one pass over each table."""
    kind = desk.catalogue.type(DOSSIER)
    with desk.reading() as connection:
        found = records.fetch_records(connection, kind)
        documents = (
            count_pointing(connection, desk.catalogue.type(DOCUMENT), OWNER, "doc_kind")
            if DOCUMENT in desk.catalogue.types
            else {}
        )
        states = {
            type_id: count_pointing(connection, desk.catalogue.type(type_id), OWNER, "state")
            for type_id in types_of_dossier(desk)
        }
    replaced = {record.values.get(REPLACED) for record in found if record.values.get(REPLACED) != record.uid}
    alike = group_alike(found)
    rows = []
    for record in found:
        own = {type_id: counted.get(record.uid, {}) for type_id, counted in states.items()}
        facts = DossierFacts(
            record.values,
            documents=documents.get(record.uid, {}),
            records={type_id: sum(counted.values()) for type_id, counted in own.items()},
            has_successor=record.uid in replaced,
        )
        by_state = {record.state: 1}
        for state, count in (pair for counted in own.values() for pair in counted.items()):
            by_state[State(state)] = by_state.get(State(state), 0) + count
        rows.append(DossierRow(record, measure_dossier(desk.catalogue, facts), by_state, alike.get(record.uid, ())))
    return rows


def blocked_dossiers(desk: Desk, blocking: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Return how many of these findings, given by type and uid of their record, hold back a record of each dossier."""
    by_type: dict[str, list[str]] = {}
    for type_id, uid in blocking:
        by_type.setdefault(type_id, []).append(uid)
    owners: list[str | None] = list(by_type.pop(DOSSIER, ()))
    with desk.reading() as connection:
        for type_id in types_of_dossier(desk):
            if uids := by_type.get(type_id):
                found = fetch_references(connection, desk.catalogue.type(type_id), OWNER, set(uids))
                owners += [found.get(uid) for uid in uids]
    return _count(owners)


def _fetch(desk: Desk, connection: Connection, uid: str) -> Record:
    found = records.fetch_records(connection, desk.catalogue.type(DOSSIER), [uid])
    if found:
        return found[0]
    other = records.fetch_record(connection, desk.catalogue, uid)
    if other is None:
        raise unknown_record(connection, desk.catalogue, uid)
    raise UserError("DOSSIER-NOT-ONE", uid=uid, type=desk.catalogue.type(other.type_id).title)


def _count(values: Iterable[Any]) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for value in values:
        if value is not None:
            found[value] = found.get(value, 0) + 1
    return found


def _remarks(connection: Connection, uids: Sequence[str]) -> tuple[Remark, ...]:
    """Return what the province refused of these records, and which of them both sides changed."""
    found = [
        Remark(item.uid, item.type_id, item.result, item.code, item.field)
        for item in outbox.fetch_waiting(connection, uids)
        if item.result in ("rejected", "conflict")
    ]
    told = {item.uid for item in found}
    conflicts = outbox.fetch_conflicts(connection, uids)
    found += [Remark(item.uid, item.type_id, "conflict", None, None) for item in conflicts if item.uid not in told]
    return tuple(found)


def _duplicates(desk: Desk, connection: Connection, record: Record) -> tuple[Record, ...]:
    key = decision_of(record)
    if key is None:
        return ()
    found = records.fetch_records(connection, desk.catalogue.type(DOSSIER))
    return tuple(item for item in found if item.uid != record.uid and decision_of(item) == key)
