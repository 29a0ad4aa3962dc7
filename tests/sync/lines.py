"""Lines that behave badly: portals, proxies that cut, servers with a doubtful certificate, a gateway to be killed."""

import datetime
import http.server
import ipaddress
import random
import select
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def portal(status: int, kind: str, body: bytes, **headers: str) -> Iterator[str]:
    """Answer everything alike, as the sign-in page of a network does."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_POST = do_HEAD = do_PATCH = do_DELETE = _answer

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    with _http_server(Handler) as server:
        yield f"http://127.0.0.1:{server.server_address[1]}"


@contextmanager
def _http_server(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[http.server.ThreadingHTTPServer]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class CuttingProxy:
    """Passes bytes on to a gateway and cuts each connection after a random number of them."""

    def __init__(self, port: int, seed: int, least: int, most: int) -> None:
        self._target, self._random = ("127.0.0.1", port), random.Random(seed)  # noqa: S311 (a fault, not a secret)
        self._range = (least, most)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self._open = True
        self.cuts = 0
        self._thread = threading.Thread(target=self._accept)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> "CuttingProxy":
        self._thread.start()
        return self

    def __exit__(self, *_args: object) -> None:
        self._open = False
        self._thread.join()
        self._listener.close()

    def _accept(self) -> None:
        pairs = []
        while self._open:
            try:
                near, _ = self._listener.accept()
            except TimeoutError:
                continue
            thread = threading.Thread(target=self._carry, args=(near, self._budget()))
            thread.start()
            pairs.append(thread)
        for thread in pairs:
            thread.join()

    def _budget(self) -> int:
        """Return how many bytes the next connection lives for."""
        return self._random.randint(*self._range)

    def _carry(self, near: socket.socket, budget: int) -> None:
        with near, socket.create_connection(self._target) as far:
            while self._open:
                for source in select.select([near, far], [], [], 0.05)[0]:
                    try:
                        data = source.recv(4096)
                    except OSError:
                        return
                    budget -= len(data)
                    self.cuts += budget < 0
                    if not data or budget < 0:
                        return
                    self._pass_on(far if source is near else near, data)

    def _pass_on(self, target: socket.socket, data: bytes) -> None:
        target.sendall(data)


class CrawlingProxy(CuttingProxy):
    """A line of 16 kbit/s on which every turn takes a second and four connections of ten die within 4 KB."""

    rate = 2_000.0
    turn_s = 1.0

    def __init__(self, port: int, seed: int) -> None:
        super().__init__(port, seed, 0, 0)
        self._towards: dict[int, socket.socket] = {}

    def _budget(self) -> int:
        return self._random.randint(1, 4_000) if self._random.random() < 0.4 else 1 << 40

    def _pass_on(self, target: socket.socket, data: bytes) -> None:
        turns = self._towards.get(threading.get_ident()) is not target
        self._towards[threading.get_ident()] = target
        time.sleep(self.turn_s if turns else 0.0)
        for start in range(0, len(data), 512):
            piece = data[start : start + 512]
            time.sleep(len(piece) / self.rate)
            with suppress(OSError):
                target.sendall(piece)


def make_certificate(folder: Path, *, host: str = "127.0.0.1", starts: int = -1, ends: int = 30) -> tuple[Path, Path]:
    """Write a self-signed certificate, valid between two days counted from today, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    today = datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Tỉnh thử")])
    try:
        place: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        place = x509.DNSName(host)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today + datetime.timedelta(days=starts))
        .not_valid_after(today + datetime.timedelta(days=ends))
        .add_extension(x509.SubjectAlternativeName([place]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    certificate = builder.sign(key, hashes.SHA256())
    folder.mkdir(parents=True, exist_ok=True)
    pem, secret = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem, secret


@contextmanager
def tls_front(certificate: Path, key: Path, body: bytes) -> Iterator[str]:
    """Answer everything with one JSON body over TLS."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A client that turns away from a certificate is what these tests are about."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


_PROGRAM = "import typer; from province.commands import register; app = typer.Typer(); register(app); app()"


class GatewayProcess:
    """``diaba serve`` as a process of its own, on one port, to be killed and started again."""

    def __init__(self, database: str, folder: Path) -> None:
        self._where = ["--database", database, "--folder", str(folder)]
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the gateway to its end."""
        command = [sys.executable, "-c", _PROGRAM, *arguments, *self._where]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, encoding="utf-8")

    def start(self) -> str:
        """Start to serve and return the line it says on standard error."""
        command = [sys.executable, "-c", _PROGRAM, "serve", "--port", str(self.port), *self._where]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
        )
        assert self._process.stderr is not None
        return self._process.stderr.readline().strip()

    def kill(self) -> None:
        """Kill it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> tuple[int, str]:
        """Ask it to stop; return its exit code and what it said on standard output."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> tuple[int, str]:
        process = self._process
        if process is None:
            return 0, ""
        self._process = None
        process.send_signal(number)
        said, _ = process.communicate(timeout=30)
        return process.returncode, said
