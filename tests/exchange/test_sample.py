"""The shipped sample: made by its script, clean in every reader, inside its own outline."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
import shapely

from core.resources import program_root, resource_path
from exchange.reading import Table, read_table
from geodesy.datum import transform_geometries
from geodesy.systems import WGS84, tm_system

OLD = tm_system(105.5)
FILES = {
    "ranh_gioi_xa.geojson": (1, "polygon", WGS84),
    "duong_cu.shp": (12, "line", None),
    "cau.csv": (4, "point", None),
    "bang_ke_toa_do.txt": (1, "polygon", OLD),
    "khoanh_dat.geojson": (4, "polygon", OLD),
    "toan_dac.csv": (90, "point", None),
    "gps.gpx": (12, "point", WGS84),
}


def table_of(name: str) -> Table:
    return read_table(resource_path("sample", name), encoding="auto")


@pytest.mark.parametrize("name", FILES)
def test_each_file_reads_cleanly_and_lies_inside(name: str) -> None:
    count, kind, declared = FILES[name]
    table = table_of(name)
    assert (len(table), table.kinds(), table.declared) == (count, {kind}, declared)
    assert (table.rejected, table.warnings) == ((), ())
    outline = transform_geometries(table_of("ranh_gioi_xa.geojson").geometries, WGS84, OLD)[0]
    placed = transform_geometries(table.geometries, table.declared or OLD, OLD)
    assert shapely.is_valid(placed).all()
    if name != "ranh_gioi_xa.geojson":
        assert shapely.contains(outline, placed).all()


def test_the_roads_are_old_on_purpose() -> None:
    folder = resource_path("sample")
    assert not list(folder.glob("*.prj")) and not list(folder.glob("*.cpg"))
    raw = read_table(folder / "duong_cu.shp")
    assert "TEN_DUONG" in raw.undecoded
    assert table_of("duong_cu.shp").columns["TEN_DUONG"][3] == "Đường thôn Phiêng Luông"


def test_lots_fill_the_plan_without_overlap() -> None:
    plan = table_of("bang_ke_toa_do.txt").geometries
    lots = table_of("khoanh_dat.geojson").geometries
    assert plan is not None and lots is not None
    assert shapely.area(lots).sum() == pytest.approx(plan[0].area, abs=1e-3)
    assert shapely.symmetric_difference(plan[0], shapely.union_all(lots)).area < 1e-3


def test_the_script_makes_these_very_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = _load(program_root() / "scripts" / "make_sample.py")
    monkeypatch.setattr(script, "resource_path", lambda *parts: tmp_path)
    script.main()
    shipped = {path.name: path.read_bytes() for path in resource_path("sample").iterdir() if path.suffix != ".md"}
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == shipped
    assert sum(map(len, shipped.values())) < 150_000


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_sample", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
