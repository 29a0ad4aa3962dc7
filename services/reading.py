"""Looking things up: what the register tree, the table, the map and the form show."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from forms.record import Record, State
from geodesy.arrays import GeometryArrays, Kind
from localdb import boundary, journal, map_cache, records
from localdb import search as search_index
from localdb.engine import Connection
from localdb.journal import Change
from localdb.paging import Cursor, Page, count_page
from localdb.paging import fetch_numbered as fetch_stored_numbered
from localdb.paging import fetch_order as fetch_stored_order
from localdb.paging import fetch_page as fetch_stored_page
from localdb.pointing import count_pointing_at, fetch_pointing
from localdb.record_errors import unknown_record
from localdb.search import Hit
from services.desk import Desk


def count_by_type(desk: Desk) -> dict[str, dict[State, int]]:
    """Return how many records there are, by record type and state."""
    with desk.reading() as connection:
        return records.count_records(connection, desk.catalogue)


def fetch_page(
    desk: Desk,
    type_id: str,
    *,
    sort: str = "uid",
    descending: bool = False,
    after: Cursor | None = None,
    limit: int = 200,
    where: str | None = None,
    text: str | None = None,
) -> Page:
    """Return one page of records (without geometry); ``where`` is CQL2, ``text`` words without diacritics."""
    with desk.reading() as connection:
        return fetch_stored_page(
            connection,
            desk.catalogue.type(type_id),
            sort=sort,
            descending=descending,
            after=after,
            limit=limit,
            where=where,
            text=text,
        )


def fetch_order(
    desk: Desk,
    type_id: str,
    *,
    sort: str = "uid",
    descending: bool = False,
    where: str | None = None,
    text: str | None = None,
) -> npt.NDArray[np.int64]:
    """Return the local numbers of every record that the same filter would list, in order, as an array ``(n,)``."""
    with desk.reading() as connection:
        return fetch_stored_order(
            connection, desk.catalogue.type(type_id), sort=sort, descending=descending, where=where, text=text
        )


def list_uids(desk: Desk, type_id: str, *, where: str | None = None) -> list[str]:
    """Return the identities of the records of a type, optionally those that a CQL2 text keeps, oldest first."""
    return uids_of(desk, type_id, fetch_order(desk, type_id, where=where).tolist())


def fetch_numbered(desk: Desk, type_id: str, fids: Sequence[int]) -> list[Record | None]:
    """Return records by local number, in their order, without geometry; ``None`` for one that is there no more."""
    with desk.reading() as connection:
        return fetch_stored_numbered(connection, desk.catalogue.type(type_id), fids)


def fids_of(desk: Desk, type_id: str, uids: Sequence[str]) -> dict[str, int]:
    """Return the local numbers of records by uid; those that are not there are left out."""
    with desk.reading() as connection:
        return records.fids_of(connection, desk.catalogue.type(type_id), uids)


def count_matching(desk: Desk, type_id: str, *, where: str | None = None, text: str | None = None) -> int:
    """Return how many records the same filter would list."""
    with desk.reading() as connection:
        return count_page(connection, desk.catalogue.type(type_id), where=where, text=text)


def fetch_record(desk: Desk, uid: str) -> Record:
    """Return one record; raise ``UserError`` RECORD-UNKNOWN when the store has none of that identity."""
    with desk.reading() as connection:
        found = records.fetch_record(connection, desk.catalogue, uid)
        if found is None:
            raise unknown_record(connection, desk.catalogue, uid)
    return found


def fetch_many(desk: Desk, uids: Sequence[str]) -> list[Record]:
    """Return records of any types in the order given; raise ``UserError`` RECORD-UNKNOWN when one is not there."""
    with desk.reading() as connection:
        found = {
            record.uid: record
            for record_type, own in records.group_by_type(connection, desk.catalogue, uids)
            for record in records.fetch_records(connection, record_type, own)
        }
    return [found[uid] for uid in uids]


def list_records(desk: Desk, type_id: str, *, where: str | None = None) -> list[Record]:
    """Return every record of a type with its geometry, optionally those that a CQL2 text keeps, oldest first."""
    record_type = desk.catalogue.type(type_id)
    with desk.reading() as connection:
        if where is None:
            return records.fetch_records(connection, record_type)
        uids: list[str] = []
        page = fetch_stored_page(connection, record_type, where=where, limit=1000)
        uids.extend(record.uid for record in page.records)
        while page.next is not None:
            page = fetch_stored_page(connection, record_type, where=where, limit=1000, after=page.next)
            uids.extend(record.uid for record in page.records)
        return records.fetch_records(connection, record_type, uids=uids)


def records_pointing_at(desk: Desk, uid: str, type_id: str, field: str) -> list[Record]:
    """Return the records of a type whose reference ``field`` names the record ``uid``, oldest first.

    Raise ``UserError`` FILTER-FIELD when the type has no such reference.
    """
    record_type = desk.catalogue.type(type_id)
    references = [item.key for item in record_type.fields if item.type == "reference"]
    if field not in references:
        raise UserError("FILTER-FIELD", field=field, type=record_type.title, known=references)
    with desk.reading() as connection:
        return fetch_pointing(connection, record_type, field, [uid])


def count_references(desk: Desk, uids: Sequence[str]) -> dict[str, int]:
    """Return by type how many other records refer to some of these, in the order of the types; none is left out."""
    found: dict[str, int] = {}
    with desk.reading() as connection:
        for record_type in desk.catalogue.types.values():
            for key in record_type.keys_of("reference"):
                if count := count_pointing_at(connection, record_type, key, uids):
                    found[record_type.id] = found.get(record_type.id, 0) + count
    return found


def fetch_arrays(
    desk: Desk, type_id: str, *, category: tuple[str, Mapping[str, int]] | None = None
) -> dict[Kind, GeometryArrays]:
    """Return the coordinates of a type's records by kind of geometry, for the map.

    ``category`` names a field and the number of each of its values, by which the map chooses a style.
    """
    with desk.reading() as connection:
        return map_cache.fetch_arrays(connection, _cache_folder(desk), desk.catalogue.type(type_id), category)


def keep_arrays(desk: Desk, type_id: str, *, category: tuple[str, Mapping[str, int]] | None = None) -> bool:
    """Have ``fetch_arrays`` answer sooner the next time, when the type is large and nobody changes it just now.

    Return whether something was written beside the store; it may be deleted at any time.
    """
    if desk.workspace.store.read_only:
        return False
    with desk.reading() as connection:
        return map_cache.renew(connection, _cache_folder(desk), desk.catalogue.type(type_id), category)


def _cache_folder(desk: Desk) -> Path:
    return desk.workspace.folder / map_cache.FOLDER


def fetch_boundary(desk: Desk) -> BaseGeometry | None:
    """Return the commune's outline in its zone, or ``None`` while the workspace has none."""
    with desk.reading() as connection:
        return boundary.fetch_boundary(connection, desk.commune.code)


