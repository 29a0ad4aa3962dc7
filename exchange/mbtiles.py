"""MBTiles: a SQLite file of tiles, opened so that nothing in it can act.

Source: MBTiles specification 1.3. ``tiles`` may be a view, as many tools write it; whatever a query does beyond reading
tables is refused, and a query that takes too many steps is stopped.
"""

import contextlib
import math
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.errors import UserError
from exchange.raster_facts import DEEPEST, Four, RasterFacts
from exchange.tile_pyramids import TILE_BYTES, TileDamaged, decode_tile
from geodesy.mercator import unit_from_lonlat

_STEPS = 50_000  # of SQLite's machine between two looks at how long a query runs
_LOOKS = 400
_COLUMNS = {"zoom_level", "tile_column", "tile_row", "tile_data"}
_ALLOWED_ACTIONS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ}
_ALLOWED_FUNCTIONS = {"min", "max"}
_WAL_BYTE = 18  # offset in the header: 2 when the file is written through a log beside it


class MBTiles:
    """An open MBTiles file."""

    def __init__(self, path: Path) -> None:
        self._steps = 0
        self._connection = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
        connection = self._connection
        for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0", "query_only=ON", "cache_size=-8192"):
            connection.execute(f"PRAGMA {pragma}")
        for limit, value in (
            (sqlite3.SQLITE_LIMIT_LENGTH, TILE_BYTES),
            (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 100_000),
            (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
            (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 50),
            (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 1),
        ):
            connection.setlimit(limit, value)
        connection.set_authorizer(_authorize)
        connection.set_progress_handler(self._look, _STEPS)
        self._is_top_down = False

    def read_facts(self, shown: str) -> RasterFacts:
        """Return what the file holds; raise RASTER-NO-TILES, RASTER-VECTOR-TILES or FILE-DAMAGED."""
        try:
            told = self._metadata()
            self._is_top_down = told.get("scheme", "").lower() == "xyz"
            if not {row[0].lower() for row in self._described("tiles")} >= _COLUMNS:
                raise UserError("RASTER-NO-TILES", file=shown)
            if told.get("format", "").lower() in {"pbf", "mvt"}:
                raise UserError("RASTER-VECTOR-TILES", file=shown)
            levels = self._levels(told)
            if levels is None:
                raise UserError("RASTER-NO-TILES", file=shown)
            tile_px = self._tile_px(shown)
            extent = _declared_extent(told.get("bounds", "")) or self._extent(levels[0])
        except sqlite3.Error as error:
            raise UserError("FILE-DAMAGED", file=shown, reason=f"MBTiles: {error}") from error
        return RasterFacts(
            kind="mbtiles",
            title=told.get("name", ""),
            attribution=told.get("attribution", ""),
            extent=extent,
            min_level=levels[0],
            max_level=levels[1],
            tile_px=tile_px,
        )

    def tile(self, level: int, column: int, row: int) -> bytes | None:
        """Return an encoded tile counted from the top left of the world."""
        stored = row if self._is_top_down else 2**level - 1 - row
        sql = "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ? LIMIT 1"
        found = self._first(sql, (level, column, stored))
        if found is None or found[0] is None:
            return None
        if not isinstance(found[0], bytes):
            raise TileDamaged("no blob")
        return found[0]

    def _described(self, table: str) -> list[tuple[str, ...]]:
        return list(self._connection.execute(f"SELECT * FROM {table} LIMIT 0").description or ())  # noqa: S608 (constants)

    def _metadata(self) -> dict[str, str]:
        """Return the file's own words about itself; a file without them can still be shown."""
        self._steps = 0
        with contextlib.suppress(sqlite3.OperationalError):
            rows = self._connection.execute("SELECT name, value FROM metadata LIMIT 200").fetchall()
            return {str(name).lower(): str(value) for name, value in rows if value is not None}
        return {}

    def _levels(self, told: dict[str, str]) -> tuple[int, int] | None:
        try:
            found = [self._first(f"SELECT {name}(zoom_level) FROM tiles") for name in ("min", "max")]  # noqa: S608 (constants)
            levels = [row[0] if row else None for row in found]
        except sqlite3.OperationalError:  # a table without index takes too long: believe what is declared
            levels = [_whole(told.get("minzoom")), _whole(told.get("maxzoom"))]
        least, most = levels
        if type(least) is not int or type(most) is not int or not 0 <= least <= most:
            return None
        return (least, min(most, DEEPEST)) if least <= DEEPEST else None

    def _tile_px(self, shown: str) -> int:
        """Return the side of the first tile that can be decoded."""
        for (data,) in self._rows("SELECT tile_data FROM tiles LIMIT 20"):
            if isinstance(data, bytes):
                if data[:2] == b"\x1f\x8b":
                    raise UserError("RASTER-VECTOR-TILES", file=shown)
                with contextlib.suppress(Exception):  # the next one may do
                    return len(decode_tile(data))
        raise UserError("RASTER-NO-TILES", file=shown)

    def _extent(self, level: int) -> Four:
        """Return the extent of a level's tiles, the whole world when there are too many to look at."""
        sides = []
        sql = "SELECT {}({}) FROM tiles WHERE zoom_level = ?"
        try:
            for name, column in (("min", "column"), ("max", "column"), ("min", "row"), ("max", "row")):
                found = self._first(sql.format(name, f"tile_{column}"), (level,))
                sides.append(int(str(found[0])) if found else 0)
        except (sqlite3.OperationalError, TypeError, ValueError):
            return 0.0, 0.0, 1.0, 1.0
        parts = 2**level
        left, right, low, high = sides
        top, bottom = (low, high) if self._is_top_down else (parts - 1 - high, parts - 1 - low)
        west, north, east, south = (min(max(edge / parts, 0.0), 1.0) for edge in (left, top, right + 1, bottom + 1))
        return (west, north, east, south) if west < east and north < south else (0.0, 0.0, 1.0, 1.0)

    def _first(self, sql: str, values: tuple[int, ...] = ()) -> tuple[object, ...] | None:
        return next(self._rows(sql, values), None)

    def _rows(self, sql: str, values: tuple[int, ...] = ()) -> Iterator[tuple[object, ...]]:
        self._steps = 0
        yield from self._connection.execute(sql, values)

    def _look(self) -> int:
        self._steps += 1
        return int(self._steps > _LOOKS)  # anything but 0 stops the query


def has_unwritten_log(path: Path) -> bool:
    """Whether the file is open elsewhere with changes that are not in it yet."""
    with path.open("rb") as file:
        head = file.read(_WAL_BYTE + 1)
    log = path.with_name(path.name + "-wal")
    return len(head) > _WAL_BYTE and head[_WAL_BYTE] == 2 and log.is_file() and log.stat().st_size > 0


def _authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    if action in _ALLOWED_ACTIONS or (action == sqlite3.SQLITE_FUNCTION and second in _ALLOWED_FUNCTIONS):
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.strip().isdecimal() and len(text) < 4 else None


def _declared_extent(text: str) -> Four | None:
    """Return the extent of ``west,south,east,north`` in degrees, ``None`` when they bound nothing."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        return None
    if not all(map(math.isfinite, (west, south, east, north))):
        return None
    corners = np.clip(unit_from_lonlat([(west, north), (east, south)]), 0.0, 1.0)
    (left, top), (right, bottom) = corners.tolist()
    return (left, top, right, bottom) if left < right and top < bottom else None
