"""The findings of a window: to the place, on to the next, and let stand with a reason or not any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop.theme import Tone
from desktop.words import word
from services.finding_places import dossiers_of, folded_titles
from services.waiving import renew_waiver, waive_findings, withdraw_waiver
from validation.finding import Finding

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow


class WindowFindings(QObject):
    """Answers what the findings panel and the record's findings ask for."""

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self._window = window
        panel, desk = window.findings, window.session.desk
        panel.titles_wanted.connect(self._fetch_titles)
        panel.dossiers_wanted.connect(
            lambda: window.session.read(lambda progress: dossiers_of(desk), panel.show_dossiers, owner=self)
        )
        panel.card.waive_wanted.connect(self.waive)
        panel.card.renew_wanted.connect(self.renew)
        panel.card.withdraw_wanted.connect(self.withdraw)
        window.record.findings.waive_wanted.connect(self.begin_waiver)

    def step(self, by: int) -> None:
        """Show the panel and go to the next finding (1) or the one before (-1)."""
        self._window.commands.show_under("findings")
        self._window.findings.step(by)

    def begin_waiver(self, finding: Finding) -> None:
        """Explain a finding of the record in hand, and ask for the reason."""
        self._window.commands.show_under("findings")
        self._window.findings.show_finding(finding)
        self._window.findings.card.ask_reason()

    def waive(self, finding: Finding, reason: str) -> None:
        """Let a finding stand."""
        desk = self._window.session.desk
        self._window.session.write(
            lambda progress: waive_findings(desk, [finding], reason), lambda _: self._tell("UI-WAIVED"), owner=self
        )

    def renew(self, finding: Finding) -> None:
        """Let a finding stand again for the reason of before."""
        desk = self._window.session.desk
        self._window.session.write(
            lambda progress: renew_waiver(desk, finding), lambda _: self._tell("UI-WAIVED"), owner=self
        )

    def withdraw(self, finding: Finding) -> None:
        """Take the waiver of a finding back."""
        desk = self._window.session.desk
        self._window.session.write(
            lambda progress: withdraw_waiver(desk, finding), lambda _: self._tell("UI-WAIVER-WITHDRAWN"), owner=self
        )

    def _tell(self, code: str) -> None:
        self._window.findings.card.close_reason()
        self._window.notices.toast.show_text(word(code), Tone.GOOD)

    def _fetch_titles(self) -> None:
        desk, panel = self._window.session.desk, self._window.findings
        uids = {finding.uid for finding in panel.findings}
        self._window.session.read(lambda progress: folded_titles(desk, uids, progress), panel.show_titles, owner=self)
