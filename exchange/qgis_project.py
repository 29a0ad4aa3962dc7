"""A QGIS project for the field, as QField and QGIS 3.22 or later read it: layers, names, widgets and limits."""

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geodesy.datum import build_pipeline
from geodesy.systems import FALSE_EASTING_M, WGS84, CoordinateSystem

NULL = "{2839923C-8B7D-419E-B84B-CA2FE9B80EC7}"  # how QGIS writes an empty value into a value map
_NOT_NULL, _EXPRESSION = 1, 4
_PROPERTIES = (
    ("SpatialRefSys", "ProjectionsEnabled", "int", "1"),  # without it QGIS does not look at the project's system
    ("Paths", "Absolute", "bool", "false"),
    ("Measurement", "DistanceUnits", "QString", "meters"),
    ("Measurement", "AreaUnits", "QString", "m2"),
)
_STRENGTHS = {"hard": "1", "soft": "2"}

Option = str | bool | int | float | Mapping[str, Any] | Sequence[Any] | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the form shows it.

    ``widget`` is QGIS's name of an editor, ``options`` its settings. ``tab`` is the page it stands on, ``None`` for one
    that is not shown; ``visible`` an expression. ``required`` is ``hard`` (no saving without) or ``soft`` (a warning).
    """

    name: str
    alias: str
    widget: str = "TextEdit"
    options: Mapping[str, Option] = field(default_factory=dict)
    tab: str | None = None
    editable: bool = True
    required: str | None = None
    limit: tuple[str, str] | None = None
    default: str | None = None
    visible: str | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of the GeoPackage; ``geometry`` is Point, Line, Polygon, ``None`` for a table; ``group`` its branch.

    ``data`` is the file that it lies in where that is not the project's own.
    """

    name: str
    title: str
    geometry: str | None
    columns: Sequence[Column]
    group: str | None = None
    display: str | None = None
    is_list: bool = False
    data: str | None = None

    @property
    def id(self) -> str:
        """The project's name for the layer."""
        return f"diaba_{self.name}" if self.data is None else f"diaba_{Path(self.data).stem}_{self.name}"

    def source(self, data: str) -> str:
        """Return where the layer's rows lie, beside the project: in its own file, else in the project's."""
        return f"./{self.data or data}|layername={self.name}"


@dataclass(frozen=True, slots=True)
class Project:
    """Everything a project file says; ``extent`` is east, north, east, north in ``system``."""

    title: str
    data: str
    system: CoordinateSystem
    layers: Sequence[Layer]
    extent: tuple[float, float, float, float]


def write_project(project: Project, path: Path) -> None:
    """Write the project file."""
    root = ET.Element("qgis", {"projectname": project.title, "version": "3.22.16-Białowieża"})
    ET.SubElement(root, "homePath", {"path": ""})
    ET.SubElement(root, "title").text = project.title
    _add_system(ET.SubElement(root, "projectCrs"), project.system)
    _add_tree(root, project)
    _add_canvas(root, project)
    layers = ET.SubElement(root, "projectlayers")
    for layer in project.layers:
        _add_layer(layers, layer, project)
    order = ET.SubElement(root, "layerorder")
    for layer in project.layers:
        if layer.geometry:
            ET.SubElement(order, "layer", {"id": layer.id})
    _add_operation(root, project.system)
    properties = ET.SubElement(root, "properties")
    for group, name, kind, value in _PROPERTIES:
        branch = properties.find(group)
        branch = ET.SubElement(properties, group) if branch is None else branch
        ET.SubElement(branch, name, {"type": kind}).text = value
    ET.indent(root, " ")
    text = '<!DOCTYPE qgis PUBLIC "http://mrcc.com/qgis.dtd" "SYSTEM">\n' + ET.tostring(root, encoding="unicode")
    path.write_text(text, encoding="utf-8")


