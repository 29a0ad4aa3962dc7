"""The units before 1 July 2025, and what became of them; the table is read only when somebody asks."""

import re
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
    """A commune-level unit as it was before 1 July 2025, and what became of it."""

    code: str
    full_name: str
    district: str
    province: str
    successors: tuple[Successor, ...]

    @property
    def label(self) -> str:
        """The former unit in full: ``Thị trấn Việt Quang, Huyện Bắc Quang, Tỉnh Hà Giang``."""
        return ", ".join(part for part in (self.full_name, self.district, self.province) if part)


def former_units_called(text: str) -> list[FormerUnit]:
    """Return the former units of a code or a name, with or without marks and unit word."""
    key = name_key(text)
    return _former_index().get(key) or _former_index().get(without_words(key, UNIT_WORDS)) or []


@cache
def _former_index() -> dict[str, list[FormerUnit]]:
    """Return the former units by code and by the keys of their names; read only when somebody asks for one."""
    communes = load_communes()
    successors: dict[tuple[str, str, str, str], list[Successor]] = {}
    for row in load_table("admin_unit_conversion"):
        unit = (row["old_code"], row["old_name"], row["old_district"], row["old_province"])
        successor = Successor(communes[row["new_code"]], _is_whole(row["note"]), row["note"])
        successors.setdefault(unit, []).append(successor)
    index: dict[str, list[FormerUnit]] = {}
    for unit, heirs in successors.items():
        former = FormerUnit(*unit, tuple(heirs))
        for key in {*unit_keys(former.full_name), *filter(None, (former.code,))}:
            index.setdefault(key, []).append(former)
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
