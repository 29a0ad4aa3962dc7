"""One way of using the mouse on the map: a hand that knows the surface it works on."""

from desktop.map.hand import Hand
from desktop.map.surface import MapSurface


class Tool(Hand):
    """A tool of the map; its name is what ``MapSurface.set_tool`` takes."""

    def __init__(self, view: MapSurface) -> None:
        self.view = view
