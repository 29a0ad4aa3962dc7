"""How strongly a record wants a field, given what it says."""

from forms.catalogue import Catalogue
from forms.requirements import is_filled, is_visible, required_strength


def test_no_and_zero_are_answers():
    assert is_filled(False) and is_filled(0) and is_filled("x") and is_filled(["a"])
    assert not is_filled(None) and not is_filled("") and not is_filled([])


def test_a_condition_that_is_unknown_requires_nothing(catalogue: Catalogue):
    decision = catalogue.type("planning_dossier").field("decision_no")
    assert required_strength(decision, {"status": None}) is None
    assert required_strength(decision, {"status": "du_thao"}) is None
    assert required_strength(decision, {"status": "da_phe_duyet"}) == "approve"


def test_a_hidden_field_is_not_required_and_a_filled_one_is_never_hidden(catalogue: Catalogue):
    document = catalogue.type("dossier_document").field("file_dpi")
    assert not is_visible(document, {"scan_or_native": "ban_goc"})
    assert not is_visible(document, {})
    assert is_visible(document, {"scan_or_native": "ban_goc", "file_dpi": 300})
    assert required_strength(document, {"scan_or_native": "ban_goc"}) is None
    assert required_strength(document, {"scan_or_native": "ban_quet"}) == "complete"


def test_a_name_is_wanted_only_where_no_code_stands_for_it(catalogue: Catalogue):
    name = catalogue.type("bridge").field("name")
    assert required_strength(name, {}) == "approve"
    assert required_strength(name, {"local_code": "01153-CAU-2026-0001"}) is None


def test_a_field_without_condition_keeps_its_strength(catalogue: Catalogue):
    road = catalogue.type("road_segment")
    assert required_strength(road.field("lanes"), {}) == "complete"
    assert required_strength(road.field("commune_code"), {}) == "approve"
    assert required_strength(road.field("from_place"), {}) is None
