"""Styles are data: every file is read, and says what it means."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from core.errors import UserError
from core.resources import resource_path
from desktop.map.styles import (
    HATCHES,
    STATE,
    LayerStyle,
    Look,
    SymbolSet,
    darkened,
    load_state_colors,
    load_style,
    parse_style,
    style_for,
)
from forms.loader import load_catalogue
from forms.record import State

FILES = sorted(path for path in resource_path("styles").glob("*.yaml") if path.stem != "states")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_style_file_is_read(path: Path) -> None:
    style = load_style(path.stem)
    assert style.classes
    if not path.stem.startswith("_"):
        kind = load_catalogue().type(path.stem)
        assert style.by_field is None or kind.field(style.by_field).type == "choice"


def test_every_type_with_a_place_has_a_style_of_its_own_or_the_common_one() -> None:
    for kind in load_catalogue().types.values():
        assert isinstance(load_style(kind.id), LayerStyle)
    assert load_style("no_such_type") == load_style("_common")


def test_each_state_has_its_colour() -> None:
    assert load_state_colors().keys() == {state.value for state in State}


def test_land_use_takes_the_colours_of_its_code_list() -> None:
    catalogue = load_catalogue()
    plain, classified = load_style("land_use_plan_area"), style_for(catalogue.type("land_use_plan_area"), catalogue)
    colors = {item.code: item.color for item in catalogue.choice_list("land_use_code")}
    category = classified.categories_of(["LUC", None, "no such code"])
    assert category.dtype == np.int32
    assert classified.classes[category[0]].polygon.fill == colors["LUC"]
    assert category.tolist()[1:] == [0, 0]
    assert classified.numbers["LUC"] == category[0]
    assert classified.classes[0] == plain.classes[0]
    assert style_for(catalogue.type("water_supply_line"), catalogue) is load_style("water_supply_line", Look.STANDARD)


def test_classes_inherit_what_they_do_not_say() -> None:
    style = parse_style(yaml.safe_load("{line: {width: 3, dash: [4, 2]}, classes: {A: {line: {color: '#112233'}}}}"))
    assert style.classes[1].line.width == 3
    assert style.classes[1].line.dash == (4, 2)
    assert style.classes[1].line.color == "#112233"
    assert style.classified({"A": "#ffffff", "B": "#aabbcc"}).codes == ("A", "B")
    assert style.classified({"A": "#ffffff"}).classes[1].line.color == "#112233", "a styled code keeps its symbols"


@pytest.mark.parametrize("text", ["{fil: 1}", "{line: {colour: red}}", "{classes: {A: {face: {}}}}"])
def test_a_misspelt_key_is_an_error(text: str) -> None:
    with pytest.raises((TypeError, ValueError)):
        parse_style(yaml.safe_load(text))


def test_a_wrong_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_text("{widht: 3}", encoding="utf-8")
    monkeypatch.setattr("desktop.map.styles.resource_path", lambda *parts: tmp_path / parts[-1])
    with pytest.raises(UserError, match=r"odd\.yaml") as caught:
        load_style.__wrapped__("odd")
    assert caught.value.code == "MAP-STYLE-INVALID"


def test_a_category_darkens_its_outline() -> None:
    assert darkened("#ffffff", 0.5) == "#808080"
    colored = SymbolSet().colored("#ffffff")
    assert colored.polygon.fill == "#ffffff"
    assert colored.polygon.line == darkened("#ffffff", 0.62)


def test_visibility_by_scale() -> None:
    style = LayerStyle(nearest=1000, farthest=50_000)
    assert [style.is_shown_at(n) for n in (500, 1000, 20_000, 60_000)] == [False, True, True, False]


@pytest.mark.parametrize("look", Look)
def test_every_look_styles_every_type(look: Look) -> None:
    catalogue = load_catalogue()
    for kind in catalogue.types.values():
        style = style_for(kind, catalogue, look)
        assert len(style.classes) == len(style.codes) + 1
        assert style.by_field in (None, STATE) or kind.field(style.by_field).type == "choice"


def test_by_state_a_record_has_the_colour_of_its_state_everywhere() -> None:
    catalogue = load_catalogue()
    style = style_for(catalogue.type("land_use_plan_area"), catalogue, Look.STATES)
    assert set(style.codes) == {state.value for state in State}
    number = style.numbers[State.RETURNED.value]
    assert style.classes[number].polygon.fill == load_state_colors()["returned"]


def test_no_two_land_uses_look_alike_to_the_colour_blind() -> None:
    catalogue = load_catalogue()
    kind = catalogue.type("planning_zone")
    style = style_for(kind, catalogue, Look.COLOUR_BLIND)
    looks = [(item.polygon.fill, item.polygon.hatch) for item in style.classes[1:]]
    assert len(looks) == len(set(looks)) == len(catalogue.choice_list(kind.field(style.by_field).choices))


def test_official_colours_stay_in_print() -> None:
    catalogue = load_catalogue()
    kind = catalogue.type("land_use_plan_area")
    plain, printed = style_for(kind, catalogue), style_for(kind, catalogue, Look.PRINT)
    assert [item.polygon.fill for item in printed.classes[1:]] == [item.polygon.fill for item in plain.classes[1:]]
    assert printed.opacity == 1
    assert printed.label.color == "#000000"


def test_a_hatch_has_a_name_that_is_known() -> None:
    assert parse_style({"polygon": {"hatch": "dots"}}).classes[0].polygon.hatch in HATCHES
    with pytest.raises(ValueError, match="zigzag"):
        parse_style({"polygon": {"hatch": "zigzag"}})
