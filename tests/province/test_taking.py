"""Packages taken: one transaction, one receipt, and whatever is wrong named by code and field."""

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import shapely
from sqlalchemy import func, select

from core.canonical import sha256_hex
from core.errors import UserError
from core.identity import new_uid
from forms.content import content_hash, geometry_to_hex
from province.boundaries import store_boundary
from province.feed import fetch_page
from province.gateway import Gateway, open_gateway, renew_epoch
from province.sessions import revoke_device
from province.settings import GatewaySettings
from province.storage import is_shared
from province.tables import metadata, packages, records, taken_changes, versions
from province.taking import Held, take_package
from tests.province.conftest import Enrolled, FakeClock, bring, whole_upload
from tests.province.samples import COMMUNE, EPSG, OTHER_COMMUNE, Device, change, line, road
from wire.package import Attachment
from wire.receipt import open_receipt
from wire.signing import private_key_of

BOW_TIE = geometry_to_hex(shapely.MultiPolygon([shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])]))


def dump(gateway: Gateway) -> dict[str, list[tuple[object, ...]]]:
    """Everything the gateway holds of packages and records."""
    with gateway.database.reading() as connection:
        names = ("packages", "records", "versions", "taken_changes", "commune_sequences")
        return {name: [tuple(row) for row in connection.execute(select(metadata.tables[name]))] for name in names}


def test_a_package_is_applied_and_answered(gateway: Gateway, enrolled: Enrolled, clock: FakeClock) -> None:
    device = enrolled()
    changes = [change(road(place)) for place in range(3)]
    receipt = bring(gateway, device, changes)
    assert [outcome.result for outcome in receipt.outcomes] == ["applied"] * 3
    assert {outcome.uid for outcome in receipt.outcomes} == {item.uid for item in changes}
    assert {outcome.base_revision for outcome in receipt.outcomes} == {1}
    assert (receipt.sequence, receipt.epoch, receipt.audit_head) == (3, gateway.epoch, "e" * 64)
    assert receipt.received_at == "2026-03-02T01:02:03.000Z"
    page = fetch_page(gateway, COMMUNE, after=0, epoch=None)
    assert {item.uid: dict(item.content or {}) for item in page.changes} == {item.uid: item.content for item in changes}


def test_sending_again_gives_the_same_bytes_and_changes_nothing(
    gateway: Gateway, enrolled: Enrolled, clock: FakeClock
) -> None:
    device = enrolled()
    path, package_id = device.seal([change(road(place)) for place in range(3)])
    upload = whole_upload(device, path, package_id)
    first = take_package(gateway, path, upload)
    before = dump(gateway)
    clock.move(days=400)
    assert take_package(gateway, path, upload) == first
    assert dump(gateway) == before


def test_eight_at_once_apply_once(gateway: Gateway, enrolled: Enrolled) -> None:
    device = enrolled()
    path, package_id = device.seal([change(road(place)) for place in range(20)])
    upload = whole_upload(device, path, package_id)
    start, answers = threading.Barrier(8), []

    def send() -> None:
        start.wait()
        answers.append(take_package(gateway, path, upload))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert len(set(answers)) == 1
    with gateway.database.reading() as connection:
        for table, count in ((packages, 1), (records, 20), (versions, 20), (taken_changes, 20)):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == count


def test_the_same_change_in_another_package_is_a_duplicate(gateway: Gateway, enrolled: Enrolled) -> None:
    device = enrolled()
    changes = [change(road())]
    bring(gateway, device, changes)
    again = bring(gateway, device, [*changes, change(road(1))])
    results = {outcome.uid: (outcome.result, outcome.base_revision) for outcome in again.outcomes}
    assert results[changes[0].uid] == ("duplicate", 1)
    assert sorted(result for result, _ in results.values()) == ["applied", "duplicate"]


