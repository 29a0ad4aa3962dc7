"""A record type as the form of a QGIS layer: pages, names in Vietnamese, an editor and limits for each field."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.messages import Language, render
from exchange.qgis_project import NULL, Column, Option
from exchange.xlsform_questions import photo_names
from forms.computed import DEFAULTS
from forms.model import (
    AnyField,
    ChoiceField,
    ChoicesField,
    DateField,
    FilesField,
    IntegerField,
    MomentField,
    NumberField,
    RecordType,
    ReferenceField,
    TextField,
)

UID, REVISION, STATE, CAPTURE, FIELD_UID = "uid", "revision", "state", "diaba_capture", "diaba_field_uid"
CAPTURE_LIST = "capture_method"
MOMENT_FORMAT = "yyyy-MM-ddTHH:mm:ss.zzz"

_LANGUAGE: Language = "vi"
_ONLY_CQL2 = re.compile(r"\b(?:CASEI|ACCENTI|DATE|TIMESTAMP)\s*\(", re.IGNORECASE)
_STRENGTH = {"save": "hard", "approve": "soft"}
_MANY_CODES = 30


@dataclass(frozen=True, slots=True)
class ListTable:
    """A table of codes in the GeoPackage: its layer's id and name, and how many codes it has."""

    layer_id: str
    table: str
    count: int


def form_columns(record_type: RecordType, lists: Mapping[str, ListTable], data: str) -> list[Column]:
    """Return every column of a type's layer as its form shows it.

    ``lists`` names the table of each choice list, and of each reference by its field's key; ``data`` is the file name
    of the GeoPackage.
    """
    pages = {section.key: _page(record_type, section.tab) for section in record_type.sections}
    shown = [_column(target, pages[target.section], lists, data) for target in record_type.fields]
    return [
        Column(UID, "uid", "Hidden", editable=False),
        Column(REVISION, "revision", "Hidden", editable=False),
        Column(STATE, "state", "Hidden", editable=False),
        Column(FIELD_UID, "diaba_field_uid", "Hidden", default="if(\"uid\" IS NULL, uuid('WithoutBraces'), NULL)"),
        *shown,
        *_photo_columns(record_type),
        *_capture_column(record_type, lists, data),
    ]


def _page(record_type: RecordType, tab: str) -> str:
    return next(item.label[_LANGUAGE] for item in record_type.tabs if item.key == tab)


def _column(target: AnyField, page: str, lists: Mapping[str, ListTable], data: str) -> Column:
    alias = f"{target.label[_LANGUAGE]} ({target.unit})" if target.unit else target.label[_LANGUAGE]
    if isinstance(target, FilesField):
        return Column(target.key, alias, "Hidden", editable=False)
    widget, options = _editor(target, lists, data)
    return Column(
        target.key,
        alias,
        widget,
        options,
        tab=page,
        editable=target.computed is None,
        required=None if target.required_when else _STRENGTH.get(target.required or ""),
        limit=_limit(target),
        default=_default(target),
        visible=_visible(target),
    )


def _editor(target: AnyField, lists: Mapping[str, ListTable], data: str) -> tuple[str, Mapping[str, Option]]:
    if isinstance(target, ChoiceField | ChoicesField):
        return _relation(lists[target.choices], data, several=isinstance(target, ChoicesField))
    if isinstance(target, ReferenceField):
        return _relation(lists[target.key], data) if target.key in lists else ("TextEdit", {})
    if target.type == "boolean":
        words = {"XLSFORM-YES": "true", "XLSFORM-NO": "false", "QFIELD-UNKNOWN": NULL}
        return "ValueMap", {"map": [{render(code, {}, _LANGUAGE): value} for code, value in words.items()]}
    if isinstance(target, DateField):
        return "DateTime", _clock("yyyy-MM-dd", "dd/MM/yyyy")
    if isinstance(target, MomentField):
        return "DateTime", _clock(MOMENT_FORMAT, "dd/MM/yyyy HH:mm:ss")
    return "TextEdit", {"IsMultiline": isinstance(target, TextField) and target.multiline, "UseHtml": False}


