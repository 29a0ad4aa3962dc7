"""The pages of a form, and the way through their fields by keyboard."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QTabWidget, QVBoxLayout, QWidget

from desktop.entry.field_row import FieldRow
from desktop.entry.form_page import PageView
from desktop.words import pick


class FormRows(Mapping[str, FieldRow]):
    """The rows by key, in reading order; asking for one builds the page it lies on and tells ``built``."""

    def __init__(self, pages: Mapping[str, PageView], built: Callable[[], object]) -> None:
        self._pages = pages
        self._built = built

    def __getitem__(self, key: str) -> FieldRow:
        page = self._pages[key]
        if not page.rows:
            page.build()
            self._built()
        return page.rows[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._pages)

    def __len__(self) -> int:
        return len(self._pages)


class FormTabs(QWidget):
    """Pages under tabs, or one page alone; a page is built when it is first looked at, which ``opened`` tells.

    Enter goes on to the next field and page, Alt+number and Ctrl+PgUp/PgDn to another page.
    """

    opened = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pages: list[PageView] = []
        self.rows = FormRows({}, self.opened.emit)
        self.tabs: QTabWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def built_rows(self) -> list[FieldRow]:
        """The rows that exist so far; of the others nothing has been typed."""
        return [row for page in self.pages for row in page.rows.values()]

    def lay_out(self, pages: Sequence[PageView]) -> None:
        """Show ``pages``, and build the first."""
        self.pages = list(pages)
        self.rows = FormRows({field.key: page for page in pages for field in page.page.fields}, self.opened.emit)
        self.current.build()
        if len(self.pages) == 1:
            self._column.addWidget(self.pages[0])
            return
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setProperty("inner", True)
        self.tabs.setUsesScrollButtons(True)
        for page in self.pages:
            self.tabs.addTab(page, pick(page.page.title))
        self.tabs.currentChanged.connect(self._open_page)
        self._column.addWidget(self.tabs)
        self._add_shortcuts()

    def _add_shortcuts(self) -> None:
        def add(keys: str, call: Callable[[], object]) -> None:
            shortcut = QShortcut(QKeySequence(keys), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(call)

        for place in range(len(self.pages)):
            add(f"Alt+{place + 1}", lambda place=place: self.show_page(place))
        add("Ctrl+PgDown", lambda: self._turn_page(1))
        add("Ctrl+PgUp", lambda: self._turn_page(-1))

    @property
    def current(self) -> PageView:
        """The page in view."""
        return self.pages[self.tabs.currentIndex() if self.tabs else 0]

    def show_page(self, place: int) -> None:
        """Turn to a page by its number, the first being 0, and put the cursor into its first field."""
        if self.tabs is not None and self.tabs.isTabVisible(place):
            self.tabs.setCurrentIndex(place)
            self._focus_end(1)

    def _turn_page(self, step: int) -> None:
        places = [place for place in range(len(self.pages)) if self.tabs is None or self.tabs.isTabVisible(place)]
        at = places.index(self.pages.index(self.current)) + step
        if 0 <= at < len(places):
            self.show_page(places[at])

    def _open_page(self) -> None:
        self.current.build()
        self.opened.emit()

    def step(self, key: str, step: int) -> None:
        """Put the cursor into the field after (1) or before (-1) ``key``, on the next page if need be."""
        row = self.current.neighbour(key, step)
        if row is not None:
            self._focus(row)
            return
        at = self.pages.index(self.current) + step
        while 0 <= at < len(self.pages):
            if self.tabs is not None and self.tabs.isTabVisible(at):
                self.tabs.setCurrentIndex(at)
                self._focus_end(step)
                return
            at += step

    def _focus_end(self, step: int) -> None:
        """Put the cursor into the first (1) or last (-1) field of the page in view."""
        row = self.current.end(step)
        if row is not None:
            self._focus(row)

    def _focus(self, row: FieldRow) -> None:
        self.current.ensureWidgetVisible(row, 0, 60)
        row.editor.setFocus(Qt.FocusReason.TabFocusReason)

    def focusNextPrevChild(self, forwards: bool) -> bool:
        """Let Tab go from the last field of a page to the next page, and Shift+Tab back."""
        step = 1 if forwards else -1
        focused = QApplication.focusWidget()
        end = self.current.end(-step)
        if focused is not None and end is not None and end.editor.focusProxy() is focused and self.tabs is not None:
            places = range(len(self.pages))
            at = self.pages.index(self.current) + step
            if at in places and self.tabs.isTabVisible(at):
                self.step(end.field.key, step)
                return True
        return super().focusNextPrevChild(forwards)

    def focus_first(self, skip: Collection[str] = ()) -> None:
        """Put the cursor into the first field that is empty, on the first page; those in ``skip`` only if none else."""
        if self.tabs is not None:
            self.tabs.setCurrentIndex(0)
        self.current.verticalScrollBar().setValue(0)
        open_rows = self.current.open_rows()
        empty = [row for row in open_rows if row.value() is None]
        wanted = [row for row in empty if row.field.key not in skip]
        if open_rows:
            self._focus((wanted or empty or open_rows)[0])

    def focus_field(self, key: str) -> None:
        """Bring a field into view and put the cursor there; a key the form lacks is passed over."""
        if key not in self.rows:
            return
        row = self.rows[key]
        if self.tabs is not None:
            self.tabs.setCurrentIndex(next(at for at, page in enumerate(self.pages) if key in page.rows))
        row.setVisible(True)
        self.current.ensureWidgetVisible(row, 0, 60)
        row.editor.setFocus(Qt.FocusReason.OtherFocusReason)
