"""A measured figure, and how a table of them is printed."""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """What we took, and what a peer took for the same work in the same run; ``None`` where there was no peer."""

    name: str
    unit: str
    ours: float
    peer: float | None = None
    peer_name: str | None = None
    size: int | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the peer's figure ours is."""
        return None if not self.peer else self.ours / self.peer

    def as_dict(self) -> dict[str, object]:
        """Return plain data, rounded to four digits."""
        plain = {**asdict(self), "ratio": self.ratio}
        return {key: float(f"{value:.4g}") if isinstance(value, float) else value for key, value in plain.items()}


def median_seconds(work: Callable[[], object], runs: int = 3) -> float:
    """Return the median wall time of ``work`` over some runs."""
    taken = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def print_table(figures: list[Figure]) -> None:
    """Print one line a figure."""
    print(f"{'what':58} {'size':>9} {'ours':>10} {'peer':>10}  {'ratio':>6}  unit  beside")
    for figure in figures:
        peer = "–" if figure.peer is None else f"{figure.peer:.3g}"
        ratio = "–" if figure.ratio is None else f"{figure.ratio:.2f}"
        print(
            f"{figure.name:58} {figure.size or '':>9} {figure.ours:>10.3g} {peer:>10}  {ratio:>6}  "
            f"{figure.unit:4}  {figure.peer_name or ''}"
        )
