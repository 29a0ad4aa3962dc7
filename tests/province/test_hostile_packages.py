"""What an enemy sends reaches the gateway whole and is refused with a code: nothing stays of it but the refusal."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from core.errors import UserError
from province.gateway import Gateway
from province.intake import Intake
from province.sessions import find_session, revoke_device
from province.tables import metadata, refused_packages, uploads
from province.taking import find_receipt, take_package
from province.uploads import REFUSED, TAKEN, Upload, Uploads
from tests.province.conftest import Enrolled, bring, whole_upload
from tests.province.hostile import CONTAINERS, WEAPONS, run_sql, sealed_with, without_field
from tests.province.samples import OTHER_COMMUNE, Device, change, road

OF_FORM = {"PACKAGE-DAMAGED", "PACKAGE-HOSTILE", "PACKAGE-TOO-LARGE", "PACKAGE-FORMAT"}
SAID = {
    "a bomb": "PACKAGE-TOO-LARGE",
    "a size in zip64": "PACKAGE-DAMAGED",
    "a symbolic link": "PACKAGE-HOSTILE",
    "a path upwards": "PACKAGE-HOSTILE",
    "a zip in the zip": "PACKAGE-DAMAGED",
}
TRACES = {"uploads", "refused_packages", "incidents"}


def dump(gateway: Gateway) -> dict[str, list[tuple[Any, ...]]]:
    """Every row but those that tell of a refusal."""
    with gateway.database.reading() as connection:
        return {
            name: sorted(map(repr, connection.execute(select(table)).all()))  # type: ignore[misc]
            for name, table in metadata.tables.items()
            if name not in TRACES
        }


def send(gateway: Gateway, device: Device, data: bytes, package_id: str) -> Upload:
    """Bring bytes in as an upload of the device and let the intake take them; return what became of it."""
    sending = Uploads(gateway)
    with gateway.database.reading() as connection:
        session = find_session(connection, device.device_id)
    begun = sending.create(session, package_id, len(data))
    sending.path(begun.upload_id).write_bytes(data)
    sending.note(begun, len(data))
    Intake(gateway, sending).process((session.commune_code, begun.upload_id))
    return sending.get(session.commune_code, begun.upload_id)


def refusal(upload: Upload) -> str:
    assert upload.state == REFUSED
    found = json.loads(upload.error or "{}")
    assert set(found) == {"code", "context"}
    return str(found["code"])


def _stands_alone(gateway: Gateway, upload: Upload, before: object) -> None:
    """Nothing but the refusal is kept: its row, and the file in quarantine."""
    assert dump(gateway) == before
    assert list(gateway.settings.inbox.iterdir()) == []
    assert list(gateway.settings.kept.iterdir()) == []
    assert [path.name for path in gateway.settings.quarantine.iterdir()] == [f"{upload.upload_id}.zip"]


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_that_no_honest_program_writes(gateway: Gateway, enrolled: Enrolled, name: str) -> None:
    device = enrolled()
    path, package_id = device.seal([change(road())])
    before = dump(gateway)
    found = send(gateway, device, CONTAINERS[name](path.read_bytes()), package_id)
    assert refusal(found) in ({SAID[name]} if name in SAID else OF_FORM)
    _stands_alone(gateway, found, before)


@pytest.mark.parametrize("name", WEAPONS)
def test_a_payload_used_as_a_weapon_and_signed(
    gateway: Gateway, enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    device = enrolled()
    data, package_id = sealed_with(device, monkeypatch, run_sql(WEAPONS[name]))
    before = dump(gateway)
    found = send(gateway, device, data, package_id)
    assert refusal(found) in {"PACKAGE-HOSTILE", "PACKAGE-NEWER-SCHEMA"}
    _stands_alone(gateway, found, before)


@pytest.mark.parametrize("junk", [b"\0" * 4096, b"SQLite format 3\0" + b"\0" * 84, b"not a database" * 300])
def test_a_payload_that_is_no_database(
    gateway: Gateway, enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch, junk: bytes
) -> None:
    device = enrolled()
    data, package_id = sealed_with(device, monkeypatch, lambda _: junk)
    before = dump(gateway)
    found = send(gateway, device, data, package_id)
    assert refusal(found) == "PACKAGE-HOSTILE"
    _stands_alone(gateway, found, before)


def test_what_was_refused_may_be_sent_anew_and_is_then_taken(gateway: Gateway, enrolled: Enrolled) -> None:
    device = enrolled()
    path, package_id = device.seal([change(road())])
    data = path.read_bytes()
    assert refusal(send(gateway, device, CONTAINERS["cut by one byte"](data), package_id)) == "PACKAGE-DAMAGED"
    assert send(gateway, device, data, package_id).state == TAKEN


def test_an_older_schema_is_taken_and_a_newer_one_named(
    gateway: Gateway, enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = enrolled()
    data, package_id = sealed_with(device, monkeypatch, without_field("road_segment", "note"))
    found = send(gateway, device, data, package_id)
    assert (found.state, found.error) == (TAKEN, None)
    before = dump(gateway)
    newer = run_sql('ALTER TABLE road_segment ADD COLUMN "colour" TEXT')
    data, package_id = sealed_with(device, monkeypatch, newer)
    found = send(gateway, device, data, package_id)
    assert json.loads(found.error or "{}") == {
        "code": "PACKAGE-NEWER-SCHEMA",
        "context": {"type": "road_segment", "field": "colour"},
    }
    assert dump(gateway) == before
    with gateway.database.reading() as connection:
        told = connection.execute(select(refused_packages.c.package_id, refused_packages.c.code)).all()
    assert [tuple(row) for row in told] == [(package_id, "PACKAGE-NEWER-SCHEMA")]


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("another commune", "PACKAGE-FORGED-COMMUNE"),
        ("another device's key", "PACKAGE-FORGED"),
        ("another device's name", "PACKAGE-FORGED"),
        ("nobody's name", "PACKAGE-UNKNOWN-DEVICE"),
        ("another zone", "PACKAGE-WRONG-ZONE"),
        ("a used number", "PACKAGE-SEQUENCE-USED"),
        ("a revoked sealer", "DEVICE-REVOKED"),
    ],
)
def test_who_speaks_for_another_is_refused_and_noted(
    gateway: Gateway, enrolled: Enrolled, case: str, code: str
) -> None:
    device, other = enrolled(), enrolled()
    bring(gateway, device, [change(road(7))])
    sealer, header = Device(device.folder, seed=device.seed, device_id=device.device_id, sequence=1), {}
    if case == "another commune":
        header = {"commune_code": OTHER_COMMUNE}
    elif case == "another device's key":
        sealer.seed = other.seed
    elif case == "another device's name":
        header = {"device_id": other.device_id}
    elif case == "nobody's name":
        header = {"device_id": "01900000-0000-7000-8000-000000000000"}
    elif case == "another zone":
        header = {"epsg": 9210}
    elif case == "a used number":
        header = {"device_sequence": 1}
    elif case == "a revoked sealer":
        header = {"device_id": other.device_id}
        sealer.seed = other.seed
        revoke_device(gateway, other.device_id)
    path, package_id = sealer.seal([change(road())], **header)
    before = dump(gateway)
    found = send(gateway, device, path.read_bytes(), package_id)
    assert refusal(found) == code
    assert dump(gateway) == before


def test_a_stranger_s_package_never_becomes_another_commune_s(gateway: Gateway, enrolled: Enrolled) -> None:
    """Brought by a device of a neighbour, a package of this commune is nobody's there."""
    device, courier = enrolled(), enrolled(OTHER_COMMUNE)
    path, package_id = device.seal([change(road())])
    before = dump(gateway)
    assert refusal(send(gateway, courier, path.read_bytes(), package_id)) == "PACKAGE-OTHER-COMMUNE"
    assert dump(gateway) == before
    assert send(gateway, device, path.read_bytes(), package_id).state == TAKEN


