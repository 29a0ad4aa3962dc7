"""What the window and its renderer say to each other over a pipe: pickled, each with its length before it."""

import pickle
import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from desktop.map.blocks import Place
from desktop.map.camera import Bounds, Camera
from desktop.map.styles import LayerStyle

_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Setup:
    """First of all: the font of titles, font files to load, the colour of the ground."""

    family: str
    font_files: tuple[str, ...]
    background: str


@dataclass(frozen=True, slots=True)
class PutLayer:
    """A layer's arrays, new or instead of older ones; ``kinds`` names where each kind's columns lie.

    ``spoiled`` bounds what looks different now; without it, everything does.
    """

    layer_id: str
    address: str
    size: int
    origin: tuple[float, float]
    kinds: dict[str, dict[str, Place]]
    titles: dict[str, tuple[Place, Place]]
    spoiled: Bounds | None = None


@dataclass(frozen=True, slots=True)
class DropLayer:
    """Forget a layer and give its memory back."""

    layer_id: str


@dataclass(frozen=True, slots=True)
class Arrange:
    """The layers from bottom to top, each with its style and whether it is drawn."""

    layers: tuple[tuple[str, LayerStyle, bool], ...]


@dataclass(frozen=True, slots=True)
class Select:
    """What is highlighted: layer to kind to places in its arrays; and how."""

    records: dict[str, dict[str, npt.NDArray[np.int32]]]
    style: LayerStyle


@dataclass(frozen=True, slots=True)
class ImageEntry:
    """Where a picture's pixels lie (premultiplied 0xAARRGGBB), what they show in metres, and how.

    ``serial`` is another for other pixels: an address may come again.
    """

    image_id: str
    serial: int
    address: str
    size: int
    place: Place
    bounds: Bounds
    opacity: float
    is_above: bool


@dataclass(frozen=True, slots=True)
class SetImages:
    """The pictures under and over the layers, bottom first; those not named are forgotten."""

    images: tuple[ImageEntry, ...]


@dataclass(frozen=True, slots=True)
class UseFrames:
    """New memory for pictures: ``count`` of them after a head whose first number is the wanted generation."""

    address: str
    size: int
    control: Place
    slots: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Render:
    """Draw what ``camera`` sees: a coarse picture, if the full one takes long, into the first slot, then the second."""

    generation: int
    camera: Camera
    slots: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Ready:
    """The renderer has started."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture lies in a slot. ``camera`` is what it shows, to the bit."""

    generation: int
    camera: Camera
    slot: int
    is_full: bool
    elapsed_ms: float


@dataclass(frozen=True, slots=True)
class Ended:
    """No more pictures come of a request. ``failure`` is the trace when an error ended it."""

    generation: int
    failure: str | None = None


@dataclass(slots=True)
class Parcels:
    """Takes bytes as a pipe delivers them and gives whole messages back."""

    _waiting: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> list[Any]:
        """Return the messages that ``data`` completes."""
        self._waiting += data
        found = []
        while len(self._waiting) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._waiting)
            end = _LENGTH.size + length
            if len(self._waiting) < end:
                break
            found.append(pickle.loads(bytes(self._waiting[_LENGTH.size : end])))
            del self._waiting[:end]
        return found


def encode(message: Any) -> bytes:
    """Return the bytes of one message."""
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(data)) + data
