"""docs/rules.md is what the rules say today."""

import importlib.util
from pathlib import Path

from core.messages import load_messages
from forms.catalogue import Catalogue
from validation.rule import RULES

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_current(catalogue: Catalogue) -> None:
    path = ROOT / "scripts" / "make_docs_rules.py"
    spec = importlib.util.spec_from_file_location("make_docs_rules", path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert page == script.build_page(catalogue), "run scripts/make_docs_rules.py"


def test_every_rule_stands_there_in_both_languages() -> None:
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    for rule_id, rule in RULES.items():
        assert f"### {rule_id}\n" in page
        for code in (f"RULE-{rule_id}", *(rule.text_code(variant) for variant in rule.findings)):
            for text in load_messages()[code].values():
                assert text in page
