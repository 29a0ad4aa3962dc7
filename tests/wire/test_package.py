"""Packages: what goes in comes out, the same bytes each time, and one wrong byte anywhere is refused by name."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import bagit
import pyproj
import pytest

from core.errors import EnvironmentFault, UserError
from tests.wire.samples import TYPES, UID, Types, road_content, sample_changes
from wire import package as package_module
from wire.changes import RecordChange
from wire.header import PackageHeader
from wire.package import Attachment, package_path, read_header, read_package, verify_package, write_package
from wire.signing import PrivateKey, private_key_of


def _attachment(data: bytes, name: str = "bản vẽ.pdf") -> Attachment:
    return Attachment(hashlib.sha256(data).hexdigest(), name, len(data), lambda: [data[:3], data[3:]])


def test_everything_comes_back(package: Path, header: PackageHeader, key: PrivateKey) -> None:
    found = read_package(package, catalogue=TYPES, public_key=key.public_key())
    order = {type_id: place for place, type_id in enumerate(TYPES.types)}
    expected = sorted(sample_changes(), key=lambda change: (order[change.type_id], change.uid))
    assert list(found.changes) == expected
    assert found.header.counts == {
        "dossier": {"insert": 1},
        "road": {"insert": 2, "update": 1},
        "zone": {"insert": 1},
        "bridge": {"insert": 1, "delete": 1},
    }
    assert (found.header.commune_code, found.header.approved_by) == (header.commune_code, header.approved_by)
    assert read_header(package) == found.header


def test_same_input_same_bytes_in_any_order(tmp_path: Path, header: PackageHeader, key: PrivateKey) -> None:
    files = [_attachment(b"abcdef"), _attachment(b"x")]
    ids = [
        write_package(tmp_path / name, header, changes, files, key, catalogue=TYPES)
        for name, changes in (("a.zip", sample_changes()), ("b.zip", sample_changes()[::-1]))
    ]
    assert ids[0] == ids[1]
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    other = write_package(tmp_path / "c.zip", header, sample_changes()[1:], [], key, catalogue=TYPES)
    assert other != ids[0]


def test_payload_bytes_do_not_depend_on_the_process(tmp_path: Path, header: PackageHeader, key: PrivateKey) -> None:
    """A fresh interpreter, with other hash seeds and heap contents, seals the same file."""
    script = (
        "import sys; from pathlib import Path; sys.path.insert(0, '.')\n"
        "from tests.wire.samples import TYPES, sample_changes\n"
        "from wire.package import write_package; from wire.header import parse_header\n"
        "from wire.signing import private_key_of\n"
        "header = parse_header(Path(sys.argv[1]).read_bytes())\n"
        "key = private_key_of(bytes(range(32)))\n"
        "print(write_package(Path(sys.argv[2]), header, sample_changes(), [], key, catalogue=TYPES))"
    )
    first = write_package(tmp_path / "a.zip", header, sample_changes(), [], key, catalogue=TYPES)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        (tmp_path / "header.json").write_bytes(archive.read("diaba.json"))
    root = Path(__file__).resolve().parents[2]
    arguments = [sys.executable, "-c", script, str(tmp_path / "header.json"), str(tmp_path / "b.zip")]
    done = subprocess.run(arguments, cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == first
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


@pytest.mark.parametrize("start", range(0, 97, 16))
def test_a_flipped_byte_is_refused_and_its_file_named(package: Path, tmp_path: Path, start: int) -> None:
    data = package.read_bytes()
    with zipfile.ZipFile(package) as archive:
        names = {*archive.namelist(), "flipped.zip"}
    target = tmp_path / "flipped.zip"
    for place in range(start, len(data), 97):
        target.write_bytes(data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :])
        with pytest.raises(UserError) as caught:
            read_package(target, catalogue=TYPES)
        assert caught.value.code in {"PACKAGE-DAMAGED", "PACKAGE-HOSTILE", "PACKAGE-TOO-LARGE"}, place
        assert caught.value.context["file"] in names, place


def test_every_single_byte_of_the_frame_counts(package: Path, tmp_path: Path) -> None:
    """The zip's own bytes carry no records, so only the strictest reading notices them: flip each of the last 700."""
    data = package.read_bytes()
    target = tmp_path / "flipped.zip"
    for place in range(len(data) - 700, len(data)):
        target.write_bytes(data[:place] + bytes([data[place] ^ 0x01]) + data[place + 1 :])
        with pytest.raises(UserError):
            verify_package(target)


