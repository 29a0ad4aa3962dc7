"""XML and JSON: entities, depth, references to elsewhere, numbers that are none."""

import json
from collections.abc import Iterator
from pathlib import Path

from tests.exchange.hostile.making import Place, mechanism
from tests.exchange.samples import PLACEMARK, WAYPOINT, gpx, kml, vrt

GML = (
    '<?xml version="1.0"?>%s<ogr:FeatureCollection xmlns:ogr="http://ogr.maptools.org/" '
    'xmlns:gml="http://www.opengis.net/gml" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" %s>%s</ogr:FeatureCollection>'
)
LAUGHS = '<!ENTITY a "0123456789">' + "".join(f'<!ENTITY {chr(98 + k)} "{f"&{chr(97 + k)};" * 10}">' for k in range(9))


@mechanism("xml: external entities")
def external_entities(at: Place) -> Iterator[Path]:
    for number, target in enumerate((f"file://{at.canary}", at.url, "file:///etc/passwd")):
        doctype = f'[<!ENTITY x SYSTEM "{target}">]>'
        yield at.put(f"a{number}.gpx", gpx("<name>&x;</name>" + WAYPOINT, f"<!DOCTYPE gpx {doctype}"))
        yield at.put(f"b{number}.kml", kml("<name>&x;</name>" + PLACEMARK, f"<!DOCTYPE kml {doctype}"))
        yield at.put(f"c{number}.gml", GML % (f"<!DOCTYPE x {doctype}", "", "<name>&x;</name>"))


@mechanism("xml: external document types and parameter entities")
def external_types(at: Place) -> Iterator[Path]:
    for number, doctype in enumerate((f'SYSTEM "file://{at.canary}"', f'PUBLIC "x" "{at.url}"')):
        yield at.put(f"a{number}.kml", kml(PLACEMARK, f"<!DOCTYPE kml {doctype}>"))
        yield at.put(f"a{number}.gpx", gpx(WAYPOINT, f"<!DOCTYPE gpx {doctype}>"))
    yield at.put("thamso.kml", kml(PLACEMARK, f'<!DOCTYPE kml [<!ENTITY % p SYSTEM "{at.url}"> %p;]>'))


@mechanism("xml: billion laughs")
def billion_laughs(at: Place) -> Iterator[Path]:
    yield at.put("a.gpx", gpx("<name>&j;</name>", f"<!DOCTYPE gpx [{LAUGHS}]>"))
    yield at.put("b.kml", kml("<name>&j;</name>", f"<!DOCTYPE kml [{LAUGHS}]>"))
    yield at.put("c.gpx", gpx("<name>&j;</name>", f"<!DOCTYPE gpx [{LAUGHS}]>").decode().encode("utf-16"))
    long = "a" * 100_000
    yield at.put("d.kml", kml("&a;" * 20_000, f'<!DOCTYPE kml [<!ENTITY a "{long}">]>'))


@mechanism("xml: depth and breadth")
def xml_depth(at: Place) -> Iterator[Path]:
    yield at.put("sau.kml", kml("<Folder>" * 20_000 + "</Folder>" * 20_000))
    yield at.put("sau.gpx", gpx("<extensions>" * 5000 + "</extensions>" * 5000))
    attributes = " ".join(f'a{k}="{k}"' for k in range(60_000))
    yield at.put("rong.kml", kml(f"<Placemark {attributes}><name>x</name></Placemark>"))
    yield at.put("ten.kml", kml(f"<{'x' * 1_000_000}/>" + PLACEMARK))


@mechanism("xml: not what its head says")
def xml_heads(at: Place) -> Iterator[Path]:
    yield at.put("utf7.kml", kml(PLACEMARK).replace(b"UTF-8", b"UTF-7"))
    yield at.put("la.gpx", gpx(WAYPOINT).replace(b"UTF-8", b"x-khong-co"))
    yield at.put("hong.kml", kml(PLACEMARK).replace(b"<name>", b"<name>\xff\xfe\xfa"))
    yield at.put("goc.gpx", b"<?xml version='1.0'?><kml/>")
    yield at.put("cut.kml", kml(PLACEMARK * 30)[:-200])
    yield at.put("nul.gpx", gpx(WAYPOINT.replace("Mốc", "M\x00c")))


