"""Several at once: communes do not wait for each other, and no reader of a commune skips what commits late."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from core.errors import EnvironmentFault
from forms.administration import load_communes
from province import taking
from province.feed import fetch_page
from province.gateway import Gateway, open_gateway
from province.intake import Intake
from province.sessions import create_code, enrol, find_session
from province.storage import claiming, is_shared
from province.taking import take_package
from province.uploads import RECEIVED, TAKEN, Upload, Uploads
from tests.province.conftest import Enrolled, enrol_request, whole_upload
from tests.province.samples import COMMUNE, OTHER_COMMUNE, Device, change, road


class Pause:
    """Stops a package just before its transaction ends, until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, device: Device) -> None:
        self.reached, self.released = threading.Event(), threading.Event()
        write = taking.write_package_row

        def wait(connection: object, header: object, *rest: object) -> None:
            write(connection, header, *rest)  # type: ignore[arg-type]
            if header.device_id == device.device_id:  # type: ignore[attr-defined]
                self.reached.set()
                assert self.released.wait(20)

        monkeypatch.setattr(taking, "write_package_row", wait)


class Send:
    """A package on its way in a thread of its own."""

    def __init__(self, gateway: Gateway, device: Device, places: range, **values: object) -> None:
        path, package_id = device.seal([change(road(place, **values)) for place in places])
        upload = whole_upload(device, path, package_id)
        self._thread = threading.Thread(target=lambda: take_package(gateway, path, upload))
        self._thread.start()

    def ends_within(self, seconds: float) -> bool:
        self._thread.join(seconds)
        return not self._thread.is_alive()


@pytest.fixture
def shared(gateway: Gateway) -> Gateway:
    """The gateway on a database that several may write to at once."""
    if not is_shared(gateway.database):
        pytest.skip("the embedded store has one writer at a time")
    return gateway


def _pull(gateway: Gateway, cursor: int) -> tuple[list[int], int]:
    found: list[int] = []
    while True:
        page = fetch_page(gateway, COMMUNE, after=cursor, epoch=gateway.epoch)
        found += [item.sequence for item in page.changes]
        cursor = page.next
        if not page.more:
            return found, cursor


