"""The window on a large workspace: seconds until it can be used, and memory, beside QGIS to an empty window."""

import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.checking import QGIS_PYTHON
from benchmarks.desks import filled_desk
from benchmarks.figures import Figure

SIZE = 100_000
WINDOW = """
import sys, time
from pathlib import Path
from core.memory import without_collection
with without_collection():
    from core.clock import utc_now
    from desktop.app import default_actor, prepare
    from desktop.tasks import GarbageCollection
app = prepare('vi')
collection = GarbageCollection()
from desktop.main_window import DeskWindow
from desktop.session import Session
from services.workspaces import open_desk
session = Session(open_desk(Path(sys.argv[1]), actor=default_actor(), clock=utc_now))
window = DeskWindow(session)
window.resize(1600, 900)
window.show()
window.commands.show_page('map')
app.processEvents()
shown, worked = time.time(), time.process_time()
while window.map.full_bounds() is None:
    app.processEvents()
window.map.grab_image()
drawn = time.time()
import os
def resident(pid):
    with open(f'/proc/{pid}/status') as status:
        return sum(int(line.split()[1]) for line in status if line.startswith('VmRSS')) / 1024
def children(pid):
    with open(f'/proc/{pid}/task/{pid}/children') as file:
        return [int(child) for child in file.read().split()]
me = os.getpid()
print(shown, worked, drawn, resident(me), sum(resident(child) for child in children(me)), flush=True)
os._exit(0)
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
    """Return the seconds from the start of the process, and the megabytes of the window and of its renderer."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    with TemporaryDirectory() as folder:
        with filled_desk(SIZE, Path(folder)) as desk:
            workspace = desk.workspace.folder
        begun = time.time()
        done = subprocess.run(
            [sys.executable, "-c", WINDOW, str(workspace)], capture_output=True, text=True, check=True, env=environment
        )
    shown, worked, drawn, window, renderer = map(float, done.stdout.split())
    peer_seconds, peer_memory = _qgis()
    return [
        Figure("window usable with a workspace", "s", shown - begun, peer_seconds, "QGIS to an empty canvas", SIZE),
        Figure("the same, processor time alone", "s", worked, size=SIZE),
        Figure("the same, every record drawn", "s", drawn - begun, size=SIZE),
        Figure("memory of the window", "MB", window, peer_memory, "QGIS, empty canvas", SIZE),
        Figure("memory of the renderer", "MB", renderer, size=SIZE),
    ]


def _qgis() -> tuple[float | None, float | None]:
    with TemporaryDirectory() as home:
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
