"""Column profiles of catalogue packs: what an office decided for the tables of one source, before a user does."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from core.errors import EnvironmentFault, UserError
from core.messages import render
from forms.catalogue import Catalogue
from forms.model import RecordType
from forms.unit_names import name_key
from localdb import packs
from services.column_names import ColumnFinder
from services.column_values import list_of, value_key
from services.desk import Desk
from services.import_profiles import ImportProfile, signature_of
from services.profile_texts import COLUMNS, is_of_columns, pairs_of, read_profile_text

_KEYS = frozenset({"type", "of", "signature", "map", "values"})


@dataclass(frozen=True, slots=True)
class ColumnPart:
    """What columns become of one type.

    ``of`` are all columns of the source, or ``signature`` the word for them; with neither the part is for every table
    that has the columns of ``mapping``.
    """

    type_id: str
    mapping: Mapping[str, str]
    values: Mapping[str, Mapping[str, str | None]]
    of: tuple[str, ...] = ()
    signature: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether the part speaks of every column of the source."""
        return bool(self.of or self.signature)

    def fits(self, columns: Iterable[str]) -> bool:
        """Whether the part is for a table of these columns, however they are ordered and spelled."""
        names = list(columns)
        if self.is_whole:
            return signature_of(names) == (self.signature or signature_of(self.of))
        return {name_key(column) for column in self.mapping.values()} <= {name_key(name) for name in names}


@dataclass(frozen=True, slots=True)
class PackedDecision:
    """A part that fits a table, by the table's own names; ``pack`` is the pack's name, ``by`` the office."""

    pack: Mapping[str, str]
    by: str
    mapping: Mapping[str, str]
    values: Mapping[str, Mapping[str, str | None]]
    is_whole: bool

    @property
    def source(self) -> str:
        """The pack and its office in words."""
        return render("COLUMN-PACK", {"pack": self.pack, "by": self.by})


def parse_columns(name: str, text: str) -> tuple[ColumnPart, ...]:
    """Return the parts that a text describes; raise ``UserError`` PROFILE-SYNTAX."""
    plain = read_profile_text(name, text)
    parts = plain.get(COLUMNS)
    if not isinstance(parts, list) or not parts or set(plain) - {COLUMNS, "title"}:
        raise UserError("PROFILE-SYNTAX", name=name, reason=COLUMNS)
    return tuple(_part(name, part) for part in parts)


def _part(name: str, plain: Any) -> ColumnPart:
    if not isinstance(plain, dict) or not isinstance(plain.get("type"), str) or set(plain) - _KEYS:
        raise UserError("PROFILE-SYNTAX", name=name, reason="type")
    mapping = pairs_of(name, plain, "map")
    of, signature = plain.get("of", []), plain.get("signature", "")
    if not isinstance(of, list) or not all(isinstance(column, str) for column in of):
        raise UserError("PROFILE-SYNTAX", name=name, reason="of")
    if not isinstance(signature, str) or not mapping:
        raise UserError("PROFILE-SYNTAX", name=name, reason="signature" if mapping else "map")
    if of and {name_key(column) for column in mapping.values()} - {name_key(column) for column in of}:
        raise UserError("PROFILE-SYNTAX", name=name, reason="of")
    values = plain.get("values", {})
    if not isinstance(values, dict) or not values.keys() <= mapping.keys():
        raise UserError("PROFILE-SYNTAX", name=name, reason="values")
    for readings in values.values():
        if not isinstance(readings, dict) or not all(
            isinstance(said, str) and isinstance(code, str | None) for said, code in readings.items()
        ):
            raise UserError("PROFILE-SYNTAX", name=name, reason="values")
    keyed = {key: {value_key(said): code for said, code in readings.items()} for key, readings in values.items()}
    return ColumnPart(plain["type"], mapping, keyed, tuple(of), signature)


def format_columns(profiles: Sequence[ImportProfile]) -> str:
    """Return the text, for a pack, of what a workspace remembers of its sources."""
    parts = []
    for item in profiles:
        known: dict[str, Any] = {"of": list(item.columns)} if item.columns else {"signature": item.signature}
        part: dict[str, Any] = {"type": item.type_id, **known, "map": dict(item.mapping)}
        if item.values:
            part["values"] = {key: dict(readings) for key, readings in item.values.items()}
        parts.append(part)
    return yaml.safe_dump({COLUMNS: parts}, allow_unicode=True, sort_keys=False)


def write_columns(profiles: Sequence[ImportProfile], path: Path) -> None:
    """Write ``format_columns`` to a new file; raise PACK-FILE-EXISTS rather than overwrite one, PACKAGE-DISK."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(format_columns(profiles))
    except FileExistsError as error:
        raise UserError("PACK-FILE-EXISTS", file=str(path)) from error
    except OSError as error:
        raise EnvironmentFault("PACKAGE-DISK", file=str(path), reason=error.strerror or str(error)) from error


def find_packed(desk: Desk, columns: Iterable[str], record_type: RecordType) -> PackedDecision | None:
    """Return what a pack of the workspace says of these columns, as far as the type has the fields and codes.

    A pack lies over those loaded before it, and a part that names all columns goes before one that does not.
    """
    names = list(columns)
    if not desk.catalogue.sources.profiles:
        return None
    with desk.reading() as connection:
        stored = packs.fetch_packs(connection)
    best: PackedDecision | None = None
    for pack in reversed(stored):
        for part in _parts_of(pack.sources.profiles):
            if part.type_id != record_type.id or not part.fits(names):
                continue
            found = _decision(part, names, record_type, desk.catalogue, pack.header)
            if best is None or _rank(found) > _rank(best):
                best = found
    return best


def _rank(decision: PackedDecision) -> tuple[bool, int]:
    return decision.is_whole, len(decision.mapping)


def _parts_of(files: Mapping[str, bytes]) -> list[ColumnPart]:
    found: list[ColumnPart] = []
    for file, data in files.items():
        text = data.decode("utf-8", "replace")
        if is_of_columns(read_profile_text(file, text)):
            found += parse_columns(file, text)
    return found


def _decision(
    part: ColumnPart,
    names: Sequence[str],
    record_type: RecordType,
    catalogue: Catalogue,
    header: Mapping[str, Any],
) -> PackedDecision:
    fields = {item.key: item for item in record_type.fields if item.computed is None}
    finder = ColumnFinder(names, name_key)
    mapping = {
        key: here for key, column in part.mapping.items() if key in fields and (here := finder.find(column)) is not None
    }
    values = {}
    for key, readings in part.values.items():
        codes = list_of(fields[key], catalogue) if key in mapping else None
        if codes is not None:
            values[key] = {said: code for said, code in readings.items() if code is None or code in codes}
    return PackedDecision(dict(header["name"]), str(header["issuer"]), mapping, values, part.is_whole)
