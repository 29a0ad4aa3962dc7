import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from core.errors import UserError
from core.tables import load_table
from geodesy.systems import (
    VN2000_GEOGRAPHIC,
    WGS84,
    CoordinateSystem,
    coded_zones,
    format_axis,
    parse_axis,
    parse_system,
    system_from_wkt,
    tm_system,
)


def code_of(text: str) -> str:
    with pytest.raises(UserError) as caught:
        parse_system(text)
    return caught.value.code


def test_the_table_of_zones_agrees_with_the_epsg_registry():
    zones = coded_zones()
    assert len([zone for zone in zones if zone.width == 3]) == 18
    for zone in zones:
        operation = CRS.from_epsg(zone.epsg).coordinate_operation
        facts = {item.name: item.value for item in operation.params}
        assert facts["Longitude of natural origin"] == pytest.approx(zone.axis)
        assert facts["Scale factor at natural origin"] == zone.scale_factor
        assert (facts["False easting"], facts["False northing"]) == (500_000, 0)


def test_every_province_lies_in_the_zone_the_table_gives_it():
    rows = load_table("provinces")
    assert len(rows) == 34
    for row in rows:
        assert tm_system(float(row["axis"])).epsg == int(row["epsg"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4326", WGS84),
        ("WGS 84", WGS84),
        ("OGC:CRS84", WGS84),
        ("EPSG:4756", VN2000_GEOGRAPHIC),
        ("VN-2000", VN2000_GEOGRAPHIC),
        ("epsg:9209", tm_system(105.5)),
        ("axis:105.5", tm_system(105.5)),
        ("105,75", tm_system(105.75)),
        ("105°30'", tm_system(105.5)),
        ("105-30", tm_system(105.5)),
        ("KTT 107°45′", tm_system(107.75)),
        ("VN2000:105/6", tm_system(105.0, 6)),
        ("VN2000:105.25/3", CoordinateSystem("tm", "VN2000", 105.25, 3)),
        ("EPSG:32648", tm_system(105.0, 6, "WGS84")),
    ],
)
def test_a_system_is_read_from_what_people_write(text, expected):
    assert parse_system(text) == expected


def test_a_system_comes_back_from_its_own_id():
    for system in (*coded_zones(), WGS84, VN2000_GEOGRAPHIC, tm_system(105.25), tm_system(106.0, 6, "WGS84")):
        assert parse_system(system.id) == system


@pytest.mark.parametrize("epsg", [6956, 6957, 6958, 6959])
def test_the_deprecated_codes_are_refused_and_name_what_replaces_them(epsg):
    with pytest.raises(UserError) as caught:
        parse_system(f"EPSG:{epsg}")
    assert caught.value.code == "CRS-DEPRECATED"
    assert parse_system(caught.value.context["instead"]).axis in (102, 105, 108, 107.75)


@pytest.mark.parametrize("kind", ["WKT1_ESRI", "WKT1_GDAL", "WKT2_2019"])
@pytest.mark.parametrize("epsg", [6956, 6957, 6958, 6959])
def test_a_deprecated_system_is_refused_in_a_prj_too(epsg, kind):
    assert code_of(CRS.from_epsg(epsg).to_wkt(kind)) == "CRS-DEPRECATED"


@pytest.mark.parametrize("text", ["EPSG:4147", "2044", "EPSG:3148", "3857"])
def test_other_datums_are_refused_as_unsupported(text):
    assert code_of(text) == "CRS-UNSUPPORTED"
    assert code_of(CRS.from_user_input(f"EPSG:{text.removeprefix('EPSG:')}").to_wkt("WKT1_ESRI")) == "CRS-UNSUPPORTED"


@pytest.mark.parametrize("text", ["", "foo", "EPSG:27700", "axis:10", "105°75'", "VN2000:abc/3", "GARBAGE["])
def test_what_is_no_system_is_refused(text):
    assert code_of(text) == "CRS-UNKNOWN"


@pytest.mark.parametrize("kind", ["WKT1_ESRI", "WKT1_GDAL", "WKT2_2019"])
def test_every_known_system_is_read_from_well_known_text(kind):
    for system in (*coded_zones(), WGS84, VN2000_GEOGRAPHIC):
        assert system_from_wkt(CRS.from_epsg(system.epsg).to_wkt(kind)) == system


CUSTOM = (
    'PROJCS["VN2000_10515",GEOGCS["g",DATUM["d",SPHEROID["WGS 84",6378137,298.257223563]{shift}],'
    'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",105.25],PARAMETER["scale_factor",0.9999],'
    'PARAMETER["false_easting",500000],PARAMETER["false_northing",{northing}],UNIT["metre",1]]'
)


def test_a_custom_zone_with_the_shift_of_vn2000_is_vn2000():
    shift = ",TOWGS84[-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278]"
    assert system_from_wkt(CUSTOM.format(shift=shift, northing=0)) == tm_system(105.25)


def test_a_custom_zone_of_an_unknown_datum_is_refused():
    assert code_of(CUSTOM.format(shift="", northing=0)) == "CRS-UNSUPPORTED"
    assert code_of(CUSTOM.format(shift=",TOWGS84[-191.9,-39.3,-111.4,0,0,0,0]", northing=10_000)) == "CRS-UNSUPPORTED"


@pytest.mark.parametrize("wkt", ["", "   ", 'LOCAL_CS["drawing",UNIT["m",1]]', "no wkt"])
def test_a_text_that_says_nothing_is_none(wkt):
    assert system_from_wkt(wkt) is None


@given(st.integers(99 * 60, 120 * 60))
def test_an_axis_comes_back_from_its_text(minutes):
    assert parse_axis(format_axis(minutes / 60)) == pytest.approx(minutes / 60, abs=1e-12)


def test_labels_speak_both_languages():
    assert tm_system(105.5).label("vi") == "VN-2000 105°30' múi 3°"
    assert tm_system(105.5).label("en") == "VN-2000 105°30' zone 3°"
    assert WGS84.label("vi") == "WGS 84 kinh độ, vĩ độ"
