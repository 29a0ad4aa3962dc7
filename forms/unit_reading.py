"""Communes as sources write them, by code or by name, old or new: what each text of a column may mean."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from core.errors import UserError
from core.text import clean_text
from forms.administration import draft_code, find_communes
from forms.communes import Commune, load_communes
from forms.former_units import FormerUnit, former_units_called

_CODE_AT_END = re.compile(r"\(\s*(\d{5})\s*\)\s*$", re.ASCII)


@dataclass(frozen=True, slots=True)
class UnitMeaning:
    """What one text may mean: communes of today, and units before July 2025 with what became of them.

    It is decided when every reading leads to the same one commune, and none through a part of a former unit alone.
    """

    text: str
    today: tuple[Commune, ...] = ()
    former: tuple[FormerUnit, ...] = ()

    @property
    def candidates(self) -> tuple[Commune, ...]:
        """Every commune of today that may be meant."""
        heirs = [new.commune for unit in self.former for new in unit.successors]
        return tuple({commune.code: commune for commune in (*self.today, *heirs)}.values())

    @property
    def commune(self) -> Commune | None:
        """The commune that is meant, ``None`` when a person must say or nothing is known."""
        found = self.candidates
        if len(found) != 1 or (not self.today and any(unit.heir is None for unit in self.former)):
            return None
        return found[0]

    def former_key(self, commune: Commune | None) -> str | None:
        """Return the former unit that is named when ``commune`` is meant: the one it can only have been.

        Without a commune the former unit may still be known, when the text can mean no other.
        """
        if commune is not None and commune in self.today:
            return None
        if commune is None and self.today:
            return None
        units = [unit for unit in self.former if commune is None or commune in [new.commune for new in unit.successors]]
        return units[0].key if len(units) == 1 else None


def unit_text(cell: object) -> str:
    """Return a cell as the text by which a unit is looked up; a code that lost its zeros as a number gets them back."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = clean_text(str(cell)) if cell is not None and not isinstance(cell, bool) else ""
    return text.zfill(5) if text.isascii() and text.isdecimal() and len(text) in (3, 4, 5) else text


def read_units(texts: Iterable[str], own: Commune | None) -> dict[str, UnitMeaning]:
    """Return what each distinct text of one column means; a text that means nothing has no candidates.

    A column is written by one list, and most codes and many names stand in the old list as well as in today's: what is
    only in the one decides for all. When every text stands in today's list it is today's; but a text that names another
    commune than ``own``, while a former unit of that name went into ``own``, keeps both meanings. When the draft list
    or the old one could be meant, both are kept too, and a text on which they agree is decided.
    ``own`` is the workspace's commune: units of its province come before namesakes elsewhere.
    """
    found = {text: _readings(text, own) for text in dict.fromkeys(texts) if text}
    if all(one.today for one in found.values()):
        return {text: one.as_today(own) for text, one in found.items()}
    fits_draft = all(one.today or one.draft for one in found.values())
    fits_former = all(one.former for one in found.values())
    if fits_former and not fits_draft:
        return {text: UnitMeaning(text, (), one.former) for text, one in found.items()}
    if fits_draft and not fits_former:
        return {text: UnitMeaning(text, one.draft or one.today) for text, one in found.items()}
    return {text: UnitMeaning(text, (*one.today, *one.draft), one.former) for text, one in found.items()}


@dataclass(frozen=True, slots=True)
class _Readings:
    """What a text means in each of the lists, whatever the rest of its column says."""

    text: str
    today: tuple[Commune, ...]
    draft: tuple[Commune, ...]
    former: tuple[FormerUnit, ...]

    def as_today(self, own: Commune | None) -> UnitMeaning:
        if own is None or own in self.today:
            return UnitMeaning(self.text, (own,) if own is not None else self.today)
        heirs = [new.commune for unit in self.former for new in unit.successors]
        return UnitMeaning(self.text, self.today, self.former if own in heirs else ())


def _readings(text: str, own: Commune | None) -> _Readings:
    if labelled := _CODE_AT_END.search(text):
        return _Readings(text, tuple(find_communes(labelled[1])), (), ())
    official = draft_code(text) if text.isdecimal() else None
    commune = load_communes().get(official or "")
    draft = () if commune is None else (commune,)
    today, former = _communes_called(text), tuple(former_units_called(text))
    if own is None:
        return _Readings(text, today, draft, former)
    near = tuple(one for one in today if one.province_code == own.province_code)
    near_former = tuple(unit for unit in former if _went_into(unit, own.province_code))
    if near or near_former:
        today, former = near, near_former
    return _Readings(text, today, draft, former)


def _went_into(unit: FormerUnit, province_code: str) -> bool:
    return any(new.commune.province_code == province_code for new in unit.successors)


def _communes_called(text: str) -> tuple[Commune, ...]:
    name, _, around = text.partition(",")
    try:
        return tuple(find_communes(name, around.strip() or None))
    except UserError:  # what follows the name is a district, or no province
        return ()
