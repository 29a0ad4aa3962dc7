"""The waivers of findings: written by the unit of work alone, which journals them; what has lapsed is told apart."""

import json

from sqlalchemy import Connection

from forms.catalogue import Catalogue
from localdb import records
from localdb.engine import fetch_rows
from localdb.journal import json_text
from validation.waivers import Waiver, Waivers


def waiver_text(waiver: Waiver) -> str:
    """Return a waiver as the journal and the table hold it."""
    return json_text(waiver.as_dict())


def fetch_text(connection: Connection, key: str) -> str | None:
    """Return the waiver of one finding as it is stored."""
    rows = fetch_rows(connection, "SELECT content FROM waivers WHERE key = ?", (key,))
    return rows[0][0] if rows else None


def fetch_waiver(connection: Connection, key: str) -> Waiver | None:
    """Return the waiver of one finding, whether it stands or has lapsed."""
    text = fetch_text(connection, key)
    return None if text is None else Waiver.from_dict(json.loads(text))


def put_text(connection: Connection, type_id: str, uid: str, key: str, text: str | None) -> None:
    """Store the waiver of one finding, or remove it; the caller journals it in the same transaction."""
    if text is None:
        connection.exec_driver_sql("DELETE FROM waivers WHERE key = ?", (key,))
        return
    connection.exec_driver_sql(
        "INSERT OR REPLACE INTO waivers(key, type_id, uid, content) VALUES (?, ?, ?, ?)", (key, type_id, uid, text)
    )


def fetch_waivers(connection: Connection, catalogue: Catalogue) -> Waivers:
    """Return every waiver; one has lapsed when a record that it speaks of is gone or has other content than then."""
    rows = fetch_rows(connection, "SELECT content FROM waivers ORDER BY uid, key")
    found = [Waiver.from_dict(json.loads(row[0])) for row in rows]
    wanted = {uid for waiver in found for uid in waiver.revisions}
    now: dict[str, int] = {}
    for record_type in catalogue.types.values():
        if not wanted:
            break
        here = records.fetch_revisions(connection, record_type, wanted)
        now.update(here)
        wanted -= set(here)
    standing: dict[str, Waiver] = {}
    lapsed: dict[str, Waiver] = {}
    for waiver in found:
        stands = all(now.get(uid) == revision for uid, revision in waiver.revisions.items())
        (standing if stands else lapsed)[waiver.key] = waiver
    return Waivers(standing, lapsed)
