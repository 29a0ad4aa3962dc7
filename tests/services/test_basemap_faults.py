"""A base map is taken in whole or not at all: after a kill at any step, and on a disk that is full."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from core.errors import EnvironmentFault
from localdb.crash_points import VARIABLE
from services import basemap_files
from services.basemap_taking import add_basemap
from services.basemaps import list_basemaps
from services.desk import Desk
from tests.exchange.raster_samples import write_tiff
from tests.services.desks import open_again

resource = pytest.importorskip("resource")

ROOT = Path(__file__).resolve().parents[2]

TAKER = """
import sys
from pathlib import Path
from services.basemap_taking import add_basemap
from tests.services.desks import open_again
desk = open_again(Path(sys.argv[1]))
add_basemap(desk, Path(sys.argv[2]))
print("taken", flush=True)
"""


def large_picture(desk: Desk, folder: Path, name: str = "quét lớn.tif") -> Path:
    """A picture that needs an overview, in the zone."""
    with desk.reading():
        system = desk.system
    west, north = 437_000.0, 2_490_000.0
    return write_tiff(
        folder / name,
        np.full((4200, 200), 90, np.uint8),
        transform=(1, 0, west, 0, -1, north),
        crs=f"EPSG:{system.epsg}",
    )


def contents_of(desk: Desk) -> list[str]:
    folder = desk.workspace.folder / "basemaps"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.mark.parametrize("place", ["basemap-half", "basemap-named", "basemap-copied"])
def test_what_a_killed_program_was_taking_in_is_gone_when_it_is_opened_again(
    desk: Desk, tmp_path: Path, place: str
) -> None:
    picture, folder = large_picture(desk, tmp_path), desk.workspace.folder
    kept = add_basemap(desk, large_picture(desk, tmp_path, "giữ lại.tif"))
    before = contents_of(desk)
    (folder / "basemaps" / "của tôi.mbtiles.part").write_bytes(b"put there by hand")
    desk.close()
    killed = subprocess.run(
        [sys.executable, "-c", TAKER, str(folder), str(picture)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), VARIABLE: place},
        capture_output=True,
        check=False,
    )
    assert killed.returncode < 0
    assert not killed.stdout
    assert len(list((folder / "basemaps").iterdir())) > len(before) + 1, "something was left"
    again = open_again(folder)
    try:
        assert contents_of(again) == sorted([*before, "của tôi.mbtiles.part"])
        assert [item.id for item in list_basemaps(again)] == [kept.id]
        assert list_basemaps(again)[0].trouble is None
        assert add_basemap(again, picture).path.read_bytes() == picture.read_bytes()
    finally:
        again.close()


def test_a_note_that_names_what_is_no_leaving_harms_nothing(desk: Desk, tmp_path: Path) -> None:
    kept, folder = add_basemap(desk, large_picture(desk, tmp_path)), desk.workspace.folder
    notes = {"known": kept.path.name, "outside": "../store.sqlite", "absent": "gone.tif"}
    for number, name in enumerate(notes.values()):
        (folder / "basemaps" / f".{number}.taking").write_text(name, encoding="utf-8")
    desk.close()
    again = open_again(folder)
    try:
        assert list_basemaps(again)[0].trouble is None
        assert not [name for name in contents_of(again) if name.endswith(".taking")]
    finally:
        again.close()


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond ``size`` bytes, as a full disk would not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(("room", "copy", "code"), [(10_000, True, "STORE-FULL"), (60_000, False, "RASTER-NO-SPACE")])
def test_a_full_disk_is_told_and_nothing_is_left(desk: Desk, tmp_path: Path, room: int, copy: bool, code: str) -> None:
    picture = large_picture(desk, tmp_path)
    with pytest.raises(EnvironmentFault) as caught, room_for(room):
        add_basemap(desk, picture, copy=copy)
    assert caught.value.code == code
    assert "{" not in str(caught.value)
    assert contents_of(desk) == []
    assert list_basemaps(desk) == []
    assert add_basemap(desk, picture, copy=copy).trouble is None


def test_a_disk_without_room_is_known_before_anything_is_written(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = large_picture(desk, tmp_path)
    little = shutil.disk_usage(tmp_path)._replace(free=1 << 20)
    monkeypatch.setattr(basemap_files, "disk_usage", lambda path: little)
    with pytest.raises(EnvironmentFault) as caught:
        add_basemap(desk, picture)
    assert caught.value.code == "STORE-FULL"
    assert contents_of(desk) == []
