"""The gateway's uploads as any tus client meets them, header by header and break by break."""

import base64
import hashlib
import http.client
import os
import re
import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import select, update
from tusclient import client as tus

from province.app import build_app
from province.sessions import find_session
from province.settings import GatewaySettings
from province.tables import uploads
from province.uploads import RECEIVED
from tests.province.samples import OTHER_COMMUNE, Device, change, road
from tests.province.serving import serving
from tests.sync.conftest import Join, Running
from tests.sync.tus_lines import CHUNK, TUS, begin, offset_of


def test_what_the_server_can_do_is_said_without_a_token(running: Running) -> None:
    answer = httpx.options(f"{running.url}/v1/uploads")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert set(answer.headers["Tus-Extension"].split(",")) == {"creation", "checksum", "expiration", "termination"}
    assert "sha1" in answer.headers["Tus-Checksum-Algorithm"]


def test_creation_is_idempotent_by_package(line: httpx.Client) -> None:
    first, again, other = begin(line, 10), begin(line, 10), begin(line, 10, "b" * 64)
    assert (first.status_code, first.headers["Location"]) == (201, again.headers["Location"])
    assert other.headers["Location"] != first.headers["Location"]
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", first.headers["Upload-Expires"])
    assert begin(line, 11).json()["code"] == "UPLOAD-LENGTH"


def test_without_a_token_not_a_byte_is_stored(running: Running, line: httpx.Client) -> None:
    place = begin(line, 10).headers["Location"]
    upload_id = place.rpartition("/")[2]
    for headers in ({}, {"Authorization": "Bearer " + "x" * 43}, {"Authorization": "Basic eA=="}):
        bare = httpx.Client(base_url=running.url, headers=headers)
        with bare:
            assert bare.patch(place, headers={**CHUNK, "Upload-Offset": "0"}, content=b"0123456789").status_code == 401
            assert bare.head(place, headers=TUS).status_code == 401
            assert bare.post("/v1/uploads", headers={**TUS, "Upload-Length": "1"}).status_code == 401
            assert bare.delete(place, headers=TUS).status_code == 401
    assert running.app.state.parts.uploads.path(upload_id).read_bytes() == b""
    assert offset_of(line, place) == 0


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Upload-Offset": "3"}, 409, "UPLOAD-OFFSET"),
        ({"Upload-Offset": "-1"}, 409, "UPLOAD-OFFSET"),
        ({"Upload-Offset": "0", "Content-Type": "text/plain"}, 415, "UPLOAD-MEDIA-TYPE"),
        ({"Upload-Offset": "0", "Upload-Checksum": "sha256 " + "A" * 43 + "="}, 460, "UPLOAD-CHECKSUM"),
        ({"Upload-Offset": "0", "Upload-Checksum": "md5 AAAA"}, 400, "UPLOAD-CHECKSUM-METHOD"),
        ({"Upload-Offset": "0", "Upload-Checksum": "sha256 ?"}, 400, "UPLOAD-CHECKSUM-METHOD"),
        ({"Upload-Offset": "0", "Tus-Resumable": "0.2.2"}, 412, "TUS-VERSION"),
    ],
)
def test_a_chunk_that_does_not_fit_leaves_nothing(
    line: httpx.Client, headers: dict[str, str], status: int, code: str
) -> None:
    place = begin(line, 10).headers["Location"]
    answer = line.patch(place, headers={**CHUNK, **headers}, content=b"01234")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert offset_of(line, place) == 0
    assert line.patch(place, headers={**CHUNK, "Upload-Offset": "0"}, content=b"01234").status_code == 204
    assert offset_of(line, place) == 5


def test_a_chunk_beyond_the_length_leaves_nothing(line: httpx.Client) -> None:
    place = begin(line, 10).headers["Location"]
    answer = line.patch(place, headers={**CHUNK, "Upload-Offset": "0"}, content=b"x" * 11)
    assert (answer.status_code, answer.json()["code"]) == (413, "UPLOAD-TOO-LONG")
    assert offset_of(line, place) == 0


@pytest.mark.parametrize("metadata", ["", "package_id", "package_id !!!", "package_id YQ==", "other YQ=="])
def test_creation_needs_the_package_s_id(line: httpx.Client, metadata: str) -> None:
    answer = line.post("/v1/uploads", headers={**TUS, "Upload-Length": "1", "Upload-Metadata": metadata})
    assert (answer.status_code, answer.json()["code"]) == (400, "UPLOAD-METADATA")


