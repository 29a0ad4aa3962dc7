"""Changing the shapes of records without a hand on the map: in figures, or along the line of a file."""

from collections.abc import Mapping, Sequence

from shapely.geometry.base import BaseGeometry

from core.errors import UserError
from core.messages import LANGUAGES, Language
from forms.record import Record
from geodesy.numbers import number_words
from geodesy.shaping.changes import Change, apply_change
from geodesy.shaping.outlines import replace_stretch
from localdb.unit_of_work import Changed
from services.desk import Desk
from services.reading import fetch_many
from services.shaping import reshape_records

LABELS: Mapping[Change, str] = {
    Change.MOVE: "WORK-MOVE",
    Change.TURN: "WORK-TURN",
    Change.SCALE: "WORK-SCALE",
    Change.OFFSET: "WORK-OFFSET",
    Change.SIMPLIFY: "WORK-SIMPLIFY",
    Change.SMOOTH: "WORK-SMOOTH",
}


def change_records(desk: Desk, uids: Sequence[str], change: Change, figures: Sequence[float]) -> Changed:
    """Change the shapes of records as ``geodesy.shaping.changes.apply_change`` does, in one step or not at all.

    The step's name tells the figures. Raise ``UserError`` RESHAPE-NOTHING, RECORD-UNKNOWN, CHANGE-NO-SHAPE for a
    record without a shape, GEOMETRY-KIND, RECORD-APPEND-ONLY, and what ``apply_change`` raises.
    """
    found = _with_shapes(desk, list(dict.fromkeys(uids)))
    if not found:
        raise UserError("RESHAPE-NOTHING")
    outcome = apply_change(change, [shape for _, shape in found], figures)
    shapes = {record.uid: shape for (record, _), shape in zip(found, outcome.shapes, strict=True)}
    expected = {record.uid: record.revision for record, _ in found}
    return reshape_records(desk, shapes, expected=expected, label=LABELS[change], value=figure_words(figures))


def stretch_record(desk: Desk, uid: str, line: BaseGeometry) -> Changed:
    """Let the outline of a record follow a line in the workspace's zone, as ``replace_stretch`` does.

    Raise ``UserError`` RECORD-UNKNOWN, CHANGE-NO-SHAPE, RECORD-APPEND-ONLY, GEOMETRY-KIND, and what
    ``replace_stretch`` raises.
    """
    [(record, whole)] = _with_shapes(desk, [uid])
    return reshape_records(
        desk, {uid: replace_stretch(whole, line)}, expected={uid: record.revision}, label="WORK-STRETCH"
    )


def _with_shapes(desk: Desk, uids: Sequence[str]) -> list[tuple[Record, BaseGeometry]]:
    found = [(record, record.geometry) for record in fetch_many(desk, uids)]
    for record, shape in found:
        if shape is None or shape.is_empty:
            raise UserError("CHANGE-NO-SHAPE", uid=record.uid)
    return [(record, shape) for record, shape in found if shape is not None]


def figure_words(figures: Sequence[float]) -> dict[Language, str]:
    """Return figures as each language writes them, without zeros at the end, for the name of a step."""
    words = [number_words(figure, len(f"{figure:.6f}".rstrip("0").partition(".")[2])) for figure in figures]
    return {language: " · ".join(each[language] for each in words) for language in LANGUAGES}
