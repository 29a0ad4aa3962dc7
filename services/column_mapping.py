"""Proposes which column of a file becomes which field, how sure that is, and what is left for the user to say."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from core.messages import render
from exchange.short_names import short_names
from forms.catalogue import Catalogue
from forms.communes import Commune
from forms.model import AnyField, ChoiceField, FilesField, NumberField, RecordType
from services.column_names import CUT, EXACT, WORDS, names_of, plain_name, score_name
from services.column_values import ValueReading, fit_of, measure_of, read_values, value_key
from services.unit_columns import COMMUNE, first_unknown_unit

Confidence = Literal["certain", "likely", "open", "remembered", "packed"]
Shapes = npt.NDArray[np.object_]

BY_VALUES = 0.7
_LEAST, _MARGIN = 0.6, 0.1
_HALF = 0.5
_CODES = 200  # a column of codes does not have more different ones
_MEASURED_WORDS = {"length": "chieu dai", "length_km": "chieu dai", "area": "dien tich", "area_ha": "dien tich"}


@dataclass(frozen=True, slots=True)
class ColumnProposal:
    """One column of the file and what it may become.

    ``field`` is what the program takes it for, ``None`` where it takes it for nothing; ``rivals`` are the other fields,
    or for a taken one the other columns, that it may as well be: the user looks. ``reason`` is the message that says
    why, ``values`` what the texts of a column of codes mean.
    """

    column: str
    field: str | None
    confidence: Confidence
    score: float
    rivals: tuple[str, ...] = ()
    reason: str = ""
    detail: str = ""
    values: tuple[ValueReading, ...] = ()

    @property
    def text(self) -> str:
        """Why, in words."""
        rivals = ", ".join(self.rivals)
        return render(self.reason, {"rivals": rivals, "detail": self.detail}) if self.reason else self.detail

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {
            "column": self.column,
            "field": self.field,
            "confidence": self.confidence,
            "score": round(self.score, 3),
            "rivals": list(self.rivals),
            "text": self.text,
            "values": [item.as_dict() for item in self.values],
        }


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well one column is one field: by its name, by its cells, and why some cells are none of it."""

    column: str
    field: AnyField
    name: float
    share: float
    reason: str | None

    @property
    def score(self) -> float:
        """What counts when several are compared."""
        return self.name * (0.9 + 0.1 * self.share)


def propose_columns(
    record_type: RecordType,
    columns: Mapping[str, Sequence[Any]],
    catalogue: Catalogue,
    own: Commune | None = None,
    shapes: Shapes | None = None,
    placed: Set[str] = frozenset(),
) -> tuple[ColumnProposal, ...]:
    """Return what each column may become, in the file's order; no field twice.

    Taken is what is clear: by its name where its cells fit, else by its cells where they fit one field alone. A column
    whose cells do not fit, of which half are no code of the list, or which may be several fields as well, is left to
    the user with the reason. ``own`` is the workspace's commune, ``shapes`` the rows' geometries in metres, ``placed``
    the columns in which these were written.
    """
    targets = [item for item in record_type.fields if item.computed is None]
    fits = _fits(record_type, targets, columns, catalogue, own)
    found: dict[str, ColumnProposal] = {}
    taken: set[str] = set()
    for fit in sorted(fits, key=lambda one: (-one.score, _rank(one, targets))):
        if fit.column in found or fit.field.key in taken or not _fits_enough(fit):
            continue
        rivals = _rivals(fit, fits, taken, found)
        if rivals and fit.name < EXACT:
            continue
        taken.add(fit.field.key)
        found[fit.column] = _taken(fit, columns, catalogue, rivals)
    _add_by_values(found, taken, targets, columns, catalogue, shapes)
    for column in columns:
        if column not in found and column in placed:
            found[column] = ColumnProposal(column, None, "certain", 0.0, (), "COLUMN-PLACED")
    return tuple(found.get(column) or _left(column, columns[column], fits, taken, shapes) for column in columns)


def exported_columns(record_type: RecordType) -> list[str]:
    """Return the columns of an exported layer of a type, from which a format of short names makes its own."""
    return ["uid", "revision", "state", *(target.key for target in record_type.fields)]


