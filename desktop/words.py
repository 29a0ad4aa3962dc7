"""The window's words: every text a user reads comes from ``resources/messages`` through here."""

from collections.abc import Mapping

from core import messages


def word(code: str, /, **context: object) -> str:
    """Return the text for ``code`` in the language in use."""
    return messages.render(code, context)


def pick(text: Mapping[str, str] | None) -> str:
    """Return the text of a bilingual label in the language in use, or the other when it lacks one."""
    if not text:
        return ""
    return text.get(messages.current_language()) or next(iter(text.values()), "")
