"""What a record type may say. The YAML files under ``forms/definitions`` are checked against these models."""

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

Key = Annotated[str, StringConstraints(pattern=r"^[a-z](_?[a-z0-9])+$", max_length=40)]
Text = dict[Literal["vi", "en"], str]
GeometryKind = Literal["point", "line", "multi_line", "multi_polygon"]
Strength = Literal["save", "approve", "complete"]


class Strict(BaseModel):
    """Frozen, and closed to unknown keys so that a typo is an error, not a no-op."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FieldBase(Strict):
    """What every field has, whatever its type.

    ``required`` is one of three strengths: ``save`` makes a row a row, ``approve`` blocks approval,
    ``complete`` is a warning that counts in "đủ". The ``*_when`` texts are CQL2 over the record's own fields.
    ``unit`` is a symbol, the same in every language. ``carry`` keeps the last value for the next new record until the
    user says otherwise.
    """

    key: Key
    label: Text
    help: Text | None = None
    section: Key = "main"
    carry: bool = False
    required: Strength | None = None
    required_when: str | None = None
    visible_when: str | None = None
    default: str | None = None
    computed: str | None = None
    unit: str | None = None
    legal: str | None = None
    tt16: str | None = None
    search: bool = True
    import_names: tuple[str, ...] = ()

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names a source column for this field may have, its key first; compared folded."""
        return (self.key, *self.import_names)


class TextField(FieldBase):
    """Text of one line, or of several with ``multiline``."""

    type: Literal["text"]
    pattern: str | None = None
    max_length: int = 500
    multiline: bool = False


class IntegerField(FieldBase):
    """A whole number; ``prefix`` is shown before it and understood when typed, as the ``1/`` of a map scale."""

    type: Literal["integer"]
    prefix: str | None = None
    minimum: int | None = None
    maximum: int | None = None


class NumberField(FieldBase):
    """A decimal number in the field's unit; ``prefixes`` are understood before it when typed, as the D of ``D600``."""

    type: Literal["number"]
    prefixes: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    decimals: int = 2


class BooleanField(FieldBase):
    """Yes or no; empty when nobody has said."""

    type: Literal["boolean"]


class DateField(FieldBase):
    """A calendar day, stored as ``YYYY-MM-DD``."""

    type: Literal["date"]
    future: bool = False


class MomentField(FieldBase):
    """A point in time, stored as a UTC timestamp (``core.clock.timestamp``)."""

    type: Literal["moment"]
    future: bool = False


class ChoiceField(FieldBase):
    """One code of a code list."""

    type: Literal["choice"]
    choices: Key


class ChoicesField(FieldBase):
    """Several codes of a code list, stored as a list of text."""

    type: Literal["choices"]
    choices: Key


class ReferenceField(FieldBase):
    """Another record, stored by its ``uid``.

    With ``child``, the records that point at one are a table in that one's form, as inspections are in an asset's.
    """

    type: Literal["reference"]
    target: tuple[Key, ...]
    child: bool = False


class FilesField(FieldBase):
    """Files kept with the record, stored as a list of ``forms.files.FileLink`` mappings; the bytes lie in the store."""

    type: Literal["files"]
    search: bool = False


AnyField = Annotated[
    TextField
    | IntegerField
    | NumberField
    | BooleanField
    | DateField
    | MomentField
    | ChoiceField
    | ChoicesField
    | ReferenceField
    | FilesField,
    Discriminator("type"),
]


class Tab(Strict):
    """A page of the form; one without a visible field is not shown."""

    key: Key
    label: Text


class Section(Strict):
    """A titled group of fields on one tab of the form."""

    key: Key
    label: Text
    tab: Key = "general"


INCOHERENT = "incoherent"


def _incoherent(path: tuple[str | int, ...], reason: str, name: str) -> PydanticCustomError:
    """Return the error of parts that do not fit each other, with the path of the one to mend."""
    context = {"path": path, "reason": reason, "name": name}
    return PydanticCustomError(INCOHERENT, "{reason}: {name} does not fit the rest", context)


