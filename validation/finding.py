"""What a rule has found: facts and a place; the words come later, in the reader's language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import shapely

from core import messages
from core.canonical import canonical_json, sha256_hex
from core.messages import Language
from validation.wording import worded

_BLANKS = re.compile(" {2,}")


class Severity(StrEnum):
    """How much a finding matters; only an ``ERROR`` blocks approval, packing and the province."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


SEVERITIES: tuple[Severity, ...] = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding about one revision of one record.

    ``context`` holds the facts (numbers in the unit their key ends with, dates, labels in every language), ``place``
    where to look, in the workspace's zone. ``others`` are the uids of further records the finding is about, and
    ``text_code`` the message that words it: the rule's id, or the id and a variant (``ADM-03.far``).
    """

    rule_id: str
    severity: Severity
    type_id: str
    uid: str
    revision: int
    field: str | None
    place: shapely.Point | None
    context: Mapping[str, Any]
    others: tuple[str, ...]
    text_code: str

    @property
    def key(self) -> str:
        """The identity of the finding from one check to the next: 64 hexadecimal digits, the revision left out."""
        said = [self.rule_id, self.type_id, self.uid, self.field, self.text_code, sorted(self.others)]
        return sha256_hex(canonical_json(said))

    def text(self, language: Language | None = None) -> str:
        """Return the finding as a plain sentence: where, what, what to do."""
        chosen = language or messages.current_language()
        text = messages.render(self.text_code, worded(self.context, chosen), chosen)
        return _BLANKS.sub(" ", text).replace("….", "…")  # a unit may be empty, and a list may go on

    def as_dict(self, language: Language | None = None) -> dict[str, Any]:
        """Return plain JSON-able data; ``place`` as east and north in metres of the workspace's zone."""
        return {
            "rule_id": self.rule_id,
            "severity": self.severity.value,
            "type_id": self.type_id,
            "uid": self.uid,
            "revision": self.revision,
            "field": self.field,
            "place": None if self.place is None else [self.place.x, self.place.y],
            "context": {key: _plain(value) for key, value in self.context.items()},
            "others": list(self.others),
            "text_code": self.text_code,
            "text": self.text(language),
        }


def _plain(value: Any) -> Any:
    """Return ``value`` in JSON's own types."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
