"""Forms for phones, and what they send back."""

from dataclasses import dataclass
from pathlib import Path

from core.clock import VIETNAM
from core.progress import SILENT, Progress
from exchange.xlsform import FormFacts, build_form, form_id, write_form
from forms.model import RecordType, ReferenceField
from forms.titles import record_title
from localdb import records
from services.desk import Desk
from services.field_packages import export_qfield
from services.field_report import FieldReport
from services.field_returns import field_layers, take_geopackage
from services.submissions import take_submissions as take_form_submissions

__all__ = ["FormFiles", "export_qfield", "export_xlsform", "take_submissions"]

TITLE_LENGTH = 80


@dataclass(frozen=True, slots=True)
class FormFiles:
    """A form that was written: its files, the first of them the form, and how a server will name it."""

    files: tuple[Path, ...]
    form_id: str
    version: str
    questions: int


def export_xlsform(desk: Desk, type_id: str, out: Path) -> FormFiles:
    """Write the XLSForm of a record type to ``out``, its long lists beside it.

    References are chosen from the records that are here now. Raise XLSFORM-CONDITION, EXPORT-NO-FOLDER or
    EXPORT-REFUSED.
    """
    record_type = desk.catalogue.type(type_id)
    info = desk.workspace.info
    version = f"{desk.clock().astimezone(VIETNAM):%Y%m%d%H%M}"
    facts = FormFacts(
        record_type=record_type,
        catalogue=desk.catalogue,
        day=desk.today(),
        version=version,
        commune_code=desk.commune.code,
        facts={
            "diaba_type": record_type.id,
            "diaba_form": str(record_type.version),
            "diaba_catalogue": desk.catalogue.hash,
            "diaba_workspace": info.workspace_id,
        },
        records=_records(desk, record_type),
    )
    form = build_form(facts)
    files = write_form(form, out)
    questions = sum(1 for row in form.survey if row.get("label::Vietnamese (vi)") and "group" not in row["type"])
    return FormFiles(files, form_id(record_type, desk.commune.code), version, questions)


def _records(desk: Desk, record_type: RecordType) -> dict[str, list[tuple[str, str]]]:
    """Return for each reference the records it may name, by uid and title."""
    found: dict[str, list[tuple[str, str]]] = {}
    with desk.reading() as connection:
        for target in record_type.fields:
            if isinstance(target, ReferenceField):
                found[target.key] = [
                    (record.uid, record_title(desk.catalogue.types[type_id], record.values, "vi")[:TITLE_LENGTH])
                    for type_id in target.target
                    if type_id in desk.catalogue.types
                    for record in records.fetch_records(connection, desk.catalogue.types[type_id])
                ]
    return found


def take_submissions(
    desk: Desk,
    path: Path,
    *,
    type_id: str | None = None,
    media: Path | None = None,
    dry_run: bool = False,
    update: bool = False,
    progress: Progress = SILENT,
) -> FieldReport:
    """Take in what came back from the field: the export of ODK or KoboToolbox, or a GeoPackage made for QField.

    See ``services.submissions`` and ``services.field_returns``; ``type_id`` and ``update`` are for the former alone.
    """
    layers = field_layers(path)
    if layers is not None:
        return take_geopackage(desk, path, layers, media=media, dry_run=dry_run, progress=progress)
    return take_form_submissions(
        desk, path, type_id=type_id, media=media, dry_run=dry_run, update=update, progress=progress
    )
