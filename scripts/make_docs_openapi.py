"""Write docs/formats/openapi.json from the gateway's routes; with ``--check`` only say whether it is current."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "formats" / "openapi.json"
WIDTH = 120
sys.path.insert(0, str(ROOT))

from province.app import build_app  # noqa: E402 (the checkout is the import path)
from province.settings import GatewaySettings  # noqa: E402


def build_page() -> str:
    """Return the description as the gateway publishes it at ``/openapi.json``, with line breaks for readers."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        app = build_app(str(folder / "province.sqlite"), GatewaySettings(folder))
        try:
            return spell(app.openapi()) + "\n"
        finally:
            app.state.parts.gateway.close()


def spell(value: Any, indent: str = "") -> str:
    """Return JSON in which what fits on a line of ``WIDTH`` stands on one, and one difference is one line."""
    short = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(short) <= WIDTH or not isinstance(value, dict | list) or not value:
        return short
    deeper = indent + " "
    if isinstance(value, dict):
        parts = [f"{json.dumps(key, ensure_ascii=False)}: {spell(item, deeper)}" for key, item in value.items()]
    else:
        parts = [spell(item, deeper) for item in value]
    first, last = "{}" if isinstance(value, dict) else "[]"
    return f"{first}\n{deeper}" + f",\n{deeper}".join(parts) + f"\n{indent}{last}"


def main() -> int:
    """Write the page, or with ``--check`` return 1 when it is not current."""
    page = build_page()
    if "--check" in sys.argv[1:]:
        return int(not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page)
    PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
