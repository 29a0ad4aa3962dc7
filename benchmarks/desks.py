"""A workspace of many records to measure on, imported the way users import."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.samples import write_geopackage
from core.clock import utc_now
from forms.record import Actor
from services.desk import Desk
from services.importing import propose_import, run_import
from services.workspaces import create_desk

TYPE = "land_use_plan_area"


@contextmanager
def filled_desk(count: int, folder: Path | None = None) -> Iterator[Desk]:
    """Give a desk with ``count`` polygon records, in ``folder`` or in one that is removed afterwards."""
    with TemporaryDirectory() as spare:
        place = folder or Path(spare)
        source = write_geopackage(Path(spare) / "polygons.gpkg", count)
        with create_desk(place / "workspace", "01153", actor=Actor("bench"), clock=utc_now) as desk:
            run_import(desk, propose_import(desk, source, type_id=TYPE))
            source.unlink()
            yield desk
