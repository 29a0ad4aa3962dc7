"""Rows of a dossier that are no records here: kept as they came, and handed in again in their classes."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import pytest
import shapely

from forms.files import file_links
from forms.record import Record
from services.desk import Desk
from services.dossiers import open_dossier
from services.editing import undo, update_values
from services.tt16_import import DossierImport, import_dossier
from services.tt16_package import DossierPackage, export_dossier
from tests.services.conftest import own_config
from tests.services.desks import copy_desk, records_of, sample_xy
from tests.services.tt16_dossiers import CODE, add_rows, make_dossier

KEPT = "HoSoGIS_LopKhac.gpkg"
COMMON = {"maThongTinQH": "082612012345", "maHoSoQH": CODE}


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory, sample_template: Path) -> Iterator[DossierPackage]:
    folder = tmp_path_factory.mktemp("nộp")
    with own_config(folder), copy_desk(sample_template, folder / "sổ") as desk:
        dossier = make_dossier(desk, folder / "tệp")
        (folder / "ra").mkdir()
        yield export_dossier(desk, dossier.uid, folder / "ra")


@pytest.fixture
def folder(packed: DossierPackage, tmp_path: Path) -> Path:
    """The folder as another office made it: classes that no record type has, and one that is none of the circular's."""
    folder = Path(shutil.copytree(packed.folder, tmp_path / packed.folder.name))
    at = np.asarray(sample_xy([(0.0, 0.0)])[0])
    line = shapely.MultiLineString([[at, at + (90.5, 40.25)], [at + (100, 0), at + (160, 30)]])
    near, point = shapely.LineString([at + (5, 5), at + (50, 60)]), shapely.Point(at + (12.5, 7.25))
    plan, present = folder / "HoSoGIS" / "QuyHoach.gpkg", folder / "HoSoGIS" / "HienTrang.gpkg"
    bus = [
        {"maDoiTuong": "BUS-1", "tenDoiTuong": "Tuyến 01 – Bắc Quang", "ghiChu": "đường mới"},
        {"maDoiTuong": "BUS-2"},
    ]
    add_rows(
        plan,
        "MangLuoiTuyenBus_L",
        [({**COMMON, **bus[0]}, line), ({**COMMON, **bus[1]}, shapely.MultiLineString([near]))],
    )
    height = {**COMMON, "maDoiTuong": "CD-1", "caoDoTuNhien": 12.5}
    add_rows(present, "CaoDoNen_P", [(height, point), ({**COMMON, "maDoiTuong": "CD-2"}, None)])
    add_rows(plan, "GhiChuRieng", [({"chu": "ngoài danh mục", "so": 7}, point)])
    add_rows(plan, "RanhGioiQuyHoach_A", [({**COMMON, "maDoiTuong": "R-KHONG-HINH"}, None)])
    return folder


def rows_of(folder: Path, database: str, layer: str) -> list[tuple[dict[str, Any], str | None]]:
    """The filled cells and the place of every row of a class."""
    meta, _, shapes, data = pyogrio.raw.read(folder / "HoSoGIS" / f"{database}.gpkg", layer=layer)
    found = []
    for index, shape in enumerate(shapes):
        cells = {str(name): column[index] for name, column in zip(meta["fields"], data, strict=True)}
        filled = {name: cell for name, cell in cells.items() if cell is not None and cell == cell}
        place = None if shape is None else shapely.to_wkt(shapely.from_wkb(shape).normalize(), rounding_precision=4)
        found.append((filled, place))
    return sorted(found, key=str)


def counts(folder: Path) -> dict[str, int]:
    """How many rows each class of each database has."""
    found = {}
    for path in sorted((folder / "HoSoGIS").glob("*.gpkg")):
        for name in pyogrio.list_layers(path)[:, 0]:
            found[f"{path.stem}/{name}"] = pyogrio.read_info(path, name, force_feature_count=True)["features"]
    return found


def told(taken: DossierImport) -> dict[str, int]:
    return {
        one.place.rpartition("/")[2]: one.context["count"] for one in taken.breaches if one.code == "TT16-CLASS-KEPT"
    }


