"""Computed fields follow the geometry; defaults follow the day."""

from datetime import date

import pytest
import shapely

from forms.catalogue import Catalogue
from forms.computed import COMPUTED, compute_values, default_values


def test_a_roads_length_is_computed_to_the_centimetre(catalogue: Catalogue):
    line = shapely.LineString([(500_000, 2_480_000), (500_003, 2_480_004), (500_003, 2_480_014.123)])
    assert compute_values(catalogue.type("road_segment"), {}, line) == {"length_m": 15.12}


def test_an_areas_hectares_leave_its_holes_out(catalogue: Catalogue):
    square = shapely.box(0, 0, 200, 200).difference(shapely.box(50, 50, 150, 150))
    area = shapely.MultiPolygon([square])
    assert compute_values(catalogue.type("planning_boundary"), {}, area) == {"area_ha": 3.0}


def test_without_geometry_there_is_nothing_to_compute(catalogue: Catalogue):
    assert compute_values(catalogue.type("road_segment"), {}, None) == {"length_m": None}
    assert compute_values(catalogue.type("survey_point"), {}, shapely.Point(1, 2)) == {}


@pytest.mark.parametrize(
    ("name", "geometry", "expected"),
    [
        ("area_m2", shapely.box(0, 0, 2, 3), 6),
        ("area_m2", shapely.LineString([(0, 0), (1, 1)]), None),
        ("area_ha", shapely.box(0, 0, 100, 100), 1),
        ("length_m", shapely.LineString([(0, 0), (3, 4)]), 5),
        ("length_m", shapely.box(0, 0, 1, 1), None),
        ("length_m", shapely.Point(0, 0), None),
        ("length_m", shapely.LineString(), None),
    ],
)
def test_functions(name: str, geometry: shapely.Geometry, expected: float | None):
    assert COMPUTED[name]({}, geometry) == expected


def test_a_new_record_has_every_field_and_its_defaults(catalogue: Catalogue):
    today = date(2026, 11, 20)
    dossier = catalogue.type("planning_dossier")
    values = default_values(dossier, today)
    assert set(values) == {field.key for field in dossier.fields}
    assert {key: value for key, value in values.items() if value is not None} == {
        "official_id_status": "chua_cap",
        "adjustment": "0",
    }
    assert default_values(catalogue.type("incident_report"), today)["status"] == "moi"


def test_every_default_is_a_value_its_field_takes(catalogue: Catalogue):
    for record_type in catalogue.types.values():
        for field in record_type.fields:
            value = default_values(record_type, date(2026, 11, 20))[field.key]
            if value is not None and (choices := getattr(field, "choices", None)):
                assert value in catalogue.choice_list(choices)
