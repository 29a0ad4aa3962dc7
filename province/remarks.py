"""Remarks of the province on a commune's records: put down, and closed again."""

from collections.abc import Callable
from datetime import date

from sqlalchemy import Connection, insert, select, update

from core.errors import UserError
from core.identity import new_uid
from forms.administration import Commune
from province.gateway import Gateway
from province.tables import records, remarks

LONGEST = 4_000

Alongside = Callable[[Connection, str], None]
"""What else is written with a remark, whose id it gets."""


def add_remark(
    gateway: Gateway,
    commune: Commune,
    text: str,
    *,
    uid: str | None = None,
    field: str | None = None,
    deadline: date | None = None,
    alongside: Alongside | None = None,
) -> str:
    """Put down a remark for a commune and return its id; ``alongside`` is done with it, in the same transaction.

    Raise ``UserError`` REMARK-TEXT for no text or too much, REMARK-RECORD for a record that the commune has not sent,
    REMARK-FIELD for a field that its type does not have.
    """
    said = text.strip()
    if not said or len(said) > LONGEST:
        raise UserError("REMARK-TEXT", most=LONGEST)
    remark_id = new_uid()
    with gateway.database.writing() as connection:
        type_id = None
        if uid is not None:
            query = select(records.c.type_id).where(records.c.commune_code == commune.code, records.c.uid == uid)
            type_id = connection.execute(query).scalar_one_or_none()
            if type_id is None:
                raise UserError("REMARK-RECORD", uid=uid, commune=commune.full_name)
            known = {item.key for item in gateway.catalogue.type(type_id).fields}
            if field is not None and field not in known:
                raise UserError("REMARK-FIELD", field=field)
        connection.execute(
            insert(remarks).values(
                commune_code=commune.code,
                remark_id=remark_id,
                uid=uid,
                type_id=type_id,
                field=field if uid is not None else None,
                text=said,
                deadline=None if deadline is None else deadline.isoformat(),
                created_at=gateway.now(),
            )
        )
        if alongside is not None:
            alongside(connection, remark_id)
    return remark_id


def close_remark(gateway: Gateway, commune: Commune, remark_id: str, *, alongside: Alongside | None = None) -> None:
    """Close a remark that was dealt with or is withdrawn; raise ``UserError`` REMARK-UNKNOWN when there is none."""
    with gateway.database.writing() as connection:
        done = connection.execute(
            update(remarks)
            .where(remarks.c.commune_code == commune.code, remarks.c.remark_id == remark_id)
            .values(closed_at=gateway.now())
        )
        if not done.rowcount:
            raise UserError("REMARK-UNKNOWN", remark=remark_id)
        if alongside is not None:
            alongside(connection, remark_id)