def test_every_row_comes_in_and_goes_out_again(folder: Path, desk: Desk, tmp_path: Path) -> None:
    tried = import_dossier(desk, folder, dry_run=True)
    taken = import_dossier(desk, folder)
    assert taken.uid is not None
    kept = {"MangLuoiTuyenBus_L": 2, "CaoDoNen_P": 2, "GhiChuRieng": 1, "RanhGioiQuyHoach_A": 1}
    assert told(taken) == told(tried) == kept
    assert (taken.files, tried.files) == (6, 6)
    names = [link.name for link in file_links(open_dossier(desk, taken.uid).record.values["attachments"])]
    assert sorted(names) == [KEPT, "khảo sát.jpg"]
    (tmp_path / "ra").mkdir()
    done = export_dossier(desk, taken.uid, tmp_path / "ra")
    assert counts(done.folder) == counts(folder)
    for database, layer in (
        ("QuyHoach", "MangLuoiTuyenBus_L"),
        ("HienTrang", "CaoDoNen_P"),
        ("QuyHoach", "GhiChuRieng"),
        ("QuyHoach", "RanhGioiQuyHoach_A"),
    ):
        assert rows_of(done.folder, database, layer) == rows_of(folder, database, layer), layer
    assert not any(path.name == KEPT for path in done.folder.rglob("*")), "its rows are in their classes"


def test_a_second_workspace_gets_the_same(folder: Path, desk: Desk, sample_template: Path, tmp_path: Path) -> None:
    first = import_dossier(desk, folder)
    (tmp_path / "ra").mkdir()
    done = export_dossier(desk, str(first.uid), tmp_path / "ra")
    with copy_desk(sample_template, tmp_path / "sổ hai") as other:
        second = import_dossier(other, done.folder)
        assert told(second) == told(first)
        (tmp_path / "lại").mkdir()
        again = export_dossier(other, str(second.uid), tmp_path / "lại")
        assert counts(again.folder) == counts(folder)


def test_one_undo_takes_the_kept_rows_back_as_well(folder: Path, desk: Desk) -> None:
    import_dossier(desk, folder)
    undo(desk)
    assert records_of(desk, "planning_dossier") == []


def test_what_finds_no_room_in_its_class_is_told(packed: DossierPackage, desk: Desk, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(packed.folder, tmp_path / packed.folder.name))
    path = folder / "HoSoGIS" / "MocGioi.gpkg"
    import sqlite3

    with sqlite3.connect(path) as store:
        store.execute('ALTER TABLE "MocGioiQuyHoach_L" ADD COLUMN "cotRieng" TEXT')
    store.close()
    at = np.asarray(sample_xy([(0.0, 0.0)])[0])
    shape = shapely.MultiLineString([[at, at + (5, 5)]])
    add_rows(path, "MocGioiQuyHoach_L", [({**COMMON, "cotRieng": "riêng"}, shape)])
    taken = import_dossier(desk, folder)
    (tmp_path / "ra").mkdir()
    done = export_dossier(desk, str(taken.uid), tmp_path / "ra")
    [breach] = [one for one in done.breaches if one.place.endswith("MocGioiQuyHoach_L")]
    assert (breach.code, breach.context["fields"]) == ("TT16-NOT-KEPT", "cotRieng")
    assert len(rows_of(done.folder, "MocGioi", "MocGioiQuyHoach_L")) == 1


def test_a_kept_file_that_cannot_be_read_is_told(folder: Path, desk: Desk, tmp_path: Path) -> None:
    taken = import_dossier(desk, folder)
    record: Record = open_dossier(desk, str(taken.uid)).record
    spoilt = [
        {**link.as_dict(), "sha256": "0" * 64} if link.name == KEPT else link.as_dict()
        for link in file_links(record.values["attachments"])
    ]
    update_values(desk, record.uid, {**record.values, "attachments": spoilt}, expected=record.revision)
    (tmp_path / "ra").mkdir()
    done = export_dossier(desk, record.uid, tmp_path / "ra")
    assert "TT16-KEPT-UNREAD" in {one.code for one in done.breaches}
