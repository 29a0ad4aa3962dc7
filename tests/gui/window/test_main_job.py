"""The main job in the window, against a gateway that runs as a program of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from core.clock import utc_now
from core.resources import program_root, resource_path
from desktop.main_window import DeskWindow
from desktop.pictures import settle_window
from desktop.session import Session
from forms.record import Actor, State
from services.desk import Desk
from services.reading import count_by_type
from services.workspaces import create_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    boundary = resource_path("sample", "ranh_gioi_xa.geojson")
    made = create_desk(tmp_path / "sổ", "01153", boundary_file=boundary, actor=Actor("can_bo"), clock=utc_now)
    yield made
    made.close()


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The address of a gateway on an embedded store, and a one-time code for the commune."""
    database = tmp_path / "tỉnh" / "province.sqlite"
    database.parent.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = [sys.executable, "-m", "diaba"]
    serve = [*program, "serve", "--database", str(database), "--port", str(port)]
    with (tmp_path / "gateway.log").open("wb") as log:
        process = subprocess.Popen(serve, stdout=log, stderr=log, cwd=program_root(), env=dict(os.environ))
        try:
            _await(port, process)
            ask = [*program, "enrol-code", "--database", str(database), "--commune", "01153"]
            code = subprocess.run(ask, capture_output=True, text=True, check=True, cwd=program_root()).stdout.strip()
            yield f"http://127.0.0.1:{port}", code
        finally:
            process.terminate()
            process.wait(timeout=30)


def _await(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the gateway did not start")


def _until(qtbot: QtBot, done: Callable[[], bool]) -> None:
    qtbot.waitUntil(done, timeout=60_000)


def test_a_field_file_becomes_accepted_records(
    window: DeskWindow,
    session: Session,
    desk: Desk,
    gateway: tuple[str, str],
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, code = gateway
    failures: list[Any] = []
    session.failed.connect(lambda failure, retry: failures.append(str(failure.error)))
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)

    page = window.import_page
    page.inspect(resource_path("sample", "duong_cu.shp"))
    _until(qtbot, lambda: page.plan is not None and not page.is_busy)
    assert page.plan.system.axis == 105.5
    page.import_button.click()
    _until(qtbot, lambda: not page.result.summary.isHidden() and not page.is_busy)
    settle_window(window)
    count = sum(count_by_type(desk)["road_segment"].values())
    assert count == 12
    assert window.map.scene.layer("road_segment").arrays

    window.actions_by_key["check"].trigger()
    settle_window(window)
    assert count_by_type(desk)["road_segment"] == {State.CHECKED: count}

    window.actions_by_key["approve"].trigger()
    settle_window(window)
    assert count_by_type(desk)["road_segment"] == {State.APPROVED: count}
    assert str(count) in window.status.waiting.text()

    window.send_page._enrol(server, code)
    _until(qtbot, lambda: window.send_page._server_address == server and window.send_page._task is None)
    window.actions_by_key["send"].trigger()
    _until(qtbot, lambda: window.send_page._task is None and not session.runner.running)
    settle_window(window)
    assert failures == []
    assert count_by_type(desk)["road_segment"] == {State.ACCEPTED: count}
    assert window.send_page.receipt.text().startswith(f"Đã gửi 1 gói: tỉnh nhận {count}")
    assert window.send_page.outbox.rows_model.rows[0].cells[3] == "Tỉnh đã trả lời"
    window.selecting.show_type("road_segment")
    assert window.table.model.index(0, 0).data() == "Tỉnh đã nhận"
    assert "0" in window.status.waiting.text()
