"""Putting findings right in the window: looked at on the map first, then done, with a way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import shapely
from PySide6.QtCore import QObject
from shapely.geometry.base import BaseGeometry

from desktop.fixing.ghosts import FixGhosts, changed_places, difference
from desktop.fixing.panel import FixPanel
from desktop.theme import Tone
from desktop.words import word
from forms.record import Record
from services.editing import Changed
from services.fix_words import account_lines
from services.fixing import FixAccount, OfferedFix, apply_all, apply_fix, fixes_for
from services.reading import fetch_record
from validation.finding import Finding

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow

_AROUND = 2.0  # how much wider than the change the map shows
_LEAST_M = 4.0
_VERTEX_M = 30.0  # around a vertex that comes or goes, so that the lines through it are known again


class WindowFixing(QObject):
    """The verbs of one window that put findings right, one after the other."""

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self._window = window
        self._waiting: list[Finding] = []
        self.finding: Finding | None = None
        self.ghosts = FixGhosts(window.map.canvas)
        self.panel = FixPanel(window.catalogue, window.record)
        self.panel.looked_at.connect(self._show_ghosts)
        self.panel.fix_wanted.connect(self.fix)
        self.panel.all_wanted.connect(self.fix_all)
        self.panel.passed.connect(self.go_on)
        self.panel.closed.connect(self._leave)

    def begin(self) -> None:
        """Follow the lists of findings."""
        self._window.findings.fix_wanted.connect(self.open)
        self._window.record.findings.fix_wanted.connect(self.open)
        self._window.record.shown.connect(self._note_record)

    def calls(self) -> dict[str, Callable[[bool], object]]:
        """Return what each command does."""
        return {"fix-finding": lambda on: self.open_chosen()}

    def open_chosen(self) -> None:
        """Show what can be done about the finding that is chosen in a list, else say that one is to be chosen."""
        window = self._window
        for listed in (window.record.findings, window.findings):
            if listed.isVisible() and isinstance(listed.current, Finding):
                self.open(listed.current)
                return
        window.commands.show_under("findings")
        window.notices.toast.show_text(word("UI-FIX-CHOOSE-FIRST"), Tone.WARNING)

    def open(self, finding: Finding) -> None:
        """Show what can be done about a finding; those of its rule that follow it in the list come after it."""
        self._window.record.settle()
        if not finding.uid:
            self._window.notices.toast.show_text(word("UI-FIX-SAVE-FIRST"), Tone.WARNING)
            return
        finding = self._of_stored(finding)
        alike = self._alike(finding)
        at = alike.index(finding) if finding in alike else -1
        self._waiting = [*alike[at + 1 :], *alike[: max(at, 0)]]
        self._ask(finding)

    def _of_stored(self, finding: Finding) -> Finding:
        """Return what was found in a form as found in the record that is stored now; the fix looks whether it is."""
        if finding.revision:
            return finding
        stored = replace(finding, revision=fetch_record(self._window.session.desk, finding.uid).revision)
        key = _says(stored)
        return next((each for each in self._alike(finding) if _says(each) == key), stored)

    def _alike(self, finding: Finding) -> list[Finding]:
        return [each for each in self._window.findings.findings if each.rule_id == finding.rule_id]

    def _ask(self, finding: Finding) -> None:
        window = self._window
        window.record.settle()
        self.finding = finding
        window.commands.show_page("map")
        window.commands.go_to_finding(finding)
        desk = window.session.desk
        window.session.read(
            lambda progress: fixes_for(desk, finding), partial(self._show_offers, finding), owner=self
        ).failed.connect(lambda failure: self.panel.close_panel())

    def _show_offers(self, finding: Finding, offers: Sequence[OfferedFix]) -> None:
        if finding is self.finding:
            alike = self._alike(finding)
            name = self._window.selecting.name_record(finding.uid)
            self.panel.show_offers(finding, name, offers, len(alike) if finding in alike else 1)

    def _show_ghosts(self, offered: OfferedFix | None) -> None:
        if offered is None:
            self.ghosts.clear()
            return
        old = list(offered.old_shapes.values())
        new = [shape for shapes in offered.new_shapes.values() for shape in shapes]
        self.ghosts.show_shapes(old, new)
        bounds = _bounds_of(old, new)
        if bounds is not None:
            self._window.map.zoom_to(bounds)

    def fix(self, offered: OfferedFix) -> None:
        """Do one fix, and go on to the next finding of the kind."""
        desk = self._window.session.desk
        self.panel.set_busy(True)
        task = self._window.session.write(lambda progress: apply_fix(desk, offered), self._note_fixed, owner=self)
        task.finished.connect(lambda: self.panel.set_busy(False))
        task.failed.connect(lambda failure: self.panel.close_panel())

    def _note_fixed(self, changed: Changed) -> None:
        touched = {uid for _, uid in changed.records}
        self._waiting = [finding for finding in self._waiting if finding.uid not in touched]  # they are looked at anew
        self._say(changed.label, Tone.GOOD)
        self.go_on()

    def fix_all(self, offered: OfferedFix) -> None:
        """Do the chosen way with every finding of the rule in one step; what does not fit is told."""
        window, desk = self._window, self._window.session.desk
        findings = self._alike(offered.finding)
        self.panel.set_busy(True)
        task = window.session.write(
            lambda progress: apply_all(desk, offered.kind, findings, option=offered.general_option, progress=progress),
            self._note_all,
            owner=self,
            title=word("UI-TASK-FIX", count=len(findings)),
        )
        task.finished.connect(lambda: self.panel.set_busy(False))

    def _note_all(self, account: FixAccount) -> None:
        self.panel.close_panel()
        tone = Tone.WARNING if account.skipped else Tone.GOOD
        self._say("\n".join(account_lines(account)), tone, can_undo=account.changed is not None)

    def _say(self, text: str, tone: Tone, *, can_undo: bool = True) -> None:
        window = self._window
        action = (word("UI-DO-UNDO"), window.editing.undo) if can_undo else None
        window.notices.toast.show_text(text, tone, action, stays=tone is Tone.WARNING)

    def go_on(self) -> None:
        """Leave this finding and look at the next one of its rule, if there is one that can still be looked at."""
        there = {_says(each) for each in self._window.findings.findings}
        while self._waiting:
            finding = self._waiting.pop(0)
            if _says(finding) in there:
                self._ask(finding)
                return
        self.panel.close_panel()

    def _note_record(self, record: Record | None) -> None:
        """Make way for the form of another record that somebody wants to see."""
        if record is not None and self.finding is not None and record.uid != self.finding.uid:
            self.panel.close_panel()

    def _leave(self) -> None:
        self.finding = None
        self._waiting = []
        self.ghosts.clear()


def _says(finding: Finding) -> tuple[object, ...]:
    return finding.rule_id, finding.uid, finding.revision, finding.field, finding.text_code, finding.others


def _bounds_of(old: Sequence[BaseGeometry], new: Sequence[BaseGeometry]) -> tuple[float, float, float, float] | None:
    """Return the box in which the change is well seen: what comes and goes, else the shapes."""
    changed = [*difference(old, new), *difference(new, old)]
    least_m = _LEAST_M if changed else _VERTEX_M
    if not changed and (places := changed_places(old, new)):
        changed = [shapely.MultiPoint(places)]
    changed = changed or [*old, *new]
    if not changed:
        return None
    west, south, east, north = shapely.total_bounds(changed).tolist()
    half = max(east - west, north - south, least_m) * _AROUND / 2
    x, y = (west + east) / 2, (south + north) / 2
    return x - half, y - half, x + half, y + half
