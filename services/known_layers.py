"""What of the store may serve to judge where a file lies: records that did not come from that file."""

import numpy as np
import numpy.typing as npt

from geodesy.known_layers import KnownShapes
from localdb import records
from services.desk import Desk

Geometries = npt.NDArray[np.object_]

MOST_SHAPES = 20_000


def fetch_known_geometries(desk: Desk, *, beside: str, most: int = MOST_SHAPES) -> Geometries:
    """Return up to ``most`` stored shapes, in equal parts of each type, those that came from the file ``beside`` left
    out: what was laid wrong once must not prove itself.
    """
    found: list[Geometries] = []
    with desk.reading() as connection:
        kinds = [kind for kind in desk.catalogue.types.values() if kind.geometry]
        filled = [kind for kind in kinds if records.count_all(connection, kind)]
        for kind in filled:
            found.append(records.fetch_shapes(connection, kind, beside=beside, most=most // len(filled)))
    return np.concatenate(found) if found else np.empty(0, dtype=object)


def fetch_known_shapes(desk: Desk, *, beside: str) -> KnownShapes:
    """Return the stored shapes by which the readings of the file ``beside`` are judged."""
    return KnownShapes(fetch_known_geometries(desk, beside=beside))
