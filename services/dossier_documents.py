"""Adding a document or drawing to a dossier: its file's name is read where certain, its number spelt as it should."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.progress import SILENT, Progress
from forms.decision_numbers import normalise_decision_number
from forms.document_names import read_document_name
from forms.dossiers import DOCUMENT
from forms.values import parse_value
from services.desk import Desk
from services.editing import Saved


def propose_document(desk: Desk, path: Path) -> dict[str, Any]:
    """Return the values that a file's name gives for a document, for a person to look at before they are stored."""
    said = read_document_name(path.name)
    proposed = {
        "name": said.title,
        "doc_kind": said.kind,
        "doc_no": said.number and normalise_decision_number(said.number),
        "sign_date": said.signed_on,
    }
    return {key: value for key, value in proposed.items() if value}


def read_values(desk: Desk, type_id: str, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return typed texts as values of a document or drawing, keys that its type lacks left out.

    Raise ``UserError`` of ``forms.values.parse_value`` for a text that is no value.
    """
    fields = {field.key: field for field in desk.catalogue.type(type_id).fields}
    return {key: parse_value(fields[key], text, desk.catalogue) for key, text in texts.items() if key in fields}


def add_document(
    desk: Desk,
    dossier_uid: str,
    path: Path,
    values: Mapping[str, Any],
    *,
    type_id: str = DOCUMENT,
    progress: Progress = SILENT,
) -> Saved:
    """Store a file as a document (or drawing) of a dossier, its number in its one spelling, and check it.

    Raise what ``services.attaching.attach_document`` raises: a name with a secrecy stamp is refused there.
    """
    from services.attaching import attach_document

    complete = dict(values)
    if complete.get("doc_no"):
        complete["doc_no"] = normalise_decision_number(str(complete["doc_no"]))
    known = {field.key for field in desk.catalogue.type(type_id).fields}
    fitting = {key: value for key, value in complete.items() if key in known}
    return attach_document(desk, dossier_uid, path, type_id=type_id, values=fitting, progress=progress)
