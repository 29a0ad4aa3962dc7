"""Blocks of a drawing, drawn out into plain shapes: in full or not at all, never beyond a bound."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import degrees

import numpy as np

from exchange.cad.annotations import Shown, texts_shown
from exchange.cad.entity import BY_BLOCK, BY_LAYER, Floats, Insert, Item, Lettered, Shape

EXPLODED_LIMIT = 2_000_000
DEEPEST = 32


@dataclass(slots=True)
class Block:
    """What a block holds, around its base point."""

    base: Floats
    items: list[Item | Shown] = field(default_factory=list)


class Library:
    """The blocks of one drawing by name, in small letters as AutoCAD compares them."""

    def __init__(self) -> None:
        self._blocks: dict[str, Block] = {}
        self._sizes: dict[str, int | None] = {}
        self.recursive: set[str] = set()
        self.refused: dict[str, int] = {}
        self.missing: set[str] = set()
        self.drawn = 0

    def add(self, name: str, block: Block) -> None:
        """Take in a block."""
        self._blocks[name.lower()] = block

    def hold(self, name: str, items: list[Item | Shown]) -> None:
        """Put more into a block; its sizes are asked only when all are known."""
        block = self._blocks.get(name.lower())
        if block is not None:
            block.items += items

    def size_of(self, name: str) -> int | None:
        """Return how many shapes one block draws, ``None`` for one that holds itself or lies too deep."""
        return self._size(name.lower(), ())

    def _size(self, key: str, inside: tuple[str, ...]) -> int | None:
        if key in inside or len(inside) > DEEPEST:
            return None
        if key not in self._sizes:
            total: int | None = 0
            block = self._blocks.get(key)
            for item in block.items if block else ():
                count = 1
                if isinstance(item, Insert):
                    inner = self._size(item.name.lower(), (*inside, key))
                    if inner is None:
                        total = None
                        break
                    count = inner * item.columns * item.rows
                assert total is not None
                total += count
            self._sizes[key] = total
        return self._sizes[key]

    def show(self, shown: Shown) -> Iterator[Shape]:
        """Yield the texts of a dimension or a table."""
        block = self._blocks.get(shown.block.lower())
        yield from texts_shown(shown, block.items if block else None)

    def draw(self, insert: Insert) -> Iterator[Shape]:
        """Yield an insert's own point, its attributes, and what its block draws where it stands.

        A block that holds itself, that is not there, or that would pass ``EXPLODED_LIMIT`` is drawn as its point alone
        and noted.
        """
        place = np.zeros((1, 3)) @ insert.matrix[:3, :3] + insert.matrix[3, :3]
        texts = {text.tag: text.text for text in insert.attributes if text.text}
        angle = degrees(np.arctan2(insert.matrix[0, 1], insert.matrix[0, 0]))
        marker = Lettered("", "", 0.0, angle, "LB")
        yield Shape(
            "INSERT",
            insert.layer,
            insert.colour,
            insert.handle,
            "point",
            [place],
            marker,
            insert.name,
            attributes=texts,
        )
        yield from (replace(text, block=insert.name) for text in insert.attributes)
        size = self.size_of(insert.name)
        copies = insert.columns * insert.rows
        if insert.name.lower() not in self._blocks:
            self.missing.add(insert.name)
        elif size is None:
            self.recursive.add(insert.name)
        elif self.drawn + size * copies > EXPLODED_LIMIT:
            self.refused[insert.name] = self.refused.get(insert.name, 0) + size * copies
        else:
            self.drawn += size * copies
            yield from self._contents(insert, insert.name)

    def _contents(self, insert: Insert, outermost: str) -> Iterator[Shape]:
        block = self._blocks.get(insert.name.lower())
        if block is None or not self.size_of(insert.name):
            return  # a million copies of nothing are nothing
        for row in range(insert.rows):
            for column in range(insert.columns):
                shift = np.eye(4)
                shift[3, :2] = column * insert.spacing[0], row * insert.spacing[1]
                shift[3, :3] -= block.base
                matrix = shift @ insert.matrix
                for item in block.items:
                    if isinstance(item, Insert):
                        layer, colour = _inherited(item.layer, item.colour, insert)
                        inner = replace(item, matrix=item.matrix @ matrix, layer=layer, colour=colour)
                        yield from (_moved(text, matrix, insert, outermost) for text in item.attributes)
                        yield from self._contents(inner, outermost)
                    elif isinstance(item, Shown):
                        yield from (_moved(text, matrix, insert, outermost) for text in self.show(item))
                    else:
                        yield _moved(item, matrix, insert, outermost)


def _inherited(layer: str, colour: int, insert: Insert) -> tuple[str, int]:
    """Return layer and colour of what stands in a block: layer 0 and colour BYBLOCK are those of the insert."""
    on_its = layer == "0"
    if colour == BY_BLOCK or (colour == BY_LAYER and on_its and insert.colour != BY_LAYER):
        colour = insert.colour
    return insert.layer if on_its else layer, colour


def _moved(shape: Shape, matrix: Floats, insert: Insert, outermost: str) -> Shape:
    parts = [part @ matrix[:3, :3] + matrix[3, :3] for part in shape.parts]
    text = shape.text
    if text is not None:
        turn = np.radians(text.angle)
        along = np.array([np.cos(turn), np.sin(turn), 0.0]) @ matrix[:3, :3]
        up = np.array([-np.sin(turn), np.cos(turn), 0.0]) @ matrix[:3, :3]
        text = replace(text, angle=degrees(np.arctan2(along[1], along[0])), size=text.size * float(np.linalg.norm(up)))
    layer, colour = _inherited(shape.layer, shape.colour, insert)
    return replace(shape, parts=parts, text=text, block=outermost, layer=layer, colour=colour)
