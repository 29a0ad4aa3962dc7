"""ENC, SRC and SEC: text that was garbled on the way, rows of nowhere, and places that are nobody's business."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import shapely

from forms.model import AnyField, TextField
from validation.batch import Batch, indices_of
from validation.context import CheckContext
from validation.examples import example, sample
from validation.reads import Near
from validation.rule import TOGETHER, Found, Scope, Severity, rule

ROAD = "road_segment"
TEXTS = Scope(field_types=("text",))
_LOST = re.compile("[\ufffd\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ue000-\uf8ff]")
_VIETNAMESE = frozenset("aăâbcdđeêghiklmnoôơpqrstuưvxyfjwzàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ")
_HARMLESS = "°²³·±«»–×"
_LATIN = map(chr, range(0x80, 0x100))
_STRANGE = re.compile(
    f"[{''.join(one for one in _LATIN if one.casefold() not in _VIETNAMESE and one not in _HARMLESS)}]"
)

DEFENCE = ("CQP", "CAN")
INSIDE = (
    *("public_building", "power_facility", "telecom_facility", "water_supply_facility", "lighting_asset"),
    *("transport_facility", "construction_project", "drainage_node", "power_line", "telecom_line"),
)


def _texts_of(batch: Batch) -> Iterator[tuple[AnyField, list[Any]]]:
    for field in batch.type.fields:
        if isinstance(field, TextField):
            yield field, batch.column(field.key)


@rule(
    "ENC-01",
    Severity.ERROR,
    scope=TEXTS,
    good=[example(ROAD, sample(name="Đường Nguyễn Huệ"), sample(note="dòng một\ndòng hai"))],
    bad=[
        example(ROAD, sample(name="Đ\ufffdờng Nguyễn Huệ"), finds="ENC-01"),
        example(ROAD, sample(name="Đường \x96 số 5"), finds="ENC-01"),
    ],
)
def lost_letters(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A replacement character or a control code stands where a letter was lost."""
    for field, column in _texts_of(batch):
        if not _LOST.search(batch.text_of(field.key)):
            continue
        for index in indices_of(column, lambda value: isinstance(value, str) and _LOST.search(value)):
            shown = _LOST.sub("□", column[index])
            yield Found(index, "", field.key, context={"field": field.label, "value": shown})


@rule(
    "ENC-02",
    Severity.WARNING,
    scope=TEXTS,
    good=[
        example(
            ROAD,
            sample(name="Đường Nguyễn Huệ"),
            sample(name="Đường Buôn Ea Đrăng – km 5±200"),
            sample(name="Café Bali №5"),
        )
    ],
    bad=[
        example(ROAD, sample(name="Ñöôøng Nguyeãn Hueä"), finds="ENC-02"),
        example(ROAD, sample(name="§­êng NguyÔn HuÖ"), finds="ENC-02"),
        example(ROAD, sample(name="Ä\u0090Æ°á»\u009dng".replace("\u0090", "").replace("\u009d", "")), finds="ENC-02"),
    ],
)
def legacy_letters(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Words full of signs that no Vietnamese word holds were written in a legacy font's code."""
    for field, column in _texts_of(batch):
        text = batch.text_of(field.key)
        if text.isascii() or not _STRANGE.search(unicodedata.normalize("NFC", text)):
            continue
        for index in indices_of(column, lambda value: isinstance(value, str) and _looks_legacy(value)):
            yield Found(index, "", field.key, context={"field": field.label, "value": column[index]})


@lru_cache(maxsize=4096)
def _looks_legacy(text: str) -> bool:
    """Whether at least two words, or the only one, hold strange signs of Latin-1 among their letters."""
    if text.isascii():
        return False
    composed = unicodedata.normalize("NFC", text)
    if not _STRANGE.search(composed):
        return False
    words = [word for word in composed.split() if any(sign.isalpha() for sign in word)]
    strange = sum(_is_strange(word) for word in words)
    return strange >= 2 or (strange == 1 and len(words) == 1)


def _is_strange(word: str) -> bool:
    return bool(_STRANGE.search(word)) and sum(sign.isascii() and sign.isalpha() for sign in word) < len(word)


@rule(
    "ENC-03",
    Severity.WARNING,
    scope=TEXTS,
    good=[example(ROAD, sample(name="Đường Nguyễn Huệ"))],
    bad=[example(ROAD, sample(name=unicodedata.normalize("NFD", "Đường Nguyễn Huệ")), finds="ENC-03")],
)
def composed_letters(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Letters and their marks are one sign (NFC), or the same name is found under one spelling and not the other."""
    for field, column in _texts_of(batch):
        if unicodedata.is_normalized("NFC", batch.text_of(field.key)):
            continue
        for index in indices_of(
            column, lambda value: isinstance(value, str) and not unicodedata.is_normalized("NFC", value)
        ):
            facts = {"field": field.label, "value": unicodedata.normalize("NFC", column[index])}
            yield Found(index, "", field.key, context=facts)


@rule(
    "SRC-01",
    Severity.ERROR,
    scope=Scope(),
    legal=("accuracy",),
    good=[example(ROAD, sample(), sample(None, {"source_file": "duong.shp", "source_row": 4}))],
    bad=[
        example(ROAD, sample(None, {"source_file": "duong.shp"}), finds="SRC-01"),
        example(ROAD, sample(None, {"source_row": 4}), finds="SRC-01"),
    ],
)
def row_of_its_source(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """An imported record names the file and the row it came from."""
    for index, (file, row) in enumerate(zip(*map(batch.origin_column, ("source_file", "source_row")), strict=True)):
        if (file is None) != (row is None):
            yield Found(index, context={"file": file or ""})


@rule(
    "SEC-03",
    Severity.WARNING,
    scope=Scope(types=("land_use_plan_area",)),
    moments=TOGETHER,
    legal=("secrets",),
    reads=tuple(Near(type_id) for type_id in INSIDE),
    good=[
        example(
            "land_use_plan_area",
            sample("POLYGON ((0 0, 40 0, 40 30, 0 30, 0 0))", code_plan="CQP"),
            stored={"public_building": (sample("POLYGON ((50 0, 60 0, 60 9, 50 0))"),)},
        )
    ],
    bad=[
        example(
            "land_use_plan_area",
            sample("POLYGON ((0 0, 40 0, 40 30, 0 30, 0 0))", code_plan="CQP"),
            stored={"public_building": (sample("POLYGON ((5 5, 15 5, 15 14, 5 5))"),)},
            finds="SEC-03",
        )
    ],
)
def works_inside_defence_land(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Land of defence or security shows its outline alone: what stands inside may be a state secret."""
    columns = batch.column("code_current"), batch.column("code_plan")
    if not any(code in column for column in columns for code in DEFENCE):
        return
    chosen = [
        index
        for index, codes in enumerate(zip(*columns, strict=True))
        if any(code in DEFENCE for code in codes) and batch.valid[index]
    ]
    if not chosen:
        return
    held: dict[int, list[str]] = {}
    for type_id in INSIDE:
        stored = context.stored(type_id)
        if stored is None or not len(stored):
            continue
        left, right = shapely.STRtree(stored.sound).query(batch.geometries[chosen], predicate="contains")
        for place, found in sorted(zip(left.tolist(), right.tolist(), strict=True)):
            held.setdefault(chosen[place], []).append(stored.uids[found])
    for index, uids in held.items():
        place = shapely.point_on_surface(batch.geometries[index])
        yield Found(index, "", "code_plan", place, {"count": len(uids)}, tuple(uids))
