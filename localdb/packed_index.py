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

Numbers = npt.NDArray[np.int64]
Boxes = npt.NDArray[np.float64]
SmallBoxes = npt.NDArray[np.float32]

_ROOT = 1
_CELL = np.dtype([("number", ">i8"), ("box", ">f4", (4,))])
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
    node, rowid, parent = (quote_name(f"{index}_{part}") for part in ("node", "rowid", "parent"))
    [(size,)] = fetch_rows(connection, f"SELECT length(data) FROM {node} WHERE nodeno = ?", (_ROOT,))  # noqa: S608
    most = (size - 4) // _CELL.itemsize
    for table in (node, rowid, parent):  # boxes that were there once may have left their nodes
        connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 (quoted name)
    for height, level in enumerate(_build_levels(numbers, _in_32_bits(boxes), most)):
        owners = np.repeat(level.nodes, level.counts)
        table = parent if height else rowid
        connection.exec_driver_sql(
            f"INSERT INTO {table} VALUES (?, ?)",  # noqa: S608 (quoted name)
            list(zip(level.numbers.tolist(), owners.tolist(), strict=True)),
        )
        connection.exec_driver_sql(
            f"INSERT INTO {node}(nodeno, data) VALUES (?, ?)",  # noqa: S608 (quoted name)
            list(zip(level.nodes.tolist(), _encode(level, height, size, most), strict=True)),
        )


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
    exact = boxes[:, [0, 2, 1, 3]]
    with np.errstate(over="ignore"):
        found = exact.astype(np.float32)
        below = (exact * np.where(exact < 0, _UP, _DOWN)).astype(np.float32)
        above = (exact * np.where(exact < 0, _DOWN, _UP)).astype(np.float32)
    is_low = np.array([True, False, True, False])
    found = np.where(is_low & (found > exact), below, found)
    return np.where(~is_low & (found < exact), above, found)
