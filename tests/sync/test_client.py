"""The whole road between a commune's desk and the province, over real HTTP."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import Cancelled, EnvironmentFault, UserError
from core.identity import new_uid
from core.messages import LANGUAGES, render
from province.sessions import Session, find_session, revoke_device
from province.uploads import Upload
from sync.client import GatewayClient, SignedReceipt
from tests.province.samples import OTHER_COMMUNE, Device, change, road
from tests.sync.conftest import Join, Running, set_quotas
from wire.receipt import open_receipt


class Recorder:
    """Progress that remembers, and stops the task once it has been told often enough."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.steps: list[tuple[int, int | None]] = []
        self._stop_at = stop_at

    def step(self, done: int, total: int | None = None) -> None:
        self.steps.append((done, total))
        if self._stop_at is not None and len(self.steps) > self._stop_at:
            raise Cancelled


def _receipt(client: GatewayClient, package_id: str) -> SignedReceipt:
    found = client.fetch_receipt(package_id, 20)
    assert found is not None
    return found


def test_the_whole_road(running: Running, join: Join) -> None:
    device, client = join()
    other, other_client = join()
    assert client.health().server_key == client.server_key
    changes = [change(road(place)) for place in range(5)]
    path, package_id = device.seal(changes)
    progress = Recorder()
    client.upload(path, package_id, progress)
    assert progress.steps[-1] == (path.stat().st_size, path.stat().st_size)
    receipt = _receipt(client, package_id)
    assert receipt.receipt.count()["applied"] == 5
    assert open_receipt(receipt.data, running.gateway.key.public_key()) == receipt.receipt
    page = other_client.fetch_changes(0)
    assert {item.uid: item.content for item in page.changes} == {item.uid: item.content for item in changes}
    assert {item.device_id for item in page.changes} == {device.device_id}
    cursor = page.next
    gone = changes[0]
    delete = change(None, uid=gone.uid, revision=2, base_revision=1, base=gone.content)
    path, package_id = other.seal([delete])
    other_client.upload(path, package_id)
    assert _receipt(other_client, package_id).receipt.count()["applied"] == 1
    page = client.fetch_changes(cursor, page.epoch)
    assert [(item.uid, item.content) for item in page.changes] == [(gone.uid, None)]


def test_sending_twice_is_answered_alike_and_sends_nothing(join: Join) -> None:
    device, client = join()
    path, package_id = device.seal([change(road())])
    client.upload(path, package_id)
    first = _receipt(client, package_id)
    progress = Recorder()
    path.unlink()
    client.upload(path, package_id, progress)
    assert progress.steps == []
    assert _receipt(client, package_id).data == first.data


def test_an_upload_goes_on_where_another_process_left_it(
    running: Running, join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.uploading.FIRST", 1000)
    monkeypatch.setattr("sync.uploading.LARGEST", 1000)
    monkeypatch.setattr("sync.uploading.ChunkSize.__init__", lambda self: setattr(self, "bytes", 1000))
    device, client = join()
    path, package_id = device.seal([change(road(place)) for place in range(30)])
    with pytest.raises(Cancelled):
        client.upload(path, package_id, Recorder(stop_at=3))
    state = client.fetch_state(package_id)
    assert (state.state, state.offset) == ("receiving", 3000)
    with running.client(device, server_key=client.server_key) as later:
        progress = Recorder()
        later.upload(path, package_id, progress)
        assert progress.steps[0][0] == 3000
        assert _receipt(later, package_id).receipt.count()["applied"] == 30


def test_eight_clients_send_one_package(running: Running, join: Join) -> None:
    device, client = join()
    path, package_id = device.seal([change(road(place)) for place in range(40)])
    start, answers, errors = threading.Barrier(8), [], []

    def send() -> None:
        start.wait()
        try:
            with running.client(device, server_key=client.server_key) as mine:
                mine.upload(path, package_id)
                answers.append(_receipt(mine, package_id).data)
        except Exception as error:  # noqa: BLE001 (shown by the assertion below)
            errors.append(error)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(answers) == 8
    assert len(set(answers)) == 1
    assert client.fetch_changes(0).horizon == 40


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("forged commune", "PACKAGE-FORGED-COMMUNE"),
        ("unknown sealer", "PACKAGE-UNKNOWN-DEVICE"),
        ("another key", "PACKAGE-FORGED"),
        ("flipped byte", "PACKAGE-DAMAGED"),
        ("another id", "PACKAGE-ID-DIFFERS"),
    ],
)
def test_a_package_refused_whole_says_why(running: Running, join: Join, case: str, code: str) -> None:
    device, client = join()
    sealer = device
    header = {"commune_code": OTHER_COMMUNE} if case == "forged commune" else {}
    if case == "unknown sealer":
        sealer = Device(device.folder, seed=99)
    if case == "another key":
        sealer = Device(device.folder, seed=99, device_id=device.device_id)
    path, package_id = sealer.seal([change(road())], **header)
    if case == "flipped byte":
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(bytes(data))
    if case == "another id":
        package_id = "f" * 64
    client.upload(path, package_id)
    with pytest.raises(UserError) as caught:
        client.fetch_receipt(package_id, 20)
    assert (caught.value.code, caught.value.context["gateway_code"]) == ("SYNC-REFUSED", code)
    assert caught.value.context["reason"] != code, "the reason is worded, not a bare code"
    assert client.fetch_changes(0).horizon == 0


