"""Drawings read: every release, curves, blocks, texts of every font, and what is made to harm."""

import math
from collections import Counter
from pathlib import Path
from typing import Any

import ezdxf
import numpy as np
import pytest
import shapely

from core.errors import UserError
from exchange.reading import Table, inspect_file, read_table
from exchange.sandbox import Limits
from tests.exchange.drawing_samples import NAME, RELEASES, TCVN3, VNI, draw, style


def rows_of(table: Table, entity: str) -> list[dict[str, Any]]:
    """The rows of one kind of entity, with their geometry."""
    return [
        {**{key: cells[place] for key, cells in table.columns.items()}, "shape": table.geometries[place]}
        for place in range(len(table))
        if table.columns["Entity"][place] == entity
    ]


def texts_of(table: Table) -> list[str]:
    return [text for text in table.columns["Text"] if text]


def everything(document: Any, model: Any) -> None:
    style(document, "VNT", ".VnTime.ttf")
    document.layers.add("TIM_ĐƯỜNG", color=3)
    if document.dxfversion > "AC1009":
        model.add_lwpolyline([(0, 0), (10, 0), (10, 5)], dxfattribs={"layer": "TIM_ĐƯỜNG"})
    else:
        model.add_polyline2d([(0, 0), (10, 0), (10, 5)], dxfattribs={"layer": "TIM_ĐƯỜNG"})
    model.add_line((1, 2, 3), (4, 5, 6), dxfattribs={"layer": "TIM_ĐƯỜNG", "color": 1})
    model.add_point((7, 8, 9.5))
    model.add_text(TCVN3, dxfattribs={"style": "VNT", "insert": (1, 1), "rotation": 30, "height": 2.5})


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
@pytest.mark.parametrize("release", RELEASES)
def test_every_release(tmp_path: Path, release: str, binary: bool) -> None:
    path = draw(tmp_path / "bản vẽ.dxf", everything, release, binary=binary)
    table = read_table(path)
    assert table.rejected == table.warnings == ()
    kinds = Counter(table.columns["Entity"])
    assert kinds == {"POLYLINE" if release == "R12" else "LWPOLYLINE": 1, "LINE": 1, "POINT": 1, "TEXT": 1}
    assert texts_of(table) == [NAME]
    [line] = rows_of(table, "LINE")
    assert (line["Layer"], line["Colour"]) == ("TIM_ĐƯỜNG", "1")
    assert line["shape"].equals_exact(shapely.LineString([(1, 2), (4, 5)]), 0)
    [bent] = rows_of(table, "POLYLINE" if release == "R12" else "LWPOLYLINE")
    assert bent["Colour"] == "3", "the layer's own"
    assert bent["shape"].equals_exact(shapely.LineString([(0, 0), (10, 0), (10, 5)]), 0)
    [text] = rows_of(table, "TEXT")
    assert (text["Angle"], text["Size"], text["Font"]) == (30.0, 2.5, ".VnTime.ttf")
    summary = inspect_file(path).drawing
    assert summary is not None
    assert {layer.name: layer.count for layer in summary.layers} == {"TIM_ĐƯỜNG": 2, "0": 2}
    assert [(item.name, item.encoding, item.samples) for item in summary.styles] == [("VNT", "tcvn3", (NAME,))]
    assert summary.units_m == (None if release == "R12" else 1.0)


@pytest.mark.parametrize(
    ("font", "raw", "expected"),
    [
        (".VnTime", TCVN3, NAME),
        (".VnTimeH", TCVN3, NAME.upper()),
        (".VnArialH.ttf", "xãm §«ng", "XÓM ĐÔNG"),
        ("VNI-Times.ttf", VNI, NAME),
        ("arial.ttf", NAME, NAME),
        (".VnTime", "èng %%c200 %%p5 20%%d", "ống Ø200 ±5 20°"),
        ("arial.ttf", "%%uM\\U+1ED1c%%u 100%%%", "Mốc 100%"),
    ],
)
@pytest.mark.parametrize("release", ["R2000", "R2018"])
def test_texts_are_read_by_their_font(tmp_path: Path, release: str, font: str, raw: str, expected: str) -> None:
    def work(document: Any, model: Any) -> None:
        style(document, "S", font)
        model.add_text(raw, dxfattribs={"style": "S", "insert": (1, 1)})

    [text] = rows_of(read_table(draw(tmp_path / "a.dxf", work, release)), "TEXT")
    assert text["Text"] == expected


