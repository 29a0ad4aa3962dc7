"""Base maps made by the tests: tiles with a mark at a known place, packed as MBTiles and PMTiles, and GeoTIFFs."""

import io
import math
import sqlite3
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
from PIL import Image
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

TILE = 256
SPREAD_PX = 3.0  # of a mark

Lonlat = tuple[float, float]
Tiles = Mapping[tuple[int, int, int], bytes]


def mercator_px(lonlat: Lonlat, level: int) -> tuple[float, float]:
    """Place of a WGS 84 position in the pixels of a level, by the textbook's formula."""
    lon, lat = lonlat
    size = TILE * 2**level
    y = (1 - math.log(math.tan(math.radians(lat)) + 1 / math.cos(math.radians(lat))) / math.pi) / 2
    return (lon + 180) / 360 * size, y * size


def blob(width: int, height: int, at: tuple[float, float], spread: float = SPREAD_PX) -> np.ndarray:
    """A dark, round mark on a light ground; ``at`` counts pixels from the top left corner."""
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    shade = np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / (2 * spread**2))
    grey = np.round(250 - 240 * shade).astype(np.uint8)
    return np.dstack([grey, grey, grey])


def middle_of_mark(pixels: np.ndarray) -> tuple[float, float]:
    """Centre of gravity of the one mark, in pixels from the top left corner."""
    weight = np.clip(245.0 - pixels[..., 0], 0, None) * (pixels[..., 3] > 0)
    assert weight.sum() > 0, "no mark in sight"
    x, y = np.meshgrid(np.arange(pixels.shape[1]) + 0.5, np.arange(pixels.shape[0]) + 0.5)
    return float((weight * x).sum() / weight.sum()), float((weight * y).sum() / weight.sum())


def encoded(picture: np.ndarray, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, kind)
    return out.getvalue()


def marked_tiles(mark: Lonlat, levels: Iterable[int], reach: int = 2) -> dict[tuple[int, int, int], bytes]:
    """The tiles around a mark at some levels, the mark of one size in pixels at each."""
    found = {}
    for level in levels:
        px, py = mercator_px(mark, level)
        column, row = int(px // TILE), int(py // TILE)
        for x in range(max(column - reach, 0), min(column + reach + 1, 2**level)):
            for y in range(max(row - reach, 0), min(row + reach + 1, 2**level)):
                found[level, x, y] = encoded(blob(TILE, TILE, (px - x * TILE, py - y * TILE)))
    return found


def write_mbtiles(path: Path, tiles: Tiles, metadata: Mapping[str, str] | None = None, by_view: bool = False) -> Path:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE metadata (name text, value text)")
    connection.executemany("INSERT INTO metadata VALUES (?, ?)", (metadata or {"name": "Ảnh nền"}).items())
    rows = [(z, x, 2**z - 1 - y, data) for (z, x, y), data in tiles.items()]
    if by_view:
        connection.execute("CREATE TABLE map (zoom_level int, tile_column int, tile_row int, tile_id text)")
        connection.execute("CREATE TABLE images (tile_id text, tile_data blob)")
        connection.executemany(
            "INSERT INTO map VALUES (?, ?, ?, ?)", [(*row[:3], str(n)) for n, row in enumerate(rows)]
        )
        connection.executemany("INSERT INTO images VALUES (?, ?)", [(str(n), row[3]) for n, row in enumerate(rows)])
        connection.execute(
            "CREATE VIEW tiles AS SELECT zoom_level, tile_column, tile_row, tile_data FROM map "
            "JOIN images ON images.tile_id = map.tile_id"
        )
    else:
        connection.execute(
            "CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)"
        )
        connection.execute("CREATE UNIQUE INDEX tile_index ON tiles (zoom_level, tile_column, tile_row)")
        connection.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
    connection.commit()
    connection.close()
    return path


def write_pmtiles(path: Path, tiles: Tiles, bounds: tuple[float, float, float, float]) -> Path:
    with path.open("wb") as file:
        writer = Writer(file)
        for (z, x, y), data in sorted(tiles.items(), key=lambda item: zxy_to_tileid(*item[0])):
            writer.write_tile(zxy_to_tileid(z, x, y), data)
        west, south, east, north = bounds
        writer.finalize(
            {
                "tile_type": TileType.PNG,
                "tile_compression": Compression.NONE,
                "min_lon_e7": int(west * 1e7),
                "min_lat_e7": int(south * 1e7),
                "max_lon_e7": int(east * 1e7),
                "max_lat_e7": int(north * 1e7),
                "center_zoom": 0,
                "center_lon_e7": 0,
                "center_lat_e7": 0,
            },
            {"name": "Ảnh nền"},
        )
    return path


def write_tiff(
    path: Path,
    picture: np.ndarray,
    *,
    transform: tuple[float, ...] | None = None,
    crs: object = None,
    **options: object,
) -> Path:
    """A TIFF by rasterio; ``picture`` is ``(h, w)`` or ``(h, w, bands)``, ``transform`` counts from the corner."""
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning
    from rasterio.transform import Affine

    bands = picture[..., None] if picture.ndim == 2 else picture
    height, width, count = bands.shape
    colormap = options.pop("colormap", None)
    nodata = options.pop("nodata", None)
    with warnings.catch_warnings(), rasterio.Env(OSR_USE_NON_DEPRECATED="NO"):
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        file = rasterio.open(
            path,
            "w",
            driver="GTiff",
            width=width,
            height=height,
            count=count,
            dtype=bands.dtype,
            crs=crs,
            transform=Affine(*transform) if transform else None,
            nodata=nodata,
            **options,
        )
    with file:
        file.write(np.moveaxis(bands, 2, 0))
        if colormap is not None:
            file.write_colormap(1, colormap)
    return path


def damage(path: Path, change: Callable[[bytearray], None]) -> Path:
    data = bytearray(path.read_bytes())
    change(data)
    path.write_bytes(data)
    return path
