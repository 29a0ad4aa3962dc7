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


def merge_common(common: MarkedYaml, own: MarkedYaml) -> Draft:
    """Return the type of ``own`` with the common sections and fields around its own; both have the right shape.

    A type changes a common field by naming its key: what it says replaces, the rest stays. ``omit`` leaves common
    fields out, and with them a common section nobody uses.
    """
    data = dict(own.data)
    omitted = _omitted_keys(common, own, data)
    fields = _merge("fields", common, own, data, omitted)
    sections = _merge("sections", common, own, data, frozenset())
    used = {item.get("section", "main") for item, _ in fields}
    own_keys = {item["key"] for item in own.data.get("sections") or ()}
    sections = [(item, places) for item, places in sections if item["key"] in used | own_keys]
    data["fields"] = [item for item, _ in fields]
    data["sections"] = [item for item, _ in sections]
    origins = {"fields": [places for _, places in fields], "sections": [places for _, places in sections]}
    return Draft(own, data, origins)


def _omitted_keys(common: MarkedYaml, own: MarkedYaml, data: dict[str, Any]) -> frozenset[str]:
    omitted = data.pop("omit", None) or []
    known = {field["key"] for block in common.data.values() for field in block.get("fields", ())}
    for index, key in enumerate(omitted):
        if key not in known:
            raise syntax_error("OMIT", own.file, own.line(("omit", index)), str(key))
    return frozenset(omitted)


def _merge(
    what: str, common: MarkedYaml, own: MarkedYaml, data: dict[str, Any], omitted: frozenset[str]
) -> list[tuple[Any, list[Origin]]]:
    """Return the common leading items, the type's own, and the common trailing ones, each with its origins."""
    items = data.get(what) or ()
    mine = {item["key"]: index for index, item in enumerate(items)}
    taken: set[int] = set()
    around: dict[str, list[tuple[Any, list[Origin]]]] = {}
    for block, content in common.data.items():
        around[block] = []
        for index, item in enumerate(content.get(what, ())):
            origins: list[Origin] = [(common, (block, what, index))]
            if item["key"] in omitted:
                continue
            if item["key"] in mine:
                place = mine[item["key"]]
                taken.add(place)
                item = {**item, **items[place]}  # noqa: PLW2901 (the common item, overridden)
                origins.insert(0, (own, (what, place)))
            around[block].append((item, origins))
    middle: list[tuple[Any, list[Origin]]] = [
        (item, [(own, (what, index))]) for index, item in enumerate(items) if index not in taken
    ]
    return around.get("leading", []) + middle + around.get("trailing", [])
