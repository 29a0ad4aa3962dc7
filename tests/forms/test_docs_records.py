"""docs/records.md says what the definitions say."""

import importlib.util
from pathlib import Path

from forms.catalogue import Catalogue

ROOT = Path(__file__).resolve().parents[2]


def test_the_document_is_current(catalogue: Catalogue):
    spec = importlib.util.spec_from_file_location("make_docs_records", ROOT / "scripts" / "make_docs_records.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    text = script.build_text(catalogue)
    assert (ROOT / "docs" / "records.md").read_text(encoding="utf-8") == text, "run scripts/make_docs_records.py"
    for record_type in catalogue.types.values():
        assert f"`{record_type.id}`" in text
        assert all(f"| `{field.key}` |" in text for field in record_type.fields)
