"""The one place that starts PostgreSQL: a private cluster for a test session, and a database of its own for each test.

The cluster listens on a unix socket in a short folder alone and keeps nothing safe on disk: it is thrown away at the
end. It compares text as a Vietnamese office's server would, so that no test leans on the order of bytes.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

INSTALLED = Path("/usr/lib/postgresql")
WHY_NOT = "PostgreSQL with PostGIS is not installed (Debian: postgresql, postgresql-postgis)"
OWNER = "postgres"
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "autovacuum": "off",
    "jit": "off",
    "log_min_messages": "panic",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running PostgreSQL of the tests' own."""

    folder: Path
    version: str

    @property
    def pid(self) -> int:
        """The process that has started all others."""
        return int((self.folder / "data" / "postmaster.pid").read_text(encoding="ascii").split()[0])

    def url(self, database: str) -> str:
        """Return the address of a database as SQLAlchemy and ``diaba serve --database`` take it."""
        return f"postgresql+psycopg://{OWNER}@/{database}?host={self.folder}"

    def connect(self, database: str = OWNER) -> psycopg.Connection:
        """Return a connection that commits each statement."""
        return psycopg.connect(host=str(self.folder), user=OWNER, dbname=database, autocommit=True)

    @contextmanager
    def database(self, name: str, *, template: str | None = None) -> Iterator[str]:
        """Make a database, give its address, and drop it whoever is still connected."""
        made = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            made += sql.SQL(" TEMPLATE {} STRATEGY file_copy").format(sql.Identifier(template))
        with self.connect() as connection:
            connection.execute(made)
        try:
            yield self.url(name)
        finally:
            with self.connect() as connection:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


NewDatabase = Callable[[Path], AbstractContextManager[str]]
"""Gives the location of a new database of a gateway whose folder is given; it is gone at the end."""


def find_programs() -> Path | None:
    """Return the folder of the newest installed PostgreSQL that has PostGIS, or ``None``."""
    for folder in sorted(INSTALLED.glob("*/bin"), key=lambda path: -float(path.parent.name)):
        version = folder.parent.name
        control = Path(f"/usr/share/postgresql/{version}/extension/postgis.control")
        if (folder / "initdb").exists() and control.exists():
            return folder
    return None


@contextmanager
def running_cluster(**settings: str) -> Iterator[Cluster]:
    """Start a cluster in a temporary folder and stop it at the end; skip the test when PostgreSQL is not there.

    ``settings`` are those of postgresql.conf, over those that make it quick.
    """
    programs = find_programs()
    if programs is None:
        pytest.skip(WHY_NOT)
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=_short_folder()))
    try:
        if os.geteuid() == 0:
            account = pwd.getpwnam(OWNER)
            os.chown(folder, account.pw_uid, account.pw_gid)
        data = folder / "data"
        _run(
            [programs / "initdb", "-D", data, "-U", OWNER, "--auth=trust", "--no-sync", "--encoding=UTF8"]
            + ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=vi"]
        )
        lines = [f"{key} = '{value}'" for key, value in {**SETTINGS, **settings}.items()]
        lines.append(f"unix_socket_directories = '{folder}'")
        with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        _run([programs / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "start"])
        try:
            yield Cluster(folder, programs.parent.name)
        finally:
            _run([programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _short_folder() -> str:
    """Return a folder in memory where there is room, else one whose name is short: a socket's has 107 bytes at most."""
    memory, usual = Path("/dev/shm"), tempfile.gettempdir()
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 << 30:
        return str(memory)
    return usual if len(usual) < 60 else "/tmp"


def _run(command: list[object]) -> None:
    """Run a program of PostgreSQL, which refuses to run as root."""
    who = ["runuser", "-u", OWNER, "--"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*who, *map(str, command)],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr}")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The session's PostgreSQL."""
    with running_cluster() as found:
        yield found


@pytest.fixture(scope="session")
def province_template(cluster: Cluster) -> Iterator[str]:
    """A database with the gateway's tables, to be copied: quicker than to make them anew."""
    from province.storage import open_database

    with cluster.database("province_template") as url:
        open_database(url).close()
        yield "province_template"


@pytest.fixture(scope="session", params=["embedded", "postgis"])
def new_database(request: pytest.FixtureRequest) -> NewDatabase:
    """Both kinds of database that a gateway works on: the same tests hold on either."""
    if request.param == "embedded":
        return lambda folder: nullcontext(str(folder / "province.sqlite"))
    cluster: Cluster = request.getfixturevalue("cluster")
    template: str = request.getfixturevalue("province_template")
    return lambda _folder: cluster.database(f"province_{uuid.uuid4().hex}", template=template)
