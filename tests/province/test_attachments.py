"""Files that come with a package: known afterwards, wanted by the records that name them."""

import hashlib
from typing import Any

import pytest
from sqlalchemy import select

from core.errors import UserError
from province.gateway import Gateway
from province.tables import attachments
from province.taking import take_package
from tests.province.conftest import Enrolled, bring, whole_upload
from tests.province.samples import COMMUNE, change, road
from wire.package import Attachment
from wire.receipt import open_receipt

BYTES = b"anh" * 1000
SHA256 = hashlib.sha256(BYTES).hexdigest()


def link(**more: Any) -> dict[str, Any]:
    return {"sha256": SHA256, "name": "ảnh.jpg", "bytes": len(BYTES), "mime": "image/jpeg", **more}


def attachment(name: str = "ảnh.jpg") -> Attachment:
    return Attachment(SHA256, name, len(BYTES), lambda: [BYTES])


def send(gateway: Gateway, device: Any, changes: list[Any], files: list[Attachment]) -> Any:
    path, package_id = device.seal(changes, files)
    sealed = take_package(gateway, path, whole_upload(device, path, package_id))
    return open_receipt(sealed, gateway.key.public_key())


def test_a_file_that_travels_is_noted_with_its_package(gateway: Gateway, enrolled: Enrolled) -> None:
    device = enrolled()
    receipt = send(gateway, device, [change(road(attachments=[link()]))], [attachment()])
    assert [outcome.result for outcome in receipt.outcomes] == ["applied"]
    with gateway.database.reading() as connection:
        [row] = connection.execute(select(attachments)).all()
    assert (row.commune_code, row.sha256, row.bytes, row.package_id) == (
        COMMUNE,
        SHA256,
        len(BYTES),
        receipt.package_id,
    )


def test_a_file_sent_once_is_enough_for_later_records(gateway: Gateway, enrolled: Enrolled) -> None:
    device = enrolled()
    send(gateway, device, [change(road(attachments=[link()]))], [attachment()])
    [outcome] = bring(gateway, device, [change(road(1, attachments=[link(caption="Lại")]))]).outcomes
    assert outcome.result == "applied"
    receipt = send(gateway, device, [change(road(2, attachments=[link()]))], [attachment()])
    assert receipt.outcomes[0].result == "applied"
    with gateway.database.reading() as connection:
        assert len(connection.execute(select(attachments)).all()) == 1


def test_a_record_whose_file_never_came_is_rejected(gateway: Gateway, enrolled: Enrolled) -> None:
    bare, whole = change(road(attachments=[link()])), change(road(1))
    outcomes = {item.uid: item for item in bring(gateway, enrolled(), [bare, whole]).outcomes}
    assert (outcomes[bare.uid].result, outcomes[bare.uid].code, outcomes[bare.uid].field) == (
        "rejected",
        "DOS-05",
        "attachments",
    )
    assert outcomes[whole.uid].result == "applied"


def test_a_size_that_is_not_the_file_s_is_rejected(gateway: Gateway, enrolled: Enrolled) -> None:
    receipt = send(gateway, enrolled(), [change(road(attachments=[link(bytes=5)]))], [attachment()])
    assert (receipt.outcomes[0].result, receipt.outcomes[0].code) == ("rejected", "DOS-05")


def test_secret_names_are_refused_in_record_and_package(
    gateway: Gateway, enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wire.package.find_secret_field", lambda *_: None)
    monkeypatch.setattr("wire.package.find_stamp", lambda *_: None)
    device = enrolled()
    secret = change(road(attachments=[link(caption="Bản TỐI MẬT")]))
    receipt = send(gateway, device, [secret], [attachment()])
    assert (receipt.outcomes[0].result, receipt.outcomes[0].code) == ("rejected", "SEC-01")
    with pytest.raises(UserError) as caught:
        send(gateway, device, [change(road(1, attachments=[link()]))], [attachment("TUYỆT MẬT.jpg")])
    assert caught.value.code == "SEC-SECRET-STAMP"
