"""Taking steps back and doing them again, from the journal: also those of an earlier day."""

from dataclasses import replace

from core.messages import pack_label, render_label
from core.progress import SILENT, Progress
from localdb import history
from localdb.unit_of_work import Changed
from services.desk import Desk


def undo(desk: Desk, *, progress: Progress = SILENT) -> Changed | None:
    """Take back the latest step not yet taken back, also one of an earlier day; ``None`` when there is none.

    Raise ``UserError`` STORE-UNDO, naming record and field, when one has been changed since; ``skip_undo`` goes on.
    """
    return _named(history.undo(desk.workspace, desk.actor, desk.now(), progress=progress))


def redo(desk: Desk, *, progress: Progress = SILENT) -> Changed | None:
    """Do again what ``undo`` took back last; ``None`` when there is nothing, or when something new was done since."""
    return _named(history.redo(desk.workspace, desk.actor, desk.now(), progress=progress))


def skip_undo(desk: Desk) -> str | None:
    """Give up the step that undo would take next, and return its name; its changes stay."""
    return _worded(history.skip_undo(desk.workspace))


def undo_labels(desk: Desk) -> tuple[str | None, str | None]:
    """Return the names of the steps that undo and redo would take."""
    with desk.reading() as connection:
        labels = history.undo_label(connection), history.redo_label(connection)
    return _worded(labels[0]), _worded(labels[1])


def revert_change(desk: Desk, sequence: int) -> Changed:
    """Take back one chosen change of a record's history, as a new change.

    Raise ``UserError`` STORE-UNDO, naming the field, when one that it wrote was written again since, and STORE-REVERT.
    """
    label = pack_label("WORK-REVERT", sequence=sequence)
    changed = history.revert_change(desk.workspace, sequence, desk.actor, desk.now(), label=label)
    return replace(changed, label=render_label(changed.label))


def _named(changed: Changed | None) -> Changed | None:
    return None if changed is None else replace(changed, label=render_label(changed.label))


def _worded(label: str | None) -> str | None:
    return None if label is None else render_label(label)
