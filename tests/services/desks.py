"""The desks, files and clocks that the tests of the use cases share."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from core.canonical import sha256_hex
from core.errors import AppError
from core.messages import LANGUAGES, load_messages, render
from core.resources import resource_path
from forms.record import Actor, Record
from geodesy.datum import transform_xy
from geodesy.systems import WGS84, CoordinateSystem, tm_system
from services.desk import Desk
from services.import_report import ImportReport
from services.importing import propose_import, run_import
from services.reading import list_records
from services.workspaces import create_desk, open_desk

AN = Actor("Nguyễn Văn An")
BINH = Actor("Trần Thị Bình")
COMMUNE = "01153"
SAMPLE = resource_path("sample")
HOME = tm_system(106.0)
OLD_AXIS = tm_system(105.5)
CENTRE_OLD = (437_018.346, 2_481_007.512)
"""East and north of the middle of the shipped sample, in the axis of its files."""


class FakeClock:
    """A clock that starts where it is told and goes on by a second each time somebody looks."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)) -> None:
        self.now = start

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def make_desk(folder: Path, boundary: Path | None, **more: Any) -> Desk:
    return create_desk(folder, COMMUNE, boundary_file=boundary, actor=AN, clock=FakeClock(), **more)


def open_again(folder: Path, **more: Any) -> Desk:
    return open_desk(folder, **{"actor": AN, "clock": FakeClock(datetime(2026, 4, 1, 1, 0, tzinfo=UTC)), **more})


def copy_desk(template: Path, folder: Path, **more: Any) -> Desk:
    shutil.copytree(template, folder)
    return open_again(folder, **more)


def bring(desk: Desk, path: Path, type_id: str, **choices: Any) -> ImportReport:
    """Import a file as the program itself proposes."""
    run = {key: choices.pop(key) for key in ("dry_run", "skip_bad") if key in choices}
    return run_import(desk, propose_import(desk, path, type_id=type_id, **choices), **run)


def records_of(desk: Desk, type_id: str) -> list[Record]:
    return list_records(desk, type_id)


def snapshot(desk: Desk) -> dict[str, str]:
    """A digest of every table's rows: equal before and after means that nothing at all was written."""
    with desk.reading() as connection:
        names = connection.exec_driver_sql(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
        )
        return {
            name: sha256_hex(repr(connection.exec_driver_sql(f'SELECT * FROM "{name}"').all()).encode())
            for name in names.scalars().all()
        }


def file_bytes(folder: Path) -> dict[str, bytes]:
    """Every file below a folder but SQLite's passing ones and the lock."""
    passing = ("-wal", "-shm", ".lock")
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(passing)
    }


def refused(code: str, call: Callable[[], object]) -> AppError:
    """Return the error a call ends in, after a look at its code and its words."""
    with pytest.raises(AppError) as caught:
        call()
    error = caught.value
    assert error.code == code, str(error)
    check_words(error)
    return error


def check_words(error: AppError) -> None:
    """Every error speaks both languages, says where, and leaves no fact out."""
    assert error.code in load_messages()
    texts = {language: render(error.code, error.context, language) for language in LANGUAGES}
    assert texts["vi"] != texts["en"]
    for text in texts.values():
        assert len(text) > 20
        assert "{" not in text
        assert "Traceback" not in text


def sample_xy(offsets: Sequence[tuple[float, float]], system: CoordinateSystem = HOME) -> np.ndarray:
    """Places some metres (east, north) from the middle of the sample, as ``system`` has them."""
    return transform_xy(np.asarray(offsets, dtype=float) + CENTRE_OLD, OLD_AXIS, system)


def sample_line(*offsets: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString(sample_xy(offsets))


def sample_square(east: float = 0.0, north: float = 0.0, size: float = 50.0) -> shapely.Polygon:
    ring = [(east, north), (east + size, north), (east + size, north + size), (east, north + size)]
    return shapely.Polygon(sample_xy(ring))


def write_roads(
    path: Path, roads: Sequence[tuple[Mapping[str, Any], shapely.Geometry | None]], *, swap: bool = False
) -> Path:
    """Write lines of the home zone as GeoJSON in WGS 84."""

    def degrees(geometry: shapely.Geometry | None) -> Any:
        if geometry is None:
            return None
        moved = shapely.transform(geometry, lambda xy: transform_xy(xy, HOME, WGS84)[:, :: -1 if swap else 1])
        return shapely.geometry.mapping(moved)

    features = [{"type": "Feature", "properties": dict(facts), "geometry": degrees(shape)} for facts, shape in roads]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")
    return path


def write_points(path: Path, rows: Sequence[Sequence[str]], system: CoordinateSystem = HOME) -> Path:
    """Write a survey file: each row is point, offset east, offset north, then whatever more it has."""
    lines = []
    for point, east, north, *more in rows:
        try:
            x, y = sample_xy([(float(east), float(north))], system)[0]
            cells = [point, f"{y:.3f}", f"{x:.3f}", *more]
        except ValueError:
            cells = [point, north, east, *more]
        lines.append(";".join(cells))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
