"""QGIS drawing the same file in the same run: a script for the system's Python, where QGIS is installed."""

import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.checking import QGIS_PYTHON
from benchmarks.map_looks import COLORS, EDGE, HEIGHT, LINE, POINT, POINT_PX, WIDTH
from benchmarks.samples import Shape

_MM_A_PIXEL = 25.4 / 96

SCRIPT = """
import json, sys, time
from qgis.core import *
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor
order = json.loads(sys.argv[1])
app = QgsApplication([], False); app.initQgis()
print(time.time(), flush=True)
layer = QgsVectorLayer(order['source'], 'records', 'ogr')
if order['shape'] == 'polygon':
    edge = {'outline_style': 'solid', 'outline_width': '0.26'} if order['outline'] else {'outline_style': 'no'}
    symbol = lambda color: QgsFillSymbol.createSimple({'color': color, 'outline_color': order['edge'], **edge})
    layer.setRenderer(QgsCategorizedSymbolRenderer(
        'code_plan', [QgsRendererCategory(code, symbol(color), code) for code, color in order['colors'].items()]))
elif order['shape'] == 'line':
    look = {'color': order['line'], 'width': str(order['mm'])}
    layer.setRenderer(QgsSingleSymbolRenderer(QgsLineSymbol.createSimple(look)))
else:
    look = {'name': 'circle', 'color': order['point'], 'outline_style': 'no', 'size': str(order['size_mm'])}
    layer.setRenderer(QgsSingleSymbolRenderer(QgsMarkerSymbol.createSimple(look)))
simplify = layer.simplifyMethod(); simplify.setSimplifyHints(QgsVectorSimplifyMethod.GeometrySimplification)
layer.setSimplifyMethod(simplify)
settings = QgsMapSettings(); settings.setLayers([layer]); settings.setOutputSize(QSize(*order['size']))
settings.setBackgroundColor(QColor('#fbfaf6')); settings.setDestinationCrs(layer.crs())
settings.setFlag(QgsMapSettings.UseRenderingOptimization, True)
box = layer.extent(); box.scale(1 / 0.88); settings.setExtent(box)
for number in range(order['frames']):
    begun = time.perf_counter()
    job = QgsMapRendererSequentialJob(settings); job.start(); job.waitForFinished()
    image = job.renderedImage()
    print(time.time() if number == 0 else time.perf_counter() - begun, flush=True)
    if number == 0: image.save(order['picture'])
"""


@dataclass(frozen=True)
class QgisFrames:
    """Seconds from the start of QGIS, and from being ready, to its first frame; seconds of a further one."""

    started: float
    opened: float
    warm: float


def measure_qgis(
    source: Path, picture: Path, shape: Shape = "polygon", *, outline: bool = False, frames: int = 3
) -> QgisFrames | None:
    """Draw a whole file with QGIS and save the picture; ``None`` where there is no QGIS."""
    if not Path(QGIS_PYTHON).exists():
        return None
    order = {
        "source": str(source),
        "picture": str(picture),
        "shape": shape,
        "outline": outline,
        "frames": frames,
        "size": [WIDTH, HEIGHT],
        "colors": COLORS,
        "edge": EDGE,
        "line": LINE,
        "point": POINT,
        "mm": _MM_A_PIXEL,
        "size_mm": POINT_PX * _MM_A_PIXEL,
    }
    begun = time.time()
    done = subprocess.run(
        [QGIS_PYTHON, "-c", SCRIPT, json.dumps(order)],
        capture_output=True,
        text=True,
        check=False,
        env={"QT_QPA_PLATFORM": "offscreen", "PATH": "/usr/bin:/bin", "HOME": str(picture.parent)},
    )
    lines = done.stdout.split()
    if len(lines) < 3:
        return None
    ready, first, *further = map(float, lines)
    return QgisFrames(first - begun, first - ready, min(further))
