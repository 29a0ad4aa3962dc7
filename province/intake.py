"""Takes whole uploads, away from the requests; what a killed server left is taken at its next start or by another."""

import json
import queue
import threading
from contextlib import suppress

from core.canonical import canonical_json
from core.errors import AppError, EnvironmentFault
from core.logs import get_log
from province.bell import Bell
from province.faults import error_body
from province.gateway import Gateway, note_incident
from province.storage import claiming, is_shared
from province.taking import Held, take_package
from province.uploads import HELD, RECEIVED, REFUSED, Upload, UploadKey, Uploads
from wire.package import sync_folder

SUSPICIOUS = frozenset({"PACKAGE-FORGED", "PACKAGE-FORGED-COMMUNE", "PACKAGE-HOSTILE", "PACKAGE-OTHER-COMMUNE"})


class Intake:
    """Threads that apply packages about in the order in which they became whole; each package is one thread's.

    On a server's database every worker has some, and looks now and then for what a worker that died left behind.
    """

    def __init__(self, gateway: Gateway, uploads: Uploads) -> None:
        self._gateway, self._uploads = gateway, uploads
        self._queue: queue.Queue[UploadKey | None] = queue.Queue()
        self._here: set[UploadKey] = set()
        self._stopping = threading.Event()
        self.bell = Bell()
        count = gateway.settings.intake_threads if is_shared(gateway.database) else 1
        self._threads = [
            threading.Thread(target=self._run, name=f"intake {number}", daemon=True) for number in range(count)
        ]

    def start(self) -> None:
        """Begin, with what waits from before."""
        self._uploads.remove_orphans()
        self._uploads.forget_expired()
        self._submit_waiting()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the packages in hand and stop; what still waits is taken at the next start, or by another worker."""
        self._stopping.set()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=60)

    def submit(self, key: UploadKey) -> None:
        """Let a whole upload be taken."""
        self._here.add(key)
        self._queue.put(key)

    def has(self, key: UploadKey) -> bool:
        """Whether this worker is to take an upload, so that its bell will ring for it."""
        return key in self._here

    def _submit_waiting(self) -> None:
        for key in self._uploads.waiting():
            self.submit(key)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                key = self._queue.get(timeout=self._gateway.settings.look_again_s)
                if key is None:
                    return
                self.process(key)
            except queue.Empty:
                self._look_again()
            except Exception:  # noqa: BLE001 (the boundary: one package's fault must not stop the others)
                get_log("province").error("intake", exc_info=True)

    def _look_again(self) -> None:
        """Find what waits and is in nobody's hands, and forget what ran out; a database that is away is asked later."""
        with suppress(EnvironmentFault):
            self._uploads.forget_expired()
            self._submit_waiting()

    def process(self, key: UploadKey) -> None:
        """Take one whole upload, or note why it is refused or held; leave it to whoever has it in hand already."""
        try:
            with claiming(self._gateway.database, "upload", *key) as is_mine:
                if is_mine:
                    self._process(self._uploads.get(*key))
        finally:
            self._here.discard(key)
            self.bell.ring(key)

    def _process(self, upload: Upload) -> None:
        if upload.state not in (RECEIVED, HELD):
            return
        path = self._uploads.path(upload.upload_id)
        settings = self._gateway.settings
        try:
            take_package(self._gateway, path, upload)
        except Held as held:
            self._uploads.mark(upload, HELD, json.dumps(held.missing))
            return
        except EnvironmentFault as fault:
            get_log("province").error("intake waits", code=fault.code, upload_id=upload.upload_id)
            return
        except AppError as error:
            self._refuse(upload, error)
            return
        except Exception:
            self._uploads.mark(upload, REFUSED, _text({"code": "GATEWAY-FAULT", "context": {}}))
            raise
        with suppress(FileNotFoundError):
            path.replace(settings.kept / f"{upload.package_id}.zip")
            sync_folder(settings.kept)
        for waiting in self._uploads.finish(upload):
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
        self._uploads.mark(upload, REFUSED, _text(body))


def _text(body: object) -> str:
    return canonical_json(body).decode("utf-8")
