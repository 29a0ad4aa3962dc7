"""Single pictures, GeoTIFF above all, read window by window and never whole: GDAL lends its readers, no geodesy."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import UserError
from exchange.drivers import MEMORY_DRIVERS
from exchange.raster_facts import LONGEST_SIDE_PX, OVERVIEW_PX, RasterFacts, RasterKind
from exchange.raster_sampling import Floats, Pixels, pixel_scale, sample_bilinear, shrink, spread_mesh
from exchange.tile_pyramids import Answer

DRIVERS: dict[RasterKind, str] = {"tiff": "GTiff", "png": "PNG", "jpeg": "JPEG"}
WHOLE_PX = 400_000_000  # pixels of a PNG or JPEG, which are read line by line from the top
MOST_READ_PX = 64_000_000  # pixels of one answer, before GDAL makes them fewer
FINER = 8  # so many times finer is read, a side, what cannot be averaged
STRETCH = (2.0, 98.0)  # percentiles that become black and white where values are not of 8 bits

_MIDDLE = 1024  # pixels a side of the picture by which values are stretched


def load_rasterio(kind: RasterKind) -> Any:
    """Return ``rasterio`` with no reader but the one for ``kind``; raise READER-DRIVERS when there are more."""
    import rasterio
    from rasterio.env import Env

    with Env() as env:
        beyond = sorted(set(env.drivers()) - {DRIVERS[kind]} - MEMORY_DRIVERS)
    if beyond:
        raise UserError("READER-DRIVERS", drivers=", ".join(beyond[:10]))
    return rasterio


class RasterImage:
    """An open picture. ``overview`` is its small version (``(height, width, 4)``), where one was made."""

    def __init__(self, rasterio: Any, path: Path, kind: RasterKind, shown: str, overview: Pixels | None = None) -> None:
        self._shown, self._kind = shown, kind
        self._resampling = rasterio.enums.Resampling
        self._window = rasterio.windows.Window
        try:
            with rasterio.Env(GDAL_GEOREF_SOURCES="INTERNAL"):
                self._dataset = rasterio.open(os.fspath(path), driver=DRIVERS[kind])
        except rasterio.errors.RasterioError as error:
            raise UserError("FILE-DAMAGED", file=shown, reason=_first_line(error)) from error
        self._check()
        self._colours = self._read_table()
        self._bits = int(self._dataset.tags(1, ns="IMAGE_STRUCTURE").get("NBITS", 8))
        self._is_of_steps = self._colours is not None or self._bits < 8
        self._overview = overview
        self._range: tuple[float, float] | None = None

    def _check(self) -> None:
        found = self._dataset
        if found.count < 1 or max(found.width, found.height) > LONGEST_SIDE_PX:
            raise UserError("RASTER-TOO-LARGE", file=self._shown, width=found.width, height=found.height)
        if self._kind != "tiff" and found.width * found.height > WHOLE_PX:
            raise UserError("RASTER-TOO-LARGE", file=self._shown, width=found.width, height=found.height)
        block_height, block_width = found.block_shapes[0]
        if block_height * block_width * found.count * np.dtype(found.dtypes[0]).itemsize > (256 << 20):
            raise UserError("RASTER-ONE-BLOCK", file=self._shown)
        if "complex" in found.dtypes[0]:
            raise UserError("RASTER-COLOURS", file=self._shown)

    def read_facts(self) -> RasterFacts:
        """Return the picture's size, place and system as the file tells them."""
        found = self._dataset
        affine = None if found.transform.is_identity else tuple(found.transform)[:6]
        wkt = ""
        if found.crs is not None:
            with contextlib.suppress(Exception):  # a system that GDAL cannot name is one the user is asked for
                wkt = found.crs.to_wkt()
        smaller = found.overviews(1)
        is_large = max(found.width, found.height) > OVERVIEW_PX
        has_small = bool(smaller) and max(found.width, found.height) / max(smaller) <= OVERVIEW_PX
        self._read(0, 0, min(found.width, 64), min(found.height, 64), 64, 64)  # a file that breaks off says so here
        return RasterFacts(
            kind=self._kind,
            width=found.width,
            height=found.height,
            affine=affine,
            wkt=wkt,
            needs_overview=is_large and not has_small,
        )

    def sample(self, mesh: Floats, width: int, height: int) -> Answer:
        """Return what the picture shows at a mesh of its own pixel coordinates."""
        answer = Answer(np.zeros((height, width, 4), np.uint8))
        try:
            scale = max(1.0, pixel_scale(mesh, width, height))
        except ValueError:
            return answer
        places = spread_mesh(mesh, width, height)
        size = np.array([self._dataset.width, self._dataset.height])
        inside: npt.NDArray[np.bool_] = np.all((places >= 0) & (places <= size), axis=2)
        if not inside.any():
            return answer
        window = self._window_over(places[inside], scale)
        is_large = window[2] * window[3] > MOST_READ_PX and not self._has_level(scale)
        step = self._overview_step()
        if self._overview is not None and (is_large or scale >= step * 0.75):
            picture, moved = _part_of(self._overview, places / step, inside)
            picture, factor = shrink(picture, scale / step)
            moved = moved / factor
        elif is_large:
            answer.is_too_far = True
            return answer
        else:
            left, top, wide, high = window
            out_width, out_height = max(1, round(wide / scale)), max(1, round(high / scale))
            picture = self._read(left, top, wide, high, out_width, out_height)
            moved = (places - [left, top]) * [out_width / wide, out_height / high]
        answer.pixels = sample_bilinear(picture, moved[..., 0], moved[..., 1])
        answer.pixels[~inside] = 0
        return answer

    def _window_over(self, seen: Floats, scale: float) -> tuple[int, int, int, int]:
        """Return left, top, width and height of the pixels around some places, neighbours included."""
        size = [self._dataset.width, self._dataset.height]
        left, top = np.maximum(np.floor(seen.min(axis=0) - scale), 0).astype(int).tolist()
        right, bottom = np.minimum(np.ceil(seen.max(axis=0) + scale), size).astype(int).tolist()
        return left, top, right - left, bottom - top

    def rows_of_overview(self, facts: RasterFacts) -> Iterator[tuple[int, Pixels]]:
        """Yield the overview from the top: the first row's number, and some rows ``(n, width, 4)``."""
        width, height = facts.overview_size
        step = facts.overview_step
        rows = max(1, min(64, 32_000_000 // (step * step * width)))
        for first in range(0, height, rows):
            last = min(first + rows, height)
            top, bottom = first * step, min(last * step, facts.height)
            yield first, self._read(0, top, facts.width, bottom - top, width, last - first)

    def _overview_step(self) -> int:
        return 1 if self._overview is None else -(-max(self._dataset.width, self._dataset.height) // OVERVIEW_PX)

    def _has_level(self, scale: float) -> bool:
        """Whether the file holds a smaller version that suits: then a large window is cheap."""
        return any(level <= scale * 2 and level > 1 for level in self._dataset.overviews(1))

    def _read(self, left: int, top: int, wide: int, high: int, width: int, height: int) -> Pixels:
        """Return a window of the file as ``width`` x ``height`` pixels.

        Values that are no amounts of light (a colour table, line art of few bits) cannot be averaged by GDAL: of those
        more is read, and the mean taken of their colours.
        """
        if not self._is_of_steps:
            return self._read_colours((left, top, wide, high), (height, width))
        finer = max(1, min(FINER, wide // width, high // height))
        return shrink(self._read_colours((left, top, wide, high), (height * finer, width * finer)), finer)[0]

    def _read_colours(self, box: tuple[int, int, int, int], shape: tuple[int, int]) -> Pixels:
        found, count = self._dataset, 3 if self._dataset.count >= 3 else 1
        is_smaller = shape[1] < box[2] and not self._is_of_steps
        resampling = self._resampling.average if is_smaller else self._resampling.nearest
        window = self._window(*box)
        try:
            bands = found.read([1, 2, 3][:count], window=window, out_shape=(count, *shape), resampling=resampling)
            seen = found.dataset_mask(window=window, out_shape=shape)
        except MemoryError:
            raise
        except Exception as error:
            raise UserError("FILE-DAMAGED", file=self._shown, reason=_first_line(error)) from error
        pixels = np.empty((*shape, 4), np.uint8)
        if self._colours is not None:
            pixels[:] = self._colours[np.minimum(bands[0], len(self._colours) - 1)]
            pixels[..., 3] = np.minimum(pixels[..., 3], seen)
            return pixels
        for place in range(3):
            pixels[..., place] = self._as_bytes(bands[place % count])
        pixels[..., 3] = seen
        return pixels

    def _read_table(self) -> Any:
        """Return the colour table as ``(n, 4)``, ``None`` when the values are colours themselves."""
        found = self._dataset
        if found.count != 1 or found.colorinterp[0].name != "palette":
            return None
        table = found.colormap(1)
        colours = np.zeros((max(table) + 1, 4), np.uint8)
        for value, colour in table.items():
            colours[value] = colour
        return colours

    def _as_bytes(self, band: Any) -> Any:
        if band.dtype == np.uint8:
            return band if self._bits == 8 else band * (255 // (2**self._bits - 1))
        low, high = self._stretch()
        with np.errstate(invalid="ignore"):
            scaled = (band.astype(np.float64) - low) * (255.0 / (high - low))
        return np.nan_to_num(scaled, nan=0.0).clip(0, 255).astype(np.uint8)

    def _stretch(self) -> tuple[float, float]:
        """Return the values that become black and white, by the middle of the picture."""
        if self._range is None:
            found = self._dataset
            wide, high = min(found.width, _MIDDLE), min(found.height, _MIDDLE)
            window = self._window((found.width - wide) // 2, (found.height - high) // 2, wide, high)
            values = found.read(1, window=window, masked=True).compressed().astype(np.float64)
            values = values[np.isfinite(values)]
            low, high = np.percentile(values, STRETCH).tolist() if len(values) else (0.0, 1.0)
            self._range = (low, high if high > low else low + 1.0)
        return self._range


def _part_of(picture: Pixels, places: Floats, inside: npt.NDArray[np.bool_]) -> tuple[Pixels, Floats]:
    """Return the part of a picture that is needed, and the places counted from its corner."""
    seen = places[inside]
    left, top = np.maximum(np.floor(seen.min(axis=0)) - 2, 0).astype(int).tolist()
    right, bottom = (np.ceil(seen.max(axis=0)) + 2).astype(int).tolist()
    return picture[top:bottom, left:right].copy(), places - [left, top]


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