def test_a_text_of_an_unknown_font_is_read_by_its_words(tmp_path: Path) -> None:
    def work(document: Any, model: Any) -> None:
        style(document, "CHU", "chu_la.shx")
        for place in range(6):
            model.add_text(TCVN3, dxfattribs={"style": "CHU", "insert": (place, 1)})

    table = read_table(draw(tmp_path / "a.dxf", work, "R2000"))
    assert texts_of(table) == [NAME] * 6
    assert set(table.columns["Text_raw"]) == {TCVN3}


def test_formatted_text_loses_its_formats_and_nothing_else(tmp_path: Path) -> None:
    raw = "{\\f.VnTimeH|b0|i0|c0|p2;\\C1;th«n} \\fArial|b0;Minh T\\U+00E2m\\P{\\H2.5x;S\\~= \\S1#2; ha}\\pxi-3; %%c"

    def work(document: Any, model: Any) -> None:
        style(document, "U", "arial.ttf")
        model.add_mtext(raw, dxfattribs={"style": "U", "insert": (1, 1), "attachment_point": 5, "rotation": 90})

    [text] = rows_of(read_table(draw(tmp_path / "a.dxf", work)), "MTEXT")
    assert text["Text"] == "THÔN Minh Tâm S = 1/2 ha Ø"
    assert (text["Align"], text["Angle"]) == ("CM", 90.0)
    assert text["Text_raw"].startswith("{\\f.VnTimeH")


def test_curves_keep_within_5_mm(tmp_path: Path) -> None:
    def work(_: Any, model: Any) -> None:
        model.add_arc((0, 0), 100, 0, 90)
        model.add_circle((500, 0), 50)
        model.add_lwpolyline([(0, 0, 1), (10, 0, 0)], format="xyb")
        model.add_ellipse((0, 0), (20, 0), 0.5)
        model.add_spline([(0, 0), (5, 5), (10, 0)])

    table = read_table(draw(tmp_path / "a.dxf", work))
    [arc], [circle] = rows_of(table, "ARC"), rows_of(table, "CIRCLE")
    assert abs(arc["shape"].length - 50 * math.pi) < 0.05
    assert arc["shape"].coords[0] == pytest.approx((100, 0))
    assert circle["shape"].is_closed
    middles = [
        shapely.Point(500, 0).distance(shapely.LineString(pair))
        for pair in zip(circle["shape"].coords, circle["shape"].coords[1:], strict=False)
    ]
    assert 50 - min(middles) < 0.005
    [bulge] = rows_of(table, "LWPOLYLINE")
    assert bulge["shape"].length == pytest.approx(5 * math.pi, abs=0.02)
    assert len(rows_of(table, "ELLIPSE")) == len(rows_of(table, "SPLINE")) == 1


def test_a_hatch_is_an_area_with_its_holes(tmp_path: Path) -> None:
    def work(_: Any, model: Any) -> None:
        hatch = model.add_hatch()
        for ring in ([(0, 0), (10, 0), (10, 10), (0, 10)], [(2, 2), (4, 2), (4, 4)], [(20, 0), (30, 0), (30, 5)]):
            hatch.paths.add_polyline_path(ring, is_closed=True)

    areas = [row["shape"] for row in rows_of(read_table(draw(tmp_path / "a.dxf", work)), "HATCH")]
    assert sorted(area.area for area in areas) == [25, 98]
    assert sorted(len(area.interiors) for area in areas) == [0, 1]


