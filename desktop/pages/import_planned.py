"""A plan together with what its ghosts are drawn from."""

from services.desk import Desk
from services.ghosts import GhostScene, build_scene
from services.import_plan import ImportPlan

Planned = tuple[ImportPlan, GhostScene | None]


def planned_with_ghosts(desk: Desk, plan: ImportPlan) -> Planned:
    """Return a plan with what its ghosts are drawn from; for a thread that may wait."""
    return plan, build_scene(desk, plan.reading.table) if plan.reading else None
