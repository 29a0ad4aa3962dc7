"""What the rules say of a field, in words below it; in grey what stands with a reason, which the tooltip tells."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from desktop.models.findings_model import TONES
from desktop.theme import MUTED, Tone
from desktop.waiver_words import given
from desktop.words import word
from validation.finding import SEVERITIES, Finding
from validation.waivers import Waivers


@dataclass(frozen=True, slots=True)
class Told:
    """One line: ``tone`` is ``None`` for what stands with a reason, which ``waived`` then tells."""

    text: str
    tone: Tone | None
    waived: str = ""


def told_by_field(findings: Iterable[Finding], waivers: Waivers) -> dict[str, list[Told]]:
    """Return the lines of each field that findings speak of, the gravest first, what was waived last."""
    found: dict[str, list[Told]] = {}
    for finding in sorted(findings, key=lambda one: SEVERITIES.index(one.severity)):
        if not finding.field:
            continue
        waiver = waivers.find(finding)
        line = Told(finding.text(), TONES[finding.severity])
        if waiver is not None:
            line = Told(word("UI-FIELD-WAIVED", text=finding.text()), None, given(waiver))
        found.setdefault(finding.field, []).append(line)
    return {key: sorted(lines, key=lambda line: line.tone is None) for key, lines in found.items()}


class FieldMessage(QLabel):
    """The lines of one field, hidden when there are none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: Sequence[Told] = ()
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.setStyleSheet("font-size: 12px;")

    @property
    def words(self) -> str:
        """The lines without their colours."""
        return "\n".join(line.text for line in self._lines)

    def show_lines(self, lines: Sequence[Told]) -> None:
        """Show ``lines`` in place of what was there."""
        self._lines = tuple(lines)
        self.setVisible(bool(lines))
        self.setText("<br>".join(_coloured(line) for line in lines))
        self.setToolTip("\n".join(line.waived for line in lines if line.waived))


def _coloured(line: Told) -> str:
    return f'<span style="color: {MUTED if line.tone is None else line.tone.value}">{escape(line.text)}</span>'
