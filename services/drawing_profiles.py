"""Mapping profiles: how the drawings of one source become records, kept in the workspace or handed out in a pack."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import yaml

from core.errors import UserError
from localdb import drawing_profiles
from localdb.drawing_profiles import StoredProfile
from services.desk import Desk
from services.drawing_recipe import DrawingRecipe, recipe_from
from services.import_plan import ImportPlan
from services.profile_texts import is_of_columns, pairs_of, read_profile_text

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_OWN_KEYS = frozenset({"type", "map", "set"})


@dataclass(frozen=True, slots=True)
class ProfilePart:
    """What becomes records of one type: the recipe, field to column, field to the text all of them get."""

    type_id: str
    recipe: DrawingRecipe
    mapping: Mapping[str, str]
    constants: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DrawingProfile:
    """A named profile; ``origin`` says whether the workspace keeps it or an office's pack brought it."""

    name: str
    parts: tuple[ProfilePart, ...]
    origin: Literal["workspace", "pack"] = "workspace"

    def part_for(self, type_id: str) -> ProfilePart:
        """Return the part for a type; raise ``UserError`` PROFILE-NO-TYPE."""
        for part in self.parts:
            if part.type_id == type_id:
                return part
        raise UserError("PROFILE-NO-TYPE", name=self.name, type=type_id, known=[part.type_id for part in self.parts])

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {"name": self.name, "origin": self.origin, "parts": [_plain(part) for part in self.parts]}


def parse_profile(name: str, text: str) -> DrawingProfile:
    """Return the profile that a YAML text describes; raise ``UserError`` PROFILE-SYNTAX or what a recipe raises."""
    plain = read_profile_text(name, text)
    parts = plain.get("parts")
    if not isinstance(parts, list) or not parts or set(plain) - {"parts", "title"}:
        raise UserError("PROFILE-SYNTAX", name=name, reason="parts")
    return DrawingProfile(name, tuple(_part(name, part) for part in parts))


def _part(name: str, plain: Any) -> ProfilePart:
    if not isinstance(plain, dict) or not isinstance(plain.get("type"), str):
        raise UserError("PROFILE-SYNTAX", name=name, reason="type")
    pairs = {key: pairs_of(name, plain, key) for key in ("map", "set")}
    recipe = recipe_from({key: value for key, value in plain.items() if key not in _OWN_KEYS})
    return ProfilePart(plain["type"], recipe, pairs["map"], pairs["set"])


def format_profile(profile: DrawingProfile) -> str:
    """Return the YAML of a profile, as ``parse_profile`` reads it."""
    plain = {"parts": [_plain(part) for part in profile.parts]}
    return yaml.safe_dump(plain, allow_unicode=True, sort_keys=False)


def _plain(part: ProfilePart) -> dict[str, Any]:
    found: dict[str, Any] = {"type": part.type_id, **part.recipe.as_dict()}
    if part.mapping:
        found["map"] = dict(part.mapping)
    if part.constants:
        found["set"] = dict(part.constants)
    return found


def list_profiles(desk: Desk) -> list[DrawingProfile]:
    """Return the profiles by name: those of the workspace, and those of its packs that have no namesake there."""
    with desk.reading() as connection:
        stored = drawing_profiles.fetch_profiles(connection)
    found = {item.name: parse_profile(item.name, item.text) for item in stored}
    for file, data in desk.catalogue.sources.profiles.items():
        name = file.removesuffix(".yaml")
        text = data.decode("utf-8", "replace")
        if name not in found and not is_of_columns(read_profile_text(name, text)):
            found[name] = replace(parse_profile(name, text), origin="pack")
    return [found[name] for name in sorted(found)]


def find_profile(desk: Desk, name: str) -> DrawingProfile:
    """Return the profile of a name; raise ``UserError`` PROFILE-MISSING."""
    profiles = list_profiles(desk)
    for profile in profiles:
        if profile.name == name:
            return profile
    raise UserError("PROFILE-MISSING", name=name, known=[profile.name for profile in profiles])


def save_profile(desk: Desk, name: str, plan: ImportPlan) -> DrawingProfile:
    """Keep how ``plan`` reads its drawing under a name, beside what the profile says of other types.

    Raise ``UserError`` PROFILE-NAME, and RECIPE-NOT-DRAWING for the plan of a file that is no drawing.
    """
    if not _NAME.fullmatch(name):
        raise UserError("PROFILE-NAME", name=name)
    if plan.recipe is None:
        raise UserError("RECIPE-NOT-DRAWING", file=plan.path.name)
    part = ProfilePart(plan.type_id, plan.recipe, dict(plan.mapping), dict(plan.constants))
    known = next((item for item in list_profiles(desk) if item.name == name), None)
    others = tuple(item for item in (known.parts if known else ()) if item.type_id != plan.type_id)
    profile = DrawingProfile(name, (*others, part))
    stored = StoredProfile(name, format_profile(profile), desk.now(), desk.actor.name)
    with desk.workspace.store.writing() as connection:
        drawing_profiles.put_profile(connection, stored)
    return profile


def remove_profile(desk: Desk, name: str) -> None:
    """Forget a profile of the workspace; raise ``UserError`` PROFILE-MISSING."""
    with desk.workspace.store.writing() as connection:
        if not drawing_profiles.drop_profile(connection, name):
            raise UserError("PROFILE-MISSING", name=name, known=[item.name for item in list_profiles(desk)])


def apply_part(plan: ImportPlan, part: ProfilePart) -> ImportPlan:
    """Return a plan with the mapping and the constants of a profile's part over what was proposed."""
    mapping = dict(part.mapping) if part.mapping else dict(plan.mapping)
    return replace(plan, mapping=mapping, constants={**plan.constants, **part.constants})
