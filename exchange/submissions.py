"""What phones sent: the exports of ODK Central and KoboToolbox, CSV or GeoJSON, as a table of records to be.

Their columns are the same questions under many names: ``sec_main-name`` (ODK), ``sec_main/name`` (KoboToolbox),
``name``, or the question's words in either language. Answers are names, or the words of the choices.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.canonical import sha256_hex
from core.text import fold_text, without_surrogates
from exchange.problems import RowProblem
from exchange.submission_answers import answer_columns, join_answers, read_cells
from exchange.submission_places import Place, column_of_places, degrees_columns, place_of
from exchange.table import Table
from exchange.xlsform_questions import LOCATIONS, location_words, photo_names
from forms.catalogue import Catalogue
from forms.model import AnyField, ChoicesField, RecordType
from geodesy.systems import WGS84

INSTANCE = "instanceID"
CAPTURE_METHOD = "gnss_cam_tay"
TYPE_MARK, COMMUNE_MARK = "diaba_type", "commune_code"

_SEPARATORS = re.compile(r"[/:-]")
_IDENTITIES = ("rootUuid", "KEY", "__id", INSTANCE, "_uuid", "id", "deprecatedID")  # the most lasting first
_UUID = re.compile(r"(?:uuid:)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Submissions:
    """The submissions of one form, a row each.

    ``table``: cells read as their fields need them, places as geometries in WGS 84, and the cells as they came beside
    them. ``mapping`` is field to column. ``identities``: under which names each submission is known, the most lasting
    first; one without any is known by its content. ``photos``: the names of each one's files. ``communes``: the commune
    whose form it was, where the form said so.
    """

    table: Table
    mapping: Mapping[str, str]
    identities: tuple[tuple[str, ...], ...]
    photos: tuple[tuple[str, ...], ...]
    communes: tuple[str | None, ...]


def flatten(table: Table) -> Table:
    """Return the table with columns that hold JSON objects (groups of a GeoJSON) spread into one column a question."""
    columns: dict[str, list[Any]] = {}
    for name, cells in table.columns.items():
        objects = [_object(cell) for cell in cells]
        if not any(objects) or any(cell and not found for cell, found in zip(cells, objects, strict=True)):
            columns.setdefault(name, list(cells))
            continue
        for place, found in enumerate(objects):
            for path, value in _leaves(name, found or {}):
                columns.setdefault(path, [None] * len(cells))[place] = value
    return replace(table, columns=columns)


def _object(cell: Any) -> dict[str, Any] | None:
    if not isinstance(cell, str) or not cell.startswith("{"):
        return None
    try:
        found = json.loads(cell)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _leaves(path: str, found: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in found.items():
        below = f"{path}/{key}"
        if isinstance(value, dict):
            yield from _leaves(below, value)
        elif isinstance(value, str):
            yield below, without_surrogates(value) or None
        elif isinstance(value, int | float | bool) or value is None:
            yield below, value


def type_of(table: Table) -> str | None:
    """Return the record type that the form wrote into its submissions, ``None`` when it is none of our forms."""
    column = _find(table.columns, TYPE_MARK)
    cells = [cell for cell in table.columns[column] if cell] if column else []
    return str(max(set(cells), key=cells.count)) if cells else None


def read_submissions(table: Table, record_type: RecordType, catalogue: Catalogue) -> Submissions:
    """Return the submissions of a table whose columns are the questions of the type's form, in whatever naming."""
    mapping, columns = _read_columns(table, record_type, catalogue)
    places, problems = _read_places(table, record_type)
    identities = tuple(_identities(table))
    raw = {**table.columns, INSTANCE: [" ".join(names) for names in identities]}
    shapes = None
    if record_type.geometry:
        shapes = np.array([place.shape for place in places], dtype=object)
    commune = _find(table.columns, COMMUNE_MARK)
    return Submissions(
        replace(
            table,
            columns=columns,
            geometries=shapes,
            declared=WGS84 if shapes is not None else None,
            rejected=(*table.rejected, *problems),
            raw_columns=raw,
            raw_rows=None,
            heights=None,
            accuracies=tuple(place.accuracy_m for place in places),
            capture_method=CAPTURE_METHOD if shapes is not None else None,
        ),
        mapping,
        identities,
        tuple(_photos(table, record_type)),
        tuple(str(cell) if cell else None for cell in table.columns[commune]) if commune else (None,) * len(table),
    )


def _find(columns: Mapping[str, Any], key: str, words: Sequence[str] = ()) -> str | None:
    """Return the column of a question: by its name alone, as the end of a path, or by its words."""
    if key in columns:
        return key
    for name in columns:
        if _SEPARATORS.split(name)[-1] == key:
            return name
    wanted = [fold_text(word) for word in words]
    for name in columns:
        plain = fold_text(name)
        if any(plain == word or re.search(rf"[/:-]\s*{re.escape(word)}$", plain) for word in wanted):
            return name
    return None


