"""What may still happen to a record of an append-only type: something is added to it, nothing is changed."""

from typing import Any

from forms.files import file_links
from forms.model import FilesField, RecordType
from forms.record import Record

CORRECTS = "corrects_uid"
LOCAL_CODE = "local_code"


def is_addition(record_type: RecordType, before: Record, after: Record) -> bool:
    """Whether ``after`` keeps all that ``before`` says: it may have more files, and a local code where it had none."""
    if before.geometry != after.geometry or before.lineage != after.lineage:
        return False
    for field in record_type.fields:
        old, new = before.values.get(field.key), after.values.get(field.key)
        if old == new or (field.key == LOCAL_CODE and not old):
            continue
        if not (isinstance(field, FilesField) and _keeps(old, new)):
            return False
    return True


def loses_files(record_type: RecordType, before: Record, after: Record) -> bool:
    """Whether a file that ``before`` has is gone from ``after``, or changed."""
    fields = (field.key for field in record_type.fields if isinstance(field, FilesField))
    return not all(_keeps(before.values.get(key), after.values.get(key)) for key in fields)


def _keeps(old: Any, new: Any) -> bool:
    """Whether every file of the older list is still in the newer one, as it was."""
    links = file_links(new)
    return all(link in links for link in file_links(old))
