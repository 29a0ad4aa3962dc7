"""Writes what was decided about a package; every function works inside the caller's transaction but one, which says so."""

from collections.abc import Iterable, Sequence

import shapely
from sqlalchemy import Connection, delete, insert

from core.canonical import canonical_json
from core.errors import UserError
from forms.content import GEOMETRY, content_hash, geometry_from_hex
from province.deciding import Decision
from province.gateway import Gateway
from province.tables import packages, records, refused_packages, taken_changes, versions
from wire.header import PackageHeader

_AT_ONCE = 400


def write_records(
    connection: Connection, header: PackageHeader, storing: Sequence[Decision], sequence: int, now: str
) -> None:
    record_rows, version_rows = [], []
    for number, decision in enumerate(storing, start=sequence + 1):
        content = decision.content
        text = None if content is None else canonical_json(content).decode("utf-8")
        digest = None if content is None else content_hash(content)
        shared = {
            "commune_code": header.commune_code,
            "uid": decision.change.uid,
            "type_id": decision.change.type_id,
            "revision": decision.revision,
            "sequence": number,
            "content": text,
            "content_hash": digest,
        }
        shape = geometry_from_hex(None if content is None else content.get(GEOMETRY))
        record_rows.append({**shared, **_place(shape), "epsg": header.epsg, "changed_at": now})
        sender = {"device_id": header.device_id, "package_id": header.package_id, "at": now}
        version_rows.append({**shared, **sender})
    _replace_records(connection, header.commune_code, [decision for decision in storing if decision.current])
    if record_rows:
        connection.execute(insert(records), record_rows)
        connection.execute(insert(versions), version_rows)


def _replace_records(connection: Connection, commune_code: str, storing: Sequence[Decision]) -> None:
    uids = [decision.change.uid for decision in storing]
    for start in range(0, len(uids), _AT_ONCE):
        part = records.c.uid.in_(uids[start : start + _AT_ONCE])
        connection.execute(delete(records).where(records.c.commune_code == commune_code, part))


def _place(shape: shapely.Geometry | None) -> dict[str, object]:
    if shape is None or shapely.is_empty(shape):
        return {"geometry": None, "min_x": None, "min_y": None, "max_x": None, "max_y": None}
    min_x, min_y, max_x, max_y = map(float, shapely.bounds(shape))
    blob = shapely.to_wkb(shape, byte_order=1, output_dimension=2, flavor="iso")
    return {"geometry": blob, "min_x": min_x, "min_y": min_y, "max_x": max_x, "max_y": max_y}


def write_taken(connection: Connection, header: PackageHeader, decisions: Iterable[Decision]) -> None:
    """Note every change that was taken under its identity; another package that says it again is told so."""
    rows = []
    for decision in decisions:
        if not decision.notes:
            continue
        content = decision.change.content
        rows.append(
            {
                "commune_code": header.commune_code,
                "change_id": decision.change_id,
                "package_id": header.package_id,
                "device_id": header.device_id,
                "uid": decision.change.uid,
                "device_revision": decision.change.revision,
                "revision": decision.revision,
                "content": None if content is None else canonical_json(content).decode("utf-8"),
            }
        )
    if rows:
        connection.execute(insert(taken_changes), rows)


def write_package_row(connection: Connection, header: PackageHeader, receipt: bytes, sequence: int, now: str) -> None:
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


def note_refused(gateway: Gateway, header: PackageHeader, error: UserError) -> None:
    """Remember that the device has used this number, so that its next packages do not wait for it."""
    with gateway.database.writing() as connection:
        forget_refused(connection, header)
        connection.execute(
            insert(refused_packages).values(
                commune_code=header.commune_code,
                package_id=header.package_id,
                device_id=header.device_id,
                device_sequence=header.device_sequence,
                code=error.code,
                at=gateway.now(),
            )
        )


def forget_refused(connection: Connection, header: PackageHeader) -> None:
    table = refused_packages
    same = (table.c.commune_code == header.commune_code) & (table.c.package_id == header.package_id)
    connection.execute(delete(table).where(same))