def test_two_devices_merge_and_conflict(gateway: Gateway, enrolled: Enrolled) -> None:
    one, other = enrolled(), enrolled()
    content = road()
    first = change(content)
    bring(gateway, one, [first])
    narrow = change(road(carriageway_w=3.0), uid=first.uid, revision=2, base_revision=1, base=content)
    renamed = change(road(name="Đường Hùng Vương"), uid=first.uid, revision=5, base_revision=1, base=content)
    wide = change(road(carriageway_w=7.5), uid=first.uid, revision=6, base_revision=1, base=content)
    assert bring(gateway, one, [narrow]).count()["applied"] == 1
    merged = bring(gateway, other, [renamed]).outcomes[0]
    assert (merged.result, merged.base_revision, merged.revision) == ("merged", 3, 5)
    assert merged.theirs is not None
    assert (merged.theirs["name"], merged.theirs["carriageway_w"]) == ("Đường Hùng Vương", 3.0)
    before = dump(gateway)["records"]
    conflict = bring(gateway, enrolled(), [wide]).outcomes[0]
    assert (conflict.result, conflict.code, conflict.field) == ("conflict", "MERGE-FIELD", "carriageway_w")
    assert conflict.theirs == merged.theirs
    assert dump(gateway)["records"] == before


def test_what_was_taken_is_kept_once_and_built_on_as_it_was_said(gateway: Gateway, enrolled: Enrolled) -> None:
    one, other = enrolled(), enrolled()
    content, uid = road(), new_uid()
    mine = road(name="Đường Hùng Vương")
    bring(gateway, one, [change(content, uid=uid)])
    bring(gateway, other, [change(road(carriageway_w=3.0), uid=uid, revision=2, base_revision=1, base=content)])
    merged = bring(gateway, one, [change(mine, uid=uid, revision=2, base_revision=1, base=content)])
    with gateway.database.reading() as connection:
        query = select(taken_changes.c.content, taken_changes.c.content_hash).order_by(taken_changes.c.revision)
        kept = connection.execute(query).all()
    assert [row.content is None for row in kept] == [True, True, False], "only the merge says else than its version"
    assert kept[2].content_hash == content_hash(mine) == content_hash(json.loads(kept[2].content))
    unaware = change(road(name="Đường Trần Phú"), uid=uid, revision=3, base_revision=1, base=content)
    latest = bring(gateway, one, [unaware]).outcomes[0]
    assert merged.outcomes[0].result == latest.result == "merged"
    assert latest.theirs is not None
    assert (latest.theirs["name"], latest.theirs["carriageway_w"]) == ("Đường Trần Phú", 3.0)


def test_a_second_change_is_built_on_the_first_though_only_a_version_has_it(
    gateway: Gateway, enrolled: Enrolled
) -> None:
    one, other = enrolled(), enrolled()
    content, uid = road(), new_uid()
    bring(gateway, one, [change(content, uid=uid)])
    bring(gateway, one, [change(road(name="Đường A"), uid=uid, revision=2, base_revision=1, base=content)])
    bring(
        gateway,
        other,
        [
            change(
                road(name="Đường A", carriageway_w=3.0), uid=uid, revision=2, base_revision=2, base=road(name="Đường A")
            )
        ],
    )
    unaware = change(road(name="Đường B"), uid=uid, revision=3, base_revision=1, base=content)
    latest = bring(gateway, one, [unaware]).outcomes[0]
    assert latest.theirs is not None
    assert (latest.result, latest.theirs["name"], latest.theirs["carriageway_w"]) == ("merged", "Đường B", 3.0)


def test_a_deletion_reaches_the_other_workspace(gateway: Gateway, enrolled: Enrolled) -> None:
    device = enrolled()
    content = road()
    first = change(content)
    cursor = bring(gateway, device, [first]).sequence
    bring(gateway, device, [change(None, uid=first.uid, revision=2, base_revision=1, base=content)])
    page = fetch_page(gateway, COMMUNE, after=cursor, epoch=gateway.epoch)
    assert [(item.uid, item.revision, item.content, item.content_hash) for item in page.changes] == [
        (first.uid, 2, None, None)
    ]
    assert (page.reset, page.more, page.next, page.horizon) == (False, False, 2, 2)


