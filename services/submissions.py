"""Phone submissions to records: each once, however often its file is taken, and an edited one as a proposed update."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.errors import UserError
from core.progress import SILENT, Progress
from exchange.kinds import recognise
from exchange.reading import read_quoted, read_table
from exchange.submissions import INSTANCE, Submissions, choose_rows, flatten, read_submissions, type_of
from exchange.table import Table
from forms.model import RecordType
from localdb.submissions import fetch_taken
from services.desk import Desk
from services.edited_submissions import Edits, apply_edits, find_edits
from services.field_photos import PhotoFolder, Wanted, attach_photos
from services.field_report import FieldReport, Photos
from services.import_plan import ImportPlan
from services.import_report import ImportReport, Rejected
from services.importing import import_table

AGAIN = "IMPORT-AGAIN"  # of no interest where every submission is known by itself


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
    """Take in the export of ODK Central, ODK Briefcase or KoboToolbox: CSV, or GeoJSON.

    Good submissions become records in one transaction, the others are reported. One taken before adds nothing; one that
    was edited since is a proposed update, written only with ``update`` and then never over what was changed here.
    Photos are looked for in ``media``, by default the folder ``media`` beside the file. Raise SUBMISSION-TYPE when the
    file does not tell its record type, SUBMISSION-OTHER-TYPE, and what reading and importing a file raise.
    """
    table = _read(path, progress)
    record_type = desk.catalogue.type(_choose_type(table, type_id, path))
    found = read_submissions(table, record_type, desk.catalogue)
    lot = _sort_out(desk, record_type, found)
    plan = ImportPlan(
        path=path,
        layer=table.layer,
        type_id=record_type.id,
        mapping=found.mapping,
        system=found.table.declared,
        capture_method=found.table.capture_method,
    )
    fresh = choose_rows(found.table, lot.new)
    imported = None
    if len(fresh) or fresh.rejected:
        imported = import_table(desk, plan, fresh, dry_run=dry_run, skip_bad=True, progress=progress)
    edits = find_edits(desk, plan, record_type, found, lot.known)
    written = apply_edits(desk, record_type, edits) if update and not dry_run else None
    photos = Photos()
    if not dry_run:
        wanted = _wanted(found, lot, fresh, imported, edits if update else replace(edits, edited=()))
        photos = attach_photos(
            desk, record_type, wanted, PhotoFolder(media or path.absolute().parent / "media"), progress
        )
    return FieldReport(
        path=path,
        dry_run=dry_run,
        read=len(table) + len({item.row for item in table.rejected} - set(table.rows.tolist())),
        known=lot.repeated + len(edits.unchanged),
        buried=lot.buried,
        imports=(imported,) if imported else (),
        updates=edits.updates(written=written is not None),
        rejected=(*(imported.rejected if imported else ()), *lot.refused, *edits.rejected),
        warnings=tuple(item for item in imported.warnings if item.code != AGAIN) if imported else (),
        photos=photos,
        changed=tuple(item for item in (imported.changed if imported else None, written) if item is not None),
    )


def _read(path: Path, progress: Progress) -> Table:
    if path.is_file() and recognise(path).is_text:
        return read_quoted(path, progress=progress)
    return flatten(read_table(path, progress=progress))


def _choose_type(table: Table, type_id: str | None, path: Path) -> str:
    told = type_of(table)
    if type_id is None and told is None:
        raise UserError("SUBMISSION-TYPE", file=path.name)
    if type_id is not None and told is not None and type_id != told:
        raise UserError("SUBMISSION-OTHER-TYPE", file=path.name, type=told, wanted=type_id)
    return str(type_id or told)


@dataclass(slots=True)
class _Lot:
    """The places of the rows: new ones, those of records here (with their uid), and how many say nothing."""

    new: list[int] = field(default_factory=list)
    known: list[tuple[int, str]] = field(default_factory=list)
    repeated: int = 0
    buried: int = 0
    refused: list[Rejected] = field(default_factory=list)


def _sort_out(desk: Desk, record_type: RecordType, found: Submissions) -> _Lot:
    """Return what each row is; of a submission that stands in the file twice the last one counts."""
    with desk.reading() as connection:
        taken = fetch_taken(connection, record_type, INSTANCE)
    last = {name: place for place, names in enumerate(found.identities) for name in names}
    lot = _Lot()
    for place, names in enumerate(found.identities):
        row, commune = int(found.table.rows[place]), found.communes[place]
        record = next((taken[name] for name in names if name in taken), None)
        if commune is not None and commune != desk.commune.code:
            lot.refused.append(
                Rejected(row, None, commune, "SUBMISSION-OTHER-COMMUNE", {"commune": desk.commune.full_name})
            )
        elif max(last[name] for name in names) != place:
            lot.repeated += 1
        elif record is None:
            lot.new.append(place)
        elif record.is_deleted:
            lot.buried += 1
        else:
            lot.known.append((place, record.uid))
    return lot


def _wanted(found: Submissions, lot: _Lot, fresh: Table, imported: ImportReport | None, edits: Edits) -> list[Wanted]:
    """Return the photos of every record that was made or changed, or that was here before."""
    rejected = {item.row for item in imported.rejected} if imported else set()
    good = [place for place, row in zip(lot.new, fresh.rows.tolist(), strict=True) if row not in rejected]
    uids = imported.uids if imported else ()
    made = list(zip(good, uids, strict=True)) if uids else []
    before: Sequence[tuple[int, str]] = [*edits.unchanged, *((item.place, item.record.uid) for item in edits.edited)]
    return [
        Wanted(uid, int(found.table.rows[place]), found.photos[place], found.identities[place], is_new=is_new)
        for pairs, is_new in ((made, True), (before, False))
        for place, uid in pairs
        if found.photos[place]
    ]
