"""tus 1.0.0 sentence by sentence: the core protocol, creation, checksum, expiration, termination."""

import base64
import errno
import hashlib
import os
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import SimpleNamespace

import httpx
import pytest
from sqlalchemy import select, update

from core.messages import LANGUAGES, render
from province import upload_quotas
from province.tables import uploads
from tests.sync.conftest import Join, Running, set_quotas
from tests.sync.tus_lines import CHUNK, TUS, begin, metadata_header, offset_of

MB = 1_000_000
NOWHERE = "/v1/uploads/00000000-0000-7000-8000-000000000000"


@pytest.fixture
def place(line: httpx.Client) -> str:
    """Where ten bytes may go."""
    return begin(line, 10).headers["Location"]


def patch(line: httpx.Client, place: str, offset: int, data: bytes, **headers: str) -> httpx.Response:
    return line.patch(place, headers={**CHUNK, "Upload-Offset": str(offset), **headers}, content=data)


def test_every_answer_names_the_version(line: httpx.Client, place: str) -> None:
    answers = [
        line.head(place, headers=TUS),
        patch(line, place, 0, b"01"),
        patch(line, place, 9, b"01"),
        line.post("/v1/uploads", headers=TUS),
        line.head(NOWHERE, headers=TUS),
        line.put(place, headers=TUS),
        line.get(place, headers={**TUS, "Authorization": "x"}),
        line.delete(place, headers={**TUS, "Authorization": "x"}),
        line.delete(place, headers=TUS),
    ]
    assert [answer.status_code for answer in answers] == [200, 204, 409, 400, 404, 405, 405, 401, 204]
    assert {answer.headers.get("Tus-Resumable") for answer in answers} == {"1.0.0"}


@pytest.mark.parametrize("version", [None, "", "0.2.2", "1.0", "1.0.0, 0.2.2", "' OR 1=1 --"])
def test_another_version_is_told_which_is_spoken_and_nothing_is_done(
    line: httpx.Client, place: str, version: str | None
) -> None:
    told = {} if version is None else {"Tus-Resumable": version}
    asked = {key: value for key, value in CHUNK.items() if key != "Tus-Resumable"} | told
    answers = [
        line.patch(place, headers={**asked, "Upload-Offset": "0"}, content=b"01234"),
        line.post("/v1/uploads", headers={**told, "Upload-Length": "5", "Upload-Metadata": metadata_header("c" * 64)}),
        line.head(place, headers=told),
        line.delete(place, headers=told),
    ]
    assert {answer.status_code for answer in answers} == {412}
    assert {answer.headers.get("Tus-Version") for answer in answers} == {"1.0.0"}
    assert offset_of(line, place) == 0


def test_options_need_no_version_and_take_any(running: Running) -> None:
    for headers in ({}, {"Tus-Resumable": "9.9"}):
        answer = httpx.options(f"{running.url}/v1/uploads", headers=headers)
        assert answer.status_code == 204
        assert answer.headers["Tus-Version"] == "1.0.0"
        assert int(answer.headers["Tus-Max-Size"]) == running.gateway.settings.limits.archive_bytes


def test_head_tells_offset_and_length_and_may_not_be_cached(line: httpx.Client, place: str) -> None:
    for offset, data in ((0, b"012"), (3, b"3456789")):
        answer = line.head(place, headers=TUS)
        assert (answer.status_code, answer.content) == (200, b"")
        assert (answer.headers["Upload-Offset"], answer.headers["Upload-Length"]) == (str(offset), "10")
        assert answer.headers["Cache-Control"] == "no-store"
        patch(line, place, offset, data)


@pytest.mark.parametrize("place", [NOWHERE, "/v1/uploads/x", "/v1/uploads/..%2f..%2fserver.key", "/v1/uploads/%00"])
def test_what_is_not_there_has_no_offset(line: httpx.Client, place: str) -> None:
    answer = line.head(place, headers=TUS)
    assert answer.status_code == 404
    assert "Upload-Offset" not in answer.headers
    assert patch(line, place, 0, b"0").status_code == 404
    assert line.delete(place, headers=TUS).status_code == 404


def test_a_chunk_is_answered_with_the_offset_reached(line: httpx.Client, place: str) -> None:
    first, second = patch(line, place, 0, b"0123"), patch(line, place, 4, b"")
    assert [answer.status_code for answer in (first, second)] == [204, 204]
    assert [answer.headers["Upload-Offset"] for answer in (first, second)] == ["4", "4"]


