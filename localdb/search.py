"""Full-text search over the folded text of records: marks, đ and case make no difference."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from core.messages import current_language
from core.text import fold_text, fold_texts
from forms.catalogue import COMMUNES, FORMER_COMMUNES, Catalogue
from forms.communes import load_communes
from forms.former_units import load_former_units
from forms.model import ChoiceField, RecordType, TextField
from forms.titles import record_title
from localdb.engine import fetch_rows
from localdb.geometry_columns import quote_name
from localdb.statements import Rows, insert_rows
from localdb.tables import record_types

SEARCH_TABLE = "record_search"
CREATE_SEARCH = (
    f"CREATE VIRTUAL TABLE {SEARCH_TABLE} USING fts5(title, body, place, columnsize=0, "
    "tokenize='unicode61 remove_diacritics 0')"
)

_CODES = ("local_code", "official_id")  # what a record without a title is called by
_UNIT_LISTS = (COMMUNES, FORMER_COMMUNES)
_AT_ONCE = 5_000
_TYPE_SHIFT = 40  # a row's id holds the type's number above the record's fid
_WORD = re.compile(r"[^\W_]+")
_SIGNS = re.compile(r"[^\w\n ]|_")


@dataclass(frozen=True, slots=True)
class Hit:
    """One record found by its text, with the title it goes by."""

    type_id: str
    uid: str
    title: str


def searched_fields(record_type: RecordType) -> tuple[list[str], list[str], list[str]]:
    """Return the fields whose text is the title, the others whose text is searched, and those that name a unit."""
    titles = [key for key in record_type.title_fields if isinstance(record_type.field(key), TextField)]
    others = [
        field.key
        for field in record_type.fields
        if isinstance(field, TextField) and field.search and field.key not in titles
    ]
    places = [
        field.key for field in record_type.fields if isinstance(field, ChoiceField) and field.choices in _UNIT_LISTS
    ]
    return titles, others, places


def search_rowid(number: int, fid: int) -> int:
    """Return the row of the search table for the record ``fid`` of the type ``number``."""
    return (number << _TYPE_SHIFT) + fid


def rowid_range(number: int) -> tuple[int, int]:
    """Return the first and the last row that a type may have in the search table."""
    return number << _TYPE_SHIFT, ((number + 1) << _TYPE_SHIFT) - 1


def match_text(text: str) -> str | None:
    """Return the FTS5 query that finds records with a word beginning by each word of ``text``; ``None`` for no word."""
    words = _WORD.findall(fold_text(text))
    return " ".join(f'"{word}"*' for word in words) or None


def search(connection: Connection, catalogue: Catalogue, text: str, limit: int = 50) -> list[Hit]:
    """Return records with a word beginning by each word of ``text``.

    Those whose title has them come first, then those whose own text has, then those that lie, or lay before July 2025,
    in a commune whose name has: in a commune's own workspace those are all of them.
    """
    query = match_text(text)
    if query is None:
        return []
    rows: dict[int, None] = {}
    for restricted in (f"title : ({query})", f"{{title body}} : ({query})", query):
        sql = f"SELECT rowid FROM {SEARCH_TABLE} WHERE {SEARCH_TABLE} MATCH ? LIMIT ?"  # noqa: S608 (constant)
        rows.update(dict.fromkeys(row[0] for row in fetch_rows(connection, sql, (restricted, limit))))
        if len(rows) >= limit:
            break
    return _hits(connection, catalogue, list(rows)[:limit])


def _hits(connection: Connection, catalogue: Catalogue, rows: list[int]) -> list[Hit]:
    """Return the records of rows of the search table, in that order."""
    found: dict[int, Hit] = {}
    for type_id, number in fetch_rows(connection, f"SELECT type_id, number FROM {record_types.name}"):  # noqa: S608
        first, last = rowid_range(number)
        fids = [row - first for row in rows if first <= row <= last]
        if not fids or type_id not in catalogue.types:
            continue
        record_type = catalogue.type(type_id)
        keys = ["fid", "uid", *dict.fromkeys((*record_type.title_fields, *_CODES))]
        known = {"fid", "uid", *(field.key for field in record_type.fields)}
        names = [key for key in keys if key in known]
        sql = (
            f"SELECT {', '.join(map(quote_name, names))} FROM {quote_name(type_id)} "  # noqa: S608 (quoted names)
            "WHERE fid IN (SELECT value FROM json_each(?))"
        )
        for row in fetch_rows(connection, sql, (json.dumps(fids),)):
            values = dict(zip(names, row, strict=True))
            title = record_title(record_type, values, current_language(), catalogue)
            found[first + values["fid"]] = Hit(type_id, values["uid"], title)
    return [found[row] for row in rows if row in found]


@dataclass(frozen=True, slots=True)
class Words:
    """What is searched of many records, folded: words of the title, of the other fields, of the units; by column."""

    titles: Sequence[str]
    bodies: Sequence[str]
    places: Sequence[str]


def index_records(
    connection: Connection,
    record_type: RecordType,
    number: int,
    fids: Sequence[int],
    columns: Mapping[str, Sequence[Any]],
) -> None:
    """Put the text of records that are not there yet into the search table; ``columns`` holds each field's values."""
    put_words(connection, number, fids, words_of_records(record_type, columns, len(fids)))


