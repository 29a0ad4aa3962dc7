"""The tolerances in force at a desk: the program's, and those that the office has set in its catalogue packs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from core.messages import Language
from core.tables import load_table
from services.desk import Desk
from validation.own_tolerances import stated_tolerances


@dataclass(frozen=True, slots=True)
class TolerancePlace:
    """One tolerance: its rule, the value in force and the program's own, what an office may set, what it means.

    ``reason`` and ``file`` say why and where the office has set it; both are ``None`` when it has not.
    """

    key: str
    rule: str
    value: float
    default: float
    minimum: float
    maximum: float
    unit: str
    meaning: Mapping[Language, str]
    reason: str | None
    file: str | None

    @property
    def is_own(self) -> bool:
        """Whether the office has set it."""
        return self.file is not None

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return asdict(self)


def list_tolerances(desk: Desk) -> list[TolerancePlace]:
    """Return every tolerance in the order of the table; raise FORM-SYNTAX for packs that the program cannot take."""
    stated = {item.key: item for item in stated_tolerances(desk.catalogue)}
    return [
        TolerancePlace(
            key=row["key"],
            rule=row["rule"],
            value=stated[row["key"]].value if row["key"] in stated else float(row["value"]),
            default=float(row["value"]),
            minimum=float(row["minimum"]),
            maximum=float(row["maximum"]),
            unit=row["unit"],
            meaning={"vi": row["vi"], "en": row["en"]},
            reason=stated[row["key"]].reason if row["key"] in stated else None,
            file=stated[row["key"]].file if row["key"] in stated else None,
        )
        for row in load_table("tolerances")
    ]
