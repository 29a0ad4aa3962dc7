"""The tables of today's units: 34 provinces and 3,321 communes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from core.tables import load_table


@dataclass(frozen=True, slots=True)
class Province:
    """A province-level unit; ``axis`` is the central meridian of its zone in degrees, ``epsg`` the zone's code."""

    code: str
    name: str
    full_name: str
    axis: float
    epsg: int
    valid_from: str


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune-level unit of today.

    ``kind`` is Xã, Phường or Đặc khu. ``axis`` and ``epsg`` are the province's zone; ``legacy_axes`` the central
    meridians of the commune's data from before the 2025 mergers where they differ. ``valid_to`` is empty while the
    unit stands.
    """

    code: str
    kind: str
    name: str
    full_name: str
    province_code: str
    province_name: str
    axis: float
    epsg: int
    legacy_axes: tuple[float, ...]
    valid_from: str
    valid_to: str = ""

    @property
    def label(self) -> str:
        """The commune as people tell it from its namesakes: ``Xã Bắc Quang, Tuyên Quang (01153)``."""
        return f"{self.full_name}, {self.province_name} ({self.code})"


@cache
def load_provinces() -> Mapping[str, Province]:
    """Return the provinces by code."""
    return {
        row["province_code"]: Province(
            row["province_code"],
            row["name"],
            row["full_name"],
            float(row["axis"]),
            int(row["epsg"]),
            row["valid_from"],
        )
        for row in load_table("provinces")
    }


@cache
def load_communes() -> Mapping[str, Commune]:
    """Return the communes by code, in the order of their codes within a province."""
    provinces = load_provinces()
    legacy = {row["commune_code"]: float(row["legacy_axis"]) for row in load_table("commune_legacy_axis")}
    found = {}
    for row in load_table("communes"):
        code, province = row["commune_code"], provinces[row["province_code"]]
        former = legacy.get(code, province.axis)
        found[code] = Commune(
            code,
            row["unit_type"],
            row["name"],
            row["full_name"],
            province.code,
            province.name,
            province.axis,
            province.epsg,
            () if former == province.axis else (former,),
            row["valid_from"],
            row["valid_to"],
        )
    return found
