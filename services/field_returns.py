"""A GeoPackage that comes back from QField: changed records, new ones, and what did not come back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import UserError
from core.progress import SILENT, Progress
from exchange.reading import inspect_file, read_table
from localdb import records
from services.desk import Desk
from services.field_layers import FACTS, SENT, layers_of
from services.field_photos import PhotoFolder
from services.field_report import FieldReport
from services.returned_layers import ReturnedLayer, Sent


def field_layers(path: Path) -> Mapping[str, int] | None:
    """Return how many rows each layer of a field GeoPackage has, ``None`` for a file that this program did not make."""
    if path.suffix.lower() != ".gpkg":
        return None
    counts = {layer.name: layer.count for layer in inspect_file(path).layers}
    return counts if FACTS in counts else None


def take_geopackage(
    desk: Desk,
    path: Path,
    counts: Mapping[str, int],
    *,
    media: Path | None = None,
    dry_run: bool = False,
    progress: Progress = SILENT,
) -> FieldReport:
    """Take in a GeoPackage of ``export_qfield``; ``counts`` are its ``field_layers``.

    A row that nobody touched says nothing. A touched one changes its record, if that is still as it went out; else it
    is listed as stale and nothing is overwritten. A row without identity, or a copy of another, is a new record, and is
    known again the next time. What was deleted in the field is told, never deleted here. Photos are looked for below
    ``media``, by default below the file's folder. Raise QFIELD-OTHER-WORKSPACE, QFIELD-UNREADABLE, and what reading a
    file raises.
    """
    sent = _read_sent(desk, path, progress)
    folder = PhotoFolder(media or path.absolute().parent)
    report = FieldReport(path=path, dry_run=dry_run)
    came_back: set[str] = set()
    present: set[str] = set()
    for record_type in desk.catalogue.types.values():
        for layer in layers_of(record_type):
            if layer not in counts:
                continue
            present.add(record_type.id)
            if counts[layer]:
                table = read_table(path, layer, progress=progress)
                taking = ReturnedLayer(desk, path, record_type, table, sent, came_back)
                report = _join(report, taking.take(folder, dry_run=dry_run, progress=progress))
    return replace(report, lost=_lost(desk, sent, came_back, present))


def _join(one: FieldReport, other: FieldReport) -> FieldReport:
    return replace(
        one,
        read=one.read + other.read,
        known=one.known + other.known,
        buried=one.buried + other.buried,
        imports=one.imports + other.imports,
        updates=one.updates + other.updates,
        rejected=one.rejected + other.rejected,
        warnings=one.warnings + other.warnings,
        photos=one.photos + other.photos,
        changed=one.changed + other.changed,
    )


def _read_sent(desk: Desk, path: Path, progress: Progress) -> dict[str, Sent]:
    facts = _columns(path, FACTS, ("key", "value"), progress)
    told = dict(zip(facts["key"], facts["value"], strict=True))
    if told.get("workspace") != desk.workspace.info.workspace_id:
        raise UserError("QFIELD-OTHER-WORKSPACE", file=path.name, commune=str(told.get("commune")))
    rows = _columns(path, SENT, ("type", "uid", "revision", "content"), progress)
    return {
        str(uid): Sent(str(type_id), int(revision), str(content))
        for type_id, uid, revision, content in zip(*rows.values(), strict=True)
    }


def _columns(path: Path, table: str, names: Sequence[str], progress: Progress) -> dict[str, list[Any]]:
    found = read_table(path, table, progress=progress).columns
    if not set(names) <= set(found) or any(cell is None for name in names for cell in found[name]):
        raise UserError("QFIELD-UNREADABLE", file=path.name, table=table)
    return {name: found[name] for name in names}


def _lost(desk: Desk, sent: Mapping[str, Sent], came_back: set[str], present: set[str]) -> tuple[tuple[str, str], ...]:
    """Return the records that are still here and did not come back, of the layers that did."""
    gone = {uid: item.type_id for uid, item in sent.items() if uid not in came_back and item.type_id in present}
    with desk.reading() as connection:
        here = {
            uid
            for type_id in set(gone.values())
            for uid in records.fetch_revisions(
                connection, desk.catalogue.type(type_id), [uid for uid, item in gone.items() if item == type_id]
            )
        }
    return tuple((type_id, uid) for uid, type_id in gone.items() if uid in here)
