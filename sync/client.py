"""The gateway as the commune's desk calls it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from core.canonical import canonical_json, sha256_hex
from core.clock import Clock, utc_now
from core.errors import EnvironmentFault, UserError
from core.progress import SILENT, Progress
from sync.transport import Patience, Transport, refusal
from sync.uploading import Sender, open_package
from wire.catalogue_notice import PACK_MEDIA_TYPE, CatalogueNotice, PackNotice, open_notice
from wire.handshake import enrolment_message, token_message
from wire.protocol import (
    ChangesPage,
    Enrolment,
    HealthAnswer,
    NonceAnswer,
    PackageAnswer,
    RemarkItem,
    RemarksAnswer,
    TokenAnswer,
)
from wire.receipt import Receipt, open_receipt
from wire.signing import PrivateKey, PublicKey, encode_bytes, parse_public, public_text, sign

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")

LONGEST_WAIT_S = 20.0
STALE_TOKEN = frozenset({"TOKEN-INVALID", "TOKEN-MISSING"})


@dataclass(frozen=True, slots=True)
class SignedReceipt:
    """A receipt whose signature is the pinned server's; ``data`` are its bytes, to be kept as they came."""

    receipt: Receipt
    data: bytes


class GatewayClient:
    """A device's line to its gateway.

    ``device_id`` and ``private_key`` are the device's own; ``server_key`` is the key pinned at enrolment, without which
    no receipt is believed. Every call is bounded in time and repeated with growing pauses. Close it when done.
    """

    def __init__(
        self,
        server_url: str,
        *,
        device_id: str,
        private_key: PrivateKey,
        server_key: str | None = None,
        timeout: float = 30.0,
        ca: Path | None = None,
        patience: Patience | None = None,
        clock: Clock = utc_now,
        http: httpx.BaseTransport | None = None,
    ) -> None:
        self._device_id, self._private_key = device_id, private_key
        self._last_sequence = 0
        self._server_key = server_key
        self._transport = Transport(server_url, patience or Patience(silence_s=timeout), ca=ca, clock=clock, http=http)

    def __enter__(self) -> "GatewayClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._transport.close()

    @property
    def server_key(self) -> str | None:
        """The pinned key of the server, once enrolled."""
        return self._server_key

    @property
    def clock_skew_s(self) -> float | None:
        """How many seconds this computer's clock is ahead of the gateway's, or ``None`` before any answer."""
        return self._transport.skew_s

    def health(self) -> HealthAnswer:
        """Return whose gateway this is; raise SYNC-UNREACHABLE or SYNC-NOT-GATEWAY."""
        return self._read(HealthAnswer, self._transport.ask("GET", "/v1/health"))

    def enrol(
        self, code: str, public_key: str | None = None, name: str = "", *, commune_code: str | None = None
    ) -> Enrolment:
        """Register this device with a one-time code and pin the server's key; raise SYNC-REFUSED with the reason.

        With ``commune_code`` the gateway refuses a code of another commune and leaves it unspent.
        """
        public = public_key or public_text(self._private_key)
        message = enrolment_message(code=code.strip(), device_id=self._device_id, public_key=public)
        body = {
            "code": code.strip(),
            "device_id": self._device_id,
            "public_key": public,
            "name": name or self._device_id,
            "signature": encode_bytes(sign(self._private_key, message)),
            **({} if commune_code is None else {"commune_code": commune_code}),
        }
        found = self._read(Enrolment, self._transport.ask("POST", "/v1/enrol", json=body))
        self._server_key = found.server_key
        return found

    def upload(self, path: Path, package_id: str, progress: Progress = SILENT) -> None:
        """Send a package, or what is still missing of it; one that has arrived is not sent again.

        Raises SYNC-INTERRUPTED when the line stays dead: called again, even by another process, it goes on from there.
        """
        if self._stands_at_gateway(package_id):
            return
        file, length = open_package(path)
        with file:
            self._with_token(lambda: Sender(self._transport, package_id, file, length, progress).send())

    def fetch_receipt(self, package_id: str, wait_s: float = 60.0) -> SignedReceipt | None:
        """Return the receipt of a package, or ``None`` when the province has not answered within ``wait_s`` seconds.

        Raises SYNC-REFUSED when the package was refused whole, RECEIPT-FORGED when not the pinned server signed.
        """
        deadline = time.monotonic() + wait_s
        while True:
            left = deadline - time.monotonic()
            answer = self._package(package_id, max(0.0, min(left, LONGEST_WAIT_S)))
            if answer.state == "applied":
                return self._open_receipt(answer, package_id)
            if answer.state == "refused":
                raise refusal(answer.error.as_dict() if answer.error else None, 400)
            if answer.state != "received" or left <= 0:
                return None

    def last_sequence(self) -> int:
        """Return the highest number of a package of this device that the gateway has judged, 0 when none has come."""
        if self._transport.token is None:
            self._renew_token()
        return self._last_sequence

    def fetch_state(self, package_id: str) -> PackageAnswer:
        """Return where a package stands; raise SYNC-REFUSED (PACKAGE-UNKNOWN) when the gateway has never seen it."""
        return self._package(package_id, 0)

    def fetch_changes(self, after: int = 0, epoch: str | None = None) -> ChangesPage:
        """Return the commune's changes after a place in the commit sequence; ``reset`` tells to begin at the start."""
        query: dict[str, Any] = {"after": after} if epoch is None else {"after": after, "epoch": epoch}
        return self._read(ChangesPage, self._ask("GET", "/v1/changes", params=query))

    def fetch_remarks(self) -> tuple[RemarkItem, ...]:
        """Return the province's remarks, newest first."""
        return self._read(RemarksAnswer, self._ask("GET", "/v1/remarks")).remarks

    def fetch_catalogue(self) -> tuple[CatalogueNotice, bytes]:
        """Return what the province checks with, and the document that says so, signed by the pinned server."""
        data = canonical_json(self._ask("GET", "/v1/catalogue"))
        try:
            return open_notice(data, self._pinned()), data
        except ValueError as error:
            raise EnvironmentFault("SYNC-NOT-GATEWAY", server=self._transport.server_url, kind="signature") from error

    def fetch_pack(self, notice: PackNotice) -> bytes:
        """Return the file of a catalogue pack, byte for byte what the notice told of it."""
        data = self._with_token(lambda: self._transport.fetch(f"/v1/catalogue/packs/{notice.digest}", PACK_MEDIA_TYPE))
        if sha256_hex(data) != notice.digest:
            raise EnvironmentFault("SYNC-NOT-GATEWAY", server=self._transport.server_url, kind=PACK_MEDIA_TYPE)
        return data

    def _stands_at_gateway(self, package_id: str) -> bool:
        try:
            return self._package(package_id, 0).state in ("received", "held", "applied")
        except UserError as error:
            if error.context.get("gateway_code") != "PACKAGE-UNKNOWN":
                raise
            return False

    def _package(self, package_id: str, wait_s: float) -> PackageAnswer:
        found = self._ask("GET", f"/v1/packages/{package_id}", params={"wait": round(wait_s, 1)})
        return self._read(PackageAnswer, found)

    def _open_receipt(self, answer: PackageAnswer, package_id: str) -> SignedReceipt:
        data = canonical_json(dict(answer.receipt or {}))
        receipt = open_receipt(data, self._pinned())
        if receipt.package_id != package_id:
            raise UserError("RECEIPT-FORGED")
        return SignedReceipt(receipt, data)

    def _pinned(self) -> PublicKey:
        if self._server_key is None:
            raise UserError("SYNC-NOT-ENROLLED", server=self._transport.server_url)
        return parse_public(self._server_key)

    def _ask(self, method: str, path: str, **parts: Any) -> dict[str, Any]:
        return self._with_token(lambda: self._transport.ask(method, path, **parts))

    def _with_token(self, step: Callable[[], T]) -> T:
        """Return what ``step`` gives, with a token, and with a fresh one when the gateway no longer knows it."""
        if self._transport.token is None:
            self._renew_token()
        try:
            return step()
        except UserError as error:
            if error.context.get("gateway_code") not in STALE_TOKEN:
                raise
        self._renew_token()
        return step()

    def _renew_token(self) -> None:
        """Show that this device holds its key; whether a token is stale the gateway says, not this computer's clock."""
        self._transport.token = None
        pinned = public_text(self._pinned())
        challenge = self._transport.ask("POST", "/v1/nonces", json={"device_id": self._device_id})
        nonce = self._read(NonceAnswer, challenge).nonce
        message = token_message(server_key=pinned, device_id=self._device_id, nonce=nonce)
        proof = encode_bytes(sign(self._private_key, message))
        body = {"device_id": self._device_id, "nonce": nonce, "signature": proof}
        answer = self._transport.ask("POST", "/v1/tokens", json=body)
        given = self._read(TokenAnswer, answer)
        self._transport.token, self._last_sequence = given.token, given.last_sequence

    def _read(self, model: type[M], body: dict[str, Any]) -> M:
        try:
            return model.model_validate(body)
        except ValidationError as error:
            raise EnvironmentFault("SYNC-NOT-GATEWAY", server=self._transport.server_url, kind="JSON") from error
