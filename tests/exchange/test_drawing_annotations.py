"""Texts of a drawing that stand in no text entity: dimensions, leaders with a text, cells of tables."""

from pathlib import Path
from typing import Any

import pytest
import shapely
from ezdxf.math import Vec2
from ezdxf.render.mleader import ConnectionSide
from hypothesis import given
from hypothesis import strategies as st

from exchange.cad.annotations import read_cells, read_leader
from exchange.cad.entity import Entity
from exchange.cad.shapes import read_entity
from exchange.reading import inspect_file, read_table
from exchange.table import Table
from tests.exchange.drawing_samples import NAME, TCVN3, draw, style


def said(table: Table) -> list[tuple[str, str, str, tuple[float, float]]]:
    """Entity, layer, text and place of every row with a text."""
    assert table.geometries is not None
    columns = (table.columns[name] for name in ("Entity", "Layer", "Text"))
    rows = zip(*columns, shapely.get_coordinates(table.geometries).round(3).tolist(), strict=True)
    return [(entity, layer, text, tuple(place)) for entity, layer, text, place in rows if text]


@pytest.mark.parametrize("release", ["R12", "R2000", "R2010", "R2018"])
def test_a_dimension_is_the_text_that_it_shows(tmp_path: Path, release: str) -> None:
    def work(document: Any, model: Any) -> None:
        on = {"layer": "KICH_THUOC"}
        model.add_linear_dim(base=(0, 2), p1=(0, 0), p2=(3.25, 0), dxfattribs=on).render()
        model.add_linear_dim(base=(0, 9), p1=(0, 0), p2=(8, 0), text="Lộ giới <>", dxfattribs=on).render()

    table = read_table(draw(tmp_path / "a.dxf", work, release))
    texts = said(table)
    assert [(entity, layer) for entity, layer, *_ in texts] == [("DIMENSION", "KICH_THUOC")] * 2
    assert texts[0][2] in ("3,25", "325"), "as the dimension's style shows it"
    assert texts[1][2].startswith("Lộ giới 8")
    assert texts[0][3][0] == pytest.approx(1.625, abs=0.01), "in the middle of the dimension's line"
    assert set(table.columns["Entity"]) == {"DIMENSION"}, "its lines are no lines of the map"


def test_a_dimension_without_its_block_says_what_it_measures(tmp_path: Path) -> None:
    def work(document: Any, model: Any) -> None:
        for text in ("", "rộng <> m", " "):
            attributes = {"text": text, "actual_measurement": 12.5, "text_midpoint": (4, 5), "geometry": "*D99"}
            model.new_entity("DIMENSION", {**attributes, "dimtype": 32})

    assert [(text, place) for _, _, text, place in said(read_table(draw(tmp_path / "a.dxf", work)))] == [
        ("12.5", (4.0, 5.0)),
        ("rộng 12.5 m", (4.0, 5.0)),
    ]


def test_a_leader_names_what_its_arrow_points_at(tmp_path: Path) -> None:
    def work(document: Any, model: Any) -> None:
        style(document, "VNTIME", ".VnTime")
        leader = model.add_multileader_mtext("Standard")
        leader.set_content(f"{{\\f.VnTime;{TCVN3}}}", style="VNTIME")
        leader.add_leader_line(ConnectionSide.left, [Vec2(-30, -10)])
        leader.add_leader_line(ConnectionSide.right, [Vec2(60, 40)])
        leader.build(insert=Vec2(5, 5))
        model.add_leader([(0, 0), (3, 3)])

    path = draw(tmp_path / "a.dxf", work)
    table = read_table(path)
    texts = said(table)
    assert sorted((text, place) for _, _, text, place in texts) == [(NAME, (-30.0, -10.0)), (NAME, (60.0, 40.0))]
    assert {entity for entity, *_ in texts} == {"MULTILEADER"}
    summary = inspect_file(path).drawing
    assert summary is not None
    assert summary.left_out == {"LEADER": 1}, "its text is a text of its own"
    assert sum(layer.texts for layer in summary.layers) == 1


TABLE = """  0
ACAD_TABLE
  5
2FF
  8
BANG
  2
{block}
 10
100.0
 20
50.0
 30
0.0
 11
0.0
 21
1.0
 31
0.0
 91
2
 92
2
141
4.0
141
6.0
142
10.0
142
20.0
171
1
  1
STT
171
1
302
Diện tích
171
1
171
1
  1
1250,5
"""


def with_table(path: Path, block: str, work: Any = lambda *_: None) -> Path:
    """A drawing with a table, turned by a right angle, as CAD writes it."""
    draw(path, work, "R2007")
    text = path.read_text("utf-8")
    head, entities, rest = text.partition("ENTITIES\n")
    path.write_text(head + entities + TABLE.replace("{block}", block) + rest, "utf-8")
    return path


def test_cells_of_a_table_stand_in_their_cells(tmp_path: Path) -> None:
    assert said(read_table(with_table(tmp_path / "a.dxf", "*T9"))) == [
        ("ACAD_TABLE", "BANG", "STT", (102.0, 55.0)),
        ("ACAD_TABLE", "BANG", "Diện tích", (102.0, 70.0)),
        ("ACAD_TABLE", "BANG", "1250,5", (107.0, 70.0)),
    ]


def test_a_table_is_what_its_block_shows(tmp_path: Path) -> None:
    def work(document: Any, model: Any) -> None:
        block = document.blocks.new("*T1")
        block.add_line((0, 0), (30, 0))
        block.add_mtext("Bảng kê đất", dxfattribs={"insert": (7, -2)})

    table = read_table(with_table(tmp_path / "a.dxf", "*T1", work))
    assert said(table) == [("ACAD_TABLE", "BANG", "Bảng kê đất", (102.0, 57.0))]
    assert set(table.columns["Entity"]) == {"ACAD_TABLE"}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["1", "2", "10", "20", "30", "41", "141", "142", "171", "302", "304", "305"]),
            st.text("01-.{}LEADR_IN", max_size=12),
        ),
        max_size=30,
    )
)
def test_nothing_in_a_record_makes_more_of_it_than_an_error(pairs: list[tuple[str, str]]) -> None:
    body = "".join(f"{code:>3}\n{value}\n" for code, value in pairs).encode()
    for name in ("DIMENSION", "MULTILEADER", "ACAD_TABLE"):
        try:
            read_entity((name, body), (), lambda raw: raw.decode("utf-8"))
        except ValueError:
            continue


def test_a_table_of_a_million_cells_is_not_made_up() -> None:
    body = b" 2\n*T1\n" + b"141\n1.0\n142\n1.0\n" * 2000 + b"171\n1\n  1\nx\n"
    [shown] = read_cells(Entity(("ACAD_TABLE", body), (), bytes.decode))
    assert shown.own == []  # type: ignore[union-attr]


def test_a_leader_without_a_text_is_none() -> None:
    assert (
        read_leader(
            Entity(("MULTILEADER", b"304\nLEADER_LINE{\n 10\n1.0\n 20\n2.0\n 30\n0.0\n305\n}\n"), (), bytes.decode)
        )
        == []
    )
