"""What a rule may know beside the records it checks."""

from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any, Literal, TypeVar

import shapely

from forms.administration import Commune
from forms.catalogue import Catalogue
from geodesy.systems import CoordinateSystem
from validation.batch import Batch
from validation.tolerances import default_tolerances

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class HeldContent:
    """A file's content as it is held: its size, and whether it is here, damaged, or with the province alone.

    ``pixels`` are those of a picture, ``None`` where nobody has looked; ``is_broken`` when the picture ends too soon.
    """

    bytes: int
    state: Literal["whole", "damaged", "elsewhere"]
    pixels: int | None = None
    is_broken: bool = False


HeldContents = Callable[[Collection[str]], Mapping[str, HeldContent]]


@dataclass(frozen=True)
class CheckContext:
    """The surroundings of one check; nothing in it is read from the clock or the disk.

    ``boundary`` is the commune's outline and ``neighbours`` the outlines of other communes by code, all in ``system``,
    the workspace's zone. ``today`` is the day in Vietnam. ``tolerances`` may name only what differs from the default.
    ``batches`` gives the stored records of a type; for one record while typing, those near it are enough. ``contents``
    tells of files by their SHA-256 which are held; those it leaves out are not. Without it nobody knows.
    ``errors_only`` when nothing else is asked for: a rule may spare itself the rest.
    """

    catalogue: Catalogue
    commune: Commune
    system: CoordinateSystem
    boundary: shapely.Geometry | None
    neighbours: Mapping[str, shapely.Geometry]
    today: date
    tolerances: Mapping[str, float]
    batches: Callable[[str], Batch]
    contents: HeldContents | None = None
    errors_only: bool = False
    kept: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    def tolerance(self, key: str) -> float:
        """Return a tolerance: the office's own, else the default; raise ``KeyError`` when no table names it."""
        own = self.tolerances.get(key)
        return default_tolerances()[key] if own is None else own

    def held_contents(self, hashes: Collection[str]) -> Mapping[str, HeldContent] | None:
        """Return which files are held, by their SHA-256, ``None`` when nobody knows."""
        return None if self.contents is None else self.contents(hashes)

    def stored(self, type_id: str) -> Batch | None:
        """Return the stored records of a type but cancelled ones, ``None`` when the catalogue lacks the type."""
        if type_id not in self.catalogue.types:
            return None
        return self.once(("stored", type_id), lambda: self.batches(type_id).standing())

    def once(self, key: Hashable, build: Callable[[], T]) -> T:
        """Return what ``build`` gives, kept under ``key`` for the rest of one check."""
        if key not in self.kept:
            self.kept[key] = build()
        found: T = self.kept[key]
        return found

    def for_one_check(self) -> "CheckContext":
        """Return this context with nothing kept from an earlier check, so that it sees the store as it is now."""
        if self.boundary is not None:
            shapely.prepare(self.boundary)
        return replace(self, kept={})


def no_batches(catalogue: Catalogue) -> Callable[[str], Batch]:
    """Return a source of batches that holds no record at all."""

    @cache
    def empty(type_id: str) -> Batch:
        return Batch.of(catalogue.type(type_id), [])

    return empty
