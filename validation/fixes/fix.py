"""The registry of fixes: what can be done about a finding, as pure proposals that nobody has stored yet."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shapely.geometry.base import BaseGeometry

from forms.record import Record
from validation.context import CheckContext
from validation.finding import Finding


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one record: a new ``shape`` (metres of the zone, on the grid), new ``values``, or more.

    With ``parts`` it is split: the largest keeps its identity. With ``gives_way_to`` it goes, and what named it names
    that record from now on. With ``new_code`` it gets a local code of its own.
    """

    type_id: str
    uid: str
    shape: BaseGeometry | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[BaseGeometry, ...] = ()
    gives_way_to: str | None = None
    new_code: bool = False


@dataclass(frozen=True, slots=True)
class Proposed:
    """One way to put a finding right.

    ``option`` tells the ways of one fix apart and is the same whenever the same is proposed; ``facts`` fill its words.
    What is not ``is_certain`` is a person's to choose: a fix of many findings at once passes it over.
    """

    changes: tuple[Change, ...]
    option: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    is_certain: bool = True


Make = Callable[[Finding, Record, CheckContext], Iterator[Proposed]]


@dataclass(frozen=True, slots=True)
class Fix:
    """A registered fix; ``by_place`` where a record may have one finding at several places, fixed one at a time.

    ``suits`` tells at a glance that a finding of its rules is none of its business.
    """

    kind: str
    rules: tuple[str, ...]
    make: Make
    by_place: bool = False
    suits: Callable[[Finding], bool] = bool

    @property
    def code(self) -> str:
        """The message that names the fix; ``<code>.how``, where there is one, words a proposal by its facts."""
        return "FIX-" + self.kind.upper().replace("_", "-")


FIXES: dict[str, Fix] = {}


def fix(
    kind: str, for_rules: tuple[str, ...], *, by_place: bool = False, suits: Callable[[Finding], bool] = bool
) -> Callable[[Make], Make]:
    """Register a fix; of several ways that it proposes the best comes first."""

    def register(make: Make) -> Make:
        if kind in FIXES:
            raise ValueError(f"fix {kind} is already taken by {FIXES[kind].make.__name__}")
        FIXES[kind] = Fix(kind, for_rules, make, by_place, suits)
        return make

    return register


def fixes_of(rule_id: str) -> list[Fix]:
    """Return the fixes that may help against a rule's findings, in the order in which they were registered."""
    return [item for item in FIXES.values() if rule_id in item.rules]


def may_be_fixed(finding: Finding) -> bool:
    """Whether some fix may help with a finding, as far as can be told without trying."""
    return any(item.suits(finding) for item in fixes_of(finding.rule_id))


def alter(record: Record, values: Mapping[str, Any] | None = None, *, shape: BaseGeometry | None = None) -> Change:
    """Return the change that gives a record values or a shape."""
    return Change(record.type_id, record.uid, shape, values or {})
