"""Reads DXF drawings in the child: first what is in one, then its shapes, never the whole of it at once.

Curves, hatches, formatted text and tilted planes are ezdxf's; this module only goes through the records.
"""

import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from exchange.cad.annotations import Shown
from exchange.cad.blocks import Block, Library
from exchange.cad.columns import Rows
from exchange.cad.entity import BY_LAYER, Insert, Item, Shape
from exchange.cad.shapes import READ, read_entity
from exchange.cad.texts import finish_text, lettering_of, read_paragraphs, read_text, unescaped
from exchange.cad.tokens import Raw, first_values, head_of, is_binary, iterate_records, pairs_of
from exchange.frames import Buffer, Header

CHUNK_ROWS = 20_000
SAMPLES = 3
TOLD_EVERY = 4 << 20
MODEL = ("*model_space", "$model_space")

Frame = tuple[Header, list[Buffer]]


@dataclass(slots=True)
class Facts:
    """What the head and the tables of a drawing say."""

    version: str = "AC1009"
    code_page: str = ""
    units: int = 0
    layers: dict[str, int] = field(default_factory=dict)
    fonts: dict[str, str] = field(default_factory=dict)
    is_unicode: bool = False

    def decode(self, value: bytes) -> str:
        r"""Return a text's bytes as Unicode where the drawing is so, else one character a byte, ``\U+`` as it says."""
        return unescaped(value.decode("utf-8", "replace") if self.is_unicode else value.decode("latin-1"))

    def take_header(self, body: bytes) -> None:
        name = b""
        for code, value in pairs_of(body):
            if code == 9:
                name = value.strip()
            elif name == b"$ACADVER":
                self.version = value.decode("ascii", "replace").strip()
                self.is_unicode = self.is_unicode or self.version >= "AC1021"
            elif name == b"$DWGCODEPAGE":
                self.code_page = value.decode("ascii", "replace").strip().upper()
            elif name == b"$INSUNITS":
                self.units = int(value)

    def take_table(self, name: str, body: bytes) -> None:
        values = first_values(body)
        title = self.decode(values.get(b"2", b""))
        if name == "LAYER":
            self.layers[title] = abs(int(values.get(b"62", b"7")))
        elif name == "STYLE":
            font = self.decode(values.get(b"3", b""))
            face = next((self.decode(value) for code, value in pairs_of(body) if code == 1000), "")
            self.fonts[title] = face or font


@dataclass(slots=True)
class _Entities:
    """Joins a polyline's vertices and an insert's attributes to it; ``section`` is where the records stand."""

    held: Raw | None = None
    children: list[Raw] = field(default_factory=list)

    def feed(self, record: Raw) -> Iterator[tuple[Raw, Sequence[Raw]]]:
        name, body = record
        if self.held is not None:
            if name in ("VERTEX", "ATTRIB"):
                self.children.append(record)
                return
            yield self.held, self.children
            self.held, self.children = None, []
            if name == "SEQEND":
                return
        if name == "POLYLINE" or (name == "INSERT" and b"66" in first_values(body)):
            self.held = record
        elif name != "SEQEND":
            yield record, ()

    def end(self) -> Iterator[tuple[Raw, Sequence[Raw]]]:
        if self.held is not None:
            yield self.held, self.children
            self.held, self.children = None, []


class Walk:
    """One way through a drawing's records: facts first, then blocks, then what stands in the model."""

    def __init__(self, path: Path, shown: str) -> None:
        self._path, self._shown = path, shown
        self.facts = Facts(is_unicode=is_binary(path))
        self.size = path.stat().st_size
        self.done = 0

    def _report(self, done: int) -> None:
        self.done = done

    def entities(self) -> Iterator[tuple[str, str, Raw, Sequence[Raw]]]:
        """Yield section (``BLOCKS``, ``ENTITIES``), block, record and children; a block begins as its BLOCK record."""
        section, block, joined = "", "", _Entities()
        for name, body in iterate_records(self._path, self._shown, self._report):
            if name == "SECTION":
                section, block = first_values(body[:64]).get(b"2", b"").decode("ascii", "replace").strip(), ""
                if section == "HEADER":
                    self.facts.take_header(body)
            elif name in ("ENDSEC", "EOF", "ENDBLK"):
                for record, children in joined.end():
                    yield section, block, record, children
                section = "" if name != "ENDBLK" else section
            elif section == "TABLES":
                self.facts.take_table(name, body)
            elif section == "BLOCKS" and name == "BLOCK":
                block = self.facts.decode(first_values(body).get(b"2", b""))
                yield section, block, (name, body), ()
            elif section in ("BLOCKS", "ENTITIES"):
                for record, children in joined.feed((name, body)):
                    yield section, block, record, children


