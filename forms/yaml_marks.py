"""YAML with the line of every value, so that an error can name the place."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, SequenceNode

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is five times faster, where the wheel has it

Path = tuple[str | int, ...]
MOST_DEPTH = 30


@dataclass(frozen=True, slots=True)
class MarkedYaml:
    """The data of one YAML text, and for each path into it the line (from 1) where it stands."""

    file: str
    data: Any
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """Return the line of ``path``, or of the nearest thing around it that is really there."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class DuplicateKeyError(Exception):
    """A mapping says one key twice, where YAML itself would silently keep the last."""

    def __init__(self, key: str, line: int) -> None:
        super().__init__(key)
        self.key = key
        self.line = line


class TrickError(Exception):
    """A text uses what definitions have no need of and an enemy has: ``reason`` is ALIAS or DEEP."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


def refuse_tricks(text: str) -> None:
    """Raise ``TrickError`` for aliases, by which a small text grows without end, and for nesting beyond all need.

    Asked of texts from outside before anything else reads them; may raise ``yaml.YAMLError``.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            raise TrickError("ALIAS", _line_of(event))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MOST_DEPTH:
            raise TrickError("DEEP", _line_of(event))


def _line_of(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def parse_yaml(text: str, file: str) -> MarkedYaml:
    """Return the marked data of ``text``; raise ``yaml.YAMLError`` or ``DuplicateKeyError``."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return MarkedYaml(file, None, {(): 1})
        lines = dict(_walk(node, (), node.start_mark.line + 1))
        return MarkedYaml(file, loader.construct_document(node), lines)
    finally:
        loader.dispose()


def _walk(node: Node, path: Path, line: int) -> Iterator[tuple[Path, int]]:
    yield path, line
    if isinstance(node, MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name, place = str(key.value), key.start_mark.line + 1
            if name in seen:
                raise DuplicateKeyError(name, place)
            seen.add(name)
            yield from _walk(value, (*path, name), place)
    elif isinstance(node, SequenceNode):
        for index, value in enumerate(node.value):
            yield from _walk(value, (*path, index), value.start_mark.line + 1)
