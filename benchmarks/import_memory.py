"""The most memory that an import holds at once, in all its programs: `python -m benchmarks import_memory`."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure
from benchmarks.importing import TYPE
from benchmarks.processes import held_megabytes
from benchmarks.samples import write_geopackage

SIZES = (100_000,)
_EVERY_S = 0.1


def measure(sizes: Sequence[int] = SIZES) -> list[Figure]:
    """Return the megabytes of a program that imports polygons and of the reader that it starts, looked at often."""
    figures = []
    for size in sizes:
        with TemporaryDirectory() as folder:
            source = write_geopackage(Path(folder) / "polygons.gpkg", size)
            command = [sys.executable, "-m", "benchmarks.import_memory", str(source), str(Path(folder) / "workspace")]
            most = 0.0
            with subprocess.Popen(command) as running:
                while running.poll() is None:
                    most = max(most, held_megabytes([running.pid]))
                    time.sleep(_EVERY_S)
            if running.returncode:
                raise RuntimeError("the import failed")
        figures.append(Figure("import polygons, memory", "MB", most, size=size))
    return figures


def import_once(source: Path, workspace: Path) -> None:
    """Import a file into a new workspace."""
    from core.clock import utc_now
    from forms.record import Actor
    from services.importing import propose_import, run_import
    from services.workspaces import create_desk

    with create_desk(workspace, "01153", actor=Actor("bench"), clock=utc_now) as desk:
        run_import(desk, propose_import(desk, source, type_id=TYPE))


if __name__ == "__main__":
    import_once(*map(Path, sys.argv[1:]))
