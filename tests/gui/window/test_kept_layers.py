"""Large layers are kept for the next start once nothing changes any more, and come back as they were."""

from datetime import timedelta
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from shapely.affinity import translate

from desktop import layer_keeping
from desktop.main_window import DeskWindow
from desktop.map.styles import Look
from desktop.map_layers import build_layer
from desktop.pictures import settle_window
from localdb import map_arrays, map_cache
from services.desk import Desk
from services.editing import update_geometry
from services.reading import keep_arrays, list_records
from services.workspaces import open_desk


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_keeping, "LABELLED_AT_MOST", 100)
    monkeypatch.setattr(layer_keeping, "KEPT_AFTER_MS", 50)
    monkeypatch.setattr(map_cache, "LEAST_RECORDS", 100)
    monkeypatch.setattr(map_cache, "_SETTLED", timedelta(0))


@pytest.fixture
def kept(many_points: int, window: DeskWindow, desk: Desk, qtbot: QtBot) -> Path:
    """Show the points on the map and wait until they are kept."""
    path = desk.workspace.folder / map_cache.FOLDER / "survey_point.arrays"
    settle_window(window)
    qtbot.waitUntil(path.exists, timeout=20_000)
    return path


def read_nothing(*_: object, **__: object) -> None:
    raise AssertionError("the store was read")


def test_a_large_layer_is_kept_and_small_ones_are_not(kept: Path) -> None:
    assert [path.name for path in kept.parent.iterdir()] == ["survey_point.arrays"]


def test_the_next_start_reads_no_coordinates_and_hits_what_lies_there(
    kept: Path, window: DeskWindow, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(map_arrays, "fetch_arrays", read_nothing)
        layer = build_layer(desk, "survey_point", Look.STANDARD)
    window.map.update_layer(layer)
    for place in (0, 17, len(layer) - 1):
        east, north = layer.arrays["point"].xy[place].tolist()
        hits = window.map.scene.hits(east, north, 0.5, 500.0)
        assert ("survey_point", int(layer.arrays["point"].ids[place])) in [(hit.layer_id, hit.fid) for hit in hits]


def test_an_edit_shows_at_once_and_is_kept_when_all_is_quiet(
    kept: Path, window: DeskWindow, desk: Desk, qtbot: QtBot
) -> None:
    before = kept.read_bytes()
    record = list_records(desk, "survey_point")[0]
    assert record.geometry is not None
    changed = update_geometry(desk, record.uid, translate(record.geometry, 3.0, 4.0), expected=record.revision)
    moved = list_records(desk, "survey_point")[0].geometry
    assert build_layer(desk, "survey_point").arrays["point"].xy[0].tolist() == [moved.x, moved.y]
    window.map_control.note_change(changed.changed.records)
    qtbot.waitUntil(lambda: kept.read_bytes() != before, timeout=20_000)
    assert build_layer(desk, "survey_point").arrays["point"].xy[0].tolist() == [moved.x, moved.y]


def test_a_store_opened_for_reading_gets_nothing_beside_it(many_points: int, desk: Desk) -> None:
    folder = desk.workspace.folder
    with open_desk(folder, actor=desk.actor, clock=desk.clock, read_only=True) as reader:
        assert not keep_arrays(reader, "survey_point")
    assert not (folder / map_cache.FOLDER).exists()
    assert keep_arrays(desk, "survey_point")
