"""Many rows at once arrive as they were, whatever stands in them, on either kind of database."""

import pytest
from sqlalchemy import select

from core.errors import UserError
from province.bulk import Rows, insert_rows
from province.columns import extended_wkb
from province.gateway import Gateway
from province.tables import attachments, commune_boundaries

TEXTS = ["", " ", "\\N", "\\.", "\\", "\\t", "\t", "\n\r\n", "a\\nb", "đường\tsố 1\\"]
TEXTS += ['{"a":"b\\\\\\"c"}', "\x0b\x7f\u2028", "NULL"]


def test_texts_and_numbers_come_back(gateway: Gateway) -> None:
    count = len(TEXTS)
    columns = {
        "sha256": [f"{place:064x}" for place in range(count)],
        "name": TEXTS,
        "bytes": [place << 40 for place in range(count)],
    }
    common = {"commune_code": "01153", "package_id": "p\\t\t", "at": "m"}
    with gateway.database.writing() as connection:
        insert_rows(connection, attachments, Rows(count, columns, common))
        table = attachments
        query = select(table.c.name, table.c.bytes, table.c.package_id).order_by(table.c.sha256)
        found = [tuple(row) for row in connection.execute(query)]
    assert found == [(text, place << 40, "p\\t\t") for place, text in enumerate(TEXTS)]


def test_shapes_and_what_is_empty_come_back(gateway: Gateway) -> None:
    point = extended_wkb(bytes.fromhex("0101000000" + "00" * 16), 9211)
    columns = {
        "commune_code": ["01153", "01156"],
        "geometry": [point, point],
        "min_x": [0.1, -1e300],
        "source": ["a", "b\\"],
    }
    common = {"epsg": 9211, "min_y": 2.0, "max_x": 3.0, "max_y": 1e-300}
    with gateway.database.writing() as connection:
        insert_rows(connection, commune_boundaries, Rows(2, columns, common))
        found = connection.execute(select(commune_boundaries).order_by(commune_boundaries.c.commune_code)).all()
    assert [(row.geometry, row.min_x, row.max_y, row.source) for row in found] == [
        (point, 0.1, 1e-300, "a"),
        (point, -1e300, 1e-300, "b\\"),
    ]


def test_nothing_is_no_statement(gateway: Gateway) -> None:
    with gateway.database.writing() as connection:
        insert_rows(connection, attachments, Rows(0, {"name": []}))


def test_what_no_server_stores_refuses_the_package(gateway: Gateway, location: str) -> None:
    if "://" not in location:
        pytest.skip("on PostgreSQL alone: the embedded store keeps NUL")
    columns = {"sha256": ["a"], "name": ["a\0b"], "bytes": [1]}
    with pytest.raises(UserError) as refused, gateway.database.writing() as connection:
        insert_rows(connection, attachments, Rows(1, columns, {"commune_code": "1", "package_id": "p", "at": "m"}))
    assert refused.value.code == "REQUEST-INVALID"