@pytest.mark.parametrize("cut", [0, 1, 21, 100, 4000])
def test_a_truncated_package_is_damaged(package: Path, cut: int) -> None:
    package.write_bytes(package.read_bytes()[:cut])
    with pytest.raises(UserError) as caught:
        verify_package(package)
    assert caught.value.code == "PACKAGE-DAMAGED"


def test_a_missing_package_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        verify_package(tmp_path / "không có.zip")
    assert caught.value.code == "PACKAGE-MISSING"


def test_bag_tools_accept_the_unzipped_package(tmp_path: Path, header: PackageHeader, key: PrivateKey) -> None:
    write_package(tmp_path / "p.zip", header, sample_changes(), [_attachment(b"scan")], key, catalogue=TYPES)
    with zipfile.ZipFile(tmp_path / "p.zip") as archive:
        archive.extractall(tmp_path / "bag")
    assert bagit.Bag(str(tmp_path / "bag")).validate()
    (tmp_path / "bag" / "data" / "records.gpkg").write_bytes(b"other")
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(tmp_path / "bag")).validate()


def test_gdal_reads_the_payload(package: Path, tmp_path: Path) -> None:
    """GDAL runs in a process of its own: it and other libraries here bring different copies of the same ones."""
    with zipfile.ZipFile(package) as archive:
        (tmp_path / "records.gpkg").write_bytes(archive.read("data/records.gpkg"))
    script = (
        "import sys, json, warnings; warnings.simplefilter('error'); import pyogrio\n"
        "path = sys.argv[1]; out = {}\n"
        "for name, kind in pyogrio.list_layers(path):\n"
        "    info = pyogrio.read_info(path, layer=name)\n"
        "    out[name] = [kind, info['features'], info['crs'], list(map(str, info['fields']))]\n"
        "meta, _, geometry, values = pyogrio.raw.read(path, layer='road')\n"
        "names = sorted(str(v) for v in values[list(meta['fields']).index('name')] if v)\n"
        "print(json.dumps([out, names, sum(g is not None for g in geometry)]))"
    )
    arguments = [sys.executable, "-c", script, str(tmp_path / "records.gpkg")]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    layers, names, with_geometry = json.loads(done.stdout)
    assert {name: facts[:3] for name, facts in layers.items()} == {
        "dossier": [None, 1, None],
        "road": ["LineString", 3, "EPSG:9211"],
        "zone": ["MultiPolygon", 1, "EPSG:9211"],
        "bridge": ["Unknown", 2, "EPSG:9211"],
    }
    assert layers["road"][3][:5] == ["uid", "revision", "base_revision", "operation", "before_hash"]
    assert names == ["Đường Lê Lợi", "Đường Nguyễn Huệ"]
    assert with_geometry == 2


@pytest.mark.parametrize("epsg", [5896, 9205, 9209, 9211, 5899, 9218])
def test_declared_zone_is_the_registered_one(epsg: int) -> None:
    from geodesy.systems import epsg_system
    from wire.spatial_reference import zone_wkt

    declared = pyproj.CRS.from_wkt(zone_wkt(epsg_system(epsg)))
    assert declared.equals(pyproj.CRS.from_epsg(epsg), ignore_axis_order=True)


def test_another_key_is_a_forgery(package: Path) -> None:
    stranger = private_key_of(bytes(32)).public_key()
    with pytest.raises(UserError) as caught:
        read_package(package, catalogue=TYPES, public_key=stranger)
    assert caught.value.code == "PACKAGE-FORGED"


def test_report_says_whether_the_signer_was_known(package: Path, key: PrivateKey) -> None:
    assert not verify_package(package).trusted
    report = verify_package(package, key.public_key(), catalogue=TYPES)
    assert report.trusted
    assert set(report.files) >= {"diaba.json", "signature", "data/records.gpkg"}


