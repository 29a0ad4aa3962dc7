"""How each commune stands in a quarter: what it sent, what was accepted, what went back, who is late, who is silent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, delete, func, insert, select

from core.errors import UserError
from core.text import clean_text
from forms.administration import Commune, load_communes
from forms.unit_names import name_key
from province.gateway import Gateway
from province.pages.audit import note_action
from province.pages.people import Person
from province.pages.quarters import Period, Quarter
from province.tables import package_figures, refused_packages, remarks, silence_reasons

State = Literal["sent", "late", "waiting", "silent", "explained"]
STATES: tuple[State, ...] = ("sent", "late", "waiting", "silent", "explained")
"""``sent`` by the deadline, ``late`` after it; ``waiting`` has sent nothing and still has time, ``silent`` has none
left; ``explained`` has sent nothing, and the reason is written down."""

LONGEST_REASON = 1_000


@dataclass(frozen=True, slots=True)
class Standing:
    """One commune in one quarter; counts of packages and of changes, moments of the first and last package."""

    commune: Commune
    state: State
    packages: int = 0
    sent: int = 0
    accepted: int = 0
    returned: int = 0
    refused: int = 0
    open_remarks: int = 0
    first_at: str | None = None
    last_at: str | None = None
    reason: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over communes."""

    communes: int
    states: dict[State, int]
    packages: int
    sent: int
    accepted: int
    returned: int
    refused: int


def communes_of(province_code: str | None) -> list[Commune]:
    """Return the communes of a province, or of the country, that stand today."""
    return [
        commune
        for commune in load_communes().values()
        if not commune.valid_to and province_code in (None, commune.province_code)
    ]


def fetch_standings(connection: Connection, period: Period, communes: Sequence[Commune], now: str) -> list[Standing]:
    """Return how communes stand, in their order; four sums over the whole database, whatever the number of communes."""
    figures, refused = package_figures.c, refused_packages.c
    sums = select(
        figures.commune_code,
        func.count().label("packages"),
        func.sum(figures.sent).label("sent"),
        func.sum(figures.accepted).label("accepted"),
        func.sum(figures.returned).label("returned"),
        func.min(figures.received_at).label("first_at"),
        func.max(figures.received_at).label("last_at"),
    ).where(figures.received_at >= period.begin, figures.received_at < period.end)
    brought = {row.commune_code: row for row in connection.execute(sums.group_by(figures.commune_code))}
    whole = (
        select(refused.commune_code, func.count().label("count"))
        .where(refused.at >= period.begin, refused.at < period.end)
        .group_by(refused.commune_code)
    )
    returned_whole = {row[0]: row[1] for row in connection.execute(whole)}
    todo = (
        select(remarks.c.commune_code, func.count().label("count"))
        .where(remarks.c.closed_at.is_(None))
        .group_by(remarks.c.commune_code)
    )
    open_remarks = {row[0]: row[1] for row in connection.execute(todo)}
    said = select(silence_reasons).where(silence_reasons.c.quarter == period.quarter.key)
    reasons = {row.commune_code: row for row in connection.execute(said)}
    found = []
    for commune in communes:
        row, why = brought.get(commune.code), reasons.get(commune.code)
        found.append(
            Standing(
                commune,
                _state(period, row.first_at if row else None, why is not None, now),
                packages=row.packages if row else 0,
                sent=int(row.sent) if row else 0,
                accepted=int(row.accepted) if row else 0,
                returned=int(row.returned) if row else 0,
                refused=returned_whole.get(commune.code, 0),
                open_remarks=open_remarks.get(commune.code, 0),
                first_at=row.first_at if row else None,
                last_at=row.last_at if row else None,
                reason=why.reason if why else "",
                document=why.document if why else "",
            )
        )
    return found


def _state(period: Period, first_at: str | None, explained: bool, now: str) -> State:
    if first_at is not None:
        return "late" if first_at >= period.due else "sent"
    if explained:
        return "explained"
    return "silent" if now >= period.due else "waiting"


def sum_up(standings: Sequence[Standing]) -> Totals:
    """Return the sums."""
    states: dict[State, int] = dict.fromkeys(STATES, 0)
    for item in standings:
        states[item.state] += 1
    return Totals(
        len(standings),
        states,
        packages=sum(item.packages for item in standings),
        sent=sum(item.sent for item in standings),
        accepted=sum(item.accepted for item in standings),
        returned=sum(item.returned for item in standings),
        refused=sum(item.refused for item in standings),
    )


def filter_standings(standings: Sequence[Standing], state: str, text: str) -> list[Standing]:
    """Return those in a state (empty: any; ``returned``: with something returned) whose name or code holds ``text``."""
    key = name_key(text[:100])
    found = []
    for item in standings:
        if state == "returned":
            if not item.returned and not item.refused:
                continue
        elif state in STATES and item.state != state:
            continue
        if not key or key in name_key(item.commune.full_name) or item.commune.code.startswith(key):
            found.append(item)
    return found


def write_reason(
    gateway: Gateway, person: Person, commune: Commune, quarter: Quarter, reason: str, document: str
) -> None:
    """Write down why a commune sends nothing in a quarter; an empty reason takes it back. Raises REASON-TEXT."""
    reason, document = clean_text(reason), clean_text(document)
    if len(reason) > LONGEST_REASON or len(document) > 200:
        raise UserError("REASON-TEXT", most=LONGEST_REASON)
    table = silence_reasons
    with gateway.database.writing() as connection:
        connection.execute(delete(table).where(table.c.commune_code == commune.code, table.c.quarter == quarter.key))
        if reason:
            connection.execute(
                insert(table).values(
                    commune_code=commune.code,
                    quarter=quarter.key,
                    reason=reason,
                    document=document,
                    login=person.login,
                    at=gateway.now(),
                )
            )
        note_action(
            gateway,
            connection,
            person.login,
            "reason-written",
            province=commune.province_code,
            commune=commune.code,
            quarter=quarter.key,
            reason=reason,
            document=document,
        )
