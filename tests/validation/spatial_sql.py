"""What the rules about shapes say, said once more in PostGIS's SQL, by somebody who has not read the rules' code."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from benchmarks.postgis import PostGis
from validation.batch import Batch
from validation.tolerances import default_tolerances

COLUMNS = {
    "type": "text",
    "uid": "text",
    "kind": "text",
    "dossier_uid": "text",
    "plan_kind": "text",
    "plan_level": "text",
    "status": "text",
    "replaces_uid": "text",
    "from_node_uid": "text",
    "to_node_uid": "text",
    "parts_reason": "text",
    "code_plan": "text",
    "area_decision_ha": "float8",
    "safety_corridor_m": "float8",
    "shape": "geometry",
}

_COMMON = """
CREATE OR REPLACE TEMP VIEW sound AS SELECT * FROM records WHERE NOT ST_IsEmpty(shape) AND ST_IsValid(shape);
CREATE OR REPLACE TEMP VIEW zones AS
  SELECT * FROM sound WHERE type IN ('planning_zone', 'land_use_plan_area') AND dossier_uid IS NOT NULL;
CREATE OR REPLACE TEMP VIEW paths AS
  SELECT uid, type, (ST_Dump(shape)).path AS part, (ST_Dump(shape)).geom AS path
  FROM records WHERE ST_Dimension(shape) = 1;
CREATE OR REPLACE TEMP VIEW ends AS
  SELECT uid, type, part, 0 AS last, ST_StartPoint(path) AS point FROM paths
  WHERE NOT ST_Equals(ST_StartPoint(path), ST_EndPoint(path))
  UNION ALL
  SELECT uid, type, part, 1, ST_EndPoint(path) FROM paths
  WHERE NOT ST_Equals(ST_StartPoint(path), ST_EndPoint(path));
"""


def _loose_ends(code: str, least: str, most: str) -> str:
    return f"""
SELECT '{code}' AS code, e.uid, '' AS other FROM ends e
CROSS JOIN LATERAL (
  SELECT min(ST_Distance(e.point, r.shape)) AS apart FROM sound r
  WHERE r.type = 'road_segment' AND r.uid <> e.uid AND ST_DWithin(e.point, r.shape, {{top08_within_m}})
) nearest
WHERE e.type = 'road_segment' AND nearest.apart > {{{least}}} AND nearest.apart <= {{{most}}}
"""


QUERIES: Mapping[str, str] = {
    "GEO-02": """
SELECT 'GEO-02' AS code, uid, '' AS other FROM records
WHERE ST_Dimension(shape) > 0 AND NOT ST_IsEmpty(shape) AND NOT ST_IsValid(shape)
  AND ST_IsValidReason(shape) NOT LIKE 'Too few points%'
""",
    "GEO-05.duplicate": """
SELECT DISTINCT 'GEO-05.duplicate' AS code, uid, '' AS other FROM (
  SELECT uid, geom, lag(geom) OVER (PARTITION BY uid, path[1:array_length(path, 1) - 1] ORDER BY path) AS before
  FROM records, ST_DumpPoints(shape) WHERE ST_Dimension(shape) > 0
) steps WHERE ST_Distance(geom, before) < {geo05_distance_m}
""",
    "GEO-06": """
SELECT DISTINCT ON (uid)
  CASE WHEN ST_Area(geom) < {geo06_area_m2} THEN 'GEO-06.small' ELSE 'GEO-06.narrow' END AS code, uid, '' AS other
FROM sound, ST_Dump(shape) WHERE ST_Dimension(shape) = 2
  AND (ST_Area(geom) < {geo06_area_m2} OR 2 * ST_Area(geom) / ST_Perimeter(geom) < {geo06_width_m})
ORDER BY uid, path
""",
    "TOP-01": """
SELECT 'TOP-01' AS code, uid, '' AS other FROM records
WHERE type = 'planning_boundary' AND ST_NumGeometries(shape) > 1 AND coalesce(trim(parts_reason), '') = ''
""",
    "TOP-02": """
SELECT 'TOP-02' AS code, a.uid, b.uid AS other FROM sound a
JOIN sound b ON b.type = a.type AND b.uid < a.uid AND a.shape && b.shape
JOIN records p ON p.uid = a.dossier_uid AND p.type = 'planning_dossier'
JOIN records q ON q.uid = b.dossier_uid AND q.type = 'planning_dossier'
WHERE a.type = 'planning_boundary' AND p.uid <> q.uid AND p.plan_kind = q.plan_kind AND p.plan_level = q.plan_level
  AND p.status IN ('da_phe_duyet', 'dang_dieu_chinh', 'chuyen_tiep')
  AND q.status IN ('da_phe_duyet', 'dang_dieu_chinh', 'chuyen_tiep')
  AND p.replaces_uid IS DISTINCT FROM q.uid AND q.replaces_uid IS DISTINCT FROM p.uid
  AND ST_Area(ST_Intersection(a.shape, b.shape)) > {top02_overlap_m2}
