"""Communes in a field file: a column of names or codes, old or new, becomes today's codes; what is open is asked.

A text that can only mean one commune is that commune; the former unit it names is kept beside it. What is open, a unit
that was divided, a name of several, is never guessed from the text. For each such text, in this order: the user's
answer holds; else a row whose shape lies wholly within the stored outline of one of the candidates (the workspace's
commune, or a neighbour from its boundary file) is that candidate's, for where a thing lies decides which part of a
divided commune it lay in; else the row's commune stays empty, which keeps it from approval until somebody chooses.
Each of the three is told in the report. An empty cell says nothing: it is the workspace's commune, as in a file without
such a column.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from exchange.problems import RowProblem
from forms.administration import choose_commune
from forms.communes import Commune
from forms.unit_names import UNIT_WORDS, name_key, unit_keys, without_words
from forms.unit_reading import UnitMeaning, read_units, unit_text
from validation.rules.administration import NAME_COLUMNS

COMMUNE, FORMER = "commune_code", "former_commune_code"
UNIT_COLUMNS = NAME_COLUMNS | {"ma xa", "ma dvhc", "commune code"}
"""Folded names of columns that hold communes, by which a file is looked through before its type is known."""

Shapes = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class UndecidedUnit:
    """A text of a column that may mean several communes, how many rows have it, and what it may mean.

    ``candidates`` are codes and labels; ``former`` the units before July 2025 that are called so.
    """

    text: str
    count: int
    candidates: tuple[tuple[str, str], ...]
    former: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {
            "text": self.text,
            "count": self.count,
            "candidates": [{"code": code, "name": label} for code, label in self.candidates],
            "former": list(self.former),
        }


@dataclass(frozen=True, slots=True)
class UnitsRead:
    """A column of communes as codes in row order, the rows that name nothing, and what is to be told."""

    codes: list[str | None]
    former: list[str | None]
    unknown: dict[int, str]
    undecided: tuple[UndecidedUnit, ...] = ()
    problems: tuple[RowProblem, ...] = field(default=())


def undecided_units(
    cells: Sequence[Any], own: Commune | None, answers: Mapping[str, str] | None = None
) -> tuple[UndecidedUnit, ...]:
    """Return the texts of a column that may mean several communes and are not answered yet, in order of the rows."""
    texts = [unit_text(cell) for cell in cells]
    open_ones = {one.text: one for one in read_units(texts, own).values() if one.candidates and one.commune is None}
    for answer in answers or ():
        for text in _texts_meant(answer, list(open_ones)):
            del open_ones[text]
    return _describe(list(open_ones.values()), Counter(texts))


def first_unknown_unit(cells: Sequence[Any], own: Commune | None) -> str | None:
    """Return why a column is no column of communes, in the words of its first text that names none."""
    for text, meaning in read_units([unit_text(cell) for cell in cells], own).items():
        if not meaning.candidates:
            return str(UserError("COMMUNE-UNKNOWN", text=text))
    return None


def read_unit_column(
    column: str,
    cells: Sequence[Any],
    own: Commune,
    answers: Mapping[str, str],
    shapes: Shapes,
    outlines: Mapping[str, BaseGeometry],
) -> UnitsRead:
    """Return the communes of one column, decided as this module says.

    ``shapes`` are the rows' geometries (or ``None``) and ``outlines`` those of communes by code, all in one zone. Raise
    ``UserError`` IMPORT-UNIT-NO-TEXT for an answer to a text that the column does not have, and what
    ``choose_commune`` raises for an answer that names no commune.
    """
    texts = [unit_text(cell) for cell in cells]
    meanings = read_units(texts, own)
    chosen = _answers(column, meanings, answers, own)
    decided = {text: chosen.get(text) or meaning.commune for text, meaning in meanings.items()}
    codes: list[str | None] = []
    former: list[str | None] = []
    unknown: dict[int, str] = {}
    for place, text in enumerate(texts):
        commune = decided.get(text)
        codes.append(own.code if not text else commune.code if commune else None)
        former.append(meanings[text].former_key(commune) if text else None)
        if text and commune is None and not meanings[text].candidates:
            unknown[place] = text
    open_texts = [text for text, one in meanings.items() if decided[text] is None and one.candidates]
    waiting: dict[str, list[int]] = {text: [] for text in open_texts}
    for place, text in enumerate(texts):
        if text in waiting:
            waiting[text].append(place)
    located = {
        text: _locate(meanings[text], places, shapes, outlines, codes, former) for text, places in waiting.items()
    }
    left = Counter({text: len(places) - located[text] for text, places in waiting.items()})
    undecided = _describe([meanings[text] for text in waiting if left[text]], left)
    return UnitsRead(codes, former, unknown, undecided, _tell(column, texts, meanings, decided, located, undecided))


def _answers(
    column: str, meanings: Mapping[str, UnitMeaning], answers: Mapping[str, str], own: Commune
) -> dict[str, Commune]:
    """Return the commune that the user has named for each text; an answer counts for every spelling of its text."""
    found: dict[str, Commune] = {}
    for text, answer in answers.items():
        same = _texts_meant(text, list(meanings))
        if not same:
            raise UserError("IMPORT-UNIT-NO-TEXT", text=text, column=column)
        commune = choose_commune(answer, None if answer.strip().isdecimal() else own.province_code)
        found.update(dict.fromkeys(same, commune))
    return found


def _texts_meant(answer: str, texts: Sequence[str]) -> list[str]:
    """Return the texts that an answer is about: those of its name, else those whose name it is but for the unit's word.

    ``Tân Trịnh`` answers for ``Xã Tân Trịnh`` and ``X. Tân Trịnh``; ``Thị trấn A`` does not for ``Xã A``.
    """
    spellings, key = unit_keys(answer), name_key(answer)
    exact = [text for text in texts if name_key(text) in spellings]
    return exact or [text for text in texts if _without_word(name_key(text)) == key]


def _without_word(key: str) -> str:
    words = [*UNIT_WORDS, *(short for forms in UNIT_WORDS.values() for short in forms)]
    return without_words(key, words)


def _locate(
    meaning: UnitMeaning,
    places: Sequence[int],
    shapes: Shapes,
    outlines: Mapping[str, BaseGeometry],
    codes: list[str | None],
    former: list[str | None],
) -> int:
    """Give the rows that lie wholly within one candidate's outline to it, and return how many they are."""
    rows = np.array(places, dtype=np.int64)
    there = ~(shapely.is_missing(shapes[rows]) | shapely.is_empty(shapes[rows]))
    owners: dict[int, list[Commune]] = {}
    for commune in meaning.candidates:
        outline = outlines.get(commune.code)
        if outline is not None:
            shapely.prepare(outline)
            for row in rows[there & shapely.covers(outline, shapes[rows])].tolist():
                owners.setdefault(row, []).append(commune)
    decided = {row: found[0] for row, found in owners.items() if len(found) == 1}
    for row, commune in decided.items():
        codes[row], former[row] = commune.code, meaning.former_key(commune)
    return len(decided)


