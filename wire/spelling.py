"""What the contents of one package are as canonical text, as hash and as shape: each made once, whoever asks for it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from json.encoder import encode_basestring

import numpy as np
import numpy.typing as npt
from shapely.geometry.base import BaseGeometry

from core.canonical import canonical_json, sha256_hex
from forms.content import GEOMETRY, Content, content_hash, geometry_from_hex
from wire.cells import Cells

Shapes = npt.NDArray[np.object_]


Spelling = tuple[Content, str, str, BaseGeometry | None]
"""A content, which nobody changes any more, its text, its hash and its geometry."""


@dataclass(frozen=True, slots=True)
class Spellings:
    """The spellings of contents, found by which content it is and not by what it says."""

    _known: dict[int, Spelling] = field(default_factory=dict)

    def learn(self, spelled: Sequence[Spelling]) -> None:
        """Keep what contents are from whoever knows it already."""
        self._known.update((id(one[0]), one) for one in spelled)

    def text(self, content: Content | None) -> str | None:
        """Return the canonical JSON of a content, ``None`` of none."""
        return None if content is None else self._of(content)[1]

    def digest(self, content: Content | None) -> str | None:
        """Return ``content_hash`` of a content, ``None`` of none."""
        return None if content is None else self._of(content)[2]

    def shapes(self, contents: Sequence[Content | None]) -> Shapes:
        """Return the ``(n,)`` geometries of contents, ``None`` where there is none."""
        found = np.empty(len(contents), dtype=object)
        found[:] = [None if content is None else self._of(content)[3] for content in contents]
        return found

    def _of(self, content: Content) -> Spelling:
        known = self._known.get(id(content))
        if known is None:
            text, shape = canonical_json(content).decode("utf-8"), geometry_from_hex(content.get(GEOMETRY))
            known = self._known[id(content)] = (content, text, content_hash(content), shape)
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
        parts = [f'"{key}":{text}' for text in spell(said)]
        if len(parts) == len(cells):
            whole.append(parts)
        else:
            found = iter(parts)
            parts = ["" if cell is None else next(found) for cell in cells]
            whole.append([part or nothing for part in parts])
        bare.append(parts)
    if empty:
        whole.append(repeat(",".join(empty)))
    for all_parts, own in zip(zip(*whole, strict=False), zip(*bare, strict=True), strict=True):
        text = f"{{{','.join(filter(None, own))}}}"
        yield f"{{{','.join(all_parts)}}}", sha256_hex(text.encode("utf-8"))
