"""What a fix changes, said line by line: areas, lengths, values, records that come and go."""

from collections.abc import Iterator, Sequence
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from core.messages import Language, current_language, render
from forms.catalogue import Catalogue
from forms.model import AnyField
from forms.record import Record
from forms.requirements import is_filled
from forms.titles import record_title
from forms.values import format_value
from geodesy.numbers import format_number
from geodesy.shaping.curves import count_vertices
from services.fixing import FixAccount, OfferedFix
from validation.fixes.proving import CODE_TO_COME
from validation.wording import worded

_AREA_DECIMALS, _LENGTH_DECIMALS = 1, 2
_MOST_DECIMALS = 4


def describe_fix(offered: OfferedFix, catalogue: Catalogue, language: Language | None = None) -> list[str]:
    """Return a line for each thing that a fix changes."""
    chosen = language or current_language()
    lines = [
        line
        for record in offered.offer.before
        for line in _lines_of(record, offered.offer.after[record.uid], catalogue, chosen)
    ]
    if lost := offered.offer.proposed.facts.get("lost"):
        lines.append(render("FIX-DELTA-LOST", worded({"fields": lost}, chosen), chosen))
    if uncovered := offered.offer.uncovers:
        rules = ", ".join(sorted({finding.rule_id for finding in uncovered}))
        lines.append(render("FIX-DELTA-UNCOVERED", {"count": len(uncovered), "rules": rules}, chosen))
    return lines


def account_lines(account: FixAccount, language: Language | None = None) -> list[str]:
    """Return what a fix of many findings did and what it passed over, a line for each reason."""
    counts = account.counts()
    done = counts.pop("done")
    lines = [render("FIX-DONE" if done else "FIX-NONE-DONE", {"count": done}, language)]
    return lines + [
        render(f"FIX-SKIP-{reason.upper()}", {"count": count}, language) for reason, count in counts.items()
    ]


def _lines_of(record: Record, after: Sequence[Record], catalogue: Catalogue, language: Language) -> Iterator[str]:
    record_type = catalogue.type(record.type_id)
    name = record_title(record_type, record.values, language, catalogue)
    if not after:
        yield render("FIX-DELTA-GONE", {"record": name}, language)
        return
    if len(after) > 1:
        yield render("FIX-DELTA-SPLIT", {"record": name, "count": len(after)}, language)
    if after[0].geometry is not record.geometry:
        yield from _shape_lines(name, record.geometry, after[0].geometry, language)
    for field in record_type.fields:
        old, new = record.values.get(field.key), after[0].values.get(field.key)
        if field.computed is not None or old == new:
            continue
        if isinstance(new, str) and new.startswith(CODE_TO_COME):
            yield render("FIX-DELTA-CODE", {"record": name}, language)
            continue
        words = {"before": _shown(field, old, catalogue, language), "after": _shown(field, new, catalogue, language)}
        yield render("FIX-DELTA-VALUE", {"record": name, "field": field.label, **words}, language)


def _shown(field: AnyField, value: Any, catalogue: Catalogue, language: Language) -> str:
    """Return a value as it is read; of a link the end of its name, for the fix itself tells which record it is."""
    if not is_filled(value):
        return render("FIX-DELTA-EMPTY", {}, language)
    if field.type == "reference":
        return f"…{str(value)[-6:]}"
    return f"“{format_value(field, value, catalogue, language)}”"


def _shape_lines(name: str, old: BaseGeometry | None, new: BaseGeometry | None, language: Language) -> Iterator[str]:
    is_area = bool(new is not None and new.area)
    before, after = (_measured(shape, is_area=is_area) for shape in (old, new))
    code = "FIX-DELTA-AREA" if is_area else "FIX-DELTA-LENGTH"
    if before == after:
        counts = [0 if shape is None else count_vertices(shape) for shape in (old, new)]
        if old is not None and new is not None and not new.area and shapely.reverse(new).equals_exact(old):
            yield render("FIX-DELTA-REVERSED", {"record": name}, language)
        elif counts[0] == counts[1]:
            yield render("FIX-DELTA-MOVED", {"record": name}, language)
        else:
            yield render("FIX-DELTA-VERTICES", {"record": name, "before": counts[0], "after": counts[1]}, language)
        return
    usual = _AREA_DECIMALS if is_area else _LENGTH_DECIMALS
    decimals = next(
        (places for places in range(usual, _MOST_DECIMALS) if round(after - before, places)), _MOST_DECIMALS
    )
    delta = format_number(after - before, decimals, language)
    facts = {
        "record": name,
        "before": format_number(before, decimals, language),
        "after": format_number(after, decimals, language),
        "delta": delta.replace("-", "−") if after < before else f"+{delta}",
    }
    yield render(code, facts, language)


def _measured(shape: BaseGeometry | None, *, is_area: bool) -> float:
    """Return the area or the length, to the square of a centimetre or the tenth of a millimetre."""
    if shape is None:
        return 0.0
    return round(float(shapely.area(shape) if is_area else shapely.length(shape)), _MOST_DECIMALS)
