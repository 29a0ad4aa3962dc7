"""What the contents of one package are as canonical text, as hash and as shape: each made once, whoever asks for it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from json.encoder import encode_basestring
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from core.canonical import canonical_json, sha256_hex
from forms.content import GEOMETRY, Content, content_hash
from wire.cells import Cells

Shapes = npt.NDArray[np.object_]


@dataclass
class Spelling:
    """One content, which nobody changes any more, and what is known of it so far."""

    content: Content
    text: str | None = None
    digest: str | None = None
    shape: Any = None


@dataclass(frozen=True, slots=True)
class Spellings:
    """The spellings of contents, found by which content it is and not by what it says."""

    _known: dict[int, Spelling] = field(default_factory=dict)

    def learn(self, contents: Iterable[Content], columns: Iterable[tuple[str, str, Any]]) -> None:
        """Keep the canonical text, the hash and the geometry of contents from whoever has them already."""
        for content, spelled in zip(contents, columns, strict=True):
            self._known[id(content)] = Spelling(content, *spelled)

    def text(self, content: Content | None) -> str | None:
        """Return the canonical JSON of a content, ``None`` of none."""
        if content is None:
            return None
        known = self._of(content)
        if known.text is None:
            known.text = canonical_json(content).decode("utf-8")
        return known.text

    def digest(self, content: Content | None) -> str | None:
        """Return ``content_hash`` of a content, ``None`` of none."""
        if content is None:
            return None
        known = self._of(content)
        if known.digest is None:
            known.digest = content_hash(content)
        return known.digest

    def shapes(self, contents: Sequence[Content | None]) -> Shapes:
        """Return the ``(n,)`` geometries of contents, ``None`` where there is none."""
        held = [None if content is None else self._of(content) for content in contents]
        found = np.empty(len(held), dtype=object)
        found[:] = [one and one.shape for one in held]
        new = [place for place, one in enumerate(held) if one and one.shape is None and one.content.get(GEOMETRY)]
        if new:
            texts = [(contents[place] or {})[GEOMETRY] for place in new]
            found[new] = shapely.from_wkb(texts)
        return found

    def _of(self, content: Content) -> Spelling:
        known = self._known.get(id(content))
        if known is None:
            known = self._known[id(content)] = Spelling(content)
        return known


def quoted(cells: Cells) -> Iterable[str]:
    """Spell cells that hold text."""
    return map(encode_basestring, cells)


def as_said(cells: Cells) -> Iterable[str]:
    """Spell cells that hold canonical JSON already."""
    return cells


SPELLERS: Mapping[str, Callable[[Cells], Iterable[str]]] = {
    "text": quoted,
    "integer": lambda cells: map(int.__repr__, cells),
    "number": lambda cells: map(float.__repr__, cells),
    "boolean": lambda cells: ["true" if cell else "false" for cell in cells],
    "date": quoted,
    "moment": quoted,
    "choice": quoted,
    "choices": as_said,
    "reference": quoted,
    "files": as_said,
}
"""From cells of a payload that were found good, by kind of field, to canonical JSON."""


Speller = Callable[[Cells], Iterable[str]]


def spell_contents(columns: Mapping[str, tuple[Speller, Cells]]) -> Iterator[tuple[str, str]]:
    """Yield the canonical JSON and the hash of contents given by columns: how to spell the cells, and the cells.

    The same as ``canonical_json`` and ``content_hash`` of each by itself (``tests/wire/test_spelling.py``). One column
    at least has no empty cell: a content has its lineage.
    """
    whole: list[Iterable[str]] = []
    bare: list[Iterable[str]] = []
    empty: list[str] = []
    for key in sorted(columns):
        spell, cells = columns[key]
        said = [cell for cell in cells if cell is not None]
        nothing = f'"{key}":null'
        if not said:
            empty.append(nothing)
            continue
        if empty:
            whole.append(repeat(",".join(empty)))
            empty.clear()
        found = iter([f'"{key}":{text}' for text in spell(said)])
        parts = ["" if cell is None else next(found) for cell in cells]
        bare.append(parts)
        whole.append([part or nothing for part in parts])
    if empty:
        whole.append(repeat(",".join(empty)))
    for all_parts, own in zip(zip(*whole, strict=False), zip(*bare, strict=True), strict=True):
        text = f"{{{','.join(filter(None, own))}}}"
        yield f"{{{','.join(all_parts)}}}", sha256_hex(text.encode("utf-8"))
