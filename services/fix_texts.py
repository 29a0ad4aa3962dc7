"""The fix that reads legacy letters again; it stands here because the tables of old fonts belong to the field files."""

from collections.abc import Iterator

from core.messages import LANGUAGES
from core.text import clean_text
from exchange.legacy_text import decided_encoding, decode_text, detect_encoding, encoding_label
from forms.record import Record
from validation.context import CheckContext
from validation.finding import Finding
from validation.fixes.fix import Proposed, alter, fix

_MOST_WAYS = 3
_LEAST_SCORE = 0.75
_LOST = "\ufffd"


@fix("read_legacy_text", for_rules=("ENC-02",))
def read_legacy_text(finding: Finding, record: Record, context: CheckContext) -> Iterator[Proposed]:
    """The text in the encoding that its own letters prove, or that those of the records around prove."""
    key = finding.field or ""
    value = record.values.get(key)
    if not isinstance(value, str):
        return
    stored = context.stored(record.type_id)
    around = [] if stored is None else [text for text in stored.column(key) if isinstance(text, str)]
    proposals = detect_encoding([value])
    decided = decided_encoding(proposals) or decided_encoding(detect_encoding(around))
    good = (proposal.name for proposal in proposals if proposal.score >= _LEAST_SCORE)
    names = [name for name in (decided, *good) if name is not None]
    for name in list(dict.fromkeys(names))[:_MOST_WAYS]:
        after = clean_text(decode_text(value, name))
        if after != value and _LOST not in after:
            label = {language: encoding_label(name, language) for language in LANGUAGES}
            facts = {"before": value, "after": after, "target": label}
            yield Proposed((alter(record, {key: after}),), name, facts, is_certain=name == decided)