def test_what_a_rule_forbids_is_rejected_and_the_rest_goes_on(gateway: Gateway, enrolled: Enrolled) -> None:
    good, nameless = change(road()), change(road(1, name=None, road_code=None))
    broken = change({**road(2), "geometry": BOW_TIE, "name": "Ranh giới"}, type_id="planning_boundary")
    foreign = change(road(3, commune_code=OTHER_COMMUNE))
    outcomes = {item.uid: item for item in bring(gateway, enrolled(), [good, nameless, broken, foreign]).outcomes}
    assert outcomes[good.uid].result == "applied"
    assert (outcomes[nameless.uid].result, outcomes[nameless.uid].code) == ("rejected", "ATT-01")
    assert outcomes[broken.uid].result == "rejected"
    assert outcomes[broken.uid].context["findings"][0]["rule_id"] == outcomes[broken.uid].code
    assert (outcomes[foreign.uid].code, outcomes[foreign.uid].field) == ("PKG-07", "commune_code")
    assert all(outcomes[item.uid].base_revision is None for item in (nameless, broken, foreign))
    page = fetch_page(gateway, COMMUNE, after=0, epoch=None)
    assert [item.uid for item in page.changes] == [good.uid]


def test_a_secret_that_a_stranger_s_program_sealed_is_rejected(
    gateway: Gateway, enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wire.package.find_secret_field", lambda *_: None)
    outcome = bring(gateway, enrolled(), [change(road(name="Bản đồ (TỐI MẬT)"))]).outcomes[0]
    assert (outcome.result, outcome.code, outcome.field) == ("rejected", "SEC-01", "name")


def test_a_record_far_outside_the_commune_is_rejected(gateway: Gateway, enrolled: Enrolled) -> None:
    outline = line().buffer(5_000)
    with gateway.database.writing() as connection:
        store_boundary(connection, COMMUNE, epsg=EPSG, outline=outline, source="thử")
    far = geometry_to_hex(shapely.transform(line(), lambda xy: xy + 20_000))
    inside, outside = change(road()), change(road(1, geometry=far))
    outcomes = {item.uid: item for item in bring(gateway, enrolled(), [inside, outside]).outcomes}
    assert outcomes[inside.uid].result == "applied"
    assert (outcomes[outside.uid].result, outcomes[outside.uid].code) == ("rejected", "ADM-03")


def _bridge(road_uid: str) -> dict[str, object]:
    content = {key: value for key, value in road().items() if key != "carriageway_w"}
    return {**content, "name": "Cầu Treo", "road_segment_uid": road_uid}


def test_a_child_of_a_rejected_record_is_rejected_too(gateway: Gateway, enrolled: Enrolled) -> None:
    parent = change(road(name=None, road_code=None))
    child = change(_bridge(parent.uid), type_id="bridge")
    outcomes = {item.uid: item for item in bring(gateway, enrolled(), [parent, child]).outcomes}
    assert outcomes[parent.uid].result == "rejected"
    assert (outcomes[child.uid].code, outcomes[child.uid].field) == ("REFERENCE-UNKNOWN", "road_segment_uid")


def test_a_child_waits_for_the_package_that_brings_its_parent(gateway: Gateway, enrolled: Enrolled) -> None:
    device = enrolled()
    parent = change(road())
    first = device.seal([parent])
    second = device.seal([change(_bridge(parent.uid), type_id="bridge")])
    before = dump(gateway)
    with pytest.raises(Held) as held:
        take_package(gateway, second[0], whole_upload(device, *second))
    assert held.value.missing == [1]
    assert dump(gateway) == before
    for path, package_id in (first, second):
        data = take_package(gateway, path, whole_upload(device, path, package_id))
        assert open_receipt(data, gateway.key.public_key()).count()["applied"] == 1


def test_readers_see_parents_before_children(gateway: Gateway, enrolled: Enrolled) -> None:
    device = enrolled()
    parents = [change(road(place)) for place in range(4)]
    children = [change(_bridge(parent.uid), type_id="bridge") for parent in parents]
    cursor = bring(gateway, device, [*children[::-1], *parents]).sequence
    seen: set[str] = set()
    for item in fetch_page(gateway, COMMUNE, after=0, epoch=None).changes:
        assert (item.content or {}).get("road_segment_uid") in {None, *seen}
        seen.add(item.uid)
    bring(
        gateway,
        device,
        [
            change(None, uid=item.uid, revision=2, base_revision=1, base=item.content, type_id=item.type_id)
            for item in (*parents, *children)
        ],
    )
    gone = [item.type_id for item in fetch_page(gateway, COMMUNE, after=cursor, epoch=None).changes]
    assert gone == ["bridge"] * 4 + ["road_segment"] * 4


def test_a_gap_is_reported_and_a_used_number_refused(gateway: Gateway, enrolled: Enrolled) -> None:
    device = enrolled()
    assert bring(gateway, device, [change(road())], device_sequence=4).missing_sequences == (1, 2, 3)
    assert bring(gateway, device, [change(road(1))], device_sequence=2).missing_sequences == (1,)
    before = dump(gateway)
    with pytest.raises(UserError) as caught:
        bring(gateway, device, [change(road(2))], device_sequence=4)
    assert caught.value.code == "PACKAGE-SEQUENCE-USED"
    assert dump(gateway) == before


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("unknown device", "PACKAGE-UNKNOWN-DEVICE"),
        ("revoked device", "DEVICE-REVOKED"),
        ("forged commune", "PACKAGE-FORGED-COMMUNE"),
        ("another commune's courier", "PACKAGE-OTHER-COMMUNE"),
        ("another key", "PACKAGE-FORGED"),
        ("another id", "PACKAGE-ID-DIFFERS"),
        ("another zone", "PACKAGE-WRONG-ZONE"),
    ],
)
def test_a_package_refused_whole(gateway: Gateway, enrolled: Enrolled, tmp_path: Path, case: str, code: str) -> None:
    device = enrolled()
    header: dict[str, object] = {}
    if case == "unknown device":
        device = Device(tmp_path / "lạ", seed=250)
    if case == "forged commune":
        header = {"commune_code": OTHER_COMMUNE}
    if case == "another zone":
        header = {"epsg": 9210}
    if case == "another key":
        stranger = enrolled()
        device.seed = stranger.seed
    path, package_id = device.seal([change(road())], **header)
    upload = whole_upload(device, path, package_id)
    if case == "revoked device":
        revoke_device(gateway, device.device_id)
    if case == "another commune's courier":
        upload = replace(upload, commune_code=OTHER_COMMUNE)
    if case == "another id":
        upload = replace(upload, package_id="f" * 64)
    before = dump(gateway)
    with pytest.raises(UserError) as caught:
        take_package(gateway, path, upload)
    assert caught.value.code == code
    assert dump(gateway) == before


