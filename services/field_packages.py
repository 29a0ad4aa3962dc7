"""A folder for QField: the records as a GeoPackage with their code lists, and a QGIS project that knows the forms."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import EnvironmentFault, UserError
from core.messages import render
from core.progress import SILENT, Progress
from exchange.field_lists import offered_codes
from exchange.geopackage_domains import ColumnFacts, Domain, write_domains
from exchange.qgis_form import CAPTURE_LIST, ListTable, form_columns
from exchange.qgis_project import Column, Layer, Project, write_project
from exchange.writing import OutLayer, write_layers
from forms.model import ChoiceField, ChoicesField, IntegerField, NumberField, RecordType, ReferenceField
from forms.record import Record
from forms.titles import record_title
from localdb import records
from services.desk import Desk
from services.field_layers import FACTS, SENT, build_layer, cells_of, content_of, layers_of, split_records
from services.reading import fetch_boundary

FORMAT = "1"
_QGIS_KINDS = {"point": "Point", "line": "Line", "multi_line": "Line", "multi_polygon": "Polygon"}
_KIND_TITLES = {
    "point": "QFIELD-POINTS",
    "line": "QFIELD-LINES",
    "multi_line": "QFIELD-LINES",
    "multi_polygon": "QFIELD-AREAS",
}
_LIST_COLUMNS = ("code", "label_vi", "label_en", "color")
TITLE_LENGTH = 80

Codes = list[tuple[str, str, str, str | None]]


@dataclass(frozen=True, slots=True)
class FieldPackage:
    """The folder's files, and how many records of each type it holds."""

    data: Path
    project: Path
    counts: Mapping[str, int]


def export_qfield(
    desk: Desk, out: Path, *, type_ids: Sequence[str] | None = None, progress: Progress = SILENT
) -> FieldPackage:
    """Write what QField needs into the new folder ``out``; without ``type_ids`` every record type.

    Raise QFIELD-EXISTS for a folder with something in it, which may be work of the field not yet brought back, and
    EXPORT-NO-FOLDER, EXPORT-REFUSED, EXPORT-NO-SPACE, EXPORT-FAILED.
    """
    out = out.absolute()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError("QFIELD-EXISTS", folder=str(out))
    if not out.parent.is_dir():
        raise UserError("EXPORT-NO-FOLDER", folder=str(out.parent))
    types = [desk.catalogue.type(type_id) for type_id in dict.fromkeys(type_ids or desk.catalogue.types)]
    with desk.reading() as connection:
        found = {item.id: records.fetch_records(connection, item) for item in types}
    name = f"diaba_{desk.commune.code}"
    temporary = Path(tempfile.mkdtemp(prefix=".diaba-qfield-", dir=out.parent))
    try:
        _write(desk, types, found, temporary / f"{name}.gpkg", temporary / f"{name}.qgs", progress)
        temporary.chmod(0o755)
        if out.exists():
            out.rmdir()
        temporary.rename(out)
    except OSError as error:
        raise EnvironmentFault("EXPORT-REFUSED", file=out.name, reason=error.strerror or str(error)) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    counts = {type_id: len(rows) for type_id, rows in found.items()}
    return FieldPackage(out / f"{name}.gpkg", out / f"{name}.qgs", counts)


def _write(
    desk: Desk,
    types: Sequence[RecordType],
    found: Mapping[str, Sequence[Record]],
    data: Path,
    project: Path,
    progress: Progress,
) -> None:
    codes = _codes(desk, types, found)
    references = {item.id: _references(desk, item) for item in types}
    tables = {f"list_{key}": rows for key, rows in codes.items()}
    tables |= {f"ref_{type_id}_{key}": rows for type_id, held in references.items() for key, rows in held.items()}
    layers: list[OutLayer] = []
    for item in types:
        for layer, rows in split_records(item, found[item.id]).items():
            layers.append(build_layer(item, layer, layers_of(item)[layer], rows, desk.system))
    lists = [_list_layer(table, rows) for table, rows in tables.items()]
    write_layers(data, "gpkg", [*layers, *lists, *_own_tables(desk, types, found)], progress=progress)
    shown = [layer for item in types for layer in _shown_layers(desk, item, codes, references[item.id], data.name)]
    write_domains(data, _column_facts(types, shown), _domains(types, codes))
    shown += [_shown_list(table, render("QFIELD-LISTS", {}, "vi")) for table in tables]
    write_project(Project(desk.commune.label, data.name, desk.system, shown, _extent(desk, found)), project)


def _codes(desk: Desk, types: Sequence[RecordType], found: Mapping[str, Sequence[Record]]) -> dict[str, Codes]:
    """Return every list that the types choose from: what is offered today, and what the records already say."""
    used: dict[str, set[str]] = {CAPTURE_LIST: set()}
    for item in types:
        for target in item.fields:
            if isinstance(target, ChoiceField | ChoicesField):
                held = used.setdefault(target.choices, set())
                for record in found[item.id]:
                    value = record.values.get(target.key)
                    held.update(value if isinstance(value, list) else [value] if value else [])
    used[CAPTURE_LIST] |= {record.lineage.capture_method or "" for rows in found.values() for record in rows}
    return {key: _list_rows(desk, key, held) for key, held in used.items()}


