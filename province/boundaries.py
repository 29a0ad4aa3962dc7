"""The communes' outlines, as far as an office has loaded them; without one, no record counts as outside."""

import shapely
from sqlalchemy import Connection, delete, insert, select

from province.columns import extended_wkb
from province.tables import commune_boundaries

Outlines = dict[str, shapely.Geometry]


def store_boundary(
    connection: Connection, commune_code: str, *, epsg: int, outline: shapely.Geometry, source: str
) -> None:
    """Keep a commune's outline, given in the zone ``epsg``, in place of an earlier one."""
    min_x, min_y, max_x, max_y = map(float, shapely.bounds(outline))
    connection.execute(delete(commune_boundaries).where(commune_boundaries.c.commune_code == commune_code))
    connection.execute(
        insert(commune_boundaries).values(
            commune_code=commune_code,
            epsg=epsg,
            geometry=extended_wkb(shapely.to_wkb(outline, byte_order=1, output_dimension=2, flavor="iso"), epsg),
            min_x=min_x,
            min_y=min_y,
            max_x=max_x,
            max_y=max_y,
            source=source,
        )
    )


def fetch_boundaries(connection: Connection, commune_code: str, epsg: int) -> tuple[shapely.Geometry | None, Outlines]:
    """Return a commune's outline and, by code, those of the communes whose boxes touch its own; all in ``epsg``."""
    table = commune_boundaries
    own = connection.execute(
        select(table).where(table.c.commune_code == commune_code, table.c.epsg == epsg)
    ).one_or_none()
    if own is None:
        return None, {}
    near = select(table).where(
        table.c.epsg == epsg,
        table.c.commune_code != commune_code,
        table.c.min_x <= own.max_x,
        table.c.max_x >= own.min_x,
        table.c.min_y <= own.max_y,
        table.c.max_y >= own.min_y,
    )
    outlines = {row.commune_code: shapely.from_wkb(row.geometry) for row in connection.execute(near)}
    return shapely.from_wkb(own.geometry), outlines
