"""Where findings belong: what their records are called, and under which dossier they lie."""

from collections.abc import Iterable

from core.messages import current_language
from core.progress import SILENT, Progress
from core.text import fold_text
from forms.record import State
from forms.titles import record_title
from localdb import records
from services.desk import Desk

DOSSIER = "planning_dossier"
CODES = ("local_code", "official_id")


def dossiers_of(desk: Desk) -> dict[str, str]:
    """Return the dossier of each record that belongs to one, by uid; a dossier belongs to itself."""
    found: dict[str, str] = {}
    with desk.reading() as connection:
        for record_type in desk.catalogue.types.values():
            if record_type.id == DOSSIER:
                found.update((uid, uid) for uid in records.uids_in_states(connection, record_type, State))
                continue
            key = next((item.key for item in record_type.fields if DOSSIER in getattr(item, "target", ())), None)
            if key is not None:
                signs = records.fetch_signs(connection, record_type, key)
                found.update((uid, str(dossier)) for uid, dossier, is_gone in signs if not is_gone)
    return found


def folded_titles(desk: Desk, uids: Iterable[str], progress: Progress = SILENT) -> dict[str, str]:
    """Return what records are called, without diacritics and in small letters, by uid."""
    language = current_language()
    found: dict[str, str] = {}
    left = set(uids)
    with desk.reading() as connection:
        for done, record_type in enumerate(desk.catalogue.types.values()):
            progress.step(done, len(desk.catalogue.types))
            if not left:
                break
            keys = (*record_type.title_fields, *CODES)
            for uid, values in records.fetch_values(connection, record_type, keys, left):
                found[uid] = fold_text(record_title(record_type, values, language, desk.catalogue))
            left -= found.keys()
    return found