def _list_rows(desk: Desk, key: str, held: set[str]) -> Codes:
    offered = {item.code for item in offered_codes(desk.catalogue, key, desk.commune.code, desk.today())}
    items = [item for item in desk.catalogue.choice_list(key) if item.code in offered | held]
    return [(item.code, item.label["vi"], item.label["en"], item.color) for item in items]


def _references(desk: Desk, record_type: RecordType) -> dict[str, Codes]:
    """Return for each reference the records it may name, by uid and title."""
    found: dict[str, Codes] = {}
    with desk.reading() as connection:
        for target in record_type.fields:
            if isinstance(target, ReferenceField):
                found[target.key] = [
                    (record.uid, title, title, None)
                    for type_id in target.target
                    if type_id in desk.catalogue.types
                    for record in records.fetch_records(connection, desk.catalogue.types[type_id])
                    for title in [record_title(desk.catalogue.types[type_id], record.values, "vi")[:TITLE_LENGTH]]
                ]
    return found


def _list_layer(table: str, rows: Codes) -> OutLayer:
    columns = {name: [row[place] for row in rows] for place, name in enumerate(_LIST_COLUMNS)}
    return OutLayer(table, columns, None, None, dict.fromkeys(_LIST_COLUMNS, "text"))


def _own_tables(desk: Desk, types: Sequence[RecordType], found: Mapping[str, Sequence[Record]]) -> Iterator[OutLayer]:
    """Yield the tables by which the data is known again: whose it is, and what each record said."""
    facts = {
        "format": FORMAT,
        "workspace": desk.workspace.info.workspace_id,
        "commune": desk.commune.code,
        "catalogue": desk.catalogue.hash,
        "exported_at": desk.now(),
        **{f"layer:{layer}": item.id for item in types for layer in layers_of(item)},
    }
    yield OutLayer(FACTS, {"key": list(facts), "value": list(facts.values())}, None, None)
    sent = [(item, record) for item in types for record in found[item.id]]
    yield OutLayer(
        SENT,
        {
            "type": [item.id for item, _ in sent],
            "uid": [record.uid for _, record in sent],
            "revision": [record.revision for _, record in sent],
            "content": [content_of(cells_of(item, record), record.geometry) for item, record in sent],
        },
        None,
        None,
        {"type": "text", "uid": "text", "revision": "integer", "content": "text"},
    )


def _shown_layers(
    desk: Desk, record_type: RecordType, codes: Mapping[str, Codes], references: Mapping[str, Codes], data: str
) -> Iterator[Layer]:
    tables = {key: ListTable(f"diaba_list_{key}", f"list_{key}", len(rows)) for key, rows in codes.items()}
    for key, rows in references.items():
        table = f"ref_{record_type.id}_{key}"
        tables[key] = ListTable(f"diaba_{table}", table, len(rows))
    group = next(item.title["vi"] for item in desk.catalogue.groups if item.key == record_type.group)
    for name, kind in layers_of(record_type).items():
        title = record_type.title["vi"]
        if kind and len(record_type.geometry) > 1:
            title = render(_KIND_TITLES[kind], {"type": title}, "vi")
        yield Layer(
            name,
            title,
            _QGIS_KINDS[kind] if kind else None,
            form_columns(record_type, tables, data),
            group,
            display=f'"{record_type.title_fields[-1]}"',
        )


def _shown_list(table: str, branch: str) -> Layer:
    columns = [Column(name, name, editable=False) for name in _LIST_COLUMNS]
    return Layer(table, table, None, columns, branch, display='"label_vi"', is_list=True)


def _column_facts(types: Sequence[RecordType], shown: Sequence[Layer]) -> Iterator[ColumnFacts]:
    by_layer = {layer: item for item in types for layer in layers_of(item)}
    for layer in shown:
        record_type = by_layer[layer.name]
        fields = {target.key: target for target in record_type.fields}
        for column in layer.columns:
            target = fields.get(column.name)
            domain = None
            if isinstance(target, ChoiceField):
                domain = f"list_{target.choices}"
            elif isinstance(target, IntegerField | NumberField) and _has_range(target):
                domain = f"range_{record_type.id}_{target.key}"
            words = target.help["vi"] if target is not None and target.help else None
            yield ColumnFacts(layer.name, column.name, column.alias, words, domain)


def _has_range(target: IntegerField | NumberField) -> bool:
    return target.minimum is not None or target.maximum is not None


def _domains(types: Sequence[RecordType], codes: Mapping[str, Codes]) -> Iterator[Domain]:
    for key, rows in codes.items():
        if rows:
            yield Domain(f"list_{key}", [(code, words) for code, words, _, _ in rows])
    for item in types:
        for target in item.fields:
            if isinstance(target, IntegerField | NumberField) and _has_range(target):
                yield Domain(f"range_{item.id}_{target.key}", low=target.minimum, high=target.maximum)


def _extent(desk: Desk, found: Mapping[str, Sequence[Record]]) -> tuple[float, float, float, float]:
    """Return what the map shows at first: the commune, or what there is of it."""
    boundary = fetch_boundary(desk)
    if boundary is not None:
        return tuple(map(float, boundary.bounds))  # type: ignore[return-value]  # four of them
    boxes = [record.geometry.bounds for rows in found.values() for record in rows if record.geometry is not None]
    if not boxes:
        return 400_000.0, 2_000_000.0, 600_000.0, 2_200_000.0
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)
