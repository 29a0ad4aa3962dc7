"""What the map holds in memory, and that it gives it back: shared blocks are counted, not guessed from sizes."""

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely
from pytestqt.qtbot import QtBot

from desktop.map.layers import MapLayer
from desktop.map.view import MapView
from geodesy.arrays import build_arrays

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")

MANY = 20_000
BYTES_A_BOX = 5 * 2 * 4 + 7 * 4 + 4  # five vertices, seven numbers of a record, one path


def boxes(layer_id: str) -> MapLayer:
    shapes = shapely.box(np.arange(MANY), 0, np.arange(MANY) + 1, 1)
    return MapLayer(layer_id, layer_id, build_arrays(range(MANY), shapes))


def blocks(process: int) -> list[int]:
    """The sizes of the shared blocks that a process has mapped."""
    sizes = []
    for line in Path(f"/proc/{process}/maps").read_text().splitlines():
        if "memfd:diaba-map" in line:
            begin, end = (int(number, 16) for number in line.split()[0].split("-"))
            sizes.append(end - begin)
    return sorted(sizes)


@pytest.fixture
def others() -> list[int]:
    """The blocks of maps that earlier tests have not let go of yet."""
    gc.collect()
    return blocks(os.getpid())


@pytest.fixture
def view(qtbot: QtBot, others: list[int]) -> Iterator[MapView]:
    made = MapView()
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    made.grab_image()
    yield made
    made.shut_down()


def held(view: MapView) -> tuple[list[int], list[int]]:
    """What the renderer and the window hold once everything is drawn."""
    view.grab_image()
    gc.collect()
    return blocks(view._link.process_id), blocks(os.getpid())


def test_memory_is_given_back_when_layers_and_maps_go(view: MapView, others: list[int]) -> None:
    before = held(view)
    view.set_layers([boxes("many")])
    with_layer = held(view)
    assert all(sum(more) > sum(less) for more, less in zip(with_layer, before, strict=True))
    view.set_layers([])
    assert held(view) == before
    view.shut_down()
    gc.collect()
    assert sum(blocks(os.getpid())) <= sum(others)


def test_a_hidden_layer_costs_the_renderer_nothing_and_comes_back(view: MapView) -> None:
    before = held(view)
    view.set_layers([boxes("many"), boxes("more")])
    both = held(view)
    view.update_layer("many", visible=False)
    one = held(view)
    assert all(sum(less) < sum(more) for less, more in zip(one, both, strict=True))
    view.update_layer("more", visible=False)
    assert held(view) == before
    view.update_layer("many", visible=True)
    view.update_layer("more", visible=True)
    assert held(view) == both


def test_a_layer_takes_what_its_numbers_take(view: MapView) -> None:
    before, _ = held(view)
    view.set_layers([boxes("many")])
    after, _ = held(view)
    assert MANY * BYTES_A_BOX <= sum(after) - sum(before) <= 1.1 * MANY * BYTES_A_BOX + 65_536


def test_a_layer_changed_many_times_is_held_once(view: MapView) -> None:
    view.set_layers([boxes("many")])
    once = held(view)
    for _ in range(4):
        view.update_layer(boxes("many"))
        view.grab_image()
    assert held(view) == once
