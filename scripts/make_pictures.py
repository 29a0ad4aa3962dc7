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


def draw(language: str, names: dict[str, str]) -> None:
    """Run the demonstration without a screen in one language and keep some of its pictures."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "diaba", "--language", language, "demo", f"{folder}/demo", "--headless"],
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "DIABA_CONFIG": f"{folder}/config"},
            cwd=ROOT,
        )
        for source, name in names.items():
            shutil.copyfile(Path(folder) / "demo" / "pictures" / source, TARGET / name)


if __name__ == "__main__":
    TARGET.mkdir(parents=True, exist_ok=True)
    draw("vi", NAMES)
    draw("en", {"2-ban-do.png": "window-en.png"})
