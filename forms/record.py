"""A record as every floor above hands it around."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Literal

from shapely.geometry.base import BaseGeometry

Values = Mapping[str, Any]
Derivation = Literal["split", "merge"]
DERIVATIONS: tuple[Derivation, ...] = ("split", "merge")


class State(StrEnum):
    """Where a record stands on its way to the province."""

    DRAFT = "draft"
    CHECKED = "checked"
    APPROVED = "approved"
    PACKED = "packed"
    SENT = "sent"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a record's content came from; ``None`` and empty mean that nobody has said.

    ``src_crs`` is ``EPSG:9209``, ``VN2000:105.25/3`` and the like (the id of a ``geodesy`` coordinate system),
    ``src_axis`` the central meridian in degrees, ``datum_operation`` the id of the pinned operation or ``none``.
    ``raw_coordinates`` are the coordinates as they came (WKT, or the text of the table row); ``raw_values`` the source
    row's attributes as they came, before any repair. ``derived_from`` are the uids of the records that this one was
    made of by ``derivation`` (``split`` or ``merge``); a record made by itself has neither. ``reading`` is what was put
    right before the file's numbers were coordinates of ``src_crs`` (``forms.readings``), empty where they were taken as
    they stand. The plain form does not name what is empty of these three, so that what was hashed before they existed
    stays what it is.
    """

    source_file: str | None = None
    source_layer: str | None = None
    source_row: int | None = None
    capture_method: str | None = None
    accuracy_m: float | None = None
    src_crs: str | None = None
    src_axis: float | None = None
    datum_operation: str | None = None
    raw_coordinates: str | None = None
    raw_values: Mapping[str, Any] = field(default_factory=dict)
    derived_from: tuple[str, ...] = ()
    derivation: Derivation | None = None
    reading: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the lineage as plain JSON-able data, in declared order, empty optional keys left out."""
        plain = asdict(self)
        for key in OPTIONAL_LINEAGE_KEYS:
            if not plain[key]:
                del plain[key]
        if self.derived_from:
            plain["derived_from"] = list(self.derived_from)
        return plain

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Lineage":
        """Return the lineage of ``data``; keys it does not know are left out."""
        found = {key: value for key, value in data.items() if key in LINEAGE_KEYS}
        found["derived_from"] = tuple(found.get("derived_from") or ())
        found["reading"] = found.get("reading") or {}
        return cls(**found)


OPTIONAL_LINEAGE_KEYS = ("derived_from", "derivation", "reading")
LINEAGE_KEYS: tuple[str, ...] = tuple(item.name for item in fields(Lineage))


@dataclass(frozen=True, slots=True)
class Record:
    """One record at one revision.

    ``values`` holds every field of its type by key, ``None`` when empty; dates as ``YYYY-MM-DD``, several codes as a
    list. ``geometry`` lies in the workspace's VN-2000 / TM-3 zone, metres, XY, on the 0.1 mm grid. ``revision`` grows
    with each write of content, ``base_revision`` is the province's, ``None`` if it was never sent.
    """

    uid: str
    type_id: str
    values: Values
    geometry: BaseGeometry | None = None
    lineage: Lineage = field(default_factory=Lineage)
    revision: int = 0
    base_revision: int | None = None
    state: State = State.DRAFT
    created_at: str | None = None
    created_by: str | None = None
    updated_at: str | None = None
    updated_by: str | None = None
    deleted_at: str | None = None

    def with_content(self, values: Values | None = None, geometry: BaseGeometry | None = None) -> "Record":
        """Return this record with some values and, when given, the geometry replaced; nothing is written."""
        return replace(
            self, values={**self.values, **(values or {})}, geometry=self.geometry if geometry is None else geometry
        )


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something; ``authenticated`` only once accounts have vouched for the name."""

    name: str
    authenticated: bool = False
