"""One HTTP call to the gateway: bounded in time, repeated when that may help, doubted when the answer looks foreign."""

import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
import stamina
import truststore

from core.clock import Clock, utc_now
from core.errors import AppError, EnvironmentFault, UserError
from core.logs import get_log
from core.messages import load_messages, render
from wire.protocol import TUS_VERSION

T = TypeVar("T")

JSON = "application/json"
AGAIN = frozenset({408, 423, 425, 429, 500, 502, 503, 504})
_CLOCK_CODES = {9, 10}  # OpenSSL: a certificate is not valid yet, or no longer


class Unsettled(EnvironmentFault):
    """The call may have reached the gateway or not; asking again is safe, for every call is repeatable."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one call may take, and how often a failed one is tried again, with growing and jittered pauses."""

    connect_s: float = 10.0
    silence_s: float = 30.0
    attempts: int = 6
    first_pause_s: float = 0.3
    longest_pause_s: float = 20.0


@dataclass
class Transport:
    """The line to one gateway. ``skew_s`` is how far this computer's clock is ahead of the gateway's, once heard."""

    server_url: str
    patience: Patience = field(default_factory=Patience)
    ca: Path | None = None
    clock: Clock = utc_now
    http: httpx.BaseTransport | None = None
    skew_s: float | None = None
    token: str | None = None

    def __post_init__(self) -> None:
        timeout = httpx.Timeout(self.patience.silence_s, connect=self.patience.connect_s)
        base = self.server_url.rstrip("/")
        if not base.startswith(("http://", "https://")):
            raise UserError("SYNC-ADDRESS", server=self.server_url)
        verify = build_ssl_context(self.ca)
        try:
            self._client = httpx.Client(
                base_url=base, timeout=timeout, verify=verify, transport=self.http, follow_redirects=False
            )
        except httpx.InvalidURL as error:
            raise UserError("SYNC-ADDRESS", server=self.server_url) from error

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def ask(self, method: str, path: str, **parts: Any) -> dict[str, Any]:
        """Return the gateway's JSON answer; raise a SYNC error, SYNC-REFUSED with the gateway's own code among them."""
        return self.persist(lambda: self._read_json(self.call(method, path, **parts)))

    def persist(self, step: Callable[[], T]) -> T:
        """Return what ``step`` gives, trying again while it is ``Unsettled``."""
        for attempt in self.attempts():
            with attempt:
                return step()
        raise AssertionError  # the last attempt returns or raises

    def attempts(self) -> Iterable[stamina.Attempt]:
        """Return the attempts of one step; the pauses between them grow and are jittered."""
        patience = self.patience
        return stamina.retry_context(
            on=Unsettled,
            attempts=patience.attempts,
            timeout=None,
            wait_initial=patience.first_pause_s,
            wait_max=patience.longest_pause_s,
            wait_jitter=patience.first_pause_s,
        )

    def fetch(self, path: str, kind: str) -> bytes:
        """Return the bytes of a file of media type ``kind``; whoever asked holds them against what was told of them."""
        return self.persist(lambda: self._read_file(self.call("GET", path, kind=kind), kind))

    def call(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, kind: str = JSON, **parts: Any
    ) -> httpx.Response:
        """Make one call and return the answer, once it is certain that a gateway gave it, or a file of ``kind``.

        Raises ``Unsettled`` when it is worth trying again (SYNC-LATER with the gateway's own words, where it says why,
        else SYNC-UNREACHABLE), SYNC-NOT-GATEWAY when somebody else answered, SYNC-CLOCK and
        SYNC-UNTRUSTED when the certificate is not good.
        """
        sent = dict(headers or {})
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        try:
            answer = self._client.request(method, path, headers=sent, **parts)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise self._fault(error) from error
        self._note_time(answer)
        self._check_origin(answer, kind)
        if answer.status_code in AGAIN:
            raise self._unsettled(answer)
        return answer

    def _unsettled(self, answer: httpx.Response) -> Unsettled:
        """Return what a gateway says of why it cannot now, or that nobody there says anything."""
        said = refusal_of(answer).context
        if said["gateway_code"] not in load_messages():
            return Unsettled("SYNC-UNREACHABLE", server=self.server_url, reason=f"HTTP {answer.status_code}")
        return Unsettled("SYNC-LATER", server=self.server_url, gateway_code=said["gateway_code"], reason=said["reason"])

    def _check_origin(self, answer: httpx.Response, wanted: str) -> None:
        """Let pass what a gateway says; a page of a hotel, a proxy or a hosting company is not an answer."""
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        speaks_tus = answer.headers.get("Tus-Resumable") == TUS_VERSION
        bare = answer.request.method == "HEAD" or not answer.content
        if kind in (JSON, wanted) or (speaks_tus and bare) or (bare and answer.status_code in (401, 404, 410)):
            return
        if answer.status_code in (502, 503, 504):
            raise Unsettled("SYNC-UNREACHABLE", server=self.server_url, reason=f"HTTP {answer.status_code}")
        raise EnvironmentFault("SYNC-NOT-GATEWAY", server=self.server_url, kind=kind or f"HTTP {answer.status_code}")

    def _read_json(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            found = answer.json()
        except ValueError as error:
            raise EnvironmentFault("SYNC-NOT-GATEWAY", server=self.server_url, kind=JSON) from error
        if answer.is_success and isinstance(found, dict):
            return found
        raise refusal(found, answer.status_code)

    def _read_file(self, answer: httpx.Response, kind: str) -> bytes:
        if answer.is_success and answer.headers.get("Content-Type", "").partition(";")[0].strip().lower() == kind:
            return answer.content
        self._read_json(answer)
        raise EnvironmentFault("SYNC-NOT-GATEWAY", server=self.server_url, kind=JSON)

    def _fault(self, error: Exception) -> AppError:
        certificate = _find_certificate_error(error)
        if certificate is None:
            return Unsettled("SYNC-UNREACHABLE", server=self.server_url, reason=type(error).__name__)
        if certificate.verify_code in _CLOCK_CODES:
            return EnvironmentFault(
                "SYNC-CLOCK", server=self.server_url, now=self.clock().isoformat(timespec="minutes")
            )
        return EnvironmentFault("SYNC-UNTRUSTED", server=self.server_url, reason=certificate.verify_message)

    def _note_time(self, answer: httpx.Response) -> None:
        """Measure this computer's clock against the gateway's; only ever to be shown, never to decide."""
        try:
            told = parsedate_to_datetime(answer.headers["Date"])
        except (KeyError, ValueError, TypeError):
            return
        self.skew_s = (self.clock() - told).total_seconds()


def refusal(body: object, status: int) -> UserError:
    """Return SYNC-REFUSED with the gateway's own code and its words, as this program knows them."""
    found = body if isinstance(body, dict) else {}
    code = str(found.get("code") or f"HTTP {status}")
    context = found.get("context")
    facts = context if isinstance(context, dict) else {}
    known = code in load_messages()
    return UserError(
        "SYNC-REFUSED", gateway_code=code, status=status, facts=facts, reason=render(code, facts) if known else code
    )


def refusal_of(answer: httpx.Response) -> UserError:
    """Return SYNC-REFUSED of an answer, which need not be JSON."""
    try:
        return refusal(answer.json(), answer.status_code)
    except ValueError:
        return refusal(None, answer.status_code)


def _find_certificate_error(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error
        error = error.__cause__ or error.__context__
    return None


def build_ssl_context(ca: Path | None) -> ssl.SSLContext:
    """Return what certificates are held against: the computer's own store, or only the office's file."""
    if ca is None:
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return ssl.create_default_context(cafile=str(ca))
    except (OSError, ssl.SSLError) as error:
        raise UserError("SYNC-CA", file=str(ca)) from error


def _note_retry(details: stamina.instrumentation.RetryDetails) -> None:
    get_log("sync").info("retry", cause=type(details.caused_by).__name__, attempt=details.retry_num)


stamina.instrumentation.set_on_retry_hooks([_note_retry])  # left alone, it prints to standard output
