"""Several records of one type in the record's place: compared, changed together, judged by the rules."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedLayout, QWidget

from desktop.entry.many_form import ManyForm
from desktop.entry.references import Lookup
from desktop.session import Session
from desktop.theme import Tone
from desktop.words import word
from services.comparing import Compared, check_chosen, compare_records
from services.editing import Changed, update_many
from validation.finding import Finding, Severity

CHECKED_AT_ONCE = 2_000


class ManyPanel(QWidget):
    """The forms of several records, one for each type; ``told`` carries a passing line and its tone."""

    told = Signal(str, object)

    def __init__(self, session: Session, lookup: Lookup, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._lookup = session, lookup
        self._forms: dict[str, ManyForm] = {}
        self._type_id = ""
        self._compared: Compared | None = None
        self._stack = QStackedLayout(self)
        self.uids: list[str] = []

    @property
    def form(self) -> ManyForm:
        """The form in view."""
        return self._forms[self._type_id]

    def show_records(self, type_id: str, uids: Sequence[str]) -> None:
        """Show what some records have in common."""
        self._type_id, self.uids, self._compared = type_id, list(uids), None
        if type_id not in self._forms:
            catalogue = self._session.desk.catalogue
            form = ManyForm(catalogue.type(type_id), catalogue, self._lookup)
            form.apply_wanted.connect(self._apply)
            self._forms[type_id] = form
            self._stack.addWidget(form)
        self._stack.setCurrentWidget(self.form)
        self.compare()

    def ask(self) -> None:
        """Give what was typed to all of them."""
        self.form.ask()

    def compare(self) -> None:
        """Look again at what the records have in common, off the GUI thread."""
        desk, type_id, uids = self._session.desk, self._type_id, list(self.uids)

        def show(found: Compared) -> None:
            if uids == self.uids:
                self._compared = found
                self.form.show_values(found.count, found.values, found.differing)

        self._session.read(lambda progress: compare_records(desk, type_id, uids, progress=progress), show, owner=self)

    def _apply(self, values: Mapping[str, Any]) -> None:
        if self._compared is None:
            return
        desk, expected = self._session.desk, self._compared.revisions
        uids = list(expected)
        self._session.write(
            lambda progress: update_many(desk, uids, values, expected=expected, progress=progress),
            self._note_applied,
            owner=self,
            title=word("UI-MANY-APPLY", count=len(uids)),
        )

    def _note_applied(self, changed: Changed) -> None:
        """Say how many were changed, then what the rules make of them."""
        count, desk, type_id = len(changed.records), self._session.desk, self._type_id
        self.told.emit(word("UI-MANY-DONE", count=count), Tone.GOOD)
        self.form.restore()
        if count <= CHECKED_AT_ONCE:
            uids = [uid for _, uid in changed.records]
            self._session.read(
                lambda progress: check_chosen(desk, type_id, uids), partial(self._tell_findings, count), owner=self
            )

    def _tell_findings(self, count: int, findings: Sequence[Finding]) -> None:
        errors = sum(finding.severity is Severity.ERROR for finding in findings)
        warnings = sum(finding.severity is Severity.WARNING for finding in findings)
        if errors or warnings:
            text = word("UI-MANY-DONE-FINDINGS", count=count, errors=errors, warnings=warnings)
            self.told.emit(text, Tone.WARNING)
