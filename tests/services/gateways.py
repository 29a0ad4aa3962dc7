"""The province's gateway as a program of its own, and what may stand in its place."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from forms.administration import load_communes
from province.app import default_settings
from province.gateway import Gateway as Opened
from province.gateway import open_gateway
from province.sessions import create_code

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running ``diaba serve``: its address, where its database is, and its own folder where that is not beside it."""

    url: str
    database: str
    folder: Path | None

    def code(self, commune_code: str) -> str:
        """Return a fresh one-time code, made on the gateway's own store as ``diaba enrol-code`` does."""
        with self.opened() as gateway:
            return create_code(gateway, load_communes()[commune_code], "officer")

    @contextmanager
    def opened(self) -> Iterator[Opened]:
        """Open the gateway's own store beside it, as its commands do."""
        gateway = open_gateway(*default_settings(self.database, self.folder))
        try:
            yield gateway
        finally:
            gateway.close()


@contextmanager
def run_gateway(folder: Path, *packs: Path, database: str | None = None) -> Iterator[Gateway]:
    """Run the gateway on a free port, with some catalogue packs in force, and stop it at the end.

    Without a ``database`` it runs on an embedded store in its folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    location = database or str(folder / "province.sqlite")
    arguments = ["serve", "--database", location, "--port", "0"]
    arguments += [] if database is None else ["--folder", str(folder)]
    arguments += [part for pack in packs for part in ("--catalogue", str(pack))]
    process = subprocess.Popen(
        [sys.executable, "-m", "diaba", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        encoding="utf-8",
    )
    try:
        assert process.stderr is not None
        said = process.stderr.readline()
        found = re.search(r"http://[0-9.]+:\d+", said)
        assert found, said + process.stderr.read()
        drain = threading.Thread(target=process.stderr.read, daemon=True)
        drain.start()
        yield Gateway(found[0], location, None if database is None else folder)
    finally:
        process.terminate()
        process.wait(timeout=30)
        drain.join(timeout=5)
        if process.stderr is not None:
            process.stderr.close()


class _Portal(BaseHTTPRequestHandler):
    """The sign-in page of a hotel, whatever is asked."""

    def _answer(self) -> None:
        body = "<html><body>Đăng nhập wifi</body></html>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_HEAD = do_PATCH = _answer

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def run_portal() -> Iterator[str]:
    """Run a server that answers everything with a page of HTML."""
    server = HTTPServer(("127.0.0.1", 0), _Portal)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()