def test_too_long_and_too_many_are_refused(line: httpx.Client, running: Running) -> None:
    assert begin(line, 1 << 40).status_code == 413
    limit = running.gateway.settings.uploads_per_device
    for number in range(limit):
        assert begin(line, 5, f"{number:064x}").status_code == 201
    assert (begin(line, 5).status_code, begin(line, 5, f"{0:064x}").status_code) == (429, 201)


def test_another_device_s_upload_does_not_exist(running: Running, line: httpx.Client, join: Join) -> None:
    place = begin(line, 10).headers["Location"]
    for commune in ("01153", OTHER_COMMUNE):
        _, other = join(commune)
        other.fetch_changes(0)
        with httpx.Client(
            base_url=running.url, headers={"Authorization": f"Bearer {other._transport.token}"}
        ) as stranger:
            assert stranger.head(place, headers=TUS).status_code == 404
            answer = stranger.patch(place, headers={**CHUNK, "Upload-Offset": "0"}, content=b"x")
            assert answer.json()["code"] == "UPLOAD-UNKNOWN"
            assert stranger.delete(place, headers=TUS).status_code == 404


def test_termination_forgets(line: httpx.Client, running: Running) -> None:
    place = begin(line, 10).headers["Location"]
    line.patch(place, headers={**CHUNK, "Upload-Offset": "0"}, content=b"01234")
    assert line.delete(place, headers=TUS).status_code == 204
    assert line.head(place, headers=TUS).status_code == 404
    assert list(running.gateway.settings.inbox.iterdir()) == []
    assert begin(line, 10).headers["Location"] != place


def test_an_expired_upload_is_gone_and_begins_anew(line: httpx.Client, running: Running) -> None:
    place = begin(line, 10).headers["Location"]
    with running.gateway.database.writing() as connection:
        connection.execute(update(uploads).values(expires_at="2020-01-01T00:00:00.000Z"))
    assert line.head(place, headers=TUS).status_code == 410
    renewed = begin(line, 10)
    assert (renewed.status_code, renewed.headers["Upload-Offset"]) == (201, "0")
    assert renewed.headers["Location"] != place


def test_what_was_not_noted_is_cut_off_before_more_is_written(line: httpx.Client, running: Running) -> None:
    """A server killed between writing and noting leaves bytes that nobody was told about."""
    place = begin(line, 10).headers["Location"]
    line.patch(place, headers={**CHUNK, "Upload-Offset": "0"}, content=b"012")
    path = running.app.state.parts.uploads.path(place.rpartition("/")[2])
    path.write_bytes(b"012garbage-beyond-what-was-noted")
    assert offset_of(line, place) == 3
    line.patch(place, headers={**CHUNK, "Upload-Offset": "3"}, content=b"34")
    assert path.read_bytes() == b"01234"


def _send_part(url: str, token: str, place: str, sent: bytes, promised: int, **headers: str) -> None:
    """Promise a longer chunk than is sent, then hang up."""
    host = urlsplit(url)
    line = http.client.HTTPConnection(str(host.hostname), host.port, timeout=5)
    line.putrequest("PATCH", place)
    facts = {**CHUNK, "Authorization": token, "Upload-Offset": "0", "Content-Length": str(promised), **headers}
    for name, value in facts.items():
        line.putheader(name, value)
    line.endheaders()
    line.send(sent)
    threading.Event().wait(0.1)
    assert isinstance(line.sock, socket.socket)
    line.sock.close()
    line.close()


@pytest.mark.parametrize("with_checksum", [False, True])
def test_a_line_that_breaks_in_a_chunk(line: httpx.Client, running: Running, with_checksum: bool) -> None:
    """Without a checksum what came is kept; with one it cannot be verified, and is not."""
    place = begin(line, 1000).headers["Location"]
    digest = base64.b64encode(hashlib.sha256(b"y" * 1000).digest()).decode()
    headers = {"Upload-Checksum": f"sha256 {digest}"} if with_checksum else {}
    _send_part(running.url, line.headers["Authorization"], place, b"y" * 400, 1000, **headers)
    expected = 0 if with_checksum else 400
    for _ in range(100):
        answer = line.patch(place, headers={**CHUNK, "Upload-Offset": str(expected)}, content=b"")
        if answer.status_code == 204:
            break
        threading.Event().wait(0.02)
    assert offset_of(line, place) == expected


