"""One person's desk in the small world: its folder, its line, its clock, and a copy of it that may be put back."""

import shutil
from pathlib import Path

from forms.record import Actor
from services.desk import Desk
from services.workspaces import create_desk, open_desk
from tests.sync.world import COMMUNE, Clock, Line, Province


class Seat:
    """One desk with its line and its clock."""

    def __init__(self, folder: Path, province: Province, number: int) -> None:
        self.folder, self.clock, self.line = folder / f"máy {number}", Clock(), Line(province)
        self.actor = Actor(f"Cán bộ {number}")
        self.desk: Desk = create_desk(self.folder, COMMUNE, actor=self.actor, clock=self.clock)

    def reopen(self) -> None:
        self.desk.close()
        self.desk = open_desk(self.folder, actor=self.actor, clock=self.clock)

    @property
    def copy(self) -> Path:
        return self.folder.with_name(f"{self.folder.name} bản sao")

    def keep_copy(self) -> None:
        self.desk.close()
        shutil.rmtree(self.copy, ignore_errors=True)
        shutil.copytree(self.folder, self.copy)
        self.desk = open_desk(self.folder, actor=self.actor, clock=self.clock)

    def put_back(self) -> None:
        self.desk.close()
        shutil.rmtree(self.folder)
        shutil.copytree(self.copy, self.folder)
        self.desk = open_desk(self.folder, actor=self.actor, clock=self.clock)
