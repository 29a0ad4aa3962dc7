"""The table as somebody has it before them, to a file that a spreadsheet opens."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any

from core.clock import VIETNAM, parse_timestamp
from core.errors import EnvironmentFault, UserError
from core.messages import Language, current_language, render
from core.progress import SILENT, Progress
from exchange.csv_writing import harmless
from exchange.workbook import Heading, Kind, Sheet, write_workbook
from forms.files import file_links
from forms.model import AnyField, NumberField, RecordType, ReferenceField
from forms.record import State
from forms.titles import record_title
from forms.values import format_value
from localdb import records
from localdb.engine import Connection
from localdb.paging import fetch_columns, fetch_order
from services.desk import Desk

SUFFIXES = (".csv", ".xlsx")
PAGE = 1_000

_OWN = {
    "uid": "VIEW-UID",
    "state": "VIEW-STATE",
    "revision": "VIEW-REVISION",
    "created_at": "VIEW-CREATED-AT",
    "created_by": "VIEW-CREATED-BY",
    "updated_at": "VIEW-UPDATED-AT",
    "updated_by": "VIEW-UPDATED-BY",
}
_OWN_KINDS: dict[str, Kind] = {"revision": "integer", "created_at": "moment", "updated_at": "moment"}
_KINDS: dict[str, Kind] = {"integer": "integer", "number": "number", "date": "date", "moment": "moment"}


@dataclass(frozen=True, slots=True)
class ViewFile:
    """The file written, and how many records it holds."""

    path: Path
    count: int


@dataclass(frozen=True, slots=True)
class _Column:
    key: str
    heading: Heading
    target: AnyField | None


def export_view(
    desk: Desk,
    type_id: str,
    out: Path,
    *,
    columns: Sequence[str] | None = None,
    sort: str = "uid",
    descending: bool = False,
    where: str | None = None,
    text: str | None = None,
    labels: bool = True,
    language: Language | None = None,
    progress: Progress = SILENT,
) -> ViewFile:
    """Write the records of a type that a filter keeps, in the order and with the columns of the table before the user.

    ``columns`` are fields, or ``uid``, ``state``, ``revision`` and who wrote when; without any every field. With
    ``labels`` codes are words and headings the fields' labels in ``language``, else both are the keys. ``.xlsx`` holds
    numbers and days as such; ``.csv`` is UTF-8 with a byte order mark, in the habit of the language's Excel: semicolon
    and decimal comma in Vietnamese, comma and point in English or without ``labels``. Nothing in it can be a formula.
    Raise EXPORT-FORMAT, VIEW-COLUMN, what filtering raises, EXPORT-NO-FOLDER, EXPORT-ROWS, EXPORT-CELL, EXPORT-REFUSED.
    """
    record_type = desk.catalogue.type(type_id)
    spoken = language or current_language()
    suffix = out.suffix.lower()
    if suffix not in SUFFIXES:
        raise UserError("EXPORT-FORMAT", format=suffix or out.name, formats=list(SUFFIXES))
    if not out.absolute().parent.is_dir():
        raise UserError("EXPORT-NO-FOLDER", folder=str(out.parent))
    chosen = _columns(record_type, columns, spoken, labels=labels)
    part = out.with_name(f".{out.name}.part")
    try:
        with desk.reading() as connection:
            fids = fetch_order(connection, record_type, sort=sort, descending=descending, where=where, text=text)
            view = _View(desk, connection, record_type, chosen, spoken, labels=labels)
            rows = view.rows(fids.tolist(), progress)
            if suffix == ".xlsx":
                title = record_type.title[spoken] if labels else record_type.id
                write_workbook(part, [Sheet(title, [column.heading for column in chosen], rows)])
            else:
                _write_csv(part, chosen, rows, decimal_comma=labels and spoken == "vi")
        part.replace(out)
    except OSError as error:
        raise EnvironmentFault("EXPORT-REFUSED", file=out.name, reason=error.strerror or str(error)) from error
    finally:
        part.unlink(missing_ok=True)
    return ViewFile(out, len(fids))


def _columns(record_type: RecordType, keys: Sequence[str] | None, language: Language, *, labels: bool) -> list[_Column]:
    fields = {target.key: target for target in record_type.fields}
    found = []
    for key in keys or list(fields):
        target = fields.get(key)
        if target is None and key not in _OWN:
            raise UserError("VIEW-COLUMN", column=key, type=record_type.title, known=[*_OWN, *fields])
        found.append(_Column(key, _heading(key, target, language, labels=labels), target))
    return found


def _heading(key: str, target: AnyField | None, language: Language, *, labels: bool) -> Heading:
    if target is None:
        return Heading(render(_OWN[key], {}, language) if labels else key, _OWN_KINDS.get(key, "text"), width=20)
    title = f"{target.label[language]} ({target.unit})" if target.unit else target.label[language]
    kind = _KINDS.get(target.type, "text")
    decimals = target.decimals if isinstance(target, NumberField) else None
    width = {"integer": 12, "number": 14, "date": 12, "moment": 20}.get(kind, 28)
    return Heading(title if labels else key, kind, decimals, max(width, min(len(title), 24)))


class _View:
    """Reads the records some at a time, and says what stands in each cell."""

    def __init__(
        self,
        desk: Desk,
        connection: Connection,
        record_type: RecordType,
        columns: Sequence[_Column],
        language: Language,
        *,
        labels: bool,
    ) -> None:
        self._desk, self._connection, self._type = desk, connection, record_type
        self._language, self._labels = language, labels
        self._titles: dict[str, str] = {}
        self._keys = [column.key for column in columns]
        self._readers = [self._reader(column) for column in columns]

    def rows(self, fids: Sequence[int], progress: Progress) -> Iterator[Sequence[Any]]:
        """Yield the rows of these records in their order."""
        for first in range(0, len(fids), PAGE):
            progress.step(first, len(fids))
            page = fetch_columns(self._connection, self._type, fids[first : first + PAGE], self._keys)
            yield from zip(*(read(cells) for read, cells in zip(self._readers, page, strict=True)), strict=True)
        progress.step(len(fids), len(fids))

    def _reader(self, column: _Column) -> Callable[[Sequence[Any]], list[Any]]:
        """Return what says all cells of a column; most cells of a register are empty, which is nothing to say."""
        target = column.target
        if target is None:
            say = self._own_cell(column.key)
        elif target.type == "choice":
            say = cache(partial(self._cell, target))
        else:
            say = partial(self._cell, target)
        name = partial(self._name_references, target) if isinstance(target, ReferenceField) and self._labels else None

        def read(cells: Sequence[Any]) -> list[Any]:
            if name is not None:
                name(cells)
            return [None if value is None else say(value) for value in cells]

        return read

    def _name_references(self, target: ReferenceField, cells: Sequence[Any]) -> None:
        wanted = {uid for uid in cells if isinstance(uid, str)} - set(self._titles)
        for type_id in target.target:
            held = self._desk.catalogue.types.get(type_id)
            if held is not None and wanted:
                for record in records.fetch_records(self._connection, held, sorted(wanted)):
                    self._titles[record.uid] = record_title(held, record.values, self._language)

    def _own_cell(self, key: str) -> Callable[[Any], Any]:
        if key in ("created_at", "updated_at"):
            return _moment
        if key == "state" and self._labels:
            return cache(lambda state: render(f"UI-STATE-{State(state).name}", {}, self._language))
        return _plain

    def _cell(self, target: AnyField, value: Any) -> Any:
        """Return a value as a spreadsheet has it; what is not of its field's type stands as text."""
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return value
        if target.type in _READ_AS_THEY_ARE:
            return _READ_AS_THEY_ARE[target.type](value)
        if self._labels:
            return self._words(target, value)
        return "; ".join(map(str, value)) if isinstance(value, list) else _plain(value)

    def _words(self, target: AnyField, value: Any) -> str:
        if isinstance(target, ReferenceField):
            return self._titles.get(value, str(value))
        return format_value(target, value, self._desk.catalogue, self._language)


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return value if value is None or isinstance(value, int | float) else str(value)


