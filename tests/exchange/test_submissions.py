"""Phone exports as tables: quoted cells, strange columns, places as phones write them."""

from pathlib import Path

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from core.errors import AppError
from exchange.quoted_rows import parse_quoted
from exchange.reading import read_quoted, read_table
from exchange.submission_places import column_of_places, degrees_columns, place_of
from exchange.submissions import flatten, read_submissions
from forms.loader import load_catalogue

CATALOGUE = load_catalogue()


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_a_cell_may_hold_line_ends_and_rows_count_as_a_spreadsheet_does(tmp_path: Path) -> None:
    text = '\ufeffname;note;KEY\r\n"a";"một\nhai; ""ba""";uuid:1\r\n\r\nb;uuid:2\r\nc;;uuid:3\r\n'
    table = read_quoted(write(tmp_path / "a.csv", text))
    assert table.columns == {"name": ["a", "c"], "note": ['một\nhai; "ba"', None], "KEY": ["uuid:1", "uuid:3"]}
    assert table.rows.tolist() == [2, 5]
    assert [(item.row, item.code) for item in table.rejected] == [(4, "ROW-SHORT")]


@pytest.mark.parametrize("data", [b"", b"\x00\x01", b"a;b\n" + b'"' + b"x" * (1 << 25), b"," * 9000])
def test_nonsense_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    with pytest.raises(AppError):
        read_quoted(path)


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00")), min_size=2, max_size=4)
    )
)
def test_any_text_is_read_or_refused(rows: list[list[str]]) -> None:
    text = "\n".join(",".join(cells) for cells in [["a", "b"], *rows])
    try:
        table = parse_quoted(text.encode(), "a.csv")
    except AppError:
        return
    assert {len(cells) for cells in table.columns.values()} == {len(table.rows)}


@pytest.mark.parametrize(
    ("text", "question", "wkt", "accuracy"),
    [
        ("21.5 105.25 10 4.5", "geopoint", "POINT (105.25 21.5)", 4.5),
        ("21.5 105.25", None, "POINT (105.25 21.5)", None),
        ("21.5 105.25 0 0", "geopoint", "POINT (105.25 21.5)", None),
        ("21 105 0 3; 22 106 0 9;", "geotrace", "LINESTRING (105 21, 106 22)", 9),
        ("21 105 0 1;22 106 0 1;21 106 0 1", "geoshape", "POLYGON ((105 21, 106 22, 106 21, 105 21))", 1),
        ("21 105;22 106;21 106;21 105", None, "POLYGON ((105 21, 106 22, 106 21, 105 21))", None),
    ],
)
def test_places(text: str, question: str | None, wkt: str, accuracy: float | None) -> None:
    place = place_of(text, question)
    assert shapely.equals_exact(place.shape, shapely.from_wkt(wkt))
    assert place.accuracy_m == accuracy


@pytest.mark.parametrize(
    ("text", "question"),
    [("", "geopoint"), ("105 nan", None), ("95 105 0 0", "geopoint"), ("21", None), ("21 105; 21 105", "geotrace"),
     ("21 105;22 106;21 105", "geoshape"), ("1 2 3 4 5", "geopoint"), ("hai ba", None)],
)  # fmt: skip
def test_no_places(text: str, question: str | None) -> None:
    with pytest.raises(ValueError, match=r".*"):
        place_of(text, question)


def test_a_point_may_be_told_in_columns() -> None:
    odk = {"g-at-Latitude": ["21.5", None], "g-at-Longitude": ["105.25", None], "g-at-Accuracy": ["4.5", None]}
    assert degrees_columns(odk, "at") == ("g-at-Latitude", ["21.5 105.25 0 4.5", None])
    kobo = {"_at_latitude": [21.5], "_at_longitude": [105.25], "_at_altitude": [7.0], "_at_precision": [3.0]}
    assert degrees_columns(kobo, "at") == ("_at_latitude", ["21.5 105.25 7.0 3.0"])
    assert degrees_columns(odk, "other") is None
    assert column_of_places({"codes": ["01144 01147"], "at": ["21.5 105.2 0 0", None]}) == "at"


def test_several_answers_one_a_column_or_by_their_words(tmp_path: Path) -> None:
    road = CATALOGUE.type("road_segment")
    codes = CATALOGUE.choice_list("communes")
    one, two = (codes.label(code, "vi") for code in ("00691", "00694"))
    text = f"affected_communes;_uuid\n{one} {two};a\n00694;b\n{one} lạ;c\n"
    found = read_submissions(read_quoted(write(tmp_path / "a.csv", text)), road, CATALOGUE)
    assert found.table.columns["affected_communes"] == ["00691;00694", "00694", f"{one} lạ"]
    text = f"affected_communes/00691;affected_communes/{two};_uuid\n1;0;a\n1;1;b\n0;0;c\n"
    found = read_submissions(read_quoted(write(tmp_path / "a.csv", text)), road, CATALOGUE)
    assert found.table.columns[found.mapping["affected_communes"]] == ["00691", "00691;00694", None]


def test_groups_of_a_geojson_are_spread_out(tmp_path: Path) -> None:
    text = (
        '{"type":"FeatureCollection","features":[{"type":"Feature","id":"uuid:0b54f1a8-0000-4000-8000-000000000001",'
        '"geometry":{"type":"LineString","coordinates":[[105,21],[105.1,21.1]]},'
        '"properties":{"sec_main":{"name":"Đường A","lanes":2},"x":"{"}}]}'
    )
    table = flatten(read_table(write(tmp_path / "a.geojson", text)))
    assert (table.columns["sec_main/name"], table.columns["sec_main/lanes"], table.columns["x"]) == (
        ["Đường A"],
        [2],
        ["{"],
    )
    found = read_submissions(table, CATALOGUE.type("road_segment"), CATALOGUE)
    assert found.identities == (("uuid:0b54f1a8-0000-4000-8000-000000000001",),)
    assert found.mapping["name"] == "sec_main/name"
    assert found.table.geometries is not None


def test_half_a_surrogate_pair_in_a_group_is_seen_and_not_kept(tmp_path: Path) -> None:
    table = read_quoted(write(tmp_path / "a.csv", 'sec;KEY\n"{""name"": ""a\\ud800b""}";uuid:1\n'))
    assert flatten(table).columns["sec/name"] == ["a\ufffdb"]
