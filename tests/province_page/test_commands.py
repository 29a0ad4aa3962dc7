"""The administrator's commands: people, and the outlines of communes."""

import json
from pathlib import Path
from typing import Any

import pytest
import shapely
import typer
from sqlalchemy import select
from typer.testing import CliRunner

from core.errors import UserError
from province.boundaries import fetch_boundaries
from province.commands import register
from province.gateway import Gateway
from province.outlines import load_outlines
from province.pages.people import check_login
from province.tables import commune_boundaries, people
from tests.province.conftest import FakeClock
from tests.province.samples import COMMUNE, EPSG, OTHER_COMMUNE

SQUARE = [[104.9, 22.4], [105.0, 22.4], [105.0, 22.5], [104.9, 22.5], [104.9, 22.4]]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def run(gateway: Gateway, location: str, *words: str) -> Any:
    app = typer.Typer()
    register(app)
    where = ["--database", location, "--folder", str(gateway.settings.folder)]
    return CliRunner().invoke(app, [*words, *where])


def test_a_person_is_made_renewed_kept_out_and_let_in(gateway: Gateway, location: str) -> None:
    made = run(
        gateway, location, "person-add", "Hoa.Tran", "--name", "Hoà", "--role", "admin", "--province", "tuyen quang"
    )
    first = made.stdout.strip()
    person = check_login(gateway, "hoa.tran", first)
    assert person is not None
    assert (person.name, person.role, person.province_code, person.must_change) == ("Hoà", "admin", "08", True)
    second = run(gateway, location, "person-password", "hoa.tran").stdout.strip()
    assert check_login(gateway, "hoa.tran", first) is None
    assert check_login(gateway, "hoa.tran", second) is not None
    run(gateway, location, "person-allow", "hoa.tran", "--no")
    assert check_login(gateway, "hoa.tran", second) is None
    run(gateway, location, "person-allow", "hoa.tran", "--yes")
    assert check_login(gateway, "hoa.tran", second) is not None
    with gateway.database.reading() as connection:
        stored = connection.execute(select(people.c.password_hash)).scalar_one()
    assert stored.startswith("$argon2id$") and second not in stored


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["person-add", "hoa", "--name", "Hoà", "--role", "boss"], "PERSON-ROLE"),
        (["person-add", "hoà thị", "--name", "Hoà"], "PERSON-LOGIN"),
        (["person-add", "x'; DROP TABLE people", "--name", "Hoà"], "PERSON-LOGIN"),
        (["person-add", "hoa", "--name", " "], "PERSON-NAME"),
        (["person-add", "hoa", "--name", "Hoà", "--province", "Atlantis"], "PROVINCE-UNKNOWN"),
        (["person-password", "hoa"], "PERSON-UNKNOWN"),
        (["person-allow", "hoa", "--no"], "PERSON-UNKNOWN"),
    ],
)
def test_what_cannot_be_done_is_said(gateway: Gateway, location: str, words: list[str], code: str) -> None:
    done = run(gateway, location, *words)
    assert isinstance(done.exception, UserError)
    assert done.exception.code == code


def test_a_login_is_taken_once(gateway: Gateway, location: str) -> None:
    run(gateway, location, "person-add", "hoa", "--name", "Hoà")
    again = run(gateway, location, "person-add", "HOA", "--name", "Hoà")
    assert again.exception.code == "PERSON-TAKEN"


def feature(code: object, ring: list[list[float]]) -> dict[str, object]:
    return {
        "type": "Feature",
        "properties": {"commune_code": code},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def test_outlines_come_into_the_zone_of_the_province(gateway: Gateway, tmp_path: Path) -> None:
    path = tmp_path / "ranh giới.geojson"
    east = [[x + 0.1, y] for x, y in SQUARE]
    path.write_text(json.dumps({"features": [feature(COMMUNE, SQUARE), feature(OTHER_COMMUNE, east)]}))
    assert load_outlines(gateway, path) == 2
    assert load_outlines(gateway, path) == 2
    with gateway.database.reading() as connection:
        own, near = fetch_boundaries(connection, COMMUNE, EPSG)
    assert own is not None and set(near) == {OTHER_COMMUNE}
    assert 110e6 < shapely.area(own) < 120e6  # 0.1 degree each way at this latitude
    x, y = shapely.centroid(own).x, shapely.centroid(own).y
    assert 380_000 < x < 400_000 and 2_475_000 < y < 2_490_000


@pytest.mark.parametrize(
    "second",
    [
        feature("99999", SQUARE),
        feature(None, SQUARE),
        feature(COMMUNE, [[y, x] for x, y in SQUARE]),
        feature(COMMUNE, [[x * 1000, y * 1000] for x, y in SQUARE]),
        feature(COMMUNE, SQUARE[:2]),
        {"type": "Feature", "properties": {"commune_code": COMMUNE}, "geometry": None},
        {
            "type": "Feature",
            "properties": {"commune_code": COMMUNE},
            "geometry": {"type": "Point", "coordinates": [105, 22]},
        },
        "x",
    ],
)
def test_a_file_with_one_wrong_outline_changes_nothing(gateway: Gateway, tmp_path: Path, second: object) -> None:
    path = tmp_path / "x.geojson"
    path.write_text(json.dumps({"features": [feature(OTHER_COMMUNE, SQUARE), second]}))
    with pytest.raises(UserError) as caught:
        load_outlines(gateway, path)
    assert caught.value.code == "OUTLINES-FILE"
    with gateway.database.reading() as connection:
        assert connection.execute(select(commune_boundaries)).all() == []


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"features": 3}', "\xff"])
def test_a_file_of_another_kind_is_said(gateway: Gateway, tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.geojson"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UserError) as caught:
        load_outlines(gateway, path)
    assert caught.value.code == "OUTLINES-FILE"
