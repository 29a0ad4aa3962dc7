"""The schema extension of a GeoPackage: what a column is called, and which values it may hold (OGC 12-128r18, F.9)."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from core.errors import EnvironmentFault

_TABLES = """
CREATE TABLE IF NOT EXISTS gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
  definition TEXT NOT NULL, scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE IF NOT EXISTS gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT,
  title TEXT, description TEXT, mime_type TEXT, constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name), CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE IF NOT EXISTS gpkg_data_column_constraints (constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL,
  value TEXT, min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
"""
_DEFINITION = "http://www.geopackage.org/spec121/#extension_schema"
_EXTENDED = ("gpkg_data_columns", "gpkg_data_column_constraints")


@dataclass(frozen=True, slots=True)
class Domain:
    """The values a column may hold: codes with their words, or a range (either end may be open)."""

    name: str
    codes: Sequence[tuple[str, str]] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """What a column is called, what it means, and its domain."""

    table: str
    column: str
    title: str
    description: str | None = None
    domain: str | None = None


def write_domains(path: Path, columns: Iterable[ColumnFacts], domains: Iterable[Domain]) -> None:
    """Write names, words and domains into a finished GeoPackage of our own; raise EXPORT-REFUSED when that fails."""
    try:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.executescript(_TABLES)
            connection.executemany(
                "INSERT OR IGNORE INTO gpkg_extensions VALUES (?, NULL, 'gpkg_schema', ?, 'read-write')",
                [(table, _DEFINITION) for table in _EXTENDED],
            )
            connection.executemany(
                "INSERT INTO gpkg_data_column_constraints VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [row for domain in domains for row in _rows(domain)],
            )
            connection.executemany(
                "INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, NULL, ?)",
                [(item.table, item.column, item.column, item.title, item.description, item.domain) for item in columns],
            )
    except sqlite3.Error as error:
        raise EnvironmentFault("EXPORT-REFUSED", file=path.name, reason=str(error)) from error


def _rows(domain: Domain) -> Iterator[tuple[object, ...]]:
    if domain.codes:
        for code, words in domain.codes:
            yield domain.name, "enum", code, None, None, None, None, words
    else:
        low, high = (-1e308 if domain.low is None else domain.low), (1e308 if domain.high is None else domain.high)
        yield domain.name, "range", None, low, True, high, True, None
