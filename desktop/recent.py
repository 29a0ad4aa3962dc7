"""The workspaces opened lately on this computer."""

from pathlib import Path

from core.settings import load_settings, save_settings

KEPT = 8


def recent_folders() -> list[Path]:
    """Return the folders of workspaces opened lately that are still there, the latest first."""
    found = load_settings().get("recent", [])
    return [Path(folder) for folder in found if isinstance(folder, str) and Path(folder).is_dir()]


def remember_folder(folder: Path) -> None:
    """Put ``folder`` at the head of the recent ones."""
    others = [str(old) for old in recent_folders() if old != folder.resolve()]
    save_settings(recent=[str(folder.resolve()), *others][:KEPT])
