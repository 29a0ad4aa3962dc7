"""A layer put into shared memory for the renderer."""

from collections.abc import Mapping, Sequence

import numpy as np

from desktop.map.blocks import Column, SharedBlock, reserve
from desktop.map.camera import Bounds
from desktop.map.layers import join_bounds
from desktop.map.requests import PutLayer
from desktop.map.shapes import describe_columns, fill_columns
from geodesy.arrays import GeometryArrays


def pack_layer(
    layer_id: str, arrays: Mapping[str, GeometryArrays], titles: Mapping[str, Sequence[str]], spoiled: Bounds | None
) -> tuple[PutLayer, SharedBlock]:
    """Copy a layer into shared memory; return the message that names it and the block to keep.

    ``titles`` hold one text a record of their kind; ``spoiled`` bounds what looks different from before.
    """
    origin = _origin(arrays)
    encoded = {kind: [text.encode("utf-8") for text in texts] for kind, texts in titles.items()}
    columns: dict[str, Column] = {}
    for kind, item in arrays.items():
        columns |= {f"{kind}.{name}": column for name, column in describe_columns(item).items()}
    for kind, texts in encoded.items():
        columns[f"{kind}:text"] = ("u1", (sum(map(len, texts)),))
        columns[f"{kind}:ends"] = ("<i4", (len(texts) + 1,))
    block, places = reserve(columns)
    kinds = {
        kind: {name.split(".", 1)[1]: place for name, place in places.items() if name.startswith(f"{kind}.")}
        for kind in arrays
    }
    for kind, item in arrays.items():
        fill_columns(item, origin, {name: block.array(place) for name, place in kinds[kind].items()})
    for kind, texts in encoded.items():
        block.array(places[f"{kind}:text"])[:] = np.frombuffer(b"".join(texts), dtype=np.uint8)
        block.array(places[f"{kind}:ends"])[:] = np.cumsum([0, *map(len, texts)])
    where = {kind: (places[f"{kind}:text"], places[f"{kind}:ends"]) for kind in titles}
    return PutLayer(layer_id, block.address, block.size, origin, kinds, where, spoiled), block


def _origin(arrays: Mapping[str, GeometryArrays]) -> tuple[float, float]:
    """Return a round point in the middle of everything: float32 is exact to a millimetre 16 km around it."""
    bounds = join_bounds(item.total_bounds for item in arrays.values())
    if bounds is None:
        return 0.0, 0.0
    west, south, east, north = bounds
    return float(round((west + east) / 2)), float(round((south + north) / 2))
