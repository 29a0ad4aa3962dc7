"""The import page's way with a drawing: read by a recipe, by a profile, kept as one, shown on the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QInputDialog

from core.errors import UserError
from core.text import fold_text
from desktop.pages.import_drawing import DrawingCard
from desktop.pages.import_planned import Planned, planned_to_show
from desktop.tasks import Lane, Task
from desktop.words import word
from exchange.cad.drawing import DrawingSummary
from services.drawing_profiles import DrawingProfile, ProfilePart, apply_part, list_profiles, save_profile
from services.drawing_recipe import DrawingRecipe
from services.import_plan import ImportPlan
from services.importing import propose_import
from services.placing import place_table

if TYPE_CHECKING:
    from desktop.pages.import_steps import ImportSteps
    from desktop.session import Session


class DrawingSteps(QObject):
    """Serves the drawing card of one page, whose tasks are ``steps``.

    ``previewed`` carries the shapes of what a drawing's parts would become, in the desk's zone.
    """

    previewed = Signal(object)

    def __init__(self, session: Session, steps: ImportSteps, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._steps = session, steps
        self.card = DrawingCard()
        self.card.applied.connect(self.apply)
        self.card.profile_chosen.connect(self.take_profile)
        self.card.profile_wanted.connect(self.ask_name)
        self.card.map_wanted.connect(self.show_on_map)
        self.card.hide()

    def begin(self, summary: DrawingSummary) -> None:
        """Show what a drawing holds."""
        self.card.show_drawing(summary, list_profiles(self._session.desk))

    def show_plan(self, plan: ImportPlan) -> None:
        """Show how the drawing was read."""
        if plan.recipe is None or plan.reading is None:
            return
        table = plan.reading.table
        refused = len({problem.row for problem in table.rejected})
        self.card.show_recipe(plan.recipe, len(table), len(table.warnings), refused)

    def read(self, type_id: str | None, recipe: DrawingRecipe | None, part: ProfilePart | None = None) -> None:
        """Read the drawing as ``recipe`` says, or as is likeliest."""
        steps = self._steps
        if steps.inspection is None or steps.is_busy:
            return
        desk, path = self._session.desk, steps.inspection.path

        def call(progress: Task) -> Planned:
            plan = propose_import(desk, path, type_id=type_id, recipe=recipe, progress=progress)
            return planned_to_show(desk, plan if part is None else apply_part(plan, part), progress)

        title = word("UI-TASK-INSPECT", file=path.name)
        steps.begin(self._session.read(call, steps.planned.emit, owner=self, title=title, lane=Lane.NETWORK))

    def apply(self) -> None:
        """Read the drawing as the card says."""
        try:
            recipe = self.card.recipe
        except UserError as error:
            self.card.outcome.setText(str(error))
            return
        plan = self._steps.plan
        self.read(plan.type_id if plan else None, recipe)

    def take_profile(self, profile: DrawingProfile) -> None:
        """Read the drawing by the profile's part for the type that is shown, else by its first."""
        shown = self._steps.plan.type_id if self._steps.plan else None
        part = next((item for item in profile.parts if item.type_id == shown), profile.parts[0])
        self.read(part.type_id, part.recipe, part)

    def ask_name(self) -> None:
        """Ask under which name the recipe is to be kept."""
        plan = self._steps.plan
        if plan is None or self._steps.is_busy:
            return
        suggested = fold_text(plan.path.stem).replace(" ", "_").replace("-", "_")
        title = word("UI-CAD-SAVE-PROFILE")
        name, ok = QInputDialog.getText(self.card, title, word("UI-CAD-PROFILE-NAME"), text=suggested)
        if ok and name.strip():
            self.keep(name.strip())

    def keep(self, name: str) -> None:
        """Keep how the drawing is read under ``name``."""
        desk, plan = self._session.desk, self._steps.plan
        if plan is None:
            return
        self._session.write(
            lambda _: save_profile(desk, name, plan),
            lambda kept: self.card.show_profiles(list_profiles(desk), kept.name),
            owner=self,
        )

    def show_on_map(self) -> None:
        """Show on the map what the drawing's parts would become."""
        desk, steps = self._session.desk, self._steps
        plan = steps.plan
        if plan is None or plan.reading is None or steps.is_busy:
            return
        table = plan.reading.table
        steps.begin(
            self._session.read(
                lambda _: place_table(desk, plan, table)[0],
                self.previewed.emit,
                owner=self,
                title=word("UI-TASK-TRY", file=plan.path.name),
            )
        )
