"""A scan larger than the memory there is: read by pieces, in children that stay small."""

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
OFFICE_PC = 4 << 30  # bytes of memory

LOOKER = """
import json, resource, sys
import numpy as np
from pathlib import Path
from exchange.rasters import RasterReader, inspect_raster, write_overview
memory, path = int(sys.argv[1]), Path(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
facts, small = inspect_raster(path), path.with_suffix(".overview")
write_overview(path, facts, small)
made = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
reader = RasterReader(path, facts, small)
whole = np.dstack(np.meshgrid([0.0, facts.width], [0.0, facts.height]))
near = np.dstack(np.meshgrid([5000.0, 6366.0], [3000.0, 3768.0]))
pixels = [reader.read(mesh, 1366, 768).pixels for mesh in (whole, near)]
reader.close()
status = Path("/proc/self/status").read_text()  # getrusage would also count the process that started this one
peak_kb = int(status.split("VmHWM:")[1].split()[0])
print(json.dumps({
    "overview_mb": made / 1024,
    "all_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    "own_mb": peak_kb / 1024,
    "dark": [int((one[..., 0] == 0).sum()) for one in pixels],
    "size": [facts.width, facts.height],
}))
"""


def write_scan(path: Path, width: int, height: int) -> Path:
    """An uncompressed TIFF of three colours in strips of 8 rows, black; the disk holds next to nothing of it."""
    rows = 8
    strips = -(-height // rows)
    size = width * 3 * rows
    end = 8 + size * strips
    counts = np.full(strips, size, "<u4")
    counts[-1] = (height - (strips - 1) * rows) * width * 3
    offsets = (8 + size * np.arange(strips)).astype("<u4")
    places = end + 8, end + 8 + offsets.nbytes
    entries = [
        *((256, 4, 1, width), (257, 4, 1, height), (258, 3, 3, end), (259, 3, 1, 1), (262, 3, 1, 2)),
        *((273, 4, strips, places[0]), (277, 3, 1, 3), (278, 4, 1, rows), (279, 4, strips, places[1]), (284, 3, 1, 1)),
    ]
    with path.open("wb") as file:
        file.write(b"II*\0" + struct.pack("<I", places[1] + counts.nbytes))
        file.truncate(end)
        file.seek(end)
        file.write(struct.pack("<4H", 8, 8, 8, 0) + offsets.tobytes() + counts.tobytes())
        file.write(struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries))
        file.write(bytes(4))
    return path


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits and measures the memory as Linux does")
@pytest.mark.parametrize("height", [4_500, pytest.param(18_000, marks=pytest.mark.slow)])  # 270 MB, 1.08 GB
def test_a_scan_of_a_gigabyte_is_shown_in_four_gigabytes_of_memory(tmp_path: Path, height: int) -> None:
    path = write_scan(tmp_path / "quét.tif", 20_000, height)
    told = subprocess.run(
        [sys.executable, "-c", LOOKER, str(OFFICE_PC), str(path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )
    found = json.loads(told.stdout)
    assert found["size"] == [20_000, height]
    assert found["dark"] == [1366 * 768, 1366 * 768], "seen whole, and near by"
    assert found["overview_mb"] < 250
    assert found["all_mb"] < 1024, "the limit that each child has"
    assert found["own_mb"] < 250
