"""The window's end of the renderer: starts its process, hands it layers and cameras, takes its pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, QProcess, QTimer, Signal
from PySide6.QtGui import QFont

from core.logs import get_log
from core.resources import child_command, program_root, resource_path
from desktop.map.blocks import SharedBlock
from desktop.map.camera import Bounds, Camera
from desktop.map.frames import SLOTS, Frame, Pictures
from desktop.map.images import PlacedImage, pack_image
from desktop.map.packing import pack_layer
from desktop.map.painting import wrap_pixels
from desktop.map.requests import (
    Arrange,
    DropLayer,
    Ended,
    ImageEntry,
    Parcels,
    PutLayer,
    Ready,
    Render,
    Select,
    SetImages,
    Setup,
    Shown,
    encode,
)
from desktop.map.styles import LayerStyle
from geodesy.arrays import GeometryArrays

BACKGROUND = "#fbfaf6"

_RESTARTS = 3  # crashes in a row after which the renderer is not started again by itself

_log = get_log("desktop.map")


class RenderLink(QObject):
    """One renderer process. At most one request is under way; a newer camera waits for its end, which it hastens.

    ``frame_shown`` carries a ``Frame``; ``finished`` the milliseconds of a full picture; ``failed`` says that a
    picture could not be drawn, or that the renderer stopped for good (``start`` tries again).
    """

    frame_shown = Signal(object)
    finished = Signal(float)
    failed = Signal()

    def __init__(self, font: QFont, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._font = font
        self._process: QProcess | None = None
        self._parcels = Parcels()
        self._layers: dict[str, tuple[PutLayer, SharedBlock]] = {}
        self._images: dict[str, tuple[PlacedImage, ImageEntry, SharedBlock]] = {}
        self._serial = 0
        self._retired: list[tuple[int, SharedBlock]] = []
        self._arrangement = Arrange(())
        self._selection = Select({}, LayerStyle())
        self._pictures: Pictures | None = None
        self._displayed: int | None = None
        self._generation = 0
        self._busy: Camera | None = None
        self._has_shown = False
        self._waiting: Camera | None = None
        self._is_ready = False
        self._crashes = 0
        self._is_over = False

    @property
    def is_idle(self) -> bool:
        """Whether every picture that was asked for has come."""
        return self._busy is None and self._waiting is None

    @property
    def process_id(self) -> int:
        """The renderer's process, 0 when there is none."""
        return self._process.processId() if self._process is not None else 0

    def start(self) -> None:
        """Start the renderer and tell it all it must know."""
        if self._process is not None or self._is_over:
            return
        self._process = process = QProcess(self)
        self._parcels, self._is_ready = Parcels(), False
        process.readyReadStandardOutput.connect(self._read)
        process.finished.connect(self._ended)
        process.errorOccurred.connect(self._could_not_start)
        process.setWorkingDirectory(str(program_root()))  # a checkout's modules are found from there
        program, *arguments = child_command("desktop.map.render_child")
        process.start(program, arguments)
        fonts = tuple(str(path) for path in sorted(resource_path("fonts").glob("*.ttf")))
        self._say(Setup(self._font.family(), fonts, BACKGROUND))
        for message, _ in self._layers.values():
            self._say(message)
        self._say(self._arrangement)
        self._say(self._selection)
        self._say_images()

    def shut_down(self) -> None:
        """End the renderer for good and give all memory back."""
        self._is_over = True
        process, self._process = self._process, None
        if process is not None:
            process.blockSignals(True)
            process.closeWriteChannel()
            if not process.waitForFinished(300):
                process.kill()
                process.waitForFinished(2000)
            process.deleteLater()
        for *_, block in [*self._layers.values(), *self._images.values(), *self._retired]:
            block.close()
        self._layers.clear()
        self._images.clear()
        self._retired.clear()
        self._busy = self._waiting = None
        self._is_ready = False
        self._drop_pictures()

    def put_layer(
        self,
        layer_id: str,
        arrays: Mapping[str, GeometryArrays],
        titles: Mapping[str, Sequence[str]],
        spoiled: Bounds | None = None,
    ) -> None:
        """Hand over a layer's geometry and titles, new or instead of what was there."""
        message, block = pack_layer(layer_id, arrays, titles, spoiled)
        self._retire(layer_id)
        self._layers[layer_id] = (message, block)
        self._say(message)

    def drop_layer(self, layer_id: str) -> None:
        """Forget a layer."""
        self._retire(layer_id)
        self._say(DropLayer(layer_id))

    def arrange(self, layers: Sequence[tuple[str, LayerStyle, bool]]) -> None:
        """Set order (bottom first), style and visibility of all layers."""
        self._arrangement = Arrange(tuple(layers))
        self._say(self._arrangement)

    def select(self, records: dict[str, dict[str, npt.NDArray[np.int32]]], style: LayerStyle) -> None:
        """Set which places of which layer's arrays are highlighted."""
        self._selection = Select(records, style)
        self._say(self._selection)

    def set_images(self, images: Sequence[PlacedImage]) -> None:
        """Show these pictures, bottom first, and no others; those that are there already are not sent again."""
        old, self._images = self._images, {}
        for placed in images:
            known = old.get(placed.id)
            if known is not None and known[0].rgba is placed.rgba:
                block = old.pop(placed.id)[2]
                entry = known[1]
            else:
                block, place = pack_image(placed)
                self._serial += 1
                entry = ImageEntry(placed.id, self._serial, block.address, block.size, place, placed.bounds, 1.0, False)
            entry = replace(entry, bounds=placed.bounds, opacity=placed.opacity, is_above=placed.is_above)
            self._images[placed.id] = placed, entry, block
        self._retired += [(self._generation + 1, block) for _, _, block in old.values()]
        self._say_images()

    def _say_images(self) -> None:
        self._say(SetImages(tuple(entry for _, entry, _ in self._images.values())))

    def request(self, camera: Camera) -> None:
        """Ask for a picture; what is being drawn is given up as soon as it has shown something."""
        self._waiting = camera
        if self._busy is not None and self._has_shown:
            self._give_up()
        self._send_waiting()

    def _send_waiting(self) -> None:
        if self._waiting is None or self._busy is not None or not self._is_ready:
            return
        camera, self._waiting = self._waiting, None
        pictures = self._pictures
        if pictures is None or (pictures.width, pictures.height) != (camera.width, camera.height):
            self._drop_pictures()
            pictures = self._pictures = Pictures(camera.width, camera.height)
            self._say(pictures.message)
        self._generation += 1
        pictures.wanted[0] = self._generation
        free = [slot for slot in range(SLOTS) if slot != self._displayed]
        self._busy, self._has_shown = camera, False
        self._say(Render(self._generation, camera, (free[0], free[1])))

    def _give_up(self) -> None:
        if self._pictures is not None:
            self._pictures.wanted[0] = -1

    def _drop_pictures(self) -> None:
        if self._pictures is not None:
            self._pictures.close()
        self._pictures = self._displayed = None

    def _retire(self, layer_id: str) -> None:
        """Keep a replaced block until the renderer has surely passed the message that named it."""
        old = self._layers.pop(layer_id, None)
        if old is not None:
            self._retired.append((self._generation + 1, old[1]))

    def _say(self, message: object) -> None:
        if self._process is not None:
            self._process.write(encode(message))

    def _read(self) -> None:
        if self._process is None:
            return
        for message in self._parcels.feed(self._process.readAllStandardOutput().data()):
            match message:
                case Ready():
                    self._is_ready = True
                    self._send_waiting()
                case Shown():
                    self._take_picture(message)
                case Ended():
                    self._take_end(message)

    def _take_picture(self, message: Shown) -> None:
        pictures = self._pictures
        if pictures is None or message.generation != self._generation:
            return
        self._displayed, self._has_shown = message.slot, True
        pixels = pictures.pixels[message.slot]
        self.frame_shown.emit(Frame(message.camera, wrap_pixels(pixels), pixels, message.is_full))
        if message.is_full:
            self._crashes = 0
            self.finished.emit(message.elapsed_ms)
        elif self._waiting is not None:
            self._give_up()

    def _take_end(self, message: Ended) -> None:
        self._busy = None
        for generation, block in self._retired:
            if generation <= message.generation:
                block.close()
        self._retired = [item for item in self._retired if item[0] > message.generation]
        if message.failure is not None:
            _log.error("picture_failed", trace=message.failure)
            self.failed.emit()
        self._send_waiting()

    def _could_not_start(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self._process is not None:
            self._process.deleteLater()
            self._process = None
            self.failed.emit()

    def _ended(self, exit_code: int) -> None:
        """Start the renderer again after a crash, with the picture it owes."""
        process, self._process = self._process, None
        if process is None:
            return
        trace = process.readAllStandardError().data().decode("utf-8", "replace")[-4000:]
        _log.error("renderer_ended", exit_code=exit_code, trace=trace)
        process.deleteLater()
        self._waiting = self._waiting or self._busy
        self._busy, self._is_ready = None, False
        self._drop_pictures()
        self._crashes += 1
        if self._crashes > _RESTARTS:
            self._crashes = 0
            self.failed.emit()
        else:
            QTimer.singleShot(50 * self._crashes, self, self.start)
