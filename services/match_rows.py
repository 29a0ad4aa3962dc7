"""Finds the records that the rows of a file are, and what the file says of them otherwise."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from core.errors import UserError
from core.messages import current_language
from core.progress import SILENT, Progress, track
from core.text import clean_text
from forms.content import GEOMETRY
from forms.identity import LOCAL_CODE
from forms.model import RecordType, TextField
from forms.record import State
from forms.titles import record_title
from forms.unit_names import name_key
from localdb import records
from localdb.engine import Connection
from services.desk import Desk
from services.import_plan import ImportPlan
from services.match_likeness import find_alike
from services.matching import (
    NEW,
    REPORTED_ROWS,
    SKIP,
    Candidate,
    Matches,
    Matching,
    RowMatch,
    check_choices,
    loses_marks,
)
from services.staging import Row
from services.unit_columns import COMMUNE, FORMER
from validation.batch import Batch

UID_COLUMNS = frozenset({"uid", "diaba uid", "record uid"})
"""Folded names of the column that holds a record's uid, as this program and its field packages write it."""

_OFFICIAL_ID = "official_id"
_KEY_FIELDS = {"official-id": _OFFICIAL_ID, "local-code": LOCAL_CODE}
_NEAR_M = 2e-4  # what rounding moves a vertex by, going to another datum and back included: ADR 10
_SURE = 0.75  # less, and somebody looks at the pair before it counts
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class FileRows:
    """The rows of a file that can become records: ``places`` in the table, and everything about all of its rows."""

    numbers: list[int]
    places: list[int]
    columns: Mapping[str, Sequence[Any]]
    values: Mapping[str, Sequence[Any]]
    shapes: npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Found:
    """What the rows are here, and the records that they were compared with, by uid in ``at``."""

    matches: Matches
    here: Batch
    at: Mapping[str, int]


def match_rows(
    desk: Desk,
    connection: Connection,
    plan: ImportPlan,
    matching: Matching,
    record_type: RecordType,
    rows: FileRows,
    progress: Progress = SILENT,
) -> Found:
    """Return what each row is here, and what the import does with it.

    Raise ``UserError`` IMPORT-NO-KEY when the file has no column for the sign, IMPORT-CHOICE for an answer that fits
    nothing, IMPORT-CHOICE-TWICE when two rows are said to be one record.
    """
    options, gone = _options(connection, plan, matching, record_type, rows)
    wanted = {uid for found in options for uid, _ in found} | set(matching.choices.values()) - {NEW, SKIP}
    everything = 2 * len(wanted) > records.count_all(connection, record_type)
    here = records.fetch_batch(connection, record_type, None if everything else wanted)
    at = {uid: place for place, uid in enumerate(here.uids)}
    check_choices(matching, rows.numbers, frozenset(at))
    found = [RowMatch(number, "new") for number in rows.numbers]
    _decide(matching, found, options, gone)
    _compare(plan, matching, record_type, rows, found, here, at, progress)
    _compare_shapes(rows, found, here, at, _NEAR_M)
    told = 0
    for place, row in enumerate(found):
        _settle(record_type, matching, row, here.states[at[row.uid]] if row.uid in at else None)
        if row.outcome == "ambiguous" or (row.outcome != "same" and (told := told + 1) <= REPORTED_ROWS):
            _describe(desk, record_type, row, Row(rows.values, rows.places[place]), options[place], here, at)
    return Found(Matches(found), here, at)


_Options = list[tuple[str, float | None]]
"""The records that a row may be, each with its likeness, or ``None`` where a sign decides."""


def _options(
    connection: Connection, plan: ImportPlan, matching: Matching, record_type: RecordType, rows: FileRows
) -> tuple[list[_Options], list[bool]]:
    """Return for each row the records that it may be, and whether the one it names has been deleted here."""
    if matching.by == "likeness":
        return _alike(connection, record_type, matching, rows), [False] * len(rows.places)
    cells = _key_cells(plan, matching, rows)
    key = _KEY_FIELDS.get(matching.by, "uid")
    living: dict[str, list[str]] = {}
    buried: set[str] = set()
    for uid, value, is_deleted in records.fetch_signs(connection, record_type, key):
        sign = _sign(value)
        if is_deleted:
            buried.add(sign)
        else:
            living.setdefault(sign, []).append(uid)
    signs = [_sign(cells[place]) for place in rows.places]
    found: list[_Options] = [[(uid, None) for uid in living.get(sign, ())] if sign else [] for sign in signs]
    return found, [sign in buried and sign not in living for sign in signs]


