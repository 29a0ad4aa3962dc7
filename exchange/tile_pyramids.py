"""Pictures out of a pyramid of Web Mercator tiles: the level that suits, tiles decoded within limits, a larger tile
where a small one is missing.
"""

import io
import math
import warnings
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from exchange.raster_facts import TILE_PX, RasterFacts
from exchange.raster_sampling import Floats, Pixels, pixel_scale, sample_bilinear, shrink, spread_mesh

CACHED_BYTES = 48 << 20
TILE_BYTES = 8 << 20
MOST_PX = 24_000_000  # of one answer's tiles: more would be wanted where the pyramid has no level coarse enough
PARENTS = 6  # levels up to look for a tile that holds a missing one

FORMATS = ("PNG", "JPEG", "WEBP")


class TileSource(Protocol):
    """Where encoded tiles come from; raises what it likes for one that cannot be read."""

    def tile(self, level: int, column: int, row: int) -> bytes | None:
        """Return the tile counted from the top left of the world, ``None`` when there is none."""


class TileDamaged(Exception):
    """A tile is there and is no picture of a permitted kind and size."""


@dataclass(slots=True)
class Answer:
    """A target's pixels; ``damaged`` tiles in it could not be read, ``is_too_far`` when too many were needed."""

    pixels: Pixels
    damaged: int = 0
    is_too_far: bool = False


@dataclass(slots=True)
class TilePyramid:
    """A pyramid whose tiles are decoded once and kept, the latest used, up to ``CACHED_BYTES``."""

    source: TileSource
    facts: RasterFacts
    _kept: OrderedDict[tuple[int, int, int], Pixels | None] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _damaged: set[tuple[int, int, int]] = field(default_factory=set)

    def sample(self, mesh: Floats, width: int, height: int) -> Answer:
        """Return what the pyramid shows at a mesh of places in the square of Web Mercator."""
        answer = Answer(np.zeros((height, width, 4), np.uint8))
        try:
            scale = pixel_scale(mesh, width, height)
        except ValueError:
            return answer
        level = self._level(scale)
        places = spread_mesh(mesh, width, height) * (2**level * self.facts.tile_px)
        box = self._tiles_over(places, level)
        if box is None:
            return answer
        first_column, first_row, last_column, last_row = box
        if (last_column - first_column + 1) * (last_row - first_row + 1) * self.facts.tile_px**2 > MOST_PX:
            answer.is_too_far = True
            return answer
        before = len(self._damaged)
        mosaic, found = self._mosaic(level, box)
        answer.damaged = len(self._damaged) - before
        if found:
            corner = np.array([first_column, first_row]) * self.facts.tile_px
            places -= corner
            small, factor = shrink(mosaic, scale * 2**level * self.facts.tile_px)
            answer.pixels = sample_bilinear(small, places[..., 0] / factor, places[..., 1] / factor)
            beyond = np.isfinite(places[..., 0]) & (
                (places < 0) | (places > np.array([mosaic.shape[1], mosaic.shape[0]]))
            ).any(axis=2)
            answer.pixels[beyond] = 0
        return answer

    def _level(self, unit_per_pixel: float) -> int:
        wanted = -math.log2(unit_per_pixel * self.facts.tile_px)
        return min(max(round(wanted), self.facts.min_level), self.facts.max_level)

    def _tiles_over(self, places: Floats, level: int) -> tuple[int, int, int, int] | None:
        """Return first column and row, last column and row of the tiles needed; ``None`` when the data lie elsewhere.

        One more pixel on each side is needed for the mixing of neighbours.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a target that lies nowhere at all
            low, high = np.nanmin(places, axis=(0, 1)) - 1, np.nanmax(places, axis=(0, 1)) + 1
        if not np.isfinite([low, high]).all():
            return None
        assert self.facts.extent is not None
        west, north, east, south = (edge * 2**level * self.facts.tile_px for edge in self.facts.extent)
        left, top = max(low[0], west), max(low[1], north)
        right, bottom = min(high[0], east), min(high[1], south)
        if left >= right or top >= bottom:
            return None
        most, size = 2**level - 1, self.facts.tile_px
        edges = (left, top, right - 1e-6, bottom - 1e-6)
        first_column, first_row, last_column, last_row = (min(max(int(edge // size), 0), most) for edge in edges)
        return first_column, first_row, last_column, last_row

    def _mosaic(self, level: int, box: tuple[int, int, int, int]) -> tuple[Pixels, bool]:
        first_column, first_row, last_column, last_row = box
        size, found = self.facts.tile_px, False
        mosaic = np.zeros(((last_row - first_row + 1) * size, (last_column - first_column + 1) * size, 4), np.uint8)
        for row in range(first_row, last_row + 1):
            for column in range(first_column, last_column + 1):
                tile = self._tile_or_parent(level, column, row)
                if tile is not None:
                    found = True
                    top, left = (row - first_row) * size, (column - first_column) * size
                    mosaic[top : top + size, left : left + size] = tile
        return mosaic, found

    def _tile_or_parent(self, level: int, column: int, row: int) -> Pixels | None:
        tile = self._tile(level, column, row)
        for up in range(1, min(PARENTS, level - self.facts.min_level) + 1):
            if tile is not None:
                break
            parent = self._tile(level - up, column >> up, row >> up)
            if parent is not None:
                tile = _part_of(parent, up, column, row)
        return tile

    def _tile(self, level: int, column: int, row: int) -> Pixels | None:
        key = level, column, row
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        tile = self._decoded(key)
        self._kept[key] = tile
        self._bytes += _weight(tile)
        while self._bytes > CACHED_BYTES:
            self._bytes -= _weight(self._kept.popitem(last=False)[1])
        return tile

    def _decoded(self, key: tuple[int, int, int]) -> Pixels | None:
        try:
            data = self.source.tile(*key)
            return None if data is None else decode_tile(data, self.facts.tile_px)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 (one bad tile is a hole in the picture, whatever its decoder says of it)
            self._damaged.add(key)
            return None


def decode_tile(data: bytes, tile_px: int | None = None) -> Pixels:
    """Return a tile's pixels, brought to ``tile_px`` a side when it has another size; raise ``TileDamaged``.

    The size that the tile declares is judged before anything is unpacked.
    """
    from PIL import Image

    if len(data) > TILE_BYTES:
        raise TileDamaged("too many bytes")
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        least, most = TILE_PX
        if not (least <= image.width <= most and least <= image.height <= most) or getattr(image, "n_frames", 1) > 1:
            raise TileDamaged("size")
        picture = image.convert("RGBA")
    if tile_px is not None and picture.size != (tile_px, tile_px):
        picture = picture.resize((tile_px, tile_px), Image.Resampling.BILINEAR)
    return np.asarray(picture, dtype=np.uint8)


def _part_of(parent: Pixels, up: int, column: int, row: int) -> Pixels:
    """Return the part of a tile ``up`` levels higher that a tile covers, blown up to a tile."""
    size, parts = len(parent), 2**up
    middles = (np.arange(size) + 0.5) / parts
    x, y = np.meshgrid(middles + column % parts * size / parts, middles + row % parts * size / parts)
    return sample_bilinear(parent, x, y)


def _weight(tile: Pixels | None) -> int:
    return 64 if tile is None else tile.nbytes
