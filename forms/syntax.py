"""The one error of a wrong definition: file, line, key, and the reason in every language."""

from core.errors import UserError
from core.messages import LANGUAGES, render


def syntax_error(reason: str, file: str, line: int, key: str, **context: object) -> UserError:
    """Return ``UserError`` FORM-SYNTAX; ``reason`` is a message code without its FORM-REASON- prefix."""
    words = {language: render(f"FORM-REASON-{reason}", context, language) for language in LANGUAGES}
    return UserError("FORM-SYNTAX", file=file, line=line, key=key, reason=words)
