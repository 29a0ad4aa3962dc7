"""A batch among the stored records of its own type, for rules about how records lie to each other."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import shapely

from validation.batch import Batch
from validation.context import CheckContext

Places = npt.NDArray[np.int64]


def in_company(batch: Batch, context: CheckContext) -> Batch:
    """Return ``batch`` followed by the stored records of its type that it does not hold itself.

    The places of the batch's own records stay what they are; a batch that is the store's own comes back as it is.
    """
    stored = context.stored(batch.type.id)
    if stored is None or stored is batch:
        return batch
    own = set(batch.uids)
    strangers = [index for index, uid in enumerate(stored.uids) if uid not in own]
    return batch.followed_by(stored.take(strangers)) if strangers else batch


def pairs_told(batch: Batch, company: Batch, left: Places, right: Places) -> Iterator[tuple[int, int]]:
    """Yield each unordered pair once, the record that is told first: one of the batch's, the later of two."""
    seen: set[tuple[int, int]] = set()
    for first, second in zip(left.tolist(), right.tolist(), strict=True):
        if first == second or (second, first) in seen or (first, second) in seen:
            continue
        seen.add((first, second))
        told, other = first, second
        if told >= len(batch) or (other < len(batch) and company.uids[other] > company.uids[told]):
            told, other = other, told
        if told < len(batch):
            yield told, other


def path_ends(batch: Batch) -> tuple[Places, npt.NDArray[np.object_]]:
    """Return ``(e,)`` places of records and the ``(e,)`` points at which their open lines begin and end."""
    paths = batch.paths
    open_paths = np.flatnonzero(~paths.is_ring)
    if not len(open_paths):
        return np.empty(0, np.int64), np.empty(0, dtype=object)
    first, last = paths.xy[paths.starts[open_paths]], paths.xy[paths.starts[open_paths + 1] - 1]
    apart = (first != last).any(axis=1)
    owners = paths.owner[open_paths][apart]
    ends = np.asarray(shapely.points(np.stack([first[apart], last[apart]], axis=1).reshape(-1, 2)))
    return np.repeat(owners, 2), ends
