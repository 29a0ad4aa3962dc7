"""The chain of the journal: the hash of each entry, over the hash before it and all that the entry says."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Literal, NamedTuple

from forms.record import Actor
from localdb.json_columns import json_text

Kind = Literal["edit", "import", "state", "undo", "redo", "pull"]
Operation = Literal["insert", "update", "delete", "restore", "state", "waive"]

Shared = tuple[bytes, bytes, bytes]


class Entry(NamedTuple):
    """One change about to be journalled; ``before`` and ``after`` in canonical JSON, as UTF-8."""

    type_id: str
    uid: str
    operation: Operation
    before: bytes | None
    after: bytes | None
    revision: int


@dataclass(frozen=True, slots=True)
class Group:
    """What the changes of one unit of work share."""

    group_id: str
    kind: Kind
    label: str
    actor: Actor
    device: str
    at: str


def shared_parts(group: Group) -> Shared:
    """Return the parts of an event's canonical JSON that its whole group shares: before, between and after contents."""
    head = f'{{"actor":{json_text(group.actor.name)},"after":'
    between = f',"at":{json_text(group.at)},"authenticated":{json_text(group.actor.authenticated)},"before":'
    tail = (
        f',"device":{json_text(group.device)},"group":{json_text(group.group_id)},'
        f'"kind":{json_text(group.kind)},"label":{json_text(group.label)},"operation":'
    )
    return head.encode(), between.encode(), tail.encode()


def hashes_of_new(
    previous: str,
    shared: Shared,
    first: int,
    type_id: str,
    uids: Sequence[str],
    contents: Sequence[bytes],
) -> list[str]:
    """Return ``_hash`` of one entry after the other, each of a new record at revision 1."""
    head, between, tail = shared
    middle = between + b"null" + tail + b'"insert","revision":1,"sequence":'
    name = encode_basestring(type_id)
    ends = [
        f'{sequence},"type_id":{name},"uid":{encode_basestring(uid)}}}'.encode()
        for sequence, uid in enumerate(uids, start=first)
    ]
    found = []
    for content, end in zip(contents, ends, strict=True):
        previous = hashlib.sha256(b"".join((previous.encode(), head, content, middle, end))).hexdigest()
        found.append(previous)
    return found


def hash_of(previous: str, shared: Shared, sequence: int, entry: Entry) -> str:
    """Return the hash of an entry: of the hash before it and the event's canonical JSON.

    Contents are spliced in as they are stored, canonical already.
    """
    head, between, tail = shared
    type_id, uid, operation, before, after, revision = entry
    end = (
        f'"{operation}","revision":{revision},"sequence":{sequence},'
        f'"type_id":{encode_basestring(type_id)},"uid":{encode_basestring(uid)}}}'
    )
    parts = (previous.encode(), head, after or b"null", between, before or b"null", tail, end.encode())
    return hashlib.sha256(b"".join(parts)).hexdigest()