@mechanism("xml: includes, style sheets and instructions")
def xml_includes(at: Place) -> Iterator[Path]:
    include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file://{at.canary}" parse="text"/>'
    yield at.put("a.kml", kml(include + PLACEMARK))
    yield at.put("b.kml", kml(PLACEMARK, f'<?xml-stylesheet type="text/xsl" href="{at.url}"?>'))
    yield at.put("c.gpx", gpx(f"<name>{include}</name>" + WAYPOINT))


@mechanism("kml: links to the network and to other files")
def kml_links(at: Place) -> Iterator[Path]:
    targets = (at.url, f"file://{at.canary}", str(at.canary), "\\\\127.0.0.1\\share\\a.kml", f"/vsicurl/{at.url}")
    for number, target in enumerate(targets):
        yield at.put(f"a{number}.kml", kml(f"<NetworkLink><Link><href>{target}</href></Link></NetworkLink>"))
    overlay = f"<GroundOverlay><Icon><href>{at.url}</href></Icon></GroundOverlay>"
    yield at.put("anh.kml", kml(overlay + PLACEMARK))
    yield at.put("so_do.kml", kml(f'<Schema><SimpleField type="string" name="x"/></Schema><a href="{at.url}"/>'))


@mechanism("gml: schemas and links elsewhere")
def gml_links(at: Place) -> Iterator[Path]:
    yield at.put("a.gml", GML % ("", f'xsi:schemaLocation="http://ogr.maptools.org/ {at.url}"', ""))
    yield at.put("b.gml", GML % ("", "", f'<gml:featureMember xlink:href="{at.url}"/>'))
    yield at.put("c.gml", GML % ("", f'xsi:schemaLocation="x file://{at.canary}"', "<gml:featureMember/>"))


@mechanism("xml: coordinates that are no places")
def xml_places(at: Place) -> Iterator[Path]:
    for number, text in enumerate(("nan,nan", "inf,-inf", "1e308,1e308", "1,2,3,4,5,6,7", "", ",,,", "0x10,0x20")):
        body = f"<Placemark><name>x</name><Point><coordinates>{text}</coordinates></Point></Placemark>"
        yield at.put(f"a{number}.kml", kml(body))
    line = "104.9,22.4 " * 200_000
    body = f"<Placemark><LineString><coordinates>{line}</coordinates></LineString></Placemark>"
    yield at.put("dai.kml", kml(body))
    for number, pair in enumerate((("nan", "nan"), ("1e999", "0"), ("", ""), ("22,4", "104,9"))):
        yield at.put(f"b{number}.gpx", gpx(f'<wpt lat="{pair[0]}" lon="{pair[1]}"><name>x</name></wpt>'))


@mechanism("vrt and other redirections in any clothes")
def redirections(at: Place) -> Iterator[Path]:
    for suffix in (".gpkg", ".geojson", ".fgb", ".gpx", ".kml", ".kmz", ".dxf", ".csv", ".txt", ".vrt", ".xml", ".dgn"):
        yield at.put(f"a{suffix}", vrt(at.canary))
    yield at.put("b.kml", b"\xef\xbb\xbf\n " + vrt(at.canary))
    yield at.put("c.kml", "<?xml version='1.0'?><OGRVRTDataSource><!-- <kml> --></OGRVRTDataSource>")
    streamed = {"type": "gdal_streamed_alg", "command_line": f"gdal vector convert {at.canary} x.gpkg"}
    yield at.put("d.geojson", json.dumps(streamed))
    yield at.put("e.json", json.dumps({"type": "Topology", "objects": {}, "$ref": f"file://{at.canary}"}))


def _features(*features: object, **more: object) -> str:
    return json.dumps({"type": "FeatureCollection", **more, "features": list(features)})