def _describe(meanings: Sequence[UnitMeaning], counts: Mapping[str, int]) -> tuple[UndecidedUnit, ...]:
    return tuple(
        UndecidedUnit(
            meaning.text,
            counts[meaning.text],
            tuple((commune.code, commune.label) for commune in meaning.candidates),
            tuple(unit.label for unit in meaning.former),
        )
        for meaning in meanings
    )


def _tell(
    column: str,
    texts: Sequence[str],
    meanings: Mapping[str, UnitMeaning],
    decided: Mapping[str, Commune | None],
    located: Mapping[str, int],
    undecided: Sequence[UndecidedUnit],
) -> tuple[RowProblem, ...]:
    """Return what the report says of a column: units renamed, those that the boundary decided, those still open."""
    told = []
    counts = Counter(texts)
    renamed = sum(counts[text] for text, commune in decided.items() if commune and meanings[text].former_key(commune))
    if renamed:
        told.append(RowProblem(0, column, None, "IMPORT-UNIT-FORMER", {"count": renamed}))
    for text, count in located.items():
        if count:
            told.append(RowProblem(0, column, text, "IMPORT-UNIT-LOCATED", {"count": count}))
    for one in undecided:
        facts = {"count": one.count, "candidates": [label for _, label in one.candidates]}
        told.append(RowProblem(0, column, one.text, "IMPORT-UNIT-UNDECIDED", facts))
    return tuple(told)
