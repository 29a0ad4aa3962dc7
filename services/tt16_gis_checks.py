"""Checks the databases of a handed-in dossier: classes, fields, types, system, and the codes of every row."""

from collections.abc import Iterable, Iterator
from typing import Any

from core.errors import UserError
from core.progress import Progress
from exchange.reading import LayerSummary
from exchange.table import Table
from forms.tt16 import DATABASES, DOSSIER_CODE, INFO_CODE, TEXT_LENGTHS, FeatureClass, load_classes
from forms.tt16_folder import KINDS, SCAN
from forms.tt16_plan import SCAN_CODE
from geodesy.systems import CoordinateSystem
from services.tt16_breaches import Breach
from services.tt16_class_names import check_class_name, shape_asked
from services.tt16_reading import Database, Folder, dossier_code

BOUNDARY_CLASS = "RanhGioiQuyHoach_A"
_OWN_COLUMNS = frozenset({"shape_length", "shape_area", "objectid", "fid"})  # what the programs add themselves
_SHAPES = {"LineString": "MultiLineString", "Polygon": "MultiPolygon"}


def check_databases(found: Folder, system: CoordinateSystem | None, progress: Progress) -> Iterator[Breach]:
    """Yield what is wrong with the databases; ``system`` is the province's zone where it is known."""
    if "HoSoGIS" in found.missing:
        return
    boundaries = 0
    for name in DATABASES:
        database = found.databases.get(name)
        if database is None:
            yield Breach("TT16-DATABASE-MISSING", f"HoSoGIS/{name}")
            continue
        place = f"HoSoGIS/{database.path.name}"
        if database.error is not None:
            yield Breach("TT16-DATABASE-UNREAD", place, {"reason": str(database.error)})
            continue
        have = {layer.name for layer in database.layers}
        missing = [one for one in load_classes()[name] if one not in have]
        if missing:
            yield Breach("TT16-CLASS-MISSING", place, {"classes": ", ".join(missing), "count": len(missing)})
        for layer in database.layers:
            item = database.item(layer.name)
            if item is None:
                yield check_class_name(name, layer.name, f"{place}/{layer.name}")
                yield from _check_shape(layer, shape_asked(layer.name), f"{place}/{layer.name}")
                continue
            yield from _check_class(layer, item, f"{place}/{layer.name}", system)
            if layer.count:
                yield from _check_rows(database, layer, found, progress)
            boundaries += _count_outlines(found, database, layer, progress)
    if not boundaries:
        yield Breach("TT16-NO-BOUNDARY", f"HoSoGIS/QuyHoach/{BOUNDARY_CLASS}")


def _count_outlines(found: Folder, database: Database, layer: LayerSummary, progress: Progress) -> int:
    """Return how many rows of the boundary's class have a shape; a class that cannot be read is told elsewhere."""
    if layer.name != BOUNDARY_CLASS or not layer.count:
        return 0
    try:
        shapes = found.table(database.name, layer.name, progress).geometries
    except UserError:
        return layer.count
    return 0 if shapes is None else sum(shape is not None and not shape.is_empty for shape in shapes)


def _check_class(
    layer: LayerSummary, item: FeatureClass, place: str, system: CoordinateSystem | None
) -> Iterator[Breach]:
    yield from _check_shape(layer, item.geometry, place)
    have = {name: kind for name, kind in layer.columns if name.casefold() not in _OWN_COLUMNS}
    for column in item.columns:
        if column.name not in have:
            yield Breach("TT16-FIELD-MISSING", place, {"field": column.name})
        elif have[column.name] != column.kind:
            facts = {"field": column.name, "found": have[column.name], "asked": column.kind}
            yield Breach("TT16-FIELD-TYPE", place, facts)
    names = {column.name for column in item.columns}
    yield from (Breach("TT16-FIELD-STRANGE", place, {"field": name}) for name in have if name not in names)
    found = layer.declared
    if found is None or found.kind != "tm" or found.datum != "VN2000" or (system is not None and found != system):
        facts = {
            "found": found.label() if found else layer.refused or "–",
            "asked": system.label() if system else "VN-2000",
        }
        yield Breach("TT16-SYSTEM", place, facts)


