"""Derive the fact tables of administration, geodesy and construction grades under ``resources/facts`` from the collected facts.

Run from a checkout: ``.venv/bin/python scripts/make_facts.py``. The collected facts are looked for where
``DIABA_SHARED`` points, else in ``../shared``. Running it twice writes the same bytes. A folder given as argument takes
the tables instead of ``resources/facts``.
"""

import csv
import json
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from forms.unit_names import name_key

ROOT = Path(__file__).resolve().parents[1]
FACTS = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "resources" / "facts"
DECREE_2025, SINCE_2025 = "19/2025/QĐ-TTg", "2025-07-01"
DECREE_DONG_NAI, SINCE_DONG_NAI = "237/NQ-UBTVQH16", "2026-04-30"
DONG_NAI = "75"
# The conversion table and the list of units disagree about one code; the list (the agency's own service) is followed.
CODE_CORRECTIONS = {"06970": "06978"}
UNIT_WORDS = {"xa": "Xã", "xã": "Xã", "phường": "Phường", "thị trấn": "Thị trấn", "thi trấn": "Thị trấn"}

Row = Sequence[str]


def shared_data() -> Path:
    """Return the folder of collected facts, or stop with the reason."""
    found = Path(os.environ.get("DIABA_SHARED") or ROOT.parent / "shared") / "data"
    if not found.is_dir():
        sys.exit(f"no collected facts at {found}: set DIABA_SHARED")
    return found


def read(name: str) -> list[dict[str, str]]:
    """Return the rows of a collected table, every cell NFC and with single blanks."""
    with (shared_data() / name).open(encoding="utf-8-sig", newline="") as file:
        return [{key: tidy(value) for key, value in row.items()} for row in csv.DictReader(file)]


def tidy(text: str | None) -> str:
    """Return ``text`` in NFC with single blanks."""
    return " ".join(unicodedata.normalize("NFC", text or "").split())


def write(name: str, sources: Iterable[str], header: Row, rows: Iterable[Row]) -> None:
    """Write one table of facts below its source lines."""
    with (FACTS / f"{name}.csv").open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"# source: {source}\n" for source in sources)
        table = csv.writer(file, lineterminator="\n")
        table.writerow(header)
        count = 0
        for row in rows:
            table.writerow(row)
            count += 1
    print(f"{name}.csv: {count} rows")


def axis_text(text: str) -> str:
    """Return an axis in degrees without needless zeros."""
    return f"{float(text):g}"


