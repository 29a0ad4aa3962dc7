"""Documents of traverses."""

from cli.printed.document import Document


class StationDocument(Document):
    """An adjusted station."""

    station: str
    north: float
    east: float


class TraverseDocument(Document):
    """``traverse``: misclosures in metres and seconds, their limits by the class, the adjusted stations.

    ``relative`` is T of 1/T, null for none; ``angle_seconds`` is null where no closing bearing is known.
    """

    kind: str
    is_within: bool
    angle_seconds: float | None
    angle_limit_seconds: float
    north_m: float
    east_m: float
    error_m: float
    length_m: float
    relative: int | None
    relative_limit: int
    stations: list[StationDocument]
