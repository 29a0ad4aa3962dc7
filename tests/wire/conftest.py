"""What the tests of packages share."""

from pathlib import Path

import pytest

from tests.wire.samples import MOMENT, TYPES, UID, sample_changes
from wire.header import PackageHeader
from wire.package import write_package
from wire.signing import PrivateKey, private_key_of


@pytest.fixture
def key() -> PrivateKey:
    return private_key_of(bytes(range(32)))


@pytest.fixture
def header() -> PackageHeader:
    return PackageHeader(
        commune_code="01153",
        recipient="08",
        device_id=UID.format(1),
        device_sequence=1,
        epsg=9211,
        catalogue_hash="c" * 64,
        rule_pack_hash="d" * 64,
        journal_first=1,
        journal_last=12,
        audit_head="e" * 64,
        approved_by="Nguyễn Văn A",
        approved_at=MOMENT,
        sealed_at=MOMENT,
    )


@pytest.fixture
def package(tmp_path: Path, header: PackageHeader, key: PrivateKey) -> Path:
    path = tmp_path / "gói.zip"
    write_package(path, header, sample_changes(), [], key, catalogue=TYPES)
    return path
