"""Reads MicroStation drawings of version 7 in the child, through GDAL, into the same rows as any drawing."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from exchange.cad.columns import Rows
from exchange.frames import Buffer, Header

_ELEMENTS = {
    2: "CELL", 3: "LINE", 4: "LINESTRING", 6: "SHAPE", 7: "TEXTNODE", 11: "CURVE", 12: "CHAIN", 13: "CONICBSPLINE",
    14: "COMPLEXSHAPE", 15: "ELLIPSE", 16: "ARC", 17: "TEXT", 21: "BSPLINE", 22: "POINTSTRING",
}  # fmt: skip
_STYLE_NUMBER = {"a": re.compile(r"[(,]a:(-?[\d.]+)"), "s": re.compile(r"[(,]s:([\d.]+)g")}
_FONT = re.compile(r'[(,]f:"?([^",)]+)')
_BYTES = "ISO-8859-1"
CHUNK_ROWS = 20_000

Frame = tuple[Header, list[Buffer]]


def list_dgn(pyogrio: Any, path: Path) -> Iterator[Frame]:
    """Yield what the drawing holds: counts by level, colour and kind of element."""
    levels: dict[str, Counter[str]] = {}
    colours: dict[str, Counter[str]] = {}
    samples: list[str] = []
    texts = 0
    for row in _elements(pyogrio, path):
        levels.setdefault(row["layer"], Counter())[row["entity"]] += 1
        colours.setdefault(row["layer"], Counter())[row["colour"]] += 1
        if row["text"]:
            texts += 1
            samples += [row["text"][:60]] if len(samples) < 3 else []
    yield (
        {
            "frame": "drawing",
            "version": "DGN 7",
            "code_page": "",
            "units": 0,
            "size": path.stat().st_size,
            "layers": [
                [name, colours[name].most_common(1)[0][0], dict(kinds), dict(colours[name])]
                for name, kinds in sorted(levels.items(), key=lambda item: int(item[0]))
            ],
            "blocks": [],
            "styles": [["DGN", "", texts, samples]] if texts else [],
            "left_out": {},
            "paper": 0,
        },
        [],
    )


def read_dgn(pyogrio: Any, path: Path, layers: Sequence[str] | None) -> Iterator[Frame]:
    """Yield the elements of ``layers`` (levels; all without) in frames of rows."""
    wanted = None if layers is None else frozenset(layers)
    rows = Rows()
    yield {"frame": "table", "layer": "", "system": None, "charset": "utf-8", "expected": 0}, []
    for row in _elements(pyogrio, path):
        if wanted is None or row["layer"] in wanted:
            rows.add(**row)
        if len(rows) >= CHUNK_ROWS:
            yield rows.take()
    yield rows.take()
    yield {"frame": "noted", "problems": [], "code_page": "", "unicode": False}, []


def _elements(pyogrio: Any, path: Path) -> Iterator[dict[str, Any]]:
    import shapely

    meta, _, shapes, fields = pyogrio.raw.read(
        str(path), sql="SELECT Type, Level, ColorIndex, Text, OGR_STYLE FROM elements", sql_dialect="OGRSQL",
        encoding=_BYTES,
    )  # fmt: skip
    columns = dict(zip(meta["fields"], (field.tolist() for field in fields), strict=True))
    merged = shapely.from_wkb(shapes, on_invalid="ignore")
    chains = shapely.get_type_id(merged) == 5
    merged[chains] = shapely.line_merge(merged[chains], directed=True)
    for place, shape in enumerate(merged.tolist()):
        if shape is None or shape.is_empty:
            continue
        style = columns["OGR_STYLE"][place] or ""
        text = columns["Text"][place] or ""
        font = _FONT.search(style)
        numbers = {
            key: float(found[1]) if (found := rule.search(style)) else None for key, rule in _STYLE_NUMBER.items()
        }
        for part in shapely.get_parts(shape).tolist():
            yield {
                "wkb": shapely.to_wkb(part, byte_order=1, include_srid=False),
                "entity": _ELEMENTS.get(int(columns["Type"][place]), str(columns["Type"][place])),
                "layer": str(int(columns["Level"][place])),
                "colour": str(int(columns["ColorIndex"][place])),
                "block": "",
                "attributes": {},
                "style": "",
                "font": font[1] if font and text else "",
                "text": text,
                "raw": text,
                "angle": numbers["a"] if text else None,
                "size": numbers["s"] if text else None,
                "align": "LB" if text else "",
                "handle": str(place + 1),
            }
