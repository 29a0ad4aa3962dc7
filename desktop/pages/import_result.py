"""What an import did, or would do: counts, rows that cannot become records, and how full the rest would be."""

from PySide6.QtWidgets import QLabel, QWidget

from desktop.models.plain_model import Row
from desktop.pages.import_matching import counts_text
from desktop.panels.card import Card, ShortTable
from desktop.theme import Tone
from desktop.words import pick, word
from exchange.problems import RowProblem
from forms.model import RecordType
from services.import_report import ImportReport, Rejected
from validation.finding import Severity

SHOWN = 500


class ResultCard(Card):
    """The outcome of a trial run or of an import."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(word("UI-IMPORT-RESULT"), word("UI-IMPORT-RESULT-HINT"), parent)
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.facts = QLabel()
        self.facts.setWordWrap(True)
        self.facts.setProperty("role", "hint")
        headings = ("UI-ROW", "UI-COLUMN", "UI-VALUE", "UI-REASON")
        self.rejected = ShortTable([word(code) for code in headings], stretch=3)
        self.column.addWidget(self.summary)
        self.column.addWidget(self.facts)
        self.column.addWidget(self.rejected)
        self.clear()

    def clear(self) -> None:
        """Show that nothing has been tried yet."""
        for widget in (self.summary, self.facts, self.rejected):
            widget.hide()
        self.hint.show()

    @property
    def is_told(self) -> bool:
        """Whether an outcome is shown."""
        return not self.summary.isHidden()

    def show_stopped(self) -> None:
        """Say that the user stopped it, so nothing was written."""
        self.clear()
        self.hint.hide()
        self._sum_up(word("UI-IMPORT-STOPPED"), Tone.WARNING)

    def _sum_up(self, text: str, tone: Tone) -> None:
        self.summary.setText(text)
        self.summary.setStyleSheet(f"color: {tone.value}; font-weight: bold;")
        self.summary.show()

    def show_report(self, report: ImportReport, kind: RecordType) -> None:
        """Show the outcome."""
        self.hint.hide()
        counts = {"read": report.read, "accepted": report.accepted, "rejected": len(_rows_of(report))}
        if report.matches is not None:
            self._show_matched(report)
        elif report.changed is not None:
            code, tone = "UI-IMPORTED", Tone.GOOD
        elif report.rejected:
            code, tone = "UI-TRIED-WITH-REJECTS", Tone.WARNING
        else:
            code, tone = "UI-TRIED-CLEAN", Tone.GOOD
        if report.matches is None:
            self._sum_up(word(code, written=report.written, **counts), tone)
        lines = _facts(report, kind)
        self.facts.setText("\n".join(lines))
        self.facts.setVisible(bool(lines))
        problems = [_row(item, item.text, Tone.ERROR) for item in report.rejected[:SHOWN]]
        problems += [_row(item, item.text(), Tone.WARNING) for item in report.warnings[:SHOWN]]
        self.rejected.rows_model.show_rows(problems)
        self.rejected.setVisible(bool(problems))

    def _show_matched(self, report: ImportReport) -> None:
        assert report.matches is not None
        if report.changed is not None:
            added, updated = len(report.uids), len(report.updated_uids)
            self._sum_up(word("UI-MATCHED-DONE", added=added, updated=updated), Tone.GOOD)
        else:
            text, tone = counts_text(report.matches)
            rejected = len(_rows_of(report))
            self._sum_up(text + (" " + word("UI-MATCHED-REJECTED", count=rejected) if rejected else ""), tone)


def _rows_of(report: ImportReport) -> set[int]:
    return {item.row for item in report.rejected}


def _row(item: Rejected | RowProblem, text: str, tone: Tone) -> Row:
    cells = (str(item.row or ""), item.column or "", "" if item.value is None else str(item.value), text)
    return Row(cells, item, tone.value)


def _facts(report: ImportReport, kind: RecordType) -> list[str]:
    lines = []
    if report.repaired:
        lines.append(word("UI-REPAIRED-CELLS", count=sum(report.repaired.values())))
    if report.operation and report.operation != "none":
        lines.append(word("UI-DATUM-OPERATION", operation=report.operation))
    if report.completeness is not None and report.completeness.wanted:
        share = round(100 * report.completeness.filled / report.completeness.wanted)
        lines.append(word("UI-COMPLETENESS", share=share))
    labels = {field.key: pick(field.label) for field in kind.fields}
    empty = [f"{labels[key]} ({count})" for key, count in report.empty.items() if key in labels]
    if empty:
        lines.append(word("UI-EMPTY-FIELDS", fields=", ".join(empty[:12]) + (" …" if len(empty) > 12 else "")))
    errors = sum(finding.severity is Severity.ERROR for finding in report.findings)
    others = len(report.findings) - errors
    if report.findings:
        lines.append(word("UI-IMPORT-FINDINGS", errors=errors, others=others))
    return lines
