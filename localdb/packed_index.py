"""Fills an empty R*Tree at once: boxes packed into its nodes side by side, in the form in which SQLite keeps them.

A node (https://sqlite.org/rtree.html, section 6) is its height above the leaves, which only the root states, the number
of its cells, and the cells: the number of a record or node with a box of four 32-bit numbers, all big-endian.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from localdb.engine import fetch_rows
from localdb.geometry_columns import quote_name
from localdb.statements import Rows, insert_rows

Numbers = npt.NDArray[np.int64]
Boxes = npt.NDArray[np.float64]
SmallBoxes = npt.NDArray[np.float32]

_ROOT = 1
_CELL = np.dtype([("number", ">i8"), ("box", ">f4", (4,))])
_AT_ONCE = 50_000  # boxes
_DOWN, _UP = 1.0 - 2.0**-23, 1.0 + 2.0**-23  # as SQLite moves a number that 32 bits do not hold


@dataclass(frozen=True, slots=True)
class _Level:
    """The nodes of one height: their numbers, where the cells of each begin, and all cells in their order."""

    nodes: Numbers
    starts: Numbers
    numbers: Numbers
    boxes: SmallBoxes

    @property
    def counts(self) -> Numbers:
        """How many cells each node has."""
        return np.diff(self.starts, append=len(self.numbers))

    @property
    def outlines(self) -> SmallBoxes:
        """The box around each node."""
        lowest, highest = (reduce.reduceat(self.boxes, self.starts) for reduce in (np.minimum, np.maximum))
        return np.where([True, False, True, False], lowest, highest)


def is_empty(connection: Connection, index: str) -> bool:
    """Whether the R*Tree ``index`` holds no box yet."""
    return not fetch_rows(connection, f"SELECT 1 FROM {quote_name(index)} LIMIT 1")  # noqa: S608 (quoted name)


def fill_index(connection: Connection, index: str, numbers: Numbers, boxes: Boxes) -> None:
    """Put boxes ``(n, 4)`` (xmin, ymin, xmax, ymax, all finite) into the empty R*Tree ``index`` under ``numbers``."""
    if not len(numbers):
        return
    node, rowid, parent = (f"{index}_{part}" for part in ("node", "rowid", "parent"))
    sql = f"SELECT length(data) FROM {quote_name(node)} WHERE nodeno = ?"  # noqa: S608 (quoted name)
    [(size,)] = fetch_rows(connection, sql, (_ROOT,))
    most = (size - 4) // _CELL.itemsize
    for table in (node, rowid, parent):  # boxes that were there once may have left their nodes
        connection.exec_driver_sql(f"DELETE FROM {quote_name(table)}")  # noqa: S608 (quoted name)
    for height, level in enumerate(_build_levels(numbers, _in_32_bits(boxes), most)):
        owners = np.repeat(level.nodes, level.counts)
        table, key, owner = (parent, "nodeno", "parentnode") if height else (rowid, "rowid", "nodeno")
        for start in range(0, len(owners), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            told = {key: level.numbers[part].tolist(), owner: owners[part].tolist()}
            insert_rows(connection, Rows(table, len(told[key]), told))
        nodes = {"nodeno": level.nodes.tolist(), "data": list(_encode(level, height, size, most))}
        insert_rows(connection, Rows(node, len(level.nodes), nodes))


def _build_levels(numbers: Numbers, boxes: SmallBoxes, most: int) -> Iterator[_Level]:
    """Yield the levels from the leaves up to the root."""
    first = _ROOT + 1
    while True:
        level = _pack(numbers, boxes, most, first)
        yield level
        if len(level.nodes) == 1:
            return
        numbers, boxes, first = level.nodes, level.outlines, first + len(level.nodes)


def _pack(numbers: Numbers, boxes: SmallBoxes, most: int, first: int) -> _Level:
    """Return nodes of up to ``most`` boxes that lie near each other: strips from west to east, each cut from south."""
    count = -(-len(numbers) // most)
    starts = np.arange(count) * len(numbers) // count
    east, north = (boxes[:, ::2].astype(np.float64) + boxes[:, 1::2]).T
    order = np.argsort(east, kind="stable")
    strips = np.repeat(np.arange(count), np.diff(starts, append=len(numbers))) // max(1, round(count**0.5))
    order = order[np.lexsort((north[order], strips))]
    nodes = np.array([_ROOT]) if count == 1 else first + np.arange(count)
    return _Level(nodes, starts, numbers[order], boxes[order])


def _encode(level: _Level, height: int, size: int, most: int) -> Iterator[bytes]:
    """Yield the nodes of a level as SQLite keeps them."""
    layout = np.dtype(
        {
            "names": ["height", "count", "cells"],
            "formats": [">u2", ">u2", (_CELL, (most,))],
            "offsets": [0, 2, 4],
            "itemsize": size,
        }
    )
    nodes = np.zeros(len(level.nodes), layout)
    nodes["height"] = height if level.nodes[0] == _ROOT else 0
    nodes["count"] = level.counts
    owners = np.repeat(np.arange(len(level.nodes)), level.counts)
    places = np.arange(len(owners)) - level.starts[owners]
    nodes["cells"]["number"][owners, places] = level.numbers
    nodes["cells"]["box"][owners, places] = level.boxes
    data = nodes.tobytes()
    return (data[start : start + size] for start in range(0, len(data), size))


def _in_32_bits(boxes: Boxes) -> SmallBoxes:
    """Return boxes ordered as the index has them (xmin, xmax, ymin, ymax), never smaller than they were."""
    found = np.empty(boxes.shape, dtype=np.float32)
    for place, column in enumerate((0, 2, 1, 3)):
        exact, is_low = boxes[:, column], place in (0, 2)
        with np.errstate(over="ignore"):
            near = exact.astype(np.float32)
            beyond = (exact * np.where((exact < 0) == is_low, _UP, _DOWN)).astype(np.float32)
        found[:, place] = np.where(near > exact if is_low else near < exact, beyond, near)
    return found