def with_decisions(
    proposals: Sequence[ColumnProposal],
    record_type: RecordType,
    columns: Mapping[str, Sequence[Any]],
    catalogue: Catalogue,
    mapping: Mapping[str, str],
    values: Mapping[str, Mapping[str, str | None]],
    *,
    pack: str = "",
    is_whole: bool = True,
) -> tuple[ColumnProposal, ...]:
    """Return the proposals with what was decided for such a file earlier in the place of the program's own.

    ``pack`` names the catalogue pack that decided it. What does not speak of all columns (``is_whole``) leaves the
    others as they were proposed, for fields that it does not speak of.
    """
    confidence: Confidence = "packed" if pack else "remembered"
    reason = "COLUMN-PACKED" if pack else "COLUMN-REMEMBERED"
    fields = {column: key for key, column in mapping.items()}
    found = []
    for item in proposals:
        key = fields.get(item.column)
        if key is not None:
            readings = read_values(record_type.field(key), columns[item.column], catalogue, values.get(key))
            found.append(ColumnProposal(item.column, key, confidence, 1.0, (), reason, pack, readings))
        elif is_whole or item.field in mapping:
            found.append(
                replace(item, field=None, confidence=confidence, reason=f"{reason}-OUT", detail=pack, values=())
            )
        else:
            found.append(item)
    return tuple(found)


def mapping_of(proposals: Sequence[ColumnProposal]) -> dict[str, str]:
    """Return field to column for what is taken."""
    return {item.field: item.column for item in proposals if item.field is not None}


def unmapped_of(proposals: Sequence[ColumnProposal]) -> dict[str, str]:
    """Return the columns that nothing is taken for, each with the reason, empty where there is none."""
    return {item.column: item.text for item in proposals if item.field is None}


def readings_of(proposals: Sequence[ColumnProposal]) -> dict[str, dict[str, str | None]]:
    """Return, by field, what the texts mean that do not stand in its list: what the plan has to say."""
    found: dict[str, dict[str, str | None]] = {}
    for item in proposals:
        if item.field is not None:
            for reading in item.values:
                if reading.how != "listed":
                    found.setdefault(item.field, {})[value_key(reading.text)] = reading.code
    return found


def _fits(
    record_type: RecordType,
    targets: Sequence[AnyField],
    columns: Mapping[str, Sequence[Any]],
    catalogue: Catalogue,
    own: Commune | None,
) -> list[_Fit]:
    is_ours = {"uid", "revision", "state"} <= columns.keys()  # the names that a DBF cut are known then
    short = {key: plain_name(name) for key, name in short_names(exported_columns(record_type)).items() if is_ours}
    found = []
    for column, cells in columns.items():
        for target in targets:
            name = EXACT if plain_name(column) == short.get(target.key) else score_name(target, column)
            if name >= _LEAST:
                share, reason = _fit(target, cells, catalogue, own)
                found.append(_Fit(column, target, name, share, reason))
    return found


def _fit(target: AnyField, cells: Sequence[Any], catalogue: Catalogue, own: Commune | None) -> tuple[float, str | None]:
    if target.key == COMMUNE:
        strange = first_unknown_unit(cells, own)
        return (1.0, None) if strange is None else (0.0, strange)
    return fit_of(target, cells, catalogue)


def _fits_enough(fit: _Fit) -> bool:
    """Whether the cells let the column be the field: all of them, or half where the others are texts for a list."""
    return fit.share >= _HALF and (fit.reason is None or _is_list(fit.field))


def _is_list(target: AnyField) -> bool:
    return target.type in ("choice", "choices") and target.key != COMMUNE


def _rank(fit: _Fit, targets: Sequence[AnyField]) -> tuple[int, int]:
    """Return the order of equals: the field's own order of names, then the fields' order."""
    names = names_of(fit.field)
    plain = plain_name(fit.column)
    return (targets.index(fit.field), names.index(plain) if plain in names else len(names))


def _rivals(fit: _Fit, fits: Sequence[_Fit], taken: set[str], found: Mapping[str, ColumnProposal]) -> tuple[str, ...]:
    """Return the fields this column, and the columns this field, may as well be."""
    near = [one for one in fits if one is not fit and _fits_enough(one) and one.score >= fit.score - _MARGIN]
    fields = [one.field.key for one in near if one.column == fit.column and one.field.key not in taken]
    columns = [one.column for one in near if one.field.key == fit.field.key and one.column not in found]
    return tuple(dict.fromkeys([*fields, *columns]))


