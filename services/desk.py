"""The commune's desk: an open workspace, who sits at it, and the clock on its wall."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

from core.clock import Clock, local_date, timestamp
from core.messages import pack_label
from forms.administration import Commune, load_communes
from forms.catalogue import Catalogue
from forms.record import Actor
from geodesy.systems import CoordinateSystem, parse_system
from localdb.engine import Connection
from localdb.unit_of_work import UnitOfWork, unit_of_work
from localdb.workspace import Workspace

WorkKind = Literal["edit", "import", "state", "pull"]


@dataclass(frozen=True, slots=True)
class Desk:
    """What every use case needs; close it when done, for it holds the workspace's lock."""

    workspace: Workspace
    actor: Actor
    clock: Clock

    def __enter__(self) -> "Desk":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def catalogue(self) -> Catalogue:
        """The record types and code lists in force."""
        return self.workspace.catalogue

    @property
    def commune(self) -> Commune:
        """The commune this workspace belongs to."""
        return load_communes()[self.workspace.info.commune_code]

    @property
    def system(self) -> CoordinateSystem:
        """The VN-2000 / TM-3 zone in which every geometry is stored."""
        return parse_system(f"EPSG:{self.workspace.info.epsg}")

    def now(self) -> str:
        """The time now, as it is stored."""
        return timestamp(self.clock())

    def today(self) -> str:
        """The calendar day in Vietnam, ``YYYY-MM-DD``."""
        return local_date(self.clock()).isoformat()

    def work(self, code: str, /, *, kind: WorkKind = "edit", **facts: object) -> AbstractContextManager[UnitOfWork]:
        """Begin a unit of work called by the message ``code``: it commits at its end, or leaves nothing behind."""
        label = pack_label(code, **facts)
        return unit_of_work(self.workspace, actor=self.actor, now=self.now(), label=label, kind=kind)

    def reading(self) -> AbstractContextManager[Connection]:
        """Open one consistent view of the store."""
        return self.workspace.reading()

    def close(self) -> None:
        """Close the store and release the workspace's lock."""
        self.workspace.close()
