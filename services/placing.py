"""Bringing a file's coordinates into the workspace's zone, and refusing what would lie elsewhere."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import shapely

from core.errors import UserError
from core.messages import LANGUAGES, Language
from exchange.table import Table
from geodesy.datum import operation_between, transform_geometries
from geodesy.guessing import SCALES
from geodesy.proposals import Proposal, arrange
from services.desk import Desk
from services.import_plan import ImportPlan
from services.inspecting import propose_at


def place_table(desk: Desk, plan: ImportPlan, table: Table) -> tuple[npt.NDArray[np.object_] | None, str | None]:
    """Return the table's geometries in the desk's zone, and the id of the datum operation that brought them there.

    They lie where the operation puts them; ``services.staging.fit_shapes`` brings them onto the grid.
    """
    if table.geometries is None:
        return None, None
    if plan.system is None:
        raise UserError("IMPORT-NO-SYSTEM", file=plan.path.name)
    if not plan.system.is_supported:
        raise UserError("CRS-UNSUPPORTED", system=_in_words(plan.system.label))
    _refuse_strange_place(desk, plan, table)
    source = table.geometries
    if plan.swapped or plan.scale != 1.0 or plan.shift != (0.0, 0.0):
        source = shapely.transform(source, lambda xy: arrange(xy, plan.swapped, plan.scale, plan.shift))
    return transform_geometries(source, plan.system, desk.system), operation_between(plan.system, desk.system)


def _refuse_strange_place(desk: Desk, plan: ImportPlan, table: Table) -> None:
    """Raise ``UserError`` when the chosen reading puts everything elsewhere, naming the one that would fit."""
    proposals = propose_at(desk, table, plan.system, tuple(dict.fromkeys((*SCALES, plan.scale))))
    chosen = next((item for item in proposals if _is_choice(item, plan)), None)
    if plan.system is None or not proposals or (chosen is not None and chosen.confidence != "rejected"):
        return
    facts = {"file": plan.path.name, "system": _in_words(plan.system.label), "commune": desk.commune.full_name}
    fitting = next((item for item in proposals if item.confidence != "rejected"), None)
    if fitting is None:
        raise UserError("IMPORT-ELSEWHERE", **facts)
    if fitting.system == plan.system and fitting.swapped != plan.swapped:
        raise UserError("IMPORT-WRONG-ORDER", **facts)
    option = f"--crs {fitting.system.id}"
    raise UserError("IMPORT-WRONG-SYSTEM", fitting=_in_words(fitting.label), option=option, **facts)


def _in_words(label: Callable[[Language], str]) -> dict[Language, str]:
    return {language: label(language) for language in LANGUAGES}


def _is_choice(proposal: Proposal, plan: ImportPlan) -> bool:
    return (proposal.system, proposal.swapped, proposal.scale, proposal.shift) == (
        plan.system,
        plan.swapped,
        plan.scale,
        plan.shift,
    )
