"""Brings the store's tables up to the program's: system tables by numbered steps, record tables by adding only."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.schema import CreateIndex, CreateTable

from core.errors import EnvironmentFault
from forms.model import RecordType
from forms.record import OPTIONAL_LINEAGE_KEYS
from localdb import search
from localdb.columns import title_sorts
from localdb.engine import fetch_rows
from localdb.geometry_columns import add_geometry_column, create_class_view, quote_name, registered_columns
from localdb.record_tables import (
    GEOMETRY_CLASSES,
    GEOMETRY_COLUMN,
    TITLE_SORT,
    column_names,
    geometry_class,
    record_table,
)
from localdb.tables import boundaries, metadata

Types = Mapping[str, RecordType]


def migrate_system(connection: Connection, srid: int) -> None:
    """Run the numbered steps that this store has not had."""
    version = schema_version(connection)
    for number, step in enumerate(_STEPS[version:], start=version + 1):
        step(connection, srid)
        connection.exec_driver_sql(f"PRAGMA user_version = {number}")
    metadata.create_all(connection)


def schema_version(connection: Connection) -> int:
    """Return the number of the last step this store has had; it stands in the file's header."""
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def _create_system_tables(connection: Connection, srid: int) -> None:
    metadata.create_all(connection)
    add_geometry_column(connection, boundaries.name, GEOMETRY_COLUMN, srid=srid, geometry_class="MULTIPOLYGON")
    connection.exec_driver_sql(search.CREATE_SEARCH)


def _add_system_tables(connection: Connection, srid: int) -> None:
    """Create the tables that the program has got since; those that are there stay as they are."""
    metadata.create_all(connection)


def _add_derivation(connection: Connection, srid: int) -> None:
    """Give every record table the columns of a derivation, and the search table its column of places, empty.

    The search table fills again when the record types are brought up: what they search has changed.
    """
    metadata.create_all(connection)
    _add_lineage_columns(connection, srid)
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {search.SEARCH_TABLE}")
    connection.exec_driver_sql(search.CREATE_SEARCH)


def _add_lineage_columns(connection: Connection, srid: int) -> None:
    """Give every record table the columns that lineages have got since, empty."""
    for type_id in _stored_types(connection):
        present = {row[1] for row in fetch_rows(connection, f"PRAGMA table_info({quote_name(type_id)})")}
        for key in OPTIONAL_LINEAGE_KEYS:
            if key not in present:
                connection.exec_driver_sql(f"ALTER TABLE {quote_name(type_id)} ADD COLUMN {quote_name(key)} TEXT")


_STEPS = (
    _create_system_tables,
    _add_system_tables,
    _add_derivation,
    _add_system_tables,
    _add_system_tables,
    _add_system_tables,
    _add_system_tables,
    _add_lineage_columns,
)


def is_current(connection: Connection, types: Types) -> bool:
    """Whether nothing has to be added to the store before these record types can be read.

    Raise ``EnvironmentFault`` STORE-NEWER for a store that a newer program made.
    """
    version = schema_version(connection)
    if version > len(_STEPS):
        raise EnvironmentFault("STORE-NEWER", found=version, known=len(_STEPS))
    stored = _stored_types(connection)
    return version == len(_STEPS) and all(
        type_id in stored and _facts(stored[type_id][1]) == _facts(_definition(record_type))
        for type_id, record_type in types.items()
    )


def find_missing(connection: Connection, types: Types, srid: int) -> list[str]:
    """Return what a store lacks that was made for these record types: tables, columns, registrations, its zone.

    A column that is not there would be read as its own name: SQLite takes a name in quotes that it does not know for
    text.
    """
    found = []
    expected = {table.name: list(table.columns.keys()) for table in metadata.tables.values()}
    expected |= {record_type.id: column_names(record_type) for record_type in types.values()}
    for table, names in expected.items():
        present = {row[1] for row in fetch_rows(connection, f"PRAGMA table_info({quote_name(table)})")}
        lost = [f"column {table}.{name}" for name in names if name not in present]
        found += lost if present else [f"table {table}"]
    registered = {column.table for column in registered_columns(connection)}
    wanted = [boundaries.name, *(record_type.id for record_type in types.values() if record_type.geometry)]
    found += [f"geometry_columns {name}" for name in wanted if name.lower() not in registered]
    zone = connection.exec_driver_sql("SELECT count(*) FROM spatial_ref_sys WHERE srid = ?", (srid,)).scalar_one()
    return found if zone else [*found, f"spatial_ref_sys {srid}"]


