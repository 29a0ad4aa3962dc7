"""Every record type and code list the program knows, as one value."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType

from core.canonical import canonical_json, sha256_hex
from core.errors import UserError
from forms.choices import Choice, ChoiceList
from forms.declared_rules import DeclaredRule
from forms.model import Group, RecordType, ReferenceField
from forms.sources import Sources

COMMUNES = "communes"
FORMER_COMMUNES = "former_communes"


class ChoiceLists(Mapping[str, ChoiceList]):
    """The code lists by key: those of files, and those built from tables of facts when first asked for."""

    def __init__(self, lists: Sequence[ChoiceList], builders: Mapping[str, Callable[[], ChoiceList]]) -> None:
        self._built = {item.key: item for item in lists}
        self._builders = dict(builders)

    def __getitem__(self, key: str) -> ChoiceList:
        if key not in self._built and key in self._builders:
            self._built[key] = self._builders[key]()
        return self._built[key]

    def __contains__(self, key: object) -> bool:
        return key in self._built or key in self._builders

    def __iter__(self) -> Iterator[str]:
        return iter({**self._built, **self._builders})

    def __len__(self) -> int:
        return len({**self._built, **self._builders})


class Catalogue:
    """The record types in tree order, their groups and the code lists; ``hash`` names exactly this content."""

    def __init__(
        self,
        types: Sequence[RecordType],
        groups: Sequence[Group],
        lists: Sequence[ChoiceList],
        *,
        rules: Sequence[DeclaredRule] = (),
        sources: Sources | None = None,
    ) -> None:
        self.rules = tuple(rules)
        self.sources = sources or Sources()
        self.groups = tuple(groups)
        rank = {group.key: index for index, group in enumerate(self.groups)}
        ordered = sorted(types, key=lambda item: (rank[item.group], item.order, item.id))
        self.types: Mapping[str, RecordType] = MappingProxyType({item.id: item for item in ordered})
        self.choices = ChoiceLists(lists, BUILT_LISTS)
        self.hash = _hash_content(self.types, self.groups, lists, self.rules)

    def __repr__(self) -> str:
        return f"Catalogue({', '.join(self.types)})"

    def type(self, type_id: str) -> RecordType:
        """Return one record type; raise ``UserError`` TYPE-UNKNOWN."""
        found = self.types.get(type_id)
        if found is None:
            raise UserError("TYPE-UNKNOWN", type=type_id, known=list(self.types))
        return found

    def types_of(self, group: str) -> tuple[RecordType, ...]:
        """Return the record types of one group, in tree order."""
        return tuple(item for item in self.types.values() if item.group == group)

    def children_of(self, type_id: str) -> tuple[tuple[str, str], ...]:
        """Return the types whose records belong to one of this type, each with the field that points at it.

        In tree order; from the references that say ``child``. Raise ``UserError`` TYPE-UNKNOWN.
        """
        self.type(type_id)
        return tuple(
            (item.id, field.key)
            for item in self.types.values()
            for field in item.fields
            if isinstance(field, ReferenceField) and field.child and type_id in field.target
        )

    def choice_list(self, key: str) -> ChoiceList:
        """Return one code list; raise ``UserError`` CHOICES-UNKNOWN."""
        if key not in self.choices:
            raise UserError("CHOICES-UNKNOWN", choices=key, known=list(self.choices))
        return self.choices[key]

    def prepare_lists(self) -> None:
        """Build every code list and its search: the long ones take longer than somebody who types should wait."""
        for codes in self.choices.values():
            codes.prepare()


def build_commune_list() -> ChoiceList:
    """Return today's communes as a code list, each named with its province: 242 names belong to several."""
    from forms.administration import load_communes

    return ChoiceList(
        COMMUNES,
        [
            Choice(
                code=code,
                label=dict.fromkeys(("vi", "en"), f"{commune.full_name}, {commune.province_name}"),
                valid_from=commune.valid_from,
                source="QĐ 19/2025/QĐ-TTg",
            )
            for code, commune in load_communes().items()
        ],
    )


def build_former_commune_list() -> ChoiceList:
    """Return the communes before 1 July 2025 as a code list, each named in full and marked as former."""
    from forms.former_units import load_former_units
    from forms.unit_versions import TWO_TIERS

    last = (date.fromisoformat(TWO_TIERS) - timedelta(days=1)).isoformat()
    units = load_former_units()
    times = Counter(unit.label for unit in units.values())
    names = {key: unit.label if times[unit.label] == 1 else f"{unit.label}, {unit.code}" for key, unit in units.items()}
    return ChoiceList(
        FORMER_COMMUNES,
        [
            Choice(
                code=key,
                label={"vi": f"{name} (cũ)", "en": f"{name} (former)"},
                valid_to=last,
                source="NSO, Bảng chuyển đổi 01/7/2025",
            )
            for key, name in names.items()
        ],
    )


BUILT_LISTS: Mapping[str, Callable[[], ChoiceList]] = {
    COMMUNES: build_commune_list,
    FORMER_COMMUNES: build_former_commune_list,
}


def _hash_content(
    types: Mapping[str, RecordType],
    groups: Sequence[Group],
    lists: Sequence[ChoiceList],
    rules: Sequence[DeclaredRule],
) -> str:
    """Return the SHA-256 of everything the definitions, lists and rules say; comments and layout do not count."""
    content = {
        "rules": [item.model_dump(mode="json") for item in rules],
        "types": [item.model_dump(mode="json") for item in types.values()],
        "groups": [item.model_dump(mode="json") for item in groups],
        "choices": {item.key: [_said(choice) for choice in item] for item in lists},
    }
    return sha256_hex(canonical_json(content))


def _said(choice: Choice) -> list[object]:
    """Return what a row of a list says; a successor only where it has one, so that the rest keeps its hash."""
    row = [choice.code, dict(choice.label), choice.valid_from, choice.valid_to, choice.source, choice.status]
    return [*row, choice.color, *([choice.successor] if choice.successor else [])]
