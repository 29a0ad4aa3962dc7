"""Records by administrative unit, of today or of before July 2025, and what a unit is, was and became."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from core.messages import current_language
from forms.administration import draft_code, find_communes, find_former_units
from forms.catalogue import COMMUNES, FORMER_COMMUNES
from forms.communes import load_communes
from forms.former_units import FormerUnit
from forms.unit_versions import UnitVersion, versions_of
from localdb import records
from services.desk import Desk

By = Literal["commune", "former"]
_FIELDS: Mapping[By, tuple[str, str]] = {
    "commune": ("commune_code", COMMUNES),
    "former": ("former_commune_code", FORMER_COMMUNES),
}


@dataclass(frozen=True, slots=True)
class UnitCount:
    """How many records of each type lie in one unit; an empty ``code`` counts those that name none."""

    code: str
    label: str
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many records the unit has in all."""
        return sum(self.counts.values())

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {"code": self.code or None, "name": self.label, "total": self.total, "counts": dict(self.counts)}


def count_by_unit(desk: Desk, by: By = "commune") -> list[UnitCount]:
    """Return the records of a workspace by unit, the unit with most records first, those that name none last.

    ``by`` is today's commune or the one before 1 July 2025; names are spelt as the statistics office spells them.
    """
    key, name = _FIELDS[by]
    found: dict[str, dict[str, int]] = {}
    with desk.reading() as connection:
        for record_type in desk.catalogue.types.values():
            if any(field.key == key for field in record_type.fields):
                for code, count in records.count_by_value(connection, record_type, key).items():
                    found.setdefault(code or "", {})[record_type.id] = count
    codes = desk.catalogue.choice_list(name)
    language = current_language()
    rows = [UnitCount(code, codes.label(code, language) if code else "", counts) for code, counts in found.items()]
    return sorted(rows, key=lambda row: (row.code == "", -row.total, row.code))


@dataclass(frozen=True, slots=True)
class UnitDescription:
    """What a text names: units of today, units of before, and everything its codes have stood for."""

    text: str
    today: tuple[UnitVersion, ...]
    former: tuple[FormerUnit, ...]
    draft_of: str | None
    versions: Mapping[str, tuple[UnitVersion, ...]]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {
            "text": self.text,
            "today": [version.as_dict() for version in self.today],
            "former": [
                {
                    "key": unit.key,
                    "code": unit.code or None,
                    "name": unit.label,
                    "successors": [
                        {"code": new.commune.code, "name": new.commune.label, "whole": new.whole, "note": new.note}
                        for new in unit.successors
                    ],
                }
                for unit in self.former
            ],
            "draft_of": self.draft_of,
            "versions": {code: [item.as_dict() for item in found] for code, found in self.versions.items()},
        }


def describe_unit(text: str, day: str) -> UnitDescription:
    """Return what a code or a name stands for, stood for before July 2025, and what became of it.

    Names may leave out marks and the unit's word; nothing found gives an empty description. ``day`` is today, in
    Vietnam.
    """
    plain = text.strip().zfill(5) if text.strip().isdecimal() else text.strip()
    communes, former = find_communes(plain), find_former_units(plain)
    codes = dict.fromkeys([*(one.code for one in communes), *(unit.code for unit in former if unit.code)])
    versions = {code: versions_of(code) for code in codes}
    standing = (version for one in communes for version in versions[one.code] if version.is_valid_on(day))
    official = draft_code(plain) if plain.isdecimal() else None
    meant = load_communes().get(official or "")
    return UnitDescription(
        text=text.strip(),
        today=tuple(standing),
        former=tuple(former),
        draft_of=meant.label if meant else None,
        versions=versions,
    )