def _labels(target: AnyField) -> list[str]:
    """Return the words of a question as the form has them, with and without the unit."""
    return [
        text
        for word in target.label.values()
        for text in ((f"{word} ({target.unit})", word) if target.unit else (word,))
    ]


def _read_columns(
    table: Table, record_type: RecordType, catalogue: Catalogue
) -> tuple[dict[str, str], dict[str, list[Any]]]:
    """Return field to column, and the columns with the cells of those fields read."""
    mapping: dict[str, str] = {}
    columns = dict(table.columns)
    taken: set[str] = set()
    for target in record_type.fields:
        if target.computed or target.type == "files":
            continue
        free = {name: cells for name, cells in table.columns.items() if name not in taken}
        column = _find(free, target.key, _labels(target))
        parts = answer_columns(free, target, catalogue) if isinstance(target, ChoicesField) else {}
        if column is None and not parts:
            continue
        name = column or target.key
        taken.add(name)
        mapping[target.key] = name
        columns[name] = read_cells(target, table.columns.get(name, [None] * len(table)), catalogue)
        if parts:
            columns[name] = join_answers(columns[name], parts)
    return mapping, columns


def _identities(table: Table) -> Iterator[tuple[str, ...]]:
    columns = [column for name in _IDENTITIES if (column := _find(table.columns, name))]
    for place in range(len(table)):
        cells = [table.columns[column][place] for column in columns]
        found = [
            match[1].lower() for cell in cells if isinstance(cell, str) and (match := _UUID.fullmatch(cell.strip()))
        ]
        if not found:
            content = repr([cells[place] for cells in table.columns.values()])
            yield (f"row:{sha256_hex(content.encode())}",)
            continue
        yield tuple(f"uuid:{name}" for name in dict.fromkeys(found))


def _photos(table: Table, record_type: RecordType) -> Iterator[tuple[str, ...]]:
    columns = [column for name in photo_names(record_type) if (column := _find(table.columns, name))]
    for place in range(len(table)):
        cells = [table.columns[column][place] for column in columns]
        yield tuple(cell.replace("\\", "/").rpartition("/")[2] for cell in cells if isinstance(cell, str))


def _read_places(table: Table, record_type: RecordType) -> tuple[list[Place], list[RowProblem]]:
    """Return where each submission lies, and the places that cannot be read."""
    if not record_type.geometry:
        return [Place()] * len(table), []
    sources = list(_place_columns(table))
    shapes = [None] * len(table) if table.geometries is None else list(table.geometries)
    places: list[Place] = []
    problems: list[RowProblem] = []
    for place, row in enumerate(table.rows.tolist()):
        told = next(((name, cells[place], kind) for name, cells, kind in sources if cells[place]), None)
        try:
            places.append(Place(shapes[place]) if told is None else place_of(str(told[1]), told[2]))
        except ValueError:
            places.append(Place())
            problems.append(RowProblem(row, told[0] if told else None, str(told and told[1])[:80], "SUBMISSION-PLACE"))
    return places, problems


def _place_columns(table: Table) -> Iterator[tuple[str, Sequence[Any], str | None]]:
    """Yield the columns that tell where a submission lies, each with the type of its question."""
    asked = False
    for kind, name in LOCATIONS.items():
        column = _find(table.columns, name, list(location_words(kind).values()))
        apart = degrees_columns(table.columns, name)
        if column is not None:
            yield column, table.columns[column], kind
        elif apart is not None:
            yield *apart, kind
        asked = asked or column is not None or apart is not None
    if not asked and table.geometries is None and (column := column_of_places(table.columns)) is not None:
        yield column, table.columns[column], None


def choose_rows(table: Table, chosen: Sequence[int]) -> Table:
    """Return the table of the rows at some places, with what was wrong in them and outside of any row."""
    kept = list(chosen)
    rows = set(table.rows[kept].tolist())
    everything = set(table.rows.tolist())

    def part(columns: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
        return {name: [cells[place] for place in kept] for name, cells in columns.items()}

    return replace(
        table,
        columns=part(table.columns),
        raw_columns=None if table.raw_columns is None else part(table.raw_columns),
        geometries=None if table.geometries is None else table.geometries[kept],
        accuracies=None if table.accuracies is None else tuple(table.accuracies[place] for place in kept),
        heights=None,
        rows=table.rows[kept],
        rejected=tuple(item for item in table.rejected if item.row in rows or item.row not in everything),
    )
