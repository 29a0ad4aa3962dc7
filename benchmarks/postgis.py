"""A PostgreSQL server with PostGIS of one's own, in a folder that goes away: spatial SQL, run far from our own GEOS."""

import csv
import io
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

_SERVER_USER = "postgres"  # the server refuses to run as root
_SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=64MB",
    "work_mem=64MB",
    "jit=off",
    "listen_addresses=",
)


@dataclass(frozen=True)
class PostGis:
    """A running server; geometries are loaded without a system of coordinates, in metres."""

    programs: Path
    folder: Path

    def run(self, sql: str) -> list[dict[str, str]]:
        """Return the rows of the last statement in ``sql``, every cell as text; raise ``RuntimeError`` on an error."""
        done = subprocess.run(
            [str(self.programs / "psql"), *self._address(), "-X", "-q", "--csv", "-v", "ON_ERROR_STOP=1", "-f", "-"],
            input=sql,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        return list(csv.DictReader(io.StringIO(done.stdout)))

    def load(self, table: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
        """Make ``table`` anew with ``columns``, name to type; a ``geometry`` cell is shapely's, and gets an index."""
        declared = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        lines = "\n".join("\t".join(_cell(value) for value in row) for row in rows)
        indices = "".join(
            f"CREATE INDEX ON {table} USING gist ({name});\n" for name, kind in columns.items() if kind == "geometry"
        )
        self.run(
            "SET client_min_messages = warning;\n"
            f"DROP TABLE IF EXISTS {table} CASCADE;\nCREATE TABLE {table} ({declared});\n"
            f"COPY {table} FROM STDIN;\n{lines}{chr(10) if lines else ''}\\.\n{indices}ANALYZE {table};\n"
        )

    def _address(self) -> list[str]:
        return ["-h", str(self.folder), "-U", _SERVER_USER, "-d", "postgres"]


@contextmanager
def running_postgis() -> Iterator[PostGis | None]:
    """Give a server that ends with the block, or ``None`` where PostGIS is not installed."""
    programs = _programs()
    if programs is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="postgis-", dir="/tmp"))  # noqa: S108 - a socket's path must be short
    try:
        if _is_root():
            shutil.chown(folder, _SERVER_USER)
        data = folder / "data"
        _as_server(programs / "initdb", "-D", data, "-A", "trust", "-U", _SERVER_USER, "-E", "UTF8", "--no-sync")
        options = " ".join(["-k", str(folder), *(f"-c {setting}" for setting in _SETTINGS)])
        _as_server(programs / "pg_ctl", "-D", data, "-w", "-s", "-l", folder / "log", "-o", options, "start")
        try:
            server = PostGis(programs, folder)
            server.run("CREATE EXTENSION postgis;")
            yield server
        finally:
            _as_server(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "-s", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    """Return the folder of the newest server's programs that has PostGIS beside it."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        control = Path("/usr/share/postgresql") / folder.parent.name / "extension" / "postgis.control"
        if (folder / "initdb").exists() and control.exists():
            return folder
    return None


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _as_server(*command: object) -> None:
    words = [str(word) for word in command]
    prefix = ["runuser", "-u", _SERVER_USER, "--"] if _is_root() else []
    environment = {**os.environ, "LC_ALL": "C"}
    subprocess.run([*prefix, *words], check=True, stdout=subprocess.DEVNULL, cwd="/", env=environment)


def _cell(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, shapely.Geometry):
        return str(shapely.to_wkb(value, hex=True, output_dimension=2))
    return str(value)