def words_of_records(record_type: RecordType, columns: Mapping[str, Sequence[Any] | None], count: int) -> Words:
    """Return what is searched of ``count`` records; a column that is ``None`` is empty."""
    empty = [None] * count
    titles, others, places = ([(key, columns[key] or empty) for key in keys] for keys in searched_fields(record_type))
    return Words(
        _folded([column for _, column in titles], count),
        _folded([column for _, column in others], count),
        _placed(record_type, places, count),
    )


def put_words(connection: Connection, number: int, fids: Sequence[int], words: Words) -> None:
    """Put the words of records that are not there yet into the search table; one without words has no row there."""
    start = search_rowid(number, 0)
    rows = zip([start + fid for fid in fids], words.titles, words.bodies, words.places, strict=True)
    filled = [row for row in rows if row[1] or row[2] or row[3]]
    if filled:
        names = ("rowid", "title", "body", "place")
        columns = dict(zip(names, zip(*filled, strict=True), strict=True))
        insert_rows(connection, Rows(SEARCH_TABLE, len(filled), columns, most=_AT_ONCE))


def forget_records(connection: Connection, number: int, fids: Iterable[int]) -> None:
    """Take records out of the search table."""
    rows = [(search_rowid(number, fid),) for fid in fids]
    if rows:
        connection.exec_driver_sql(f"DELETE FROM {SEARCH_TABLE} WHERE rowid = ?", rows)  # noqa: S608 (constant)


def forget_type(connection: Connection, number: int) -> None:
    """Take all records of a type out of the search table."""
    sql = f"DELETE FROM {SEARCH_TABLE} WHERE rowid BETWEEN ? AND ?"  # noqa: S608 (constant)
    connection.exec_driver_sql(sql, rowid_range(number))


def _folded(columns: list[Sequence[Any]], count: int) -> list[str]:
    """Return for each record the words of several columns, folded."""
    filled = [column for column in columns if len(column) != column.count(None)]
    if not filled:
        return [""] * count
    if len(filled) == 1:
        return words_of([text or "" for text in filled[0]])
    return words_of([" ".join(filter(None, values)) for values in zip(*filled, strict=True)])


def words_of(texts: Sequence[str]) -> list[str]:
    """Return the searched words of each text: ``ĐX-0223`` is two."""
    folded = fold_texts(texts)
    joined = "\n".join(folded)
    spaced = _SIGNS.sub(" ", joined)
    return folded if spaced == joined else [" ".join(text.split()) for text in spaced.split("\n")]


def _placed(record_type: RecordType, columns: list[tuple[str, Sequence[Any]]], count: int) -> list[str]:
    """Return for each record the folded names of the units its codes stand for; a code that is none stands for none."""
    if not columns:
        return [""] * count
    lists = [str(getattr(record_type.field(key), "choices", "")) for key, _ in columns]
    codes = list(zip(*(column for _, column in columns), strict=True))
    known = {
        row: " ".join(
            filter(None, (_unit_words(name, code) if code else "" for name, code in zip(lists, row, strict=True)))
        )
        for row in set(codes)
    }
    return list(map(known.__getitem__, codes))


@lru_cache(maxsize=1 << 14)
def _unit_words(name: str, code: str) -> str:
    """Return the folded words of a unit's name, without the province: ``xa bac quang``, and a former one's district."""
    if name == COMMUNES:
        commune = load_communes().get(code)
        words = commune.full_name if commune else ""
    else:
        unit = load_former_units().get(code)
        words = f"{unit.full_name} {unit.district}" if unit else ""
    return words_of([words])[0]
