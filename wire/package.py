"""The package file: sealed whole or not at all, and read as if its sender were an enemy."""

import contextlib
import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.canonical import sha256_hex
from core.errors import EnvironmentFault, UserError
from forms.secrecy import find_secret_field, find_stamp
from wire import bag
from wire.archive import Archive, Entry, open_archive, write_archive
from wire.certificate import Certificate, parse_certificate
from wire.changes import RecordChange, RecordTypes, plain_content
from wire.geopackage import build_geopackage, sort_changes
from wire.geopackage_reader import read_geopackage
from wire.header import HEADER_NAME, AttachedFile, PackageHeader, parse_header
from wire.limits import DEFAULT_LIMITS, Limits
from wire.signing import PrivateKey, PublicKey, decode_bytes, encode_bytes, parse_public, public_text, sign, verify
from wire.spelling import Spellings

MEDIA_TYPE = "application/vnd.diaba.package+zip"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to be sent: its SHA-256, its name for people, its size, and how to read it in pieces."""

    sha256: str
    name: str
    size: int
    open: Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Package:
    """A package that has passed every check of form: hashes, signature, schema. What it says is still to be judged.

    ``certificate`` is ``None`` in a package of a program that did not write one yet. ``spellings`` knows the contents'
    canonical texts, hashes and shapes.
    """

    header: PackageHeader
    changes: tuple[RecordChange, ...]
    certificate: Certificate | None = None
    spellings: Spellings = field(default_factory=Spellings, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PackageReport:
    """What a whole package holds. ``trusted`` only when its signature was held against a key known beforehand."""

    header: PackageHeader
    files: Mapping[str, int]
    trusted: bool
    certificate: Certificate | None = None

    @property
    def package_id(self) -> str:
        """The package's identity."""
        return self.header.package_id


def package_path(folder: Path, package_id: str) -> Path:
    """Return where ``write_package`` puts a package when it is given a folder."""
    return folder / f"{package_id}.zip"


def write_package(
    path: Path,
    header: PackageHeader,
    changes: Iterable[RecordChange],
    attachments: Sequence[Attachment],
    private_key: PrivateKey,
    *,
    catalogue: RecordTypes,
    certificate: Certificate | None = None,
) -> str:
    """Seal a package at ``path`` (or as ``<package id>.zip`` when that is a folder) and return its id.

    It appears under its name complete and on disk, or not at all; with ``certificate``, which the id then speaks for
    too. The same arguments give the same id. Raises
    SEC-SECRET-STAMP when a title or file name carries a stamp of secrecy, PACKAGE-DISK when the disk refuses.
    """
    sorted_changes = sort_changes((_plain(change, catalogue) for change in changes), catalogue)
    _refuse_secrets(sorted_changes, attachments, catalogue)
    _refuse_secret_reasons(header)
    records = build_geopackage(sorted_changes, catalogue, epsg=header.epsg, moment=header.sealed_at)
    files = tuple(sorted(attachments, key=lambda item: item.sha256))
    if len({item.sha256 for item in files}) != len(files):
        raise ValueError("an attachment stands twice in one package")
    hashes = {bag.RECORDS: sha256_hex(records), **{bag.ATTACHMENTS + item.sha256: item.sha256 for item in files}}
    told = {} if certificate is None else {bag.CERTIFICATE: certificate.encode()}
    hashes |= {name: sha256_hex(text) for name, text in told.items()}
    manifest = bag.format_manifest(hashes)
    full = header.model_copy(
        update={
            "device_key": public_text(private_key),
            "attachments": tuple(AttachedFile(sha256=item.sha256, name=item.name, size=item.size) for item in files),
            "counts": _count(change for rows in sorted_changes.values() for change in rows),
            "manifest_sha256": sha256_hex(manifest),
        }
    )
    full = full.model_copy(update={"package_id": full.computed_id()})
    texts = {
        bag.BAGIT: bag.DECLARATION,
        bag.INFO: bag.format_info(full, [len(records), *(item.size for item in files), *map(len, told.values())]),
        HEADER_NAME: full.encode(),
        bag.MANIFEST: manifest,
    }
    texts[bag.TAG_MANIFEST] = bag.tag_manifest(texts)
    texts[bag.SIGNATURE] = (encode_bytes(sign(private_key, texts[bag.TAG_MANIFEST])) + "\n").encode("ascii")
    entries = [Entry(name, [texts[name]]) for name in bag.ORDER]
    entries.append(Entry(bag.RECORDS, [records], deflated=True))
    entries += [Entry(bag.ATTACHMENTS + item.sha256, _verified(item)) for item in files]
    entries += [Entry(name, [text]) for name, text in told.items()]
    _seal(package_path(path, full.package_id) if path.is_dir() else path, entries)
    return full.package_id


