"""Search of names without diacritics, as somebody types."""

import statistics
import time

from benchmarks.desks import filled_desk
from benchmarks.figures import Figure
from services.reading import search

SIZE = 100_000
WORDS = (
    "minh",
    "minh t",
    "thon minh tam",
    "dong",
    "doi can",
    "vinh phuc 4",
    "na duong",
    "tan thanh 12",
    "khu",
    "99999",
)
ROUNDS = 10


def measure() -> list[Figure]:
    """Return the 95th percentile of a search."""
    with filled_desk(SIZE) as desk:
        search(desk, "thon")
        taken = []
        for _ in range(ROUNDS):
            for word in WORDS:
                begun = time.perf_counter()
                search(desk, word)
                taken.append(1000 * (time.perf_counter() - begun))
    return [Figure("search names without diacritics, p95", "ms", statistics.quantiles(taken, n=20)[-1], size=SIZE)]
