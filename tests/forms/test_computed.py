"""Computed fields follow the geometry; defaults follow the day."""

from datetime import date

import numpy as np
import pytest
import shapely

from forms.catalogue import Catalogue
from forms.computed import COMPUTED, Computation, Computed, compute_values, default_values, find_circle
from forms.model import AnyField, NumberField, RecordType


def test_a_roads_length_is_computed_to_the_centimetre(catalogue: Catalogue):
    line = shapely.LineString([(500_000, 2_480_000), (500_003, 2_480_004), (500_003, 2_480_014.123)])
    assert compute_values(catalogue.type("road_segment"), {}, line) == {"chainage_length_km": None, "length_m": 15.12}


def test_an_areas_hectares_leave_its_holes_out(catalogue: Catalogue):
    square = shapely.box(0, 0, 200, 200).difference(shapely.box(50, 50, 150, 150))
    area = shapely.MultiPolygon([square])
    assert compute_values(catalogue.type("planning_boundary"), {}, area) == {"area_ha": 3.0}


def test_without_geometry_there_is_nothing_to_compute(catalogue: Catalogue):
    assert set(compute_values(catalogue.type("road_segment"), {}, None).values()) == {None}
    assert compute_values(catalogue.type("incident_report"), {}, shapely.Point(1, 2)) == {}


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


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("length_km", {"length_m": 1234.5}, 1.2345),
        ("length_km", {}, None),
        ("chainage_length_km", {"from_km": 0.66, "to_km": 2.16}, 1.5),
        ("chainage_length_km", {"from_km": 2, "to_km": 2}, 0),
        ("chainage_length_km", {"from_km": 3, "to_km": 2}, None),
        ("chainage_length_km", {"from_km": 3}, None),
        ("depth_m", {"rim_level": 12.5, "invert_level": 10.2}, 2.3),
        ("slope", {"invert_up": 10.5, "invert_dn": 10.0, "length_m": 250.0}, 2),
        ("slope", {"invert_up": 10.0, "invert_dn": 10.5, "length_m": 250.0}, -2),
        ("slope", {"invert_up": 10.0, "invert_dn": 9.0, "length_m": 0}, None),
        ("slope", {"invert_up": 10.0, "invert_dn": "thấp", "length_m": 5}, None),
        ("total_power_w", {"power_w": 150, "lamps_n": 2}, 300),
        ("total_power_w", {"power_w": 150}, None),
    ],
)
def test_functions_of_values(name: str, values: dict[str, object], expected: float | None):
    assert COMPUTED[name](values, None) == pytest.approx(expected)


def test_what_a_field_needs_is_computed_before_it(catalogue: Catalogue):
    drain = catalogue.type("drainage_line")
    values = {"invert_up": 10.5, "invert_dn": 10.0, "length_m": 99_999.0}
    line = shapely.LineString([(0, 0), (250, 0)])
    assert compute_values(drain, values, line) == {"length_m": 250.0, "slope": 2.0}
    backwards = drain.model_copy(update={"fields": tuple(reversed(drain.fields))})
    assert compute_values(backwards, values, line) == {"length_m": 250.0, "slope": 2.0}


def test_a_culverts_slope_follows_the_length_it_is_given(catalogue: Catalogue):
    culvert = catalogue.type("culvert")
    values = {"invert_up": 10.5, "invert_dn": 10.4, "length_m": 10.0}
    assert compute_values(culvert, values, shapely.Point(0, 0)) == {"slope": 10.0}


def test_every_function_reads_only_what_it_says_it_needs(catalogue: Catalogue):
    class Watched(dict[str, object]):
        asked: set[str] = set()

        def get(self, key: str, default: object = None) -> object:
            self.asked.add(key)
            return 1.0

    for name, function in COMPUTED.items():
        values = Watched()
        values.asked = set()
        function(values, shapely.box(0, 0, 1, 1))
        assert values.asked <= set(function.needs), name


def test_every_named_function_finds_its_fields(catalogue: Catalogue):
    for record_type in catalogue.types.values():
        keys = {field.key for field in record_type.fields}
        for field in record_type.fields:
            if field.computed:
                assert set(COMPUTED[field.computed].needs) <= keys, (record_type.id, field.key)
        assert find_circle(record_type.fields) == ()


def chain(monkeypatch: pytest.MonkeyPatch, **needs: tuple[str, ...]) -> tuple[AnyField, ...]:
    """Fields each computed by a function of its own name with these needs."""
    for key, wanted in needs.items():
        run = lambda values, geometry, wanted=wanted: sum(values[one] for one in wanted) + 1  # noqa: E731
        monkeypatch.setitem(COMPUTED, f"test_{key}", Computed(run, wanted))
    words = {"vi": "Số", "en": "Number"}
    return tuple(NumberField(key=key, type="number", label=words, computed=f"test_{key}") for key in needs)


def test_long_chains_are_computed_in_any_order(monkeypatch: pytest.MonkeyPatch):
    fields = chain(monkeypatch, first=("second", "third"), second=("third",), third=("fourth",), fourth=())
    words = {"vi": "Số", "en": "Number"}
    kind = RecordType(
        id="well",
        version=1,
        title=words,
        group="water",
        code="GNG",
        title_fields=("first",),
        sections=({"key": "main", "label": words},),
        fields=fields,
    )
    assert compute_values(kind, {}, None) == {"first": 6, "second": 3, "third": 2, "fourth": 1}


def test_a_circle_is_found_and_told_in_order(monkeypatch: pytest.MonkeyPatch):
    assert find_circle(chain(monkeypatch, first=("second",), second=("third",), third=("first",))) == (
        "first",
        "second",
        "third",
    )
    assert find_circle(chain(monkeypatch, alone=("alone",))) == ("alone",)
    assert find_circle(chain(monkeypatch, start=("left", "right"), left=("right",), right=())) == ()
    assert find_circle(chain(monkeypatch, start=("left",), left=("right",), right=("left",))) == ("left", "right")


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


SHAPES = [
    None,
    shapely.Point(),
    shapely.Point(500_000.1234, 2_480_000.9876),
    shapely.LineString([(0, 0), (3, 4.00505)]),
    shapely.MultiLineString([[(0, 0), (1, 1)], [(5, 5), (5, 9)]]),
    shapely.MultiPolygon([shapely.box(0, 0, 10.1, 10.35), shapely.box(20, 0, 21, 2)]),
    shapely.box(0, 0, 200, 200).difference(shapely.box(50, 50, 150, 150)),
    shapely.MultiPolygon(),
]


def test_by_the_column_is_record_by_record(catalogue: Catalogue):
    geometries = np.array(SHAPES, dtype=object)
    numbers = [None, 0.0, 12.5, "thấp", True, 3, 250.0, 1e9]
    for record_type in catalogue.types.values():
        given = {field.key: numbers for field in record_type.fields if field.computed is None}
        found = Computation.of(record_type).run_columns(given, geometries)
        single = [
            compute_values(record_type, {key: column[place] for key, column in given.items()}, shape)
            for place, shape in enumerate(SHAPES)
        ]
        assert [{key: column[place] for key, column in found.items()} for place in range(len(SHAPES))] == single
        assert {key: len(column) for key, column in found.items()} == dict.fromkeys(found, len(SHAPES))