def _add_system(parent: ET.Element, system: CoordinateSystem) -> None:
    """Add a coordinate system, told by its code and by its parameters."""
    found = ET.SubElement(parent, "spatialrefsys")
    is_flat = system.kind == "tm"
    proj = (
        f"+proj=tmerc +lat_0=0 +lon_0={system.axis:g} +k={system.scale_factor:g} +x_0={FALSE_EASTING_M:.0f} +y_0=0 "
        "+ellps=WGS84 +units=m +no_defs"
        if is_flat
        else "+proj=longlat +datum=WGS84 +no_defs"
    )
    for tag, text in (
        ("proj4", proj),
        ("srsid", "0"),  # QGIS looks at the code only where this is a number below its own systems
        ("srid", str(system.epsg or 0)),
        ("authid", f"EPSG:{system.epsg}" if system.epsg else ""),
        ("description", system.label("en")),
        ("projectionacronym", "tmerc" if is_flat else "longlat"),
        ("ellipsoidacronym", "EPSG:7030"),
        ("geographicflag", "false" if is_flat else "true"),
    ):
        ET.SubElement(found, tag).text = text


def _add_operation(root: ET.Element, system: CoordinateSystem) -> None:
    """Pin the official seven parameters between the zone and a receiver's WGS 84; QGIS would choose others."""
    context = ET.SubElement(root, "transformContext")
    for source, target in ((system, WGS84), (WGS84, system)):
        pair = ET.SubElement(context, "srcDest", {"coordinateOp": build_pipeline(source, target), "allowFallback": "0"})
        _add_system(ET.SubElement(pair, "src"), source)
        _add_system(ET.SubElement(pair, "dest"), target)


def _add_tree(root: ET.Element, project: Project) -> None:
    tree = ET.SubElement(root, "layer-tree-group")
    groups: dict[str, ET.Element] = {}
    for layer in project.layers:
        branch = tree
        if layer.group is not None:
            if layer.group not in groups:
                expanded = "0" if layer.is_list else "1"
                groups[layer.group] = ET.SubElement(
                    tree,
                    "layer-tree-group",
                    {"name": layer.group, "expanded": expanded, "checked": "Qt::Checked", "groupLayer": ""},
                )
            branch = groups[layer.group]
        ET.SubElement(
            branch,
            "layer-tree-layer",
            {
                "id": layer.id,
                "name": layer.title,
                "source": layer.source(project.data),
                "providerKey": "ogr",
                "checked": "Qt::Checked",
                "expanded": "0",
            },
        )


def _add_canvas(root: ET.Element, project: Project) -> None:
    canvas = ET.SubElement(root, "mapcanvas", {"name": "theMapCanvas", "annotationsVisible": "1"})
    ET.SubElement(canvas, "units").text = "meters"
    extent = ET.SubElement(canvas, "extent")
    for tag, value in zip(("xmin", "ymin", "xmax", "ymax"), project.extent, strict=True):
        ET.SubElement(extent, tag).text = repr(float(value))
    ET.SubElement(canvas, "rotation").text = "0"
    _add_system(ET.SubElement(canvas, "destinationsrs"), project.system)


