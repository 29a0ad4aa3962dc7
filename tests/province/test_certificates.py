"""The certificate of a package at the province: information that is held against the rules about packages."""

from pathlib import Path

import pytest

from core.errors import UserError
from province.gateway import Gateway, open_gateway
from province.settings import GatewaySettings
from province.taking import take_package
from tests.province.conftest import Enrolled, FakeClock, whole_upload
from tests.province.samples import CATALOGUE, COMMUNE, MOMENT, Device, change, road
from wire.certificate import Certificate
from wire.receipt import Receipt, open_receipt


def certificate(**changes: object) -> Certificate:
    plain = Certificate(
        program="0.1.0",
        catalogue_hash=CATALOGUE.hash,
        rule_pack_hash="d" * 64,
        checked_at=MOMENT,
        checked=1,
    )
    return plain.model_copy(update=changes)


def take(gateway: Gateway, device: Device, told: Certificate | None) -> Receipt:
    path, package_id = device.seal([change(road())], certificate=told)
    return open_receipt(take_package(gateway, path, whole_upload(device, path, package_id)), gateway.key.public_key())


@pytest.fixture
def strict(tmp_path: Path, clock: FakeClock, gateway: Gateway) -> Gateway:
    """The gateway, started again with an oldest version."""
    return Gateway(
        gateway.database,
        GatewaySettings(gateway.settings.folder, clock=clock, oldest_program="0.2.0"),
        gateway.key,
        gateway.epoch,
        gateway.catalogue,
        gateway.tolerances,
        gateway.rule_pack,
    )


@pytest.mark.parametrize("told", [None, certificate(), certificate(findings={"TOP-09": {"warning": 3}})])
def test_a_package_with_or_without_one_is_taken(gateway: Gateway, enrolled: Enrolled, told: Certificate | None) -> None:
    receipt = take(gateway, enrolled(), told)
    assert [outcome.result for outcome in receipt.outcomes] == ["applied"]
    assert receipt.rule_pack_hash == gateway.rule_pack != "d" * 64


def test_one_that_counts_errors_is_refused_whole(gateway: Gateway, enrolled: Enrolled) -> None:
    device = enrolled()
    with pytest.raises(UserError) as caught:
        take(gateway, device, certificate(findings={"GEO-02": {"error": 1}}))
    assert (caught.value.code, caught.value.context["rule"]) == ("PACKAGE-RULE", "PKG-01")
    assert take(gateway, device, certificate()).missing_sequences == ()  # the number was not lost


@pytest.mark.parametrize(("program", "taken"), [("0.1.9", False), ("0.2.0", True), ("0.10.0", True), (None, True)])
def test_an_office_names_the_oldest_program(
    strict: Gateway, enrolled: Enrolled, program: str | None, taken: bool
) -> None:
    told = None if program is None else certificate(program=program)
    if taken:
        assert take(strict, enrolled(), told).count()["applied"] == 1
        return
    with pytest.raises(UserError) as caught:
        take(strict, enrolled(), told)
    assert (caught.value.code, caught.value.context["rule"]) == ("PACKAGE-RULE", "PKG-05")
    assert "0.2.0" in str(caught.value)


def test_a_gateway_tells_its_own_hash(tmp_path: Path) -> None:
    loose = GatewaySettings(tmp_path / "tỉnh", tolerances={"adm03_warning_m": 3000.0})
    gateway = open_gateway(str(tmp_path / "tỉnh" / "province.sqlite"), loose)
    try:
        assert gateway.tolerances == {"adm03_warning_m": 3000.0}
        assert COMMUNE
    finally:
        gateway.close()
