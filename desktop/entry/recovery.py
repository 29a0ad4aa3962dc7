"""What of a record is kept while it cannot be stored, and under which name."""

from collections.abc import Mapping
from typing import Any

from desktop.entry.beginning import Beginning
from desktop.entry.record_form import RecordForm
from forms.record import Record
from services.drafting import Draft


def draft_of_new(begun: Beginning, record: Record, form: RecordForm, now: str) -> Draft | None:
    """Return what is kept of a record that has no row yet, ``None`` while nobody has typed anything."""
    texts = form.texts()
    if not begun.is_touched and not texts:
        return None
    return Draft(
        key=begun.key,
        type_id=begun.type_id,
        uid=None,
        revision=0,
        texts=texts,
        values={key: value for key, value in record.values.items() if value is not None},
        geometry=begun.geometry,
        capture_method=begun.capture_method,
        saved_at=now,
    )


def draft_of_stored(record: Record, texts: Mapping[str, str], before: Mapping[str, Any], now: str) -> Draft | None:
    """Return the texts that a stored record waits with, each beside the stored value it would replace (``before``)."""
    if not texts:
        return None
    return Draft(
        key=record.uid,
        type_id=record.type_id,
        uid=record.uid,
        revision=record.revision,
        texts=dict(texts),
        values=dict(before),
        geometry=None,
        capture_method=None,
        saved_at=now,
    )


def draft_since_stored(draft: Draft | None, record: Record, now: str) -> Draft | None:
    """Return what is still kept once the new record of ``draft`` has its row: the texts alone."""
    if draft is None:
        return None
    return draft_of_stored(record, draft.texts, {key: record.values.get(key) for key in draft.texts}, now)
