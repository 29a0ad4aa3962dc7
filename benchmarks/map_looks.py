"""How the benchmarks draw: twelve categories of faces, one line, one point, in a picture of a usual screen."""

from collections.abc import Mapping
from dataclasses import replace

from benchmarks.samples import CODES, Shape
from desktop.map.styles import FillSymbol, LayerStyle, LineSymbol, PointSymbol, SymbolSet

WIDTH, HEIGHT = 1600, 900
COLORS = dict(zip(CODES, (
    "#fffc8c", "#fffc96", "#fff0b4", "#ffd2a0", "#b4ffb4", "#bfffbe",
    "#aaffff", "#ffd0ff", "#ffaa32", "#ffaaa0", "#d2d2d2", "#a0d2ff",
), strict=True))  # fmt: skip
EDGE, LINE, POINT, POINT_PX = "#505050", "#1f4e9c", "#b03010", 6.0


def build_style(*, outlined: bool = False) -> LayerStyle:
    """Return a style of twelve categories of faces, outlined all alike if so asked; lines and points have one look."""
    edge = EDGE if outlined else None
    symbols = SymbolSet(
        polygon=FillSymbol(line=edge, width=1.0),
        line=LineSymbol(color=LINE, width=1.0),
        point=PointSymbol(size=POINT_PX, fill=POINT, width=0),
    )
    style = LayerStyle(classes=(symbols,)).classified(COLORS)
    classes = (replace(item, polygon=replace(item.polygon, line=edge)) for item in style.classes)
    return replace(style, classes=tuple(classes), outline_from=0.0)


def category_of(shape: Shape) -> tuple[str, Mapping[str, int]] | None:
    """Return the field that colours a shape's records, and the number of each of its values."""
    return ("code_plan", build_style().numbers) if shape == "polygon" else None
