"""Gives a record the place where one of its photos was taken."""

import numpy as np
import shapely

from core.errors import UserError
from forms.computed import compute_values
from forms.files import FileLink
from forms.record import Lineage
from forms.shapes import fit_geometry
from geodesy.datum import operation_between, transform_xy
from geodesy.systems import WGS84
from localdb import records
from localdb.record_errors import unknown_record
from services.checking import check_record
from services.desk import Desk
from services.editing import Saved
from services.photos import CAPTURE_METHOD

POINT = "point"


def use_photo_place(desk: Desk, uid: str, photo: FileLink, *, expected: int | None = None) -> Saved:
    """Store the place of a photo as a record's point; its lineage says whence it comes.

    The camera's place comes to the zone by the official operation. Raise ``UserError`` PHOTO-NO-PLACE for a photo
    without one, PHOTO-NO-POINT for a type that is no point, STORE-STALE, RECORD-UNKNOWN.
    """
    if photo.place is None:
        raise UserError("PHOTO-NO-PLACE", file=photo.name)
    east, north = transform_xy(np.array([photo.place]), WGS84, desk.system)[0]
    with desk.work("WORK-PHOTO-PLACE", file=photo.name) as work:
        record = records.fetch_record(work.connection, desk.catalogue, uid)
        if record is None:
            raise unknown_record(work.connection, desk.catalogue, uid)
        record_type = desk.catalogue.type(record.type_id)
        if POINT not in record_type.geometry:
            raise UserError("PHOTO-NO-POINT", type=record_type.title)
        placed = fit_geometry(record_type, shapely.Point(east, north))
        lineage = Lineage(
            source_file=photo.name,
            capture_method=CAPTURE_METHOD,
            src_crs=WGS84.id,
            datum_operation=operation_between(WGS84, desk.system),
            raw_coordinates=f"POINT({photo.place[0]!r} {photo.place[1]!r})",
        )
        stored = work.update(
            record_type,
            uid,
            values=compute_values(record_type, record.values, placed),
            geometry=placed,
            lineage=lineage,
            expected=record.revision if expected is None else expected,
        )
    return Saved(stored, tuple(check_record(desk, stored)), work.changed)
