"""Starting and opening a register: for any commune, and never half."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import shapely
from sqlcipher3 import dbapi2

from core.clock import utc_now
from core.errors import EnvironmentFault, UserError
from core.resources import resource_path
from forms.administration import load_communes
from forms.record import Actor, State
from geodesy.datum import transform_xy
from geodesy.systems import WGS84
from services.editing import insert_record
from services.reading import count_by_type, fetch_boundary, fetch_neighbours, fetch_record
from services.workspaces import create_desk, home_system, load_boundary, open_desk, set_boundary
from tests.services.conftest import MakeDesk
from tests.services.desks import (
    AN,
    COMMUNE,
    HOME,
    SAMPLE,
    FakeClock,
    file_bytes,
    open_again,
    refused,
    sample_line,
    sample_xy,
)

OUTLINE = SAMPLE / "ranh_gioi_xa.geojson"


def begin(folder: Path, commune: str = COMMUNE, **more: object) -> None:
    create_desk(folder, commune, actor=AN, clock=FakeClock(), **more).close()  # type: ignore[arg-type]


def test_every_commune_has_a_zone_to_store_in() -> None:
    communes = load_communes()
    assert len(communes) == 3321
    systems = {code: home_system(commune) for code, commune in communes.items()}
    assert all(system.epsg and system.width == 3 for system in systems.values())
    assert systems[COMMUNE] == HOME


@pytest.mark.parametrize("text", [COMMUNE, "bac quang", "Xã Bắc Quang"])
def test_a_register_by_code_or_name(tmp_path: Path, text: str) -> None:
    with create_desk(tmp_path / "Sổ xã Bắc Quang", text, axis=105.5, actor=AN, clock=FakeClock()) as desk:
        assert (desk.commune.code, desk.commune.province_name) == (COMMUNE, "Tuyên Quang")
        assert (desk.workspace.info.epsg, desk.workspace.info.axis) == (9211, 106.0)
        assert desk.workspace.info.display_axis == 105.5, "for display and entry alone"
        assert fetch_boundary(desk) is None
        assert fetch_neighbours(desk) == {}
        assert set(count_by_type(desk)) == set(desk.catalogue.types)


def test_a_name_of_several_communes_needs_the_province(tmp_path: Path) -> None:
    error = refused("COMMUNE-AMBIGUOUS", lambda: begin(tmp_path / "a", "tan lap"))
    assert len(error.context["candidates"]) > 1  # type: ignore[arg-type]
    assert not (tmp_path / "a").exists()
    one = next(commune for commune in load_communes().values() if commune.name == "Tân Lập")
    with create_desk(tmp_path / "a", "tan lap", province=one.province_name, actor=AN, clock=FakeClock()) as desk:
        assert desk.commune == one


@pytest.mark.parametrize(
    ("text", "code"),
    [("99999", "COMMUNE-UNKNOWN"), ("", "COMMUNE-UNKNOWN"), ("xã không có", "COMMUNE-UNKNOWN")],
)
def test_a_wrong_commune_makes_nothing(tmp_path: Path, text: str, code: str) -> None:
    refused(code, lambda: begin(tmp_path / "a", text))
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_province_makes_nothing(tmp_path: Path) -> None:
    refused("PROVINCE-UNKNOWN", lambda: begin(tmp_path / "a", "bac quang", province="Xứ Nghệ"))
    assert list(tmp_path.iterdir()) == []


def test_the_outline_is_in_the_communes_zone(sample_template: Path, open_copy: MakeDesk) -> None:
    desk = open_copy(sample_template)
    outline = fetch_boundary(desk)
    assert outline is not None
    assert desk.workspace.info.boundary_source == "ranh_gioi_xa.geojson"
    west, south, east, north = outline.bounds
    assert (east - west, north - south) == pytest.approx((12_000, 9_500), abs=1_500)
    assert shapely.contains_xy(outline, *sample_xy([(0, 0)])[0])


def test_the_neighbours_come_along(real_template: Path, open_copy: MakeDesk) -> None:
    desk = open_copy(real_template)
    outline, neighbours = fetch_boundary(desk), fetch_neighbours(desk)
    assert 4 <= len(neighbours) <= 12
    assert COMMUNE not in neighbours
    assert all(shapely.dwithin(near, outline, 200) for near in neighbours.values())
    assert {load_communes()[code].province_code for code in neighbours} <= {"08", "10", "15"}


def square_file(path: Path, *facts: dict[str, object], size: float = 0.05) -> Path:
    """Squares side by side around the sample's middle, each with its facts, in WGS 84."""
    lon, lat = transform_xy(sample_xy([(0, 0)]), HOME, WGS84)[0]
    features = [
        {
            "type": "Feature",
            "properties": dict(item),
            "geometry": shapely.geometry.mapping(shapely.box(lon + n * size, lat, lon + (n + 1) * size, lat + size)),
        }
        for n, item in enumerate(facts)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "facts",
    [
        [{"ma": "00004"}, {"ma": COMMUNE}],
        [{"ten": "Xã Đồng Tâm"}, {"ten": "BẮC QUANG"}],
        [{}],
    ],
    ids=["by code", "by name", "the only one"],
)
def test_the_outline_is_found(tmp_path: Path, facts: list[dict[str, object]]) -> None:
    found = load_boundary(square_file(tmp_path / "ranh.geojson", *facts), load_communes()[COMMUNE])
    assert found.commune.geom_type in ("Polygon", "MultiPolygon")
    x = transform_xy(shapely.get_coordinates(found.commune.centroid), HOME, WGS84)[0][0]
    lon = transform_xy(sample_xy([(0, 0)]), HOME, WGS84)[0][0]
    assert x == pytest.approx(lon + 0.05 * (len(facts) - 0.5), abs=0.001)


