"""A layer put into shared memory for the renderer."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from desktop.map.blocks import SharedBlock, pack_arrays
from desktop.map.camera import Bounds
from desktop.map.layers import join_bounds
from desktop.map.requests import PutLayer
from desktop.map.shapes import build_columns
from geodesy.arrays import GeometryArrays


def pack_layer(
    layer_id: str, arrays: Mapping[str, GeometryArrays], titles: Mapping[str, Sequence[str]], spoiled: Bounds | None
) -> tuple[PutLayer, SharedBlock]:
    """Copy a layer into shared memory; return the message that names it and the block to keep.

    ``titles`` hold one text a record of their kind; ``spoiled`` bounds what looks different from before.
    """
    origin = _origin(arrays)
    columns: dict[str, npt.NDArray[Any]] = {}
    for kind, item in arrays.items():
        columns |= {f"{kind}.{name}": column for name, column in build_columns(item, origin).items()}
    for kind, texts in titles.items():
        encoded = [text.encode("utf-8") for text in texts]
        columns[f"{kind}:text"] = np.frombuffer(b"".join(encoded), dtype=np.uint8)
        columns[f"{kind}:ends"] = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    block, places = pack_arrays(columns)
    kinds = {
        kind: {name.split(".", 1)[1]: place for name, place in places.items() if name.startswith(f"{kind}.")}
        for kind in arrays
    }
    where = {kind: (places[f"{kind}:text"], places[f"{kind}:ends"]) for kind in titles}
    return PutLayer(layer_id, block.address, block.size, origin, kinds, where, spoiled), block


def _origin(arrays: Mapping[str, GeometryArrays]) -> tuple[float, float]:
    """Return a round point in the middle of everything: float32 is exact to a millimetre 16 km around it."""
    bounds = join_bounds(item.total_bounds for item in arrays.values())
    if bounds is None:
        return 0.0, 0.0
    west, south, east, north = bounds
    return float(round((west + east) / 2)), float(round((south + north) / 2))
