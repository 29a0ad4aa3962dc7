"""Finding an administrative unit: by code, by name, by the name it had before July 2025."""

from collections.abc import Iterator
from functools import cache

from core.errors import UserError
from core.tables import load_table
from forms.communes import Commune, Province, load_communes, load_provinces
from forms.former_units import FormerUnit, Successor, former_provinces, former_units_called
from forms.unit_names import PROVINCE_WORDS, UNIT_WORDS, canonical_name, name_key, unit_keys, without_words

__all__ = [
    "Commune",
    "FormerUnit",
    "Province",
    "Successor",
    "canonical_name",
    "choose_commune",
    "draft_code",
    "find_communes",
    "find_former_units",
    "find_province",
    "load_communes",
    "load_provinces",
    "search_communes",
]

_NAMED_CANDIDATES = 20
_SHORT_PROVINCES = {"79": ("hcm", "tphcm", "tp hcm", "sai gon"), "46": ("thua thien hue",)}


def find_province(text: str) -> Province:
    """Return the province of a code or a name, today's or a former one; raise PROVINCE-UNKNOWN.

    ``08``, ``tuyen quang``, ``Tỉnh Tuyên Quang``, ``TP Hồ Chí Minh`` and ``Hà Giang`` (now Tuyên Quang) are all known.
    A former province that was divided among several of today's is not.
    """
    provinces = load_provinces()
    plain = text.strip()
    if plain.zfill(2) in provinces:
        return provinces[plain.zfill(2)]
    key = without_words(name_key(plain), PROVINCE_WORDS)
    for province in provinces.values():
        if key in {name_key(province.name), *_SHORT_PROVINCES.get(province.code, ())}:
            return province
    former = former_provinces().get(key, frozenset())
    if len(former) == 1:
        return provinces[next(iter(former))]
    raise UserError("PROVINCE-UNKNOWN", text=plain)


def find_communes(text: str, province: str | None = None) -> list[Commune]:
    """Return the communes that ``text`` names: one code, or every commune of that name, with or without marks.

    The unit's word may stand before the name (``xã bắc quang``, ``P. Ba Đình``); where a unit of that kind exists, only
    that one is meant. A name with marks prefers the communes spelt so. ``province`` (code or name) narrows; an unknown
    one raises PROVINCE-UNKNOWN. Nothing found is an empty list; former names are `find_former_units`.
    """
    within = find_province(province).code if province else None
    plain = text.strip()
    if plain.isdecimal():
        found = load_communes().get(plain.zfill(5))
        return [found] if found and within in (None, found.province_code) else []
    hits = [one for one in _named(plain) if within in (None, one.province_code)]
    canonical = canonical_name(plain).casefold()
    exact = [one for one in hits if _spelt(one, canonical)]
    return exact or hits


def choose_commune(text: str, province: str | None = None) -> Commune:
    """Return the one commune that ``text`` names.

    Raises COMMUNE-AMBIGUOUS with the candidates, COMMUNE-DRAFT-CODE with the official code, COMMUNE-FORMER with what
    became of the former unit, or COMMUNE-UNKNOWN.
    """
    found = find_communes(text, province)
    if len(found) == 1:
        return found[0]
    if found:
        raise _ambiguous(text, found)
    if official := draft_code(text.strip()):
        raise UserError("COMMUNE-DRAFT-CODE", text=text.strip(), official=load_communes()[official].label)
    if former := find_former_units(text, province):
        raise UserError(
            "COMMUNE-FORMER",
            text=text.strip(),
            candidates=list(dict.fromkeys(new.commune.label for unit in former for new in unit.successors)),
        )
    raise UserError("COMMUNE-UNKNOWN", text=text.strip())


def _ambiguous(text: str, found: list[Commune]) -> UserError:
    candidates = [one.label for one in found[:_NAMED_CANDIDATES]]
    return UserError("COMMUNE-AMBIGUOUS", text=text.strip(), count=len(found), candidates=candidates)


def find_former_units(text: str, province: str | None = None) -> list[FormerUnit]:
    """Return the units before 1 July 2025 that ``text`` names by code or by name; ``province`` is today's.

    A unit of which only parts went into new communes has several successors: never pick one for the user.
    """
    hits = former_units_called(text)
    if province:
        within = find_province(province).code
        hits = [unit for unit in hits if any(new.commune.province_code == within for new in unit.successors)]
    return list(hits)


def draft_code(code: str, name: str | None = None) -> str | None:
    """Return the official code that stands for a draft ``code``, or ``None`` when the code is not a draft one.

    Nine draft codes are official codes of other communes: they count as draft only when ``name`` is the draft's name.
    """
    for row in load_table("draft_commune_codes"):
        if row["draft_code"] == code and (
            row["withdrawn"] == "1" or (name is not None and name_key(name) in unit_keys(row["name"]))
        ):
            return row["official_code"]
    return None


def search_communes(text: str, limit: int = 20) -> list[tuple[Commune, FormerUnit | None]]:
    """Return communes for a search box: those named so, the heirs of former units named so, then partial matches.

    The second of each pair is the former unit through which the commune was found, ``None`` for today's name.
    """
    key = name_key(text)
    if not key:
        return []
    found: dict[tuple[str, str], tuple[Commune, FormerUnit | None]] = {}
    former = [(new.commune, unit) for unit in find_former_units(text) for new in unit.successors]
    today = [(commune, None) for commune in find_communes(text)]
    for commune, unit in [*today, *former, *((commune, None) for commune in _holding(key))]:
        found.setdefault((commune.code, unit.label if unit else ""), (commune, unit))
    return list(found.values())[:limit]


def _holding(key: str) -> Iterator[Commune]:
    """Yield the communes whose name begins with ``key``, then those that hold its words anywhere."""
    words = key.split()
    later = []
    for commune in load_communes().values():
        full = name_key(f"{commune.full_name} {commune.province_name}")
        if name_key(commune.name).startswith(key) or full.startswith(key):
            yield commune
        elif commune.code.startswith(key) or all(f" {word}" in f" {full}" for word in words):
            later.append(commune)
    yield from later


def _named(text: str) -> list[Commune]:
    """Return the communes whose name, or full name, folds to the same as ``text``; a wrong unit word is forgiven."""
    key = name_key(text)
    return _commune_index().get(key) or _commune_index().get(without_words(key, UNIT_WORDS)) or []


def _spelt(commune: Commune, canonical: str) -> bool:
    return canonical in {canonical_name(commune.name).casefold(), canonical_name(commune.full_name).casefold()}


@cache
def _commune_index() -> dict[str, list[Commune]]:
    index: dict[str, list[Commune]] = {}
    for commune in load_communes().values():
        for key in unit_keys(commune.full_name):
            index.setdefault(key, []).append(commune)
    return index