def test_every_97th_byte_flipped_is_refused_and_changes_nothing(gateway: Gateway, enrolled: Enrolled) -> None:
    device = enrolled()
    path, package_id = device.seal([change(road())])
    data = path.read_bytes()
    before = dump(gateway)
    for place in range(0, len(data), 97):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x20]) + data[place + 1 :])
        with pytest.raises(UserError) as caught:
            take_package(gateway, path, whole_upload(device, path, package_id))
        assert caught.value.code in {"PACKAGE-DAMAGED", "PACKAGE-HOSTILE", "PACKAGE-TOO-LARGE"}
        assert caught.value.context["file"]
    assert dump(gateway) == before
    path.write_bytes(data)
    take_package(gateway, path, whole_upload(device, path, package_id))


@pytest.mark.parametrize("sealed_at", ["2016-03-01T02:03:04.005Z", "2036-03-01T02:03:04.005Z"])
def test_a_clock_ten_years_off_decides_nothing(gateway: Gateway, enrolled: Enrolled, sealed_at: str) -> None:
    receipt = bring(gateway, enrolled(), [change(road())], sealed_at=sealed_at, approved_at=sealed_at)
    assert receipt.count()["applied"] == 1
    assert receipt.received_at == "2026-03-02T01:02:03.000Z"


