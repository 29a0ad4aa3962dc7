"""Who did what and when on the province's page: written in the transaction that did it, never changed after."""

import json
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from core.canonical import canonical_json
from core.identity import new_uid
from province.gateway import Gateway
from province.tables import person_actions


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that was done."""

    action_id: str
    at: str
    login: str
    commune_code: str | None
    action: str
    facts: dict[str, str]


def note_action(
    gateway: Gateway,
    connection: Connection,
    login: str,
    action: str,
    *,
    province: str | None = None,
    commune: str | None = None,
    **facts: str,
) -> None:
    """Write down what is done in this transaction."""
    connection.execute(
        insert(person_actions).values(
            action_id=new_uid(),
            at=gateway.now(),
            login=login,
            province_code=province,
            commune_code=commune,
            action=action,
            context=canonical_json(facts).decode("utf-8"),
        )
    )


def fetch_actions(
    connection: Connection, *, before: str | None, limit: int, province_code: str | None = None
) -> list[Action]:
    """Return what was done, the newest first, from before the id ``before``; of one province or of all."""
    query = select(person_actions).order_by(person_actions.c.action_id.desc()).limit(limit)
    if before:
        query = query.where(person_actions.c.action_id < before)
    if province_code is not None:
        query = query.where(person_actions.c.province_code == province_code)
    return [
        Action(row.action_id, row.at, row.login, row.commune_code, row.action, json.loads(row.context))
        for row in connection.execute(query)
    ]