def _add_layer(parent: ET.Element, layer: Layer, project: Project) -> None:
    facts = {"type": "vector", "geometry": layer.geometry or "No geometry", "readOnly": "1" if layer.is_list else "0"}
    found = ET.SubElement(parent, "maplayer", facts)
    ET.SubElement(found, "id").text = layer.id
    ET.SubElement(found, "datasource").text = layer.source(project.data)
    ET.SubElement(found, "layername").text = layer.title
    if layer.geometry:
        _add_system(ET.SubElement(found, "srs"), project.system)
    ET.SubElement(found, "provider", {"encoding": "UTF-8"}).text = "ogr"
    flags = ET.SubElement(found, "flags")
    for name, value in (("Identifiable", "1"), ("Removable", "0"), ("Searchable", "1"), ("Private", "0")):
        ET.SubElement(flags, name).text = value
    if layer.display:
        ET.SubElement(found, "previewExpression").text = layer.display
    configuration = ET.SubElement(found, "fieldConfiguration")
    aliases = ET.SubElement(found, "aliases")
    defaults = ET.SubElement(found, "defaults")
    constraints = ET.SubElement(found, "constraints")
    expressions = ET.SubElement(found, "constraintExpressions")
    editable = ET.SubElement(found, "editable")
    for column in layer.columns:
        entry = ET.SubElement(configuration, "field", {"name": column.name, "configurationFlags": "None"})
        widget = ET.SubElement(entry, "editWidget", {"type": column.widget})
        _add_option(ET.SubElement(widget, "config"), None, column.options)
        ET.SubElement(aliases, "alias", {"field": column.name, "name": column.alias})
        ET.SubElement(
            defaults, "default", {"field": column.name, "expression": column.default or "", "applyOnUpdate": "0"}
        )
        _add_constraint(constraints, expressions, column)
        ET.SubElement(editable, "field", {"name": column.name, "editable": "1" if column.editable else "0"})
    if not layer.is_list:
        _add_form(found, layer)


def _add_constraint(constraints: ET.Element, expressions: ET.Element, column: Column) -> None:
    kinds = (_NOT_NULL if column.required else 0) | (_EXPRESSION if column.limit else 0)
    ET.SubElement(
        constraints,
        "constraint",
        {
            "field": column.name,
            "constraints": str(kinds),
            "notnull_strength": _STRENGTHS.get(column.required or "", "0"),
            "unique_strength": "0",
            "exp_strength": "2" if column.limit else "0",
        },
    )
    expression, words = column.limit or ("", "")
    ET.SubElement(expressions, "constraint", {"field": column.name, "exp": expression, "desc": words})


def _add_form(parent: ET.Element, layer: Layer) -> None:
    """Add the form's pages; a column that is shown only at times gets a frame of its own, which is what can hide."""
    ET.SubElement(parent, "editorlayout").text = "tablayout"
    form = ET.SubElement(parent, "attributeEditorForm")
    tabs: dict[str, ET.Element] = {}
    for index, column in enumerate(layer.columns):
        if column.tab is None:
            continue
        if column.tab not in tabs:
            tabs[column.tab] = _container(form, column.tab, is_group=False)
        page = tabs[column.tab]
        if column.visible:
            page = _container(page, column.alias, is_group=True, visible=column.visible)
        ET.SubElement(page, "attributeEditorField", {"name": column.name, "index": str(index), "showLabel": "1"})


def _container(parent: ET.Element, name: str, *, is_group: bool, visible: str | None = None) -> ET.Element:
    return ET.SubElement(
        parent,
        "attributeEditorContainer",
        {
            "name": name,
            "showLabel": "0" if is_group else "1",
            "groupBox": "1" if is_group else "0",
            "columnCount": "1",
            "visibilityExpressionEnabled": "1" if visible else "0",
            "visibilityExpression": visible or "",
        },
    )


def _add_option(parent: ET.Element, name: str | None, value: Option) -> None:
    """Add a setting as QGIS writes its variants."""
    facts = {} if name is None else {"name": name}
    if isinstance(value, Mapping):
        found = ET.SubElement(parent, "Option", {**facts, "type": "Map"})
        for key, item in value.items():
            _add_option(found, key, item)
    elif isinstance(value, bool):
        ET.SubElement(parent, "Option", {**facts, "type": "bool", "value": str(value).lower()})
    elif isinstance(value, int | float):
        kind = "int" if isinstance(value, int) else "double"
        ET.SubElement(parent, "Option", {**facts, "type": kind, "value": repr(value)})
    elif isinstance(value, str):
        ET.SubElement(parent, "Option", {**facts, "type": "QString", "value": value})
    elif value is None:
        ET.SubElement(parent, "Option", {**facts, "type": "invalid"})
    else:
        found = ET.SubElement(parent, "Option", {**facts, "type": "List"})
        for item in value:
            _add_option(found, None, item)
