"""Record types as layers of the map: coordinates, titles for the labels, and the category that gives a colour."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.messages import current_language
from core.progress import Progress
from desktop.map.layers import MapLayer
from desktop.map.styles import STATE, LayerStyle, Look, style_for
from desktop.words import pick, word
from forms.catalogue import Catalogue
from forms.model import RecordType
from forms.record import Record, State
from forms.titles import record_title
from geodesy.arrays import GeometryArrays, Kind, build_arrays
from services.desk import Desk
from services.reading import fetch_arrays, fetch_page, fid_of, keep_arrays, uids_of

LABELLED_AT_MOST = 20_000
PAGE = 2_000


def build_layer(desk: Desk, type_id: str, look: Look = Look.STANDARD) -> MapLayer:
    """Return the layer of a type as the store has it now; large ones go without titles."""
    kind = desk.catalogue.type(type_id)
    style = style_for(kind, desk.catalogue, look)
    arrays: dict[Kind, GeometryArrays] = fetch_arrays(desk, type_id, category=_category_of(style))
    count = sum(len(item) for item in arrays.values())
    labels = None
    if count and count <= LABELLED_AT_MOST and style.label:
        known = _fetch_records(desk, type_id)
        order = [uids_of(desk, type_id, item.ids.tolist()) for item in arrays.values()]
        labels = [_title(kind, known.get(uid)) for uids in order for uid in uids]
    words = _class_titles(kind, style, desk.catalogue)
    return MapLayer(id=type_id, title=pick(kind.title), arrays=arrays, style=style, labels=labels, class_titles=words)


def keep_layers(desk: Desk, type_ids: Sequence[str], look: Look, progress: Progress) -> None:
    """Have large layers of these types built sooner at the next start, in the look they have now."""
    for done, type_id in enumerate(type_ids):
        progress.step(done, len(type_ids))
        style = style_for(desk.catalogue.type(type_id), desk.catalogue, look)
        keep_arrays(desk, type_id, category=_category_of(style))


def _category_of(style: LayerStyle) -> tuple[str, Mapping[str, int]] | None:
    return (style.by_field, style.numbers) if style.by_field else None


def build_records(
    desk: Desk, type_id: str, records: Sequence[Record], look: Look = Look.STANDARD
) -> tuple[dict[Kind, GeometryArrays], dict[int, str]]:
    """Return the arrays and the titles of single records, for a layer that is there already."""
    kind = desk.catalogue.type(type_id)
    style = style_for(kind, desk.catalogue, look)
    fids = [fid_of(desk, type_id, record.uid) for record in records]
    placed = [(fid, record) for fid, record in zip(fids, records, strict=True) if fid is not None and record.geometry]
    shapes = np.empty(len(placed), dtype=object)
    shapes[:] = [record.geometry for _, record in placed]
    category = _categories(style, [record for _, record in placed])
    arrays = build_arrays([fid for fid, _ in placed], shapes, category)
    return arrays, {fid: _title(kind, record) for fid, record in placed}


def _fetch_records(desk: Desk, type_id: str) -> dict[str, Record]:
    found: dict[str, Record] = {}
    after: Any = None
    while True:
        page = fetch_page(desk, type_id, after=after, limit=PAGE)
        found.update({record.uid: record for record in page.records})
        if page.next is None:
            return found
        after = page.next


def _title(kind: RecordType, record: Record | None) -> str:
    return "" if record is None else record_title(kind, record.values, current_language())


def _categories(style: LayerStyle, records: Sequence[Record | None]) -> np.ndarray:
    if style.by_field is None:
        return np.zeros(len(records), dtype=np.int32)
    return style.categories_of([None if record is None else _code(record, style.by_field) for record in records])


def _code(record: Record, key: str) -> Any:
    return record.state.value if key == STATE else record.values.get(key)


def _class_titles(kind: RecordType, style: LayerStyle, catalogue: Catalogue) -> tuple[str, ...]:
    """Return what each class of the style stands for, the one without a category first."""
    if style.by_field is None:
        return (pick(kind.title),)
    if style.by_field == STATE:
        return (pick(kind.title), *(word(f"UI-STATE-{State(code).name}") for code in style.codes))
    choices = catalogue.choice_list(kind.field(style.by_field).choices)
    known = {choice.code: pick(choice.label) for choice in choices}
    return (word("UI-LEGEND-OTHER"), *(known.get(code, code) for code in style.codes))