def _day(value: Any) -> Any:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return str(value)


def _moment(value: Any) -> Any:
    """Return a moment as Vietnam's clock showed it; a spreadsheet knows no time zones."""
    try:
        return None if value is None else parse_timestamp(value).astimezone(VIETNAM).replace(tzinfo=None)
    except (TypeError, ValueError):
        return str(value)


_READ_AS_THEY_ARE: dict[str, Callable[[Any], Any]] = {
    "date": _day,
    "moment": _moment,
    "files": lambda value: "; ".join(link.name for link in file_links(value)),
}


def _write_csv(path: Path, columns: Sequence[_Column], rows: Iterable[Sequence[Any]], *, decimal_comma: bool) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";" if decimal_comma else ",")
        writer.writerow([harmless(column.heading.title) for column in columns])
        for row in rows:
            writer.writerow(
                [_text(cell, column.heading, decimal_comma) for cell, column in zip(row, columns, strict=True)]
            )


def _text(cell: Any, heading: Heading, decimal_comma: bool) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        text = f"{cell:.{heading.decimals}f}" if heading.decimals is not None else repr(cell)
        return text.replace(".", ",") if decimal_comma else text
    if isinstance(cell, date):
        shape = "%d/%m/%Y %H:%M:%S" if heading.kind == "moment" else "%d/%m/%Y"
        return cell.strftime(shape) if decimal_comma else cell.isoformat()
    return str(cell) if isinstance(cell, int) else harmless(str(cell))
