"""A definition file and the common block become one record type, and every value still knows its line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forms.syntax import syntax_error
from forms.yaml_marks import MarkedYaml, Path

Origin = tuple[MarkedYaml, Path]


@dataclass(frozen=True, slots=True)
class Draft:
    """The merged data of one record type, not yet checked, and where each section and field was written.

    An overridden field has two origins, the type's own first.
    """

    own: MarkedYaml
    data: Any
    origins: Mapping[str, list[list[Origin]]]

    def locate(self, path: Path) -> tuple[str, int]:
        """Return file and line of a path into ``data``, or of the nearest thing around it."""
        if len(path) > 1 and path[0] in self.origins and isinstance(path[1], int):
            places = self.origins[str(path[0])][path[1]]
            for marked, prefix in places:
                if prefix + path[2:] in marked.lines:
                    return marked.file, marked.lines[prefix + path[2:]]
            marked, prefix = places[0]
            return marked.file, marked.line(prefix + path[2:])
        return self.own.file, self.own.line(path)


@dataclass(frozen=True, slots=True)
class Around:
    """The shared blocks that a type takes, in the order of the form: before its own fields, and after them."""

    leading: tuple[Origin, ...]
    trailing: tuple[Origin, ...]

    @property
    def blocks(self) -> tuple[Origin, ...]:
        """Every block, those before the type's own fields first."""
        return self.leading + self.trailing


def merge_blocks(common: MarkedYaml, blocks: MarkedYaml, own: MarkedYaml) -> Draft:
    """Return the type of ``own`` with the shared sections and fields around its own; all have the right shape.

    Every type gets the common block; ``include: [work, …]`` takes named ones, which stand after the type's own fields.
    A type changes a shared field by naming its key: what it says replaces, the rest stays. ``omit`` leaves shared
    fields out, and with them a shared section nobody uses.
    """
    data = dict(own.data)
    around = _choose_blocks(common, blocks, own, data)
    omitted = _omitted_keys(around, own, data)
    fields = _merge("fields", around, own, data, omitted)
    sections = _merge("sections", around, own, data, frozenset())
    used = {item.get("section", "main") for item, _ in fields}
    own_keys = {item["key"] for item in own.data.get("sections") or ()}
    sections = [(item, places) for item, places in sections if item["key"] in used | own_keys]
    data["fields"] = [item for item, _ in fields]
    data["sections"] = [item for item, _ in sections]
    data["tabs"] = [*common.data.get("tabs", ()), *(own.data.get("tabs") or ())]
    origins = {"fields": [places for _, places in fields], "sections": [places for _, places in sections]}
    return Draft(own, data, origins)


def _choose_blocks(common: MarkedYaml, blocks: MarkedYaml, own: MarkedYaml, data: dict[str, Any]) -> Around:
    included: list[Origin] = []
    for index, name in enumerate(data.pop("include", None) or []):
        if name not in blocks.data:
            raise syntax_error("INCLUDE", own.file, own.line(("include", index)), str(name))
        included.append((blocks, (name,)))
    return Around(((common, ("leading",)),), (*included, (common, ("trailing",))))


def _content(block: Origin) -> Mapping[str, Any]:
    marked, (name, *_) = block
    return marked.data.get(name) or {}


def _omitted_keys(around: Around, own: MarkedYaml, data: dict[str, Any]) -> frozenset[str]:
    omitted = data.pop("omit", None) or []
    known = {field["key"] for block in around.blocks for field in _content(block).get("fields", ())}
    for index, key in enumerate(omitted):
        if key not in known:
            raise syntax_error("OMIT", own.file, own.line(("omit", index)), str(key))
    return frozenset(omitted)


def _merge(
    what: str, around: Around, own: MarkedYaml, data: dict[str, Any], omitted: frozenset[str]
) -> list[tuple[Any, list[Origin]]]:
    """Return the leading items, the type's own, and the trailing ones, each with its origins."""
    items = data.get(what) or ()
    mine = {item["key"]: index for index, item in enumerate(items)}
    taken: set[int] = set()

    def shared(blocks: tuple[Origin, ...]) -> list[tuple[Any, list[Origin]]]:
        found = []
        for marked, prefix in blocks:
            for index, item in enumerate(_content((marked, prefix)).get(what, ())):
                origins: list[Origin] = [(marked, (*prefix, what, index))]
                if item["key"] in omitted:
                    continue
                if item["key"] in mine:
                    place = mine[item["key"]]
                    taken.add(place)
                    item = {**item, **items[place]}  # noqa: PLW2901 (the shared item, overridden)
                    origins.insert(0, (own, (what, place)))
                found.append((item, origins))
        return found

    leading, trailing = shared(around.leading), shared(around.trailing)
    middle: list[tuple[Any, list[Origin]]] = [
        (item, [(own, (what, index))]) for index, item in enumerate(items) if index not in taken
    ]
    return leading + middle + trailing