def test_blocks_stand_where_ezdxf_puts_them(tmp_path: Path) -> None:
    """Nested, turned, mirrored, scaled, in rows and columns: compared with ezdxf's own way of drawing them out."""

    def work(document: Any, model: Any) -> None:
        inner = document.blocks.new("TRONG", base_point=(1, 1))
        inner.add_line((0, 0), (3, 1), dxfattribs={"layer": "0"})
        outer = document.blocks.new("NGOAI", base_point=(2, 0))
        outer.add_blockref("TRONG", (5, 5), dxfattribs={"rotation": 30, "xscale": -2, "yscale": 0.5})
        outer.add_line((0, 0), (1, 0), dxfattribs={"layer": "RIENG"})
        model.add_blockref(
            "NGOAI", (100, 50), dxfattribs={"rotation": 70, "xscale": 3, "yscale": 3, "zscale": 3, "layer": "CHEN"}
        )
        model.add_blockref("NGOAI", (10, 20), dxfattribs={"extrusion": (0, 0, -1), "rotation": 15, "layer": "CHEN"})
        grid = {"row_count": 2, "column_count": 3, "row_spacing": 7, "column_spacing": 11, "rotation": 20, "xscale": 2}
        model.add_blockref("TRONG", (0, 0), dxfattribs={**grid, "layer": "CHEN"})

    path = draw(tmp_path / "a.dxf", work)
    table = read_table(path)
    found = rows_of(table, "LINE")
    expected: list[Any] = []

    def walk(entities: Any) -> None:
        for entity in entities:
            if entity.dxftype() == "INSERT":
                for single in entity.multi_insert() if entity.mcount > 1 else [entity]:
                    walk(single.virtual_entities())
            else:
                expected.append(shapely.LineString([entity.dxf.start.vec2, entity.dxf.end.vec2]))

    walk(ezdxf.readfile(path).modelspace())
    assert len(found) == len(expected) == 10
    key = lambda line: tuple(np.round(shapely.get_coordinates(line).ravel(), 6))  # noqa: E731
    assert sorted(key(row["shape"]) for row in found) == sorted(map(key, expected))
    assert Counter(row["Layer"] for row in found) == {"CHEN": 8, "RIENG": 2}
    assert Counter(row["Block"] for row in found) == {"NGOAI": 4, "TRONG": 6}
    assert len(rows_of(table, "INSERT")) == 3


def test_attributes_of_a_block_come_with_its_point(tmp_path: Path) -> None:
    def work(document: Any, model: Any) -> None:
        style(document, "VNT", ".VnTime")
        document.blocks.new("HO_GA").add_circle((0, 0), 0.5)
        insert = model.add_blockref("HO_GA", (10, 20))
        insert.add_attrib("TEN", "Hè ga sè 5", (11, 20), dxfattribs={"style": "VNT"})

    [insert] = rows_of(read_table(draw(tmp_path / "a.dxf", work)), "INSERT")
    assert insert["Attributes"] == '{"TEN": "Hố ga số 5"}'
    assert insert["shape"].equals(shapely.Point(10, 20))


def bomb(document: Any, model: Any) -> None:
    """Ten blocks, each ten times the one before: ten thousand million lines."""
    document.blocks.new("B0").add_line((0, 0), (1, 1))
    for depth in range(1, 11):
        block = document.blocks.new(f"B{depth}")
        for place in range(10):
            block.add_blockref(f"B{depth - 1}", (place, depth))
    model.add_blockref("B10", (5, 5))
    model.add_line((0, 0), (1, 0))


def test_a_block_bomb_is_its_point_and_a_word(tmp_path: Path) -> None:
    table = read_table(draw(tmp_path / "a.dxf", bomb), limits=Limits(memory_bytes=1 << 30, seconds=60))
    assert Counter(table.columns["Entity"]) == {"INSERT": 1, "LINE": 1}
    [warning] = table.warnings
    assert (warning.code, warning.context["count"]) == ("DRAWING-BLOCK-LARGE", 10**10)
    assert "10000000000" in warning.text("en").replace(",", "").replace(" ", "")


