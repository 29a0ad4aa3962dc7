"""A gateway behind a certificate of the office's own: trusted once its authority was named, and from then on."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from localdb.keys import authority_file
from services.desk import Desk
from services.syncing import enrol, sync
from tests.cli.running import run
from tests.services.desks import open_again, refused
from tests.services.gateways import Gateway
from tests.services.pairs import one_road
from tests.sync.lines import make_certificate


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(1 << 16):
            target.sendall(data)
    except OSError:
        pass
    finally:
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def behind_tls(url: str, certificate: Path, key: Path) -> Iterator[str]:
    """Give an https address that leads to ``url``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    place = urlsplit(url)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    plain, _ = listener.accept()
                except OSError:
                    return
                try:
                    near = context.wrap_socket(plain, server_side=True)
                except OSError:
                    plain.close()
                    continue
                far = socket.create_connection((place.hostname or "", place.port or 0))
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=_pump, args=ends, daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def front(gateway: Gateway, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    certificate, key = make_certificate(tmp_path / "tls")
    with behind_tls(gateway.url, certificate, key) as url:
        yield url, certificate


def test_an_authority_is_named_once_and_kept(
    desk: Desk, gateway: Gateway, front: tuple[str, Path], haste: None
) -> None:
    url, certificate = front
    code = gateway.code(desk.commune.code)
    refused("SYNC-UNTRUSTED", lambda: enrol(desk, url, code))
    refused("SYNC-CA", lambda: enrol(desk, url, code, authority=certificate.with_name("nothing.pem")))
    broken = certificate.with_name("broken.pem")
    broken.write_text("no certificate", encoding="utf-8")
    refused("SYNC-CA", lambda: enrol(desk, url, code, authority=broken))
    workspace_id = desk.workspace.info.workspace_id
    assert authority_file(workspace_id) is None
    enrol(desk, url, code, authority=certificate)
    kept = authority_file(workspace_id)
    assert kept is not None
    assert kept.read_bytes() == certificate.read_bytes()
    one_road(desk)
    certificate.unlink()
    folder = desk.workspace.folder
    desk.workspace.close()
    again = open_again(folder)
    assert sync(again).server == url
    again.workspace.close()


def test_the_command_takes_it(desk: Desk, gateway: Gateway, front: tuple[str, Path], haste: None) -> None:
    url, certificate = front
    folder, code = desk.workspace.folder, gateway.code(desk.commune.code)
    desk.workspace.close()
    asked = ("enrol", str(folder), "--server", url, "--code", code)
    assert run(*asked).code != 0
    assert run(*asked, "--ca", str(certificate)).code == 0
    assert run("sync", str(folder)).code == 0
