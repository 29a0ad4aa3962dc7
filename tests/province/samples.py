"""A commune's device as the gateway's tests see it: its key, its records, its packages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely

from core.identity import new_uid
from forms.content import GEOMETRY, LINEAGE, Content, geometry_to_hex
from forms.loader import load_catalogue
from forms.record import Lineage
from wire.certificate import Certificate
from wire.changes import RecordChange, build_change
from wire.header import PackageHeader
from wire.package import Attachment, write_package
from wire.signing import PrivateKey, private_key_of

COMMUNE, OTHER_COMMUNE, EPSG = "01153", "01156", 9211
MOMENT = "2026-03-01T02:03:04.005Z"
ORIGIN = (437_050.25, 2_487_289.5)
CATALOGUE = load_catalogue()


def line(place: int = 0) -> shapely.LineString:
    """A road of its own, 100 m north of the one before."""
    x, y = ORIGIN[0], ORIGIN[1] + 100.0 * place
    return shapely.LineString([(x, y), (x + 50.0, y + 10.0), (x + 90.5, y)])


def road(place: int = 0, **values: Any) -> Content:
    """The content of a road that every rule lets pass."""
    geometry = values.pop(GEOMETRY, geometry_to_hex(line(place)))
    lineage = Lineage(
        source_file="đường.gpkg",
        source_row=place + 1,
        capture_method="gnss_rtk",
        accuracy_m=0.05,
        src_crs="EPSG:9211",
        src_axis=106.0,
        datum_operation="none",
    )
    plain = {"name": f"Đường số {place}", "commune_code": COMMUNE, "carriageway_w": 5.5, **values}
    return {**plain, GEOMETRY: geometry, LINEAGE: lineage.as_dict()}


def change(
    content: Content | None,
    *,
    uid: str | None = None,
    revision: int = 1,
    base_revision: int | None = None,
    base: Content | None = None,
    type_id: str = "road_segment",
) -> RecordChange:
    """A change to one record."""
    return build_change(
        CATALOGUE.type(type_id),
        uid=uid or new_uid(),
        revision=revision,
        base_revision=base_revision,
        base=base,
        content=content,
    )


@dataclass
class Device:
    """One workspace on one computer; numbers its packages."""

    folder: Path
    seed: int = 1
    commune_code: str = COMMUNE
    device_id: str = field(default_factory=new_uid)
    sequence: int = 0
    previous: str | None = None

    @property
    def key(self) -> PrivateKey:
        """The device's key."""
        return private_key_of(bytes([self.seed]) * 32)

    def seal(
        self,
        changes: Iterable[RecordChange],
        attachments: Sequence[Attachment] = (),
        *,
        certificate: Certificate | None = None,
        **header: Any,
    ) -> tuple[Path, str]:
        """Seal the next package and return it and its id."""
        self.sequence += 1
        facts: dict[str, Any] = {
            "commune_code": self.commune_code,
            "recipient": "08",
            "device_id": self.device_id,
            "device_sequence": self.sequence,
            "previous_package": self.previous,
            "epsg": EPSG,
            "catalogue_hash": CATALOGUE.hash,
            "rule_pack_hash": certificate.rule_pack_hash if certificate else "",
            "journal_first": 1,
            "journal_last": 1,
            "audit_head": "e" * 64,
            "approved_by": "Nguyễn Văn A",
            "approved_at": MOMENT,
            "sealed_at": MOMENT,
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{self.sequence}.zip"
        facts = {**facts, **header}
        self.sequence = facts["device_sequence"]
        package_id = write_package(
            path,
            PackageHeader(**facts),
            changes,
            attachments,
            self.key,
            catalogue=CATALOGUE,
            certificate=certificate,
        )
        self.previous = package_id
        return path, package_id
