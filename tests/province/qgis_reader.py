"""Run by QGIS's own Python: reads a collection of a gateway and prints what QGIS understood of it."""

import json
import sys

from qgis.core import QgsApplication, QgsVectorLayer

application = QgsApplication([], True)
application.initQgis()
address, key, collection = sys.argv[1:4]
layer = QgsVectorLayer(f"url='{address}/ogc?key={key}' typename='{collection}' pageSize='2'", "read", "OAPIF")
if not layer.isValid():
    sys.exit("QGIS does not take it")
features = {}
for feature in layer.getFeatures():
    line = feature.geometry().asPolyline()
    features[feature["name"]] = [(point.x(), point.y()) for point in line]
print(json.dumps({"crs": layer.crs().authid(), "features": features}))
