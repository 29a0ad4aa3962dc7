"""Units, prefixes and chainages as they are typed: read when they can mean one thing, refused with a reason else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UserError
from core.messages import Language, render
from core.tables import load_table
from forms.loader import load_catalogue
from forms.measures import fold_unit, parse_chainage
from forms.model import AnyField, IntegerField, NumberField
from forms.values import format_value, parse_value
from geodesy.numbers import decimal_mark


def read(type_id: str, key: str, raw: str) -> object:
    return parse_value(load_catalogue().type(type_id).field(key), raw, load_catalogue(), prefer=",")


@pytest.mark.parametrize(
    ("type_id", "key", "raw", "expected"),
    [
        ("drainage_line", "diameter_mm", "600", 600),
        ("drainage_line", "diameter_mm", "D600", 600),
        ("drainage_line", "diameter_mm", "d 600", 600),
        ("drainage_line", "diameter_mm", "DN600", 600),
        ("drainage_line", "diameter_mm", "Ø600", 600),
        ("drainage_line", "diameter_mm", "Φ 600 mm", 600),
        ("drainage_line", "diameter_mm", "phi 600", 600),
        ("drainage_line", "diameter_mm", "600 mm", 600),
        ("drainage_line", "diameter_mm", "600MM", 600),
        ("drainage_line", "diameter_mm", "60 cm", 600),
        ("drainage_line", "diameter_mm", "60cm", 600),
        ("drainage_line", "diameter_mm", "0,6 m", 600),
        ("drainage_line", "diameter_mm", "D1,2m", 1200),
        ("water_supply_line", "diameter_mm", "D110", 110),
        ("water_supply_line", "pressure_bar", "0,6 MPa", 6),
        ("water_supply_line", "depth_m", "80 cm", 0.8),
        ("water_supply_facility", "capacity_m3d", "1.200 m3/ngày", 1200),
        ("water_supply_facility", "capacity_m3d", "1.200 m³/ngđ", 1200),
        ("water_supply_facility", "capacity_m3d", "1200 m3/ngày.đêm", 1200),
        ("water_supply_facility", "capacity_m3d", "1,2 nghìn m3/ngày đêm", 1200),
        ("drainage_node", "pump_capacity_m3h", "450 m3/giờ", 450),
        ("drainage_node", "area_stated_m2", "1,5 ha", 15000),
        ("solid_waste_facility", "capacity_t_d", "12,5 tấn/ngày", 12.5),
        ("power_facility", "capacity_kva", "1,6 MVA", 1600),
        ("lighting_asset", "power_w", "0,15 kW", 150),
        ("bridge", "load_limit_t", "13 tấn", 13),
        ("bridge", "cost_vnd", "1,5 tỷ đồng", 1_500_000_000),
        ("bridge", "cost_vnd", "350 triệu", 350_000_000),
        ("bridge", "cost_vnd", "1.234.567.890 đồng", 1_234_567_890),
        ("road_segment", "carriageway_w", "1.255,510 cm", 12.5551),
        ("road_segment", "from_km", "Km12+350", 12.35),
        ("road_segment", "from_km", "km 0 + 660", 0.66),
        ("road_segment", "from_km", "12+350,5", 12.3505),
        ("road_segment", "from_km", "Km12+035", 12.035),
        ("road_segment", "from_km", "Km12", 12),
        ("road_segment", "from_km", "K12+350m", 12.35),
        ("road_segment", "from_km", "12,35", 12.35),
        ("road_segment", "from_km", "12,35 km", 12.35),
        ("road_segment", "from_km", "660 m", 0.66),
        ("survey_point", "height_m", "1.255,510", 1255.51),
    ],
)
def test_what_is_written_plainly_is_read(type_id: str, key: str, raw: str, expected: float):
    assert read(type_id, key, raw) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("type_id", "key", "raw", "code"),
    [
        ("water_supply_facility", "capacity_m3d", "50 m3/h", "VALUE-UNIT"),
        ("water_supply_facility", "capacity_m3d", "50 m³/giờ", "VALUE-UNIT"),
        ("water_supply_facility", "capacity_m3d", "14 l/s", "VALUE-UNIT"),
        ("drainage_node", "pump_capacity_m3h", "1200 m3/ngày", "VALUE-UNIT"),
        ("drainage_line", "diameter_mm", '24"', "VALUE-UNIT"),
        ("drainage_line", "diameter_mm", "24 inch", "VALUE-UNIT"),
        ("drainage_line", "diameter_mm", "600 kg", "VALUE-UNIT"),
        ("drainage_line", "diameter_mm", "60 m", "VALUE-UNIT-SIZE"),
        ("drainage_line", "diameter_mm", "600 cái", "VALUE-NUMBER"),
        ("drainage_line", "diameter_mm", "D", "VALUE-NUMBER"),
        ("drainage_line", "diameter_mm", "D-600", "VALUE-NUMBER"),
        ("drainage_line", "diameter_mm", "600x800", "VALUE-NUMBER"),
        ("drainage_line", "width_mm", "D600", "VALUE-NUMBER"),
        ("drainage_line", "barrels_n", "2 cm", "VALUE-NUMBER"),
        ("power_facility", "capacity_kva", "400 kW", "VALUE-UNIT"),
        ("road_segment", "from_km", "Km12+1350", "VALUE-CHAINAGE"),
        ("road_segment", "from_km", "Km12+", "VALUE-CHAINAGE"),
        ("road_segment", "from_km", "Km12+35a", "VALUE-CHAINAGE"),
        ("road_segment", "from_km", "12+350+20", "VALUE-CHAINAGE"),
        ("road_segment", "carriageway_w", "Km5+500", "VALUE-NUMBER"),
    ],
)
def test_what_could_mean_another_thing_is_refused_with_the_reason(type_id: str, key: str, raw: str, code: str):
    with pytest.raises(UserError) as caught:
        read(type_id, key, raw)
    assert caught.value.code == code
    for language in ("vi", "en"):
        words = render(code, caught.value.context, language)
        assert raw in words and "{" not in words


def test_a_refused_unit_names_both_units():
    with pytest.raises(UserError) as caught:
        read("water_supply_facility", "capacity_m3d", "50 m3/h")
    words = render(caught.value.code, caught.value.context, "vi")
    assert "m3/h" in words and "m³/ngày" in words


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("05/3/2026", "2026-03-05"),
        ("5-3-2026", "2026-03-05"),
        ("5.3.2026", "2026-03-05"),
        ("ngày 5 tháng 3 năm 2026", "2026-03-05"),
        ("Ngày 05 tháng 03 năm 2026", "2026-03-05"),
        ("29/02/2024", "2024-02-29"),
    ],
)
def test_vietnamese_days(raw: str, expected: str):
    assert read("bridge", "inspected_on", raw) == expected


@pytest.mark.parametrize(
    ("raw", "code", "says"),
    [
        ("31/02/2026", "VALUE-DATE-NO-DAY", "tháng 2 năm 2026 không có ngày 31"),
        ("29-2-2026", "VALUE-DATE-NO-DAY", "tháng 2 năm 2026 không có ngày 29"),
        ("31/4/2026", "VALUE-DATE-NO-DAY", "tháng 4 năm 2026 không có ngày 31"),
        ("05/03/26", "VALUE-DATE-SHORT-YEAR", "bốn chữ số"),
        ("3/25/2026", "VALUE-DATE", "ngày/tháng/năm"),
        ("0/3/2026", "VALUE-DATE", "ngày/tháng/năm"),
    ],
)
def test_impossible_days_say_why(raw: str, code: str, says: str):
    with pytest.raises(UserError) as caught:
        read("bridge", "inspected_on", raw)
    assert caught.value.code == code
    assert says in render(code, caught.value.context, "vi")


def numeric_fields() -> list[AnyField]:
    types = load_catalogue().types.values()
    return [item for found in types for item in found.fields if isinstance(item, NumberField | IntegerField)]


@given(
    item=st.sampled_from(numeric_fields()),
    share=st.floats(0, 1),
    language=st.sampled_from(["vi", "en"]),
    suffixed=st.booleans(),
)
def test_every_number_field_reads_back_what_it_shows(
    item: NumberField | IntegerField, share: float, language: Language, suffixed: bool
):
    low = item.minimum if item.minimum is not None else -1e6
    high = item.maximum if item.maximum is not None else 1e9
    value = round(low + share * (high - low), item.decimals if isinstance(item, NumberField) else 0)
    stored = float(value) if isinstance(item, NumberField) else int(value)
    text = format_value(item, stored, load_catalogue(), language)
    if suffixed and item.unit:
        text = f"{text} {item.unit}"
    assert parse_value(item, text, load_catalogue(), prefer=decimal_mark(language)) == stored


@given(metres=st.integers(0, 9_999_999))
def test_every_chainage_reads_back(metres: int):
    kilometres, rest = divmod(metres, 1000)
    assert parse_chainage(f"Km{kilometres}+{rest:03d}") == pytest.approx(metres / 1000, abs=1e-9)


def test_the_units_of_the_table_are_units_of_fields():
    units = {fold_unit(item.unit) for item in numeric_fields() if item.unit}
    rows = load_table("unit_readings")
    assert {fold_unit(row["unit"]) for row in rows} <= units
    pairs = [(fold_unit(row["unit"]), fold_unit(row["written"])) for row in rows]
    assert len(set(pairs)) == len(pairs)
