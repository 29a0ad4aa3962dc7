"""What one change means: every case, and the order in which packages arrive does not matter."""

import itertools
from typing import Any

import pytest

from forms.content import Content, content_hash
from province.deciding import Decision, Known, Taken, Version, decide
from tests.wire.samples import ROAD, UID, road_content
from wire.changes import RecordChange, build_change, change_id, plain_content

OURS, THEIRS = UID.format(701), UID.format(702)
RECORD = UID.format(1)


class Province:
    """One record at the province, decided on as the gateway does, without a database.

    ``spares`` as what is taken today is noted, a content that a version has not a second time; else as it once was.
    """

    spares = True

    def __init__(self) -> None:
        self.versions: list[Version] = []
        self.taken: dict[str, list[Taken]] = {}

    def take(self, device: str, change: RecordChange) -> Decision:
        known = Known(
            "road" if self.versions else None,
            self.versions[-1] if self.versions else None,
            self.taken.get(device, []),
            self.find,
        )
        found = decide(change, change_id(device, change), known, ROAD)
        if found.stores:
            assert found.revision == len(self.versions) + 1
            digest = None if found.content is None else content_hash(found.content)
            self.versions.append(Version(found.revision, found.content, digest))
        if found.notes:
            assert found.revision is not None
            digest = None if change.content is None else content_hash(change.content)
            kept = None if self.spares and digest == self.versions[-1].hash else change.content
            noted = Taken(found.change_id, change.revision, found.revision, kept, digest if self.spares else None)
            self.taken.setdefault(device, []).append(noted)
        return found

    def find(self, revision: int | None, digest: str | None) -> Version | None:
        same = [version for version in self.versions if version.hash == digest]
        same.sort(key=lambda version: (version.revision == revision, version.revision))
        return same[-1] if same else None

    @property
    def content(self) -> Content | None:
        return self.versions[-1].content


@pytest.fixture(params=[True, False], ids=["noted today", "noted long ago"], autouse=True)
def _as_noted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Province, "spares", request.param)


def said(content: Content | None, revision: int = 1, base: Version | None = None) -> RecordChange:
    return build_change(
        ROAD,
        uid=RECORD,
        revision=revision,
        base_revision=base.revision if base else None,
        base=base.content if base else None,
        content=content,
    )


def test_an_older_copy_that_has_caught_up_is_not_taken_for_overtaken() -> None:
    """Its revisions lie below those that the device said in its other life; its base shows that it knows of them."""
    province = Province()
    province.take(OURS, said(road_content()))
    first = province.versions[-1]
    assert province.take(OURS, said(road_content(lanes=3), 9, first)).result == "applied"
    unaware = province.take(OURS, said(road_content(lanes=5), 4, first))
    assert (unaware.result, unaware.code) == ("duplicate", "SUPERSEDED")
    caught_up = province.versions[-1]
    assert province.take(OURS, said(road_content(lanes=4), 5, caught_up)).result == "applied"
    again = province.take(OURS, said(road_content(lanes=6), 6, caught_up))
    assert (again.result, province.content["lanes"]) == ("applied", 6), (
        "built on the change before, not on the lost life"
    )


BASE = road_content()
EDITS: dict[str, Content | None] = {
    "same field": road_content(name="Của ta"),
    "same field, same value": road_content(name="Của họ"),
    "other field": road_content(lanes=4),
    "nothing": BASE,
    "delete": None,
}
EXPECTED = {
    ("same field", "same field"): "conflict",
    ("same field", "same field, same value"): "duplicate",
    ("same field", "other field"): "merged",
    ("same field", "nothing"): "duplicate",
    ("same field", "delete"): "conflict",
    ("other field", "same field"): "merged",
    ("other field", "same field, same value"): "merged",
    ("other field", "other field"): "duplicate",
    ("other field", "nothing"): "duplicate",
    ("other field", "delete"): "conflict",
    ("delete", "same field"): "conflict",
    ("delete", "same field, same value"): "conflict",
    ("delete", "other field"): "conflict",
    ("delete", "nothing"): "duplicate",
    ("delete", "delete"): "duplicate",
}
THEIR_EDITS = {"same field": road_content(name="Của họ"), "other field": road_content(lanes=4), "delete": None}