""",
    "TOP-03": """
SELECT 'TOP-03' AS code, uid, '' AS other FROM sound
WHERE type = 'planning_boundary' AND area_decision_ha > 0
  AND abs(ST_Area(shape) / 10000 - area_decision_ha) / area_decision_ha * 100 > {top03_area_percent}
""",
    "TOP-04": """
SELECT 'TOP-04' AS code, a.uid, b.uid AS other FROM zones a
JOIN zones b ON b.type = a.type AND b.dossier_uid = a.dossier_uid AND b.uid < a.uid AND a.shape && b.shape
WHERE ST_Area(ST_Intersection(a.shape, b.shape)) > {top04_overlap_m2}
""",
    "TOP-05": """
WITH covered AS (SELECT dossier_uid, ST_Union(shape) AS shape FROM zones GROUP BY dossier_uid),
gaps AS (
  SELECT b.uid, ST_Area(b.shape) AS whole, ST_Area(gap.geom) AS area
  FROM sound b JOIN covered c USING (dossier_uid), ST_Dump(ST_Difference(b.shape, c.shape)) gap
  WHERE b.type = 'planning_boundary' AND ST_Area(gap.geom) > {top05_gap_m2}
),
sums AS (SELECT uid, count(*) AS number, 100 * sum(area) / min(whole) AS share FROM gaps GROUP BY uid)
SELECT CASE WHEN share > {top05_gap_percent} THEN 'TOP-05.share' ELSE 'TOP-05.gap' END AS code, uid, '' AS other
FROM sums, generate_series(1, CASE WHEN share > {top05_gap_percent} THEN 1 ELSE number END)
""",
    "TOP-06": """
WITH outlines AS (
  SELECT dossier_uid, ST_Union(shape) AS shape FROM sound WHERE type = 'planning_boundary' GROUP BY dossier_uid
)
SELECT 'TOP-06' AS code, z.uid, '' AS other FROM zones z JOIN outlines o USING (dossier_uid)
WHERE ST_Area(ST_Difference(z.shape, o.shape)) > {top06_outside_m2}
""",
    "TOP-07": """
SELECT DISTINCT 'TOP-07' AS code, greatest(a.uid, b.uid) AS uid, least(a.uid, b.uid) AS other FROM sound a
JOIN sound b ON b.type = a.type AND b.dossier_uid IS NOT DISTINCT FROM a.dossier_uid AND a.shape && b.shape,
ST_Dump(ST_Intersection(a.shape, b.shape)) met
WHERE a.type = 'planning_control_line' AND a.kind = 'CGXD' AND b.kind = 'CGDD' AND ST_Dimension(met.geom) = 0
  AND NOT ST_Intersects(met.geom, ST_Boundary(a.shape)) AND NOT ST_Intersects(met.geom, ST_Boundary(b.shape))
""",
    "NET-01": _loose_ends("NET-01", "net01_joined_m", "net01_apart_m"),
    "TOP-08": _loose_ends("TOP-08", "net01_apart_m", "top08_within_m"),
    "TOP-09": """
SELECT DISTINCT 'TOP-09' AS code, a.uid, b.uid AS other FROM sound a
JOIN sound b ON b.type = a.type AND b.uid < a.uid AND a.shape && b.shape,
ST_Dump(ST_Intersection(a.shape, b.shape)) met
WHERE a.type = 'road_segment' AND ST_Dimension(met.geom) = 0
  AND NOT coalesce(ST_DWithin(met.geom, ST_Boundary(a.shape), {net01_joined_m}), false)
  AND NOT coalesce(ST_DWithin(met.geom, ST_Boundary(b.shape), {net01_joined_m}), false)
  AND NOT (ST_DWithin(met.geom, ST_Points(a.shape), {net01_joined_m})
           AND ST_DWithin(met.geom, ST_Points(b.shape), {net01_joined_m}))
  AND NOT EXISTS (
    SELECT FROM records k WHERE k.type = 'bridge' AND ST_DWithin(k.shape, met.geom, {top09_bridge_m})
  )
""",
    "TOP-11": """
SELECT 'TOP-11' AS code, a.uid, b.uid AS other FROM sound a
JOIN sound b ON b.type = a.type AND b.uid < a.uid AND ST_DWithin(a.shape, b.shape, {top11_apart_m})
WHERE a.type NOT IN ('land_use_plan_area', 'planning_zone')
  AND a.kind IS NOT DISTINCT FROM b.kind AND a.dossier_uid IS NOT DISTINCT FROM b.dossier_uid
  AND ST_Dimension(a.shape) = ST_Dimension(b.shape)
  AND ST_HausdorffDistance(a.shape, b.shape) < {top11_apart_m}