def _feature(geometry: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


POINT = {"type": "Point", "coordinates": [104.9, 22.4]}


@mechanism("json: addresses in any field")
def json_links(at: Place) -> Iterator[Path]:
    link = {"type": "link", "properties": {"href": at.url, "type": "proj4"}}
    yield at.put("crs.geojson", _features(_feature(POINT, ten="x"), crs=link))
    for number, name in enumerate((f"/vsicurl/{at.url}", f"file://{at.canary}", "/vsizip//etc/passwd", at.url)):
        yield at.put(f"ten{number}.geojson", _features(_feature(POINT, ten=name), name=name))
        crs = {"type": "name", "properties": {"name": name}}
        yield at.put(f"he{number}.geojson", _features(_feature(POINT, ten="x"), crs=crs))
    yield at.put("esri.json", json.dumps({"geometryType": "x", "next": at.url, "features": []}))


@mechanism("json: depth")
def json_depth(at: Place) -> Iterator[Path]:
    yield at.put("a.geojson", '{"type":"FeatureCollection","features":' + "[" * 200_000)
    yield at.put("b.geojson", '{"a":' * 100_000 + "1" + "}" * 100_000)
    geometry: dict[str, object] = POINT
    for _ in range(200):
        geometry = {"type": "GeometryCollection", "geometries": [geometry]}
    yield at.put("c.geojson", _features(_feature(geometry)))
    deep = '{"type":"GeometryCollection","geometries":[' * 20_000 + "]}" * 20_000
    yield at.put("d.geojson", f'{{"type":"FeatureCollection","features":[{{"type":"Feature","geometry":{deep}}}]}}')


@mechanism("json: numbers that are none")
def json_numbers(at: Place) -> Iterator[Path]:
    for number, pair in enumerate(
        ("NaN,NaN", "1e999,-1e999", "Infinity,0", '"104.9","22.4"', "null,null", "1" * 400 + ",0")
    ):
        text = '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":%s},"geometry":'
        head = text % ("9" * 40 if number % 2 else "1e400")
        yield at.put(f"a{number}.geojson", f'{head}{{"type":"Point","coordinates":[{pair}]}}}}]}}')


@mechanism("json: shapes that are none")
def json_shapes(at: Place) -> Iterator[Path]:
    strange: tuple[object, ...] = (
        {"type": "Point"}, {"type": "Point", "coordinates": []}, {"type": "Polygon", "coordinates": [[[1, 2]]]},
        {"type": "Polygon", "coordinates": [[]]}, {"type": "LineString", "coordinates": [[1]]},
        {"type": "Cube", "coordinates": [1, 2, 3]}, {"type": "Point", "coordinates": {"x": 1}}, 7, [POINT],
        {"type": "MultiPolygon", "coordinates": [[[[0, 0], [0, 0], [0, 0], [0, 0]]]]},
    )  # fmt: skip
    for number, geometry in enumerate(strange):
        yield at.put(f"a{number}.geojson", _features(_feature(geometry, ten="x")))


@mechanism("json: texts and keys that are none")
def json_texts(at: Place) -> Iterator[Path]:
    whole = _features(_feature(POINT, ten="DUONG"))
    yield at.put("nua.geojson", whole.replace("DUONG", "\\ud800"))
    yield at.put("nul.geojson", whole.replace("DUONG", "a\\u0000b\\\\u0000"))
    yield at.put("khoa.geojson", whole.replace('"ten"', '"ten": 1, "ten": [1], "ten\\u0000"'))
    yield at.put("duoi.geojson", whole + "}" * 1000 + "PK\x03\x04")
    yield at.put("byte.geojson", whole.encode().replace(b"DUONG", b"\xff\xfe\xc3\x28"))
    keys = {f"c{k}": k for k in range(5_000)}
    yield at.put("cot.geojson", _features(_feature(POINT, **keys)))
    yield at.put("dai.geojson", _features(_feature(POINT, ten="x" * 20_000_000)))
    yield at.put(
        "ten.geojson", _features(_feature(POINT, **{"'; DROP TABLE road_segment; --": "x", "": "y", "fid": 1}))
    )
