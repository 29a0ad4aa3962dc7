"""What a rule reads beside the record it speaks about: how far an edit of one record reaches what it finds in others.

A rule that declares nothing reads the record alone. What it does declare must be all: the finding on a record may
depend on that record, on the records of its own type that it reads, and on those of other types that any of these read.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from forms.model import RecordType
from validation.batch import Batch

UID = "uid"

Key = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """Records of ``type_id`` (``None``: of the same type) whose boxes lie within a distance.

    ``tolerance`` names the tolerance that is the distance; ``field`` a field of those records that states one in metres
    for each. Without either, boxes must touch.
    """

    type_id: str | None = None
    tolerance: str | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Linked:
    """Records of ``type_id`` (``None``: of the same type) whose field ``other`` has the value of the own field ``key``.

    ``uid`` stands for a record's identity on either side.
    """

    key: str
    other: str
    type_id: str | None = None


@dataclass(frozen=True, slots=True)
class Same:
    """Records of the same type with the same key: ``keys_of`` gives each record's, ``None`` for one that has none.

    ``columns`` names the fields from which a type's keys are made; ``name`` is the sort of key.
    """

    name: str
    keys_of: Callable[[Batch], Sequence[Key | None]]
    columns: Callable[[RecordType], Sequence[str]]
    type_id: None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """All records of ``type_id`` (``None``: of the same type), as far as the fields ``keys`` go; empty: all fields."""

    type_id: str | None = None
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Present:
    """Whether there is any record of ``type_id`` at all."""

    type_id: str


@dataclass(frozen=True, slots=True)
class Contents:
    """Which files are held (``CheckContext.contents``)."""

    type_id: None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """All records of the same type, geometry and origin, as soon as a file has brought ``several`` and others as many.

    For a rule that speaks of a file as a whole, by one of its records.
    """

    several: int
    type_id: None = None


Read = Near | Linked | Same | Whole | Present | Contents | Sources


def read_types(reads: Sequence[Read]) -> set[str]:
    """Return the other types that a rule reads."""
    return {read.type_id for read in reads if read.type_id is not None}