@pytest.mark.parametrize("offset", ["", "1", "11", "-0", "0x0", "٠", "1e1", "9" * 400, "0; DROP TABLE uploads"])
def test_another_offset_changes_nothing(line: httpx.Client, place: str, offset: str) -> None:
    headers = {**CHUNK, "Upload-Offset": offset.encode("utf-8")}
    answer = line.patch(place, headers=headers, content=b"01")  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (409, "UPLOAD-OFFSET")
    assert offset_of(line, place) == 0


def test_a_proxy_that_lets_only_post_pass(line: httpx.Client, place: str) -> None:
    """``X-HTTP-Method-Override`` is the method, whatever the request's own is."""
    sent = {**CHUNK, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    answer = line.post(place, headers=sent, content=b"01234")
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, "5")
    asked = line.post(place, headers={**TUS, "X-HTTP-Method-Override": "HEAD"})
    assert (asked.status_code, asked.headers["Upload-Offset"]) == (200, "5")
    bare = {"Authorization": "", "X-HTTP-Method-Override": "PATCH"}
    assert line.post(place, headers={**sent, **bare}, content=b"56789").status_code == 401
    assert line.get(place, headers={**TUS, "X-HTTP-Method-Override": "DROP TABLE"}).status_code == 405
    assert line.post(place, headers={**TUS, "X-HTTP-Method-Override": "DELETE"}).status_code == 204
    assert line.head(place, headers=TUS).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Upload-Length": ""}, 400, "UPLOAD-LENGTH"),
        ({"Upload-Length": "-1"}, 400, "UPLOAD-LENGTH"),
        ({"Upload-Length": "1.5"}, 400, "UPLOAD-LENGTH"),
        ({"Upload-Length": "", "Upload-Defer-Length": "1"}, 400, "UPLOAD-LENGTH"),
        ({"Upload-Length": str(1 << 31)}, 413, "UPLOAD-TOO-LONG"),
        ({"Upload-Metadata": ""}, 400, "UPLOAD-METADATA"),
        ({"Upload-Metadata": metadata_header("a" * 64) + ",filename eA=="}, 400, "UPLOAD-METADATA"),
        ({"Upload-Metadata": metadata_header("a" * 64) + ","}, 400, "UPLOAD-METADATA"),
        ({"Upload-Metadata": metadata_header("a" * 64) + ",filename2 ?!"}, 400, "UPLOAD-METADATA"),
        ({"Upload-Metadata": metadata_header("a" * 64) + ",long " + "A" * 4096}, 400, "UPLOAD-METADATA"),
        ({"Upload-Metadata": metadata_header("A" * 64)}, 400, "UPLOAD-METADATA"),
        ({"Upload-Metadata": metadata_header("'; DROP TABLE uploads; --".ljust(64))}, 400, "UPLOAD-METADATA"),
        ({"Upload-Metadata": metadata_header("../../" + "a" * 58)}, 400, "UPLOAD-METADATA"),
    ],
)
def test_a_creation_that_says_too_little_or_too_much(
    line: httpx.Client, running: Running, headers: dict[str, str], status: int, code: str
) -> None:
    answer = begin(line, 10, **headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "Location" not in answer.headers
    assert list(running.gateway.settings.inbox.iterdir()) == []


def test_what_was_said_at_creation_is_told_again_as_it_was_spelled(line: httpx.Client) -> None:
    said = "empty,filename 4bqibg==," + metadata_header("d" * 64).partition(",")[2]
    place = begin(line, 10, **{"Upload-Metadata": said}).headers["Location"]
    assert line.head(place, headers=TUS).headers["Upload-Metadata"] == said


@pytest.mark.parametrize("method", ["sha1", "sha256"])
def test_each_method_offered_is_held_to(line: httpx.Client, place: str, method: str) -> None:
    offered = line.options("/v1/uploads").headers["Tus-Checksum-Algorithm"].split(",")
    assert method in offered
    good, bad = (base64.b64encode(hashlib.new(method, data).digest()).decode() for data in (b"0123", b"012x"))
    answer = patch(line, place, 0, b"0123", **{"Upload-Checksum": f"{method} {bad}"})
    assert (answer.status_code, answer.json()["code"]) == (460, "UPLOAD-CHECKSUM")
    assert offset_of(line, place) == 0
    assert patch(line, place, 0, b"0123", **{"Upload-Checksum": f"{method} {good}"}).status_code == 204
    assert offset_of(line, place) == 4


def _in_three_days(answer: httpx.Response) -> bool:
    left = parsedate_to_datetime(answer.headers["Upload-Expires"]) - datetime.now(UTC)
    return timedelta(days=2, hours=23) < left <= timedelta(days=3)


def test_the_end_is_told_while_there_is_one_and_moves_with_each_chunk(line: httpx.Client, running: Running) -> None:
    created = begin(line, 4)
    assert _in_three_days(created)
    soon = datetime.now(UTC) + timedelta(hours=1)
    with running.gateway.database.writing() as connection:
        connection.execute(update(uploads).values(expires_at=soon.strftime("%Y-%m-%dT%H:%M:%S.000Z")))
    place = created.headers["Location"]
    assert not _in_three_days(line.head(place, headers=TUS))
    assert _in_three_days(patch(line, place, 0, b"01"))
    last = patch(line, place, 2, b"23")
    assert last.status_code == 204
    assert "Upload-Expires" not in last.headers


def test_what_ran_out_is_gone_from_the_disk_without_being_asked(
    line: httpx.Client, running: Running, join: Join
) -> None:
    """The device may never come back, and another commune's need not wait for it."""
    place = begin(line, 10).headers["Location"]
    patch(line, place, 0, b"01234")
    kept = begin(line, 10, "b" * 64).headers["Location"]
    inbox = running.gateway.settings.inbox
    assert len(list(inbox.iterdir())) == 2
    with running.gateway.database.writing() as connection:
        old = update(uploads).where(uploads.c.upload_id == place.rpartition("/")[2])
        connection.execute(old.values(expires_at="2020-01-01T00:00:00.000Z"))
    parts = running.app.state.parts
    with parts.uploads.holding(place.rpartition("/")[2]):
        parts.uploads.forget_expired()
        assert len(list(inbox.iterdir())) == 2
    parts.uploads.forget_expired()
    assert [path.stem for path in inbox.iterdir()] == [kept.rpartition("/")[2]]
    assert line.head(place, headers=TUS).status_code in {404, 410}
    with running.gateway.database.reading() as connection:
        assert connection.execute(select(uploads.c.package_id)).scalars().all() == ["b" * 64]


def test_a_device_and_a_commune_have_their_quotas(
    running: Running, line: httpx.Client, join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_quotas(
        running,
        monkeypatch,
        uploads_per_device=3,
        uploads_per_commune=4,
        bytes_per_device=50 * MB,
        bytes_per_commune=60 * MB,
    )
    _, neighbour = join()
    neighbour.fetch_changes(0)
    own = f"Bearer {neighbour._transport.token}"

    def asked(megabytes: int, number: int, **headers: str) -> str:
        answer = begin(line, megabytes * MB, f"{number:064x}", **headers)
        if answer.status_code == 201:
            return "taken"
        assert answer.status_code == 429
        body = answer.json()
        for language in LANGUAGES:
            words = render(body["code"], body["context"], language)
            assert str(body["context"].get("limit") or body["context"]["limit_mb"]) in words
            assert "3 ngày" in words or "3 days" in words
            assert "{" not in words
        return str(body["code"])

    assert asked(40, 1) == "taken"
    assert asked(11, 2) == "UPLOAD-QUOTA"
    assert asked(40, 1) == "taken"  # the one it has already
    assert asked(21, 3, Authorization=own) == "UPLOAD-QUOTA-COMMUNE"
    assert [asked(5, 4), asked(5, 5), asked(0, 6)] == ["taken", "taken", "UPLOAD-TOO-MANY"]
    assert [asked(5, 7, Authorization=own), asked(0, 8, Authorization=own)] == ["taken", "UPLOAD-TOO-MANY-COMMUNE"]
    assert line.delete(begin(line, 40 * MB, f"{1:064x}").headers["Location"], headers=TUS).status_code == 204
    assert asked(30, 9) == "taken"


def test_a_disk_without_room_refuses_before_a_byte(
    running: Running, line: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_quotas.shutil, "disk_usage", lambda _path: SimpleNamespace(free=5 * MB))
    answer = begin(line, 10)
    assert (answer.status_code, answer.json()["code"]) == (503, "GATEWAY-DISK")
    assert answer.json()["context"] == {"needed_mb": 1, "free_mb": 5}
    assert list(running.gateway.settings.inbox.iterdir()) == []


def test_a_disk_that_fails_in_a_chunk_keeps_what_was_noted(
    running: Running, line: httpx.Client, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert patch(line, place, 0, b"01").status_code == 204

    for number, code in ((errno.ENOSPC, "GATEWAY-DISK"), (errno.EIO, "GATEWAY-FAULT")):

        def fail(_handle: int, number: int = number) -> None:
            raise OSError(number, os.strerror(number))

        with monkeypatch.context() as broken:
            broken.setattr("province.chunks.os.fsync", fail)
            answer = patch(line, place, 2, b"23456789", Connection="close")
        assert answer.json()["code"] == code
        assert offset_of(line, place) == 2
    assert patch(line, place, 2, b"23").headers["Upload-Offset"] == "4"
