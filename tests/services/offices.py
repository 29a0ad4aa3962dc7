"""An office that issues catalogue packs, with a type and a rule of its own."""

from pathlib import Path
from typing import Any

from services.catalogue_packs import build_pack, load_issuer_key, make_issuer_key
from tests.services.desks import FakeClock

NAMES = {"vi": "Danh mục của tỉnh", "en": "The province's catalogue"}
BUS_STOP = """\
id: bus_stop
version: 1
title: {vi: "Điểm dừng xe buýt", en: "Bus stop"}
group: giao_thong
order: 900
code: XBU
geometry: [point]
sections:
  - {key: main, label: {vi: "Điểm dừng", en: "Stop"}}
fields:
  - key: shelter
    type: boolean
    label: {vi: "Có mái che", en: "Sheltered"}
  - key: route_count
    type: integer
    label: {vi: "Số tuyến", en: "Routes"}
"""
RULES = """\
- id: XB-01
  severity: error
  types: [bus_stop]
  must: "route_count > 0"
  field: route_count
  text: {vi: "Điểm dừng phải có ít nhất một tuyến. Nhập số tuyến.", en: "A stop needs a route. Enter how many."}
  legal: "Công văn 1/SXD"
"""


class Office:
    """An office that issues packs: a key, and a folder of files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "soạn"
        self.key_file = folder / "khóa.key"
        folder.mkdir(parents=True, exist_ok=True)
        make_issuer_key(self.key_file)
        self.pack_id: str | None = None

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def issue(self, version: int = 1, **more: Any) -> Path:
        out = self.folder.parent / f"danh mục {version}.zip"
        pack = build_pack(
            self.folder,
            out,
            load_issuer_key(self.key_file),
            name=NAMES,
            issuer="Sở Xây dựng",
            version=version,
            pack_id=self.pack_id,
            clock=FakeClock(),
            **more,
        )
        self.pack_id = pack.header.pack_id
        return out


def bus_office(folder: Path) -> Office:
    """Return an office whose pack brings bus stops and a rule about them."""
    made = Office(folder)
    made.write("definitions/bus_stop.yaml", BUS_STOP)
    made.write("rules/bus_stops.yaml", RULES)
    return made
