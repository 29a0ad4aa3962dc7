"""Which pieces of a base map a view needs: blocks on a grid that fits the screen's pixels, so that a moved map keeps
what it has.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from desktop.map.camera import Bounds, Camera

BLOCK_PX = 512
COARSE_PX = 6  # screen pixels a side that become one in the first, coarse picture

Block = tuple[int, int]  # column to the east, row to the south, counted from the grid's corner


@dataclass(frozen=True, slots=True)
class BlockGrid:
    """Blocks of ``BLOCK_PX`` screen pixels a side around a corner in the zone, ``resolution`` metres a pixel."""

    west: float
    north: float
    resolution: float

    @classmethod
    def under(cls, camera: Camera) -> "BlockGrid":
        """Return the grid whose first block begins at the camera's top left corner."""
        west, _, _, north = camera.bounds
        return cls(west, north, camera.resolution)

    def fits(self, camera: Camera) -> bool:
        """Whether the grid's pixels are the camera's pixels."""
        west, _, _, north = camera.bounds
        if abs(camera.resolution / self.resolution - 1) * max(camera.width, camera.height) > 0.01:
            return False
        right, down = (west - self.west) / self.resolution, (self.north - north) / self.resolution
        return max(abs(right), abs(down)) < 1e6 and abs(right - round(right)) + abs(down - round(down)) < 0.02

    def bounds(self, block: Block) -> Bounds:
        """Return west, south, east and north of a block."""
        side = BLOCK_PX * self.resolution
        west, north = self.west + block[0] * side, self.north - block[1] * side
        return west, north - side, west + side, north

    def blocks_over(self, wanted: Bounds) -> list[Block]:
        """Return the blocks that a box touches, those nearest to its middle first."""
        west, south, east, north = wanted
        side = BLOCK_PX * self.resolution
        first, last = int((west - self.west) // side), int(-(-(east - self.west) // side))
        top, bottom = int((self.north - north) // side), int(-(-(self.north - south) // side))
        middle = ((west + east) / 2 - self.west) / side - 0.5, (self.north - (south + north) / 2) / side - 0.5
        found = [(column, row) for column in range(first, last) for row in range(top, bottom)]
        return sorted(found, key=lambda block: (block[0] - middle[0]) ** 2 + (block[1] - middle[1]) ** 2)

    def kept(self, blocks: Iterable[Block], wanted: Bounds) -> set[Block]:
        """Return those blocks that a box touches or that lie right beside it: the others are not worth their memory."""
        west, south, east, north = wanted
        side = BLOCK_PX * self.resolution
        return set(blocks) & set(self.blocks_over((west - side, south - side, east + side, north + side)))


def intersection(one: Bounds, other: Bounds) -> Bounds | None:
    """Return what two boxes have in common, ``None`` when that has no area."""
    found = max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])
    return found if found[0] < found[2] and found[1] < found[3] else None
