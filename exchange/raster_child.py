"""What the child process does with a raster: says what it is, makes its overview, answers window after window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from core.errors import UserError
from exchange.frames import Header, read_frame
from exchange.raster_facts import PYRAMIDS, RasterFacts

if TYPE_CHECKING:
    from exchange.tile_pyramids import Answer, TileSource

MOST_NODES = 65 * 65
MOST_PX = 4096

_ARCHIVES = {"mbtiles": "mbtiles", "pmtiles": "pmtiles_archive"}

CloseIn = Callable[[Header], list[str]]


def inspect(request: Header, _questions: BinaryIO, close_in: CloseIn) -> Iterator[Any]:
    """Yield one frame with the file's facts."""
    opened = _Opened(request)
    yield close_in(request)
    yield {"frame": "facts", "facts": opened.facts().as_dict()}, []


def serve(request: Header, questions: BinaryIO, close_in: CloseIn) -> Iterator[Any]:
    """Yield one picture for each mesh that is asked for, until the pipe is closed."""
    import numpy as np

    opened = _Opened(request)
    yield close_in(request)
    sample = opened.sampler(RasterFacts.from_dict(request["facts"]))
    while (frame := read_frame(questions)) is not None:
        header, (nodes,) = frame
        width, height, rows, columns = (int(header[name]) for name in ("width", "height", "rows", "columns"))
        if not (0 < width <= MOST_PX and 0 < height <= MOST_PX and rows * columns <= MOST_NODES):
            raise ValueError("a window without sense")
        mesh = np.frombuffer(nodes, "<f8").reshape(rows, columns, 2).astype(np.float64)
        answer = sample(mesh, width, height)
        facts = {"frame": "picture", "damaged": answer.damaged, "too_far": answer.is_too_far}
        yield facts, [np.ascontiguousarray(answer.pixels).data.cast("B")]


def overview(request: Header, _questions: BinaryIO, close_in: CloseIn) -> Iterator[Any]:
    """Yield a small version of a picture, some rows a frame."""
    import numpy as np

    opened = _Opened(request)
    yield close_in(request)
    facts = RasterFacts.from_dict(request["facts"])
    for first, rows in opened.image(None).rows_of_overview(facts):
        yield {"frame": "rows", "first": first, "count": len(rows)}, [np.ascontiguousarray(rows).tobytes()]


class _Opened:
    """The file of a request; its library is loaded at once, the file opened when it is used."""

    def __init__(self, request: Header) -> None:
        self._path, self._kind, self._shown = Path(request["path"]), request["kind"], request["shown"]
        self._small = request.get("overview")
        self._rasterio: Any = None
        if self._kind in PYRAMIDS:
            _load_decoders(self._kind)
        else:
            from exchange.raster_images import load_rasterio

            self._rasterio = load_rasterio(self._kind)

    def facts(self) -> RasterFacts:
        """Return what the file is."""
        if self._kind in PYRAMIDS:
            return self._tiles()[1]
        found: RasterFacts = self.image(None).read_facts()
        return found

    def image(self, small: Any) -> Any:
        """Return the open picture."""
        from exchange.raster_images import RasterImage

        return RasterImage(self._rasterio, self._path, self._kind, self._shown, small)

    def sampler(self, facts: RasterFacts) -> Callable[[Any, int, int], Answer]:
        """Return what turns a mesh into a picture."""
        if self._kind in PYRAMIDS:
            from exchange.tile_pyramids import TilePyramid

            return TilePyramid(self._tiles()[0], facts).sample
        found: Callable[[Any, int, int], Answer] = self.image(self._read_small(facts)).sample
        return found

    def _read_small(self, facts: RasterFacts) -> Any:
        import numpy as np

        if not self._small:
            return None
        width, height = facts.overview_size
        if Path(self._small).stat().st_size != width * height * 4:
            raise UserError("RASTER-OVERVIEW", file=self._shown)
        return np.memmap(self._small, np.uint8, "r", shape=(height, width, 4))

    def _tiles(self) -> tuple[TileSource, RasterFacts]:
        if self._kind == "mbtiles":
            from exchange.mbtiles import MBTiles

            tiles = MBTiles(self._path)
            return tiles, tiles.read_facts(self._shown)
        from exchange.pmtiles_archive import PMTiles

        archive = PMTiles(self._path, self._shown)
        return archive, archive.read_facts(self._shown)


def _load_decoders(kind: str) -> None:
    """Load what opens the archive and its tiles: later only the file is in reach."""
    import importlib

    from PIL import Image

    importlib.import_module(f"exchange.{_ARCHIVES[kind]}")
    importlib.import_module("exchange.tile_pyramids")
    from exchange.document_images import prepare_pillow

    prepare_pillow()
    Image.init()


RASTER_OPERATIONS = {"raster-inspect": inspect, "raster-serve": serve, "raster-overview": overview}
