"""Hồ sơ: the planning dossiers, and everything of one on one screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from core.errors import UserError
from core.progress import Progress
from desktop.entry.references import Lookup
from desktop.pages.dossier_blocks import DossierBlocks
from desktop.pages.dossier_head import DossierHead
from desktop.pages.dossier_intake import FileIntake
from desktop.pages.dossier_list import DossierList
from desktop.pages.dossier_side import DossierSide
from desktop.panels.empty_state import EmptyState
from desktop.session import Session
from desktop.words import word
from forms.dossiers import DOCUMENT, DOSSIER, DRAWING
from forms.record import Record
from services.dossiers import Dossier, DossierRow, Part, blocked_dossiers, list_dossiers, open_dossier, types_of_dossier
from services.editing import update_values
from services.reading import fetch_record
from validation.engine import blocks
from validation.finding import Finding

LIST_PX, FORM_PX = 262, 372


class DossierPage(QWidget):
    """The page "Hồ sơ", built when it is first turned to.

    ``zoom_wanted`` carries uids, ``draw_wanted`` and ``import_wanted`` a record type and the dossier's uid and title,
    ``told`` a text and its tone.
    """

    zoom_wanted = Signal(list)
    draw_wanted = Signal(str, str)
    import_wanted = Signal(str, str, str)
    told = Signal(str, object)
    hand_in_wanted = Signal()

    def __init__(self, session: Session, lookup: Lookup, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._lookup = lookup
        self._catalogue = session.desk.catalogue
        self._asked = 0
        self._stale = True
        self._findings: Sequence[Finding] = ()
        self.uid: str | None = None
        self.dossier: Dossier | None = None
        self.is_built = False
        self.intake = FileIntake(session, self)
        self.intake.told.connect(self.told)

    def build(self) -> None:
        """Make the parts of the page, unless they are there."""
        if self.is_built:
            return
        self.is_built = True
        self.list = DossierList(self._session)
        self.list.chosen.connect(self.show_dossier)
        self.list.opened.connect(lambda uid: self.side.focus_form())
        self.list.new_wanted.connect(self.begin)
        self.list.setMinimumWidth(200)
        self._build_body()
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.list)
        split.addWidget(self._body)
        split.setStretchFactor(1, 1)
        split.setSizes([LIST_PX, 1000])
        split.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(split)
        self.show_findings(self._findings)

    @property
    def is_checking(self) -> bool:
        """Whether the rules are still to look at what was typed here."""
        return self.is_built and self.entry.is_checking

    def settle(self) -> bool:
        """Store what is typed here; false when something could not be written."""
        return not self.is_built or self.entry.settle()

    def _build_body(self) -> None:
        self.head = DossierHead(self._catalogue)
        self.head.hand_in.clicked.connect(self.hand_in_wanted)
        self.blocks = DossierBlocks(self._catalogue, self._lookup.name)
        self._begun = EmptyState(word("UI-DOSSIER-BEGUN"))
        self._middle = QWidget()
        self._middle_stack = QStackedLayout(self._middle)
        self._middle_stack.addWidget(self.blocks)
        self._middle_stack.addWidget(self._begun)
        self._connect_blocks()
        self.side = DossierSide(self._session, self._lookup)
        self.side.shown.connect(self._note_shown)
        self.side.back_wanted.connect(self.show_own_form)
        self.side.told.connect(self.told)
        self.entry = self.side.entry
        across = QSplitter(Qt.Orientation.Horizontal)
        across.addWidget(self._middle)
        across.addWidget(self.side)
        across.setStretchFactor(0, 1)
        across.setSizes([700, FORM_PX])
        across.setChildrenCollapsible(False)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(across, 1)
        self._body = QWidget()
        self._pages = QStackedLayout(self._body)
        self._pages.addWidget(EmptyState(word("UI-NO-DOSSIER-CHOSEN")))
        self._pages.addWidget(full)

    def _connect_blocks(self) -> None:
        found = self.blocks
        found.parts.wanted.connect(self._do_part)
        for type_id, card in found.files.items():
            card.chosen.connect(self.show_member)
            card.add_wanted.connect(partial(self.add_files, type_id))
        found.places.zoom_wanted.connect(self.zoom_wanted)
        found.places.import_wanted.connect(self._ask_import)
        found.places.draw_wanted.connect(self._ask_draw)
        found.remarks.chosen.connect(self._go_to_remark)
        found.versions.opened.connect(self.show_dossier)
        found.versions.succession_wanted.connect(self._take_succession)

    # Showing

    def refresh(self) -> None:
        """Read the list anew, and the dossier in hand."""
        self._stale = False
        desk = self._session.desk
        self._session.read(lambda progress: list_dossiers(desk), self._show_list, owner=self)
        if self.uid is not None:
            self._load(self.uid)

    def note_change(self, records: Iterable[tuple[str, str]] | None) -> None:
        """Take in that these records changed; ``None`` means that it may be anything."""
        own = {DOSSIER, *types_of_dossier(self._session.desk)}
        if records is None or any(type_id in own for type_id, _ in records):
            self._stale = True
            if self.isVisible():
                self.refresh()

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Take in what the rules found in the workspace."""
        self._findings = findings
        if not self.is_built:
            return
        by_uid: dict[str, list[Finding]] = {}
        for finding in findings:
            by_uid.setdefault(finding.uid, []).append(finding)
        self.blocks.show_findings(by_uid)
        desk = self._session.desk
        blocking = [(finding.type_id, finding.uid) for finding in findings if blocks(finding)]
        self._session.read(lambda progress: blocked_dossiers(desk, blocking), self.list.show_blocked, owner=self)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.build()
        self.look()

    def look(self) -> None:
        """Bring the page up to date when it is turned to, and put the cursor where the work begins."""
        if self._stale:
            self.refresh()
        self.list.view.setFocus(Qt.FocusReason.OtherFocusReason)
        if not self.list.model.rowCount():
            self.list.new_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_list(self, rows: list[DossierRow]) -> None:
        had_focus = self.list.new_button.hasFocus() and not self.list.model.rowCount()
        self.list.show_rows(rows)
        if self.uid is None and rows and self.entry.beginning is None:
            self.show_dossier(self.list.model.index(0).data(Qt.ItemDataRole.UserRole).record.uid)
        if had_focus and rows:
            self.list.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_dossier(self, uid: str) -> None:
        """Show one dossier."""
        self.build()
        self.uid = uid
        self.list.choose(uid)
        self._load(uid)

    def _load(self, uid: str) -> None:
        self._asked += 1
        asked, desk = self._asked, self._session.desk

        def read(progress: Progress) -> Dossier | None:
            try:
                return open_dossier(desk, uid)
            except UserError:
                return None

        def show(found: Dossier | None) -> None:
            if asked == self._asked:
                self._show(found)

        self._session.read(read, show, owner=self)

    def _show(self, found: Dossier | None) -> None:
        before, self.dossier = self.dossier, found
        if found is None:
            self.uid = None
            self.entry.show_nothing()
            self._pages.setCurrentIndex(0)
            return
        self._pages.setCurrentIndex(1)
        self.head.setVisible(True)
        self._middle_stack.setCurrentWidget(self.blocks)
        self.head.show_dossier(found)
        self.blocks.show_dossier(found)
        shown = self.entry.record
        if before is None or before.record.uid != found.record.uid or shown is None:
            self.show_own_form()
        elif shown.uid:
            self._show_again(found, shown.uid)

    def _show_again(self, found: Dossier, uid: str) -> None:
        """Show the record in the form as it now stands; one that is gone gives way to the dossier."""
        members = [found.record, *(record for held in found.held.values() for record in held)]
        record = next((one for one in members if one.uid == uid), None)
        if record is None:
            self.show_own_form()
        else:
            self.entry.show_record(record)

    def show_own_form(self) -> None:
        """Show the dossier's own values in the form."""
        if self.dossier is not None:
            self.entry.show_record(self.dossier.record)

    def show_member(self, uid: str) -> None:
        """Show a document or drawing of the dossier in the form."""
        try:
            self.entry.show_record(fetch_record(self._session.desk, uid))
        except UserError:
            self.refresh()

    def begin(self, _: object = None, *, replaces: str | None = None) -> None:
        """Begin a new dossier."""
        self.build()
        self.uid, self.dossier = None, None
        self._asked += 1
        self.list.choose(None)
        self._pages.setCurrentIndex(1)
        self.head.setVisible(False)
        self._middle_stack.setCurrentWidget(self._begun)
        self.side.begin({"replaces_uid": replaces} if replaces else None)

    def _note_shown(self, record: Record) -> None:
        """Keep head and list on the record in the form; one begun here is a dossier as soon as it is stored."""
        if record.type_id == DOSSIER and record.uid and self.uid is None:
            self.show_dossier(record.uid)

    # Doing

    def _do_part(self, part: Part) -> None:
        """Begin what brings a missing part."""
        if part.kind == "field":
            self._go_to_field(part.target)
        elif part.kind == "document":
            self.add_files(DOCUMENT, [], {"doc_kind": part.target})
        elif part.kind == "relation":
            self.begin(replaces=self.uid)
        elif part.target == DRAWING:
            self.add_files(DRAWING, [])
        else:
            self._ask_import(part.target)

    def _go_to_field(self, key: str) -> None:
        self.show_own_form()
        values = self.dossier.record.values if self.dossier else {}
        if key == "official_id" and values.get("official_id_status") != "da_cap":
            key = "official_id_status"
        self.side.focus_form(key)

    def _go_to_remark(self, uid: str, field: str | None) -> None:
        if uid == self.uid:
            self.show_own_form()
        else:
            self.show_member(uid)
        if field:
            self.side.focus_form(field)

    def _ask_import(self, type_id: str) -> None:
        if self.dossier is not None:
            self.import_wanted.emit(type_id, self.dossier.record.uid, self.head.title.text())

    def _ask_draw(self, type_id: str) -> None:
        if self.dossier is not None:
            self.draw_wanted.emit(type_id, self.dossier.record.uid)

    def add_files(self, type_id: str, paths: Sequence[Path], values: Mapping[str, Any] | None = None) -> None:
        """Ask what files are, then store each as a document or drawing of the dossier."""
        if self.dossier is not None:
            self.intake.add(type_id, self.dossier.record.uid, paths, values or {})

    def _take_succession(self) -> None:
        """Set the replaced plan's status and end as proposed."""
        found = self.dossier.succession if self.dossier else None
        if found is None:
            return
        desk, replaced, values = self._session.desk, found.replaced, found.values
        self._session.write(
            lambda progress: update_values(desk, replaced.uid, values, expected=replaced.revision), owner=self
        )
