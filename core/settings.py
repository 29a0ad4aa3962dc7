"""The user's own folder on this computer: settings and device keys, never records."""

import json
import os
from pathlib import Path
from typing import Any

import platformdirs


def config_folder() -> Path:
    """Return the user's configuration folder; ``DIABA_CONFIG`` overrides it (tests, portable installs)."""
    override = os.environ.get("DIABA_CONFIG")
    return Path(override) if override else Path(platformdirs.user_config_dir("diaba", appauthor=False))


def load_settings() -> dict[str, Any]:
    """Return the stored settings; a missing or damaged file is an empty one, for settings hold no work."""
    try:
        found = json.loads((config_folder() / "settings.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def save_settings(**changes: Any) -> None:
    """Merge ``changes`` into the stored settings; the file is replaced whole or not at all."""
    folder = config_folder()
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / "settings.json.new"
    temporary.write_text(json.dumps({**load_settings(), **changes}, ensure_ascii=False, indent=1), encoding="utf-8")
    temporary.replace(folder / "settings.json")
