"""Draws docs/images anew: the real window on the demonstration's workspace, in both languages."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "images"
NAMES = {
    "1-trang-chu.png": "home.png",
    "2-ban-do.png": "window.png",
    "3-phat-hien.png": "findings.png",
    "4-nhap-tep.png": "import.png",
    "5-gui-tinh.png": "send.png",
}
VIEWS = """
import sys
from pathlib import Path
from core.resources import resource_path
from desktop.pictures import render_views
field_file = resource_path('sample', 'duong_cu.shp')
render_views(Path(sys.argv[1]), Path(sys.argv[2]), language=sys.argv[3], field_file=field_file)
"""


def draw() -> None:
    """Run the demonstration without a screen, then draw its workspace in Vietnamese and once in English."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "DIABA_CONFIG": f"{folder}/config"}

        def run(*arguments: str) -> None:
            subprocess.run(
                [sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, env=environment, cwd=ROOT
            )

        run("-m", "diaba", "demo", f"{folder}/demo", "--headless")
        for language in ("vi", "en"):
            run("-c", VIEWS, f"{folder}/demo/workspace", f"{folder}/{language}", language)
        for source, name in NAMES.items():
            shutil.copyfile(place / "vi" / source, TARGET / name)
        shutil.copyfile(place / "en" / "2-ban-do.png", TARGET / "window-en.png")


if __name__ == "__main__":
    draw()