@pytest.mark.parametrize(("theirs", "ours"), [(t, o) for t in THEIR_EDITS for o in EDITS])
def test_two_devices_on_one_record(theirs: str, ours: str) -> None:
    province = Province()
    province.take(THEIRS, said(BASE))
    base = province.versions[-1]
    province.take(THEIRS, said(THEIR_EDITS[theirs], 2, base))
    before = province.content
    found = province.take(OURS, said(EDITS[ours], 2, base))
    assert found.result == EXPECTED[theirs, ours]
    if found.result == "conflict":
        assert province.content == before, "a conflict must not change what the province holds"
        outcome = found.outcome()
        assert outcome.theirs == before
        assert outcome.base_revision == 2
        assert found.code == ("MERGE-DELETED" if None in (before, EDITS[ours]) else "MERGE-FIELD")
    if found.result == "merged":
        assert province.content is not None
        assert (province.content["name"], province.content["lanes"]) in {("Của ta", 4), ("Của họ", 4)}
        assert found.outcome().theirs == province.content


@pytest.mark.parametrize("order", list(itertools.permutations(range(5))))
def test_five_packages_of_one_device_in_any_order_end_alike(order: tuple[int, ...]) -> None:
    """The device sealed five revisions before it heard of the first (design: nothing waits for a receipt)."""
    steps = [said(road_content(name=f"Lần {n}", lanes=n), n) for n in range(1, 6)]
    province = Province()
    results = [province.take(OURS, steps[index]).result for index in order]
    assert province.content == steps[-1].content
    assert set(results) <= {"applied", "duplicate"}


def test_a_second_change_before_the_first_receipt_builds_on_the_first() -> None:
    """Another device's edit of another field in between survives; of the same field, it is a conflict."""
    province = Province()
    province.take(OURS, said(BASE, 1))
    province.take(THEIRS, said(road_content(lanes=4), 1, province.versions[-1]))
    found = province.take(OURS, said(road_content(name="Sửa lần hai"), 2))
    assert found.result == "merged"
    assert province.content is not None
    assert (province.content["name"], province.content["lanes"]) == ("Sửa lần hai", 4)
    assert province.take(OURS, said(road_content(lanes=6), 3)).result == "conflict"


def test_after_a_conflict_is_decided_the_decision_stands() -> None:
    province = Province()
    province.take(THEIRS, said(BASE))
    base = province.versions[-1]
    province.take(THEIRS, said(THEIR_EDITS["same field"], 2, base))
    assert province.take(OURS, said(EDITS["same field"], 2, base)).result == "conflict"
    decided = said(EDITS["same field"], 3, province.versions[-1])
    assert province.take(OURS, decided).result == "applied"
    assert province.take(OURS, decided).result == "duplicate"


def test_a_deleted_record_may_be_brought_back_knowingly_and_only_so() -> None:
    province = Province()
    province.take(THEIRS, said(BASE))
    base = province.versions[-1]
    province.take(THEIRS, said(None, 2, base))
    assert province.take(OURS, said(road_content(lanes=3), 2, base)).code == "MERGE-DELETED"
    assert province.take(OURS, said(road_content(lanes=3), 3, province.versions[-1])).result == "applied"


def test_an_unknown_base_overwrites_nothing() -> None:
    """A province restored from yesterday's backup has never seen the revision the device built on."""
    province = Province()
    province.take(THEIRS, said(BASE))
    lost = Version(9, road_content(surface="DAT"), content_hash(road_content(surface="DAT")))
    found = province.take(OURS, said(road_content(surface="DAT", lanes=8), 2, lost))
    assert (found.result, found.code) == ("conflict", "MERGE-BASE-UNKNOWN")
    assert set(found.context["fields"]) == {"surface", "lanes"}
    assert province.take(OURS, said(BASE, 3, lost)).result == "duplicate"


def test_a_record_the_province_lost_is_taken_again() -> None:
    lost = Version(4, BASE, content_hash(BASE))
    found = Province().take(OURS, said(road_content(lanes=3), 7, lost))
    assert (found.result, found.revision) == ("applied", 1)


def test_fields_the_sender_does_not_know_stay_as_they_are() -> None:
    province = Province()
    full = plain_content(ROAD, {**BASE, "from_the_future": "x"})
    province.take(THEIRS, said(full))
    older = {key: value for key, value in road_content(lanes=3).items() if key != "surface"}
    change = said(older, 2, province.versions[-1])
    assert change.content is not None
    sent = {key: value for key, value in change.content.items() if key != "surface"}
    found = province.take(OURS, RecordChange(**{**_facts(change), "content": sent}))
    assert found.result == "applied"
    assert province.content is not None
    assert (province.content["from_the_future"], province.content["surface"]) == ("x", "BTN")
    assert province.content["lanes"] == 3


def _facts(change: RecordChange) -> dict[str, Any]:
    return {name: getattr(change, name) for name in RecordChange.__slots__}


def test_a_record_keeps_its_type() -> None:
    province = Province()
    province.take(THEIRS, said(BASE))
    other = RecordChange(**{**_facts(said(BASE, 2)), "type_id": "bridge"})
    found = province.take(OURS, other)
    assert (found.result, found.code) == ("rejected", "TYPE-DIFFERS")
