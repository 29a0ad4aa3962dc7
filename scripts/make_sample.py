"""Makes the sample of ``resources/sample``: an invented place with the field files a commune's office really has.

Everything is computed from the figures below: the same script gives the same bytes. Nothing in it is real but the
coordinate systems; the outline is no administrative boundary.
"""

import json
import math
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely

from core.resources import resource_path
from core.tables import load_table
from geodesy.datum import transform_xy
from geodesy.systems import WGS84, tm_system

CENTRE = (437_018.346, 2_481_007.512)
OLD_AXIS = tm_system(105.5)
COMMUNE = "01153"

# Distance from the centre in metres at every 15 degrees, from the east counter-clockwise.
OUTLINE_M = (
    5900, 5750, 5480, 5150, 4700, 4420, 4380, 4520, 4890, 5420, 5830, 6010,
    6080, 5860, 5390, 5010, 4630, 4400, 4310, 4460, 4820, 5240, 5610, 5820,
)  # fmt: skip

# Code, name, from, to, width, surface; then the bends in metres from the centre, shared with the roads it meets.
ROADS: tuple[tuple[tuple[str, str, str, str, str, str], tuple[tuple[int, int], ...]], ...] = (
    (
        ("ĐT.199", "Đường tỉnh 199 đoạn qua xã", "Km0+000", "Km11+350", "7,5", "BTN"),
        ((-5400, -700), (-4100, -450), (-2900, -150), (-1500, 60), (0, 0), (1300, 240), (2700, 180), (4000, 620), (5400, 560)),
    ),
    (
        ("ĐH.05", "Đường Tân Lập - Nà Lũng", "Ngã ba Chợ", "Thôn Nà Lũng", "5,5", "BTXM"),
        ((0, 0), (180, 820), (420, 1530), (350, 2400), (720, 3150)),
    ),
    (
        ("ĐH.06", "Đường Tân Lập - Khuổi Vàng", "Ngã ba Chợ", "Thôn Khuổi Vàng", "5,5", "BTXM"),
        ((0, 0), (-240, -760), (-150, -1620), (-560, -2380), (-430, -3300)),
    ),
    (
        ("ĐX.11", "Đường thôn Phiêng Luông", "Đường tỉnh 199", "Nhà văn hóa thôn Phiêng Luông", "3,5", "BTXM"),
        ((-2900, -150), (-3050, 640), (-2740, 1420), (-3120, 2180)),
    ),
    (
        ("ĐX.12", "Đường thôn Đồng Tâm", "Đường tỉnh 199", "Nghĩa trang thôn Đồng Tâm", "3,5", "BTXM"),
        ((2700, 180), (2890, -520), (2650, -1310), (3080, -2050)),
    ),
    (
        ("ĐX.13", "Đường vào Trường Tiểu học Tân Lập", "Đường Tân Lập - Nà Lũng", "Trường Tiểu học", "3,0", "BTXM"),
        ((180, 820), (640, 930), (890, 1160)),
    ),
    (
        ("ĐX.14", "Đường Suối Ngần - Bản Khuông", "Đường tỉnh 199", "Bản Khuông", "3,0", "cap_phoi"),
        ((4000, 620), (4160, 1370), (3720, 2030), (3890, 2700)),
    ),
    (
        ("ĐX.15", "Đường nội đồng cánh đồng Thẳm Quảng", "Đường Tân Lập - Khuổi Vàng", "Mương cấp I", "3,0", "dat"),
        ((-150, -1620), (610, -1750), (1260, -1580), (1840, -1900)),
    ),
    (
        ("ĐX.16", "Đường thôn Khuổi Hốc", "Đường Tân Lập - Nà Lũng", "Trạm biến áp Khuổi Hốc", "3,0", "BTXM"),
        ((350, 2400), (-420, 2560), (-1080, 2330), (-1690, 2720)),
    ),
    (
        ("ĐX.17", "Đường ra bến đò cũ", "Đường tỉnh 199", "Bến đò sông Bạc", "2,5", "cap_phoi"),
        ((-4100, -450), (-4260, -1190), (-3870, -1840)),
    ),
    (
        ("ĐX.18", "Đường Trạm Y tế xã - UBND xã", "Đường tỉnh 199", "UBND xã", "4,0", "BTN"),
        ((-1500, 60), (-1430, 520), (-1010, 660)),
    ),
    (
        ("", "Đường ngõ số 3 thôn Trung Tâm", "Đường Trạm Y tế xã - UBND xã", "", "", ""),
        ((-1430, 520), (-1640, 730), (-1590, 980)),
    ),
)  # fmt: skip

