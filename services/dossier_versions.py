"""Versions of one plan: what it adjusts or replaces, what came after it, and who has the same decision."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forms.catalogue import Catalogue
from forms.decision_numbers import decision_key
from forms.dossiers import DOSSIER
from forms.record import Record
from localdb import records
from localdb.engine import Connection
from localdb.pointing import fetch_pointing

REPLACED = "replaces_uid"
VERSIONS_AT_MOST = 100  # of one plan; more is a ring or a mistake
ADJUSTMENTS = frozenset({"1", "2"})
IN_FORCE = frozenset({"da_phe_duyet", "dang_dieu_chinh", "chuyen_tiep"})


@dataclass(frozen=True, slots=True)
class Related:
    """Another version of the plan, ``steps`` before (negative) or after.

    ``adjusts`` when it changes the version before it; else it replaces that one.
    """

    record: Record
    steps: int
    adjusts: bool


@dataclass(frozen=True, slots=True)
class Succession:
    """What follows for the plan that an approved one replaces: values to give it, for a person to decide on."""

    replaced: Record
    values: Mapping[str, Any]


def _adjusts(record: Record) -> bool:
    return str(record.values.get("adjustment")) in ADJUSTMENTS


def related_versions(catalogue: Catalogue, connection: Connection, record: Record) -> tuple[Related, ...]:
    """Return the versions before and after, earliest first; a ring of references is walked once."""
    kind = catalogue.type(DOSSIER)
    seen = {record.uid}
    earlier: list[Related] = []
    newer: Record | None = record
    while newer is not None and len(earlier) < VERSIONS_AT_MOST:
        wanted = newer.values.get(REPLACED)
        found = records.fetch_records(connection, kind, [wanted]) if wanted and wanted not in seen else []
        newer = found[0] if found else None
        if newer is not None:
            seen.add(newer.uid)
            earlier.append(Related(newer, -len(earlier) - 1, _adjusts(newer)))
    later: list[Related] = []
    front, steps = [record.uid], 0
    while front and len(later) < VERSIONS_AT_MOST:
        steps += 1
        fresh = [item for item in fetch_pointing(connection, kind, REPLACED, front) if item.uid not in seen]
        seen.update(item.uid for item in fresh)
        later += [Related(item, steps, _adjusts(item)) for item in fresh]
        front = [item.uid for item in fresh]
    return (*reversed(earlier), *later)


def build_succession(record: Record, related: Sequence[Related]) -> Succession | None:
    """Return what is proposed for the plan before an approved one: a local adjustment leaves it in force."""
    before = next((item.record for item in related if item.steps == -1), None)
    values = record.values
    if before is None or values.get("status") != "da_phe_duyet" or str(values.get("adjustment")) == "2":
        return None
    if before.values.get("status") not in IN_FORCE:
        return None
    wanted = {"status": "het_hieu_luc", "valid_to": before.values.get("valid_to") or values.get("decision_date")}
    return Succession(before, {key: value for key, value in wanted.items() if before.values.get(key) != value})


def decision_of(record: Record) -> Any:
    """Return what tells one decided plan from another, ``None`` while it has no number."""
    values = record.values
    if not values.get("decision_no"):
        return None
    return decision_key(values["decision_no"], values.get("decision_date"), values.get("approving_org"))


def group_alike(found: Iterable[Record]) -> dict[str, tuple[str, ...]]:
    """Return for each dossier the others that have its decision."""
    groups: dict[Any, list[str]] = {}
    for record in found:
        key = decision_of(record)
        if key is not None:
            groups.setdefault(key, []).append(record.uid)
    return {uid: tuple(other for other in uids if other != uid) for uids in groups.values() for uid in uids}