def sync_catalogue(connection: Connection, types: Types, srid: int) -> None:
    """Create the tables of new record types and add the columns of new fields; nothing is ever dropped.

    Raise ``EnvironmentFault`` STORE-CATALOGUE when a field would have to change how it is stored.
    """
    stored = _stored_types(connection)
    for type_id, record_type in types.items():
        definition = _definition(record_type)
        if type_id not in stored:
            _create_record_table(connection, record_type, srid)
            number = 1 + max((number for number, _ in stored.values()), default=0)
            stored[type_id] = (number, definition)
            connection.exec_driver_sql("INSERT INTO record_types VALUES (?, ?, ?)", (type_id, number, definition))
        elif _facts(stored[type_id][1]) != _facts(definition):
            _extend_record_table(connection, record_type, stored[type_id], srid)
            connection.exec_driver_sql(
                "UPDATE record_types SET definition = ? WHERE type_id = ?",
                (_with_retired(definition, stored[type_id][1]), type_id),
            )


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a store cannot take a catalogue: what of which record type, and how it is stored now."""

    type_id: str
    reason: str
    field: str = ""
    was: str = ""
    now: str = ""


def find_misfits(connection: Connection, types: Types) -> Iterator[Misfit]:
    """Yield what keeps the store from taking these record types; nothing is written.

    A field would be stored otherwise (``STORAGE``), a type would vanish that has records (``RECORDS``, deleted ones
    count), or a new type's table has the name of one of the store's own (``NAME``).
    """
    stored = _stored_types(connection)
    taken = {str(row[0]).lower() for row in fetch_rows(connection, "SELECT name FROM sqlite_master")}
    for type_id, record_type in types.items():
        if type_id not in stored:
            if (
                type_id in taken
                or type_id.startswith("sqlite_")
                or any(f"{type_id}_{kind}" in taken for kind in record_type.geometry)
            ):
                yield Misfit(type_id, "NAME")
            continue
        for key, was, now in _differing(record_type, json.loads(stored[type_id][1])):
            yield Misfit(type_id, "STORAGE", key, was, now)
    for type_id in stored.keys() - types.keys():
        count = fetch_rows(connection, f"SELECT count(*) FROM {quote_name(type_id)}")[0][0]  # noqa: S608
        if count:
            yield Misfit(type_id, "RECORDS", was=str(count))


def fetch_type_numbers(connection: Connection) -> dict[str, int]:
    """Return each record type's number in this store."""
    return dict(fetch_rows(connection, "SELECT type_id, number FROM record_types"))


def _stored_types(connection: Connection) -> dict[str, tuple[int, str]]:
    rows = fetch_rows(connection, "SELECT type_id, number, definition FROM record_types")
    return {type_id: (number, definition) for type_id, number, definition in rows}


def _definition(record_type: RecordType) -> str:
    """Return what of a record type decides how it is stored, as JSON."""
    titles, others, places = search.searched_fields(record_type)
    facts = {
        "fields": {field.key: field.type for field in record_type.fields},
        "geometry": list(record_type.geometry),
        "indexed": sorted(field.key for field in record_type.fields if field.type == "reference"),
        "search": [titles, others, places],
        "sort": list(record_type.title_fields),
    }
    return json.dumps(facts, sort_keys=True)


def _facts(definition: str) -> dict[str, Any]:
    """Return what a definition says of the fields a form shows now; what it has retired is kept beside that."""
    found: dict[str, Any] = json.loads(definition)
    found.pop("retired", None)
    return found


def _with_retired(definition: str, old: str) -> str:
    """Return a definition that still knows how fields are stored which only earlier ones had: their columns stay."""
    new, before = json.loads(definition), json.loads(old)
    known = {**before.get("retired", {}), **before["fields"]}
    retired = {key: kind for key, kind in known.items() if key not in new["fields"]}
    return json.dumps({**new, **({"retired": retired} if retired else {})}, sort_keys=True)


