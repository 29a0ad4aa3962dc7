"""Small made-up records with which a rule shows what it lets pass and what it finds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from core.identity import build_uid
from forms.administration import load_communes
from forms.catalogue import Catalogue
from forms.record import Lineage, Record
from geodesy.systems import tm_system
from validation.batch import Batch
from validation.context import CheckContext, HeldContent, no_batches
from validation.delivery import DELIVERY, Delivery, delivery_batch

COMMUNE = "01153"
AXIS = 106.0
CENTRE = np.array([437_000.0, 2_487_000.0])
OUTLINE = shapely.box(-5000, -5000, 5000, 5000)
DRAWN_IN_ZONE: Mapping[str, Any] = {
    "src_crs": "EPSG:9211",
    "src_axis": AXIS,
    "datum_operation": "none",
    "capture_method": "do_dac_toan_dac",
    "accuracy_m": 0.05,
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One record of an example.

    ``wkt`` is in metres from the example's centre (east, north), or in the zone itself when ``absolute``; ``lineage``
    names only what differs from a record drawn in the zone.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    wkt: str | None = None
    lineage: Mapping[str, Any] = field(default_factory=dict)
    absolute: bool = False

    def record(self, type_id: str, uid: str) -> Record:
        """Return the sample as a record."""
        shape: BaseGeometry | None = None if self.wkt is None else shapely.from_wkt(self.wkt)
        if shape is not None and not self.absolute:
            shape = _at_centre(shape)
        lineage = Lineage.from_dict({**DRAWN_IN_ZONE, **self.lineage})
        return Record(uid, type_id, dict(self.values), shape, lineage, revision=1)


@dataclass(frozen=True, slots=True)
class Example:
    """Records of one type, what is stored beside them, and the message codes that a rule gives for them.

    The commune is Xã Bắc Quang unless told, its outline a square of 10 km around the centre, the zone that of Tuyên
    Quang. An example that finds nothing is a good one. ``stored`` are records of this or other types in the store,
    ``neighbours`` the outlines of other communes by code, ``contents`` the files that are held.
    """

    type_id: str
    samples: tuple[Sample, ...]
    finds: tuple[str, ...] = ()
    stored: Mapping[str, tuple[Sample, ...]] = field(default_factory=dict)
    neighbours: Mapping[str, str] = field(default_factory=dict)
    commune: str = COMMUNE
    today: date = date(2026, 11, 20)
    contents: Mapping[str, HeldContent] | None = None

    def batch(self, catalogue: Catalogue) -> Batch:
        """Return the records of the example."""
        return _build(catalogue, self.type_id, self.samples, first=1)

    def context(self, catalogue: Catalogue) -> CheckContext:
        """Return the surroundings of the example."""
        stored = {
            type_id: _build(catalogue, type_id, samples, first=1001 + 100 * place)
            for place, (type_id, samples) in enumerate(self.stored.items())
        }
        nothing, held = no_batches(catalogue), self.contents
        return CheckContext(
            catalogue=catalogue,
            commune=load_communes()[self.commune],
            system=tm_system(AXIS),
            boundary=_at_centre(OUTLINE),
            neighbours={code: _at_centre(shapely.from_wkt(wkt)) for code, wkt in self.neighbours.items()},
            today=self.today,
            tolerances={},
            batches=lambda type_id: stored[type_id] if type_id in stored else nothing(type_id),
            contents=None if held is None else lambda hashes: {key: held[key] for key in hashes if key in held},
        )


def example(
    type_id: str,
    *samples: Sample,
    finds: str | tuple[str, ...] = (),
    stored: Mapping[str, tuple[Sample, ...]] | None = None,
    neighbours: Mapping[str, str] | None = None,
    commune: str = COMMUNE,
    contents: Mapping[str, HeldContent] | None = None,
) -> Example:
    """Return an example; ``finds`` are the message codes the rule must give, in order."""
    codes = (finds,) if isinstance(finds, str) else finds
    return Example(type_id, samples, codes, stored or {}, neighbours or {}, commune, contents=contents)


def sample(
    wkt: str | None = None, lineage: Mapping[str, Any] | None = None, *, absolute: bool = False, **values: Any
) -> Sample:
    """Return one record of an example: its place, its values by field key, what is special in its lineage."""
    return Sample(values, wkt, lineage or {}, absolute)


def uid_at(number: int) -> str:
    """Return the uid of an example's record, counted from 1; the first stored type's are counted from 1001."""
    return build_uid(number, 0, bytes(8))


def _at_centre(shape: BaseGeometry) -> BaseGeometry:
    return shapely.transform(shape, lambda xy: xy + CENTRE)


def _build(catalogue: Catalogue, type_id: str, samples: tuple[Sample, ...], *, first: int) -> Batch:
    if type_id == DELIVERY:
        uids = [uid_at(number) for number in range(first, first + len(samples))]
        facts = zip(uids, samples, strict=True)
        return delivery_batch([Delivery(package_id=uid, **dict(item.values)) for uid, item in facts])
    records = [item.record(type_id, uid_at(number)) for number, item in enumerate(samples, start=first)]
    return Batch.of(catalogue.type(type_id), records)
