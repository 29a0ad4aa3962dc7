"""Values as the window shows them: as everywhere, but numbers with the marks between thousands that people write."""

from typing import Any

from core.messages import current_language
from forms.catalogue import Catalogue
from forms.model import AnyField
from forms.values import format_value

GROUP_MARKS = {"vi": ".", "en": ","}


def show_count(count: int) -> str:
    """Return a number of things as people read it: ``100.000`` in Vietnamese."""
    return f"{count:,}".replace(",", GROUP_MARKS[current_language()])


def show_value(field: AnyField, value: Any, catalogue: Catalogue) -> str:
    """Return ``value`` as people read it in the language in use: ``1.255.172,51`` in Vietnamese; nothing as nothing."""
    language = current_language()
    text = format_value(field, value, catalogue, language)
    if field.type in ("integer", "number"):
        return text.replace("\u00a0", GROUP_MARKS[language])
    return text
