"""A signed package of a thousand changes out of many records."""

import time

from benchmarks.desks import TYPE, filled_desk
from benchmarks.figures import Figure
from services.approving import approve
from services.packaging import seal_package
from services.reading import fetch_page

SIZE = 100_000
CHANGES = 1_000


def measure() -> list[Figure]:
    """Return the seconds that sealing takes."""
    with filled_desk(SIZE) as desk:
        uids = [record.uid for record in fetch_page(desk, TYPE, limit=CHANGES).records]
        approved = approve(desk, type_ids=[TYPE], uids=uids).approved
        begun = time.perf_counter()
        sealed = seal_package(desk)
        taken = time.perf_counter() - begun
        if sealed is None or sealed.count != len(approved):
            raise RuntimeError("the package does not hold what was approved")
    return [Figure(f"package of {len(approved):,} changes", "s", taken, size=SIZE)]