def conversion_rows() -> list[list[str]]:
    """Return new code, new name, old code, old name, note, old district, old province of the 2025 conversion."""
    with (shared_data() / "dvhc_old_to_new_2025.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [[tidy(cell) for cell in row] for row in list(csv.reader(file))[2:]]
    found = []
    for _, new_name, new_code, old_name, old_code, note, district, province, _ in rows:
        if not new_code:
            continue
        old = unit_name(old_name) or re.sub(r" \(\d+\)$", "", district)
        found.append(
            [
                CODE_CORRECTIONS.get(new_code, new_code),
                unit_name(new_name),
                old_code,
                old,
                tidy_note(note),
                without_code(district),
                without_code(province),
            ]
        )
    return found


def unit_name(text: str) -> str:
    """Return a unit's full name with its unit word spelt and capitalised as the law does."""
    for wrong, right in UNIT_WORDS.items():
        if text.casefold().startswith(wrong + " "):
            return right + text[len(wrong) :]
    return text


def tidy_note(note: str) -> str:
    """Return the note with the one misspelling of the source mended."""
    return note.replace("Nhâp", "Nhập")


def without_code(text: str) -> str:
    """Return a unit's name without the number in brackets behind it."""
    return re.sub(r"\s*\(\d+\)$", "", text)


def official_spellings() -> dict[str, str]:
    """Return full names of provinces as the agency's own conversion table spells them, by ``name_key``."""
    with (shared_data() / "dvhc_old_to_new_2025.csv").open(encoding="utf-8-sig", newline="") as file:
        names = {without_code(tidy(row[0])) for row in list(csv.reader(file))[2:] if row[2]}
    return {name_key(name): name for name in sorted(names)}


def make_provinces() -> None:
    """Write provinces.csv."""
    rows, spellings = [], official_spellings()
    for row in read("provinces_2026.csv"):
        full_name = spellings.get(name_key(row["full_name"]), row["full_name"])
        later = row["province_code"] == DONG_NAI
        rows.append(
            [
                row["province_code"],
                full_name[-len(row["name"]) :],
                full_name,
                axis_text(row["central_meridian_tt24"]),
                row["epsg_tm3"],
                SINCE_DONG_NAI if later else SINCE_2025,
                "30/2026/QH16" if later else "202/2025/QH15",
            ]
        )
    write(
        "provinces",
        [
            "units and codes: 19/2025/QĐ-TTg, list of danhmuchanhchinh.nso.gov.vn "
            "(thanglequoc/vietnamese-provinces-database, MIT)",
            "axis: annex of 24/2025/TT-BNNMT (20/6/2025); EPSG: registry of EPSG",
        ],
        ["province_code", "name", "full_name", "axis", "epsg", "valid_from", "decree"],
        rows,
    )


def make_communes() -> None:
    """Write communes.csv and commune_legacy_axis.csv."""
    before = {row[0]: row[1].split(" ")[0] for row in conversion_rows()}
    rows = []
    for row in read("communes_2026.csv"):
        code, kind = row["commune_code"], row["unit_type"]
        changed = row["province_code"] == DONG_NAI and before.get(code, kind.split(" ")[0]) != kind.split(" ")[0]
        since, decree = (SINCE_DONG_NAI, DECREE_DONG_NAI) if changed else (SINCE_2025, DECREE_2025)
        name = row["name"].removeprefix(f"{kind.lower()} ")  # 06325 says its unit twice
        rows.append([code, kind, name, f"{kind} {name}", row["province_code"], since, "", decree])
    write(
        "communes",
        [
            "19/2025/QĐ-TTg (30/6/2025) and 237/NQ-UBTVQH16; names as danhmuchanhchinh.nso.gov.vn spells them "
            "(thanglequoc/vietnamese-provinces-database, MIT)",
            "open: Xã Ba Chẽ is 06978 here, 06970 in the agency's conversion table",
        ],
        ["commune_code", "unit_type", "name", "full_name", "province_code", "valid_from", "valid_to", "decree"],
        rows,
    )
    write(
        "commune_legacy_axis",
        [
            "axis of a commune's data before the 2025 mergers: 63-province axes (areas of use in the registry of EPSG, "
            "webgis-vinhlong/VN2000), by the 2025 conversion table. Open: Hà Nam 105 or 105.5",
        ],
        ["commune_code", "legacy_axis", "legacy_epsg", "legacy_provinces"],
        (
            [row["commune_code"], axis_text(row["legacy_ktt"]), row["legacy_epsg"], row["legacy_provinces"]]
            for row in read("commune_legacy_axis.csv")
        ),
    )


def make_conversion() -> None:
    """Write admin_unit_conversion.csv and draft_commune_codes.csv."""
    write(
        "admin_unit_conversion",
        [
            "conversion table of units of 01/7/2025 (danhmuchanhchinh.nso.gov.vn, 'Bảng chuyển đổi'); "
            "06970 Ba Chẽ read as 06978"
        ],
        ["new_code", "new_name", "old_code", "old_name", "note", "old_district", "old_province"],
        conversion_rows(),
    )
    write(
        "draft_commune_codes",
        [
            "codes of the draft list carried by public packages (vietnam-provinces 2025.10.1) against 19/2025/QĐ-TTg; "
            "withdrawn = 1: the code belongs to no commune, 0: it belongs to another one",
        ],
        ["draft_code", "name", "province_code", "official_code", "withdrawn"],
        (
            [
                row["draft_code_pypi_2025_10_1"],
                row["name"],
                row["province_code"],
                row["official_code"] or _code_of(row["name"], row["province_code"]),
                row["draft_code_is_bogus"],
            ]
            for row in read("draft_code_crosswalk.csv")
        ),
    )


def _code_of(name: str, province_code: str) -> str:
    """Return the code of the one commune of that name, dashes of every kind alike, or nothing."""
    found = [
        row["commune_code"]
        for row in read("communes_2026.csv")
        if row["province_code"] == province_code and name_key(row["full_name"]) == name_key(name)
    ]
    return found[0] if len(found) == 1 else ""


def make_zones() -> None:
    """Write vn2000_zones.csv and refused_systems.csv."""
    coded = {102.0: 5896, 105.0: 5897, 107.75: 5899, 108.0: 5898}
    others = (103, 104, 104.5, 104.75, 105.5, 105.75, 106, 106.25, 106.5, 107, 107.25, 107.5, 108.25, 108.5)
    coded |= {float(axis): code for axis, code in zip(others, (*range(9205, 9219),), strict=True)}
    rows = [["VN2000", f"{axis:g}", "3", str(epsg), "0.9999"] for axis, epsg in sorted(coded.items())]
    rows += [["VN2000", "105", "6", "3405", "0.9996"], ["VN2000", "111", "6", "3406", "0.9996"]]
    rows += [["WGS84", "105", "6", "32648", "0.9996"], ["WGS84", "111", "6", "32649", "0.9996"]]
    write(
        "vn2000_zones",
        ["registry of EPSG; false easting 500 000 m, false northing 0, latitude of origin 0 in all of them"],
        ["datum", "axis", "width", "epsg", "scale_factor"],
        rows,
    )
    swapped = "deprecated"
    write(
        "refused_systems",
        [
            "registry of EPSG: 6956-6959 withdrawn because false easting and northing are exchanged; "
            "the others are of another datum"
        ],
        ["epsg", "name", "reason", "instead"],
        [
            ["6956", "VN-2000 / TM-3 zone 481", swapped, "5896"],
            ["6957", "VN-2000 / TM-3 zone 482", swapped, "5897"],
            ["6958", "VN-2000 / TM-3 zone 491", swapped, "5898"],
            ["6959", "VN-2000 / TM-3 Da Nang zone", swapped, "5899"],
            ["4147", "Hà Nội 1972 (HN-72)", "unsupported", ""],
            ["2044", "Hà Nội 1972 / Gauss-Kruger zone 18", "unsupported", ""],
            ["2045", "Hà Nội 1972 / Gauss-Kruger zone 19", "unsupported", ""],
            ["2093", "Hà Nội 1972 / GK 106 NE", "unsupported", ""],
            ["4131", "Indian 1960", "unsupported", ""],
            ["3148", "Indian 1960 / UTM zone 48N", "unsupported", ""],
            ["3149", "Indian 1960 / UTM zone 49N", "unsupported", ""],
            ["3857", "WGS 84 / Pseudo-Mercator", "unsupported", ""],
        ],
    )


def make_datum() -> None:
    """Write vn2000_datum.csv and coordinate_envelopes.csv."""
    write(
        "vn2000_datum",
        [
            "05/2007/QĐ-BTNMT: seven parameters from VN-2000 to WGS 84, rotations in the coordinate frame convention "
            "(EPSG method 9607; registry: 'VN-2000 to WGS 84 (2)')",
            "the values are text: they enter the operation letter for letter",
        ],
        ["parameter", "value", "unit", "meaning"],
        [
            ["x", "-191.90441429", "m", "shift along X"],
            ["y", "-39.30318279", "m", "shift along Y"],
            ["z", "-111.45032835", "m", "shift along Z"],
            ["rx", "-0.00928836", "arc-second", "rotation about X"],
            ["ry", "0.01975479", "arc-second", "rotation about Y"],
            ["rz", "-0.00427372", "arc-second", "rotation about Z"],
            ["s", "0.252906278", "ppm", "scale difference"],
        ],
    )
    write(
        "coordinate_envelopes",
        ["country: QCVN 80:2024/BTNMT clause 1.2; mainland: extent of the mainland communes, rounded outwards"],
        ["name", "west", "south", "east", "north"],
        [["country", "102", "4.5", "118", "23.5"], ["mainland", "102.1", "8.3", "109.6", "23.5"]],
    )


GRADES = ("DB", "I", "II", "III", "IV")
CRITERIA = {  # the source is Vietnamese
    "chiều cao": "height",
    "chiều cao kết cấu": "height of the structure",
    "chiều cao trụ": "pier height",
    "bề rộng thông thủy": "clear width",
    "diện tích": "area",
    "dung tích chứa": "volume",
    "lưu lượng thiết kế quy đổi": "design volume in converted vehicles",
    "mọi quy mô": "any size",
    "mức độ quan trọng": "importance",
    "nhịp kết cấu lớn nhất": "longest span",
    "phạm vi": "scope",
    "số học sinh": "number of pupils",
    "số làn xe": "number of lanes",
    "số tầng cao": "storeys above ground",
    "số tầng ngầm": "storeys below ground",
    "số điểm kinh doanh": "number of stalls",
    "tốc độ thiết kế": "design speed",
    "tổng chiều dài": "total length",
    "tổng công suất": "total capacity",
    "tổng diện tích": "total area",
    "tổng diện tích sàn": "total floor area",
    "tổng sức chứa": "total seating capacity",
    "đường kính trong": "inner diameter",
    "độ sâu ngầm": "depth below ground",
}
NOTES = {
    "nhà ở biệt thự không thấp hơn III": "a villa is never below III",
    "luôn cấp IV": "always IV",
    "cấp III": "always III",
    "TT02/2025 thay bảng 2.5 chỉ in 2.5.1-2.5.2; Ví dụ 13 TT02/2025 vẫn dùng 2.5.3 => còn áp dụng (verify)": (
        "02/2025/TT-BXD prints only 2.5.1 and 2.5.2 of table 2.5, but its example 13 still uses 2.5.3: to be confirmed"
    ),
}
SCOPES = {"liên quốc gia": "lien_quoc_gia", "liên tỉnh": "lien_tinh", "nội tỉnh": "noi_tinh"}
LOWERED = re.compile(r"tổng chiều dài <= (\d+) m: hạ một cấp")


def interval_text(interval: str | list[Any]) -> str:
    """Return an interval as ``[400;800)``, an open end as nothing; a word as the code that stands for it."""
    if isinstance(interval, str):
        return SCOPES[interval]
    low, with_low, high, with_high = interval
    ends = ["" if end is None else f"{end:.10g}" for end in (low, high)]
    return f"{'[' if with_low else '('}{';'.join(ends)}{']' if with_high else ')'}"


def make_grades() -> None:
    """Write construction_grades.csv."""
    collected = json.loads((shared_data() / "construction_grade_rules.json").read_text(encoding="utf-8"))
    rows = []
    for rule in collected["rules"]:
        lowered = LOWERED.search(note := tidy(rule["note"]))
        grades = {grade: interval_text(interval) for grade, interval in rule["grades"].items()}
        criterion = tidy(rule["criterion"])
        rows.append(
            [rule["rule_id"], rule["table"], tidy(rule["work"]), criterion, CRITERIA[criterion], tidy(rule["unit"])]
            + [grades.get(grade, "") for grade in GRADES]
            + ([lowered[1], "", ""] if lowered else ["", note, NOTES[note] if note else ""])
        )
    write(
        "construction_grades",
        [
            collected["source"],
            "intervals: [ and ] take the end in, ( and ) leave it out, nothing is open; what lies between two intervals "
            "is open in the source too",
            "lowered_to_m: lines and sections up to this length in all drop one grade, not below IV",
        ],
        ["rule_id", "table", "work", "vi", "en", "unit", *GRADES, "lowered_to_m", "note_vi", "note_en"],
        rows,
    )


def main() -> None:
    """Write every table."""
    FACTS.mkdir(parents=True, exist_ok=True)
    make_provinces()
    make_communes()
    make_conversion()
    make_zones()
    make_datum()
    make_grades()


if __name__ == "__main__":
    main()
