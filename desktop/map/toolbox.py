"""Every tool of the map, in the order in which the window offers them."""

from desktop.map.tools import handles, shaping
from desktop.map.tools.drawn import DrawnLine, DrawnPolygon
from desktop.map.tools.identify import IdentifyTool
from desktop.map.tools.measure import MeasureTool
from desktop.map.tools.outline import OutlineTool
from desktop.map.tools.pan import PanTool
from desktop.map.tools.pick import PickTool
from desktop.map.tools.place import PlaceTool
from desktop.map.tools.select import SelectTool
from desktop.map.tools.sketch import PointTool
from desktop.map.tools.swipe import SwipeTool
from desktop.map.tools.tool import Tool
from desktop.map.tools.vertices import VertexTool

TOOLS: tuple[type[Tool], ...] = (
    SelectTool,
    OutlineTool,
    IdentifyTool,
    PanTool,
    PointTool,
    DrawnLine,
    DrawnPolygon,
    VertexTool,
    *shaping.TOOLS,
    *handles.TOOLS,
    PlaceTool,
    MeasureTool,
    PickTool,
    SwipeTool,
)
