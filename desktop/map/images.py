"""Pictures that lie under or over the layers: base maps and scanned plans, straight in the zone's metres."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPoint, QRectF
from PySide6.QtGui import QImage, QPainter

from desktop.map.blocks import Place, SharedBlock
from desktop.map.camera import Bounds, Camera
from desktop.map.requests import ImageEntry

_EXACT_PX = 0.02  # a picture that fits the screen's pixels so well is copied, not resampled


@dataclass(frozen=True, slots=True, eq=False)
class PlacedImage:
    """Red, green, blue and opacity ``(height, width, 4)`` that show ``bounds`` (west, south, east, north, metres).

    Colours are not multiplied by the opacity. ``opacity`` is that of the whole; ``is_above`` puts it over the layers.
    The same ``rgba`` object under the same id is not sent to the renderer again.
    """

    id: str
    rgba: npt.NDArray[np.uint8]
    bounds: Bounds
    opacity: float = 1.0
    is_above: bool = False


@dataclass(frozen=True, slots=True)
class DrawnImage:
    """A picture as the renderer has it."""

    entry: ImageEntry
    image: QImage
    pixels: npt.NDArray[np.uint32]


def pack_image(placed: PlacedImage) -> tuple[SharedBlock, Place]:
    """Copy a picture's pixels into shared memory, as Qt draws them fastest."""
    ready = ready_image(placed)
    height, width = placed.rgba.shape[:2]
    place = Place(0, "<u4", (height, width))
    block = SharedBlock.create(width * height * 4)
    block.array(place)[...] = np.frombuffer(ready.constBits(), "<u4").reshape(height, width)
    return block, place


def ready_image(placed: PlacedImage) -> QImage:
    """Return a picture as Qt draws it fastest, its colours multiplied by its opacity."""
    height, width = placed.rgba.shape[:2]
    rgba = np.ascontiguousarray(placed.rgba)
    straight = QImage(rgba.data, width, height, width * 4, QImage.Format.Format_RGBA8888)
    return straight.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def open_image(entry: ImageEntry) -> DrawnImage:
    """Return the picture that a message names."""
    block = SharedBlock.open(entry.address, entry.size)
    pixels = block.array(entry.place)
    block.close()
    height, width = pixels.shape
    return DrawnImage(
        entry, QImage(pixels.data, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied), pixels
    )


def draw_images(painter: QPainter, images: Iterable[DrawnImage], camera: Camera, *, above: bool) -> None:
    """Draw those pictures that lie over the layers (``above``) or under them; the painter is cut to what is wanted."""
    for item in images:
        if item.entry.is_above == above and item.entry.opacity > 0:
            painter.setOpacity(item.entry.opacity)
            paint_image(painter, item.image, item.entry.bounds, camera)
    painter.setOpacity(1.0)


def paint_image(painter: QPainter, image: QImage, bounds: Bounds, camera: Camera) -> None:
    """Draw one picture where its bounds lie in the camera's picture."""
    west, south, east, north = bounds
    left, top, right, bottom = camera.to_pixels(np.array([(west, north), (east, south)])).ravel().tolist()
    if right < 0 or bottom < 0 or left > camera.width or top > camera.height:
        return
    offsets = (left - round(left), top - round(top), right - left - image.width(), bottom - top - image.height())
    if max(map(abs, offsets)) < _EXACT_PX:
        painter.drawImage(QPoint(round(left), round(top)), image)
        return
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
    painter.drawImage(QRectF(left, top, right - left, bottom - top), image)


def paint_placed(painter: QPainter, images: Iterable[PlacedImage], camera: Camera, *, above: bool) -> None:
    """Draw pictures that no renderer has, those over the layers (``above``) or those under them."""
    for placed in images:
        if placed.is_above == above and placed.opacity > 0:
            height, width = placed.rgba.shape[:2]
            rgba = np.ascontiguousarray(placed.rgba)
            image = QImage(rgba.data, width, height, width * 4, QImage.Format.Format_RGBA8888)
            painter.setOpacity(placed.opacity)
            paint_image(painter, image, placed.bounds, camera)
    painter.setOpacity(1.0)