def list_dxf(path: Path, shown: str) -> Iterator[Frame]:
    """Yield progress and what the drawing holds: counts by layer, colour, block and text style.

    Of a large drawing what was counted so far comes first and now and then, so that something is seen at once; the
    last frame is the whole.
    """
    walk = Walk(path, shown)
    facts, count = walk.facts, _Counts()
    told = 0
    for section, block, (name, body), _ in walk.entities():
        if walk.done - told >= TOLD_EVERY:
            told = walk.done
            yield {"frame": "progress", "done": walk.done, "total": walk.size}, []
            yield count.frame(facts, walk.size), []
        if section == "BLOCKS" and block.lower() not in MODEL:
            count.add_to_block(block, name, facts.decode(first_values(body).get(b"2", b"")) if name == "INSERT" else "")
        elif name != "BLOCK":
            count.add(name, body, facts)
    yield count.frame(facts, walk.size), []


class _Counts:
    """What stands in the model, counted."""

    def __init__(self) -> None:
        self.layers: dict[str, Counter[str]] = {}
        self.colours: dict[str, Counter[int]] = {}
        self.styles: Counter[str] = Counter()
        self.samples: dict[str, list[str]] = {}
        self.inserts: Counter[str] = Counter()
        self.blocks: dict[str, Counter[str]] = {}
        self.left_out: Counter[str] = Counter()
        self.paper = 0

    def add_to_block(self, block: str, name: str, inserted: str) -> None:
        held = self.blocks.setdefault(block, Counter())
        if name != "BLOCK":
            held[f"INSERT {inserted}" if inserted else name] += 1

    def add(self, name: str, body: bytes, facts: Facts) -> None:
        head = head_of(body)
        if head.get(b"67", b"").strip() == b"1":
            self.paper += 1
            return
        if name not in READ:
            self.left_out[name] += 1
            return
        layer = facts.decode(head.get(b"8", b"0")).strip() or "0"
        self.layers.setdefault(layer, Counter())[name] += 1
        colour = int(head.get(b"62", b"256"))
        self.colours.setdefault(layer, Counter())[facts.layers.get(layer, 7) if colour == BY_LAYER else colour] += 1
        if name == "INSERT":
            self.inserts[facts.decode(first_values(body).get(b"2", b""))] += 1
        if name in ("TEXT", "MTEXT", "ATTRIB"):
            values = first_values(body)
            style = facts.decode(values.get(b"7", b"Standard"))
            self.styles[style] += 1
            kept = self.samples.setdefault(style, [])
            if len(kept) < SAMPLES:
                raw = facts.decode(values.get(b"1", b""))
                read = read_paragraphs if name == "MTEXT" else read_text
                kept.append(finish_text(read(raw, lettering_of(font_of(facts, style))))[:60])

    def frame(self, facts: Facts, size: int) -> Header:
        return {
            "frame": "drawing",
            "version": facts.version,
            "code_page": facts.code_page,
            "units": facts.units,
            "size": size,
            "layers": [
                [name, facts.layers.get(name, 7), dict(kinds), {str(k): n for k, n in self.colours[name].items()}]
                for name, kinds in self.layers.items()
            ],
            "blocks": [
                [name, self.inserts.get(name, 0), sum(held.values())]
                for name, held in self.blocks.items()
                if self.inserts.get(name) and not name.startswith(("*D", "*T"))
            ],
            "styles": [
                [name, font_of(facts, name), count, self.samples.get(name, [])] for name, count in self.styles.items()
            ],
            "left_out": dict(self.left_out),
            "paper": self.paper,
        }


def font_of(facts: Facts, style: str) -> str:
    """Return a text style's font; where the font says nothing of its letters, a style's own name may."""
    font = facts.fonts.get(style, "")
    return style if lettering_of(font).encoding is None and lettering_of(style).encoding else font