class Group(Strict):
    """A branch of the register tree."""

    key: Key
    title: Text


class RecordType(Strict):
    """A kind of record: its fields in order, and the kinds of geometry it may have (none, one, or several).

    ``order`` places it among the types of its group; ``code`` is the part of a local code that names the type.
    ``identity`` names the fields that together tell one real object from another: two records that agree in all of them
    are suspected to be one. Records of an ``append_only`` type are added, never changed. ``dated_by`` names the field
    with the day that a record speaks of, ``geometry_required`` says whether one without its place is worth having.
    ``tt16_other_classes`` take what ``tt16_class`` does not, by kind of geometry or by what a field says.
    """

    id: Key
    version: int
    title: Text
    group: Key
    order: int = 100
    code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    geometry: tuple[GeometryKind, ...] = ()
    geometry_required: bool = True
    tt16_class: str | None = None
    tt16_other_classes: tuple[str, ...] = ()
    legal: str | None = None
    title_fields: tuple[Key, ...] = ("name",)
    identity: tuple[Key, ...] = ()
    dated_by: Key | None = None
    append_only: bool = False
    tabs: tuple[Tab, ...] = (Tab(key="general", label={"vi": "Chung", "en": "General"}),)
    sections: tuple[Section, ...] = Field(min_length=1)
    fields: tuple[AnyField, ...]

    @model_validator(mode="after")
    def _holds_together(self) -> "RecordType":
        keys = [field.key for field in self.fields]
        sections = [section.key for section in self.sections]
        for index, field in enumerate(self.fields):
            if field.key in keys[:index]:
                raise _incoherent(("fields", index), "TWICE", field.key)
            if field.section not in sections:
                raise _incoherent(("fields", index, "section"), "SECTION", field.section)
        tabs = [tab.key for tab in self.tabs]
        for index, section in enumerate(self.sections):
            if section.key in sections[:index]:
                raise _incoherent(("sections", index), "TWICE", section.key)
            if section.tab not in tabs:
                raise _incoherent(("sections", index, "tab"), "TAB", section.tab)
        return self

    @model_validator(mode="after")
    def _names_its_own_fields(self) -> "RecordType":
        keys = {field.key for field in self.fields}
        for name, listed in (("title_fields", self.title_fields), ("identity", self.identity)):
            for index, key in enumerate(listed):
                if key not in keys:
                    raise _incoherent((name, index), "TITLE-FIELD", key)
        if self.dated_by is not None and self.dated_by not in keys:
            raise _incoherent(("dated_by",), "TITLE-FIELD", self.dated_by)
        return self

    @cached_property
    def field_keys(self) -> frozenset[str]:
        """The keys of all fields."""
        return frozenset(field.key for field in self.fields)

    @cached_property
    def field_types(self) -> frozenset[str]:
        """The kinds of field that the type has."""
        return frozenset(field.type for field in self.fields)

    def keys_of(self, field_type: str) -> tuple[str, ...]:
        """Return the keys of the fields of one kind, in order."""
        return self._keys_by_type.get(field_type, ())

    @cached_property
    def _keys_by_type(self) -> dict[str, tuple[str, ...]]:
        kinds = self.field_types
        return {kind: tuple(field.key for field in self.fields if field.type == kind) for kind in kinds}

    def field(self, key: str) -> AnyField:
        """Return the field called ``key``; raise ``KeyError`` when there is none."""
        for field in self.fields:
            if field.key == key:
                return field
        raise KeyError(key)

    @property
    def tt16_classes(self) -> tuple[str, ...]:
        """Every class of a TT 16/2025 database that records of this type may go to, the usual one first."""
        return ((self.tt16_class,) if self.tt16_class else ()) + self.tt16_other_classes

    def sections_of(self, tab: str) -> Iterator[Section]:
        """Yield the sections of one tab in order."""
        return (section for section in self.sections if section.tab == tab)

    def fields_of(self, section: str) -> Iterator[AnyField]:
        """Yield the fields of one section in order."""
        return (field for field in self.fields if field.section == section)
