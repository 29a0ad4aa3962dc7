"""The window on a large workspace: seconds until it can be used, and memory, beside QGIS to an empty window."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.checking import QGIS_PYTHON
from benchmarks.desks import filled_desk
from benchmarks.figures import Figure

SIZE = 100_000
WINDOW = """
import sys, time
from desktop.app import time_to_usable
seconds, megabytes = time_to_usable(sys.argv[1])
print(seconds, megabytes)
"""
QGIS_WINDOW = """
import resource, sys
from qgis.core import QgsApplication
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtWidgets import QMainWindow
app = QgsApplication([], True); app.initQgis()
window = QMainWindow(); canvas = QgsMapCanvas(); window.setCentralWidget(canvas); window.show(); app.processEvents()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def measure() -> list[Figure]:
    """Return seconds and megabytes."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    with filled_desk(SIZE) as desk:
        folder = desk.workspace.folder
        desk.workspace.close()
        begun = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", WINDOW, str(folder)], capture_output=True, text=True, check=True, env=environment
        )
        whole = time.perf_counter() - begun
    usable, memory = map(float, done.stdout.split())
    peer_seconds, peer_memory = _qgis()
    return [
        Figure("window usable with a workspace", "s", min(usable, whole), peer_seconds, "QGIS to an empty canvas", SIZE),
        Figure("memory with it open", "MB", memory, peer_memory, "QGIS, empty canvas", SIZE),
    ]


def _qgis() -> tuple[float | None, float | None]:
    with tempfile.TemporaryDirectory() as home:
        if not Path(QGIS_PYTHON).exists():
            return None, None
        begun = time.perf_counter()
        done = subprocess.run(
            [QGIS_PYTHON, "-c", QGIS_WINDOW],
            capture_output=True,
            text=True,
            check=False,
            env={"QT_QPA_PLATFORM": "offscreen", "PATH": "/usr/bin:/bin", "HOME": home},
        )
        seconds = time.perf_counter() - begun
    lines = done.stdout.split()
    return (seconds, float(lines[-1])) if done.returncode == 0 and lines else (None, None)