def _plain(change: RecordChange, catalogue: RecordTypes) -> RecordChange:
    if change.content is None:
        return change
    return replace(change, content=plain_content(catalogue.types[change.type_id], change.content))


def _count(changes: Iterable[RecordChange]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for change in changes:
        found.setdefault(change.type_id, Counter())[change.operation] += 1
    return {type_id: dict(counted) for type_id, counted in found.items()}


def _refuse_secrets(
    changes: Mapping[str, Sequence[RecordChange]], attachments: Sequence[Attachment], catalogue: RecordTypes
) -> None:
    for type_id, rows in changes.items():
        for row in rows:
            found = find_secret_field(catalogue.types[type_id], row.content) if row.content is not None else None
            if found:
                raise UserError("SEC-SECRET-STAMP", type=type_id, uid=row.uid, field=found[0], stamp=found[1])
    for item in attachments:
        if stamp := find_stamp(item.name):
            raise UserError("SEC-SECRET-STAMP", type="", uid=item.sha256, field=item.name, stamp=stamp)


def _refuse_secret_reasons(header: PackageHeader) -> None:
    for waiver in header.waivers:
        if stamp := find_stamp(waiver.reason):
            raise UserError("SEC-SECRET-STAMP", type=waiver.type_id, uid=waiver.uid, field=waiver.rule_id, stamp=stamp)


def _verified(item: Attachment) -> Iterator[bytes]:
    digest, size = hashlib.sha256(), 0
    for piece in item.open():
        digest.update(piece)
        size += len(piece)
        yield piece
    if digest.hexdigest() != item.sha256 or size != item.size:
        raise EnvironmentFault("PACKAGE-ATTACHMENT-CHANGED", file=item.name)


def _seal(path: Path, entries: Iterable[Entry]) -> None:
    """Write under a name of its own, force it to disk, rename, force the folder: a crash leaves no half package."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        with temporary.open("w+b") as file:
            write_archive(file, entries)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise EnvironmentFault("PACKAGE-DISK", file=str(path), reason=error.strerror or str(error)) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Force a folder's list of names to disk where the system has such a call."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read_header(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> PackageHeader:
    """Return what a package says about itself; the rest of it has not been looked at."""
    file, archive = open_archive(path, limits)
    with file:
        return _check_tags(archive, path.name)[0]


def read_package(
    path: Path,
    *,
    catalogue: RecordTypes,
    limits: Limits = DEFAULT_LIMITS,
    public_key: PublicKey | None = None,
) -> Package:
    """Return the header and every change of a package whose every byte has been accounted for.

    With ``public_key``, the signature must be of that key (PACKAGE-FORGED). Raises PACKAGE-DAMAGED naming the file in
    which a byte differs, PACKAGE-HOSTILE, PACKAGE-TOO-LARGE, PACKAGE-FORMAT, PACKAGE-NEWER-SCHEMA, PACKAGE-CONTENT.
    """
    with tempfile.TemporaryDirectory(prefix="diaba-") as folder:
        target = Path(folder) / "records.gpkg"
        header, _, certificate = _check_all(path, limits, public_key, target)
        spellings = Spellings()
        changes = tuple(read_geopackage(target, catalogue, epsg=header.epsg, limits=limits, spellings=spellings))
    if _count(changes) != header.counts:
        raise UserError("PACKAGE-DAMAGED", file=HEADER_NAME)
    return Package(header, changes, certificate, spellings)


def verify_package(
    path: Path,
    public_key: PublicKey | None = None,
    *,
    catalogue: RecordTypes | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> PackageReport:
    """Check every byte of a package and its signature, and with a catalogue its records too; return what it holds."""
    if catalogue is not None:
        read_package(path, catalogue=catalogue, limits=limits, public_key=public_key)
    header, files, certificate = _check_all(path, limits, public_key, None)
    return PackageReport(header, files, public_key is not None, certificate)


def _check_all(
    path: Path, limits: Limits, public_key: PublicKey | None, records: Path | None
) -> tuple[PackageHeader, dict[str, int], Certificate | None]:
    file, archive = open_archive(path, limits)
    with file:
        header, hashes = _check_tags(archive, path.name)
        _check_signature(archive, header, public_key)
        for name, digest in hashes.items():
            _check_payload(archive, name, digest, records if name == bag.RECORDS else None)
        certificate = parse_certificate(archive.read(bag.CERTIFICATE), header) if bag.CERTIFICATE in hashes else None
        archive.check_seal()
        return header, archive.sizes(), certificate


def _check_tags(archive: Archive, name: str) -> tuple[PackageHeader, dict[str, str]]:
    """Return the header and the payload's hashes once all that describes the package agrees with itself."""
    names = archive.names
    if tuple(names[: len(bag.ORDER)]) != bag.ORDER or not all(map(bag.is_payload_name, names[len(bag.ORDER) :])):
        raise UserError("PACKAGE-HOSTILE", file=name, what=", ".join(names[:12])[:200])
    texts = {tag: archive.read(tag) for tag in bag.ORDER}
    listed = bag.parse_manifest(texts[bag.TAG_MANIFEST], bag.TAG_MANIFEST)
    if tuple(sorted(bag.TAGS)) != tuple(listed):
        raise UserError("PACKAGE-DAMAGED", file=bag.TAG_MANIFEST)
    for tag in bag.TAGS:
        if sha256_hex(texts[tag]) != listed[tag]:
            raise UserError("PACKAGE-DAMAGED", file=tag)
    header = parse_header(texts[HEADER_NAME])
    hashes = bag.parse_manifest(texts[bag.MANIFEST], bag.MANIFEST)
    told = [name for name in names if name == bag.CERTIFICATE]
    payload = (bag.RECORDS, *(bag.ATTACHMENTS + item.sha256 for item in header.attachments), *told)
    if header.manifest_sha256 != sha256_hex(texts[bag.MANIFEST]) or set(hashes) != set(payload):
        raise UserError("PACKAGE-DAMAGED", file=bag.MANIFEST)
    if names[len(bag.ORDER) :] != list(payload) or list(payload[1:]) != sorted(payload[1:]):
        raise UserError("PACKAGE-DAMAGED", file=bag.MANIFEST)
    sizes = archive.sizes()
    expected = bag.format_info(header, [sizes[entry] for entry in payload])
    if texts[bag.BAGIT] != bag.DECLARATION or texts[bag.INFO] != expected:
        raise UserError("PACKAGE-DAMAGED", file=bag.INFO)
    if any(archive.is_deflated(entry) != (entry == bag.RECORDS) for entry in names):
        raise UserError("PACKAGE-HOSTILE", file=name, what="method")
    return header, hashes


def _check_signature(archive: Archive, header: PackageHeader, public_key: PublicKey | None) -> None:
    try:
        text = archive.read(bag.SIGNATURE).decode("ascii")
        signature = decode_bytes(text.removesuffix("\n"))
        key = parse_public(header.device_key)
    except ValueError as error:
        raise UserError("PACKAGE-DAMAGED", file=bag.SIGNATURE) from error
    if not text.endswith("\n"):
        raise UserError("PACKAGE-DAMAGED", file=bag.SIGNATURE)
    if public_key is not None and public_text(public_key) != header.device_key:
        raise UserError("PACKAGE-FORGED", device=header.device_id)
    if not verify(key, archive.read(bag.TAG_MANIFEST), signature):
        raise UserError("PACKAGE-DAMAGED", file=bag.SIGNATURE)


def _check_payload(archive: Archive, name: str, digest: str, target: Path | None) -> None:
    found = hashlib.sha256()
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(target.open("wb")) if target else None
        for piece in archive.pieces(name):
            found.update(piece)
            if file:
                file.write(piece)
    if found.hexdigest() != digest:
        raise UserError("PACKAGE-DAMAGED", file=name)
