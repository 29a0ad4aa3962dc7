"""Records, surroundings and real samples for the rules' tests."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from unicodedata import normalize

import numpy as np
import pytest
import shapely

from core.identity import build_uid
from forms.administration import load_communes
from forms.catalogue import Catalogue
from forms.loader import load_catalogue
from forms.record import Lineage, Record
from geodesy.datum import transform_geometries
from geodesy.grid import on_grid
from geodesy.systems import WGS84, tm_system
from validation.batch import Batch
from validation.context import CheckContext, no_batches
from validation.engine import check_batch
from validation.finding import Finding

BAC_QUANG = load_communes()["01153"]
ZONE = tm_system(BAC_QUANG.axis)
IN_ZONE = Lineage(src_crs="EPSG:9211", src_axis=106.0, datum_operation="none", capture_method="do_dac_toan_dac")
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)

MakeBatch = Callable[..., Batch]


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture
def make_batch(catalogue: Catalogue) -> MakeBatch:
    """Records of one type from geometries, values per record, or both; uids ascend from ``first``."""

    def make(
        type_id: str,
        geometries: Any = None,
        values: Any = None,
        *,
        lineage: Lineage = IN_ZONE,
        first: int = 1,
        **common: Any,
    ) -> Batch:
        count = len(geometries if geometries is not None else values)
        shapes = geometries if geometries is not None else [None] * count
        own = values if values is not None else [{}] * count
        return Batch.of(
            catalogue.type(type_id),
            [
                Record(build_uid(first + place, 0, bytes(8)), type_id, {**common, **more}, shape, lineage, revision=3)
                for place, (shape, more) in enumerate(zip(shapes, own, strict=True))
            ],
        )

    return make


@pytest.fixture
def context(catalogue: Catalogue) -> CheckContext:
    """Xã Bắc Quang without an outline, an empty store, 20/11/2026."""
    return CheckContext(
        catalogue=catalogue,
        commune=BAC_QUANG,
        system=ZONE,
        boundary=None,
        neighbours={},
        today=date(2026, 11, 20),
        tolerances={},
        batches=no_batches(catalogue),
    )


@pytest.fixture
def stocked(context: CheckContext) -> Callable[..., CheckContext]:
    """The surroundings with these batches in the store."""

    def stock(*batches: Batch, **changes: Any) -> CheckContext:
        held: Mapping[str, Batch] = {batch.type.id: batch for batch in batches}
        nothing = no_batches(context.catalogue)
        return replace(
            context, batches=lambda type_id: held[type_id] if type_id in held else nothing(type_id), **changes
        )

    return stock


@pytest.fixture
def find(context: CheckContext) -> Callable[..., list[Finding]]:
    """What one rule finds in a batch."""

    def run(rule_id: str, batch: Batch, surroundings: CheckContext | None = None) -> list[Finding]:
        return [item for item in check_batch(batch, surroundings or context) if item.rule_id == rule_id]

    return run


@pytest.fixture(scope="session")
def real_roads(shared_data: Path) -> tuple[list[str], np.ndarray]:
    """Names, and geometries in the zone, of the 45 roads."""
    rows = _read(shared_data / "real" / "01153" / "roads_wgs84.gpkg", "SELECT name, geom FROM roads ORDER BY fid")
    shapes = np.array([shape for _, shape in rows], dtype=object)
    return [normalize("NFC", name) for name, _ in rows], on_grid(transform_geometries(shapes, WGS84, ZONE))


@pytest.fixture(scope="session")
def real_outlines(shared_data: Path) -> dict[str, shapely.Geometry]:
    """The outlines, in the zone, of the communes of Tuyên Quang by code."""
    path = shared_data / "real" / "communes_tuyen_quang_2026.gpkg"
    rows = _read(path, "SELECT commune_code, geom FROM communes")
    shapes = transform_geometries(np.array([shape for _, shape in rows], dtype=object), WGS84, ZONE)
    return dict(zip([code for code, _ in rows], shapes, strict=True))


def _read(path: Path, sql: str) -> list[tuple[str, shapely.Geometry]]:
    connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    try:
        return [(text, shapely.from_wkb(_wkb(blob))) for text, blob in connection.execute(sql)]
    finally:
        connection.close()


def _wkb(blob: bytes) -> bytes:
    """The WKB behind a GeoPackage header, whose flags tell how long its envelope is."""
    return blob[8 + _ENVELOPE_BYTES[blob[3] >> 1 & 7] :]
