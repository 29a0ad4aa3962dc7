"""How the parts of a drawing become records of one type: which layers, which shape, which texts belong to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from core.errors import UserError
from core.text import fold_text
from exchange.cad.drawing import MEASURED, TEXTS, DrawingLayer, DrawingSummary
from forms.model import RecordType

ShapeKind = Literal["point", "line", "polygon"]
LabelWay = Literal["none", "inside", "near"]

_POINTS = frozenset({"POINT", "INSERT", "CELL"})
_TEXTS = TEXTS | MEASURED | {"TEXTNODE"}
_AREAS = frozenset({"HATCH", "SOLID", "TRACE", "3DFACE", "SHAPE", "COMPLEXSHAPE"})
_MOST_LABELS = 4  # texts for each shape: more of them are no labels
_LABEL_WORDS = frozenset({"ten", "chu", "nhan", "text", "label", "so", "ghi", "name", "txt"})


@dataclass(frozen=True, slots=True)
class DrawingRecipe:
    """What is taken of a drawing, and how.

    ``layers`` and ``label_layers`` are names, ``*`` for anything; no layers are all. ``colours`` and ``blocks`` narrow
    what stands on them. ``label_way`` says where a label stands, ``within_m`` how far from a line at most. An outline
    open by at most ``close_m`` is closed; with ``faces`` areas are built of all lines together, with ``labelled_only``
    those alone that hold a label. Lengths are metres.
    """

    shape: ShapeKind = "line"
    layers: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    label_layers: tuple[str, ...] = ()
    label_way: LabelWay = "none"
    within_m: float = 25.0
    close_m: float = 0.05
    faces: bool = False
    labelled_only: bool = False
    keep_far: bool = False

    def __post_init__(self) -> None:
        for name, choices in (("shape", get_args(ShapeKind)), ("label_way", get_args(LabelWay))):
            if getattr(self, name) not in choices:
                raise UserError("RECIPE-CHOICE", key=name, value=getattr(self, name), choices=list(choices))
        for name, most in (("within_m", 10_000.0), ("close_m", 10.0)):
            if not 0 <= getattr(self, name) <= most:
                raise UserError("RECIPE-LENGTH", key=name, value=getattr(self, name), most=most)

    def takes_layer(self, name: str) -> bool:
        """Whether shapes on this layer are taken."""
        return not self.layers or _matches(name, self.layers)

    def takes_label(self, name: str) -> bool:
        """Whether texts on this layer are labels."""
        return self.label_way != "none" and _matches(name, self.label_layers)

    def layers_of(self, summary: DrawingSummary) -> list[str]:
        """Return the names of all layers that have to be read."""
        names = [layer.name for layer in summary.layers]
        return [name for name in names if self.takes_layer(name) or self.takes_label(name)]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, the same as ``recipe_from`` takes."""
        plain = {item.name: getattr(self, item.name) for item in fields(self)}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in plain.items()}


def recipe_from(plain: Mapping[str, Any]) -> DrawingRecipe:
    """Return the recipe that plain data describes; raise ``UserError`` RECIPE-KEY, RECIPE-CHOICE or RECIPE-LENGTH."""
    known = {item.name: item.default for item in fields(DrawingRecipe)}
    values: dict[str, Any] = {}
    for key, value in plain.items():
        if key not in known:
            raise UserError("RECIPE-KEY", key=str(key), known=sorted(known))
        values[key] = _as_kind(key, value, known[key])
    return replace(DrawingRecipe(), **values)


def _as_kind(key: str, value: Any, default: Any) -> Any:
    """Return a value of the default's own kind."""
    if isinstance(default, tuple):
        items = [value] if isinstance(value, str | int) else value
        if isinstance(items, list | tuple) and all(isinstance(item, str | int) for item in items):
            return tuple(str(item) for item in items)
    elif isinstance(default, bool):
        if isinstance(value, bool):
            return value
    elif isinstance(default, float):
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    elif isinstance(value, str):
        return value
    raise UserError("RECIPE-CHOICE", key=key, value=str(value), choices=[type(default).__name__])


def _matches(name: str, patterns: Sequence[str]) -> bool:
    folded = name.casefold()
    return any(name == pattern or fnmatchcase(folded, pattern.casefold()) for pattern in patterns)


def propose_recipe(summary: DrawingSummary, record_type: RecordType) -> DrawingRecipe:
    """Return the likeliest recipe for records of a type: layers named like it, else all that hold its shapes."""
    shape = _likely_shape(summary, record_type)
    fitting = [layer for layer in summary.layers if count_shapes(layer, shape)]
    words = _words([record_type.id, *record_type.title.values()])
    named = [layer for layer in fitting if words & _words([layer.name])]
    chosen = named or fitting
    texts = [layer for layer in summary.layers if layer.texts]
    labels = _likely_labels(texts, chosen, shape)
    everything = len(chosen) == len(summary.layers)
    return DrawingRecipe(
        shape=shape,
        layers=() if everything else tuple(layer.name for layer in chosen),
        label_layers=tuple(layer.name for layer in labels),
        label_way="none" if not labels else "inside" if shape == "polygon" else "near",
    )


def count_shapes(layer: DrawingLayer, shape: ShapeKind) -> int:
    """Return how many entities of a layer may become shapes of a kind."""
    counted = 0
    for kind, count in layer.kinds.items():
        is_line = kind not in _POINTS | _TEXTS | _AREAS
        fits = {"point": kind in _POINTS, "line": is_line, "polygon": is_line or kind in _AREAS}
        counted += count if fits[shape] else 0
    return counted


def _likely_shape(summary: DrawingSummary, record_type: RecordType) -> ShapeKind:
    kinds = [kind.removeprefix("multi_") for kind in record_type.geometry]
    for kind in get_args(ShapeKind):
        if kind in kinds and any(count_shapes(layer, kind) for layer in summary.layers):
            return kind  # type: ignore[no-any-return]
    return kinds[0] if kinds else "line"  # type: ignore[return-value]


def _likely_labels(
    texts: Sequence[DrawingLayer], chosen: Sequence[DrawingLayer], shape: ShapeKind
) -> list[DrawingLayer]:
    """Return the layer of texts that is likeliest to name the shapes: called so, else with about as many texts."""
    if not texts:
        return []
    count = sum(count_shapes(layer, shape) for layer in chosen)
    texts = [layer for layer in texts if layer.texts <= _MOST_LABELS * count]
    if not texts:
        return []
    own = _words([layer.name for layer in chosen])

    def unlikeliness(layer: DrawingLayer) -> tuple[bool, bool, int]:
        words = _words([layer.name])
        return not words & own, not words & _LABEL_WORDS, abs(layer.texts - count)

    return [min(texts, key=unlikeliness)]


def _words(names: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for name in names:
        plain = fold_text(name)
        found |= {word for word in "".join(c if c.isalnum() else " " for c in plain).split() if len(word) > 1}
    return found
