"""Files on their way to the province: with their records, each once, and never half."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import EnvironmentFault
from forms.files import file_links
from forms.record import Record, State
from localdb import contents
from services import attaching, editing, packing_files
from services.approving import approve
from services.checking import check_record
from services.desk import Desk
from services.outbox import outbox_of
from services.packaging import ensure_package_file, seal_package
from services.reading import fetch_record
from services.syncing import enrol, sync
from services.workspaces import create_desk
from tests.exchange.document_samples import jpeg
from tests.services.conftest import own_config
from tests.services.desks import AN, BINH, FakeClock, refused, sample_line
from tests.services.gateways import Gateway, run_gateway
from validation.rules.files import SENT_BYTES_LIMIT
from wire.limits import DEFAULT_LIMITS
from wire.package import read_header
from wire.package import verify_package as verify_bytes

LINE = sample_line((0, 0), (120, 40), (260, 30))
COMMUNE = "01165"


@pytest.fixture(scope="module")
def _own_config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with own_config(tmp_path_factory.mktemp("máy")):
        yield


@pytest.fixture(autouse=True)
def _use_config(_own_config: None) -> None:
    """Ask for it in every test."""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with run_gateway(tmp_path_factory.mktemp("máy chủ tỉnh")) as running:
        yield running


def photo(folder: Path, number: int) -> Path:
    path = folder / f"ảnh {number}.jpg"
    path.write_bytes(jpeg(300 + number, 200))
    return path


def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def road_with(desk: Desk, name: str, paths: list[Path]) -> Record:
    """A road with files, approved."""
    record = editing.insert_record(desk, "road_segment", {"name": name}, LINE).record
    attaching.attach_files(desk, record.uid, paths, expected=1)
    assert approve(desk, uids=[record.uid]).approved == (record.uid,)
    return fetch_record(desk, record.uid)


def sizes(path: Path) -> dict[str, int]:
    names = verify_bytes(path).files
    return {name.rpartition("/")[2]: size for name, size in names.items() if "/attachments/" in name}


def test_a_package_holds_each_file_once(desk: Desk, tmp_path: Path) -> None:
    one, two = photo(tmp_path, 1), photo(tmp_path, 2)
    road_with(desk, "Đường A", [one, two])
    road_with(desk, "Đường B", [one])
    sealed = seal_package(desk)
    assert sealed is not None
    assert (sealed.count, sealed.files, sealed.left) == (2, 2, 0)
    assert sizes(sealed.path) == {hash_of(path): path.stat().st_size for path in (one, two)}
    assert {item.name for item in read_header(sealed.path).attachments} == {"ảnh 1.jpg", "ảnh 2.jpg"}


def test_a_lost_package_comes_back_with_its_files(desk: Desk, tmp_path: Path) -> None:
    road_with(desk, "Đường A", [photo(tmp_path, 1)])
    sealed = seal_package(desk)
    assert sealed is not None
    before = sealed.path.read_bytes()
    sealed.path.unlink()
    [package] = outbox_of(desk).packages
    assert ensure_package_file(desk, package).read_bytes() == before


def test_what_does_not_fit_goes_with_the_next_package(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [photo(tmp_path, number) for number in range(3)]
    roads = [road_with(desk, f"Đường {number}", [path]) for number, path in enumerate(paths)]
    monkeypatch.setattr(packing_files, "FILES_BYTES", sum(path.stat().st_size for path in paths[:2]))
    first = seal_package(desk)
    assert first is not None
    assert (first.count, first.files, first.left) == (2, 2, 1)
    assert [fetch_record(desk, road.uid).state for road in roads] == [State.PACKED, State.PACKED, State.APPROVED]
    second = seal_package(desk)
    assert second is not None
    assert (second.count, second.files, second.left, second.sequence) == (1, 1, 0, 2)
    assert seal_package(desk) is None


def test_more_than_a_package_takes_is_told(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    road_with(desk, "Đường A", [photo(tmp_path, 1)])
    monkeypatch.setattr(packing_files, "FILES_BYTES", 10)
    refused("PACKAGE-FILES-TOO-LARGE", lambda: seal_package(desk))
    assert list((desk.workspace.folder / "packages").iterdir()) == []


def test_the_rule_and_the_package_agree_on_the_largest_file() -> None:
    assert DEFAULT_LIMITS.entry_bytes == SENT_BYTES_LIMIT < packing_files.FILES_BYTES


def test_a_lost_or_damaged_content_is_never_sealed(desk: Desk, tmp_path: Path) -> None:
    path = photo(tmp_path, 1)
    road = road_with(desk, "Đường A", [path])
    with desk.workspace.store.writing() as connection:
        connection.exec_driver_sql("UPDATE content_chunks SET data = zeroblob(length(data))")
    with pytest.raises(EnvironmentFault) as caught:
        seal_package(desk)
    assert caught.value.code == "CONTENT-DAMAGED"
    assert list((desk.workspace.folder / "packages").iterdir()) == []
    assert fetch_record(desk, road.uid).state is State.APPROVED
    contents.drop_content(desk.workspace, hash_of(path))
    refused("PACKAGE-BLOCKED", lambda: seal_package(desk))


def test_to_the_province_and_to_a_colleague(gateway: Gateway, tmp_path: Path) -> None:
    """Sent once; what the province has is not sent again; the colleague is told where the bytes are."""
    desks = []
    try:
        for name, actor in (("một", AN), ("hai", BINH)):
            desk = create_desk(tmp_path / f"máy {name}", COMMUNE, actor=actor, clock=FakeClock())
            enrol(desk, gateway.url, gateway.code(COMMUNE))
            desks.append(desk)
        ours, theirs = desks
        one, two = photo(tmp_path, 1), photo(tmp_path, 2)
        road = road_with(ours, "Đường A", [one])
        report = sync(ours)
        assert (report.count("applied"), fetch_record(ours, road.uid).state) == (1, State.ACCEPTED)
        state = attaching.state_of(ours, hash_of(one))
        assert state is not None
        assert state.province_at is not None
        with closing(sqlite3.connect(gateway.database)) as province:
            held = province.execute("SELECT sha256, name, bytes FROM attachments").fetchall()
        assert held == [(hash_of(one), "ảnh 1.jpg", one.stat().st_size)]

        attaching.attach_files(ours, road.uid, [two], expected=fetch_record(ours, road.uid).revision)
        assert approve(ours, uids=[road.uid]).approved == (road.uid,)
        sealed = seal_package(ours)
        assert sealed is not None
        assert set(sizes(sealed.path)) == {hash_of(two)}
        assert sync(ours).count("applied") == 1

        sync(theirs)
        pulled = fetch_record(theirs, road.uid)
        assert len(file_links(pulled.values["attachments"])) == 2
        refused("CONTENT-ELSEWHERE", lambda: list(attaching.open_content(theirs, hash_of(one))))
        assert [item for item in check_record(theirs, pulled) if item.rule_id == "DOS-05"] == []
        editing.update_values(theirs, road.uid, {"lanes": 2}, expected=pulled.revision)
        assert approve(theirs, uids=[road.uid]).approved == (road.uid,)
        report = sync(theirs)
        assert report.count("applied") == 1
        assert read_header(theirs.workspace.folder / "packages" / f"{report.packages[0]}.zip").attachments == ()
    finally:
        for desk in desks:
            desk.close()
