"""What a user wants of the map beyond its styles: opacity, scales, titles, order of each layer; one look for all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from core.settings import load_settings, save_settings
from desktop.map.styles import LayerStyle, Look

SETTING = "map"


@dataclass(frozen=True, slots=True)
class LayerView:
    """How one layer is wanted. ``nearest`` and ``farthest`` are the n of 1:n, ``None`` as the style has them."""

    opacity: float = 1.0
    nearest: float | None = None
    farthest: float | None = None
    is_titled: bool = True

    def applied(self, style: LayerStyle) -> LayerStyle:
        """Return the style as the user wants it."""
        return replace(
            style,
            whole_opacity=self.opacity,
            nearest=style.nearest if self.nearest is None else self.nearest,
            farthest=style.farthest if self.farthest is None else self.farthest,
            label=style.label if self.is_titled else None,
        )


PLAIN = LayerView()


class LayerViews:
    """The user's wishes for every layer, kept in the settings of this computer; settings hold no work."""

    def __init__(self) -> None:
        kept = _mapping(load_settings().get(SETTING))
        self._views = {str(key): _parse(value) for key, value in _mapping(kept.get("layers")).items()}
        self._pile = [item for item in _list(kept.get("pile")) if isinstance(item, str)]
        self.hidden = {item for item in _list(kept.get("hidden")) if isinstance(item, str)}
        look = kept.get("look")
        self.look = Look(look) if look in tuple(Look) else Look.STANDARD

    def __getitem__(self, layer_id: str) -> LayerView:
        return self._views.get(layer_id, PLAIN)

    def set_view(self, layer_id: str, view: LayerView) -> None:
        """Keep how a layer is wanted."""
        self._views[layer_id] = view
        self.save()

    def piled(self, usual: Sequence[str]) -> list[str]:
        """Return the layers from bottom to top: as the user piled them, those never moved as ``usual``."""
        moved = [item for item in self._pile if item in usual]
        found: list[str] = []
        waiting = iter(moved)
        for item in usual:
            found.append(next(waiting) if item in moved else item)
        return found

    def move(self, layer_id: str, steps: int, shown: Iterable[str], usual: Sequence[str]) -> None:
        """Put a layer over (``steps`` > 0) or under its next neighbour among those ``shown``."""
        pile = self.piled(usual)
        there = set(shown) | {layer_id}
        near = [item for item in pile if item in there]
        place = near.index(layer_id) + (1 if steps > 0 else -1)
        if not 0 <= place < len(near):
            return
        other = near[place]
        pile.remove(layer_id)
        pile.insert(pile.index(other) + (1 if steps > 0 else 0), layer_id)
        self._pile = pile
        self.save()

    def save(self) -> None:
        """Keep everything for the next start."""
        views = {key: asdict(view) for key, view in self._views.items() if view != PLAIN}
        save_settings(
            **{SETTING: {"look": self.look.value, "layers": views, "pile": self._pile, "hidden": sorted(self.hidden)}}
        )


def _parse(value: Any) -> LayerView:
    """Return a view of a settings file; what is not of the kind it should be is as it was made."""
    given = _mapping(value)
    found: dict[str, Any] = {}
    for item in fields(LayerView):
        wanted = given.get(item.name)
        if item.name == "is_titled" and isinstance(wanted, bool):
            found[item.name] = wanted
        elif item.name != "is_titled" and isinstance(wanted, int | float) and not isinstance(wanted, bool):
            found[item.name] = float(wanted)
    view = LayerView(**found)
    return replace(view, opacity=min(max(view.opacity, 0.05), 1.0))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
