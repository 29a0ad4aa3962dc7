"""How layers look: data of ``resources/styles``, one file a record type; sizes in logical pixels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from dataclasses import field as data_field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from core.resources import resource_path

if TYPE_CHECKING:
    from forms.catalogue import Catalogue
    from forms.model import RecordType


HATCHES = ("", "forward", "backward", "cross", "level", "upright", "dots")
STATE = "state"  # in place of a field: what draws a record is its state


class Look(StrEnum):
    """In which colours the whole map is drawn."""

    STANDARD = "standard"
    STATES = "states"
    COLOUR_BLIND = "colour_blind"
    PRINT = "print"


@dataclass(frozen=True, slots=True)
class PointSymbol:
    """A mark of ``size`` across: circle, square, triangle, diamond or cross."""

    marker: str = "circle"
    size: float = 8.0
    fill: str = "#4b6584"
    line: str = "#ffffff"
    width: float = 1.2


@dataclass(frozen=True, slots=True)
class LineSymbol:
    """A line, and under it a wider one (the casing) when it has a colour; dashes in multiples of the width."""

    color: str = "#4b6584"
    width: float = 1.6
    dash: tuple[float, ...] = ()
    casing: str | None = None
    casing_width: float = 0.0


@dataclass(frozen=True, slots=True)
class FillSymbol:
    """A face and its outline; ``None`` leaves either out. ``hatch``, one of ``HATCHES``, draws the face as strokes."""

    fill: str | None = "#e8e2d0"
    hatch: str = ""
    line: str | None = "#8a7f66"
    width: float = 1.0
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class SymbolSet:
    """The symbols of one category, one for each kind of geometry."""

    point: PointSymbol = data_field(default_factory=PointSymbol)
    line: LineSymbol = data_field(default_factory=LineSymbol)
    polygon: FillSymbol = data_field(default_factory=FillSymbol)

    def colored(self, color: str) -> "SymbolSet":
        """Return the same symbols in the colour of a category; outlines darken with it."""
        dark = darkened(color, 0.62)
        return SymbolSet(
            point=replace(self.point, fill=color),
            line=replace(self.line, color=color, casing=self.line.casing and dark),
            polygon=replace(
                self.polygon,
                fill=self.polygon.fill and color,
                line=self.polygon.line and (dark if self.polygon.fill else color),
            ),
        )


@dataclass(frozen=True, slots=True)
class LabelStyle:
    """How a record's title is written; nearer than 1:``from_scale`` only."""

    from_scale: float = 15_000.0
    size: float = 12.0
    color: str = "#1c2526"
    halo: str = "#ffffff"
    bold: bool = False


@dataclass(frozen=True, slots=True)
class LayerStyle:
    """The look of a layer. ``classes[0]`` draws what has no category; ``codes[i]`` is drawn by ``classes[i + 1]``.

    A polygon's outline is drawn once the polygon is ``outline_from`` across. ``opacity`` is that of faces, the whole
    layer at once, so that overlapping faces do not add up; ``whole_opacity`` is that of faces, lines and points
    together.
    """

    classes: tuple[SymbolSet, ...] = (SymbolSet(),)
    codes: tuple[str, ...] = ()
    by_field: str | None = None
    opacity: float = 1.0
    whole_opacity: float = 1.0
    outline_from: float = 5.0
    nearest: float = 0.0
    farthest: float = float("inf")
    label: LabelStyle | None = None

    def is_shown_at(self, denominator: float) -> bool:
        """Whether the layer is drawn at 1:``denominator``."""
        return self.nearest <= denominator <= self.farthest

    def classified(self, colors: Mapping[str, str]) -> "LayerStyle":
        """Return the style with one category a code, in the code's colour; codes already styled keep their symbols."""
        known = dict(zip(self.codes, self.classes[1:], strict=True))
        found = {**{code: self.classes[0].colored(color) for code, color in colors.items()}, **known}
        return replace(self, codes=tuple(found), classes=(self.classes[0], *found.values()))

    def coded(self, codes: Sequence[str], palette: Sequence[str], hatches: Sequence[str]) -> "LayerStyle":
        """Return the style with one category a code, told apart by colour first, by hatch from the next round on."""
        found = []
        for place in range(len(codes)):
            symbols = self.classes[0].colored(palette[place % len(palette)])
            hatch = hatches[place // len(palette) % len(hatches)]
            found.append(replace(symbols, polygon=replace(symbols.polygon, hatch=hatch)))
        return replace(self, codes=tuple(codes), classes=(self.classes[0], *found))

    @property
    def numbers(self) -> dict[str, int]:
        """The number of the class that draws each code; what is not in it is drawn by class 0."""
        return {code: number for number, code in enumerate(self.codes, start=1)}

    def categories_of(self, codes: Sequence[str | None]) -> npt.NDArray[np.int32]:
        """Return for each code the number of the class that draws it, for ``GeometryArrays.category``."""
        numbers = self.numbers
        return np.fromiter((numbers.get(code or "", 0) for code in codes), dtype=np.int32, count=len(codes))


def darkened(color: str, share: float) -> str:
    """Return ``#rrggbb`` with every part multiplied by ``share``."""
    parts = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(part * share):02x}" for part in parts)


