"""One content, one spelling, one hash; one change, one identity."""

from dataclasses import replace

import pytest

from forms.content import content_hash
from tests.wire.samples import ROAD, UID, road_content
from wire.changes import build_change, change_id, plain_content

DEVICE = UID.format(77)


def test_whole_numbers_and_decimals_hash_alike_where_the_field_is_a_decimal() -> None:
    assert content_hash(road_content(width_m=5)) == content_hash(road_content(width_m=5.0))
    assert content_hash(road_content(width_m=-0.0)) == content_hash(road_content(width_m=0))


def test_every_field_is_there_and_foreign_ones_stay() -> None:
    plain = plain_content(ROAD, {"name": "x", "from_the_future": [1]})
    assert {field.key for field in ROAD.fields} | {"geometry", "lineage", "from_the_future"} == set(plain)
    assert plain["from_the_future"] == [1]
    assert plain_content(ROAD, plain) == plain


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), "5", True])
def test_a_decimal_must_be_one(bad: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        plain_content(ROAD, {"width_m": bad})


@pytest.mark.parametrize(
    ("base_revision", "deleted", "operation"),
    [(None, False, "insert"), (3, False, "update"), (3, True, "delete"), (None, True, "delete")],
)
def test_the_operation_follows_from_base_and_content(base_revision: int | None, deleted: bool, operation: str) -> None:
    base = road_content(name="cũ") if base_revision else None
    change = build_change(
        ROAD,
        uid=UID.format(1),
        revision=4,
        base_revision=base_revision,
        base=base,
        content=None if deleted else road_content(),
    )
    assert change.operation == operation
    assert change.before_hash == (content_hash(base) if base else None)


def test_a_change_is_known_again_in_another_package_and_only_then() -> None:
    change = build_change(ROAD, uid=UID.format(1), revision=1, base_revision=None, base=None, content=road_content())
    assert change_id(DEVICE, change) == change_id(DEVICE, replace(change, base_revision=3, operation="insert"))
    others = [
        change_id(UID.format(78), change),
        change_id(DEVICE, replace(change, revision=2)),
        change_id(DEVICE, replace(change, uid=UID.format(2))),
        change_id(DEVICE, replace(change, content=road_content(lanes=3))),
        change_id(DEVICE, replace(change, operation="delete", content=None)),
    ]
    assert len({change_id(DEVICE, change), *others}) == 6
