"""What GDAL says of every layer of a file, to the width of its numbers, inside the child."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from exchange.frames import Header
from exchange.soundness import plain_tables

_OPEN_OPTIONS = {"GPKG": {"IMMUTABLE": "YES", "LIST_ALL_TABLES": "NO"}}
_KINDS = {
    ("OFTString", "OFSTNone"): "text",
    ("OFTInteger", "OFSTNone"): "long",
    ("OFTInteger", "OFSTInt16"): "short",
    ("OFTInteger", "OFSTBoolean"): "boolean",
    ("OFTInteger64", "OFSTNone"): "integer",
    ("OFTReal", "OFSTNone"): "double",
    ("OFTReal", "OFSTFloat32"): "float",
    ("OFTDate", "OFSTNone"): "date",
    ("OFTDateTime", "OFSTNone"): "date",
}


def describe_layers(pyogrio: Any, path: Path, driver: str, shown: str) -> Iterator[tuple[Header, list[bytes]]]:
    """Yield one frame a layer: name, kind of geometry, number of rows, coordinate system, columns with their types."""
    tables = plain_tables(path, shown) if driver == "GPKG" else None
    for name, geometry in pyogrio.list_layers(str(path)).tolist():
        if tables is not None and name not in tables:
            continue
        facts = pyogrio.read_info(str(path), layer=name, force_feature_count=True, **_OPEN_OPTIONS.get(driver, {}))
        kinds = zip(facts["fields"].tolist(), facts["ogr_types"], facts["ogr_subtypes"], strict=True)
        columns = [[str(column), _KINDS.get((kind, sub), kind)] for column, kind, sub in kinds]
        told = {"layer": str(name), "geometry": geometry, "count": int(facts["features"])}
        yield {"frame": "layer", **told, "system": facts["crs"], "columns": columns}, []