def test_one_commune_does_not_wait_for_another(
    shared: Gateway, enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, neighbour, colleague = enrolled(), enrolled(OTHER_COMMUNE), enrolled()
    pause = Pause(monkeypatch, slow)
    first = Send(shared, slow, range(3))
    assert pause.reached.wait(20)
    try:
        assert Send(shared, neighbour, range(3), commune_code=OTHER_COMMUNE).ends_within(20)
        second = Send(shared, colleague, range(3, 5))
        assert not second.ends_within(0.5), "the commune's own next package waits for the one in hand"
    finally:
        pause.released.set()
    assert first.ends_within(20)
    assert second.ends_within(20)


def test_what_commits_late_is_not_skipped(shared: Gateway, enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two transactions at once: whoever pulls in between goes on from where nothing can come before."""
    early, late = enrolled(), enrolled()
    pause = Pause(monkeypatch, early)
    first = Send(shared, early, range(3))
    assert pause.reached.wait(20)
    second = Send(shared, late, range(3, 8))
    try:
        assert not second.ends_within(0.5)
        between, cursor = _pull(shared, 0)
        assert (between, cursor) == ([], 0)
    finally:
        pause.released.set()
    assert first.ends_within(20)
    assert second.ends_within(20)
    rest, cursor = _pull(shared, cursor)
    assert rest == list(range(1, 9))
    assert cursor == 8


def test_a_reader_among_four_writers_sees_every_change_once_and_in_order(gateway: Gateway, enrolled: Enrolled) -> None:
    devices = [enrolled() for _ in range(4)]
    done = threading.Event()
    seen: list[int] = []

    def read() -> None:
        cursor = 0
        while True:
            last_round = done.is_set()
            found, cursor = _pull(gateway, cursor)
            seen.extend(found)
            if last_round:
                return

    def write(number: int) -> None:
        for part in range(4):
            start = number * 100 + part * 10
            assert Send(gateway, devices[number], range(start, start + 3)).ends_within(60)

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert seen == list(range(1, 4 * 4 * 3 + 1))


def test_the_first_devices_of_a_commune_may_enrol_at_once(gateway: Gateway, tmp_path: Path) -> None:
    devices = [Device(tmp_path / str(seed), seed=seed) for seed in range(1, 6)]
    requests = [enrol_request(device, create_code(gateway, load_communes()[COMMUNE], "officer")) for device in devices]
    start, answers = threading.Barrier(len(requests)), []

    def join(number: int) -> None:
        start.wait()
        answers.append(enrol(gateway, requests[number]).commune_code)

    threads = [threading.Thread(target=join, args=(number,)) for number in range(len(requests))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [COMMUNE] * len(requests)


@contextmanager
def _worker(location: str, like: Gateway) -> Iterator[Gateway]:
    """Another worker on the same database and folder."""
    found = open_gateway(location, like.settings)
    try:
        yield found
    finally:
        found.close()


def _arrived(gateway: Gateway, device: Device) -> Upload:
    """A package that has arrived whole and that nobody has taken yet."""
    path, package_id = device.seal([change(road(device.sequence))])
    uploads = Uploads(gateway)
    with gateway.database.reading() as connection:
        session = find_session(connection, device.device_id)
    upload = uploads.create(session, package_id, path.stat().st_size)
    uploads.path(upload.upload_id).write_bytes(path.read_bytes())
    assert uploads.note(upload, upload.length).state == RECEIVED
    return uploads.get(upload.commune_code, upload.upload_id)


def test_a_package_is_one_worker_s(shared: Gateway, location: str, enrolled: Enrolled) -> None:
    upload = _arrived(shared, enrolled())
    key = (upload.commune_code, upload.upload_id)
    with _worker(location, shared) as other:
        uploads = Uploads(other)
        with claiming(shared.database, "upload", *key) as is_mine:
            assert is_mine
            Intake(other, uploads).process(key)
            assert uploads.get(*key).state == RECEIVED
        Intake(other, uploads).process(key)
        assert uploads.get(*key).state == TAKEN


def test_of_two_requests_for_one_package_one_begins_the_upload(
    shared: Gateway, location: str, enrolled: Enrolled
) -> None:
    device = enrolled()
    with shared.database.reading() as connection:
        session = find_session(connection, device.device_id)
    start, found = threading.Barrier(4), []

    def begin(gateway: Gateway) -> None:
        start.wait()
        found.append(Uploads(gateway).create(session, "a" * 64, 100).upload_id)

    with _worker(location, shared) as other:
        threads = [threading.Thread(target=begin, args=(gateway,)) for gateway in (shared, other) * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


@pytest.mark.parametrize("step", ["write_records", "write_package_row"])
def test_a_database_that_is_lost_on_the_way_refuses_no_package(
    shared: Gateway, location: str, enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The server ends every connection in the middle of the transaction: nothing is written, and the package waits."""
    device = enrolled()
    upload = _arrived(shared, device)
    uploads = Uploads(shared)
    write = getattr(taking, step)

    def lose(*facts: object) -> None:
        with psycopg.connect(location.replace("+psycopg", ""), autocommit=True) as administrator:
            administrator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        write(*facts)

    monkeypatch.setattr(taking, step, lose)
    intake = Intake(shared, uploads)
    key = (upload.commune_code, upload.upload_id)
    with pytest.raises(EnvironmentFault) as caught:
        intake.process(key)
    assert caught.value.code == "GATEWAY-DATABASE-LOST"
    assert uploads.get(*key).state == RECEIVED
    assert _pull(shared, 0) == ([], 0)
    monkeypatch.setattr(taking, step, write)
    intake.process(key)
    assert uploads.get(*key).state == TAKEN
    assert _pull(shared, 0) == ([1], 1)
