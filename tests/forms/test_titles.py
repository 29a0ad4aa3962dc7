"""Every record is called something."""

from forms.catalogue import Catalogue
from forms.titles import record_title


def test_titles(catalogue: Catalogue):
    road = catalogue.type("road_segment")
    assert record_title(road, {"road_code": "ĐX.223", "name": "Đường Minh Tâm"}, "vi") == "ĐX.223 – Đường Minh Tâm"
    assert record_title(road, {"name": "Đường Minh Tâm"}, "vi") == "Đường Minh Tâm"
    assert record_title(road, {"local_code": "01153-DUO-2026-0001", "official_id": "X"}, "vi") == "01153-DUO-2026-0001"
    assert record_title(road, {}, "vi") == "Đoạn đường chưa có tên"
    assert record_title(road, {}, "en") == "Road segment without a name"


def test_codes_get_their_words_with_the_catalogue(catalogue: Catalogue):
    incident = catalogue.type("incident_report")
    values = {"incident_type": "ngap", "name": "Cầu Máng"}
    assert record_title(incident, values, "vi", catalogue) == "Ngập – Cầu Máng"
    assert record_title(incident, values, "en", catalogue) == "Flooding – Cầu Máng"
    assert record_title(incident, values, "vi") == "ngap – Cầu Máng"


def test_every_type_has_a_title_of_its_own(catalogue: Catalogue):
    for record_type in catalogue.types.values():
        assert record_title(record_type, {record_type.title_fields[0]: "A1"}, "vi") == "A1"
