"""A workspace of many records to measure on, imported the way users import."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.samples import LAYERS, Shape, write_geopackage
from core.clock import utc_now
from forms.record import Actor
from services.desk import Desk
from services.importing import propose_import, run_import
from services.workspaces import create_desk

TYPE = LAYERS["polygon"]


@contextmanager
def filled_desk(count: int, folder: Path | None = None, shape: Shape = "polygon") -> Iterator[Desk]:
    """Give a desk with ``count`` records of a shape, in ``folder`` or in one that is removed afterwards."""
    with TemporaryDirectory() as spare:
        place = folder or Path(spare)
        source = write_geopackage(Path(spare) / "records.gpkg", count, shape)
        with create_desk(place / "workspace", "01153", actor=Actor("bench"), clock=utc_now) as desk:
            run_import(desk, propose_import(desk, source, type_id=LAYERS[shape]))
            source.unlink()
            yield desk
