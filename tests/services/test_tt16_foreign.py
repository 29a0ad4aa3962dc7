"""A dossier of another hand, every column of every class filled: it comes in, and goes out again as it came."""

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyogrio.raw
import pytest
import shapely

from forms.tt16 import DATABASES, DOSSIER_CODE, INFO_CODE, OBJECT_CODE, ClassColumn, load_classes, types_of_class
from forms.tt16_cells import readable_columns
from services.desk import Desk
from services.tt16_checking import check_dossier_folder
from services.tt16_import import import_dossier
from services.tt16_package import export_dossier
from tests.services.conftest import own_config
from tests.services.desks import copy_desk, sample_xy
from tests.services.tt16_dossiers import CODE, add_rows, put

INFO = "082612012345"


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory, sample_template: Path) -> Path:
    """One row in each of the 153 classes, every cell filled with words of its own."""
    folder = tmp_path_factory.mktemp("nộp")
    with own_config(folder), copy_desk(sample_template, folder / "sổ") as desk:
        values = {"name": "Quy hoạch xã", "dossier_code": CODE, "legacy_info_code": INFO}
        done = export_dossier(desk, put(desk, "planning_dossier", **values).uid, folder)
    at = np.round(sample_xy([(0.0, 0.0)])[0], 1)
    shapes = {
        "Point": shapely.Point(at),
        "MultiLineString": shapely.MultiLineString([[at, at + (90.0, 40.0)]]),
        "MultiPolygon": shapely.MultiPolygon([shapely.box(*at, *(at + (60.0, 50.0)))]),
    }
    number = 0
    for database, classes in load_classes().items():
        for item in classes.values():
            number += 1
            cells = {column.name: _cell(item.name, column, number) for column in item.columns}
            add_rows(
                done.folder / "HoSoGIS" / f"{database}.gpkg", item.name, [(cells, shapes[item.geometry])], "EPSG:9211"
            )
    return done.folder


def _cell(name: str, column: ClassColumn, number: int) -> Any:
    """A cell as another office may fill it; where there are code lists it says what stands in none."""
    if column.name in (DOSSIER_CODE, INFO_CODE):
        return CODE if column.name == DOSSIER_CODE else INFO
    if column.name == OBJECT_CODE:
        return f"DT-{number}"
    if column.name == "loaiDieuChinh":
        return "Lập lần đầu"
    if column.name == "trangThaiQuyHoach":
        return None
    if column.name == "tenDoAn":
        return "Quy hoạch xã"  # the workbook's word counts
    made = {"text": f"Ấp Bắc {column.name}", "short": 3, "long": 7, "float": 1.5, "double": 2.25}
    return np.datetime64("2026-02-19") if column.kind == "date" else made[column.kind]


def rows_of(folder: Path, database: str, layer: str) -> list[dict[str, Any]]:
    path = folder / "HoSoGIS" / f"{database}.gpkg"
    meta, _, shapes, data = pyogrio.raw.read(path, layer=layer, datetime_as_string=True)
    found = []
    for index, shape in enumerate(shapes):
        cells = {str(name): column[index] for name, column in zip(meta["fields"], data, strict=True)}
        plain = {name: cell for name, cell in cells.items() if cell is not None and cell == cell}
        plain["shape"] = shapely.from_wkb(shape).normalize().wkt
        found.append({name: str(cell)[:10] if name.startswith("ngay") else cell for name, cell in plain.items()})
    return found


def test_every_cell_of_every_class_goes_out_as_it_came(foreign: Path, desk: Desk, tmp_path: Path) -> None:
    taken = import_dossier(desk, foreign)
    again = export_dossier(desk, str(taken.uid), tmp_path, works=True).folder
    different: dict[str, tuple[Any, Any]] = {}
    for database in DATABASES:
        for item in load_classes()[database].values():
            [before], after_rows = rows_of(foreign, database, item.name), rows_of(again, database, item.name)
            if len(after_rows) != 1:
                different[f"{database}/{item.name}"] = (1, len(after_rows))
                continue
            [after] = after_rows
            measured = {
                name
                for kind in types_of_class(item.name, list(desk.catalogue.types.values()))
                for key, name in readable_columns(kind, item).items()
                if kind.field(key).computed
            }
            for name in sorted(before.keys() | after.keys()):
                if name not in {*measured, "trangThaiQuyHoach"} and before.get(name) != after.get(name):
                    different[f"{database}/{item.name}/{name}"] = (before.get(name), after.get(name))
    assert different == {}, "\n".join(f"{key}: {pair}" for key, pair in different.items())


def test_a_boundary_without_a_shape_is_no_boundary(foreign: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(foreign, tmp_path / foreign.name))
    for database in ("HienTrang", "QuyHoach"):
        with sqlite3.connect(folder / "HoSoGIS" / f"{database}.gpkg") as store:
            triggers = store.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall()
            for (name,) in triggers:
                store.execute(f'DROP TRIGGER "{name}"')
            store.execute("UPDATE RanhGioiQuyHoach_A SET geom = NULL")
    assert "TT16-NO-BOUNDARY" not in {breach.code for breach in check_dossier_folder(foreign)}
    [told] = [breach for breach in check_dossier_folder(folder) if breach.code == "TT16-NO-BOUNDARY"]
    assert (told.severity, "RanhGioiQuyHoach_A" in told.legal) == ("error", True)
