"""An append-only record may get more, and lose or change nothing."""

from dataclasses import replace

import pytest
import shapely

from forms.appending import is_addition
from forms.catalogue import Catalogue
from forms.record import Lineage, Record

ONE = {"sha256": "a" * 64, "name": "anh1.jpg", "bytes": 10, "mime": "image/jpeg"}
TWO = {"sha256": "b" * 64, "name": "anh2.jpg", "bytes": 20, "mime": "image/jpeg"}


@pytest.fixture
def inspection() -> Record:
    values = {"inspector": "Tổ quản lý", "findings": "Bình thường", "attachments": [ONE], "local_code": None}
    return Record("0198a8f0-0000-7000-8000-000000000001", "asset_inspection", values, None, revision=1)


@pytest.mark.parametrize(
    ("changed", "allowed"),
    [
        ({}, True),
        ({"attachments": [ONE, TWO]}, True),
        ({"attachments": [TWO, ONE]}, True),
        ({"local_code": "01153-KTR-2026-0001"}, True),
        ({"attachments": [TWO]}, False),
        ({"attachments": None}, False),
        ({"attachments": [{**ONE, "caption": "khác"}]}, False),
        ({"findings": "Hỏng"}, False),
        ({"note": "thêm"}, False),
        ({"attachments": [ONE, TWO], "findings": None}, False),
    ],
)
def test_what_counts_as_an_addition(catalogue: Catalogue, inspection: Record, changed: dict, allowed: bool) -> None:
    after = replace(inspection, values={**inspection.values, **changed})
    assert is_addition(catalogue.type("asset_inspection"), inspection, after) is allowed


def test_a_code_once_given_stays(catalogue: Catalogue, inspection: Record) -> None:
    record_type = catalogue.type("asset_inspection")
    coded = replace(inspection, values={**inspection.values, "local_code": "A"})
    assert not is_addition(record_type, coded, replace(coded, values={**coded.values, "local_code": "B"}))


def test_place_and_origin_stay(catalogue: Catalogue, inspection: Record) -> None:
    record_type = catalogue.type("asset_inspection")
    assert not is_addition(record_type, inspection, replace(inspection, geometry=shapely.Point(1, 2)))
    assert not is_addition(record_type, inspection, replace(inspection, lineage=Lineage(source_file="khác.csv")))
