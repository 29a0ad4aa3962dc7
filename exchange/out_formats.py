"""The formats that layers are written in, and what each can and cannot hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from core.errors import UserError
from core.tables import load_table
from geodesy.systems import CoordinateSystem

OutEncoding = Literal["utf-8", "tcvn3"]
DecimalMark = Literal[".", ","]
ENCODINGS: tuple[OutEncoding, ...] = ("utf-8", "tcvn3")


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format: GDAL's driver (``None``: written here), the file's suffix, whether one file takes several layers.

    ``geographic`` formats are always in WGS 84. ``shapes_only`` have no layer without geometry. ``name_bytes`` and
    ``text_bytes`` are how long the name of a column and a text may be, ``None`` for no limit. ``blank_numbers`` is off
    where an empty number would come back as 0, ``large_integers`` where older programs know whole numbers of 32 bits
    only. ``encodings`` are those that text may be written in.
    """

    key: str
    title: str
    suffix: str
    driver: str | None
    many_layers: bool = False
    geographic: bool = False
    shapes_only: bool = False
    name_bytes: int | None = None
    text_bytes: int | None = None
    blank_numbers: bool = True
    large_integers: bool = True
    encodings: tuple[OutEncoding, ...] = ("utf-8",)
    options: Mapping[str, str] = field(default_factory=dict)
    sidecars: tuple[str, ...] = ()


FORMATS: Mapping[str, ExportFormat] = {
    item.key: item
    for item in (
        ExportFormat(
            "gpkg", "GeoPackage", ".gpkg", "GPKG", many_layers=True, options={"VERSION": "1.2"}
        ),  # what QGIS 3.22 knows
        ExportFormat(
            "shp",
            "Shapefile",
            ".shp",
            "ESRI Shapefile",
            shapes_only=True,
            name_bytes=10,
            text_bytes=254,
            encodings=ENCODINGS,
            sidecars=(".shx", ".dbf", ".prj", ".cpg"),
        ),
        ExportFormat(
            "geojson",
            "GeoJSON",
            ".geojson",
            "GeoJSON",
            geographic=True,
            options={"RFC7946": "YES", "COORDINATE_PRECISION": "9"},
        ),
        ExportFormat("fgb", "FlatGeobuf", ".fgb", "FlatGeobuf", options={"SPATIAL_INDEX": "NO"}),  # keeps the order
        ExportFormat("kml", "KML", ".kml", "LIBKML", many_layers=True, geographic=True),
        ExportFormat(
            "tab",
            "MapInfo TAB",
            ".tab",
            "MapInfo File",
            shapes_only=True,
            name_bytes=31,
            text_bytes=254,
            blank_numbers=False,
            large_integers=False,
            sidecars=(".map", ".dat", ".id", ".ind"),
        ),
        ExportFormat(
            "mif",
            "MapInfo MIF",
            ".mif",
            "MapInfo File",
            shapes_only=True,
            name_bytes=31,
            text_bytes=254,
            blank_numbers=False,
            large_integers=False,
            options={"FORMAT": "MIF"},
            sidecars=(".mid",),
        ),
        ExportFormat("dxf", "DXF", ".dxf", None, many_layers=True, shapes_only=True),
        ExportFormat("csv", "CSV", ".csv", None),
        ExportFormat("xlsx", "Excel", ".xlsx", None, many_layers=True),
    )
}
"""The formats ``exchange.writing.write_layers`` knows, by the name the command line gives them."""


@dataclass(frozen=True, slots=True)
class OutChoices:
    """What the user chose for a file: the encoding of its text, the decimal mark of a CSV."""

    encoding: OutEncoding = "utf-8"
    decimal: DecimalMark = "."


def out_choices(encoding: str, decimal: str) -> OutChoices:
    """Return the choices that two words name; raise ``UserError`` EXPORT-CHOICE."""
    marks: Mapping[str, DecimalMark] = {"point": ".", "comma": ",", ".": ".", ",": ","}
    known: Mapping[str, OutEncoding] = {"utf-8": "utf-8", "utf8": "utf-8", "tcvn3": "tcvn3"}
    if encoding.lower() not in known:
        raise UserError("EXPORT-CHOICE", choice=encoding, known=ENCODINGS)
    if decimal.lower() not in marks:
        raise UserError("EXPORT-CHOICE", choice=decimal, known=("point", "comma"))
    return OutChoices(known[encoding.lower()], marks[decimal.lower()])


def system_text(system: CoordinateSystem, driver: str | None) -> str:
    """Return what GDAL reads: the code, or for a zone without one its well-known text.

    MapInfo knows no VN-2000: without the shift it would write WGS 84, 225 m away.
    """
    needs_shift = driver == "MapInfo File" and system.datum == "VN2000"
    if system.epsg is not None and not needs_shift:
        return f"EPSG:{system.epsg}"
    shift = _shift() if needs_shift else ""
    base = (
        f'GEOGCS["VN-2000",DATUM["Vietnam_2000",SPHEROID["WGS 84",6378137,298.257223563]{shift}],'
        'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4756"]]'
    )
    if needs_shift:
        base = base.replace(',AUTHORITY["EPSG","4756"]', "")
    if system.axis is None:
        return base
    return (
        f'PROJCS["VN-2000 / TM-{system.width} {system.axis:g}",{base},PROJECTION["Transverse_Mercator"],'
        f'PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",{system.axis!r}],'
        f'PARAMETER["scale_factor",{system.scale_factor!r}],'
        'PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1]]'
    )


def _shift() -> str:
    """Return VN-2000's seven parameters as TOWGS84 has them: rotations of the position vector, signs turned."""
    given = {row["parameter"]: row["value"] for row in load_table("vn2000_datum")}
    turned = [f"{-float(given[key])!r}" for key in ("rx", "ry", "rz")]
    return f",TOWGS84[{','.join([given['x'], given['y'], given['z'], *turned, given['s']])}]"
