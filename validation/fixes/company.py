"""The other records that a fix may have to do with."""

from collections.abc import Iterator

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from core.messages import LANGUAGES, Language
from forms.record import Record
from forms.titles import record_title
from validation.batch import Batch
from validation.context import CheckContext


def record_at(batch: Batch, index: int) -> Record:
    """Return one record of a batch."""
    return Record(
        uid=batch.uids[index],
        type_id=batch.type.id,
        values=batch.values_of(index),
        geometry=batch.geometries[index],
        lineage=batch.lineages[index],
        revision=batch.revisions[index],
        state=batch.states[index],
    )


def find_record(context: CheckContext, type_id: str, uid: str) -> Record | None:
    """Return a stored record of a type, ``None`` when there is none or nothing may be done to it."""
    stored = context.stored(type_id)
    if stored is None or uid not in stored.uids:
        return None
    return record_at(stored, stored.uids.index(uid))


def records_near(
    context: CheckContext, type_id: str, shape: BaseGeometry, reach_m: float, but: str = ""
) -> Iterator[Record]:
    """Yield the stored records of a type within ``reach_m`` of a shape, without the one named in ``but``."""
    stored = context.stored(type_id)
    if stored is None or not len(stored) or shape.is_empty:
        return
    near = stored.located & shapely.dwithin(stored.geometries, shape, reach_m)
    for index in np.flatnonzero(near).tolist():
        if stored.uids[index] != but:
            yield record_at(stored, index)


def title_of(context: CheckContext, record: Record) -> dict[Language, str]:
    """Return what a record is called, in every language."""
    record_type = context.catalogue.type(record.type_id)
    return {language: record_title(record_type, record.values, language, context.catalogue) for language in LANGUAGES}
