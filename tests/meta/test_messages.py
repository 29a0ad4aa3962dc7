"""Whatever the program may say exists in both languages, with the same facts in it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from core.messages import LANGUAGES, load_messages

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))

CODE = re.compile(r"^[A-Z][A-Z0-9]+(-[A-Z0-9]+)+$")
SPEAKERS = {"UserError", "EnvironmentFault", "Bug", "Cancelled", "render", "say", "show", "tell", "work", "word"}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_say_it_with_the_same_facts() -> None:
    wrong = [
        code
        for code, texts in load_messages().items()
        if set(texts) != set(LANGUAGES)
        or not all(text.strip() for text in texts.values())
        or placeholders(texts["vi"]) != placeholders(texts["en"])
    ]
    assert len(load_messages()) > 300
    assert not wrong


def spoken_codes() -> Iterator[tuple[Path, str]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or not node.args:
                    continue
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                first = node.args[0]
                said = first.value if isinstance(first, ast.Constant) else None
                if name in SPEAKERS and isinstance(said, str) and CODE.match(said):
                    yield path.relative_to(ROOT), said


def test_every_code_that_is_spoken_has_words() -> None:
    spoken = list(spoken_codes())
    assert len(spoken) > 50
    missing = sorted({f"{path}: {code}" for path, code in spoken if code not in load_messages()})
    assert not missing, "\n".join(missing)
