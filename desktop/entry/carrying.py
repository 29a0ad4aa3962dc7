"""Which values go from one new record to the next of its type: the pins, and the last record's values."""

from collections.abc import Mapping
from typing import Any

from core.settings import load_settings, save_settings
from forms.model import RecordType
from services.desk import Desk
from services.reading import fetch_page

PINS = "pinned_fields"


class CarryOver:
    """The pins of every type, and the values of the record of each type that was worked on last."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._last: dict[str, dict[str, Any]] = {}

    def pins(self, kind: RecordType) -> set[str]:
        """Return the fields whose value is kept: those that the user pinned, before that those that the type names."""
        kept = load_settings().get(PINS)
        known = kept.get(kind.id) if isinstance(kept, dict) else None
        if not isinstance(known, list):
            return {field.key for field in kind.fields if field.carry}
        return {field.key for field in kind.fields if field.key in known}

    def pin(self, kind: RecordType, key: str, on: bool) -> None:
        """Keep the value of a field from now on, or no longer."""
        pins = self.pins(kind)
        (pins.add if on else pins.discard)(key)
        kept = load_settings().get(PINS)
        save_settings(**{PINS: {**(kept if isinstance(kept, dict) else {}), kind.id: sorted(pins)}})

    def note(self, type_id: str, values: Mapping[str, Any]) -> None:
        """Remember the values of the record that is worked on."""
        self._last[type_id] = dict(values)

    def carried(self, kind: RecordType) -> dict[str, Any]:
        """Return the values with which the next record of a type begins."""
        pins = self.pins(kind)
        if not pins:
            return {}
        last = self._last.get(kind.id)
        if last is None:
            newest = fetch_page(self._desk, kind.id, sort="uid", descending=True, limit=1).records
            last = dict(newest[0].values) if newest else {}
        return {key: last[key] for key in pins if last.get(key) is not None}
