"""A plan together with what the page shows of its file beside it."""

from dataclasses import dataclass
from typing import NamedTuple

from core.errors import AppError
from core.progress import Progress
from services.desk import Desk
from services.ghosts import GhostScene, build_scene
from services.import_plan import ImportPlan
from services.traverse_books import is_field_book
from services.traverses import Traverse, read_traverse

_BOOKS = ("text", "sheets")


@dataclass(frozen=True, slots=True)
class SeenTraverse:
    """The traverse of a field book, its angles taken for left ones, or why there is none."""

    traverse: Traverse | None
    problem: str = ""


class Planned(NamedTuple):
    """A plan, what its ghosts are drawn from, and the traverse where the file is a field book."""

    plan: ImportPlan
    scene: GhostScene | None
    traverse: SeenTraverse | None


def planned_to_show(desk: Desk, plan: ImportPlan, progress: Progress) -> Planned:
    """Return a plan with what is shown beside it; for a thread that may wait."""
    scene = build_scene(desk, plan.reading.table) if plan.reading else None
    return Planned(plan, scene, _see_traverse(plan, progress))


def _see_traverse(plan: ImportPlan, progress: Progress) -> SeenTraverse | None:
    if plan.reading is None or plan.reading.is_part or plan.recipe is not None:
        return None
    table = plan.reading.table
    if table.kind not in _BOOKS or not (plan.traverse is not None or is_field_book(table.columns)):
        return None
    try:
        return SeenTraverse(read_traverse(plan.path, layer=plan.layer, progress=progress))
    except AppError as error:
        return SeenTraverse(None, str(error))
