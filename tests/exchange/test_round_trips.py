"""What is written in a format is read back as it was, as far as the format can hold it; docs say how far that is."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.errors import AppError
from exchange.decoding import decode_columns
from exchange.out_formats import FORMATS, OutChoices
from exchange.out_layer import Drawn
from exchange.reading import read_table
from exchange.short_names import short_names
from exchange.table import Table
from exchange.workbook_rows import read_workbook
from exchange.writing import OutLayer, write_layers
from geodesy.datum import transform_geometries
from geodesy.grid import on_grid
from geodesy.numbers import parse_number
from geodesy.systems import VN2000_GEOGRAPHIC, WGS84, CoordinateSystem, tm_system

ZONE = tm_system(106.0)
SHAPE_KINDS = ("point", "line", "polygon")
THERE_AND_BACK_M = 0.0003  # through WGS 84: degrees to nine decimals
LONG_NAME = "carriageway_width_m_measured_in_the_field"
NAMES = ("uid", "name", "lanes", "width_m", "lit", "built_on", LONG_NAME, LONG_NAME + "_2")

letters = st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp", "Cn", "Co", "Cf"])
vietnamese = st.sampled_from(
    ["Đường Nguyễn Huệ", "ấp Bắc; khu 2", 'Xã "Bắc Quang"', "ĐƯỜNG TỈNH 183", "m², 30°", "a,b"]
)
texts = st.one_of(vietnamese, st.text(letters, max_size=30)).map(lambda text: " ".join(text.split()))
plain_texts = texts.filter(lambda text: not set(text) & set("=+-@'") and text.strip('"') == text)
metres = st.integers(0, 500_000).map(lambda steps: steps / 10_000)


@st.composite
def shapes_of(draw: st.DrawFn, kind: str) -> shapely.Geometry:
    east, north = 385_000 + draw(metres), 2_481_000 + draw(metres)
    width, height = 1 + draw(metres), 1 + draw(metres)
    if kind == "point":
        return shapely.Point(east, north)
    if kind == "line":
        return shapely.LineString([(east, north), (east + width, north + height), (east + 2 * width, north)])
    outline = shapely.box(east, north, east + width, north + height)
    hole = shapely.box(east + 0.2, north + 0.2, east + 0.5, north + 0.5)
    return shapely.Polygon(outline.exterior, [hole.exterior]) if draw(st.booleans()) else outline


@st.composite
def layers(draw: st.DrawFn, text: st.SearchStrategy[str] = texts) -> OutLayer:
    kind, count = draw(st.sampled_from(SHAPE_KINDS)), draw(st.integers(3, 8))

    def column(cells: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(st.one_of(st.none(), cells), min_size=count, max_size=count))

    columns = {
        "uid": [f"u{place}" for place in range(count)],
        "name": [cell or None for cell in column(text)],
        "lanes": column(st.integers(-99_999, 99_999)),
        "width_m": column(st.integers(-(10**9), 10**9).map(lambda steps: steps / 10_000)),
        "lit": column(st.booleans()),
        "built_on": column(st.dates(date(1900, 3, 1), date(2100, 1, 1)).map(lambda day: day.isoformat())),
        LONG_NAME: column(st.integers(0, 9).map(float)),
        LONG_NAME + "_2": [cell or None for cell in column(text)],
    }
    shapes = np.empty(count, dtype=object)
    shapes[:] = on_grid(np.array([draw(shapes_of(kind)) for _ in range(count)], dtype=object))
    types = {"lanes": "integer", "width_m": "number", "lit": "boolean", "built_on": "date", LONG_NAME: "number"}
    return OutLayer("lớp", columns, shapes, ZONE, types)  # type: ignore[arg-type]


def there_and_back(layer: OutLayer, key: str, look: Callable[[Table], None], **choices: Any) -> None:
    with TemporaryDirectory() as folder:
        [path] = write_layers(Path(folder) / f"a{FORMATS[key].suffix}", key, [layer], choices=OutChoices(**choices))
        look(read_table(path))


def same_shapes(table: Table, layer: OutLayer, tolerance: float = 0.0) -> None:
    """The same places, on the grid on which they are stored; a ring may begin elsewhere and turn the other way."""
    assert table.geometries is not None
    assert table.declared is not None
    back = on_grid(transform_geometries(table.geometries, table.declared, ZONE))
    for ours, theirs in zip(layer.geometries, back, strict=True):
        one = shapely.get_parts(theirs)[0] if ours.geom_type != theirs.geom_type else theirs
        if tolerance:
            assert shapely.hausdorff_distance(ours, one) <= tolerance
        else:
            assert shapely.equals_exact(shapely.normalize(ours), shapely.normalize(one), 0.0)


def says(cell: Any, wanted: Any) -> bool:
    """Whether a cell that is read means the value that was written, text or not."""
    if wanted is None or cell is None:
        return cell is None and (wanted is None)
    if isinstance(wanted, bool):
        return str(cell).lower() in (("true", "1") if wanted else ("false", "0"))
    if isinstance(wanted, int | float):
        number = parse_number(cell, ".") if isinstance(cell, str) else float(cell)
        return number == wanted
    return (
        str(cell)[:10] == wanted if len(wanted) == 10 and wanted[4:5] == "-" and wanted[7:8] == "-" else cell == wanted
    )


def same_columns(
    table: Table, layer: OutLayer, names: dict[str, str] | None = None, without: tuple[str, ...] = ()
) -> None:
    for name, cells in layer.columns.items():
        if name not in without:
            found = table.columns[(names or {}).get(name, name)]
            assert all(map(says, found, cells)), (name, found, cells)


QUICK = settings(  # each example starts two processes: a few large ones, and none made smaller
    max_examples=2,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@QUICK
@given(layers())
@pytest.mark.parametrize("key", ["gpkg", "fgb"])
def test_geopackage_and_flatgeobuf_keep_everything(key: str, layer: OutLayer) -> None:
    def look(table: Table) -> None:
        same_columns(table, layer)
        same_shapes(table, layer)

    there_and_back(layer, key, look)


@QUICK
@given(layers())
def test_geojson_keeps_everything_in_wgs84(layer: OutLayer) -> None:
    def look(table: Table) -> None:
        assert table.declared == WGS84
        same_columns(table, layer)
        same_shapes(table, layer, THERE_AND_BACK_M)

    there_and_back(layer, "geojson", look)


@QUICK
@given(layers())
def test_a_shapefile_keeps_all_under_short_names(layer: OutLayer) -> None:
    def look(table: Table) -> None:
        names = short_names(list(layer.columns))
        assert set(names.values()) == set(table.columns)
        same_columns(table, layer, names)
        same_shapes(table, layer)

    there_and_back(layer, "shp", look)


@QUICK
@given(layers(vietnamese))
def test_a_shapefile_in_tcvn3_is_read_back_by_the_text_doctor(layer: OutLayer) -> None:
    def look(table: Table) -> None:
        names = short_names(list(layer.columns))
        decoded = decode_columns(table, "tcvn3")
        for name in ("name", LONG_NAME + "_2"):
            assert decoded.columns[names[name]] == layer.columns[name]
        same_shapes(table, layer)

    there_and_back(layer, "shp", look, encoding="tcvn3")


@QUICK
@given(layers())
@pytest.mark.parametrize("key", ["tab", "mif"])
def test_mapinfo_keeps_values_zone_and_the_tenth_of_a_millimetre(key: str, layer: OutLayer) -> None:
    def look(table: Table) -> None:
        assert table.declared == ZONE
        same_columns(table, layer, short_names(list(layer.columns), 31))
        same_shapes(table, layer)

    there_and_back(layer, key, look)


@QUICK
@given(layers(plain_texts))
@pytest.mark.parametrize("decimal", [".", ","])
def test_a_csv_keeps_values_and_places(decimal: str, layer: OutLayer) -> None:
    with TemporaryDirectory() as folder:
        [path] = write_layers(Path(folder) / "a.csv", "csv", [layer], choices=OutChoices(decimal=decimal))  # type: ignore[arg-type]
        table = read_table(path)
        lines = path.read_text("utf-8-sig").splitlines()
    assert (";" in lines[0]) == (decimal == ",")
    for name in ("lanes", "width_m", LONG_NAME):
        found = [None if cell is None else parse_number(str(cell), decimal) for cell in table.columns[name]]  # type: ignore[arg-type]
        assert found == layer.columns[name]
    for name in ("name", "lit", "built_on"):
        assert all(map(says, table.columns[name], layer.columns[name])), (table.columns[name], layer.columns[name])
    assert table.geometries is not None
    assert layer.geometries is not None
    back = [shapely.normalize(shape) for shape in table.geometries]
    assert [one.equals(shapely.normalize(two)) for one, two in zip(back, layer.geometries, strict=True)]


@QUICK
@given(layers())
def test_a_workbook_keeps_values_typed(layer: OutLayer) -> None:
    with TemporaryDirectory() as folder:
        [path] = write_layers(Path(folder) / "a.xlsx", "xlsx", [layer])
        [rows] = read_workbook(path).values()
    names = [str(name) for name in rows[0]]
    for name, cells in layer.columns.items():
        place = names.index(name)
        found = [row[place] if place < len(row) else None for row in rows[1:]]
        if name == "built_on":
            continue  # a day is the number that Excel counts
        assert all(map(says, found, cells)), (name, found, cells)


@QUICK
@given(layers())
def test_kml_keeps_values_and_places(layer: OutLayer) -> None:
    def look(table: Table) -> None:
        read = {name.lower(): cells for name, cells in table.columns.items()}  # the name of a placemark is its Name
        for name, cells in layer.columns.items():
            found = [cell if cell != "" else None for cell in read.get(name.lower(), [None] * len(cells))]
            assert all(map(says, found, cells)), (name, found, cells)
        same_shapes(table, layer, THERE_AND_BACK_M)

    there_and_back(layer, "kml", look)


@QUICK
@given(layers())
def test_a_drawing_keeps_lines_layers_and_labels(layer: OutLayer) -> None:
    assert layer.geometries is not None
    count = len(layer.geometries)
    drawn = Drawn(["QHDH_DAT_O"] * count, ["Ô OM-12: đất ở"] * count, {"QHDH_DAT_O": 42})

    def look(table: Table) -> None:
        assert table.geometries is not None
        texts = [place for place, text in enumerate(table.columns["Text"]) if text]
        said = [
            re.sub(r"\\U\+([0-9A-F]{4})", lambda code: chr(int(code[1], 16)), table.columns["Text"][one])
            for one in texts
        ]
        assert said == ["Ô OM-12: đất ở"] * count
        assert {table.columns["Layer"][place] for place in texts} == {"QHDH_DAT_O_CHU"}
        rest = [place for place in range(len(table)) if place not in texts]
        assert {table.columns["Layer"][place] for place in rest} == {"QHDH_DAT_O"}
        wanted = []
        for shape in layer.geometries:  # type: ignore[union-attr]
            rings = (shape.exterior, *shape.interiors) if shape.geom_type == "Polygon" else (shape,)
            wanted += [shapely.get_coordinates(ring) for ring in rings]
        for place, xy in zip(rest, wanted, strict=True):
            assert np.array_equal(shapely.get_coordinates(table.geometries[place]), xy)

    there_and_back(OutLayer(layer.name, layer.columns, layer.geometries, ZONE, layer.types, drawn=drawn), "dxf", look)


SYSTEMS = (tm_system(105.5), tm_system(105.25), tm_system(105.0, 6), WGS84, VN2000_GEOGRAPHIC)


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda one: one.id)
@pytest.mark.parametrize("key", ["gpkg", "shp", "tab", "mif", "fgb"])
def test_every_zone_is_said_and_read_again(key: str, system: CoordinateSystem, tmp_path: Path) -> None:
    shape = np.array([shapely.Point(385_544.2869, 2_481_302.9256), None], dtype=object)
    layer = OutLayer("p", {"n": [1, 2]}, transform_geometries(shape, ZONE, system), system)
    [path] = write_layers(tmp_path / f"a{FORMATS[key].suffix}", key, [layer])
    table = read_table(path)
    assert table.declared == system
    assert table.geometries is not None
    back = transform_geometries(table.geometries, system, ZONE)
    assert shapely.distance(back[0], shape[0]) < (THERE_AND_BACK_M if system.kind == "geographic" else 0.0002)
    assert back[1] is None


def refused(key: str, layer: OutLayer, tmp_path: Path, **choices: Any) -> AppError:
    with pytest.raises(AppError) as caught:
        write_layers(tmp_path / f"a{FORMATS[key].suffix}", key, [layer], choices=OutChoices(**choices))
    assert "{" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
    return caught.value


def test_nothing_is_cut_and_no_letter_is_exchanged(tmp_path: Path) -> None:
    point = np.array([shapely.Point(1, 2)], dtype=object)
    long = OutLayer("p", {"note": ["ấ" * 90]}, point, ZONE)
    for key in ("shp", "tab", "mif"):
        error = refused(key, long, tmp_path)
        assert (error.code, error.context["length"], error.context["most"]) == ("EXPORT-TEXT-LONG", 270, 254)
    [path] = write_layers(tmp_path / "a.shp", "shp", [long], choices=OutChoices(encoding="tcvn3"))  # a byte a letter
    assert {one.suffix for one in tmp_path.iterdir()} == {".shp", ".shx", ".dbf", ".prj"}
    assert b"\xca" * 90 in path.with_suffix(".dbf").read_bytes()
    for one in tmp_path.iterdir():
        one.unlink()
    strange = OutLayer("p", {"note": ["Đường → chợ"]}, point, ZONE)
    error = refused("shp", strange, tmp_path, encoding="tcvn3")
    assert (error.code, error.context["letter"]) == ("EXPORT-LETTER", "→")
    assert refused("gpkg", strange, tmp_path, encoding="tcvn3").code == "EXPORT-ENCODING"


@given(st.lists(st.text(min_size=1, max_size=40), unique=True, max_size=30), st.sampled_from([10, 31]))
def test_short_names_are_short_and_apart(names: list[str], most: int) -> None:
    found = short_names(names, most)
    assert list(found) == names
    assert all(len(name.encode()) <= most for name in found.values())
    assert all(found[name] == name for name in names if len(name.encode()) <= most)
    long = [found[name].casefold() for name in names if len(name.encode()) > most]
    assert len(set(long)) == len(long)
