"""The units before 1 July 2025, and what became of them; the table is read only when somebody asks."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from core.tables import load_table
from forms.communes import Commune, load_communes
from forms.unit_names import PROVINCE_WORDS, UNIT_WORDS, name_key, unit_keys, without_words


@dataclass(frozen=True, slots=True)
class Successor:
    """A commune that a former unit went into; ``whole`` is false when only a part did, so that a person must choose."""

    commune: Commune
    whole: bool
    note: str


@dataclass(frozen=True, slots=True)
class FormerUnit:
    """A commune-level unit as it was before 1 July 2025, and what became of it.

    ``key`` names it among all: its code, except where the agency's table gives one code to two units or none at all;
    there the name joins it after a tilde (``00553~xa-co-bi``), and the key is no code.
    """

    code: str
    full_name: str
    district: str
    province: str
    successors: tuple[Successor, ...]
    key: str

    @property
    def label(self) -> str:
        """The former unit in full: ``Thị trấn Việt Quang, Huyện Bắc Quang, Tỉnh Hà Giang``."""
        return ", ".join(part for part in (self.full_name, self.district, self.province) if part)

    @property
    def heir(self) -> Commune | None:
        """The commune it went into as a whole, ``None`` when a part went elsewhere."""
        whole = {new.commune.code: new.commune for new in self.successors}
        return next(iter(whole.values())) if len(whole) == 1 and all(new.whole for new in self.successors) else None


def former_units_called(text: str) -> list[FormerUnit]:
    """Return the former units of a code or a name, with or without marks and unit word.

    District and former province may follow the name after commas, as in ``FormerUnit.label``.
    """
    name, *around = (part.strip() for part in text.split(","))
    key = name_key(name)
    hits = _former_index().get(key) or _former_index().get(without_words(key, UNIT_WORDS)) or []
    for part in filter(None, map(name_key, around)):
        hits = [unit for unit in hits if _lies_in(unit, part)]
    return hits


def _lies_in(unit: FormerUnit, part: str) -> bool:
    return any(
        name_key(whole) == part or name_key(whole).endswith(f" {part}") for whole in (unit.district, unit.province)
    )


@cache
def load_former_units() -> Mapping[str, FormerUnit]:
    """Return every former unit by its key, in the order of the conversion table.

    Rows that tell one unit in two spellings (``Thị xã``, ``Thị Xã``) are one unit.
    """
    communes = load_communes()
    named: dict[tuple[str, ...], tuple[str, str, str, str]] = {}
    successors: dict[tuple[str, ...], list[Successor]] = {}
    for row in load_table("admin_unit_conversion"):
        told = (row["old_code"], row["old_name"], row["old_district"], row["old_province"])
        unit = (told[0], *map(name_key, told[1:]))
        named.setdefault(unit, told)
        successors.setdefault(unit, []).append(
            Successor(communes[row["new_code"]], _is_whole(row["note"]), row["note"])
        )
    times = Counter(code for code, *_ in named)
    found = {}
    for unit, told in named.items():
        code, name, district, province = told
        key = code if code and times[code] == 1 else f"{code}~{name_key(name).replace(' ', '-')}"
        found[key] = FormerUnit(code, name, district, province, tuple(successors[unit]), key)
    return found


@cache
def _former_index() -> dict[str, list[FormerUnit]]:
    """Return the former units by code, by key and by the keys of their names."""
    index: dict[str, list[FormerUnit]] = {}
    for unit in load_former_units().values():
        for key in {*unit_keys(unit.full_name), *filter(None, (unit.code, name_key(unit.key)))}:
            index.setdefault(key, []).append(unit)
    return index


def _is_whole(note: str) -> bool:
    return not re.search("một phần|phần còn lại", note, re.IGNORECASE)


@cache
def former_provinces() -> Mapping[str, frozenset[str]]:
    """Return the codes of today's provinces that hold communes of a former one, by the key of its name."""
    found: dict[str, set[str]] = {}
    communes = load_communes()
    for row in load_table("admin_unit_conversion"):
        key = without_words(name_key(row["old_province"]), PROVINCE_WORDS)
        found.setdefault(key, set()).add(communes[row["new_code"]].province_code)
    return {key: frozenset(codes) for key, codes in found.items()}
