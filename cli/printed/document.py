"""What every printed document is."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Severity = Literal["error", "warning", "info"]


class Document(BaseModel):
    """Closed to unknown keys, so that nothing is printed that is not described."""

    model_config = ConfigDict(extra="forbid")
