"""The only two foreign functions that a SpatiaLite store's triggers call, so that the library itself is not needed."""

from collections.abc import Callable
from typing import Any

from localdb import blobs

GEOMETRY_ANY = 0


def geometry_constraints(blob: Any, geometry_type: Any, srid: Any) -> int:
    """Return 1 when the blob may stand in a column of this type and SRID, 0 when not, -1 when it is no geometry.

    A column of type GEOMETRY takes every class and every dimension; NULL and the empty blob are always allowed.
    """
    if blob is None:
        return 1
    if type(blob) is not bytes or type(geometry_type) is not int or type(srid) is not int:
        return -1
    if not blob:
        return 1
    head = blobs.read_head(blob)
    if head is None:
        return -1
    found_type, found_srid = head
    if found_srid != srid:
        return 0
    return int(geometry_type % 1000 == GEOMETRY_ANY or found_type % 1_000_000 == geometry_type)


def register_functions(connection: Any) -> None:
    """Give a DB-API connection ``GeometryConstraints`` and ``RTreeAlign``."""
    connection.create_function("GeometryConstraints", 3, geometry_constraints, deterministic=True)
    connection.create_function("RTreeAlign", 3, _rtree_align(connection))


def _rtree_align(connection: Any) -> Callable[[Any, Any, Any], int]:
    def align(table: str, key: int, blob: Any) -> int:
        """Put the box that ``blob`` states into the R*Tree ``table``; an unreadable one gets none, as there."""
        if not blob:
            return 1
        if type(blob) is not bytes:
            return -1
        box = blobs.read_box(blob)
        if box is None:
            return 1
        quoted = '"' + table.replace('"', '""') + '"'
        statement = f"INSERT INTO {quoted}(pkid, xmin, ymin, xmax, ymax) VALUES (?, ?, ?, ?, ?)"  # noqa: S608
        try:
            connection.execute(statement, (key, *box))
        except connection.Error:
            return 0
        return 1

    return align