@pytest.mark.parametrize(
    "facts",
    [[{"ma": "00004"}], [{"ten": "Xã A"}, {"ten": "Xã B"}]],
    ids=["another's code", "others' names"],
)
def test_a_file_without_the_commune_makes_nothing(tmp_path: Path, facts: list[dict[str, object]]) -> None:
    path = square_file(tmp_path / "ranh.geojson", *facts)
    error = refused("BOUNDARY-NOT-FOUND", lambda: begin(tmp_path / "a", boundary_file=path))
    assert error.context["code"] == COMMUNE
    assert not (tmp_path / "a").exists()


def test_a_file_of_lines_is_no_outline(tmp_path: Path) -> None:
    refused("BOUNDARY-NOT-FOUND", lambda: begin(tmp_path / "a", boundary_file=SAMPLE / "duong_cu.shp"))
    refused("FILE-MISSING", lambda: begin(tmp_path / "a", boundary_file=tmp_path / "không có.gpkg"))
    assert not (tmp_path / "a").exists()


def test_a_folder_that_holds_a_register_is_refused(sample_template: Path, open_copy: MakeDesk) -> None:
    desk = open_copy(sample_template)
    folder = desk.workspace.folder
    desk.close()
    before = file_bytes(folder)
    refused("STORE-EXISTS", lambda: begin(folder))
    assert file_bytes(folder) == before


def test_opened_twice(sample_template: Path, open_copy: MakeDesk) -> None:
    desk = open_copy(sample_template)
    record = insert_record(desk, "road_segment", {"name": "A"}, sample_line((0, 0), (9, 9))).record
    refused("STORE-LOCKED", lambda: open_again(desk.workspace.folder))
    assert fetch_record(desk, record.uid) == record, "the first is not disturbed"
    desk.close()
    with open_again(desk.workspace.folder) as again:
        assert fetch_record(again, record.uid) == record


def test_a_folder_without_a_register(tmp_path: Path) -> None:
    refused("STORE-MISSING", lambda: open_again(tmp_path))
    refused("STORE-MISSING", lambda: open_again(tmp_path / "không có"))
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_folder(
    sample_template: Path, open_copy: MakeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Permissions do not hold root back: the question that the program asks is answered for it."""
    desk = open_copy(sample_template)
    folder = desk.workspace.folder
    record = insert_record(desk, "road_segment", {"name": "A"}, sample_line((0, 0), (9, 9))).record
    desk.close()
    monkeypatch.setattr("localdb.workspace.is_writable", lambda _: False)
    monkeypatch.setattr("localdb.engine.is_writable", lambda _: False)
    before = file_bytes(folder)
    assert isinstance(refused("STORE-READONLY", lambda: open_again(folder)), EnvironmentFault)
    refused("STORE-READONLY", lambda: begin(tmp_path / "mới"))
    with open_desk(folder, actor=AN, clock=FakeClock(), read_only=True) as shown:
        assert fetch_record(shown, record.uid) == record
        refused("STORE-READONLY", lambda: insert_record(shown, "road_segment", {"name": "B"}, None))
    assert file_bytes(folder) == before


def drop(sql: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        connection = dbapi2.connect(str(path))
        connection.execute(sql)
        connection.commit()
        connection.close()

    return change


def overwrite(offset: int, data: bytes) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(offset)
            file.write(data)

    return change


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:20_000])


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (drop('DROP TRIGGER "gii_road_segment_geom"'), "gii_road_segment_geom"),
        (drop("DROP TABLE geometry_columns_auth"), "geometry_columns_auth"),
        (drop("DROP TABLE bridge"), "bridge"),
        (drop("DELETE FROM workspace_info WHERE key = 'commune_code'"), "workspace_info"),
        (overwrite(0, b"not a database at all"), ""),
        (cut, ""),
    ],
    ids=["trigger", "template", "record table", "no commune", "no database", "cut short"],
)
def test_a_damaged_store_is_named_and_left_alone(
    sample_template: Path, open_copy: MakeDesk, damage: Callable[[Path], None], what: str
) -> None:
    desk = open_copy(sample_template)
    folder = desk.workspace.folder
    desk.close()
    damage(folder / "store.sqlite")
    before = file_bytes(folder)
    error = refused("STORE-DAMAGED", lambda: open_again(folder))
    assert what in str(error)
    assert file_bytes(folder) == before
    refused("STORE-DAMAGED", lambda: open_again(folder))


def test_boundary_and_records_survive_a_restart(sample_template: Path, open_copy: MakeDesk) -> None:
    desk = open_copy(sample_template)
    outline = fetch_boundary(desk)
    insert_record(desk, "road_segment", {"name": "A"}, sample_line((0, 0), (9, 9)))
    desk.close()
    with open_again(desk.workspace.folder) as again:
        assert fetch_boundary(again).equals_exact(outline, 0)
        assert count_by_type(again)["road_segment"] == {State.DRAFT: 1}


def test_errors_are_the_users_or_the_systems() -> None:
    assert (UserError.exit_code, EnvironmentFault.exit_code) == (2, 3)


def test_a_boundary_is_set_later_and_replaced(tmp_path: Path) -> None:
    outline = resource_path("sample", "ranh_gioi_xa.geojson")
    with create_desk(tmp_path / "sổ", "01153", actor=Actor("Nga"), clock=utc_now) as desk:
        assert fetch_boundary(desk) is None
        found = set_boundary(desk, outline)
        assert fetch_boundary(desk).equals(found.commune)
        set_boundary(desk, outline)
        assert fetch_boundary(desk).equals(found.commune)
    with open_desk(tmp_path / "sổ", actor=Actor("Nga"), clock=utc_now) as desk:
        assert desk.workspace.info.boundary_source == outline.name
