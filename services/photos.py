"""Photos of a phone's folder: which record each was probably taken at, by the place the camera noted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import shapely

from core.errors import UserError
from core.progress import SILENT, Progress
from core.text import without_surrogates
from exchange.document_facts import DocumentFacts
from forms.model import RecordType
from forms.record import Lineage
from geodesy.datum import operation_between, transform_xy
from geodesy.systems import WGS84
from localdb import records
from localdb.engine import Connection
from services.attaching import attach_files
from services.desk import Desk
from services.editing import insert_record

CAPTURE_METHOD = "gnss_cam_tay"


@dataclass(frozen=True, slots=True)
class PhotoProposal:
    """One photo and the record nearest to where it was taken, ``None`` when there is none near enough.

    ``point`` lies in the workspace's zone, ``None`` for a photo without a place. ``error`` says why a file is no photo
    that can be taken; it has no facts then.
    """

    path: Path
    facts: DocumentFacts | None
    uid: str | None = None
    type_id: str | None = None
    distance_m: float | None = None
    taken_at: str | None = None
    point: shapely.Point | None = None
    error: UserError | None = None


@dataclass(slots=True)
class TakenPhotos:
    """The records that got photos, those of them that were made for it, and the files that could not be taken."""

    attached: dict[str, int] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    refused: list[tuple[Path, UserError]] = field(default_factory=list)
    left: list[Path] = field(default_factory=list)


def propose_photos(
    desk: Desk,
    folder: Path,
    *,
    type_id: str | None = None,
    within_m: float = 50.0,
    progress: Progress = SILENT,
) -> list[PhotoProposal]:
    """Return every file of a folder with the nearest record (of one type, or of any) within some metres.

    The camera's place comes to the zone by the official operation. Nothing is stored. Raise ``UserError``
    ATTACH-FOLDER.
    """
    from exchange.documents import inspect_document

    wanted = [desk.catalogue.type(type_id)] if type_id else list(desk.catalogue.types.values())
    found = []
    paths = _files(folder)
    with desk.reading() as connection:
        for done, path in enumerate(paths):
            progress.step(done, len(paths))
            try:
                facts = inspect_document(path)
            except UserError as error:
                found.append(PhotoProposal(path, None, error=error))
                continue
            if facts.kind == "image":
                found.append(_propose(desk, connection, path, facts, wanted, within_m))
    progress.step(len(paths), len(paths))
    return found


def _files(folder: Path) -> list[Path]:
    """Return the files under a folder in order of their names; hidden ones are the phone's own."""
    try:
        names = sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix())
        if not folder.is_dir():
            raise UserError("ATTACH-FOLDER", folder=str(folder))
    except OSError as error:
        raise UserError("ATTACH-FOLDER", folder=str(folder)) from error
    hidden = [any(part.startswith(".") for part in path.relative_to(folder).parts) for path in names]
    return [path for path, is_hidden in zip(names, hidden, strict=True) if not is_hidden and path.is_file()]


def _propose(
    desk: Desk,
    connection: Connection,
    path: Path,
    facts: DocumentFacts,
    wanted: Iterable[RecordType],
    within_m: float,
) -> PhotoProposal:
    if facts.place is None:
        return PhotoProposal(path, facts, taken_at=facts.taken_at)
    east, north = transform_xy(np.array([facts.place]), WGS84, desk.system)[0]
    if not np.isfinite([east, north]).all():
        return PhotoProposal(path, facts, taken_at=facts.taken_at)
    point = shapely.Point(east, north)
    nearest = min(
        (one for record_type in wanted for one in _near(connection, record_type, point, within_m)),
        default=None,
    )
    if nearest is None:
        return PhotoProposal(path, facts, taken_at=facts.taken_at, point=point)
    distance_m, uid, near_type = nearest
    return PhotoProposal(path, facts, uid, near_type, distance_m, facts.taken_at, point)


def _near(
    connection: Connection, record_type: RecordType, point: shapely.Point, within_m: float
) -> list[tuple[float, str, str]]:
    """Return the records of a type whose shape comes within some metres of a point: distance, uid, type."""
    box = (point.x - within_m, point.y - within_m, point.x + within_m, point.y + within_m)
    uids = records.fetch_within(connection, record_type, box)
    if not uids:
        return []
    batch = records.fetch_batch(connection, record_type, uids)
    distances = shapely.distance(batch.geometries, point).tolist()
    pairs = zip(distances, batch.uids, strict=True)
    return [(distance, uid, record_type.id) for distance, uid in pairs if distance <= within_m]


def take_photos(
    desk: Desk,
    proposals: Sequence[PhotoProposal],
    *,
    new_type: str | None = None,
    within_m: float = 50.0,
    strip_place: bool = False,
    progress: Progress = SILENT,
) -> TakenPhotos:
    """Attach photos to the records proposed; with ``new_type`` make a record where there is none.

    Photos taken within some metres of one another share the new record. A photo without a place, or without a record,
    is left. Raise ``UserError`` ATTACH-TYPE-PLACE when the new type has no points.
    """
    if new_type is not None and "point" not in desk.catalogue.type(new_type).geometry:
        raise UserError("ATTACH-TYPE-PLACE", type=desk.catalogue.type(new_type).title)
    taken = TakenPhotos(refused=[(one.path, one.error) for one in proposals if one.error is not None])
    maker = _Maker(desk, new_type, within_m, taken)
    by_record: dict[str, list[Path]] = {}
    for one in proposals:
        if one.error is None and (uid := one.uid or maker.record_at(one)) is not None:
            by_record.setdefault(uid, []).append(one.path)
    for done, (uid, paths) in enumerate(by_record.items()):
        progress.step(done, len(by_record))
        attached = attach_files(desk, uid, paths, strip_place=strip_place)
        taken.refused += attached.refused
        taken.attached[uid] = len(paths) - len(attached.refused)
    progress.step(len(by_record), len(by_record))
    return taken


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes records where photos were taken; photos taken near one another share one."""

    desk: Desk
    type_id: str | None
    within_m: float
    taken: TakenPhotos
    known: list[tuple[shapely.Point, str]] = field(default_factory=list)

    def record_at(self, photo: PhotoProposal) -> str | None:
        """Return the new record for a photo, ``None`` when there can be none; which is noted."""
        if photo.point is None or self.type_id is None:
            self.taken.left.append(photo.path)
            return None
        for point, uid in self.known:
            if point.distance(photo.point) <= self.within_m:
                return uid
        try:
            uid = _make_record(self.desk, self.type_id, photo)
        except UserError as error:
            self.taken.refused.append((photo.path, error))
            return None
        self.known.append((photo.point, uid))
        self.taken.made.append(uid)
        return uid


def _make_record(desk: Desk, type_id: str, proposal: PhotoProposal) -> str:
    """Store a record where a photo was taken, and return its uid; its lineage says whence the place."""
    place = proposal.facts.place if proposal.facts else None
    lineage = Lineage(
        source_file=without_surrogates(proposal.path.name),
        capture_method=CAPTURE_METHOD,
        src_crs=WGS84.id,
        datum_operation=operation_between(WGS84, desk.system),
        raw_coordinates=None if place is None else f"POINT({place[0]!r} {place[1]!r})",
    )
    return insert_record(desk, type_id, {}, proposal.point, lineage=lineage).record.uid
