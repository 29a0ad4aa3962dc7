"""How much of what is asked has been said: the figure behind “đủ”."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from validation.batch import Batch
from validation.demands import demands_of

GEOMETRY = "geometry"


@dataclass(frozen=True, slots=True)
class Completeness:
    """How many answers are there (``filled``), how many are asked for (``wanted``), and what lacks how often.

    ``missing`` goes from field key to the number of records that lack it, ``geometry`` among them.
    """

    filled: int = 0
    wanted: int = 0
    missing: Mapping[str, int] = field(default_factory=dict)

    @property
    def share(self) -> float | None:
        """The part that is there, 0 to 1, or ``None`` when nothing is asked."""
        return self.filled / self.wanted if self.wanted else None

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON-able data."""
        return {"filled": self.filled, "wanted": self.wanted, "share": self.share, "missing": dict(self.missing)}

    def __add__(self, other: "Completeness") -> "Completeness":
        missing = Counter(self.missing) + Counter(other.missing)
        return Completeness(self.filled + other.filled, self.wanted + other.wanted, dict(missing))

    def __sub__(self, other: "Completeness") -> "Completeness":
        """Return what is left when the records that ``other`` measures are taken out."""
        missing = {key: count - other.missing.get(key, 0) for key, count in self.missing.items()}
        left = {key: count for key, count in missing.items() if count}
        return Completeness(self.filled - other.filled, self.wanted - other.wanted, left)


def completeness(batch: Batch) -> Completeness:
    """Return the completeness of ``batch``, cancelled records left out: every field with a strength, and geometry.

    A geometry that the type does not require is not asked for.
    """
    standing = batch.standing()
    filled, missing = 0, {}
    if standing.type.geometry and standing.type.geometry_required:
        located = int(np.count_nonzero(standing.located))
        filled, missing[GEOMETRY] = located, len(standing) - located
    for demand in demands_of(standing):
        filled += demand.filled
        missing[demand.field.key] = demand.missing_count
    lacking = {key: count for key, count in missing.items() if count}
    return Completeness(filled, filled + sum(lacking.values()), lacking)
