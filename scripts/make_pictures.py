"""Draws docs/images anew: the real window on the demonstration's workspace, in both languages; the province's page."""

import json
import os
import secrets
import shutil
import socket
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
        draw_province(place / "demo" / "gateway" / "province.sqlite")


def draw_province(database: Path) -> None:
    """Serve what the demonstration sent and draw the sample commune's page of the province, as Chromium shows it."""
    sys.path.insert(0, str(ROOT))  # a script's own folder alone is there
    from tests.province_page.chromium import running_chromium

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program, where = [sys.executable, "-m", "diaba", "--language", "vi"], ["--database", str(database)]
    outline = json.loads((ROOT / "resources" / "sample" / "ranh_gioi_xa.geojson").read_text(encoding="utf-8"))
    for feature in outline["features"]:
        feature["properties"]["commune_code"] = feature["properties"]["ma_xa"]
    outlines = database.with_name("outlines.geojson")
    outlines.write_text(json.dumps(outline), encoding="utf-8")
    subprocess.run([*program, "outlines", str(outlines), *where], check=True, cwd=ROOT)
    person = ["person-add", "mau", "--name", "Cán bộ tỉnh (mẫu)", "--role", "admin", "--province", "Tuyên Quang"]
    made = subprocess.run([*program, *person, *where], check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    first, own = made.stdout.strip(), secrets.token_urlsafe(16)
    server = subprocess.Popen([*program, "serve", "--port", str(port), *where], cwd=ROOT, stderr=subprocess.PIPE)
    try:
        assert server.stderr is not None
        server.stderr.readline()  # it listens
        with running_chromium(f"http://127.0.0.1:{port}", database.with_name("chromium")) as chromium:
            chromium.open("/page/login")
            chromium.type("#login", "mau")
            chromium.type("#password", first)
            chromium.leave_by("button.main")
            for field, text in (("#old", first), ("#new", own), ("#again", own)):
                chromium.type(field, text)
            chromium.leave_by("button.main")
            chromium.open("/page/communes/01153")
            chromium.driver.save_screenshot(str(TARGET / "province.png"))
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    draw()