def _clock(stored: str, shown: str) -> Mapping[str, Option]:
    return {
        "allow_null": True,
        "calendar_popup": True,
        "display_format": shown,
        "field_format": stored,
        "field_iso_format": False,
    }


def _relation(table: ListTable, data: str, *, several: bool = False) -> tuple[str, Mapping[str, Option]]:
    return "ValueRelation", {
        "AllowMulti": several,
        "AllowNull": True,
        "FilterExpression": "",
        "Key": "code",
        "Layer": table.layer_id,
        "LayerName": table.table,
        "LayerProviderName": "ogr",
        "LayerSource": f"./{data}|layername={table.table}",
        "NofColumns": 1,
        "OrderByValue": False,
        "UseCompleter": table.count > _MANY_CODES and not several,
        "Value": "label_vi",
    }


def _limit(target: AnyField) -> tuple[str, str] | None:
    """Return a field's limits as an expression of QGIS with its words; an empty value is within any limit."""
    name = f'"{target.key}"'
    parts: list[tuple[str, str]] = []
    if isinstance(target, IntegerField | NumberField):
        if target.minimum is not None:
            parts.append((f"{name} >= {target.minimum}", f"≥ {target.minimum:g}"))
        if target.maximum is not None:
            parts.append((f"{name} <= {target.maximum}", f"≤ {target.maximum:g}"))
    if isinstance(target, TextField):
        parts.append((f"length({name}) <= {target.max_length}", _words("XLSFORM-LENGTH", maximum=target.max_length)))
        if target.pattern is not None:
            pattern = target.pattern.replace("\\", "\\\\").replace("'", "''")
            parts.append(
                (f"regexp_match({name}, '^(?:{pattern})$')", _words("XLSFORM-PATTERN", pattern=target.pattern))
            )
    if isinstance(target, DateField) and not target.future:
        parts.append((f"{name} <= to_date(now())", _words("XLSFORM-FUTURE")))
    if not parts:
        return None
    return f"{name} IS NULL OR ({' AND '.join(text for text, _ in parts)})", "; ".join(words for _, words in parts)


def _words(code: str, **facts: object) -> str:
    return render(code, facts, _LANGUAGE)


def _default(target: AnyField) -> str | None:
    """Return what a new record begins with; a date of today is the day in the field."""
    if target.default == "today":
        return "to_date(now())"
    if target.default is None:
        return None
    from datetime import date

    value = DEFAULTS[target.default](date.min)
    text = str(value).replace("'", "''")
    return str(value).lower() if isinstance(value, bool) else f"'{text}'"


def _visible(target: AnyField) -> str | None:
    """Return when a field is shown; QGIS reads CQL2's conditions but for its functions, and those hide nothing."""
    text = target.visible_when
    if text is None or _ONLY_CQL2.search(text):
        return None
    return f'"{target.key}" IS NOT NULL OR ({text})'


def _photo_columns(record_type: RecordType) -> Iterator[Column]:
    options: Mapping[str, Option] = {
        "DocumentViewer": 1,
        "DocumentViewerHeight": 0,
        "DocumentViewerWidth": 0,
        "FileWidget": True,
        "FileWidgetButton": True,
        "FileWidgetFilter": "",
        "RelativeStorage": 1,
        "StorageMode": 0,
    }
    page = _words("XLSFORM-PHOTOS")
    for number, name in enumerate(photo_names(record_type), start=1):
        yield Column(name, _words("XLSFORM-PHOTO", number=number), "ExternalResource", options, tab=page)


def _capture_column(record_type: RecordType, lists: Mapping[str, ListTable], data: str) -> Iterator[Column]:
    if record_type.geometry:
        widget, options = _relation(lists[CAPTURE_LIST], data)
        page = _page(record_type, record_type.sections[-1].tab)
        yield Column(CAPTURE, _words("QFIELD-CAPTURE"), widget, options, tab=page, default="'gnss_cam_tay'")