# Name, place on a road's bend, length and width in metres, structure, year.
BRIDGES = (
    ("Cầu Suối Ngần", (4160, 1370), "24,60", "5,00", "BTCT", "2014"),
    ("Cầu sông Bạc", (1300, 240), "86,40", "8,00", "BTCT_DUL", "2019"),
    ("Cầu Khuổi Vàng", (-560, -2380), "18,20", "4,50", "BTCT", "2008"),
    ("Cầu treo Phiêng Luông", (-2740, 1420), "42,00", "2,00", "thep", ""),
)

PLAN_M = (
    (-820, 180), (-760, 610), (-430, 820), (-60, 1010), (420, 1120), (960, 1260), (1150, 980),
    (1080, 560), (890, 330), (640, -120), (260, -310), (-140, -360), (-520, -190),
)  # fmt: skip
PLAN_NAME = "Quy hoạch chi tiết khu trung tâm xã (dữ liệu mẫu)"
LOTS = (("01", "LUC", "ONT"), ("02", "LUC", "DGT"), ("03", "CLN", "DGD"), ("04", "ONT", "ONT"))

Points = npt.NDArray[np.float64]


def main() -> None:
    """Write every file of the sample."""
    folder = resource_path("sample")
    folder.mkdir(exist_ok=True)
    write_outline(folder / "ranh_gioi_xa.geojson")
    write_roads(folder / "duong_cu.shp")
    write_bridges(folder / "cau.csv")
    write_plan(folder / "bang_ke_toa_do.txt")
    write_lots(folder / "khoanh_dat.geojson")
    write_survey(folder / "toan_dac.csv")
    write_gpx(folder / "gps.gpx")


def place(offsets: Sequence[tuple[float, float]]) -> Points:
    """Return coordinates (east, north) in the old axis, to the millimetre and off the round numbers of this script."""
    exact = np.array(offsets, dtype=np.float64)
    return np.round(exact + CENTRE + (exact @ [[7, 11], [13, 17]]) % 1000 / 1000, 3)


def to_degrees(points: Points) -> list[list[float]]:
    """Return longitude and latitude in WGS 84 to about a tenth of a millimetre."""
    return [[round(float(lon), 9), round(float(lat), 9)] for lon, lat in transform_xy(points, OLD_AXIS, WGS84)]


def bends(offsets: Sequence[tuple[int, int]]) -> Points:
    """Return a road: its bends, and between two of them points every 150 m or so that sway a little to the side."""
    found: list[tuple[float, float]] = [offsets[0]]
    for (x0, y0), (x1, y1) in zip(offsets, offsets[1:], strict=False):
        length = math.hypot(x1 - x0, y1 - y0)
        steps = max(1, round(length / 150))
        for step in range(1, steps):
            share = step / steps
            sway = 14 * math.sin(share * math.tau + x0)
            found.append(
                (x0 + share * (x1 - x0) - sway * (y1 - y0) / length, y0 + share * (y1 - y0) + sway * (x1 - x0) / length)
            )
        found.append((x1, y1))
    return place(found)


