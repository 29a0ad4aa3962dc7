"""Administrative units through time: what a code stood for on a day, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from core.tables import load_table
from forms.communes import Commune, load_communes
from forms.former_units import FormerUnit, Successor, load_former_units
from forms.unit_names import canonical_name

TWO_TIERS = "2025-07-01"
"""The day from which the list of QĐ 19/2025/QĐ-TTg holds; what stood before it ended the day before."""

_KINDS = ("Đặc khu", "Thị trấn", "Phường", "Huyện", "Xã")


@dataclass(frozen=True, slots=True)
class UnitVersion:
    """A unit as it stood from ``valid_from`` to ``valid_to``, both days included; empty where no source says.

    ``decree`` is the document that made it so, empty where it is not known: that of the units before July 2025 is in
    none of our sources. ``successors`` are what became of it; a version that still stands has none.
    """

    code: str
    full_name: str
    kind: str
    province: str
    district: str | None
    valid_from: str
    valid_to: str
    decree: str
    successors: tuple[Successor, ...] = ()

    @property
    def label(self) -> str:
        """The unit with what it lay in: ``Xã Tân Trịnh, Huyện Quang Bình, Tỉnh Hà Giang``."""
        return ", ".join(part for part in (self.full_name, self.district, self.province) if part)

    def is_valid_on(self, day: str) -> bool:
        """Whether the version stood on ``day`` (``YYYY-MM-DD``)."""
        return (self.valid_from or "") <= day <= (self.valid_to or "9999-12-31")

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {
            "code": self.code,
            "full_name": self.full_name,
            "kind": self.kind,
            "province": self.province,
            "district": self.district,
            "valid_from": self.valid_from or None,
            "valid_to": self.valid_to or None,
            "decree": self.decree or None,
            "successors": [
                {"code": new.commune.code, "name": new.commune.label, "whole": new.whole, "note": new.note}
                for new in self.successors
            ],
        }


def versions_of(code: str) -> tuple[UnitVersion, ...]:
    """Return everything that ``code`` has stood for, oldest first: most codes of today named another unit before."""
    return _versions().get(code, ())


def unit_at(code: str, day: str) -> UnitVersion | None:
    """Return what ``code`` stood for on ``day`` (``YYYY-MM-DD``).

    ``None`` when nothing, or when the agency's table gives the code to two units of that time: ``versions_of`` tells
    both, and a person must say which.
    """
    found = [version for version in versions_of(code) if version.is_valid_on(day)]
    return found[0] if len(found) == 1 else None


def successors_of(former: str) -> tuple[Successor, ...]:
    """Return what became of the unit before July 2025 with this code (or key, where a code is not its own).

    A whole merge answers with exactly one. A unit of which parts went their own ways answers with every commune that
    took one, none of them whole: ask. So does a code that the table gives to two units. Nothing known is empty.
    """
    units = _former_by_code().get(former, ())
    heirs = {(new.commune.code, new.note): new for unit in units for new in unit.successors}
    if len(units) < 2:
        return tuple(heirs.values())
    return tuple(Successor(new.commune, False, new.note) for new in heirs.values())


@cache
def _former_by_code() -> Mapping[str, tuple[FormerUnit, ...]]:
    found: dict[str, list[FormerUnit]] = {}
    for unit in load_former_units().values():
        for code in {unit.key, unit.code} - {""}:
            found.setdefault(code, []).append(unit)
    return {code: tuple(units) for code, units in found.items()}


@cache
def _versions() -> Mapping[str, tuple[UnitVersion, ...]]:
    found: dict[str, list[UnitVersion]] = {}
    for unit in load_former_units().values():
        found.setdefault(unit.code, []).append(_former_version(unit))
    first_names = {row["new_code"]: row["new_name"] for row in load_table("admin_unit_conversion")}
    decrees = {row["commune_code"]: row["decree"] for row in load_table("communes")}
    first_decree = next(decree for decree in decrees.values() if decree)
    for code, commune in load_communes().items():
        if commune.valid_from > TWO_TIERS:
            found.setdefault(code, []).append(_first_version(commune, first_names.get(code, ""), first_decree))
        found.setdefault(code, []).append(
            UnitVersion(
                code,
                commune.full_name,
                commune.kind,
                commune.province_name,
                None,
                commune.valid_from,
                commune.valid_to,
                decrees[code],
            )
        )
    return {code: tuple(versions) for code, versions in found.items() if code}


def _former_version(unit: FormerUnit) -> UnitVersion:
    return UnitVersion(
        unit.code,
        unit.full_name,
        kind_of(unit.full_name),
        unit.province,
        unit.district or None,
        "",
        _day_before(TWO_TIERS),
        "",
        unit.successors,
    )


def _first_version(commune: Commune, name: str, decree: str) -> UnitVersion:
    """Return what a unit was from 1 July 2025 until the change by which it is what it is today."""
    return UnitVersion(
        commune.code,
        name or commune.name,
        kind_of(name),
        commune.province_name,
        None,
        TWO_TIERS,
        _day_before(commune.valid_from),
        decree,
        (Successor(commune, True, ""),),
    )


def kind_of(full_name: str) -> str:
    """Return the unit's kind as its name begins with it, empty when it names none."""
    plain = canonical_name(full_name).casefold()
    return next((kind for kind in _KINDS if plain.startswith(f"{kind.casefold()} ")), "")


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()
