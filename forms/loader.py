"""Reads the definitions of record types and the code lists; the only door between ``forms`` and the disk."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from core.errors import UserError
from core.resources import program_root
from forms.catalogue import BUILT_LISTS, Catalogue
from forms.choice_files import parse_choice_list
from forms.declared_rules import DeclaredRule, check_rule
from forms.definition_checks import Surroundings, check_type
from forms.merging import Draft, merge_blocks
from forms.model import INCOHERENT, AnyField, Group, Key, RecordType, Section, Strict, Tab
from forms.sources import Sources, read_sources
from forms.syntax import syntax_error
from forms.yaml_marks import DuplicateKeyError, MarkedYaml, TrickError, parse_yaml, refuse_tricks
from forms.yaml_marks import Path as MarkPath

M = TypeVar("M", bound=Strict)

COMMON_FILE, BLOCKS_FILE, GROUPS_FILE = "_common.yaml", "_blocks.yaml", "_groups.yaml"


class _Block(Strict):
    """Sections and fields that several types share."""

    sections: tuple[Section, ...] = ()
    fields: tuple[AnyField, ...] = ()


class _Common(Strict):
    """What ``_common.yaml`` holds."""

    tabs: tuple[Tab, ...] = ()
    leading: _Block = _Block()
    trailing: _Block = _Block()


def load_catalogue() -> Catalogue:
    """Return the program's own catalogue, read once; raise ``UserError`` FORM-SYNTAX naming file, line and key."""
    folder = program_root() / "forms"
    return load_catalogue_from(folder / "definitions", folder / "choices")


@cache
def load_catalogue_from(definitions: Path, choices: Path) -> Catalogue:
    """Return the catalogue of two folders; raise ``UserError`` FORM-SYNTAX naming file, line and key."""
    return build_catalogue(read_sources(definitions, choices))


def extend_catalogue(catalogue: Catalogue, above: Iterable[Sources]) -> Catalogue:
    """Return a catalogue with the files of ``above`` laid over its own, the later ones on top; raise FORM-SYNTAX."""
    sources = catalogue.sources
    for layer in above:
        sources = sources.overlaid(layer)
    return catalogue if sources is catalogue.sources else build_catalogue(sources)


def refuse_hostile(sources: Sources) -> None:
    """Raise ``UserError`` FORM-SYNTAX for texts from outside that are made to grow or nest without end."""
    for files in (sources.definitions, sources.rules, sources.profiles):
        for name, data in files.items():
            try:
                refuse_tricks(data.decode("utf-8"))
            except TrickError as error:
                raise syntax_error(error.reason, name, error.line, Path(name).stem) from error
            except (UnicodeDecodeError, yaml.YAMLError):
                _load_yaml(files, name)


def build_catalogue(sources: Sources) -> Catalogue:
    """Return the catalogue of these texts; raise ``UserError`` FORM-SYNTAX naming file, line and key.

    Files whose name begins with ``_`` hold the groups, the common block and the named blocks; every other file one
    record type, named as its id.
    """
    files = sources.definitions
    for name in sources.choices:
        if Path(name).stem in BUILT_LISTS:
            raise syntax_error("BUILT-LIST", name, 1, Path(name).stem, name=Path(name).stem)
    lists = [parse_choice_list(name, data) for name, data in sources.choices.items()]
    common = _load_common(files)
    blocks = _load_blocks(files)
    groups = _load_groups(files)
    drafts = [_load_draft(files, name, common, blocks) for name in sorted(files) if not name.startswith("_")]
    types = [_validate(RecordType, draft) for draft in drafts]
    around = Surroundings(
        types={item.id for item in types},
        groups={group.key for group in groups},
        lists={**dict.fromkeys(BUILT_LISTS), **{item.key: item for item in lists}},
    )
    codes: dict[str, str] = {}
    for draft, record_type in zip(drafts, types, strict=True):
        for problem in check_type(record_type, around):
            raise _error_at(draft, problem.path, problem.reason, **problem.context)
        if codes.setdefault(record_type.code, record_type.id) != record_type.id:
            raise _error_at(draft, ("code",), "CODE-TAKEN", name=codes[record_type.code])
    rules = _load_rules(sources.rules, {item.id: item for item in types}, around)
    return Catalogue(types, groups, lists, rules=rules, sources=sources)


def _load_rules(
    files: Mapping[str, bytes], types: dict[str, RecordType], around: Surroundings
) -> tuple[DeclaredRule, ...]:
    """Return the declared rules of every file; an id that stands twice is refused at its second line."""
    found: dict[str, DeclaredRule] = {}
    for name in sorted(files):
        marked = _load_yaml(files, name)
        rules: tuple[DeclaredRule, ...] = _check(tuple[DeclaredRule, ...], marked)
        for index, rule in enumerate(rules):
            draft = Draft(marked, marked.data, {})
            if rule.id in found:
                raise _error_at(draft, (index, "id"), "TWICE", name=rule.id)
            for problem in check_rule(rule, types, around):
                raise _error_at(draft, (index, *problem.path), problem.reason, **problem.context)
            found[rule.id] = rule
    return tuple(found[rule_id] for rule_id in sorted(found))


