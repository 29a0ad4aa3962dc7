"""Write docs/formats/openapi.json from the gateway's routes; with ``--check`` only say whether it is current."""

import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "formats" / "openapi.json"
sys.path.insert(0, str(ROOT))

from province.app import build_app  # noqa: E402 (the checkout is the import path)
from province.settings import GatewaySettings  # noqa: E402


def build_page() -> str:
    """Return the description as the gateway publishes it at ``/openapi.json``, with line breaks for readers."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        app = build_app(str(folder / "province.sqlite"), GatewaySettings(folder))
        try:
            return json.dumps(app.openapi(), ensure_ascii=False, indent=1) + "\n"
        finally:
            app.state.parts.gateway.close()


def main() -> int:
    """Write the page, or with ``--check`` return 1 when it is not current."""
    page = build_page()
    if "--check" in sys.argv[1:]:
        return int(not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page)
    PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
