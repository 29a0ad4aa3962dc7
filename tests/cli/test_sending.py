"""Enrolment, sending and pulling by command, against a gateway that listens."""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from core.clock import utc_now
from province.app import build_app, default_settings
from sync.transport import Patience
from tests.cli.running import SAMPLE, Done, run, run_apart
from tests.province.serving import serving

Made = tuple[Path, Done]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("máy chủ tỉnh") / "province.sqlite"


@pytest.fixture(scope="module")
def server(database: Path) -> Iterator[str]:
    location, settings = default_settings(str(database))
    with serving(build_app(location, settings)) as url:
        yield url


@pytest.fixture(scope="module")
def code(server: str, database: Path) -> Done:
    return run("enrol-code", "--database", database, "--commune", "bac quang")


@pytest.fixture(scope="module")
def enrolled(made: Made, server: str, code: Done) -> Done:
    return run("enrol", made[0], "--server", server, "--code", code.out.strip(), "--json")


@pytest.fixture(scope="module")
def synced(made: Made, enrolled: Done) -> Done:
    workspace = made[0]
    assert run("import", workspace, SAMPLE / "duong_cu.shp", "--type", "road_segment").code == 0
    assert run("approve", workspace, "--as", "Lãnh đạo xã").code == 0
    return run("sync", workspace, "--json")


def test_the_code_stands_alone_on_standard_output(code: Done) -> None:
    assert code.code == 0
    assert re.fullmatch(r"[A-Z0-9-]{8,40}\n", code.out)
    assert "Bắc Quang" in code.err


def test_enrol(enrolled: Done, server: str) -> None:
    found = enrolled.document("enrol")
    assert (enrolled.code, found["commune"], found["server"]) == (0, "01153", server)


def test_sync(made: Made, synced: Done) -> None:
    found = synced.document("sync")
    assert (synced.code, synced.err) == (0, "")
    assert (found["sent"], found["applied"], found["rejected"], found["conflicts"]) == (1, 12, 0, 0)
    assert {item["result"] for item in found["outcomes"]} == {"applied"}
    assert Path(found["receipts"][0]).is_file()
    assert abs(found["clock_skew_s"]) < 60
    states = {item["state"] for item in run("list", made[0], "road_segment", "--json").document("list")}
    assert states == {"accepted"}


def test_sync_again_is_nothing(made: Made, synced: Done) -> None:
    done = run("sync", made[0], "--json")
    found = done.document("sync")
    assert (done.code, found["sent"], found["outcomes"], found["pulled"]) == (0, 0, [], 0)
    assert run("sync", made[0]).out.strip()


def test_a_clock_ten_years_off_is_said_in_words(made: Made, synced: Done, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.options.utc_now", lambda: utc_now() + timedelta(days=3653))
    done = run("sync", made[0])
    assert done.code == 0
    assert "5260" in done.err


def test_a_second_computer_by_command(folder: Path, synced: Done, server: str, database: Path) -> None:
    second = folder / "máy hai"
    assert run("new", second, "--commune", "01153").code == 0
    code = run("enrol-code", "--database", database, "--commune", "01153").out.strip()
    assert run("enrol", second, "--server", server, "--code", code).code == 0
    assert run("sync", second, "--json").document("sync")["pulled"] == 12
    names = [item["values"]["name"] for item in run("list", second, "road_segment", "--json").document("list")]
    assert "Đường tỉnh 199 đoạn qua xã" in names


def test_a_gateway_that_is_down_exits_3(made: Made, synced: Done, monkeypatch: pytest.MonkeyPatch) -> None:
    hasty = partial(Patience, connect_s=2.0, attempts=2, first_pause_s=0.02, longest_pause_s=0.05)
    monkeypatch.setattr("sync.client.Patience", hasty)
    done = run("sync", made[0], "--server", "http://127.0.0.1:9", "--json")
    assert (done.code, done.out) == (3, "")
    assert "127.0.0.1:9" in done.err


def test_a_wrong_code_exits_2(made: Made, synced: Done, server: str) -> None:
    done = run("enrol", made[0], "--server", server, "--code", "AAAA-BBBB-CCCC", "--json")
    assert (done.code, done.out) == (2, "")
    assert done.err.strip()


def test_a_port_that_is_taken_exits_3(server: str, tmp_path: Path) -> None:
    done = run_apart("serve", "--database", tmp_path / "khác.sqlite", "--port", server.rsplit(":", 1)[1])
    assert (done.code, done.out) == (3, "")
    assert done.err.strip()