def locate_rule(sources: Sources, rule_id: str) -> tuple[str, int]:
    """Return the file in which a declared rule stands, and its line; of texts that ``build_catalogue`` has taken."""
    for name in sorted(sources.rules):
        marked = _load_yaml(sources.rules, name)
        for index, rule in enumerate(marked.data):
            if rule["id"] == rule_id:
                return name, marked.line((index, "id"))
    raise KeyError(rule_id)


def _load_yaml(files: Mapping[str, bytes], name: str) -> MarkedYaml:
    stem = Path(name).stem
    try:
        return parse_yaml(files[name].decode("utf-8"), name)
    except KeyError as error:
        raise syntax_error("ABSENT", name, 1, stem) from error
    except UnicodeDecodeError as error:
        raise syntax_error("UTF8", name, 1, stem) from error
    except DuplicateKeyError as error:
        raise syntax_error("TWICE", name, error.line, error.key) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        detail = getattr(error, "problem", None) or str(error)
        raise syntax_error("YAML", name, mark.line + 1 if mark else 1, stem, detail=detail) from error
    except (ValueError, OverflowError, RecursionError) as error:
        raise syntax_error("YAML", name, 1, stem, detail=str(error)) from error


def _load_common(files: Mapping[str, bytes]) -> MarkedYaml:
    marked = _load_yaml(files, COMMON_FILE)
    _validate(_Common, Draft(marked, {} if marked.data is None else marked.data, {}))
    return replace(marked, data=marked.data or {})


def _load_blocks(files: Mapping[str, bytes]) -> MarkedYaml:
    marked = _load_yaml(files, BLOCKS_FILE)
    marked = replace(marked, data=marked.data or {})
    _check(dict[Key, _Block], marked)
    return marked


def _load_groups(files: Mapping[str, bytes]) -> tuple[Group, ...]:
    groups: tuple[Group, ...] = _check(tuple[Group, ...], _load_yaml(files, GROUPS_FILE))
    return groups


def _check(shape: Any, marked: MarkedYaml) -> Any:
    try:
        return TypeAdapter(shape).validate_python(marked.data)
    except ValidationError as error:
        raise _first_error(error, Draft(marked, marked.data, {})) from error


def _load_draft(files: Mapping[str, bytes], name: str, common: MarkedYaml, blocks: MarkedYaml) -> Draft:
    marked = _load_yaml(files, name)
    _expect_shape(marked)
    if marked.data.get("id") != Path(name).stem:
        raise syntax_error("FILE-NAME", name, marked.line(("id",)), "id", name=Path(name).stem)
    return merge_blocks(common, blocks, marked)


def _expect_shape(marked: MarkedYaml) -> None:
    """Raise FORM-SYNTAX where a type's data cannot be merged with the common block."""
    _expect(isinstance(marked.data, dict), marked, ())
    for part in ("sections", "fields"):
        items = marked.data.get(part) or []
        _expect(isinstance(items, list), marked, (part,))
        for index, item in enumerate(items):
            _expect(isinstance(item, dict) and isinstance(item.get("key"), str), marked, (part, index))
            _expect(isinstance(item.get("section", ""), str), marked, (part, index, "section"))
    for part in ("omit", "include"):
        listed = marked.data.get(part) or []
        _expect(isinstance(listed, list) and all(isinstance(key, str) for key in listed), marked, (part,))


def _expect(is_right: bool, marked: MarkedYaml, path: MarkPath) -> None:
    """Raise FORM-SYNTAX at ``path`` unless the shape there is one that can be merged."""
    if not is_right:
        raise syntax_error("SHAPE", marked.file, marked.line(path), _name_path(path, marked.data) or marked.file)


def _validate(model: type[M], draft: Draft) -> M:
    try:
        return model.model_validate(draft.data)
    except ValidationError as error:
        raise _first_error(error, draft) from error


def _first_error(error: ValidationError, draft: Draft) -> UserError:
    """Return the first fault pydantic found, at its line; the tag of a field's type is no part of the path."""
    first = error.errors(include_url=False)[0]
    context = first.get("ctx", {})
    if first["type"] == INCOHERENT:
        return _error_at(draft, tuple(context["path"]), context["reason"], name=context["name"])
    reason = {"extra_forbidden": "UNKNOWN-KEY", "missing": "MISSING"}.get(first["type"], "VALUE")
    return _error_at(draft, _strip_tags(first["loc"], draft.data), reason, detail=first["msg"])


def _strip_tags(loc: MarkPath, data: Any) -> MarkPath:
    """Return pydantic's location without the discriminator it inserts after a list index."""
    path: list[str | int] = []
    for step in loc:
        is_tag = bool(path) and isinstance(path[-1], int) and isinstance(data, dict) and data.get("type") == step
        if is_tag:
            continue
        path.append(step)
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            data = None
    return tuple(path)


def _error_at(draft: Draft, path: MarkPath, reason: str, **context: object) -> UserError:
    file, line = draft.locate(path)
    return syntax_error(reason, file, line, _name_path(path, draft.data) or file, **context)


def _name_path(path: MarkPath, data: Any) -> str:
    """Return the path as a reader knows it: ``fields.road_code.choices`` instead of ``fields.7.choices``."""
    names = []
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            data = None
        names.append(str(data["key"] if isinstance(step, int) and isinstance(data, dict) and "key" in data else step))
    return ".".join(names)
