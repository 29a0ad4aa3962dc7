"""A new record until it is stored: it is inserted once, however fast its fields are typed."""

from collections.abc import Mapping
from typing import Any

import shapely
from PySide6.QtCore import QObject, Signal

from core.errors import UserError
from desktop.session import Session
from desktop.tasks import Failure
from forms.record import Lineage
from services.drafting import Draft
from services.editing import Saved, insert_record


class Beginning(QObject):
    """A record that has no row yet.

    ``stored`` carries the ``Saved`` and the values that were written; ``unsavable`` the error that says what is still
    missing. With ``keeps_borders``, areas around get its corners. ``waits`` holds it back until the user says that it
    is complete, as records that are never changed must be;
    ``left`` is what stood in the form when the user turned to another record.
    """

    stored = Signal(object, object)
    unsavable = Signal(object)

    def __init__(
        self,
        session: Session,
        type_id: str,
        key: str,
        *,
        geometry: shapely.Geometry | None = None,
        capture_method: str | None = None,
        lineage: Lineage | None = None,
        waits: bool = False,
        keeps_borders: bool = False,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self.type_id = type_id
        self.key = key
        self.geometry = geometry
        self.capture_method = capture_method
        self.lineage = lineage
        self.waits = waits
        self.keeps_borders = keeps_borders
        self.is_touched = geometry is not None
        self.is_busy = False
        self.left: Draft | None = None
        self.values: dict[str, Any] = {}
        self._is_behind = False

    def store(self, values: Mapping[str, Any]) -> None:
        """Insert the record with ``values``; while that runs, the latest values wait for its outcome."""
        self.values = dict(values)
        if self.is_busy:
            self._is_behind = True
            return
        self.is_busy, self._is_behind = True, False
        desk, written, geometry, method = self._session.desk, dict(values), self.geometry, self.capture_method
        lineage, key, keeps_borders = self.lineage, self.key, self.keeps_borders
        self._session.write(
            lambda progress: insert_record(
                desk,
                self.type_id,
                written,
                geometry,
                capture_method=method,
                lineage=lineage,
                draft=key,
                keeps_borders=keeps_borders,
            ),
            lambda saved: self._note_stored(saved, written),
            owner=self,
            otherwise=self._note_failure,
        )

    def _note_stored(self, saved: Saved, written: dict[str, Any]) -> None:
        self.is_busy = False
        self.stored.emit(saved, written)

    def _note_failure(self, failure: Failure) -> bool:
        self.is_busy = False
        if self._is_behind:
            self.store(self.values)
            return True
        if not isinstance(failure.error, UserError) or failure.error.code != "RECORD-UNSAVABLE":
            return False
        self.unsavable.emit(failure.error)
        return True
