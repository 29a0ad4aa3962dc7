"""Pages out of templates: every value escaped, every word from the messages, headers that let nothing foreign in."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse
from mako.lookup import TemplateLookup
from starlette.responses import Response

from core.clock import VIETNAM, parse_timestamp
from core.messages import Language, load_messages, render
from forms.content import GEOMETRY
from forms.model import RecordType
from validation.wording import worded

MOST_FINDINGS = 3
FOLDER = Path(__file__).parent
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_Item = TypeVar("_Item")
PRIVATE = {"Cache-Control": "no-store"}


class Words:
    """How one person reads: language, dates, numbers."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, code: str, /, **facts: object) -> str:
        return render(code, facts, self.language)

    def of(self, text: Mapping[Language, str]) -> str:
        """Return the text of a definition in this language."""
        return text[self.language]

    def field(self, record_type: RecordType | None, key: str | None) -> str:
        """Return what a field of a record type is called."""
        if not key:
            return ""
        if key == GEOMETRY:
            return self("PAGE-FIELD-GEOMETRY")
        labels = {item.key: item.label for item in record_type.fields} if record_type else {}
        return self.of(labels[key]) if key in labels else key

    def outcome(self, outcome: Mapping[str, Any]) -> str:
        """Return in sentences why a change was not taken, as the receipt says; nothing for one that was."""
        code, context = outcome.get("code"), outcome.get("context") or {}
        if not code:
            return ""
        findings = [item for item in context.get("findings", ()) if isinstance(item, Mapping)]
        if not findings:
            return self(code, **{str(key): value for key, value in context.items()})
        said = [
            render(str(item["text_code"]), worded(item["context"], self.language), self.language) for item in findings
        ]
        return " ".join(dict.fromkeys(said[:MOST_FINDINGS]))

    def refusal(self, code: str) -> str:
        """Return why a whole package was refused; of that only the code is kept."""
        known = f"PAGE-REFUSAL-{code}"
        return self(known) if known in load_messages() else code

    def number(self, value: int) -> str:
        """Return a count with its thousands apart."""
        text = f"{value:,}"
        return text.replace(",", ".") if self.language == "vi" else text

    def day(self, value: date | str | None) -> str:
        """Return a day as people in Vietnam write it."""
        if not value:
            return ""
        found = date.fromisoformat(value) if isinstance(value, str) else value
        return found.strftime("%d/%m/%Y")

    def moment(self, stored: str | None) -> str:
        """Return a stored moment in Vietnam's time."""
        return parse_timestamp(stored).astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M") if stored else ""


@cache
def _templates() -> TemplateLookup:
    return TemplateLookup(
        directories=[str(FOLDER / "templates")], default_filters=["h"], strict_undefined=True, input_encoding="utf-8"
    )


class Address:
    """A page's address with what was chosen on it; called, the address with some of it changed or left out."""

    def __init__(self, path: str, **chosen: str) -> None:
        self.path, self.chosen = path, chosen

    def __call__(self, **changes: str) -> str:
        pairs = {name: value for name, value in {**self.chosen, **changes}.items() if value}
        return f"{self.path}?{urlencode(pairs)}"


def render_html(template: str, words: Words, **facts: Any) -> str:
    """Return a page; whatever a template writes is escaped unless it was built as markup."""
    return str(_templates().get_template(template).render(t=words, **facts))


def answer_html(html: str, status: int = 200) -> HTMLResponse:
    """Return a page as an answer that no cache keeps."""
    return HTMLResponse(html, status, PRIVATE)


def guard(response: Response) -> Response:
    """Put the headers on an answer that keep foreign scripts, styles, frames and guesses at kinds out."""
    for name, value in SECURITY.items():
        response.headers[name] = value
    return response


def page_numbers(total: int, size: int, wanted: int) -> tuple[int, int]:
    """Return the page to be shown, from 1, and how many there are, at least one."""
    pages = max(1, -(-total // size))
    return min(max(1, wanted), pages), pages


def cut(items: Sequence[_Item], size: int, page: int) -> Sequence[_Item]:
    """Return the items of a page."""
    return items[(page - 1) * size : page * size]