def test_a_folder_gets_the_package_under_its_id(tmp_path: Path, header: PackageHeader, key: PrivateKey) -> None:
    package_id = write_package(tmp_path, header, sample_changes(), [], key, catalogue=TYPES)
    assert verify_package(package_path(tmp_path, package_id)).package_id == package_id
    assert [path.name for path in tmp_path.iterdir()] == [f"{package_id}.zip"]


@pytest.mark.parametrize("moment", ["write", "fsync", "replace"])
def test_a_failing_disk_leaves_nothing_half_written(
    tmp_path: Path, header: PackageHeader, key: PrivateKey, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    def fail(*_args: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    target = {"write": (package_module, "write_archive"), "fsync": (os, "fsync"), "replace": (Path, "replace")}[moment]
    monkeypatch.setattr(*target, fail)
    with pytest.raises(EnvironmentFault) as caught:
        write_package(tmp_path / "p.zip", header, sample_changes(), [], key, catalogue=TYPES)
    assert caught.value.code == "PACKAGE-DISK"
    assert list(tmp_path.iterdir()) == []


def test_an_attachment_that_changed_is_not_sealed(tmp_path: Path, header: PackageHeader, key: PrivateKey) -> None:
    changed = replace(_attachment(b"abc"), open=lambda: [b"abd"])
    with pytest.raises(EnvironmentFault) as caught:
        write_package(tmp_path / "p.zip", header, sample_changes(), [changed], key, catalogue=TYPES)
    assert caught.value.code == "PACKAGE-ATTACHMENT-CHANGED"
    assert list(tmp_path.iterdir()) == []


def _road(**values: object) -> list[RecordChange]:
    return [RecordChange("road", UID.format(1), "insert", 1, None, None, road_content(**values))]


@pytest.mark.parametrize(
    ("changes", "attachments", "field"),
    [
        (_road(name="Bản đồ (TỐI MẬT)"), [], "name"),
        ([], [_attachment(b"x", "QH_MẬT.pdf")], "QH_MẬT.pdf"),
        (_road(lineage={"source_file": "Tuyệt mật.dwg"}), [], "lineage"),
    ],
)
def test_secret_material_is_refused(
    tmp_path: Path,
    header: PackageHeader,
    key: PrivateKey,
    changes: list[RecordChange],
    attachments: list[Attachment],
    field: str,
) -> None:
    with pytest.raises(UserError) as caught:
        write_package(tmp_path / "p.zip", header, changes, attachments, key, catalogue=TYPES)
    assert caught.value.code == "SEC-SECRET-STAMP"
    assert caught.value.context["field"] == field
    assert list(tmp_path.iterdir()) == []


def test_what_the_province_would_refuse_is_not_sealed(tmp_path: Path, header: PackageHeader, key: PrivateKey) -> None:
    bad = _road(opened_on="29/02/2020")
    with pytest.raises(UserError) as caught:
        write_package(tmp_path / "p.zip", header, bad, [], key, catalogue=TYPES)
    assert (caught.value.code, caught.value.context["field"]) == ("PACKAGE-CONTENT", "opened_on")


def test_an_older_catalogue_s_package_is_read_without_the_new_field(package: Path) -> None:
    road = TYPES.types["road"]
    newer = road.model_copy(update={"fields": (*road.fields, road.fields[0].model_copy(update={"key": "alias"}))})
    changes = read_package(package, catalogue=Types({**TYPES.types, "road": newer})).changes
    contents = [change.content for change in changes if change.type_id == "road" and change.content]
    assert contents
    assert all("alias" not in content for content in contents)


def test_a_newer_catalogue_s_package_names_the_unknown_field(package: Path) -> None:
    road = TYPES.types["road"]
    older = road.model_copy(update={"fields": road.fields[:-1]})
    with pytest.raises(UserError) as caught:
        read_package(package, catalogue=Types({**TYPES.types, "road": older}))
    assert (caught.value.code, caught.value.context["field"]) == ("PACKAGE-NEWER-SCHEMA", "photos")
    without_zone = Types({key: value for key, value in TYPES.types.items() if key != "zone"})
    with pytest.raises(UserError) as caught:
        read_package(package, catalogue=without_zone)
    assert (caught.value.code, caught.value.context["type"]) == ("PACKAGE-NEWER-SCHEMA", "zone")