def test_a_refused_package_may_be_sent_again_once_it_is_whole(join: Join) -> None:
    device, client = join()
    path, package_id = device.seal([change(road())])
    good = path.read_bytes()
    path.write_bytes(good[:-100] + bytes(100))
    client.upload(path, package_id)
    with pytest.raises(UserError):
        client.fetch_receipt(package_id, 20)
    path.write_bytes(good)
    client.upload(path, package_id)
    assert _receipt(client, package_id).receipt.count()["applied"] == 1


def _give_up_half_way(running: Running, device: Device) -> tuple[Session, str]:
    with running.gateway.database.reading() as connection:
        session = find_session(connection, device.device_id)
    return session, running.app.state.parts.uploads.create(session, "b" * 64, 10).upload_id


def test_a_quota_that_stays_full_is_said_in_the_gateway_s_words_and_loses_nothing(
    running: Running, join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the device gave up half way fills its quota: the next package stays here, whole, until there is room."""
    device, client = join()
    path, package_id = device.seal([change(road())])
    set_quotas(running, monkeypatch, uploads_per_device=1)
    abandoned = _give_up_half_way(running, device)
    with pytest.raises(EnvironmentFault) as caught:
        client.upload(path, package_id)
    assert (caught.value.code, caught.value.context["gateway_code"]) == ("SYNC-LATER", "UPLOAD-TOO-MANY")
    for language in LANGUAGES:
        words = render(caught.value.code, caught.value.context, language)
        assert "{" not in words
    assert "3 ngày" in str(caught.value.context["reason"])
    with pytest.raises(UserError) as unknown:
        client.fetch_state(package_id)
    assert unknown.value.context["gateway_code"] == "PACKAGE-UNKNOWN"
    running.app.state.parts.uploads.terminate(*abandoned)
    client.upload(path, package_id)
    assert _receipt(client, package_id).receipt.count()["applied"] == 1


def test_a_quota_that_is_full_for_a_moment_is_waited_for(
    running: Running, join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, client = join()
    path, package_id = device.seal([change(road())])
    set_quotas(running, monkeypatch, uploads_per_device=1)
    abandoned = _give_up_half_way(running, device)
    uploads = running.app.state.parts.uploads
    create, asked = uploads.create, []

    def create_later(*args: object) -> Upload:
        asked.append(args)
        if len(asked) == 2:
            uploads.terminate(*abandoned)
        return create(*args)

    monkeypatch.setattr(uploads, "create", create_later)
    client.upload(path, package_id)
    assert len(asked) == 2
    assert _receipt(client, package_id).receipt.count()["applied"] == 1


def test_a_package_held_for_its_parent_is_taken_when_that_comes(join: Join) -> None:
    device, client = join()
    parent = change(road())
    bridge = {key: value for key, value in road().items() if key != "carriageway_w"}
    first = device.seal([parent])
    second = device.seal([change({**bridge, "name": "Cầu", "road_segment_uid": parent.uid}, type_id="bridge")])
    client.upload(*second)
    assert client.fetch_receipt(second[1], 20) is None
    held = client.fetch_state(second[1])
    assert (held.state, held.missing_sequences) == ("held", (1,))
    client.upload(*first)
    assert _receipt(client, first[1]).receipt.count()["applied"] == 1
    while client.fetch_state(second[1]).state != "applied":
        threading.Event().wait(0.02)
    assert _receipt(client, second[1]).receipt.count()["applied"] == 1


def test_enrolment_answers_alike_when_the_answer_was_lost(running: Running, join: Join, tmp_path: object) -> None:
    device, client = join()
    code = running.code()
    fresh = Device(device.folder, seed=77)
    with running.client(fresh) as first:
        answer = first.enrol(code)
        assert first.enrol(code.lower().replace("-", " ")) == answer
    with running.client(Device(device.folder, seed=78)) as thief, pytest.raises(UserError) as caught:
        thief.enrol(code)
    assert caught.value.context["gateway_code"] == "CODE-USED"


@pytest.mark.parametrize(
    ("case", "code"),
    [("wrong code", "CODE-UNKNOWN"), ("another's key", "PROOF-WRONG"), ("same device", "DEVICE-TAKEN")],
)
def test_enrolment_refuses(running: Running, join: Join, case: str, code: str) -> None:
    device, _ = join()
    chosen = Device(device.folder, seed=78, device_id=device.device_id if case == "same device" else new_uid())
    public = join()[1].server_key if case == "another's key" else None
    given = "AAAA-BBBB-CCCC-DDDD" if case == "wrong code" else running.code()
    with running.client(chosen) as client, pytest.raises(UserError) as caught:
        client.enrol(given, public)
    assert caught.value.context["gateway_code"] == code


def test_a_device_nobody_enrolled_gets_no_token(running: Running, join: Join) -> None:
    _, client = join()
    nobody = Device(running.gateway.settings.folder, seed=50)
    with running.client(nobody, server_key=client.server_key) as stranger, pytest.raises(UserError) as caught:
        stranger.fetch_changes(0)
    assert caught.value.context["gateway_code"] == "DEVICE-UNKNOWN"
    with running.client(nobody) as stranger, pytest.raises(UserError) as caught:
        stranger.fetch_changes(0)
    assert caught.value.code == "SYNC-NOT-ENROLLED"


def test_a_revoked_device_is_refused_at_once_and_keeps_its_data(running: Running, join: Join) -> None:
    device, client = join()
    path, package_id = device.seal([change(road())])
    client.fetch_changes(0)
    revoke_device(running.gateway, device.device_id)
    with pytest.raises(UserError) as caught:
        client.upload(path, package_id)
    assert caught.value.context["gateway_code"] == "DEVICE-REVOKED"
    assert path.exists()


def test_a_stale_token_is_renewed_without_anybody_noticing(running: Running, join: Join) -> None:
    _, client = join()
    client.fetch_changes(0)
    client._transport.token = "A" * 43
    assert client.fetch_changes(0).horizon == 0


def test_a_clock_ten_years_off_is_measured_and_decides_nothing(running: Running, join: Join) -> None:
    device, client = join()
    for years in (-10, 10):
        wrong = timedelta(days=365 * years)
        with running.client(device, server_key=client.server_key, clock=lambda: datetime.now(UTC) + wrong) as other:  # noqa: B023
            sealed = (datetime.now(UTC) + wrong).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            path, package_id = device.seal([change(road(years + 10))], sealed_at=sealed, approved_at=sealed)
            other.upload(path, package_id)
            receipt = _receipt(other, package_id).receipt
            assert receipt.count()["applied"] == 1
            assert abs(datetime.fromisoformat(receipt.received_at) - datetime.now(UTC)) < timedelta(minutes=1)
            assert other.clock_skew_s is not None
            assert abs(other.clock_skew_s - wrong.total_seconds()) < 60


def test_a_receipt_of_another_server_is_not_believed(running: Running, join: Join) -> None:
    device, client = join()
    path, package_id = device.seal([change(road())])
    client.upload(path, package_id)
    _receipt(client, package_id)
    with running.client(device, server_key=client.server_key) as other:
        other.fetch_changes(0)
        other._server_key = "ed25519:" + "A" * 43 + "="
        with pytest.raises(UserError) as caught:
            other.fetch_receipt(package_id, 5)
    assert caught.value.code == "RECEIPT-FORGED"


def test_catalogue_notice_is_signed_and_remarks_are_there(running: Running, join: Join) -> None:
    _, client = join()
    notice, _ = client.fetch_catalogue()
    assert notice.catalogue_hash == running.gateway.catalogue.hash
    assert (notice.package_formats, notice.packs) == ((1,), ())
    assert client.fetch_remarks() == ()


def test_nobody_listening_is_said_in_time(running: Running, join: Join) -> None:
    device, client = join()
    with (
        GatewayClient(
            "http://127.0.0.1:9",
            device_id=device.device_id,
            private_key=device.key,
            patience=client._transport.patience,
        ) as nobody,
        pytest.raises(EnvironmentFault) as caught,
    ):
        nobody.health()
    assert (caught.value.code, caught.value.context["server"]) == ("SYNC-UNREACHABLE", "http://127.0.0.1:9")


def test_an_address_that_is_none_is_said_at_once(join: Join) -> None:
    device, _ = join()
    with pytest.raises(UserError) as caught:
        GatewayClient("tỉnh.gov.vn", device_id=device.device_id, private_key=device.key)
    assert caught.value.code == "SYNC-ADDRESS"