def test_a_sender_that_falls_silent_does_not_hold_the_upload(line: httpx.Client, running: Running) -> None:
    place = begin(line, 1000).headers["Location"]
    host = urlsplit(running.url)
    with socket.create_connection((str(host.hostname), host.port or 0), timeout=10) as silent:
        lines = [f"PATCH {place} HTTP/1.1", "Host: x", f"Authorization: {line.headers['Authorization']}"]
        lines += [f"{name}: {value}" for name, value in CHUNK.items()]
        silent.sendall("\r\n".join([*lines, "Upload-Offset: 0", "Content-Length: 1000", "", "abc"]).encode())
        threading.Event().wait(0.2)
        busy = line.patch(place, headers={**CHUNK, "Upload-Offset": "0"}, content=b"x")
        assert (busy.status_code, busy.json()["code"]) == (423, "UPLOAD-BUSY")
        assert b" 408 " in silent.recv(1000).split(b"\r\n")[0]
    assert offset_of(line, place) == 3


def test_a_foreign_client_uploads(running: Running, line: httpx.Client, join: Join, tmp_path: Path) -> None:
    """tuspy keys its own resume on the file's first 64 KiB, so here the offset comes from the gateway alone."""
    device, client = join()
    client.fetch_changes(0)
    path, package_id = device.seal([change(road(place)) for place in range(40)])
    headers = {"Authorization": f"Bearer {client._transport.token}"}
    foreign = tus.TusClient(f"{running.url}/v1/uploads", headers=headers)
    settings = {"chunk_size": 3000, "metadata": {"package_id": package_id}, "upload_checksum": True}
    with path.open("rb") as file:
        foreign.uploader(file_stream=file, **settings).upload_chunk()
    assert client.fetch_state(package_id).offset == 3000
    with path.open("rb") as file:
        again = foreign.uploader(file_stream=file, **settings)
        again.set_url(again.create_url())
        again.offset = again.get_offset()
        assert again.offset == 3000
        again.upload()
    assert again.offset == path.stat().st_size
    receipt = client.fetch_receipt(package_id, 20)
    assert receipt is not None
    assert receipt.receipt.count()["applied"] == 40


def test_what_a_killed_server_left_is_taken_at_its_next_start(location: str, folder: Path, tmp_path: Path) -> None:
    """Whole and noted, but not yet applied: the next start verifies and applies it."""
    settings = GatewaySettings(folder)
    app = build_app(location, settings)
    running = Running("", app)
    device = Device(tmp_path / "máy", seed=3)
    with serving(app) as url:
        running.url = url
        code = running.code()
        with running.client(device) as client:
            server_key = client.enrol(code).server_key
    path, package_id = device.seal([change(road())])
    app = build_app(location, settings)
    parts = app.state.parts
    with parts.gateway.database.reading() as connection:
        session = find_session(connection, device.device_id)
    upload = parts.uploads.create(session, package_id, path.stat().st_size)
    parts.uploads.path(upload.upload_id).write_bytes(path.read_bytes())
    assert parts.uploads.note(upload, upload.length).state == RECEIVED
    orphan = parts.uploads.path("never noted")
    orphan.touch()
    os.utime(orphan, (0, 0))
    parts.gateway.close()
    app = build_app(location, settings)
    with serving(app) as url:
        running = Running(url, app)
        with running.client(device, server_key=server_key) as client:
            receipt = client.fetch_receipt(package_id, 20)
    assert receipt is not None
    assert receipt.receipt.count()["applied"] == 1
    assert [path.name for path in settings.kept.iterdir()] == [f"{package_id}.zip"]
    assert not orphan.exists()


def test_a_refused_package_lies_in_quarantine(running: Running, join: Join) -> None:
    device, client = join()
    path, package_id = device.seal([change(road())])
    path.write_bytes(b"no package at all")
    client.upload(path, package_id)
    while client.fetch_state(package_id).state == "received":
        threading.Event().wait(0.02)
    with running.gateway.database.reading() as connection:
        row = connection.execute(select(uploads)).one()
    assert row.state == "refused"
    assert [path.stem for path in running.gateway.settings.quarantine.iterdir()] == [row.upload_id]
