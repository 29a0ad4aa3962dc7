"""What is painted around the records: grids, and over a view of the country what no such view leaves out."""

from dataclasses import dataclass, field

from PySide6.QtGui import QPainter

from desktop.map.camera import Bounds, Camera
from desktop.map.country import country_bounds, draw_country, is_overview
from desktop.map.graticule import Grid, draw_grid
from geodesy.systems import CoordinateSystem


@dataclass(slots=True)
class Surroundings:
    """The zone of the map's metres and the commune's name, once they are told, and the grids that are on."""

    system: CoordinateSystem | None = None
    name: str = ""
    grids: set[Grid] = field(default_factory=set)

    @property
    def country_bounds(self) -> Bounds | None:
        """The box around the whole country, its sea and islands."""
        return None if self.system is None else country_bounds(self.system)

    def show_grid(self, grid: Grid, shown: bool) -> None:
        """Show a grid from now on, or no longer."""
        (self.grids.add if shown else self.grids.discard)(grid)

    def paint(self, painter: QPainter, camera: Camera, home: Bounds | None) -> None:
        """Paint over a map; ``home`` bounds the commune."""
        if self.system is None:
            return
        if is_overview(camera):
            draw_country(painter, camera, self.system, None if home is None else (self.name, home))
        for grid in self.grids:
            draw_grid(painter, camera, self.system, grid)
