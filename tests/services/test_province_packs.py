"""The province's catalogue packs: told in its signed notice, fetched with a sync, taken when a person agrees."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from core.canonical import sha256_hex
from core.errors import EnvironmentFault
from localdb.keys import load_device
from services.catalogue_packs import list_packs
from services.desk import Desk
from services.editing import insert_record
from services.overview import build_overview
from services.province_packs import FOLDER, NOTICE, offered_packs, take_offer
from services.syncing import enrol, sync
from sync.client import GatewayClient
from tests.cli.running import run
from tests.services.desks import open_again, refused, sample_line, snapshot
from tests.services.gateways import Gateway, run_gateway
from tests.services.offices import Office, bus_office


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return bus_office(tmp_path_factory.mktemp("sở"))


@pytest.fixture(scope="module")
def pack(office: Office) -> Path:
    return office.issue()


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory, pack: Path, computer: None) -> Iterator[Gateway]:
    with run_gateway(tmp_path_factory.mktemp("tỉnh"), pack) as running:
        yield running


@pytest.fixture
def enrolled(desk: Desk, province: Gateway, haste: None) -> Desk:
    enrol(desk, province.url, province.code(desk.commune.code))
    return desk


def bus_stop(desk: Desk) -> str:
    point = sample_line((0, 0), (1, 1)).centroid
    return insert_record(desk, "bus_stop", {"name": "Chợ", "route_count": 2}, point, capture_method="khac").record.uid


def client_of(desk: Desk) -> GatewayClient:
    device = load_device(desk.workspace.info.workspace_id)
    facts = device.enrolment or {}
    return GatewayClient(
        facts["server"], device_id=device.device_id, private_key=device.private_key, server_key=facts["server_key"]
    )


def test_a_sync_brings_the_pack_and_changes_no_form(enrolled: Desk, pack: Path) -> None:
    before = enrolled.catalogue.hash
    report = sync(enrolled)
    [offer] = report.offered
    assert (offer.version, offer.name["vi"], offer.issuer) == (1, "Danh mục của tỉnh", "Sở Xây dựng")
    assert offer.path.read_bytes() == pack.read_bytes()
    assert (enrolled.catalogue.hash, list_packs(enrolled)) == (before, [])
    assert {task.code: task.count for task in build_overview(enrolled).tasks}["TODAY-PACKS"] == 1


def test_the_province_vouches_for_the_issuer(enrolled: Desk, pack: Path) -> None:
    [offer] = sync(enrolled).offered
    before = snapshot(enrolled)
    assert take_offer(enrolled, offer, dry_run=True).change.types == ("bus_stop",)
    assert snapshot(enrolled) == before
    take_offer(enrolled, offer)
    assert [item.pack_id for item in list_packs(enrolled)] == [offer.pack_id]
    bus_stop(enrolled)
    assert (offered_packs(enrolled), sync(enrolled).offered) == ((), ())


def test_what_was_fetched_is_offered_without_a_network_and_not_fetched_again(
    enrolled: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync(enrolled)
    asked: list[str] = []
    send = httpx.Client.request

    def listen(self: httpx.Client, method: str, url: str, **parts: object) -> httpx.Response:
        asked.append(url)
        return send(self, method, url, **parts)  # type: ignore[arg-type]

    monkeypatch.setattr(httpx.Client, "request", listen)
    enrolled.workspace.close()
    again = open_again(enrolled.workspace.folder)
    [offer] = offered_packs(again)
    assert asked == []
    assert sync(again).offered == (offer,)
    again.workspace.close()
    assert "/v1/catalogue" in asked
    assert not [url for url in asked if "/packs/" in url]


def test_a_file_that_was_harmed_is_fetched_anew(enrolled: Desk, pack: Path) -> None:
    [offer] = sync(enrolled).offered
    offer.path.write_bytes(pack.read_bytes()[:-1] + b"?")
    refused("PACK-OFFER-CHANGED", lambda: take_offer(enrolled, offer))
    assert list_packs(enrolled) == []
    sync(enrolled)
    assert offer.path.read_bytes() == pack.read_bytes()


def test_another_pack_put_in_its_place_has_nobody_to_vouch_for_it(enrolled: Desk, tmp_path: Path) -> None:
    [offer] = sync(enrolled).offered
    offer.path.write_bytes(bus_office(tmp_path / "kẻ khác").issue().read_bytes())
    refused("PACK-OFFER-CHANGED", lambda: take_offer(enrolled, offer))


def test_a_notice_that_was_changed_says_nothing(enrolled: Desk) -> None:
    sync(enrolled)
    path = enrolled.workspace.folder / FOLDER / NOTICE
    path.write_bytes(path.read_bytes().replace(b'"version":1', b'"version":9'))
    assert offered_packs(enrolled) == ()


def test_a_later_version_is_offered_and_the_old_file_goes(
    enrolled: Desk, office: Office, province: Gateway, tmp_path: Path
) -> None:
    [first] = sync(enrolled).offered
    take_offer(enrolled, first)
    later = office.issue(2)
    with run_gateway(tmp_path / "tỉnh", later) as renewed:
        enrol(enrolled, renewed.url, renewed.code(enrolled.commune.code))
        [second] = sync(enrolled).offered
        assert (second.pack_id, second.version) == (first.pack_id, 2)
        assert not first.path.exists()
        take_offer(enrolled, second)
        assert [item.version for item in list_packs(enrolled)] == [2]


def test_bytes_that_are_not_what_the_notice_names_are_not_kept(enrolled: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    read = httpx.Response.content.fget  # type: ignore[attr-defined]

    def falsify(self: httpx.Response) -> bytes:
        data: bytes = read(self)
        return data + b"\0" if "/catalogue/packs/" in str(self.request.url) else data

    monkeypatch.setattr(httpx.Response, "content", property(falsify))
    with pytest.raises(EnvironmentFault) as caught:
        sync(enrolled)
    assert caught.value.code == "SYNC-NOT-GATEWAY"
    assert not list((enrolled.workspace.folder / FOLDER).glob("*.zip"))
    assert offered_packs(enrolled) == ()


def test_the_gateway_gives_packs_to_devices_alone_and_none_that_it_does_not_use(
    enrolled: Desk, province: Gateway, pack: Path
) -> None:
    digest = sha256_hex(pack.read_bytes())
    address = f"{province.url}/v1/catalogue/packs"
    answer = httpx.get(f"{address}/{digest}")
    assert (answer.status_code, answer.json()["code"]) == (401, "TOKEN-MISSING")
    with client_of(enrolled) as client:
        [told] = client.fetch_catalogue()[0].packs
        assert client.fetch_pack(told) == pack.read_bytes()
        error = refused("SYNC-REFUSED", lambda: client.fetch_pack(told.model_copy(update={"digest": "0" * 64})))
    assert error.context["gateway_code"] == "HANDOUT-UNKNOWN"


def test_the_commands_list_and_take(enrolled: Desk) -> None:
    sync(enrolled)
    folder = enrolled.workspace.folder
    enrolled.workspace.close()
    assert "Danh mục của tỉnh" in run("catalogue", "offered", str(folder)).out
    assert "Danh mục của tỉnh" in run("catalogue", "take", str(folder)).out
    assert run("catalogue", "offered", str(folder), "--json").out.strip() == "[]"
