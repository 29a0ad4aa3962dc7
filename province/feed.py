"""What a commune's workspaces pull: every version, in the order in which it was committed."""

from sqlalchemy import select

from province.gateway import Gateway
from province.holdings import load_content
from province.tables import commune_sequences, versions
from wire.protocol import ChangeItem, ChangesPage


def fetch_page(gateway: Gateway, commune_code: str, *, after: int, epoch: str | None) -> ChangesPage:
    """Return the versions that follow ``after``.

    A writer holds the commune's sequence until it commits, so whatever number is read here has none below it to come.
    A cursor from another epoch, or from beyond the horizon, belongs to a database that is no more: begin at the start.
    """
    settings = gateway.settings
    with gateway.database.reading() as connection:
        lane = select(commune_sequences.c.value).where(commune_sequences.c.commune_code == commune_code)
        horizon = connection.execute(lane).scalar_one_or_none() or 0
        reset = (epoch is not None and epoch != gateway.epoch) or after > horizon
        begin = 0 if reset else after
        query = select(versions).where(
            versions.c.commune_code == commune_code, versions.c.sequence > begin, versions.c.sequence <= horizon
        )
        rows = connection.execute(query.order_by(versions.c.sequence).limit(settings.page_changes)).all()
    found: list[ChangeItem] = []
    size = 0
    for row in rows:
        size += len(row.content or "")
        if found and size > settings.page_bytes:
            break
        found.append(
            ChangeItem(
                sequence=row.sequence,
                type_id=row.type_id,
                uid=row.uid,
                revision=row.revision,
                content=load_content(row.content),
                content_hash=row.content_hash,
                device_id=row.device_id,
                package_id=row.package_id,
                at=row.at,
            )
        )
    last = found[-1].sequence if found else begin
    more = last < horizon and bool(found)
    return ChangesPage(epoch=gateway.epoch, reset=reset, changes=tuple(found), next=last, horizon=horizon, more=more)
