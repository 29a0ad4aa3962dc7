"""A day typed as dd/mm/yyyy, or picked from a calendar."""

from PySide6.QtCore import QDate, QPoint, Qt
from PySide6.QtWidgets import QCalendarWidget, QLineEdit, QWidget

from core.errors import UserError
from desktop.entry.editors import LineEditor
from desktop.icons import icon
from desktop.words import word
from forms.catalogue import Catalogue
from forms.model import AnyField


class DateEditor(LineEditor):
    """A line for a day, with a calendar behind its button."""

    def __init__(self, field: AnyField, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(field, catalogue, parent)
        self._calendar: QCalendarWidget | None = None
        self._open = self.line.addAction(icon("calendar"), QLineEdit.ActionPosition.TrailingPosition)
        self._open.setToolTip(word("UI-OPEN-CALENDAR"))
        self._open.triggered.connect(self.show_calendar)

    def show_calendar(self) -> None:
        """Open the calendar at the day shown, under the line."""
        if self.line.isReadOnly():
            return
        if self._calendar is None:
            self._calendar = QCalendarWidget(self)
            self._calendar.setWindowFlag(Qt.WindowType.Popup)
            self._calendar.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
            self._calendar.clicked.connect(self._pick)
        self._calendar.setSelectedDate(self._shown_day())
        self._calendar.move(self.mapToGlobal(QPoint(0, self.height())))
        self._calendar.show()

    def _shown_day(self) -> QDate:
        try:
            value = self.value()
        except UserError:
            value = None
        return QDate.fromString(value, Qt.DateFormat.ISODate) if value else QDate.currentDate()

    def _pick(self, day: QDate) -> None:
        if self._calendar is not None:
            self._calendar.hide()
        self.set_value(day.toString(Qt.DateFormat.ISODate))
        self.edited.emit()
        self.finished.emit()
