"""One record's change as a package carries it."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Any, Literal, Protocol

from core.canonical import sha256_hex
from core.identity import is_uid
from forms.content import GEOMETRY, LINEAGE, Content, content_hash
from forms.files import plain_links
from forms.model import RecordType
from forms.readings import plain_reading
from forms.record import DERIVATIONS, LINEAGE_KEYS, OPTIONAL_LINEAGE_KEYS

Operation = Literal["insert", "update", "delete"]
OPERATIONS: tuple[Operation, ...] = ("insert", "update", "delete")

_REAL_LINEAGE = ("accuracy_m", "src_axis")
_PLAIN_LINEAGE = tuple(key for key in LINEAGE_KEYS if key not in OPTIONAL_LINEAGE_KEYS)


class RecordTypes(Protocol):
    """What this floor needs of a catalogue: the record types in tree order."""

    @property
    def types(self) -> Mapping[str, RecordType]:
        """Record types by id."""


@dataclass(slots=True)  # not frozen: that takes five times as long to make, and a package has very many
class RecordChange:
    """What one workspace did to one record since the province last answered for it.

    ``revision`` is the workspace's own; ``base_revision`` the province's on which the change was made, ``None`` when
    the province never answered; ``before_hash`` the hash of the content that base had. ``content`` is flat and plain
    (``plain_content``), and ``None`` exactly for a deletion. Keys missing from it are fields the sender does not know.
    """

    type_id: str
    uid: str
    operation: Operation
    revision: int
    base_revision: int | None
    before_hash: str | None
    content: Content | None


def plain_content(record_type: RecordType, content: Content) -> Content:
    """Return ``content`` in the one spelling that is hashed and sent.

    Every field of the type is present, numbers of a ``number`` field are floats without a negative zero, lineage has
    all its keys; fields that only the other side's catalogue knows stay as they are. Raise ``ValueError`` on a number
    that is not finite and ``TypeError`` on a value of another kind.
    """
    plain: Content = dict(content)
    for field in record_type.fields:
        value = content.get(field.key)
        plain[field.key] = value if value is None else _PLAIN.get(str(field.type), _as_is)(value)
    geometry = content.get(GEOMETRY)
    plain[GEOMETRY] = None if geometry is None else str(geometry).upper()
    plain[LINEAGE] = plain_lineage(content.get(LINEAGE) or {})
    return plain


def plain_lineage(lineage: Mapping[str, Any]) -> dict[str, Any]:
    """Return a lineage with all its keys and its measures as floats; what is empty of the optional keys is left out.

    Raise ``ValueError`` or ``TypeError`` on a derivation or a reading that is none.
    """
    found = {key: lineage.get(key) for key in _PLAIN_LINEAGE}
    found.update(_plain_derivation(lineage))
    if reading := lineage.get("reading"):
        found["reading"] = plain_reading(reading)
    found["raw_values"] = dict(found["raw_values"] or {})
    for key in _REAL_LINEAGE:
        if found[key] is not None:
            found[key] = _real(found[key])
    return found


def _plain_derivation(lineage: Mapping[str, Any]) -> dict[str, Any]:
    derived, derivation = lineage.get("derived_from"), lineage.get("derivation")
    if not derived and not derivation:
        return {}
    if derivation not in DERIVATIONS or not isinstance(derived, (list, tuple)) or not derived:
        raise ValueError(f"{derivation!r} of {derived!r} is no derivation")
    if not all(isinstance(uid, str) and is_uid(uid) for uid in derived):
        raise ValueError(f"{derived!r} are no uids")
    return {"derived_from": list(derived), "derivation": derivation}


def _real(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{value!r} is no number")
    if not math.isfinite(value):
        raise ValueError(f"{value!r} is no finite number")
    return float(value) + 0.0


def _as_is(value: Any) -> Any:
    return value


_PLAIN: Mapping[str, Callable[[Any], Any]] = {"number": _real, "files": plain_links}


def build_change(
    record_type: RecordType,
    *,
    uid: str,
    revision: int,
    base_revision: int | None,
    base: Content | None,
    content: Content | None,
) -> RecordChange:
    """Return the change from ``base`` (the province's content, if it has any) to ``content`` (``None``: deleted)."""
    operation: Operation = "delete" if content is None else "insert" if base_revision is None else "update"
    return RecordChange(
        type_id=record_type.id,
        uid=uid,
        operation=operation,
        revision=revision,
        base_revision=base_revision,
        before_hash=None if base is None else content_hash(plain_content(record_type, base)),
        content=None if content is None else plain_content(record_type, content),
    )


def change_id(device_id: str, change: RecordChange, digest: str | None = None) -> str:
    """Return the identity of a change: the same device saying the same of one record at one revision.

    It does not depend on the package, so a change that is sealed a second time is known again. ``digest`` is
    ``content_hash`` of the content, where that is known already.
    """
    said = None if change.content is None else digest or content_hash(change.content)
    names = ",".join(map(encode_basestring, (device_id, change.type_id, change.uid, change.operation)))
    told = "null" if said is None else encode_basestring(said)
    return sha256_hex(f"[{names},{change.revision},{told}]".encode())  # canonical JSON, spelled for very many
