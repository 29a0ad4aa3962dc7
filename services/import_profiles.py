"""What the user decided for a source's columns, found again when a file with the same columns comes."""

from collections.abc import Iterable

from core.canonical import canonical_json, sha256_hex
from core.errors import UserError
from forms.model import RecordType
from forms.unit_names import name_key
from localdb import import_profiles
from localdb.engine import Connection
from localdb.import_profiles import ImportProfile
from services.column_names import ColumnFinder
from services.desk import Desk
from services.import_plan import HEIGHT, ImportPlan

__all__ = ["ImportProfile", "fetch_profile", "forget_profile", "list_profiles", "save_profile", "signature_of"]

_DIGITS = 16


def signature_of(columns: Iterable[str]) -> str:
    """Return the word by which the columns of a source are known again, whatever their order, case and marks."""
    names = sorted(name_key(name) for name in columns if name != HEIGHT)
    return sha256_hex(canonical_json(names))[:_DIGITS]


def fetch_profile(desk: Desk, columns: Iterable[str], record_type: RecordType) -> ImportProfile | None:
    """Return what was decided for these columns, as far as the type still has the fields; ``None`` for nothing."""
    names = list(columns)
    with desk.reading() as connection:
        found = import_profiles.fetch_profile(connection, signature_of(names), record_type.id)
    if found is None:
        return None
    keys = {item.key for item in record_type.fields if item.computed is None}
    finder = ColumnFinder(names, name_key)
    mapping = {
        key: here for key, column in found.mapping.items() if key in keys and (here := finder.find(column)) is not None
    }
    values = {key: readings for key, readings in found.values.items() if key in mapping}
    return ImportProfile(found.signature, found.type_id, found.source, mapping, values, found.saved_at, found.saved_by)


def save_profile(desk: Desk, connection: Connection, plan: ImportPlan, columns: Iterable[str]) -> None:
    """Keep how the plan understands its columns, in the unit of work that imports them."""
    names = tuple(name for name in columns if name != HEIGHT)
    profile = ImportProfile(
        signature_of(names),
        plan.type_id,
        plan.path.name,
        plan.mapping,
        plan.values,
        desk.now(),
        desk.actor.name,
        names,
    )
    import_profiles.put_profile(connection, profile)


def list_profiles(desk: Desk) -> list[ImportProfile]:
    """Return what is remembered of sources, the latest first."""
    with desk.reading() as connection:
        return import_profiles.fetch_profiles(connection)


def forget_profile(desk: Desk, signature: str, type_id: str) -> None:
    """Forget what was decided for a source; raise ``UserError`` PROFILE-UNKNOWN when nothing was."""
    with desk.workspace.store.writing() as connection:
        if not import_profiles.drop_profile(connection, signature, type_id):
            raise UserError("PROFILE-UNKNOWN", signature=signature, type=type_id)
