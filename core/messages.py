"""User-facing text, looked up by stable code, in the user's language.

The words live in ``resources/messages/*.yaml``, one file a floor, both languages side by side:
``CODE: {vi: "…", en: "…"}``. ``{name}`` is filled from the context.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from string import Formatter
from typing import Any, Literal

import yaml

from core.resources import resource_path
from core.text import without_surrogates

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = ("vi", "en")

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is ten times faster, where the wheel has it
_CODE = re.compile(r"^([A-Z][A-Z0-9_-]*):", re.MULTILINE)

_language: Language = "vi"


def use_language(language: Language) -> None:
    """Choose the language of every text worded from now on; a front end calls it at start."""
    global _language  # noqa: PLW0603 (the one switch; everything else passes it as an argument)
    _language = language


def current_language() -> Language:
    """The language in use."""
    return _language


@cache
def load_messages() -> dict[str, dict[str, str]]:
    """Return every message, code to language to text; a code that stands in two places is refused."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(resource_path("messages").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        seen = set(found)
        for code in _CODE.findall(text):
            if code in seen:
                raise ValueError(f"message {code} is defined twice, again in {path.name}")
            seen.add(code)
        found |= yaml.load(text, _Loader) or {}
    return found


class _Lenient(Formatter):
    """Leaves an unknown name visible instead of failing; picks the language of a text that has several."""

    def __init__(self, language: Language) -> None:
        super().__init__()
        self._language = language

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        value = kwargs.get(str(key), "{" + str(key) + "}")
        if isinstance(value, Mapping):
            return value.get(self._language, next(iter(value.values()), ""))
        if isinstance(value, (list, tuple, set, frozenset)):
            return ", ".join(str(item) for item in value)
        return value

    def format_field(self, value: Any, format_spec: str) -> Any:
        try:
            return super().format_field(value, format_spec)
        except (ValueError, TypeError):
            return str(value)


def render(code: str, context: Mapping[str, object] | None = None, language: Language | None = None) -> str:
    """Return the text for ``code``; an unknown code renders as the code itself."""
    chosen = language or _language
    text = load_messages().get(code, {}).get(chosen, code)
    return without_surrogates(_Lenient(chosen).vformat(text, (), context or {}))


def pack_label(code: str, /, **context: object) -> str:
    """Return a message and its facts as one text, to be stored and worded later in whatever language is in use."""
    return without_surrogates(json.dumps({"code": code, **context}, ensure_ascii=False, sort_keys=True))


def render_label(packed: str, language: Language | None = None) -> str:
    """Return the words of a ``pack_label`` text; any other text is returned as it stands."""
    try:
        context = json.loads(packed)
        return render(context.pop("code"), context, language)
    except (ValueError, KeyError, AttributeError, TypeError):
        return packed
