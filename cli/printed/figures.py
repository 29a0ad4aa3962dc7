"""Documents of the seven figures."""

from typing import Literal

from cli.printed.document import Document


class PartDocument(Document):
    """One part of a figure: how many of ``total`` are ``good``."""

    good: int
    total: int


class StepDocument(Document):
    """What would raise a figure most; ``gain`` is in the figure's own count."""

    code: str
    text: str
    gain: int
    rule_id: str | None
    type_id: str | None
    field: str | None


class FigureDocument(Document):
    """``figures``: one of the seven words; ``share`` is null where there is nothing to measure."""

    word: Literal["dung", "du", "sach", "song", "thong_nhat", "lien_thong", "dung_chung"]
    good: int
    total: int
    share: float | None
    parts: dict[str, PartDocument]
    step: StepDocument | None
