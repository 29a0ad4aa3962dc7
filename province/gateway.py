"""The gateway as its parts see it: database, folders, key, clock, and what the province knows of records."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, update

from core.canonical import canonical_json
from core.clock import timestamp
from core.errors import EnvironmentFault
from core.identity import new_uid
from core.logs import get_log
from forms.catalogue import Catalogue
from forms.loader import extend_catalogue, load_catalogue
from province.handouts import Handout, load_handouts
from province.settings import GatewaySettings
from province.storage import Database, hold_name, insert_if_absent, open_database
from province.tables import incidents, server_facts
from validation import rules as _rules  # noqa: F401 (fills the registry of rules)
from validation.declared import refuse_unfit
from validation.own_tolerances import own_tolerances
from validation.rule import rule_pack_hash
from validation.tolerances import merge_tolerances
from wire.signing import SEED_BYTES, PrivateKey, private_key_of, public_text

KEY_FILE = "server.key"


@dataclass(frozen=True, slots=True)
class Gateway:
    """An open gateway; ``epoch`` names the life of its database, which a restore from a backup ends.

    ``tolerances`` are those that differ from the program's: of the catalogue packs, and over them of the settings.
    ``handouts`` are those packs as communes may fetch them, the lowest first.
    """

    database: Database
    settings: GatewaySettings
    key: PrivateKey
    epoch: str
    catalogue: Catalogue
    tolerances: Mapping[str, float]
    rule_pack: str
    handouts: tuple[Handout, ...] = ()

    @property
    def server_key(self) -> str:
        """The public key that every device pins when it enrols."""
        return public_text(self.key)

    def now(self, seconds: int = 0) -> str:
        """Return the server's time, or the time some seconds from now, as it is stored."""
        return timestamp(self.settings.clock() + timedelta(seconds=seconds))

    def close(self) -> None:
        """Close the database."""
        self.database.close()


def open_gateway(location: str, settings: GatewaySettings) -> Gateway:
    """Open database, folders and key; what is missing is made, once, however many gateways start on one database.

    Raises GATEWAY-KEY, GATEWAY-KEY-OTHER, what ``open_database`` raises, and FORM-SYNTAX, PACK-RULE-TAKEN,
    TOLERANCE-UNKNOWN or TOLERANCE-RANGE for packs and tolerances that the program cannot take.
    """
    handouts = load_handouts(settings.catalogue_packs)
    catalogue = extend_catalogue(load_catalogue(), [handout.sources for handout in handouts])
    refuse_unfit(catalogue)
    tolerances = {**own_tolerances(catalogue), **settings.tolerances}
    rule_pack = rule_pack_hash(merge_tolerances(tolerances), catalogue.rules)
    for folder in (settings.folder, settings.inbox, settings.kept, settings.quarantine):
        folder.mkdir(parents=True, exist_ok=True)
    database = open_database(location)
    try:
        key, epoch = _load_identity(database, settings.folder / KEY_FILE)
    except Exception:
        database.close()
        raise
    return Gateway(database, settings, key, epoch, catalogue, tolerances, rule_pack, handouts)


def _load_identity(database: Database, path: Path) -> tuple[PrivateKey, str]:
    """Return key and epoch; raise GATEWAY-KEY-OTHER when the devices of this database know another key."""
    with database.writing() as connection:
        hold_name(connection, "identity")
        key = load_server_key(path)
        epoch = _ensure_fact(connection, "epoch", new_uid())
        if _ensure_fact(connection, "server_key", public_text(key)) != public_text(key):
            raise EnvironmentFault("GATEWAY-KEY-OTHER", file=str(path))
    return key, epoch


def renew_epoch(gateway: Gateway) -> str:
    """Begin another life of the database, as must be after a restore from a backup, and return its name.

    Every client then pulls from the start and finds out what the province has lost; running workers must be started
    again to tell of it.
    """
    epoch = new_uid()
    with gateway.database.writing() as connection:
        connection.execute(update(server_facts).where(server_facts.c.key == "epoch").values(value=epoch))
    return epoch


def load_server_key(path: Path) -> PrivateKey:
    """Return the server's key, drawn on first use and readable by its owner alone; raise GATEWAY-KEY when damaged."""
    try:
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return private_key_of(bytes.fromhex(path.read_text(encoding="ascii").strip()))
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_bytes(SEED_BYTES).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        return private_key_of(bytes.fromhex(path.read_text(encoding="ascii").strip()))
    except (OSError, ValueError) as error:
        raise EnvironmentFault("GATEWAY-KEY", file=str(path)) from error


def _ensure_fact(connection: Connection, key: str, value: str) -> str:
    insert_if_absent(connection, server_facts, {"key": key, "value": value})
    return str(connection.execute(select(server_facts.c.value).where(server_facts.c.key == key)).scalar_one())


def note_incident(
    gateway: Gateway, code: str, context: dict[str, Any], *, commune_code: str | None, device_id: str | None
) -> None:
    """Keep that something was refused which an honest program does not do."""
    get_log("province").warning("incident", code=code, commune_code=commune_code, device_id=device_id)
    with gateway.database.writing() as connection:
        connection.execute(
            insert(incidents).values(
                incident_id=new_uid(),
                at=gateway.now(),
                commune_code=commune_code,
                device_id=device_id,
                code=code,
                context=canonical_json(json.loads(json.dumps(context, default=str))).decode("utf-8"),
            )
        )