def write_outline(path: Path) -> None:
    """Write the invented outline in WGS 84."""
    offsets = [
        (r * math.cos(math.radians(15 * k)), r * math.sin(math.radians(15 * k))) for k, r in enumerate(OUTLINE_M)
    ]
    ring = to_degrees(place([*offsets, offsets[0]]))
    facts = {"ma_xa": COMMUNE, "ten": "Xã mẫu", "ghi_chu": "Dữ liệu mẫu, không phải địa giới hành chính"}
    write_geojson(path, [(facts, ring)])


def write_geojson(path: Path, polygons: Sequence[tuple[dict[str, str], list[list[float]]]], epsg: int = 0) -> None:
    """Write polygons without holes; ``epsg`` names their system the way GeoJSON did before RFC 7946."""
    features = [
        {"type": "Feature", "properties": facts, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for facts, ring in polygons
    ]
    named = {"crs": {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{epsg}"}}} if epsg else {}
    text = json.dumps({"type": "FeatureCollection", **named, "features": features}, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def write_roads(path: Path) -> None:
    """Write the roads as an old office keeps them: a shapefile in the former axis, TCVN3 in its table, no .prj, no .cpg."""
    lines = [bends(offsets) for _, offsets in ROADS]
    lengths = [f"{np.hypot(*np.diff(line, axis=0).T).sum() / 1000:.3f}" for line in lines]
    fields = (("SO_HIEU", "C", 20), ("TEN_DUONG", "C", 60), ("DIEM_DAU", "C", 40), ("DIEM_CUOI", "C", 40))
    fields += (("RONG", "C", 8), ("MAT_DUONG", "C", 12), ("DAI_KM", "N", 10))
    rows = [
        [*(to_tcvn3(text) for text in facts), length.encode()]
        for (facts, _), length in zip(ROADS, lengths, strict=True)
    ]
    path.with_suffix(".dbf").write_bytes(build_dbf(fields, rows))
    shp, shx = build_shapefile(lines)
    path.write_bytes(shp)
    path.with_suffix(".shx").write_bytes(shx)


def to_tcvn3(text: str) -> bytes:
    """Return text as the ABC fonts have it; raise ``KeyError`` for a letter they lack (capitals with a tone)."""
    known = {row["text"]: bytes.fromhex(row["bytes"]) for row in load_table("legacy_encodings/tcvn3")}
    return b"".join(char.encode() if char.isascii() else known[char] for char in text)


def build_dbf(fields: Sequence[tuple[str, str, int]], rows: Sequence[Sequence[bytes]]) -> bytes:
    """Return a dBASE III table; numbers have three decimals."""
    size = 1 + sum(width for _, _, width in fields)
    head = struct.pack("<4BIHH20x", 3, 109, 6, 15, len(rows), 33 + 32 * len(fields), size)
    for name, kind, width in fields:
        head += struct.pack("<11sc4xBB14x", name.encode(), kind.encode(), width, 3 if kind == "N" else 0)
    body = b""
    for row in rows:
        cells = [
            cell.rjust(field[2]) if field[1] == "N" else cell.ljust(field[2])
            for cell, field in zip(row, fields, strict=True)
        ]
        body += b" " + b"".join(cells)
    return head + b"\r" + body + b"\x1a"


def build_shapefile(lines: Sequence[Points]) -> tuple[bytes, bytes]:
    """Return the bytes of .shp and .shx for lines of one part each."""
    records, index, at = b"", b"", 50
    for number, line in enumerate(lines, start=1):
        bounds = (*line.min(axis=0), *line.max(axis=0))
        content = struct.pack("<I4dII", 3, *bounds, 1, len(line)) + struct.pack("<I", 0) + line.astype("<f8").tobytes()
        records += struct.pack(">II", number, len(content) // 2) + content
        index += struct.pack(">II", at, len(content) // 2)
        at += 4 + len(content) // 2
    everything = np.concatenate(lines)
    bounds = (*everything.min(axis=0), *everything.max(axis=0))

    def head(size: int) -> bytes:
        return struct.pack(">I20xI", 9994, size // 2) + struct.pack("<II4d32x", 1000, 3, *bounds)

    return head(100 + len(records)) + records, head(100 + len(index)) + index


def write_bridges(path: Path) -> None:
    """Write the bridges as a table a clerk typed: X north, Y east in the old axis, decimal comma."""
    rows = ["ten_cau;X;Y;chieu_dai;be_rong;ket_cau;nam_xay_dung"]
    for name, offset, length, width, structure, year in BRIDGES:
        east, north = place([offset])[0]
        rows.append(";".join([name, comma(north), comma(east), length, width, structure, year]))
    path.write_text("\n".join(rows) + "\n", encoding="utf-8", newline="\n")


def write_plan(path: Path) -> None:
    """Write the outline of a plan as decisions print it: dots between thousands, decimal comma, edges, first corner again."""
    corners = place(PLAN_M)
    closed = np.concatenate([corners, corners[:1]])
    area_ha = shapely.Polygon(corners).area / 10_000
    rows = [
        "BẢNG KÊ TỌA ĐỘ GÓC RANH",
        f"Tên đồ án: {PLAN_NAME}",
        "Hệ tọa độ VN-2000, kinh tuyến trục 105°30', múi chiếu 3°",
        "Số hiệu điểm\tX (m)\tY (m)\tS (m)",
    ]
    for number, (east, north) in enumerate(closed):
        edge = "" if number == 0 else official(math.dist((east, north), closed[number - 1]))
        rows.append(f"{number % len(corners) + 1}\t{official(north)}\t{official(east)}\t{edge}")
    rows.append(f"Diện tích: {comma(area_ha, 2)} ha")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8", newline="\n")


def write_lots(path: Path) -> None:
    """Write four lots that fill the plan's outline, in the old axis as the plan is; they share their corners."""
    corners = [tuple(corner) for corner in PLAN_M]
    middle = (180, 420)
    cuts = (0, 4, 7, 10, len(corners))
    polygons = []
    for (number, current, planned), start, end in zip(LOTS, cuts, cuts[1:], strict=False):
        part = [corners[place % len(corners)] for place in range(start, end + 1)]
        ring = place([*part, middle, part[0]]).tolist()
        facts = {"so_khoanh": number, "loai_dat_ht": current, "ma_quy_hoach": planned, "nam": "2030"}
        polygons.append((facts, ring))
    write_geojson(path, polygons, OLD_AXIS.epsg or 0)


def write_survey(path: Path) -> None:
    """Write points of a total station: no headings, semicolons, decimal comma, north first; along five roads."""
    rows = []
    for (_, offsets), code in zip(ROADS[1:6], ("TIM", "TIM", "MD", "MD", "COC"), strict=True):
        for east, north in bends(offsets):
            height = 118 + 0.004 * (north - CENTRE[1]) + 3 * math.sin(east / 310)
            rows.append(f"P{len(rows) + 1:04d};{comma(north)};{comma(east)};{comma(height, 2)};{code}")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8", newline="\n")


def write_gpx(path: Path) -> None:
    """Write the waypoints of a handheld receiver."""
    rows = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<gpx version="1.1" creator="diaba" xmlns="http://www.topografix.com/GPX/1/1">',
    ]
    for number, (_, offsets) in enumerate(ROADS, start=1):
        (lon, lat), east = to_degrees(place(offsets[-1:]))[0], offsets[-1][0]
        height = 120 + 3 * math.sin(east / 310)
        rows.append(f'<wpt lat="{lat:.8f}" lon="{lon:.8f}"><ele>{height:.1f}</ele><name>WP{number:02d}</name></wpt>')
    path.write_text("\n".join([*rows, "</gpx>", ""]), encoding="utf-8", newline="\n")


def comma(value: float, decimals: int = 3) -> str:
    """Return a number with a decimal comma."""
    return f"{value:.{decimals}f}".replace(".", ",")


def official(value: float) -> str:
    """Return a number with dots between thousands and a decimal comma."""
    return f"{value:,.3f}".translate(str.maketrans(",.", ".,"))


if __name__ == "__main__":
    main()
