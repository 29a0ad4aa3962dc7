"""Before anything else runs in the packaged program: only its own PROJ, GDAL and Qt data count."""

import os
import sys

for name in (
    *("PROJ_LIB", "PROJ_DATA", "GDAL_DATA", "GDAL_DRIVER_PATH", "OGR_DRIVER_PATH"),
    *("QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH", "PYTHONPATH", "PYTHONHOME"),
):
    os.environ.pop(name, None)
os.environ["PROJ_DATA"] = os.path.join(sys._MEIPASS, "pyogrio", "proj_data")
os.environ["GDAL_DATA"] = os.path.join(sys._MEIPASS, "pyogrio", "gdal_data")