def fetch_neighbours(desk: Desk) -> dict[str, BaseGeometry]:
    """Return the outlines of the adjoining communes by code, as far as the boundary file had them."""
    with desk.reading() as connection:
        return fetch_adjoining(connection, desk.commune.code)


def fetch_adjoining(connection: Connection, commune_code: str) -> dict[str, BaseGeometry]:
    """Return every outline of the store but the commune's own, by code."""
    found = boundary.fetch_boundaries(connection)
    return {code: outline for code, outline in found.items() if code != commune_code}


def uids_of(desk: Desk, type_id: str, fids: Sequence[int]) -> list[str]:
    """Return the identities behind the map's numbers, in their order."""
    with desk.reading() as connection:
        return records.uid_of(connection, desk.catalogue.type(type_id), fids)


def fid_of(desk: Desk, type_id: str, uid: str) -> int | None:
    """Return the map's number of a record, or ``None`` when it is not there."""
    with desk.reading() as connection:
        return records.fid_of(connection, desk.catalogue.type(type_id), uid)


def search(desk: Desk, text: str, *, limit: int = 50) -> list[Hit]:
    """Return the records whose text has words beginning with each word of ``text``, diacritics aside."""
    with desk.reading() as connection:
        return search_index.search(connection, desk.catalogue, text, limit=limit)


def history_of(desk: Desk, uid: str) -> list[Change]:
    """Return every change of one record, oldest first."""
    with desk.reading() as connection:
        return list(journal.fetch_changes(connection, uid=uid))