def test_a_package_replayed_from_another_upload_is_answered_from_the_store(
    gateway: Gateway, enrolled: Enrolled
) -> None:
    device, helper = enrolled(), enrolled()
    path, package_id = device.seal([change(road())])
    data = path.read_bytes()
    assert send(gateway, device, data, package_id).state == TAKEN
    before = dump(gateway)
    with gateway.database.reading() as connection:
        first = find_receipt(connection, device.commune_code, package_id)
        session = find_session(connection, helper.device_id)
    again = Uploads(gateway).create(session, package_id, len(data))
    assert (again.state, again.received) == (TAKEN, len(data))
    assert take_package(gateway, path, whole_upload(helper, path, package_id)) == first
    assert dump(gateway) == before


def test_an_id_that_is_claimed_for_other_bytes_does_not_shut_the_owner_out(
    gateway: Gateway, enrolled: Enrolled
) -> None:
    """A device that says another's package id sends nothing under it; the owner's package is taken all the same."""
    device, rival = enrolled(), enrolled()
    path, package_id = device.seal([change(road())])
    other, _ = rival.seal([change(road(1))])
    assert refusal(send(gateway, rival, other.read_bytes(), package_id)) == "PACKAGE-ID-DIFFERS"
    assert send(gateway, device, path.read_bytes(), package_id).state == TAKEN
    with gateway.database.reading() as connection:
        states = connection.execute(select(uploads.c.state).order_by(uploads.c.state)).scalars().all()
    assert states == [REFUSED, TAKEN]


def test_a_file_that_is_gone_refuses_nothing_by_a_fault(gateway: Gateway, enrolled: Enrolled) -> None:
    device = enrolled()
    path, package_id = device.seal([change(road())])
    arrived = whole_upload(device, path, package_id)
    path.unlink()
    with pytest.raises(UserError) as caught:
        take_package(gateway, path, arrived)
    assert caught.value.code == "PACKAGE-MISSING"
