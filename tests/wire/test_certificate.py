"""The certificate in a package: comes back whole, is covered by the signature, and packages without one are taken."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.canonical import canonical_json
from core.errors import UserError
from tests.wire.samples import MOMENT, TYPES, sample_changes
from wire.certificate import Certificate, ToldFigure, parse_certificate
from wire.header import PackageHeader
from wire.package import read_package, verify_package, write_package
from wire.signing import PrivateKey

NAME = "data/validation.json"
Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def certificate() -> Certificate:
    return Certificate(
        program="0.1.0",
        catalogue_hash="c" * 64,
        rule_pack_hash="d" * 64,
        tolerances={"adm03_warning_m": 3000.0},
        checked_at=MOMENT,
        checked=5,
        findings={"TOP-09": {"warning": 2}, "ADM-03": {"info": 1}},
        figures={"sach": ToldFigure(day="2026-11-28", good=2, total=3)},
    )


@pytest.fixture
def certified(tmp_path: Path, header: PackageHeader, key: PrivateKey, certificate: Certificate) -> Path:
    path = tmp_path / "có chứng nhận.zip"
    write_package(path, header, sample_changes(), [], key, catalogue=TYPES, certificate=certificate)
    return path


def test_it_comes_back_and_names_the_package_too(
    certified: Path, package: Path, certificate: Certificate, key: PrivateKey
) -> None:
    found = read_package(certified, catalogue=TYPES, public_key=key.public_key())
    assert found.certificate == certificate
    assert (certificate.count("warning"), certificate.count("error")) == (2, 0)
    assert verify_package(certified).certificate == certificate
    without = read_package(package, catalogue=TYPES)
    assert without.certificate is None
    assert without.header.package_id != found.header.package_id
    assert zipfile.ZipFile(certified).namelist()[-1] == NAME


def test_a_byte_changed_in_it_is_noticed(certified: Path) -> None:
    data = bytearray(certified.read_bytes())
    place = data.index(b'"checked":5') + 10
    data[place : place + 1] = b"6"
    certified.write_bytes(bytes(data))
    with pytest.raises(UserError) as caught:
        verify_package(certified)
    assert (caught.value.code, caught.value.context["file"]) == ("PACKAGE-DAMAGED", NAME)


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found.update(rule_pack_hash="e" * 64),
        lambda found: found.update(catalogue_hash="e" * 64),
        lambda found: found.update(more=1),
        lambda found: found.pop("waivers"),
        lambda found: found.update(checked=-1),
        lambda found: found.update(checked="5"),
        lambda found: found.update(findings={"TOP-09": {"fatal": 1}}),
        lambda found: found.update(findings={"x": {"error": 1}}),
        lambda found: found.update(figures={"sach": {"day": "2026-11-28", "good": -1, "total": 3}}),
        lambda found: found.update(figures={"sach": 0.5}),
        lambda found: found.update(checked_at="hôm nay"),
    ],
)
def test_what_no_honest_program_writes_is_refused(
    change: Change, certificate: Certificate, header: PackageHeader
) -> None:
    plain = certificate.as_dict()
    change(plain)
    with pytest.raises(UserError) as caught:
        parse_certificate(canonical_json(plain), header)
    assert (caught.value.code, caught.value.context["file"]) == ("PACKAGE-DAMAGED", NAME)


def test_a_later_format_is_named(certificate: Certificate, header: PackageHeader) -> None:
    with pytest.raises(UserError) as caught:
        parse_certificate(canonical_json({**certificate.as_dict(), "format": 2}), header)
    assert (caught.value.code, caught.value.context) == ("PACKAGE-FORMAT", {"format": 2, "known": 1})
    with pytest.raises(UserError, match="validation"):
        parse_certificate(certificate.encode() + b" ", header)
