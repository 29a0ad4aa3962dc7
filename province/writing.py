"""Writes what was decided about a package, inside the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

import shapely
from sqlalchemy import Connection, delete, insert

from forms.content import GEOMETRY
from province.bulk import Rows, Shared, among, insert_rows, parts
from province.columns import extended_wkb
from province.deciding import Decision
from province.tables import attachments, packages, records, refused_packages, taken_changes, versions
from wire.header import PackageHeader
from wire.spelling import Spellings


def write_records(
    connection: Connection,
    header: PackageHeader,
    storing: Sequence[Decision],
    sequence: int,
    now: str,
    spellings: Spellings,
) -> None:
    """Give every storing decision, in this order, the next number of the commune's sequence and write its revision."""
    if not storing:
        return
    contents = [decision.content for decision in storing]
    count = len(contents)
    told: dict[str, Sequence[Any]] = {
        "uid": [decision.change.uid for decision in storing],
        "type_id": [decision.change.type_id for decision in storing],
        "revision": [decision.revision for decision in storing],
        "sequence": range(sequence + 1, sequence + 1 + count),
        "content": list(map(spellings.text, contents)),
        "content_hash": list(map(spellings.digest, contents)),
    }
    shapes = spellings.shapes(contents)
    boxes = [[value if isfinite(value) else None for value in side] for side in shapely.bounds(shapes).T.tolist()]
    texts = [(content or {}).get(GEOMETRY) for content in contents]
    geometries = [None if text is None else extended_wkb(bytes.fromhex(text), header.epsg) for text in texts]
    places = dict(zip(("min_x", "min_y", "max_x", "max_y"), boxes, strict=True))
    _replace_records(connection, header.commune_code, [decision for decision in storing if decision.current])
    common = {"commune_code": header.commune_code}
    here = {**common, "epsg": header.epsg, "changed_at": now}
    shared = Shared(told)
    insert_rows(connection, records, Rows(count, {"geometry": geometries, **places}, here, shared))
    sender = {**common, "device_id": header.device_id, "package_id": header.package_id, "at": now}
    insert_rows(connection, versions, Rows(count, {}, sender, shared))


def _replace_records(connection: Connection, commune_code: str, storing: Sequence[Decision]) -> None:
    for part in parts(connection, [decision.change.uid for decision in storing]):
        there = among(connection, records.c.uid, part)
        connection.execute(delete(records).where(records.c.commune_code == commune_code, there))


def write_taken(
    connection: Connection, header: PackageHeader, decisions: Iterable[Decision], spellings: Spellings
) -> None:
    """Note every change that was taken under its identity; another package that says it again is told so.

    Its content is kept where no version of the record says the same, as after a merge.
    """
    noted = [decision for decision in decisions if decision.notes]
    said = [spellings.digest(decision.change.content) for decision in noted]
    stored = [_digest_after(decision, spellings) for decision in noted]
    columns: dict[str, Sequence[Any]] = {
        "change_id": [decision.change_id for decision in noted],
        "uid": [decision.change.uid for decision in noted],
        "device_revision": [decision.change.revision for decision in noted],
        "revision": [decision.revision for decision in noted],
        "content": [
            None if digest == there else spellings.text(decision.change.content)
            for decision, digest, there in zip(noted, said, stored, strict=True)
        ],
        "content_hash": said,
    }
    sender = {
        "commune_code": header.commune_code,
        "package_id": header.package_id,
        "device_id": header.device_id,
    }
    insert_rows(connection, taken_changes, Rows(len(noted), columns, sender))


def _digest_after(decision: Decision, spellings: Spellings) -> str | None:
    """Return the hash of the record as the province holds it after a decision."""
    if decision.stores:
        return spellings.digest(decision.content)
    return decision.current.hash if decision.current else None


def write_attachments(connection: Connection, header: PackageHeader, held: Mapping[str, int], now: str) -> None:
    """Note in which package each file lies that the province did not have before (``held``)."""
    new = [item for item in header.attachments if item.sha256 not in held]
    columns: dict[str, Sequence[Any]] = {
        "sha256": [item.sha256 for item in new],
        "name": [item.name for item in new],
        "bytes": [item.size for item in new],
    }
    sender = {"commune_code": header.commune_code, "package_id": header.package_id, "at": now}
    insert_rows(connection, attachments, Rows(len(new), columns, sender))


def write_package_row(connection: Connection, header: PackageHeader, receipt: bytes, sequence: int, now: str) -> None:
    """Note that the package was taken, and the receipt that answers every repetition of it."""
    forget_refused(connection, header)
    connection.execute(
        insert(packages).values(
            commune_code=header.commune_code,
            package_id=header.package_id,
            device_id=header.device_id,
            device_sequence=header.device_sequence,
            received_at=now,
            sequence=sequence,
            header=header.encode().decode("utf-8"),
            receipt=receipt.decode("utf-8"),
        )
    )


def note_refused(connection: Connection, header: PackageHeader, code: str, now: str) -> None:
    """Remember that the device has used this number, so that its next packages do not wait for it."""
    forget_refused(connection, header)
    connection.execute(
        insert(refused_packages).values(
            commune_code=header.commune_code,
            package_id=header.package_id,
            device_id=header.device_id,
            device_sequence=header.device_sequence,
            code=code,
            at=now,
        )
    )


def forget_refused(connection: Connection, header: PackageHeader) -> None:
    """Forget that the package was refused before."""
    table = refused_packages
    same = (table.c.commune_code == header.commune_code) & (table.c.package_id == header.package_id)
    connection.execute(delete(table).where(same))
