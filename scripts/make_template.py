"""Makes resources/spatialite_template.sqlite with the real SpatiaLite library, which only the child process loads.

Run it on a machine that has the library (Debian: libsqlite3-mod-spatialite):
``python scripts/make_template.py [--out FILE] [--extension mod_spatialite]``.
"""

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from core.tables import load_table  # noqa: E402 (the path above makes it importable)

GEOGRAPHIC = (4326, 4756)
LIMIT_BYTES = 300 * 1024


def wanted_systems() -> list[int]:
    """Return the EPSG codes the template knows: every zone of VN-2000 that has one, and the geographic systems."""
    return sorted({*GEOGRAPHIC, *(int(row["epsg"]) for row in load_table("vn2000_zones") if row["epsg"])})


def build(out: Path, extension: str, systems: list[int]) -> None:
    """Create the template at ``out``; runs in the child process, the only one that loads the library."""
    from sqlcipher3 import dbapi2

    connection = dbapi2.connect(str(out), isolation_level=None)
    connection.enable_load_extension(True)
    connection.load_extension(extension)
    connection.execute("SELECT InitSpatialMetaData(1, 'NONE')")
    for epsg in systems:
        if connection.execute("SELECT InsertEpsgSrid(?)", (epsg,)).fetchone()[0] != 1:
            raise SystemExit(f"the library does not know EPSG:{epsg}")
    connection.execute("DELETE FROM spatialite_history")
    connection.execute("VACUUM")
    connection.close()


def main() -> None:
    """Build the template in a child process and put it in place."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "resources" / "spatialite_template.sqlite")
    parser.add_argument("--extension", default="mod_spatialite")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        build(chosen.out, chosen.extension, wanted_systems())
        return
    new = chosen.out.with_suffix(".new")
    new.unlink(missing_ok=True)
    command = [sys.executable, __file__, "--child", "--out", str(new), "--extension", chosen.extension]
    subprocess.run(command, check=True)
    size = new.stat().st_size
    if size > LIMIT_BYTES:
        raise SystemExit(f"the template has {size} bytes, more than {LIMIT_BYTES}")
    new.replace(chosen.out)
    sys.stderr.write(f"{chosen.out}: {size} bytes, {len(wanted_systems())} coordinate systems\n")


if __name__ == "__main__":
    main()