def test_a_block_that_holds_itself(tmp_path: Path) -> None:
    def work(document: Any, model: Any) -> None:
        one, two = document.blocks.new("A"), document.blocks.new("B")
        one.add_blockref("B", (0, 0))
        two.add_blockref("A", (1, 0))
        model.add_blockref("A", (5, 5))

    table = read_table(draw(tmp_path / "a.dxf", work))
    assert [row["Block"] for row in rows_of(table, "INSERT")] == ["A"]
    assert [warning.code for warning in table.warnings] == ["DRAWING-BLOCK-RECURSIVE"]


def test_layouts_dimensions_and_missing_blocks(tmp_path: Path) -> None:
    def work(document: Any, model: Any) -> None:
        document.paperspace().add_text("Khung tên")
        model.add_blockref("KHONG_CO", (1, 1))
        model.add_linear_dim(base=(0, 2), p1=(0, 0), p2=(3, 0)).render()
        model.add_line((0, 0), (1, 0))

    path = draw(tmp_path / "a.dxf", work)
    table = read_table(path)
    assert Counter(table.columns["Entity"]) == {"INSERT": 1, "LINE": 1, "DIMENSION": 1}
    assert [(item.code, item.value) for item in table.warnings] == [("DRAWING-BLOCK-MISSING", "KHONG_CO")]
    summary = inspect_file(path).drawing
    assert summary is not None
    assert summary.left_out == {}
    assert summary.paper >= 1


def test_one_broken_entity_does_not_spoil_the_drawing(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.dxf", everything, "R2000")
    text = path.read_bytes().replace(b" 10\n1.0\n 20\n2.0\n", b" 10\nkhong\n 20\n2.0\n", 1)
    path.write_bytes(text)
    table = read_table(path)
    assert Counter(table.columns["Entity"]) == {"LWPOLYLINE": 1, "POINT": 1, "TEXT": 1}
    assert [(item.code, item.value) for item in table.warnings] == [("DRAWING-ENTITY-BROKEN", "LINE")]


def test_only_the_layers_asked_for_are_read(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.dxf", everything)
    assert set(read_table(path, drawing_layers=["TIM_ĐƯỜNG"]).columns["Layer"]) == {"TIM_ĐƯỜNG"}


@pytest.mark.parametrize("name", ["thửa đất.dwg", "doi_ten.dxf", "doi_ten.dgn"])
@pytest.mark.parametrize(("sign", "year"), [(b"AC1015", "2000"), (b"AC1032", "2018"), (b"AC1018", "2004")])
def test_a_dwg_is_answered_with_a_way_out(tmp_path: Path, name: str, sign: bytes, year: str) -> None:
    path = tmp_path / name
    path.write_bytes(sign + b"\0" * 200)
    with pytest.raises(UserError, match="DXF") as caught:
        inspect_file(path)
    assert (caught.value.code, caught.value.context["version"]) == ("FILE-DWG", year)


def test_a_dgn_of_version_8_is_answered_with_a_way_out(tmp_path: Path) -> None:
    path = tmp_path / "ban_ve.dgn"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    with pytest.raises(UserError, match="MicroStation") as caught:
        read_table(path)
    assert caught.value.code == "FILE-DGN8"


def test_a_large_drawing_is_counted_while_it_is_read(tmp_path: Path) -> None:
    """The first counts come after 8 MB, the last are the whole."""

    def work(_: Any, model: Any) -> None:
        model.add_line((0, 0), (1, 1), dxfattribs={"layer": "TIM"})

    path = draw(tmp_path / "a.dxf", work, "R12")
    content = path.read_bytes()
    line = b"  0\nLINE\n  8\nTIM\n 10\n1.5\n 20\n2.5\n 11\n3.5\n 21\n4.5\n"
    head, tail = content.split(b"  0\nLINE\n", 1)
    rest = tail[tail.index(b"  0\nENDSEC\n") :]
    many = 220_000
    path.write_bytes(head + line * many + rest)
    counted: list[int] = []
    found = inspect_file(path, partly=lambda summary: counted.append(sum(layer.count for layer in summary.layers)))
    assert found.drawing is not None
    assert found.drawing.layers[0].count == many
    assert counted[-1] == many
    assert 0 < counted[0] < many
    assert counted == sorted(counted)
