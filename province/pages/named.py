"""What records are called, for lists that know only their ids."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from core.messages import Language
from forms.catalogue import Catalogue
from forms.model import RecordType
from forms.titles import record_title
from province.holdings import load_content
from province.tables import records


@dataclass(frozen=True, slots=True)
class Named:
    """A record that the province holds: its type and what it is called."""

    record_type: RecordType
    title: str


def fetch_named(
    connection: Connection, commune_codes: Sequence[str], uids: Sequence[str], catalogue: Catalogue, language: Language
) -> dict[str, Named]:
    """Return by uid those of the records that the province holds, or held, of these communes."""
    if not uids:
        return {}
    query = select(records.c.uid, records.c.type_id, records.c.content).where(
        records.c.commune_code.in_(commune_codes), records.c.uid.in_(uids)
    )
    types = catalogue.types
    return {
        row.uid: Named(types[row.type_id], record_title(types[row.type_id], load_content(row.content) or {}, language))
        for row in connection.execute(query)
        if row.type_id in types
    }
