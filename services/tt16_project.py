"""The map project of a handed-in dossier, as QGIS opens it: the classes that hold something, grouped by database."""

from pathlib import Path

import numpy as np
import shapely

from exchange.qgis_project import Column, Layer, Project, write_project
from forms.tt16 import load_classes
from services.desk import Desk
from services.tt16_building import Built

_SHAPES = {"Point": "Point", "MultiLineString": "Line", "MultiPolygon": "Polygon"}
PROJECT_SUFFIX = ".qgs"


def write_gis_project(desk: Desk, built: Built, folder: Path, suffix: str) -> None:
    """Write ``<TenDoAn>.qgs`` beside the databases, whose names end in ``suffix``."""
    layers = []
    boxes = []
    for database, layer in built.layers:
        item = load_classes()[database].get(layer.name)
        if item is None or layer.geometries is None or not len(layer.geometries):
            continue
        boxes.append(shapely.total_bounds(layer.geometries))
        columns = [Column(column.name, column.name, tab=item.title) for column in item.columns]
        layers.append(
            Layer(layer.name, item.title, _SHAPES[item.geometry], columns, group=database, data=f"{database}{suffix}")
        )
    known = [box for box in boxes if np.isfinite(box).all()]
    extent = (0.0, 0.0, 1.0, 1.0)
    if known:
        west, south = np.min([box[:2] for box in known], axis=0).tolist()
        east, north = np.max([box[2:] for box in known], axis=0).tolist()
        extent = (west, south, east, north)
    name = built.folder.partition("_")[2]
    write_project(Project(name, f"QuyHoach{suffix}", desk.system, layers, extent), folder / f"{name}{PROJECT_SUFFIX}")