def _create_record_table(connection: Connection, record_type: RecordType, srid: int) -> None:
    table = record_table(record_type, with_geometry=False)
    connection.execute(CreateTable(table))
    for index in table.indexes:
        connection.execute(CreateIndex(index))
    if record_type.geometry:
        _add_geometry(connection, record_type, srid)


def _add_geometry(connection: Connection, record_type: RecordType, srid: int) -> None:
    chosen = geometry_class(record_type)
    add_geometry_column(connection, record_type.id, GEOMETRY_COLUMN, srid=srid, geometry_class=chosen)
    if chosen == "GEOMETRY":
        for kind in record_type.geometry:
            view = f"{record_type.id}_{kind}"
            create_class_view(connection, view, record_type.id, GEOMETRY_COLUMN, GEOMETRY_CLASSES[kind])


def _extend_record_table(connection: Connection, record_type: RecordType, stored: tuple[int, str], srid: int) -> None:
    number, old = stored[0], json.loads(stored[1])
    _refuse_other_storage(record_type, old)
    table = record_table(record_type)
    present = {row[1] for row in fetch_rows(connection, f"PRAGMA table_info({quote_name(record_type.id)})")}
    for column in table.columns:
        if column.name not in present and column.name != GEOMETRY_COLUMN:
            kind = column.type.compile(connection.dialect)
            name = quote_name(column.name)
            connection.exec_driver_sql(f"ALTER TABLE {quote_name(record_type.id)} ADD COLUMN {name} {kind}")
    for index in table.indexes:
        connection.execute(CreateIndex(index, if_not_exists=True))
    if record_type.geometry and GEOMETRY_COLUMN not in present:
        _add_geometry(connection, record_type, srid)
    new = json.loads(_definition(record_type))
    if (old["search"], old["sort"]) != (new["search"], new["sort"]):
        rebuild_search(connection, record_type, number)


def _refuse_other_storage(record_type: RecordType, old: dict[str, Any]) -> None:
    for key, was, now in _differing(record_type, old):
        raise EnvironmentFault("STORE-CATALOGUE", type=record_type.title, field=key, was=was, now=now)


def _differing(record_type: RecordType, old: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return the fields that would have to be stored otherwise: key, how they are, how they should be."""
    stored = {**old.get("retired", {}), **old["fields"]}
    differing: list[tuple[str, str, str]] = [
        (field.key, stored[field.key], field.type)
        for field in record_type.fields
        if not _is_stored_alike(stored.get(field.key, field.type), field.type)
    ]
    if old["geometry"] and old["geometry"] != list(record_type.geometry):
        differing.append((GEOMETRY_COLUMN, ", ".join(old["geometry"]), ", ".join(record_type.geometry)))
    return differing


def _is_stored_alike(was: str, now: str) -> bool:
    return was == now or {was, now} <= {"text", "choice", "date", "moment", "reference"}


def rebuild_search(connection: Connection, record_type: RecordType, number: int) -> None:
    """Fill the search table and the titles by which records sort anew from the records of one type."""
    table, searched = record_type.id, search.searched_fields(record_type)
    keys = list(dict.fromkeys([*record_type.title_fields, *searched[0], *searched[1], *searched[2]]))
    names = ", ".join(map(quote_name, keys))
    sql = f"SELECT fid, {names} FROM {quote_name(table)} WHERE deleted_at IS NULL"  # noqa: S608 (quoted names)
    rows = fetch_rows(connection, sql)
    search.forget_type(connection, number)
    if not rows:
        return
    columns: dict[str, Sequence[Any]] = dict(zip(["fid", *keys], zip(*rows, strict=True), strict=True))
    search.index_records(connection, record_type, number, columns["fid"], columns)
    sorts = title_sorts([columns[key] for key in record_type.title_fields], len(rows))
    connection.exec_driver_sql(
        f"UPDATE {quote_name(table)} SET {quote_name(TITLE_SORT)} = ? WHERE fid = ?",  # noqa: S608 (quoted names)
        list(zip(sorts, columns["fid"], strict=True)),
    )
