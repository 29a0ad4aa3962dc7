"""Packages that go on a stick and receipts that come back on one: the same guarantees as on the line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import EnvironmentFault
from forms.record import State
from services import editing
from services.approving import approve
from services.carrying import carry_out, take_receipt_file
from services.desk import Desk
from services.outbox import outbox_of
from services.reading import fetch_record
from services.syncing import sync
from tests.cli.running import run
from tests.services.desks import records_of, refused, sample_line, snapshot
from tests.services.gateways import Gateway
from tests.services.pairs import Pair, edit, state_of

AtTheProvince = Callable[[Path], Path]


@pytest.fixture
def desk(pair: Pair) -> Desk:
    """One road, approved and not sent, at a computer that is enrolled."""
    one, _ = pair()
    editing.insert_record(one, "road_segment", {"name": "Đường A"}, sample_line((0, 0), (120, 40)))
    approve(one)
    return one


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "USB của xã"
    folder.mkdir()
    return folder


@pytest.fixture
def at_the_province(gateway: Gateway) -> AtTheProvince:
    """Take a package at the province's machine and give the receipt that it writes beside it."""

    def take(package: Path) -> Path:
        done = run("take", package, "--database", gateway.database)
        assert done.code == 0, done.err
        return Path(done.out.strip())

    return take


def test_a_package_goes_out_and_its_receipt_comes_back(desk: Desk, stick: Path, at_the_province: AtTheProvince) -> None:
    [copy] = carry_out(desk, stick)
    [road] = records_of(desk, "road_segment")
    assert (copy.parent, road.state) == (stick, State.PACKED)
    taken = take_receipt_file(desk, at_the_province(copy))
    assert (taken.is_new, taken.taken, taken.summary()["rejected"]) == (True, 1, 0)
    assert state_of(desk, road.uid) is State.ACCEPTED
    assert fetch_record(desk, road.uid).base_revision == 1
    [package] = outbox_of(desk).packages
    assert package.state == "answered"
    assert sorted(path.name for path in (desk.workspace.folder / "packages").iterdir()) == [
        f"{copy.stem}.receipt.json",
        copy.name,
    ]


def test_the_same_receipt_twice_changes_nothing(desk: Desk, stick: Path, at_the_province: AtTheProvince) -> None:
    [copy] = carry_out(desk, stick)
    receipt = at_the_province(copy)
    take_receipt_file(desk, receipt)
    before = snapshot(desk)
    assert not take_receipt_file(desk, receipt).is_new
    assert snapshot(desk) == before
    assert carry_out(desk, stick) == []


def test_the_stick_and_the_line_together_send_once(desk: Desk, stick: Path, at_the_province: AtTheProvince) -> None:
    [copy] = carry_out(desk, stick)
    receipt = at_the_province(copy)
    report = sync(desk)
    assert (report.count("applied"), len(report.packages)) == (1, 1)
    assert not take_receipt_file(desk, receipt).is_new
    [road] = records_of(desk, "road_segment")
    assert (road.state, road.base_revision) == (State.ACCEPTED, 1)


def test_what_waits_goes_out_again_and_again(desk: Desk, stick: Path, at_the_province: AtTheProvince) -> None:
    first = carry_out(desk, stick)
    [road] = records_of(desk, "road_segment")
    editing.insert_record(desk, "road_segment", {"name": "Đường B"}, sample_line((0, 50), (120, 90)))
    approve(desk)
    second = carry_out(desk, stick)
    assert second[: len(first)] == first
    assert len(second) == 2
    receipts = [at_the_province(copy) for copy in second]
    edited = edit(desk, road.uid, name="Đường A mới")
    for path in reversed(receipts):
        assert take_receipt_file(desk, path).taken == 1
    now = fetch_record(desk, road.uid)
    assert (now.values["name"], now.state, now.revision) == ("Đường A mới", State.DRAFT, edited.revision)


@pytest.mark.parametrize("harm", ["cut", "forged", "other", "page"])
def test_what_is_no_receipt_of_ours_changes_nothing(
    desk: Desk, stick: Path, at_the_province: AtTheProvince, harm: str
) -> None:
    [copy] = carry_out(desk, stick)
    receipt = at_the_province(copy)
    data = receipt.read_bytes()
    codes = {
        "cut": "RECEIPT-DAMAGED",
        "forged": "RECEIPT-FORGED",
        "other": "RECEIPT-UNKNOWN",
        "page": "RECEIPT-DAMAGED",
    }
    if harm == "other":
        with desk.workspace.store.writing() as connection:
            connection.exec_driver_sql("UPDATE packages SET package_id = ?", ("0" * 64,))
    receipt.write_bytes(
        {
            "cut": data[: len(data) // 2],
            "forged": data.replace(b'"device_sequence":1', b'"device_sequence":2'),
            "other": data,
            "page": b"<html>Wi-Fi</html>",
        }[harm]
    )
    before = snapshot(desk)
    refused(codes[harm], lambda: take_receipt_file(desk, receipt))
    assert snapshot(desk) == before


def test_a_stick_that_is_gone_or_full_is_told(desk: Desk, stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused("CARRY-FOLDER", lambda: carry_out(desk, stick / "không có"))
    assert outbox_of(desk).packages == (), "nothing was sealed for a stick that is not there"

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("services.packaging.shutil.copyfile", full)
        assert isinstance(refused("PACKAGE-COPY", lambda: carry_out(desk, stick)), EnvironmentFault)
    assert list(stick.iterdir()) == []
    assert len(carry_out(desk, stick)) == 1
    refused("STORE-IO", lambda: take_receipt_file(desk, stick / "biên nhận.json"))


def test_the_province_refuses_what_it_would_refuse_on_the_line(desk: Desk, stick: Path, gateway: Gateway) -> None:
    [copy] = carry_out(desk, stick)
    whole = copy.read_bytes()
    database = ("--database", gateway.database)
    assert run("take", stick / "không có.zip", *database).code == 3
    harmed = stick / "hỏng.zip"
    for data in (whole[: len(whole) // 2], b"PK", whole[:200] + b"x" + whole[201:]):
        harmed.write_bytes(data)
        assert run("take", harmed, *database).code == 2
    assert not list(stick.glob("*.receipt.json"))
    first = run("take", copy, *database)
    again = run("take", copy, "--receipt", stick / "lần hai.json", *database)
    assert (first.code, again.code) == (0, 0)
    assert (stick / "lần hai.json").read_bytes() == Path(first.out.strip()).read_bytes()
    assert take_receipt_file(desk, stick / "lần hai.json").taken == 1