""",
    "TOP-12": """
SELECT 'TOP-12.road' AS code, a.uid, b.uid AS other FROM sound a JOIN sound b ON a.shape && b.shape
WHERE a.type = 'public_building' AND b.type = 'road_segment'
  AND ST_Length(ST_Intersection(a.shape, b.shape)) > {top12_road_m}
UNION ALL
SELECT 'TOP-12.water', a.uid, b.uid FROM sound a JOIN sound b ON a.shape && b.shape
WHERE a.type = 'public_building' AND b.type = 'drainage_node'
  AND ST_Area(ST_Intersection(a.shape, b.shape)) > {top12_water_m2}
""",
    "TOP-13": """
SELECT DISTINCT 'TOP-13' AS code, uid, '' AS other
FROM sound, ST_Dump(shape) part, ST_DumpRings(part.geom) hole
WHERE type = 'planning_boundary' AND hole.path[1] > 0 AND ST_Area(hole.geom) > {top13_hole_m2}
  AND ST_Intersects(ST_ExteriorRing(hole.geom), ST_ExteriorRing(part.geom))
""",
    "TOP-14": """
SELECT 'TOP-14' AS code, a.uid, b.uid AS other FROM sound a
JOIN sound b ON b.type = 'power_line' AND b.safety_corridor_m > 0
WHERE a.type IN ('telecom_line', 'drainage_line', 'water_supply_line')
  AND ST_Length(ST_Intersection(a.shape, ST_Buffer(b.shape, b.safety_corridor_m, 'endcap=flat quad_segs=16')))
      > {top14_along_m} + 2 * b.safety_corridor_m
""",
    "NET-03": """
SELECT DISTINCT 'NET-03' AS code, e.uid, '' AS other FROM ends e JOIN records d USING (uid)
WHERE e.type = 'drainage_line' AND (CASE WHEN last = 0 THEN d.from_node_uid ELSE d.to_node_uid END) IS NULL
  AND NOT EXISTS (
    SELECT FROM records n WHERE n.type = 'drainage_node' AND ST_DWithin(n.shape, e.point, {net03_node_m})
  )
""",
    "NET-07": """
SELECT DISTINCT 'NET-07' AS code, e.uid, '' AS other FROM ends e
WHERE e.type = 'telecom_line' AND EXISTS (SELECT FROM records WHERE type = 'telecom_facility')
  AND NOT EXISTS (
    SELECT FROM records n WHERE n.type IN ('telecom_facility', 'telecom_line') AND n.uid <> e.uid
      AND ST_DWithin(n.shape, e.point, {net07_reach_m})
  )
""",
    "SEC-03": """
SELECT DISTINCT 'SEC-03' AS code, a.uid, '' AS other FROM sound a JOIN sound b ON ST_Contains(a.shape, b.shape)
WHERE a.type = 'land_use_plan_area' AND a.code_plan IN ('CQP', 'CAN') AND b.type IN ('public_building', 'power_line')
""",
}

Told = Counter[tuple[str, str, str]]


def ask(server: PostGis, batches: Iterable[Batch], rule_ids: Iterable[str]) -> Told:
    """Return what PostGIS finds in the records: code, uid, other record (an empty text without one), and how often."""
    keys = [key for key in COLUMNS if key not in ("type", "uid", "shape")]
    rows = [
        [batch.type.id, uid, *(batch.column(key)[index] for key in keys), batch.geometries[index]]
        for batch in batches
        for index, uid in enumerate(batch.uids)
    ]
    server.load("records", COLUMNS, rows)
    asked = [QUERIES[rule_id].strip().format(**default_tolerances()) for rule_id in rule_ids]
    union = " UNION ALL ".join(f"SELECT * FROM ({query}) q{place}" for place, query in enumerate(asked))
    return Counter((row["code"], row["uid"], row["other"]) for row in server.run(f"{_COMMON}{union};"))


def told_by(findings: Iterable[Any], rule_ids: Iterable[str]) -> Told:
    """Return what the rules find, in the same form; whom an end lies near and what is inside is not compared."""
    wanted = set(rule_ids)
    told: Told = Counter()
    for finding in findings:
        if finding.rule_id in wanted and finding.text_code != "GEO-05.spike":
            code = "GEO-02" if finding.rule_id == "GEO-02" else finding.text_code
            pair = finding.rule_id in ("TOP-02", "TOP-04", "TOP-07", "TOP-09", "TOP-11", "TOP-12", "TOP-14")
            told[code, finding.uid, finding.others[0] if pair else ""] += 1
    return told