def _key_cells(plan: ImportPlan, matching: Matching, rows: FileRows) -> Sequence[Any]:
    if matching.by == "uid":
        column = next((name for name in rows.columns if name_key(name) in UID_COLUMNS), None)
        if column is not None:
            return rows.columns[column]
    elif _KEY_FIELDS[matching.by] in plan.mapping:
        return rows.values[_KEY_FIELDS[matching.by]]
    raise UserError("IMPORT-NO-KEY", key=matching.by, file=plan.path.name, columns=sorted(rows.columns))


def _sign(value: Any) -> str:
    return "" if value is None else clean_text(str(value)).casefold()


def _alike(connection: Connection, record_type: RecordType, matching: Matching, rows: FileRows) -> list[_Options]:
    known = records.fetch_batch(connection, record_type)
    keys = [key for key in record_type.title_fields if isinstance(record_type.field(key), TextField)]
    theirs = list(zip(*(rows.values[key] for key in keys), strict=True)) if keys else [()] * len(rows.shapes)
    ours = list(zip(*(known.column(key) for key in keys), strict=True)) if keys else [()] * len(known)
    pairs = find_alike(
        rows.shapes[rows.places],
        [theirs[place] for place in rows.places],
        known.geometries,
        ours,
        within_m=matching.within_m,
    )
    found: list[_Options] = [[] for _ in rows.places]
    whole: dict[int, list[str]] = {}
    for row, place, likeness, is_whole in zip(
        pairs.theirs.tolist(), pairs.ours.tolist(), pairs.likeness.tolist(), pairs.is_whole.tolist(), strict=True
    ):
        found[row].append((known.uids[place], likeness))
        if is_whole:
            whole.setdefault(row, []).append(known.uids[place])
    for row, uids in whole.items():
        if len(uids) == 1:  # the others are only pieces of what one record is as a whole
            found[row] = [option for option in found[row] if option[0] == uids[0]]
    return found


def _decide(matching: Matching, found: Sequence[RowMatch], options: Sequence[_Options], gone: Sequence[bool]) -> None:
    """Give each row the one record it is, as far as that is clear or the user has said so."""
    claims = Counter(options[place][0][0] for place in range(len(found)) if len(options[place]) == 1)
    for place, row in enumerate(found):
        choice = matching.choices.get(row.row)
        if choice is not None and choice not in (NEW, SKIP):
            row.uid, row.outcome = choice, "same"
        elif choice == NEW:
            continue
        elif len(options[place]) > 1:
            row.outcome, row.reason = "ambiguous", "MATCH-SEVERAL"
            row.facts = {"count": len(options[place])}
        elif options[place]:
            uid, row.likeness = options[place][0]
            if claims[uid] > 1:
                row.outcome, row.reason, row.facts = "ambiguous", "MATCH-TWICE", {"count": claims[uid]}
            elif row.likeness is not None and row.likeness < _SURE:
                row.outcome, row.reason = "ambiguous", "MATCH-UNSURE"
                row.facts = {"share": round(100 * row.likeness)}
            else:
                row.uid, row.outcome = uid, "same"
        elif gone[place]:
            row.outcome, row.reason = "deleted", "MATCH-DELETED"
    taken = Counter(row.uid for row in found if row.uid is not None)
    twice = next((uid for uid, count in taken.items() if count > 1), None)
    if twice is not None:
        raise UserError("IMPORT-CHOICE-TWICE", rows=[row.row for row in found if row.uid == twice], uid=twice)


def _compare(
    plan: ImportPlan,
    matching: Matching,
    record_type: RecordType,
    rows: FileRows,
    found: Sequence[RowMatch],
    here: Batch,
    at: Mapping[str, int],
    progress: Progress,
) -> None:
    """Note in each row that is a record what it says otherwise; an empty cell says nothing unless it may erase."""
    pairs = [(place, at[row.uid]) for place, row in enumerate(found) if row.uid is not None]
    told = [rows.places[place] for place, _ in pairs]
    stored = [place for _, place in pairs]
    for key in track(_compared(plan, record_type), progress, every=2):
        theirs, ours, column = rows.values[key], here.column(key), plan.mapping.get(key)
        cells = rows.columns[column] if column is not None else None
        is_constant = key in plan.constants
        mine = [ours[place] for place in stored]
        for index, (place, old) in enumerate(zip(told, mine, strict=True)):
            new = theirs[place]
            if new == old or _is_noise(old, new):
                continue
            is_empty = cells is not None and cells[place] in (None, "") and not is_constant
            if new is None and not (is_empty and matching.erase_empty):
                continue
            if key == COMMUNE and is_empty:
                continue  # an empty cell reads as the workspace's commune, which nobody has said of this record
            found[pairs[index][0]].differences[key] = (old, new)


