"""Packages changed anywhere in any way: refused with a code, whatever the change; no other error, no crash."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import UserError
from tests.wire.samples import MOMENT, TYPES, sample_changes
from wire import package as package_module
from wire.geopackage import build_geopackage, sort_changes
from wire.header import PackageHeader
from wire.package import read_header, read_package, verify_package, write_package
from wire.signing import PrivateKey

OF_FORM = {"PACKAGE-DAMAGED", "PACKAGE-HOSTILE", "PACKAGE-TOO-LARGE", "PACKAGE-FORMAT"}
OF_CONTENT = OF_FORM | {"PACKAGE-CONTENT", "PACKAGE-NEWER-SCHEMA"}
FEW = settings(
    max_examples=120, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
MANY = settings(max_examples=4_000, deadline=None, database=None, suppress_health_check=list(HealthCheck))

Change = Callable[[bytes], bytes]


def _cut(data: bytes, share: float) -> int:
    return min(int(share * len(data)), len(data) - 1)


def _flip(where: float, mask: int) -> Change:
    def done(data: bytes) -> bytes:
        place = _cut(data, where)
        return data[:place] + bytes([data[place] ^ mask]) + data[place + 1 :]

    return done


def _put(where: float, junk: bytes) -> Change:
    return lambda data: data[: _cut(data, where)] + junk + data[_cut(data, where) :]


def _overwrite(where: float, junk: bytes) -> Change:
    return lambda data: data[: _cut(data, where)] + junk + data[_cut(data, where) + len(junk) :]


def _drop(where: float, length: int) -> Change:
    return lambda data: data[: _cut(data, where)] + data[_cut(data, where) + length :]


def _end(where: float) -> Change:
    return lambda data: data[: _cut(data, where)]


def _copy(source: float, target: float, length: int) -> Change:
    def done(data: bytes) -> bytes:
        piece = data[_cut(data, source) :][:length]
        return data[: _cut(data, target)] + piece + data[_cut(data, target) + len(piece) :]

    return done


PLACE = st.floats(0, 1, exclude_max=True)
JUNK = st.binary(min_size=1, max_size=64) | st.sampled_from(
    [b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"\xff" * 8, b"\0" * 4096]
)
ONE = st.one_of(
    st.builds(_flip, PLACE, st.integers(1, 255)),
    st.builds(_put, PLACE, JUNK),
    st.builds(_overwrite, PLACE, JUNK),
    st.builds(_drop, PLACE, st.integers(1, 5_000)),
    st.builds(_end, PLACE),
    st.builds(_copy, PLACE, PLACE, st.integers(1, 500)),
)
CHANGES = st.lists(ONE, min_size=1, max_size=4)


def _refused(path: Path) -> None:
    for read in (lambda: read_package(path, catalogue=TYPES), lambda: verify_package(path)):
        with pytest.raises(UserError) as caught:
            read()
        assert caught.value.code in OF_FORM
    try:
        read_header(path)
    except UserError as error:
        assert error.code in OF_FORM  # noqa: PT017 (what it says of itself may be whole where the rest is not)


def _try_any(package: Path, changes: list[Change]) -> None:
    data = package.read_bytes()
    found = data
    for change in changes:
        found = change(found) or b"\0"
    if found == data:
        return
    target = package.with_name("changed.zip")
    target.write_bytes(found)
    _refused(target)


@FEW
@given(changes=CHANGES)
def test_a_package_changed_anywhere_is_refused(package: Path, changes: list[Change]) -> None:
    _try_any(package, changes)


@pytest.mark.slow
@MANY
@given(changes=CHANGES)
def test_a_package_changed_anywhere_is_refused_for_long(package: Path, changes: list[Change]) -> None:
    _try_any(package, changes)


@pytest.mark.slow
def test_every_byte_counts(package: Path) -> None:
    data = package.read_bytes()
    target = package.with_name("changed.zip")
    for place in range(len(data)):
        target.write_bytes(data[:place] + bytes([data[place] ^ (1 << place % 8)]) + data[place + 1 :])
        with pytest.raises(UserError) as caught:
            read_package(target, catalogue=TYPES)
        assert caught.value.code in OF_FORM


def _seal_changed(
    folder: Path, header: PackageHeader, key: PrivateKey, monkeypatch: pytest.MonkeyPatch, changes: list[Change]
) -> None:
    """A sender with a good key seals a payload in which anything was changed: refused, or read as what it is."""
    payload = build_geopackage(sort_changes(sample_changes(), TYPES), TYPES, epsg=9211, moment=MOMENT)
    found = payload
    for change in changes:
        found = change(found) or b"\0"
    path = folder / "resealed.zip"
    with monkeypatch.context() as other:
        other.setattr(package_module, "build_geopackage", lambda *_a, **_k: found)
        write_package(path, header, sample_changes(), [], key, catalogue=TYPES)
    try:
        read = read_package(path, catalogue=TYPES)
    except UserError as error:
        assert error.code in OF_CONTENT  # noqa: PT017
        return
    again = build_geopackage(sort_changes(read.changes, TYPES), TYPES, epsg=9211, moment=MOMENT)
    with sqlite3.connect(":memory:") as connection:
        connection.deserialize(again)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@FEW
@given(changes=CHANGES)
def test_a_payload_changed_and_sealed_again_never_breaks_the_reader(
    tmp_path: Path, header: PackageHeader, key: PrivateKey, monkeypatch: pytest.MonkeyPatch, changes: list[Change]
) -> None:
    _seal_changed(tmp_path, header, key, monkeypatch, changes)


@pytest.mark.slow
@MANY
@given(changes=CHANGES)
def test_a_payload_changed_and_sealed_again_never_breaks_the_reader_for_long(
    tmp_path: Path, header: PackageHeader, key: PrivateKey, monkeypatch: pytest.MonkeyPatch, changes: list[Change]
) -> None:
    _seal_changed(tmp_path, header, key, monkeypatch, changes)
