"""A first look at a large field file: some rows of each layer, long before all of it is read."""

from dataclasses import dataclass, replace

from core.errors import EnvironmentFault, UserError
from core.progress import SILENT, Progress
from exchange.gathering import Gathered
from exchange.reading import run_reader
from exchange.sandbox import Limits
from exchange.staging import StagedFile
from exchange.table import Table
from exchange.wkt_column import with_wkt_shapes

LARGE_BYTES = 1_000_000
"""A smaller file is read whole as soon."""

_LIMITS = Limits(seconds=30.0)


@dataclass(frozen=True, slots=True)
class LayerPart:
    """Some rows of one layer, its first and where possible some from all over it.

    ``geometry`` is the kind it is listed under, ``count`` how many rows the layer has, ``None`` where only a whole
    reading tells. The table's row numbers are not those of the file, and nothing of it is rejected yet.
    """

    table: Table
    geometry: str | None
    count: int | None

    @property
    def is_whole(self) -> bool:
        """Whether these are all the rows there are."""
        return self.count == len(self.table)


def glance_staged(staged: StagedFile, progress: Progress = SILENT) -> tuple[LayerPart, ...]:
    """Return some rows of each layer of a large file.

    None where the file is not large, is a drawing, cannot be read in part, or where the first look fails: then the
    whole reading tells what it is, or what is wrong.
    """
    if staged.kind.reader not in ("gdal", "text", "sheets") or staged.size < LARGE_BYTES:
        return ()
    found: list[LayerPart] = []
    begun: list[tuple[Gathered, str | None, int | None]] = []
    try:
        for header, buffers in run_reader("glance", staged, _LIMITS, lambda: progress.step(0, None)):
            if header["frame"] == "layer":
                count = header["count"]
                begun.append((Gathered(staged), header["geometry"], None if count is None else int(count)))
            else:
                begun[-1][0].add(header, buffers)
        for gathered, geometry, count in begun:
            table = with_wkt_shapes(gathered.table(trust_declared=True))
            found.append(LayerPart(replace(table, rejected=(), warnings=()), geometry, count))
    except (UserError, EnvironmentFault, LookupError, TypeError, ValueError):
        return ()
    return tuple(found)
