"""A commune's device as a load on a gateway: the protocol's calls and nothing else, so that it costs little itself."""

import http.client
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from core.canonical import canonical_json
from sync.client import GatewayClient
from tests.province.samples import Device
from wire.changes import RecordChange
from wire.handshake import token_message
from wire.protocol import CHUNK_MEDIA_TYPE, TUS_VERSION
from wire.receipt import open_receipt
from wire.signing import PublicKey, encode_bytes, sign

LONGEST_S = 300


@dataclass
class Sender:
    """A device with the package it sealed last, and how long it waited for that one's receipt after the last byte."""

    device: Device
    data: bytes = b""
    package_id: str = ""
    address: str = ""
    server_key: str = ""
    waited_s: float = 0.0
    receipt: bytes = b""

    def enrol(self, address: str, code: str) -> None:
        """Register the device, once in its life."""
        with GatewayClient(address, device_id=self.device.device_id, private_key=self.device.key) as client:
            self.server_key = client.enrol(code).server_key
        self.address = address

    def seal(self, changes: Sequence[RecordChange]) -> None:
        """Make a package of changes the one to be sent."""
        path, self.package_id = self.device.seal(changes)
        self.data = path.read_bytes()

    def send(self) -> None:
        """Get a token, upload the package in one piece and wait for the receipt."""
        place = urlsplit(self.address)
        line = http.client.HTTPConnection(place.hostname or "", place.port, timeout=LONGEST_S)
        try:
            token = self._token(line)
            known = {"Authorization": f"Bearer {token}", "Tus-Resumable": TUS_VERSION}
            told = {"Upload-Length": str(len(self.data)), "Upload-Metadata": f"package_id {self._metadata()}"}
            headers, _ = _call(line, "POST", "/v1/uploads", b"", {**known, **told})
            piece = {"Content-Type": CHUNK_MEDIA_TYPE, "Upload-Offset": "0"}
            _call(line, "PATCH", headers["Location"], self.data, {**known, **piece})
            self._wait(line, known)
        finally:
            line.close()

    def _metadata(self) -> str:
        return encode_bytes(self.package_id.encode("ascii"))

    def _token(self, line: http.client.HTTPConnection) -> str:
        nonce = _ask(line, "/v1/nonces", {"device_id": self.device.device_id})["nonce"]
        message = token_message(server_key=self.server_key, device_id=self.device.device_id, nonce=nonce)
        proof = encode_bytes(sign(self.device.key, message))
        body = {"device_id": self.device.device_id, "nonce": nonce, "signature": proof}
        return str(_ask(line, "/v1/tokens", body)["token"])

    def _wait(self, line: http.client.HTTPConnection, known: dict[str, str]) -> None:
        begun = time.perf_counter()
        while time.perf_counter() - begun < LONGEST_S:
            _, answer = _call(line, "GET", f"/v1/packages/{self.package_id}?wait=20", None, known)
            if b'"state":"received"' not in answer[:200]:
                self.receipt = answer
                break
        self.waited_s = time.perf_counter() - begun

    def count_applied(self, server_key: PublicKey) -> int:
        """Return how many records the receipt says were applied; raise when it is not signed by the gateway."""
        receipt = open_receipt(canonical_json(json.loads(self.receipt)["receipt"]), server_key)
        if receipt.package_id != self.package_id:
            raise RuntimeError(f"{receipt.package_id} answers {self.package_id}")
        return receipt.count()["applied"]


def _ask(line: http.client.HTTPConnection, path: str, body: dict[str, str]) -> dict[str, Any]:
    _, answer = _call(line, "POST", path, json.dumps(body).encode("utf-8"), {"Content-Type": "application/json"})
    return dict(json.loads(answer))


def _call(
    line: http.client.HTTPConnection, method: str, path: str, body: bytes | None, headers: dict[str, str]
) -> tuple[http.client.HTTPMessage, bytes]:
    line.request(method, path, body, headers)
    answer = line.getresponse()
    data = answer.read()
    if answer.status >= 400:
        raise RuntimeError(f"{method} {path}: {answer.status} {data[:300]!r}")
    return answer.headers, data
