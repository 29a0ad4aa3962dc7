"""Shared memory: seen by another process, and given back."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from desktop.map.blocks import SharedBlock, pack_arrays


def held() -> int:
    """How many map blocks this process has mapped or open."""
    maps = Path("/proc/self/maps").read_text().count("memfd:diaba-map")
    files = sum("memfd:diaba-map" in os.readlink(link) for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
    return maps + files


def test_arrays_come_out_as_they_went_in() -> None:
    given = {
        "a": np.arange(7, dtype=np.float32),
        "b": np.arange(6, dtype=np.int32).reshape(2, 3),
        "empty": np.zeros(0, dtype=np.uint8),
    }
    block, places = pack_arrays(given)
    other = SharedBlock.open(block.address, block.size)
    for name, array in given.items():
        found = other.array(places[name])
        assert found.dtype == array.dtype
        assert np.array_equal(found, array)
    other.close()
    block.close()


def test_two_views_are_one_memory() -> None:
    block, places = pack_arrays({"a": np.zeros(3, dtype=np.int64)})
    other = SharedBlock.open(block.address, block.size)
    other.array(places["a"])[1] = 42
    assert block.array(places["a"]).tolist() == [0, 42, 0]
    other.close()
    block.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_memory_is_given_back_with_the_last_array() -> None:
    before = held()
    block, places = pack_arrays({"a": np.ones(100_000)})
    kept = block.array(places["a"])
    block.close()
    assert held() > before, "an array in use keeps its memory"
    assert kept.sum() == 100_000
    with pytest.raises(ValueError, match="closed"):
        block.array(places["a"])
    del kept
    gc.collect()
    assert held() == before


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /dev/shm")
def test_a_killed_owner_leaves_nothing_behind() -> None:
    before = set(Path("/dev/shm").iterdir())
    code = "import os; from desktop.map.blocks import SharedBlock as S; b = S.create(1 << 20); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code], check=False)
    assert set(Path("/dev/shm").iterdir()) <= before
