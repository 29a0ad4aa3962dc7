"""The middle of a dossier's screen: what it lacks, its files, its places, the province's remarks, its versions."""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from desktop.pages.dossier_files import FilesCard
from desktop.pages.dossier_notes import RemarksCard, VersionsCard
from desktop.pages.dossier_parts_view import PartsCard
from desktop.pages.dossier_places import PlacesCard
from desktop.theme import GAP
from forms.catalogue import Catalogue
from forms.dossiers import DOCUMENT, DRAWING
from services.dossiers import Dossier
from validation.finding import Finding


class DossierBlocks(QScrollArea):
    """The cards of one dossier, one under the other."""

    def __init__(self, catalogue: Catalogue, name_of: Callable[[str], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._uid: str | None = None
        self.parts = PartsCard()
        self.files = {
            type_id: FilesCard(catalogue.type(type_id), catalogue)
            for type_id in (DOCUMENT, DRAWING)
            if type_id in catalogue.types
        }
        self.places = PlacesCard(catalogue)
        self.remarks = RemarksCard(catalogue, name_of)
        self.versions = VersionsCard(catalogue)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(12, GAP, GAP, GAP)
        column.setSpacing(GAP)
        for card in (self.parts, *self.files.values(), self.places, self.remarks, self.versions):
            column.addWidget(card)
        column.addStretch(1)
        self.setWidget(body)

    def show_dossier(self, dossier: Dossier) -> None:
        """Show a dossier's blocks; the same one again keeps its place."""
        if self._uid != dossier.record.uid:
            self._uid = dossier.record.uid
            self.parts.forget()
            self.verticalScrollBar().setValue(0)
        self.parts.show_completeness(dossier.completeness)
        for type_id, card in self.files.items():
            card.show_records(dossier.of(type_id))
        self.places.show_dossier(dossier)
        self.remarks.show_remarks(dossier.remarks)
        self.remarks.setVisible(bool(dossier.remarks))
        self.versions.show_dossier(dossier)

    def show_findings(self, findings: Mapping[str, Sequence[Finding]]) -> None:
        """Take in what the rules find, by record."""
        for card in self.files.values():
            card.show_findings(findings)
