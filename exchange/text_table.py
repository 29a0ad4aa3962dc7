"""What a text file says once it is parsed: columns, flat coordinates, problems."""

from dataclasses import dataclass, field
from typing import Literal

from exchange.problems import RowProblem


@dataclass(slots=True)
class TextTable:
    """Rows of one kind of geometry, coordinates in the order east, north.

    ``east``, ``north``, ``height`` hold one number a vertex; ``sizes`` how many vertices each ring has (points: one);
    ``rings`` how many rings each polygon has, its outline first (points: none are counted).
    ``shape`` is ``None`` when the file has no coordinates, ``placed`` names the columns that hold them. ``decoded`` is
    false while text is bytes of unknown encoding.
    """

    shape: Literal["point", "polygon"] | None
    decoded: bool
    columns: dict[str, list[str | None]] = field(default_factory=dict)
    numbers: dict[str, list[float | None]] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)
    raw_rows: list[str] = field(default_factory=list)
    east: list[float] = field(default_factory=list)
    north: list[float] = field(default_factory=list)
    height: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    rings: list[int] = field(default_factory=list)
    declared: str | None = None
    rejected: list[RowProblem] = field(default_factory=list)
    warnings: list[RowProblem] = field(default_factory=list)
    axis_order: Literal["north-east", "east-north"] | None = None
    placed: tuple[str, ...] = ()
    type_hint: str | None = None
    capture_method: str | None = None
