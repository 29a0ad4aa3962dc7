"""One page of the form: sections under their headings, built when it is first looked at."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from desktop.entry.field_row import FieldRow
from desktop.entry.form_pages import FormPage
from desktop.theme import GAP, WIDE_GAP
from desktop.words import pick, word
from forms.model import AnyField
from forms.requirements import is_visible, required_strength


class PageView(QScrollArea):
    """The rows of one page; none exist before ``build``. ``shows_all`` shows fields whatever the others say."""

    def __init__(
        self,
        page: FormPage,
        build_row: Callable[[AnyField], FieldRow],
        parent: QWidget | None = None,
        *,
        shows_all: bool = False,
    ) -> None:
        super().__init__(parent)
        self.page = page
        self._shows_all = shows_all
        self.rows: dict[str, FieldRow] = {}
        self._build_row = build_row
        self._headings: dict[str, QLabel] = {}
        self._shown: set[str] = set()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def build(self) -> None:
        """Make the rows, unless they are there."""
        if self.rows:
            return
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(12, GAP, 12, WIDE_GAP)
        column.setSpacing(2)
        for section, fields in self.page.sections:
            heading = QLabel(pick(section.label))
            heading.setProperty("role", "heading")
            heading.setContentsMargins(0, GAP, 0, 4)
            self._headings[section.key] = heading
            column.addWidget(heading)
            for field in fields:
                self.rows[field.key] = self._build_row(field)
                column.addWidget(self.rows[field.key])
        legend = QLabel(word("UI-REQUIRED-LEGEND"))
        legend.setProperty("role", "hint")
        legend.setWordWrap(True)
        column.addWidget(legend)
        column.addStretch(1)
        self.setWidget(body)
        self._shown = set(self.rows)

    def follow(self, values: Mapping[str, Any]) -> None:
        """Show and mark the rows as the values now stand."""
        if not self.rows:
            return
        shown = {key for key, row in self.rows.items() if row.dirty or self._is_wanted(row.field, values)}
        for key in shown ^ self._shown:
            self.rows[key].setVisible(key in shown)
        self._shown = shown
        for row in self.rows.values():
            row.set_strength(required_strength(row.field, values))
        for section, fields in self.page.sections:
            self._headings[section.key].setVisible(any(field.key in shown for field in fields))

    def _is_wanted(self, field: AnyField, values: Mapping[str, Any]) -> bool:
        return self._shows_all or is_visible(field, values)

    def has_something(self, values: Mapping[str, Any]) -> bool:
        """Whether the page shows any field as the values now stand."""
        return any(self._is_wanted(field, values) for field in self.page.fields)

    def open_rows(self) -> list[FieldRow]:
        """The rows that are shown and can be typed in, in reading order."""
        return [row for key, row in self.rows.items() if key in self._shown and not row.is_locked]

    def neighbour(self, key: str, step: int) -> FieldRow | None:
        """Return the row after (1) or before (-1) ``key``, ``None`` at the end of the page."""
        rows = self.open_rows()
        keys = [row.field.key for row in rows]
        at = keys.index(key) + step if key in keys else -1
        return rows[at] if 0 <= at < len(rows) else None

    def end(self, step: int) -> FieldRow | None:
        """Return the first (1) or last (-1) row that can be typed in."""
        rows = self.open_rows()
        return rows[0 if step > 0 else -1] if rows else None
