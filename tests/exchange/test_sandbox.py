"""The child process: what it may do, and what becomes of the program when it goes wrong."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from core.errors import AppError, Cancelled, EnvironmentFault, UserError
from core.resources import program_root
from exchange.drivers import MEMORY_DRIVERS, VECTOR_DRIVERS, gdal_environment, unexpected_drivers
from exchange.kinds import KINDS
from exchange.sandbox import Limits, run_child
from exchange.writing import FORMATS


def run(how: str, **options: object) -> list[tuple[dict[str, object], list[bytearray]]]:
    return list(run_child({"how": how}, shown="tệp.gpkg", module="tests.exchange.misbehaving", **options))  # type: ignore[arg-type]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("crash", "READER-CRASHED"),
        ("silent", "READER-CRASHED"),
        ("noise", "READER-CRASHED"),
        ("liar", "READER-CRASHED"),
        ("half", "READER-CRASHED"),
        ("memory", "READER-MEMORY"),
        ("own", "FILE-UNSAFE"),
    ],
)
def test_a_child_that_fails_is_an_error_with_words(how: str, code: str) -> None:
    with pytest.raises(UserError) as caught:
        run(how)
    assert caught.value.code == code
    assert "tệp.gpkg" in str(caught.value)


def test_a_child_that_hangs_is_killed_in_time() -> None:
    begun = time.monotonic()
    with pytest.raises(EnvironmentFault) as caught:
        run("hang", limits=Limits(seconds=1.0))
    assert caught.value.code == "READER-TIMEOUT"
    assert time.monotonic() - begun < 8


def test_cancel_kills_the_child() -> None:
    asked = []

    def poll() -> None:
        asked.append(1)
        if len(asked) > 3:
            raise Cancelled

    begun = time.monotonic()
    with pytest.raises(Cancelled):
        run("hang", poll=poll)
    assert time.monotonic() - begun < 8


def test_noise_on_standard_error_stops_nothing() -> None:
    [(header, buffers)] = run("chatter")
    assert (header["value"], buffers) == (1, [bytearray(b"abc")])


def test_a_reader_who_turns_away_leaves_no_child_and_no_thread() -> None:
    before = threading.active_count()
    frames = run_child({"how": "flood"}, shown="x", module="tests.exchange.misbehaving")
    next(frames)
    frames.close()
    assert threading.active_count() == before


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="asks /proc")
def test_the_child_is_dead_when_the_answer_is_complete() -> None:
    [(header, _)] = run("after")
    assert not Path(f"/proc/{header['pid']}").exists()


def test_a_child_that_cannot_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.sandbox.child_command", lambda module: ["/khong/co", module])
    with pytest.raises(AppError) as caught:
        run("hang")
    assert caught.value.code == "READER-START"


def confined(program: str, folder: Path) -> str:
    """Run ``program`` after every measure has been taken, with ``folder`` the only place it may read and write."""
    start = (
        "import os, sys, socket, urllib.request; from pathlib import Path;"
        "from exchange.confinement import confine_early, confine_files;"
        f"held = confine_early(memory_bytes=1 << 30, cpu_seconds=20, file_bytes=1 << 20);"
        f"held += confine_files(readable=[Path({str(folder)!r})], writable=[Path({str(folder)!r})]);"
    )
    done = subprocess.run(
        [sys.executable, "-c", start + "print(*held)\n" + program],
        cwd=program_root(),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    return done.stdout + done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="Linux's own measures")
class TestConfinement:
    def test_other_files_are_out_of_reach(self, tmp_path: Path) -> None:
        (tmp_path / "mine").write_text("4711")
        said = confined(f"print(open({str(tmp_path / 'mine')!r}).read()); open('/etc/passwd').read()", tmp_path)
        if "files" not in said.splitlines()[0]:
            pytest.skip("this kernel has no Landlock")
        assert "4711" in said and "PermissionError" in said

    def test_the_network_is_out_of_reach(self, tmp_path: Path) -> None:
        said = confined("socket.create_connection(('127.0.0.1', 9), 2)", tmp_path)
        if "network" not in said.splitlines()[0]:
            pytest.skip("this kernel hands out no network namespace")
        assert "Network is unreachable" in said or "PermissionError" in said

    def test_memory_and_files_are_limited(self, tmp_path: Path) -> None:
        assert "MemoryError" in confined("bytearray(2 << 30)", tmp_path)
        said = confined(f"open({str(tmp_path / 'big')!r}, 'wb').write(bytes(2 << 20))", tmp_path)
        assert "File too large" in said or (tmp_path / "big").stat().st_size <= 1 << 20

    def test_no_new_rights(self, tmp_path: Path) -> None:
        assert "privileges" in confined("", tmp_path).splitlines()[0]


def test_gdal_registers_one_driver_alone() -> None:
    for driver in {kind.driver for kind in KINDS} | {item.driver for item in FORMATS.values()}:
        if driver is None:
            continue
        allowed = gdal_environment([driver])["GDAL_SKIP"].split(",")
        assert driver in VECTOR_DRIVERS and driver not in allowed
        assert not {"OGR_VRT", "GDALG", "WFS", "OAPIF", "HTTP", "CSW"} - set(allowed)


def test_a_driver_nobody_knows_is_noticed() -> None:
    assert unexpected_drivers(["GPKG", "MEM", "XODR"], ["GPKG"]) == ["XODR"]
    assert unexpected_drivers(["GPKG", *MEMORY_DRIVERS], ["GPKG"]) == []


@pytest.mark.parametrize("library", ["fiona", "pyogrio"])
def test_every_vector_driver_of_the_wheels_is_known(library: str) -> None:
    """A new release of a wheel may bring drivers; they must be looked at and listed before anything is read with it."""
    if library == "fiona":
        program = "import fiona.env\nwith fiona.env.Env() as env: print(*env.drivers(), sep=',')"
    else:
        program = "import pyogrio; print(*pyogrio.list_drivers(), sep=',')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert unexpected_drivers(done.stdout.strip().split(","), VECTOR_DRIVERS) == []
