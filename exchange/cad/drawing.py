"""What a drawing holds, as the child counted it, and its texts once all of them are known."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.tables import load_table
from core.text import clean_text
from exchange.cad.columns import FONT, RAW, TEXT
from exchange.cad.texts import Lettering, finish_text, lettering_of, read_letters, without_signs
from exchange.frames import Header
from exchange.kinds import release_of
from exchange.legacy_text import decided_encoding, detect_encoding
from exchange.table import Table

_CODE_PAGES = {"ANSI_1258": "cp1258"}
TEXTS = frozenset({"TEXT", "MTEXT", "ATTRIB", "MULTILEADER", "MLEADER", "ACAD_TABLE"})
MEASURED = frozenset({"DIMENSION", "ARC_DIMENSION", "LARGE_RADIAL_DIMENSION"})
"""Texts that measure and name nothing."""


@dataclass(frozen=True, slots=True)
class DrawingLayer:
    """A layer or level with something on it: how many of each kind of entity, and in which colours."""

    name: str
    colour: str
    kinds: Mapping[str, int]
    colours: Mapping[str, int]

    @property
    def count(self) -> int:
        """Everything on it."""
        return sum(self.kinds.values())

    @property
    def texts(self) -> int:
        """How many texts are on it."""
        return sum(count for kind, count in self.kinds.items() if kind in TEXTS)


@dataclass(frozen=True, slots=True)
class BlockUse:
    """A block that is set into the drawing: how often, and of how many parts it is made."""

    name: str
    inserts: int
    parts: int


@dataclass(frozen=True, slots=True)
class TextStyle:
    """A text style in use, its font, the encoding its font stands for (``None``: Unicode or unknown), some texts."""

    name: str
    font: str
    encoding: str | None
    capitals: bool
    count: int
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DrawingSummary:
    """What a drawing holds. ``units_m`` is the length of its unit as it says itself, ``None`` where it says none.

    ``left_out`` are the kinds of entity that are not read, by their number; ``paper`` counts what stands in layouts.
    """

    version: str
    units_m: float | None
    layers: tuple[DrawingLayer, ...]
    blocks: tuple[BlockUse, ...]
    styles: tuple[TextStyle, ...]
    left_out: Mapping[str, int]
    paper: int

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {
            "version": self.version,
            "units_m": self.units_m,
            "layers": [
                {"name": layer.name, "colour": layer.colour, "kinds": dict(layer.kinds), "colours": dict(layer.colours)}
                for layer in self.layers
            ],
            "blocks": [{"name": use.name, "inserts": use.inserts, "parts": use.parts} for use in self.blocks],
            "styles": [
                {
                    "name": style.name,
                    "font": style.font,
                    "encoding": style.encoding,
                    "capitals": style.capitals,
                    "count": style.count,
                    "samples": list(style.samples),
                }
                for style in self.styles
            ],
            "left_out": dict(self.left_out),
            "paper": self.paper,
        }


def drawing_summary(header: Header) -> DrawingSummary:
    """Return what the child told; raise ``ValueError``, ``TypeError`` or ``KeyError`` if it does not hold together."""
    return DrawingSummary(
        version=release_of(str(header["version"])),
        units_m=units_in_metres(int(header["units"])),
        layers=tuple(
            DrawingLayer(str(name), str(colour), _counts(kinds), _counts(colours))
            for name, colour, kinds, colours in header["layers"]
        ),
        blocks=tuple(BlockUse(str(name), int(inserts), int(parts)) for name, inserts, parts in header["blocks"]),
        styles=tuple(_style(*facts) for facts in header["styles"]),
        left_out=_counts(header["left_out"]),
        paper=int(header["paper"]),
    )


def units_in_metres(code: int) -> float | None:
    """Return the length of a drawing unit by its code in the header, ``None`` where it names none on the ground."""
    return next((float(row["metres"]) for row in load_table("drawing_units") if int(row["code"]) == code), None)


def _counts(counted: Mapping[str, int]) -> dict[str, int]:
    return {str(name): int(count) for name, count in counted.items()}


def _style(name: str, font: str, count: int, samples: list[str]) -> TextStyle:
    lettering = lettering_of(font)
    return TextStyle(str(name), str(font), lettering.encoding, lettering.capitals, int(count), tuple(map(str, samples)))


def settle_texts(table: Table, code_page: str, *, is_unicode: bool) -> Table:
    """Return a drawing's table with those texts read whose font says nothing of its letters, font by font.

    What stood there first is kept in the column of raw texts.
    """
    texts, fonts, raws = (list(table.columns.get(name, ())) for name in (TEXT, FONT, RAW))
    groups: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        if text and not text.isascii() and lettering_of(fonts[place] or "").encoding is None:
            groups.setdefault(fonts[place] or "", []).append(place)
    for places in groups.values():
        encoding = decided_encoding(detect_encoding(without_signs(texts[place]) for place in places))
        if encoding is None and not is_unicode:
            encoding = _CODE_PAGES.get(code_page)
        if encoding is None:
            continue
        for place in places:
            read = clean_text(read_letters(texts[place], Lettering(encoding)))
            if read != texts[place]:
                raws[place] = raws[place] or texts[place]
                texts[place] = read
    texts = [finish_text(text) if text else text for text in texts]
    return replace(table, columns={**table.columns, TEXT: texts, RAW: raws})
