"""Logs go to the workspace's file, warnings alone to standard error, nothing to standard output."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.logs import configure_logs, get_log


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    yield
    root = logging.getLogger("diaba")
    for handler in root.handlers[:]:
        root.removeHandler(handler)
        handler.close()


def test_writes_one_json_document_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(tmp_path / "logs")
    get_log("sync.client").info("sent", package="ab12", note="gửi xong")
    [line] = (tmp_path / "logs" / "diaba.log").read_text(encoding="utf-8").splitlines()
    said = json.loads(line)
    assert (said["event"], said["package"], said["note"], said["level"]) == ("sent", "ab12", "gửi xong", "info")
    assert capsys.readouterr() == ("", "")


def test_without_a_folder_only_warnings_are_heard(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    get_log("main").info("quiet")
    get_log("main").warning("heard")
    out, err = capsys.readouterr()
    assert out == ""
    assert "heard" in err
    assert "quiet" not in err


def test_configuring_again_closes_the_former_file(tmp_path: Path) -> None:
    configure_logs(tmp_path / "one")
    configure_logs(tmp_path / "two")
    get_log("main").info("second")
    assert (tmp_path / "one" / "diaba.log").read_text(encoding="utf-8") == ""
    assert "second" in (tmp_path / "two" / "diaba.log").read_text(encoding="utf-8")


def test_before_anybody_says_where_nothing_goes_to_standard_output() -> None:
    """A program that never calls ``configure_logs`` may answer on standard output, and must not be spoilt there."""
    code = "from core.logs import get_log; log = get_log('child'); log.info('quiet'); log.error('heard', file='ảnh')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, encoding="utf-8")
    assert done.stdout == ""
    assert "heard" in done.stderr and "quiet" not in done.stderr