def _taken(
    fit: _Fit, columns: Mapping[str, Sequence[Any]], catalogue: Catalogue, rivals: tuple[str, ...]
) -> ColumnProposal:
    values = read_values(fit.field, columns[fit.column], catalogue) if _is_list(fit.field) else ()
    is_certain = fit.name == EXACT and fit.share == 1.0 and not rivals
    if rivals:
        reason = "COLUMN-RIVALS"
    elif fit.name == EXACT:
        reason = "COLUMN-NAMED"
    else:
        reason = "COLUMN-CUT" if fit.name == CUT else "COLUMN-WORDS" if fit.name == WORDS else "COLUMN-SIMILAR"
    confidence: Confidence = "certain" if is_certain else "likely"
    return ColumnProposal(fit.column, fit.field.key, confidence, fit.score, rivals, reason, "", values)


def _add_by_values(
    found: dict[str, ColumnProposal],
    taken: set[str],
    targets: Sequence[AnyField],
    columns: Mapping[str, Sequence[Any]],
    catalogue: Catalogue,
    shapes: Shapes | None,
) -> None:
    """Take columns whose names say nothing for what their cells are, where that is one field alone."""
    for column, cells in columns.items():
        if column in found:
            continue
        filled = list(dict.fromkeys(cell for cell in cells if cell not in (None, "")))
        options = [
            target
            for target in targets
            if target.key not in taken and _says_by_values(target, column, cells, filled, catalogue, shapes)
        ]
        if len(options) != 1:
            if options:
                rivals = tuple(target.key for target in options)
                found[column] = ColumnProposal(column, None, "open", BY_VALUES, rivals, "COLUMN-VALUES-SEVERAL")
            continue
        taken.add(options[0].key)
        values = read_values(options[0], cells, catalogue)
        found[column] = ColumnProposal(column, options[0].key, "likely", BY_VALUES, (), "COLUMN-VALUES", "", values)


def _says_by_values(
    target: AnyField,
    column: str,
    cells: Sequence[Any],
    filled: Sequence[Any],
    catalogue: Catalogue,
    shapes: Shapes | None,
) -> bool:
    for kind, says in _EVIDENCE.items():
        if isinstance(target, kind) and target.key != COMMUNE and not isinstance(target, FilesField):
            return says(target, cells, filled, catalogue, shapes)
    return False


def _says_code(
    target: Any, cells: Sequence[Any], filled: Sequence[Any], catalogue: Catalogue, shapes: Shapes | None
) -> bool:
    """Whether at least two different texts of letters are all of the field's list."""
    texts = [cell for cell in filled[:_CODES] if isinstance(cell, str) and any(char.isalpha() for char in cell)]
    if not 2 <= len(texts) == len(filled):
        return False
    one_by_one = (read_values(target, [text], catalogue) for text in texts)  # the first that is none decides
    return all(reading.code is not None for readings in one_by_one for reading in readings)


def _says_measure(
    target: Any, cells: Sequence[Any], filled: Sequence[Any], catalogue: Catalogue, shapes: Shapes | None
) -> bool:
    """Whether the numbers are the length or the area of the shapes, which the field holds as somebody stated it."""
    units = {"m": "length", "km": "length_km", "m²": "area", "m2": "area", "ha": "area_ha"}
    wanted = units.get(target.unit or "")
    if wanted is None or not filled:
        return False
    word = _MEASURED_WORDS[wanted]
    names = [plain_name(name) for name in (*target.import_names, *target.label.values())]
    return any(word in name for name in names) and measure_of(cells, shapes) == wanted


_EVIDENCE: Mapping[type, Callable[..., bool]] = {ChoiceField: _says_code, NumberField: _says_measure}


def _left(
    column: str, cells: Sequence[Any], fits: Sequence[_Fit], taken: set[str], shapes: Shapes | None
) -> ColumnProposal:
    """Return why nothing is taken for a column: its cells, its rivals, a measure the program takes itself, no field."""
    own = sorted((fit for fit in fits if fit.column == column), key=lambda fit: -fit.score)
    free = [fit for fit in own if fit.field.key not in taken]
    strange = next((fit for fit in free if not _fits_enough(fit)), None)
    if strange is not None and strange.reason is not None:
        return ColumnProposal(column, None, "open", strange.score, (strange.field.key,), "", strange.reason)
    if free:
        rivals = tuple(fit.field.key for fit in free)
        return ColumnProposal(column, None, "open", free[0].score, rivals, "COLUMN-SEVERAL")
    if own:
        rivals = (own[0].field.key,)
        return ColumnProposal(column, None, "open", own[0].score, rivals, "COLUMN-TAKEN")
    measure = measure_of(cells, shapes)
    if measure is not None:
        return ColumnProposal(column, None, "certain", 0.0, (), f"COLUMN-MEASURE-{measure.split('_')[0].upper()}")
    return ColumnProposal(column, None, "certain", 0.0)