def _compare_shapes(
    rows: FileRows, found: Sequence[RowMatch], here: Batch, at: Mapping[str, int], near_m: float
) -> None:
    """Note in each row that is a record the shape that lies elsewhere; a row without one says nothing."""
    chosen = [(place, row) for place, row in enumerate(found) if row.uid is not None]
    theirs = rows.shapes[[rows.places[place] for place, _ in chosen]]
    ours = here.geometries[[at[row.uid or ""] for _, row in chosen]]
    for index in np.flatnonzero(_moved(theirs, ours, near_m)).tolist():
        chosen[index][1].differences[GEOMETRY] = (ours[index], theirs[index])


def _compared(plan: ImportPlan, record_type: RecordType) -> list[str]:
    """Return the fields of which the file, or the user for all of its rows, says something."""
    said = {*plan.mapping, *plan.constants}
    if COMMUNE in plan.mapping:
        said.add(FORMER)
    return [item.key for item in record_type.fields if item.key in said and item.computed is None]


def _is_noise(old: Any, new: Any) -> bool:
    """Whether two numbers differ by no more than a format's digits lose."""
    if not isinstance(old, float) or not isinstance(new, float):
        return False
    return math.isclose(old, new, rel_tol=1e-12, abs_tol=1e-12)


def _moved(theirs: npt.NDArray[np.object_], ours: npt.NDArray[np.object_], near_m: float) -> npt.NDArray[np.bool_]:
    """Return where the file has a shape that lies elsewhere, the order of rings and parts aside."""
    there = ~shapely.is_missing(theirs)
    same = shapely.equals_exact(theirs, ours, tolerance=near_m)
    open_ones = np.flatnonzero(there & ~same)
    same[open_ones] = shapely.equals_exact(theirs[open_ones], ours[open_ones], tolerance=near_m, normalize=True)
    return np.asarray(there & ~same, dtype=bool)


def _settle(record_type: RecordType, matching: Matching, row: RowMatch, state: State | None) -> None:
    """Decide outcome and action of a row by what differs, the record's state, and what the user wants."""
    row.state = state
    if row.outcome == "same" and row.differences:
        row.outcome = "changed"
        if record_type.append_only:
            row.outcome, row.reason, row.facts = "locked", "MATCH-APPEND-ONLY", {"type": record_type.title}
        elif state == State.CANCELLED:
            row.outcome, row.reason = "locked", "MATCH-CANCELLED"
    row.kept = frozenset(
        key
        for key, pair in row.differences.items()
        if (row.row, key) in matching.left_out or (loses_marks(*pair) and (row.row, key) not in matching.taken)
    )
    if matching.choices.get(row.row) == SKIP or (row.row, None) in matching.left_out:
        return
    if row.outcome == "new":
        row.action = "insert" if matching.on_new == "add" or matching.choices.get(row.row) == NEW else None
    elif matching.on_match == "add":
        row.action = "insert"
    elif row.outcome == "changed" and matching.on_match == "update" and row.differences.keys() - row.kept:
        row.action = "update"


def _describe(
    desk: Desk,
    record_type: RecordType,
    row: RowMatch,
    values: Mapping[str, Any],
    options: _Options,
    here: Batch,
    at: Mapping[str, int],
) -> None:
    """Give a row that somebody will look at its title, its candidates and the record's revision."""
    language = current_language()
    if row.outcome == "ambiguous":
        row.candidates = tuple(
            Candidate(uid, record_title(record_type, here.values_of(at[uid]), language, desk.catalogue), likeness)
            for uid, likeness in options[:_SHOWN]
        )
    if row.uid is not None:
        row.revision = here.revisions[at[row.uid]]
        values = Row(here.values, at[row.uid])
    row.title = record_title(record_type, values, language, desk.catalogue)
