"""A first look at a large file: some rows of it, true as far as they go, and none where a part says nothing."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyogrio.raw
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from exchange import glancing
from exchange.glancing import LayerPart, glance_staged
from exchange.reading import read_table
from exchange.staging import staged_file

ROWS = 9_000
EAST, NORTH = 437_000.0, 2_487_000.0
XY = np.column_stack([EAST + np.arange(ROWS) % 90, NORTH + np.arange(ROWS) // 90])
XY[-200:] += 3_000_000.0  # far-away junk at the end
NAMES = [f"Thôn Minh Tâm {at}" for at in range(ROWS)]


@pytest.fixture(autouse=True)
def _small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glancing, "LARGE_BYTES", 10_000)


def glance(path: Path) -> tuple[LayerPart, ...]:
    with staged_file(path) as staged:
        return glance_staged(staged)


def write(path: Path, driver: str, **options: str) -> Path:
    xy = (
        XY
        if driver not in ("GPX", "KML")
        else np.column_stack([105.3 + XY[:, 0] % 90 / 1e4, 22.1 + XY[:, 1] % 90 / 1e4])
    )
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(shapely.points(xy)),
        field_data=[np.array(NAMES, dtype=object)],
        fields=["name"],
        driver=driver,
        geometry_type="Point",
        crs="EPSG:4326" if driver in ("GPX", "KML") else "EPSG:9211",
        **options,
    )
    return path


def text(path: Path) -> Path:
    rows = [f"{name};{north:.3f};{east:.3f}" for name, (east, north) in zip(NAMES, XY.tolist(), strict=True)]
    path.write_text("\n".join(["tên điểm;X;Y", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "driver", "count"),
    [
        ("đường_xã.gpkg", "GPKG", ROWS),
        ("đường_xã.shp", "ESRI Shapefile", ROWS),
        ("đường_xã.fgb", "FlatGeobuf", ROWS),
        ("đường_xã.tab", "MapInfo File", ROWS),
        ("đường_xã.mif", "MapInfo File", None),
        ("đường_xã.geojson", "GeoJSON", None),
        ("đường_xã.gml", "GML", None),
        ("đường_xã.gpx", "GPX", None),
        ("đường_xã.kml", "KML", None),
        ("đường_xã.csv", "", None),
    ],
)
def test_some_rows_of_every_format_are_rows_of_the_whole(
    tmp_path: Path, name: str, driver: str, count: int | None
) -> None:
    path = write(tmp_path / name, driver) if driver else text(tmp_path / name)
    [part] = glance(path)
    whole = read_table(path, part.table.layer)
    assert (part.count, part.is_whole) == (count, False)
    assert 500 < len(part.table) < len(whole) == ROWS
    assert (part.table.layer, part.table.declared, part.table.undecoded) == (
        whole.layer,
        whole.declared,
        whole.undecoded,
    )
    assert list(part.table.columns) == list(whole.columns)
    known = dict(zip(shapely.to_wkb(whole.geometries).tolist(), zip(*whole.columns.values(), strict=True), strict=True))
    own = dict(
        zip(shapely.to_wkb(part.table.geometries).tolist(), zip(*part.table.columns.values(), strict=True), strict=True)
    )
    label = next(at for at, column in enumerate(whole.columns) if column.lower() in ("name", "tên điểm"))
    assert own.keys() <= known.keys()
    if len(known) == ROWS:
        assert {key: cells[label] for key, cells in own.items()} == {key: known[key][label] for key in own}


@pytest.mark.parametrize(
    ("name", "driver"), [("a.gpkg", "GPKG"), ("a.geojson", "GeoJSON"), ("a.gml", "GML"), ("a.csv", "")]
)
def test_what_lies_far_away_at_the_end_is_among_them(tmp_path: Path, name: str, driver: str) -> None:
    path = write(tmp_path / name, driver) if driver else text(tmp_path / name)
    [part] = glance(path)
    assert (shapely.get_x(part.table.geometries) > 1_000_000).any()


def test_a_geojson_without_a_name_goes_by_its_file_s_in_any_letters(tmp_path: Path) -> None:
    path = tmp_path / "đường xã.geojson"
    rows = [
        {"type": "Feature", "properties": {"tên": name}, "geometry": {"type": "Point", "coordinates": [105.3, 22.1]}}
        for name in NAMES
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": rows}, ensure_ascii=False), encoding="utf-8")
    [part] = glance(path)
    assert part.table.layer == read_table(path).layer == "đường xã"
    assert set(part.table.columns["tên"]) <= set(NAMES)
    assert len(part.table) < ROWS


def test_rows_that_are_gone_are_passed_over(tmp_path: Path) -> None:
    import sqlite3

    path = write(tmp_path / "a.gpkg", "GPKG")
    connection = sqlite3.connect(path)
    connection.create_function("ST_IsEmpty", 1, lambda _: 0)
    for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f'DROP TRIGGER "{trigger}"')
    connection.execute("DELETE FROM a WHERE fid % 3 = 0")
    connection.commit()
    connection.close()
    [part] = glance(path)
    assert len(part.table) > 2_000
    assert part.table.columns["name"][-1] in NAMES[2_000:]


def test_a_system_told_behind_the_features_is_seen(tmp_path: Path) -> None:
    plain = json.loads(write(tmp_path / "a.geojson", "GeoJSON").read_text("utf-8"))
    system = plain.pop("crs")
    (tmp_path / "b.geojson").write_text(json.dumps({**plain, "crs": system}), encoding="utf-8")
    [part] = glance(tmp_path / "b.geojson")
    assert part.table.declared == read_table(tmp_path / "b.geojson").declared
    assert part.table.declared is not None and part.table.declared.axis == 106.0


def _corners(path: Path) -> Path:
    lines = ["BẢNG KÊ TỌA ĐỘ GÓC RANH", "Số hiệu điểm\tX (m)\tY (m)"]
    lines += [
        f"{at % 4 + 1}\t{NORTH + at % 4 // 2 * 50 + at:.3f}\t{EAST + (at % 4 in (1, 2)) * 50:.3f}" for at in range(900)
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _entities(path: Path) -> Path:
    row = "<Placemark><name>&a;</name><Point><coordinates>105,21</coordinates></Point></Placemark>"
    path.write_text(f'<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "b">]><kml>{row * 500}</kml>', encoding="utf-8")
    return path


def _wide(path: Path) -> Path:
    path.write_bytes(text(path.with_suffix(".txt")).read_text("utf-8").encode("utf-16"))
    return path


def _broken(path: Path) -> Path:
    path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 20_000)
    return path


@pytest.mark.parametrize(
    ("name", "make"), [("a.csv", _corners), ("b.kml", _entities), ("c.csv", _wide), ("d.gpkg", _broken)]
)
def test_where_a_part_says_nothing_there_is_none(tmp_path: Path, name: str, make: Callable[[Path], Path]) -> None:
    assert glance(make(tmp_path / name)) == ()


@given(st.lists(st.sampled_from(["\\", "\\u0000", "u0000", "x", '"']), max_size=20))
def test_a_nul_in_a_text_is_shown_and_nothing_else_changes(texts: list[str]) -> None:
    import re
    import tempfile

    from exchange.staging import _show_nul

    data = "".join(texts).encode() + b"|"
    wanted = re.sub(rb"(?<!\\)((?:\\\\)*)\\u0000", rb"\1\\u200b", data)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        path.write_bytes(data)
        _show_nul(path)
        assert path.read_bytes() == wanted