def _check_shape(layer: LayerSummary, asked: str | None, place: str) -> Iterator[Breach]:
    if asked is not None and _plain_shape(layer.geometry) not in (asked, "Unknown"):
        yield Breach("TT16-CLASS-GEOMETRY", place, {"found": layer.geometry or "–", "asked": asked})


def _plain_shape(geometry: str | None) -> str:
    plain = (geometry or "").removeprefix("3D ").removesuffix(" Z").removesuffix(" ZM").removesuffix(" M")
    return _SHAPES.get(plain, plain)


def _check_rows(database: Database, layer: LayerSummary, found: Folder, progress: Progress) -> Iterator[Breach]:
    """Yield rows without codes, with codes that are not the workbook's, with texts too long for the common fields."""
    place = f"HoSoGIS/{database.path.name}/{layer.name}"
    try:
        table = found.table(database.name, layer.name, progress)
    except UserError as error:
        yield Breach("TT16-DATABASE-UNREAD", place, {"reason": str(error)})
        return
    for name in (DOSSIER_CODE, INFO_CODE):
        empty = sum(cell in (None, "") for cell in table.columns.get(name, ()))
        if empty:
            yield Breach("TT16-ROW-CODE", place, {"field": name, "count": empty})
    yield from _check_shapes(layer, table, place)
    code = dossier_code(found)
    if code is not None:
        told = scan_codes(found, code)
        strange = [cell for cell in _strange(table.columns.get(SCAN_CODE, ()), code) if cell.casefold() not in told]
        yield from (Breach("TT16-SCAN-CODE", place, {"found": cell, "code": code}) for cell in strange)
    for other in _strange(table.columns.get(DOSSIER_CODE, ()), code):
        yield Breach("TT16-CODE-DIFFERS", place, {"sheet": layer.name, "row": "–", "found": other, "code": code or "–"})
    info = next((row.get("Mã thông tin quy hoạch") for _, row in found.rows("HoSo")), None)
    for other in _strange(table.columns.get(INFO_CODE, ()), None if info is None else str(info)):
        yield Breach("TT16-CODE-DIFFERS", place, {"sheet": layer.name, "row": "–", "found": other, "code": str(info)})
    for name, most in TEXT_LENGTHS.items():
        long = [cell for cell in table.columns.get(name, ()) if isinstance(cell, str) and len(cell) > most]
        if long:
            facts = {"field": name, "count": len(long), "length": max(map(len, long)), "most": most}
            yield Breach("TT16-TEXT-LONG", place, facts)


def _check_shapes(layer: LayerSummary, table: Table, place: str) -> Iterator[Breach]:
    """Yield how many rows lie nowhere; of the boundary's class only where others lie somewhere (TT16-NO-BOUNDARY)."""
    shapes = table.geometries
    lost = len(table.rows) if shapes is None else sum(shape is None or shape.is_empty for shape in shapes)
    if lost and not (layer.name == BOUNDARY_CLASS and lost == len(table.rows)):
        yield Breach("TT16-ROW-SHAPE", place, {"count": lost})


def scan_codes(found: Folder, code: str) -> frozenset[str]:
    """Return what may stand for the scans of the dossier: its code, and the names of workbook, folders and files."""
    names = [code, found.workbook.stem if found.workbook is not None else "", found.root.name]
    for kind in KINDS:
        for path in found.of(SCAN, kind):
            *folders, file = path.split("/")[2:]
            names += [*folders, file, file.rpartition(".")[0]]
    return frozenset(name.casefold() for name in names if name)


def _strange(cells: Iterable[Any], code: str | None) -> list[str]:
    return sorted({str(cell) for cell in cells if cell not in (None, "") and code is not None and str(cell) != code})