def read_dxf(path: Path, shown: str, layers: Sequence[str] | None) -> Iterator[Frame]:
    """Yield the shapes that stand on ``layers`` (all without), in frames of rows; blocks are drawn out, bounded."""
    walk = Walk(path, shown)
    facts, library, rows = walk.facts, Library(), Rows()
    wanted = None if layers is None else frozenset(layers)
    broken: Counter[str] = Counter()
    yield {"frame": "table", "layer": "", "system": None, "charset": "utf-8", "expected": 0}, []
    told = 0
    for section, block, record, children in walk.entities():
        if walk.done - told > 1 << 20:
            told = walk.done
            yield {"frame": "progress", "done": walk.done, "total": walk.size}, []
        if section == "BLOCKS" and record[0] == "BLOCK":
            _begin_block(library, block, record[1])
            continue
        in_model = section == "ENTITIES" or block.lower() in MODEL
        if in_model and head_of(record[1]).get(b"67", b"").strip() == b"1":
            continue
        items = _read(record, children, facts, broken)
        if not in_model:
            library.hold(block, items)
            continue
        for item in items:
            for shape in _drawn(library, item):
                if wanted is None or shape.layer in wanted:
                    _add(rows, shape, facts)
                if len(rows) >= CHUNK_ROWS:
                    yield rows.take()
    yield rows.take()
    noted = {"problems": _problems(library, broken), "code_page": facts.code_page, "unicode": facts.is_unicode}
    yield {"frame": "noted", **noted}, []


def _drawn(library: Library, item: Item | Shown) -> Iterable[Shape]:
    if isinstance(item, Insert):
        return library.draw(item)
    return library.show(item) if isinstance(item, Shown) else (item,)


def _begin_block(library: Library, name: str, body: bytes) -> None:
    values = first_values(body)
    library.add(name, Block(np.array([float(values.get(code, b"0")) for code in (b"10", b"20", b"30")])))


def _read(record: Raw, children: Sequence[Raw], facts: Facts, broken: Counter[str]) -> list[Item | Shown]:
    """Return what a record draws; one that does not hold together is counted and left out."""
    from ezdxf.lldxf.const import DXFError

    try:
        return read_entity(record, children, facts.decode) or []
    except (DXFError, ValueError, TypeError, IndexError, KeyError, AttributeError, ArithmeticError):
        broken[record[0]] += 1
        return []


def _add(rows: Rows, shape: Shape, facts: Facts) -> None:
    colour = facts.layers.get(shape.layer, 7) if shape.colour == BY_LAYER else shape.colour
    font, text, raw = "", "", ""
    if shape.text is not None and shape.text.raw:
        font = font_of(facts, shape.text.style)
        raw = shape.text.raw
        read = read_paragraphs if shape.text.is_paragraph else read_text
        text = read(raw, lettering_of(font))
    rows.add(
        wkb=wkb_of(shape),
        entity=shape.entity,
        layer=shape.layer,
        colour=f"#{colour & 0xFFFFFF:06x}" if colour > BY_LAYER else str(colour),
        block=shape.block,
        attributes={
            tag: finish_text(read_text(text.raw, lettering_of(font_of(facts, text.style))))
            for tag, text in shape.attributes.items()
        },
        style=shape.text.style if shape.text and raw else "",
        font=font,
        text=text,
        raw=raw,
        angle=shape.text.angle if shape.text else None,
        size=shape.text.size if shape.text and raw else None,
        align=shape.text.align if shape.text and raw else "",
        handle=shape.handle,
    )


def wkb_of(shape: Shape) -> bytes:
    """Return a shape as WKB, with heights where it has any."""
    deep = any(part[:, 2].any() for part in shape.parts)
    parts = [np.ascontiguousarray(part if deep else part[:, :2], "<f8") for part in shape.parts]
    kind = {"point": 1, "line": 2, "polygon": 3}[shape.kind] + (1000 if deep else 0)
    head = struct.pack("<BI", 1, kind)
    if shape.kind == "point":
        return head + parts[0].tobytes()
    counted = [struct.pack("<I", len(part)) + part.tobytes() for part in parts]
    return head + (counted[0] if shape.kind == "line" else struct.pack("<I", len(parts)) + b"".join(counted))


def _problems(library: Library, broken: Counter[str]) -> list[list[Any]]:
    found: list[list[Any]] = []
    if library.recursive:
        found.append([0, None, ", ".join(sorted(library.recursive)), "DRAWING-BLOCK-RECURSIVE", {}])
    for name, count in library.refused.items():
        found.append([0, None, name, "DRAWING-BLOCK-LARGE", {"count": count}])
    if library.missing:
        found.append([0, None, ", ".join(sorted(library.missing)[:20]), "DRAWING-BLOCK-MISSING", {}])
    for name, count in broken.items():
        found.append([0, None, name, "DRAWING-ENTITY-BROKEN", {"count": count}])
    return found