def test_the_feed_pages_without_gaps_and_notices_another_life(
    gateway: Gateway, enrolled: Enrolled, tmp_path: Path, clock: FakeClock
) -> None:
    small = replace(gateway, settings=replace(gateway.settings, page_changes=7))
    bring(gateway, enrolled(), [change(road(place)) for place in range(20)])
    bring(gateway, enrolled(OTHER_COMMUNE), [])
    seen, cursor, more = [], 0, True
    while more:
        page = fetch_page(small, COMMUNE, after=cursor, epoch=gateway.epoch)
        seen += [item.sequence for item in page.changes]
        cursor, more = page.next, page.more
    assert seen == list(range(1, 21))
    assert fetch_page(gateway, OTHER_COMMUNE, after=0, epoch=None).changes == ()
    for after, epoch in ((5, new_uid()), (21, gateway.epoch)):
        page = fetch_page(gateway, COMMUNE, after=after, epoch=epoch)
        assert (page.reset, page.changes[0].sequence) == (True, 1)
    tiny = replace(gateway, settings=replace(gateway.settings, page_bytes=1))
    assert len(fetch_page(tiny, COMMUNE, after=0, epoch=None).changes) == 1


def test_key_and_epoch_survive_a_restart(gateway: Gateway, location: str) -> None:
    folder = gateway.settings.folder
    again = open_gateway(location, GatewaySettings(folder))
    assert (again.server_key, again.epoch) == (gateway.server_key, gateway.epoch)
    again.close()
    key = folder / "server.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert private_key_of(bytes.fromhex(key.read_text().strip()))


def test_a_restored_database_begins_another_life(gateway: Gateway, enrolled: Enrolled, location: str) -> None:
    """Restored from a backup and written to again, the same numbers name other changes: a cursor of before is void."""
    bring(gateway, enrolled(), [change(road(place)) for place in range(3)])
    before = gateway.epoch
    named = renew_epoch(gateway)
    again = open_gateway(location, gateway.settings)
    page = fetch_page(again, COMMUNE, after=2, epoch=before)
    again.close()
    assert (page.epoch, page.reset) == (named, True)
    assert [item.sequence for item in page.changes] == [1, 2, 3]


def test_receipts_are_countersigned_json(gateway: Gateway, enrolled: Enrolled) -> None:
    device = enrolled()
    path, package_id = device.seal([change(road())])
    data = take_package(gateway, path, whole_upload(device, path, package_id))
    assert set(json.loads(data)) == {"document", "server_key", "signature"}
    with pytest.raises(UserError) as caught:
        open_receipt(data, private_key_of(b"x" * 32).public_key())
    assert caught.value.code == "RECEIPT-FORGED"


def test_text_that_no_database_takes_refuses_the_package_and_leaves_no_trace(
    gateway: Gateway, enrolled: Enrolled
) -> None:
    """A NUL in a file's name: PostgreSQL has no such text, the embedded store has; neither is left half done."""
    device = enrolled()
    data = b"x"
    photo = Attachment(sha256_hex(data), "ảnh\x00.jpg", len(data), lambda: [data])
    path, package_id = device.seal([change(road())], [photo])
    before = dump(gateway)
    try:
        take_package(gateway, path, whole_upload(device, path, package_id))
    except UserError as error:
        assert error.code == "REQUEST-INVALID"
        assert dump(gateway) == before
    else:
        assert not is_shared(gateway.database)