@cache
def load_style(layer_id: str, look: Look = Look.STANDARD) -> LayerStyle:
    """Return the style of a record type or of a part of the map (``_boundary``, ``_findings``, ``_selection``).

    A type without a file of its own is drawn in the common style. Raises ``MAP-STYLE-INVALID``.
    """
    path = resource_path("styles", f"{layer_id}.yaml")
    if not path.is_file():
        return load_style("_common", look) if layer_id != "_common" else LayerStyle()
    try:
        data = _load_yaml(path.read_text(encoding="utf-8"))
        if not layer_id.startswith("_") or layer_id == "_common":
            changes = load_look(look)
            every = {key: value for key, value in changes.get("every", {}).items() if key != "label" or "label" in data}
            data = _merged(_merged(data, every), changes.get("types", {}).get(layer_id, {}))
        return parse_style(data)
    except (TypeError, ValueError, AttributeError) as error:
        from core.errors import UserError  # brings the messages along, which the renderer's process never needs

        raise UserError("MAP-STYLE-INVALID", file=path.name, reason=str(error)) from None


@cache
def load_look(look: Look) -> Mapping[str, Any]:
    """Return what a look changes: ``every`` style, some ``types``, the ``palette`` and ``hatches`` of codes."""
    path = resource_path("styles", "looks", f"{look}.yaml")
    found: dict[str, Any] = _load_yaml(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found


def style_for(kind: "RecordType", catalogue: "Catalogue", look: Look = Look.STANDARD) -> LayerStyle:
    """Return the style of a record type; one drawn by a field's codes takes their colours from the code list.

    ``GeometryArrays.category`` must then hold ``numbers`` of the codes in ``by_field``, or of states for ``STATE``.
    """
    style = load_style(kind.id, look)
    if look is Look.STATES:
        plain = replace(style, by_field=STATE, codes=(), classes=style.classes[:1])
        return plain.classified(load_state_colors())
    field = kind.field(style.by_field) if style.by_field is not None else None
    if field is None or field.type != "choice":
        return style
    choices = catalogue.choice_list(field.choices)
    palette = load_look(look).get("palette")
    if palette and any(item.color for item in choices):
        return style.coded([item.code for item in choices], palette, load_look(look)["hatches"])
    return style.classified({item.code: item.color for item in choices if item.color})


@cache
def load_state_colors() -> dict[str, str]:
    """Return the colour of each state of a record, the same everywhere in the window."""
    found: dict[str, str] = _load_yaml(resource_path("styles", "states.yaml").read_text(encoding="utf-8"))
    return found


def parse_style(data: Mapping[str, Any]) -> LayerStyle:
    """Return the style that ``data`` describes; raise ``TypeError`` or ``ValueError`` naming what is wrong."""
    data = dict(data)
    common = _parse_symbols(
        {kind: data.pop(kind) for kind in ("point", "line", "polygon") if kind in data}, SymbolSet()
    )
    classes = {str(code): _parse_symbols(item, common) for code, item in (data.pop("classes", None) or {}).items()}
    label = data.pop("label", None)
    return LayerStyle(
        classes=(common, *classes.values()),
        codes=tuple(classes),
        label=None if label is None else LabelStyle(**label),
        **data,
    )


def _merged(data: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``data`` with ``changes`` over it, key by key on every level."""
    found = dict(data)
    for key, value in changes.items():
        old = found.get(key)
        found[key] = _merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return found


def _parse_symbols(data: Mapping[str, Mapping[str, Any]], common: SymbolSet) -> SymbolSet:
    if strange := set(data) - {item.name for item in fields(SymbolSet)}:
        raise ValueError(f"unknown keys: {', '.join(sorted(strange))}")
    changes = {
        kind: replace(
            getattr(common, kind), **{key: tuple(value) if key == "dash" else value for key, value in item.items()}
        )
        for kind, item in data.items()
    }
    found = replace(common, **changes)
    if found.polygon.hatch not in HATCHES:
        raise ValueError(f"hatch: {found.polygon.hatch}")
    return found


def _load_yaml(text: str) -> Any:
    import yaml  # the renderer's process takes styles ready made and does without

    return yaml.safe_load(text) or {}
