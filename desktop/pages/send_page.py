"""Gửi tỉnh: approve what is ready, send what is approved, see what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.clock import parse_timestamp
from core.progress import Progress
from desktop.icons import icon
from desktop.models.plain_model import Row
from desktop.pages.enrol_dialog import EnrolDialog
from desktop.pages.offers_view import OffersView
from desktop.pages.outbox_rows import (
    HEADINGS,
    TROUBLE_HEADINGS,
    Trouble,
    age_text,
    local_time,
    package_rows,
    trouble_rows,
)
from desktop.pages.remarks_card import RemarksCard
from desktop.pages.sending_view import SendingView
from desktop.panels.card import Card, ShortTable
from desktop.session import Session
from desktop.tasks import Lane, Task
from desktop.theme import WIDE_GAP, Tone, state_colour
from desktop.words import pick, word
from forms.record import State
from services.approving import ApprovalReport, approve

if TYPE_CHECKING:
    from services.outbox import Outbox
    from services.syncing import SyncReport

ROAD = (
    State.DRAFT,
    State.CHECKED,
    State.APPROVED,
    State.PACKED,
    State.SENT,
    State.ACCEPTED,
    State.RETURNED,
)
READY = (State.DRAFT, State.CHECKED, State.RETURNED)


class SendPage(QScrollArea):
    """The page "Gửi tỉnh".

    Signals: ``record_wanted`` a record that came back and the field the province named, if any; ``decision_wanted`` a
    record that commune and province changed differently; ``pack_wanted`` a catalogue pack that the province offers.
    """

    record_wanted = Signal(str, object)
    decision_wanted = Signal(str)
    pack_wanted = Signal(object)

    def __init__(self, session: Session, name_of: Callable[[str], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._name_of = name_of
        self._task: Task | None = None
        self._counts: dict[State, int] = {}
        self._server_address: str | None = None
        self._parked: set[str] = set()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(12)
        self.remarks = RemarksCard(session)
        for card in (self._build_approval(), self._build_sending(), self._build_outbox(), self.remarks):
            column.addWidget(card)
        column.addStretch(1)
        self.setWidget(body)
        self.refresh()

    def _build_approval(self) -> Card:
        card = Card(word("UI-APPROVAL"), word("UI-APPROVAL-HINT"))
        headings = [word("UI-RECORD-TYPE"), *(word(f"UI-STATE-{state.name}") for state in ROAD)]
        self.states = ShortTable(headings, stretch=0, rows=9)
        self.approve_button = QPushButton(icon("approve", "#ffffff"), word("UI-APPROVE-ALL"))
        self.approve_button.setProperty("main", True)
        self.approve_button.clicked.connect(self.approve)
        self.approval_outcome = QLabel()
        self.approval_outcome.setWordWrap(True)
        self.blocked = ShortTable([word("UI-RECORD-TYPE"), word("UI-FINDING")], stretch=1, rows=6)
        self.blocked.hide()
        row = QHBoxLayout()
        row.addWidget(self.approval_outcome, 1)
        row.addWidget(self.approve_button)
        card.column.addWidget(self.states)
        card.column.addLayout(row)
        card.column.addWidget(self.blocked)
        return card

    def _build_sending(self) -> Card:
        card = Card(word("UI-SENDING"))
        self.server = QLabel()
        self.server.setWordWrap(True)
        self.enrol_button = QPushButton(icon("network"), word("UI-DO-ENROL"))
        self.enrol_button.clicked.connect(self.enrol)
        self.send_button = QPushButton(icon("send", "#ffffff"), word("UI-SEND-NOW"))
        self.send_button.setProperty("main", True)
        self.send_button.clicked.connect(self.send)
        self.stop_button = QPushButton(word("UI-STOP"))
        self.stop_button.clicked.connect(self._stop)
        self.receipt = QLabel()
        self.receipt.setWordWrap(True)
        self.sending = SendingView()
        self.offers = OffersView()
        self.offers.chosen.connect(self.pack_wanted)
        row = QHBoxLayout()
        row.addWidget(self.server, 1)
        for button in (self.stop_button, self.enrol_button, self.send_button):
            row.addWidget(button)
        card.column.addLayout(row)
        for widget in (self.sending, self.receipt, self.offers):
            card.column.addWidget(widget)
        self.receipt.hide()
        return card

    def _build_outbox(self) -> Card:
        self._outbox_card = Card(word("UI-OUTBOX"), word("UI-OUTBOX-EMPTY"))
        self.trouble = ShortTable([word(code) for code in TROUBLE_HEADINGS], stretch=2, rows=6)
        self.trouble.clicked.connect(lambda index: self._open_trouble(self.trouble.rows_model.thing(index.row())))
        self.trouble.activated.connect(lambda index: self._open_trouble(self.trouble.rows_model.thing(index.row())))
        self.outbox = ShortTable([word(code) for code in HEADINGS], stretch=6, rows=10)
        self._outbox_card.column.addWidget(self.trouble)
        self._outbox_card.column.addWidget(self.outbox)
        return self._outbox_card

    def _open_trouble(self, trouble: Trouble) -> None:
        """Open the decision on a record that both sides changed, and any other record itself, at its field."""
        if trouble.uid in self._parked:
            self.decision_wanted.emit(trouble.uid)
        else:
            self.record_wanted.emit(trouble.uid, trouble.field)

    def refresh(self) -> None:
        """Show the outbox as it now stands."""
        from services.outbox import outbox_of

        desk = self._session.desk
        self._session.read(lambda progress: outbox_of(desk), self._show_outbox, owner=self)
        self.remarks.refresh()
        self._show_buttons()

    def show_counts(self, counts: Mapping[str, Mapping[State, int]]) -> None:
        """Show how many records of each type are in each state."""
        catalogue = self._session.desk.catalogue
        self._counts = {state: sum(states.get(state, 0) for states in counts.values()) for state in State}
        rows = []
        for type_id, states in counts.items():
            if any(states.values()):
                cells = (str(states.get(state, 0) or "·") for state in ROAD)
                rows.append(Row((pick(catalogue.type(type_id).title), *cells), type_id))
        self.states.rows_model.show_rows(rows)
        self._show_buttons()

    def _show_outbox(self, outbox: Outbox) -> None:
        server = self._server_address = outbox.server
        self.server.setText("\n".join(_lines_of(outbox)))
        self.offers.show_offers(outbox.offered)
        self.enrol_button.setText(word("UI-ENROL-AGAIN" if server else "UI-DO-ENROL"))
        self._parked = {conflict.uid for conflict in outbox.conflicts}
        troubles = trouble_rows(outbox, self._name_of, self._session.desk.catalogue)
        self.trouble.rows_model.show_rows(troubles)
        self.trouble.setVisible(bool(troubles))
        rows = package_rows(outbox)
        self.outbox.rows_model.show_rows(rows)
        self.outbox.setVisible(bool(rows))
        self._outbox_card.show_hint("" if rows else word("UI-OUTBOX-EMPTY"))
        self._show_buttons()

    def _show_buttons(self) -> None:
        busy = self._task is not None
        if busy and self.focusWidget() in (self.approve_button, self.send_button, self.enrol_button):
            self.setFocus()
        ready = self._ready()
        waiting = sum(self._counts.get(state, 0) for state in (State.APPROVED, State.PACKED, State.SENT))
        self.approve_button.setEnabled(not busy and ready > 0)
        self.approve_button.setText(word("UI-APPROVE-COUNT", count=ready) if ready else word("UI-APPROVE-ALL"))
        enrolled = self._server_address is not None
        self.send_button.setEnabled(not busy and enrolled)
        self.enrol_button.setEnabled(not busy)
        self.send_button.setText(word("UI-SEND-COUNT", count=waiting) if waiting else word("UI-SEND-NOW"))
        self.stop_button.setVisible(busy)

    def _ready(self) -> int:
        """How many records an approval would take: those that passed, or else those that will be tried."""
        passed = self._counts.get(State.CHECKED, 0)
        return passed or sum(self._counts.get(state, 0) for state in READY)

    def _begin(self, task: Task) -> None:
        self._task = task
        task.finished.connect(self._end)
        self._show_buttons()

    def _end(self) -> None:
        self._task = None
        self.sending.clear()
        self._show_buttons()

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def approve(self) -> None:
        """Ask the approver, who answers in law for what is sent, then approve whatever nothing holds back."""
        ready = self._ready()
        if self._task is not None or not ready:
            return
        desk = self._session.desk
        text = word("UI-APPROVE-SURE", count=ready, name=desk.actor.name)
        yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No
        if QMessageBox.question(self, word("UI-DO-APPROVE"), text, yes | no, no) != yes:
            return

        def call(progress: Progress) -> ApprovalReport:
            return approve(desk, progress=progress)

        self._begin(self._session.write(call, self._show_approval, owner=self, title=word("UI-TASK-APPROVE")))

    def _show_approval(self, report: ApprovalReport) -> None:
        code = "UI-APPROVED-SOME" if report.blocked else "UI-APPROVED"
        self.approval_outcome.setText(word(code, approved=len(report.approved), blocked=len(report.blocked)))
        tone = Tone.WARNING if report.blocked else Tone.GOOD
        self.approval_outcome.setStyleSheet(f"color: {tone.value}; font-weight: bold;")
        catalogue = self._session.desk.catalogue
        rows = [
            Row((pick(catalogue.type(finding.type_id).title), finding.text()), finding, state_colour(State.RETURNED))
            for findings in report.blocked.values()
            for finding in findings
        ]
        self.blocked.rows_model.show_rows(rows[:200])
        self.blocked.setVisible(bool(rows))

    def enrol(self) -> None:
        """Ask for the gateway's address and the one-time code, and register this computer."""
        dialog = EnrolDialog(self._server_address or "", self)
        dialog.accepted.connect(lambda: self._enrol(dialog.server, dialog.code, dialog.authority))
        dialog.open()

    def _enrol(self, server: str, code: str, authority: Path | None = None) -> None:
        from services.syncing import enrol

        desk = self._session.desk
        self._begin(
            self._session.write(
                lambda progress: enrol(desk, server, code, authority=authority),
                self._note_enrolled,
                owner=self,
                title=word("UI-TASK-ENROL"),
                lane=Lane.NETWORK,
            )
        )

    def _note_enrolled(self, _: object) -> None:
        self.receipt.setText(word("UI-ENROLLED"))
        self.receipt.setStyleSheet(f"color: {Tone.GOOD.value}; font-weight: bold;")
        self.receipt.show()
        self.refresh()

    def send(self) -> None:
        """Seal what is approved, send it, take the receipts, and fetch what others changed."""
        from services.syncing import sync

        if self._task is not None:
            return
        if self._server_address is None:
            self.enrol()
            return
        desk = self._session.desk
        task = self._session.write(
            lambda task: sync(desk, progress=task, notice=task.tell),
            self._show_receipt,
            owner=self,
            title=word("UI-TASK-SEND"),
            lane=Lane.NETWORK,
        )
        task.told.connect(self.sending.show_stage)
        self._begin(task)

    def _show_receipt(self, report: SyncReport) -> None:
        other = [word("UI-OTHER-RULES", count=len(report.other_rules))] if report.other_rules else []
        other += [word("SYNC-OLDER-COPY", count=report.forgotten)] if report.forgotten else []
        other += [word("SYNC-RECOVERED", count=report.recovered)] if report.recovered else []
        self.receipt.setText("\n".join([word("UI-SYNCED", **report.summary()), *other]))
        tone = Tone.WARNING if report.needs_attention or other else Tone.GOOD
        self.receipt.setStyleSheet(f"color: {tone.value}; font-weight: bold;")
        self.receipt.show()
        self.refresh()


def _lines_of(outbox: Outbox) -> list[str]:
    """Return with whom this computer is registered, and when the province was reached last."""
    if outbox.server is None:
        return [word("UI-NOT-ENROLLED")]
    if outbox.last_sync is None:
        return [word("UI-ENROLLED-AT", server=outbox.server), word("UI-LAST-SYNC-NEVER")]
    hours = (datetime.now(UTC) - parse_timestamp(outbox.last_sync)).total_seconds() / 3600
    last = word("UI-LAST-SYNC", at=local_time(outbox.last_sync), age=age_text(hours))
    return [word("UI-ENROLLED-AT", server=outbox.server), last]
