"""PMTiles version 3: one file of tiles with directories, of which every length is checked before it is used.

Source: PMTiles specification 3.5. The package ``pmtiles`` knows the layout; what guards against a file that lies (sizes
beyond the file, packed data that explode, directories that lead round in a circle) stands here.
"""

import gzip
import json
import zlib
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
from pmtiles.tile import (
    Compression,
    Entry,
    TileType,
    deserialize_directory,
    deserialize_header,
    find_tile,
    zxy_to_tileid,
)

from core.errors import UserError
from exchange.raster_facts import DEEPEST, Four, RasterFacts
from exchange.tile_pyramids import TILE_BYTES, TileDamaged, decode_tile
from geodesy.mercator import unit_from_lonlat

HEADER_BYTES = 127
DIRECTORY_BYTES = 4 << 20  # packed or unpacked; the format asks for 16 KiB
METADATA_BYTES = 4 << 20
DEPTH = 4  # directories on the way to a tile
KEPT_ENTRIES = 300_000

_PICTURES = {TileType.PNG, TileType.JPEG, TileType.WEBP}
_SECTIONS = ("root", "leaf_directory", "tile_data", "metadata")


class PMTiles:
    """An open PMTiles file."""

    def __init__(self, path: Path, shown: str) -> None:
        self._file = path.open("rb")
        self._size = path.stat().st_size
        try:
            self._header: dict[str, Any] = dict(deserialize_header(self._file.read(HEADER_BYTES)))
        except Exception as error:  # any of several: a wrong magic, version, compression or type, a file cut short
            raise _damaged(shown, "header") from error
        self._packing = self._header["internal_compression"]
        self._tile_packing = self._header["tile_compression"]
        self._check(shown)
        self._directories: OrderedDict[tuple[int, int], list[Entry]] = OrderedDict()

    def _check(self, shown: str) -> None:
        header = self._header
        if header["tile_type"] in {TileType.MVT, TileType.MLT}:
            raise UserError("RASTER-VECTOR-TILES", file=shown)
        known = {Compression.NONE, Compression.GZIP}
        if header["tile_type"] not in _PICTURES or not {self._packing, self._tile_packing} <= {
            *known,
            Compression.UNKNOWN,
        }:
            raise UserError("RASTER-TILE-FORMAT", file=shown, format=header["tile_type"].name)
        for name in _SECTIONS:
            begin, length = header[f"{name}_offset"], header[f"{name}_length"]
            if begin + length > self._size:
                raise _damaged(shown, name)
        if not 0 <= header["min_zoom"] <= header["max_zoom"]:
            raise _damaged(shown, "zoom")
        if not 0 < header["root_length"] <= DIRECTORY_BYTES:
            raise _damaged(shown, "root")

    def read_facts(self, shown: str) -> RasterFacts:
        """Return what the file holds; raise RASTER-NO-TILES or FILE-DAMAGED."""
        header = self._header
        told = self._metadata()
        try:
            data = self._first_tile()
        except (TileDamaged, EOFError, ValueError, OSError, zlib.error) as error:
            raise _damaged(shown, "directory") from error
        if data is None:
            raise UserError("RASTER-NO-TILES", file=shown)
        try:
            tile_px = len(decode_tile(data))
        except MemoryError:
            raise
        except Exception as error:  # whatever a decoder says of a tile that is none
            raise _damaged(shown, "tile") from error
        return RasterFacts(
            kind="pmtiles",
            title=str(told.get("name", "")),
            attribution=str(told.get("attribution", "")),
            extent=_extent(header),
            min_level=min(header["min_zoom"], DEEPEST),
            max_level=min(header["max_zoom"], DEEPEST),
            tile_px=tile_px,
        )

    def tile(self, level: int, column: int, row: int) -> bytes | None:
        """Return an encoded tile counted from the top left of the world."""
        wanted = zxy_to_tileid(level, column, row)
        begin, length = self._header["root_offset"], self._header["root_length"]
        for _ in range(DEPTH):
            entry = find_tile(self._directory(begin, length), wanted)
            if entry is None:
                return None
            if entry.run_length > 0:
                return self._tile_of(entry)
            begin, length = self._leaf(entry)
        raise TileDamaged("directories without end")

    def _first_tile(self) -> bytes | None:
        begin, length = self._header["root_offset"], self._header["root_length"]
        for _ in range(DEPTH):
            entries = self._directory(begin, length)
            if not entries:
                return None
            if entries[0].run_length > 0:
                return self._tile_of(entries[0])
            begin, length = self._leaf(entries[0])
        raise TileDamaged("directories without end")

    def _leaf(self, entry: Entry) -> tuple[int, int]:
        if entry.offset + entry.length > self._header["leaf_directory_length"]:
            raise TileDamaged("a directory beyond its section")
        return self._header["leaf_directory_offset"] + entry.offset, entry.length

    def _tile_of(self, entry: Entry) -> bytes:
        if entry.length > TILE_BYTES or entry.offset + entry.length > self._header["tile_data_length"]:
            raise TileDamaged("a tile beyond its section")
        data = self._bytes(self._header["tile_data_offset"] + entry.offset, entry.length)
        return unpack(data, TILE_BYTES) if self._tile_packing == Compression.GZIP else data

    def _directory(self, begin: int, length: int) -> list[Entry]:
        key = begin, length
        if key not in self._directories:
            if not 0 < length <= DIRECTORY_BYTES:
                raise TileDamaged("a directory without sense")
            data = self._bytes(begin, length)
            if self._packing == Compression.GZIP:
                unpack(data, DIRECTORY_BYTES)  # the package unpacks whatever it is given
            else:
                data = gzip.compress(data, 1)
            self._directories[key] = deserialize_directory(data)
            while len(self._directories) > 1 and sum(map(len, self._directories.values())) > KEPT_ENTRIES:
                self._directories.popitem(last=False)
        self._directories.move_to_end(key)
        return self._directories[key]

    def _metadata(self) -> dict[str, Any]:
        """Return the file's own words about itself; a file without them can still be shown."""
        length = self._header["metadata_length"]
        if not 0 < length <= METADATA_BYTES:
            return {}
        data = self._bytes(self._header["metadata_offset"], length)
        try:
            found = json.loads(unpack(data, METADATA_BYTES) if self._packing == Compression.GZIP else data)
        except (ValueError, RecursionError, TileDamaged, zlib.error):
            return {}
        return found if isinstance(found, dict) else {}

    def _bytes(self, begin: int, length: int) -> bytes:
        self._file.seek(begin)
        data = self._file.read(length)
        if len(data) != length:
            raise TileDamaged("cut short")
        return data


def unpack(data: bytes, most: int) -> bytes:
    """Return what gzip packed; raise ``TileDamaged`` when it is more than ``most`` bytes or broken off."""
    unpacking = zlib.decompressobj(wbits=31)
    found = unpacking.decompress(data, most)
    if not unpacking.eof:
        raise TileDamaged("packed data that are too long or cut short")
    return found


def _extent(header: dict[str, Any]) -> Four:
    """Return the declared extent, the whole world when it bounds nothing."""
    degrees = [header[f"{name}_e7"] / 1e7 for name in ("min_lon", "max_lat", "max_lon", "min_lat")]
    corners = np.clip(unit_from_lonlat([(degrees[0], degrees[1]), (degrees[2], degrees[3])]), 0.0, 1.0)
    (left, top), (right, bottom) = corners.tolist()
    return (left, top, right, bottom) if left < right and top < bottom else (0.0, 0.0, 1.0, 1.0)


def _damaged(shown: str, what: str) -> UserError:
    return UserError("FILE-DAMAGED", file=shown, reason=f"PMTiles: {what}")
