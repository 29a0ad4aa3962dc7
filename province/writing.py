"""Writes what was decided about a package, inside the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, delete, insert

from core.canonical import canonical_json
from forms.content import GEOMETRY, Content, content_hash
from province.bulk import among, insert_rows
from province.columns import extended_wkb
from province.deciding import Decision
from province.tables import attachments, packages, records, refused_packages, taken_changes, versions
from wire.header import PackageHeader

_AT_ONCE = 400


class Texts:
    """The canonical texts of one package's contents, each made once though it is stored in several tables."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Content, str]] = {}

    def of(self, content: Content | None) -> str | None:
        """Return the text of a content that nobody changes any more."""
        if content is None:
            return None
        if id(content) not in self._known:
            self._known[id(content)] = (content, canonical_json(content).decode("utf-8"))
        return self._known[id(content)][1]


def write_records(
    connection: Connection,
    header: PackageHeader,
    storing: Sequence[Decision],
    sequence: int,
    now: str,
    texts: Texts,
) -> None:
    """Give every storing decision, in this order, the next number of the commune's sequence and write its revision."""
    record_rows, version_rows = [], []
    places = _places([(decision.content or {}).get(GEOMETRY) for decision in storing], header.epsg)
    for number, (decision, place) in enumerate(zip(storing, places, strict=True), start=sequence + 1):
        content = decision.content
        digest = None if content is None else content_hash(content)
        shared = {
            "commune_code": header.commune_code,
            "uid": decision.change.uid,
            "type_id": decision.change.type_id,
            "revision": decision.revision,
            "sequence": number,
            "content": texts.of(content),
            "content_hash": digest,
        }
        record_rows.append({**shared, **place, "epsg": header.epsg, "changed_at": now})
        sender = {"device_id": header.device_id, "package_id": header.package_id, "at": now}
        version_rows.append({**shared, **sender})
    _replace_records(connection, header.commune_code, [decision for decision in storing if decision.current])
    insert_rows(connection, records, record_rows)
    insert_rows(connection, versions, version_rows)


def _replace_records(connection: Connection, commune_code: str, storing: Sequence[Decision]) -> None:
    uids = [decision.change.uid for decision in storing]
    for start in range(0, len(uids), _AT_ONCE):
        part = among(connection, records.c.uid, uids[start : start + _AT_ONCE])
        connection.execute(delete(records).where(records.c.commune_code == commune_code, part))


def _places(texts: Sequence[str | None], epsg: int) -> list[dict[str, object]]:
    """Return geometry and box of each WKB text as the columns that a spatial query reads."""
    boxes: Any = shapely.bounds(shapely.from_wkb(np.array(texts, dtype=object))) if texts else []
    found: list[dict[str, object]] = []
    for text, box in zip(texts, boxes, strict=True):
        corners = [float(value) if np.isfinite(value) else None for value in box]
        blob = None if text is None else extended_wkb(bytes.fromhex(text), epsg)
        found.append({"geometry": blob, **dict(zip(("min_x", "min_y", "max_x", "max_y"), corners, strict=True))})
    return found


def write_taken(connection: Connection, header: PackageHeader, decisions: Iterable[Decision], texts: Texts) -> None:
    """Note every change that was taken under its identity; another package that says it again is told so."""
    rows = []
    for decision in decisions:
        if not decision.notes:
            continue
        rows.append(
            {
                "commune_code": header.commune_code,
                "change_id": decision.change_id,
                "package_id": header.package_id,
                "device_id": header.device_id,
                "uid": decision.change.uid,
                "device_revision": decision.change.revision,
                "revision": decision.revision,
                "content": texts.of(decision.change.content),
            }
        )
    insert_rows(connection, taken_changes, rows)


def write_attachments(connection: Connection, header: PackageHeader, held: Mapping[str, int], now: str) -> None:
    """Note in which package each file lies that the province did not have before (``held``)."""
    rows = [
        {
            "commune_code": header.commune_code,
            "sha256": item.sha256,
            "package_id": header.package_id,
            "name": item.name,
            "bytes": item.size,
            "at": now,
        }
        for item in header.attachments
        if item.sha256 not in held
    ]
    insert_rows(connection, attachments, rows)


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
