"""Tables of HTML as lines of cells: what Word, Excel and browsers put on the clipboard beside the plain text."""

from html.parser import HTMLParser

_BLOCKS = frozenset({"p", "div", "br", "h1", "h2", "h3", "h4", "li", "table", "tr"})
_UNSHOWN = frozenset({"head", "script", "style", "title", "xml"})
_WIDEST = 100  # columns that one cell may claim


class _Tables(HTMLParser):
    """Collects lines; a row is a line of cells parted by tabs, everything else a line of text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.has_table = False
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._text: list[str] = []
        self._below: dict[int, int] = {}  # columns that a cell of an earlier row still takes, and for how many rows
        self._span = (1, 1)
        self._unshown: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._unshown or tag in _UNSHOWN:
            self._unshown = self._unshown or tag
        elif tag == "table":
            self._end_text()
            self._below.clear()
        elif tag == "tr":
            self._end_row()
            self._end_text()
            self.has_table, self._row = True, []
        elif tag in ("td", "th") and self._row is not None:
            self._end_cell()
            facts = dict(attrs)
            self._span = _span(facts.get("colspan")), _span(facts.get("rowspan"))
            self._cell = []
        elif tag in _BLOCKS:
            if self._cell is not None:
                self._cell.append(" ")
            else:
                self._end_text()

    def handle_endtag(self, tag: str) -> None:
        if self._unshown:
            self._unshown = None if tag == self._unshown else self._unshown
        elif tag in ("td", "th"):
            self._end_cell()
        elif tag in ("tr", "table"):
            self._end_row()
        elif tag in _BLOCKS and self._cell is None:
            self._end_text()

    def handle_data(self, data: str) -> None:
        if self._unshown is None:
            (self._text if self._cell is None else self._cell).append(data)

    def close(self) -> None:
        super().close()
        self._end_row()
        self._end_text()

    def _end_cell(self) -> None:
        if self._cell is None or self._row is None:
            return
        self._skip_taken()
        text, self._cell = " ".join("".join(self._cell).split()), None
        columns, rows = self._span
        for place in range(columns):
            if rows > 1:
                self._below[len(self._row)] = rows - 1
            self._row.append(text if place == 0 else "")

    def _skip_taken(self) -> None:
        assert self._row is not None
        while self._below.get(len(self._row), 0) > 0:
            self._below[len(self._row)] -= 1
            self._row.append("")

    def _end_row(self) -> None:
        self._end_cell()
        if self._row is not None:
            self._skip_taken()
            self.lines.append("\t".join(self._row))
        self._row = None

    def _end_text(self) -> None:
        text = " ".join("".join(self._text).split())
        self._text.clear()
        if text and self._row is None:
            self.lines.append(text)


def read_html_table(html: str) -> str | None:
    """Return the text of HTML, its rows as lines of cells parted by tabs; ``None`` when it holds no table."""
    parser = _Tables()
    parser.feed(html)
    parser.close()
    return "\n".join(parser.lines) if parser.has_table else None


def _span(text: str | None) -> int:
    return min(max(int(text), 1), _WIDEST) if text and text.isdecimal() and len(text) < 6 else 1
