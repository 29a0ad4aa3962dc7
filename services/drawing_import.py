"""Importing a drawing by a mapping profile: every part of it, or none."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.progress import SILENT, Progress
from geodesy.systems import CoordinateSystem
from services.desk import Desk
from services.drawing_profiles import DrawingProfile, apply_part
from services.import_plan import ImportPlan
from services.import_report import ImportReport
from services.importing import propose_import, run_import


def plan_profile(
    desk: Desk,
    path: Path,
    profile: DrawingProfile,
    *,
    type_ids: Sequence[str] = (),
    system: CoordinateSystem | None = None,
    swapped: bool | None = None,
    scale: float | None = None,
    progress: Progress = SILENT,
) -> list[ImportPlan]:
    """Return a plan for each part of a profile, or for the parts of ``type_ids``.

    Raise ``UserError`` PROFILE-NO-TYPE, and what ``propose_import`` raises.
    """
    parts = [profile.part_for(type_id) for type_id in type_ids] if type_ids else list(profile.parts)
    plans = []
    for part in parts:
        plan = propose_import(
            desk,
            path,
            type_id=part.type_id,
            recipe=part.recipe,
            system=system,
            swapped=swapped,
            scale=scale,
            progress=progress,
        )
        plans.append(apply_part(plan, part))
    return plans


def run_plans(
    desk: Desk,
    plans: Sequence[ImportPlan],
    *,
    dry_run: bool = False,
    skip_bad: bool = False,
    progress: Progress = SILENT,
) -> list[ImportReport]:
    """Import by several plans, as ``run_import`` does by one: when a row of any is rejected, none is written."""
    if len(plans) > 1 and not dry_run and not skip_bad:
        told = [run_import(desk, plan, dry_run=True, progress=progress) for plan in plans]
        if any(report.rejected for report in told):
            return [replace(report, dry_run=False) for report in told]
    return [run_import(desk, plan, dry_run=dry_run, skip_bad=skip_bad, progress=progress) for plan in plans]
