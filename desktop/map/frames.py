"""The memory that pictures come in, and a picture taken from it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

from desktop.map.blocks import Place, SharedBlock
from desktop.map.camera import Camera
from desktop.map.requests import UseFrames

SLOTS = 3  # one on the screen, one for the coarse and one for the full picture being drawn

_HEAD = 64  # bytes before the pictures; the first eight are the wanted generation


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture and the camera it shows; ``pixels`` is the memory under ``image``."""

    camera: Camera
    image: QImage
    pixels: npt.NDArray[np.uint32]
    is_full: bool


class Pictures:
    """The memory of one size of pictures."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        size = width * height * 4
        self._block = SharedBlock.create(_HEAD + SLOTS * size)
        control = Place(0, "<i8", (1,))
        slots = tuple(Place(_HEAD + slot * size, "<u4", (height, width)) for slot in range(SLOTS))
        self.message = UseFrames(self._block.address, self._block.size, control, slots)
        self.wanted = self._block.array(control)
        self.pixels = [self._block.array(place) for place in slots]

    def close(self) -> None:
        """Let go of the memory; a picture still on the screen keeps its own part of it."""
        self._block.close()
        self.pixels.clear()
