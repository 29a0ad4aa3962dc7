"""Run by QGIS's own Python: opens a project and prints what QGIS understood of it."""

import json
import sys

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsEditFormConfig,
    QgsExpression,
    QgsPointXY,
    QgsProject,
)

application = QgsApplication([], False)
application.initQgis()
project = QgsProject.instance()
if not project.read(sys.argv[1]):
    sys.exit("the project cannot be read: " + project.error())
layers = {}
for layer in project.mapLayers().values():
    fields, broken = {}, []
    for index, field in enumerate(layer.fields()):
        setup = field.editorWidgetSetup()
        limit = layer.constraintExpression(index)
        default = field.defaultValueDefinition().expression()
        for text in (limit, default):
            if text and QgsExpression(text).hasParserError():
                broken.append([field.name(), text])
        fields[field.name()] = {
            "widget": setup.type(),
            "options": setup.config(),
            "alias": field.alias(),
            "editable": not layer.editFormConfig().readOnly(index),
            "limit": limit,
        }
    for tab in layer.editFormConfig().tabs():
        for item in tab.findElements(tab.AeTypeContainer) if hasattr(tab, "findElements") else []:
            text = item.visibilityExpression().data().expression()
            if text and QgsExpression(text).hasParserError():
                broken.append([item.name(), text])
    if "surface" in fields:
        formatter = QgsApplication.fieldFormatterRegistry().fieldFormatter("ValueRelation")
        index = layer.fields().indexFromName("surface")
        config = fields["surface"]["options"]
        fields["surface"]["shown"] = {"BTN": formatter.representValue(layer, index, config, None, "BTN")}
    tabs = layer.editFormConfig().layout() == QgsEditFormConfig.TabLayout
    layers[layer.id().removeprefix("diaba_") if hasattr(str, "removeprefix") else layer.id()[6:]] = {
        "valid": layer.isValid(),
        "count": layer.featureCount(),
        "kind": int(layer.geometryType()),
        "layout": "tabs" if tabs else "",
        "fields": fields,
        "broken": broken,
    }
transform = QgsCoordinateTransform(project.crs(), QgsCoordinateReferenceSystem("EPSG:4326"), project)
point = transform.transform(QgsPointXY(float(sys.argv[2]), float(sys.argv[3])))
print(json.dumps({"crs": project.crs().authid(), "layers": layers, "degrees": [point.x(), point.y()]}, default=str))
