"""Takes whole uploads one after another, away from the requests; what a killed server left waits for its next start."""

import json
import queue
import threading
from contextlib import suppress

from core.canonical import canonical_json
from core.errors import AppError
from core.logs import get_log
from province.faults import error_body
from province.gateway import Gateway, note_incident
from province.taking import Held, take_package
from province.uploads import HELD, RECEIVED, REFUSED, TAKEN, Upload, Uploads
from wire.package import sync_folder

SUSPICIOUS = frozenset({"PACKAGE-FORGED", "PACKAGE-FORGED-COMMUNE", "PACKAGE-HOSTILE", "PACKAGE-OTHER-COMMUNE"})


class Intake:
    """One thread that applies packages in the order in which they became whole."""

    def __init__(self, gateway: Gateway, uploads: Uploads) -> None:
        self._gateway, self._uploads = gateway, uploads
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="intake", daemon=True)

    def start(self) -> None:
        """Begin, with what waits from before."""
        self._uploads.remove_orphans()
        for upload_id in self._uploads.waiting((RECEIVED, HELD)):
            self._queue.put(upload_id)
        self._thread.start()

    def stop(self) -> None:
        """Finish the package in hand and stop; what still waits is taken at the next start."""
        self._stopping.set()
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout=60)

    def submit(self, upload_id: str) -> None:
        """Let a whole upload be taken."""
        self._queue.put(upload_id)

    def _run(self) -> None:
        while (upload_id := self._queue.get()) is not None:
            if self._stopping.is_set():
                continue
            try:
                self.process(upload_id)
            except Exception:  # noqa: BLE001 (the boundary: one package's fault must not stop the others)
                get_log("province").error("intake", upload_id=upload_id, exc_info=True)

    def process(self, upload_id: str) -> None:
        """Take one whole upload, or note why it is refused or held."""
        upload = self._uploads.get(upload_id)
        if upload.state not in (RECEIVED, HELD):
            return
        path = self._uploads.path(upload_id)
        settings = self._gateway.settings
        try:
            take_package(self._gateway, path, upload)
        except Held as held:
            self._uploads.mark(upload_id, HELD, json.dumps(held.missing))
            return
        except AppError as error:
            self._refuse(upload, error)
            return
        except Exception:
            self._uploads.mark(upload_id, REFUSED, _text({"code": "GATEWAY-FAULT", "context": {}}))
            raise
        with suppress(FileNotFoundError):
            path.replace(settings.kept / f"{upload.package_id}.zip")
            sync_folder(settings.kept)
        self._uploads.mark(upload_id, TAKEN)
        for waiting in self._uploads.waiting((HELD,), upload.device_id):
            self.submit(waiting)

    def _refuse(self, upload: Upload, error: AppError) -> None:
        body = error_body(error)
        if error.code in SUSPICIOUS:
            note_incident(
                self._gateway,
                error.code,
                {**body["context"], "package_id": upload.package_id},
                commune_code=upload.commune_code,
                device_id=upload.device_id,
            )
        with suppress(FileNotFoundError):
            self._uploads.path(upload.upload_id).replace(self._gateway.settings.quarantine / f"{upload.upload_id}.zip")
        self._uploads.mark(upload.upload_id, REFUSED, _text(body))


def _text(body: object) -> str:
    return canonical_json(body).decode("utf-8")
