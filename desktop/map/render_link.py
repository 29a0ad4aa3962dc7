"""The window's end of the renderer: starts its process, hands it layers and cameras, takes its pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, QProcess, QTimer, Signal
from PySide6.QtGui import QFont, QImage

from core.logs import get_log
from core.resources import child_command, program_root, resource_path
from desktop.map.blocks import Place, SharedBlock, pack_arrays
from desktop.map.camera import Bounds, Camera
from desktop.map.painting import wrap_pixels
from desktop.map.requests import (
    Arrange,
    DropLayer,
    Ended,
    Parcels,
    PutLayer,
    Ready,
    Render,
    Select,
    Setup,
    Shown,
    UseFrames,
    encode,
)
from desktop.map.shapes import build_columns
from desktop.map.styles import LayerStyle
from geodesy.arrays import GeometryArrays

BACKGROUND = "#fbfaf6"

_SLOTS = 3  # one on the screen, one for the coarse and one for the full picture being drawn
_HEAD = 64  # bytes before the pictures; the first eight are the wanted generation
_RESTARTS = 3  # crashes in a row after which the renderer is not started again by itself

_log = get_log("desktop.map")


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture and the camera it shows; ``pixels`` is the memory under ``image``."""

    camera: Camera
    image: QImage
    pixels: npt.NDArray[np.uint32]
    is_full: bool


class _Pictures:
    """The memory of one size of pictures."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        size = width * height * 4
        self._block = SharedBlock.create(_HEAD + _SLOTS * size)
        control = Place(0, "<i8", (1,))
        slots = tuple(Place(_HEAD + slot * size, "<u4", (height, width)) for slot in range(_SLOTS))
        self.message = UseFrames(self._block.address, self._block.size, control, slots)
        self.wanted = self._block.array(control)
        self.pixels = [self._block.array(place) for place in slots]

    def close(self) -> None:
        """Let go of the memory; a picture still on the screen keeps its own part of it."""
        self._block.close()
        self.pixels.clear()


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
        self._retired: list[tuple[int, SharedBlock]] = []
        self._arrangement = Arrange(())
        self._selection = Select({}, LayerStyle())
        self._pictures: _Pictures | None = None
        self._displayed: int | None = None
        self._generation = 0
        self._busy: Camera | None = None
        self._has_shown = False
        self._waiting: Camera | None = None
        self._is_ready = False
        self._crashes = 0

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
        if self._process is not None:
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

    def shut_down(self) -> None:
        """End the renderer and give all memory back."""
        process, self._process = self._process, None
        if process is not None:
            process.blockSignals(True)
            process.closeWriteChannel()
            if not process.waitForFinished(300):
                process.kill()
                process.waitForFinished(2000)
            process.deleteLater()
        for _, block in [*self._layers.values(), *self._retired]:
            block.close()
        self._layers.clear()
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
        message, block = _pack_layer(layer_id, arrays, titles, spoiled)
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
            pictures = self._pictures = _Pictures(camera.width, camera.height)
            self._say(pictures.message)
        self._generation += 1
        pictures.wanted[0] = self._generation
        free = [slot for slot in range(_SLOTS) if slot != self._displayed]
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


def _pack_layer(
    layer_id: str, arrays: Mapping[str, GeometryArrays], titles: Mapping[str, Sequence[str]], spoiled: Bounds | None
) -> tuple[PutLayer, SharedBlock]:
    origin = _origin(arrays)
    columns: dict[str, npt.NDArray] = {}
    for kind, item in arrays.items():
        columns |= {f"{kind}.{name}": column for name, column in build_columns(item, origin).items()}
    for kind, texts in titles.items():
        encoded = [text.encode("utf-8") for text in texts]
        columns[f"{kind}:text"] = np.frombuffer(b"".join(encoded), dtype=np.uint8)
        columns[f"{kind}:ends"] = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    block, places = pack_arrays(columns)
    kinds = {
        kind: {name.split(".", 1)[1]: place for name, place in places.items() if name.startswith(f"{kind}.")}
        for kind in arrays
    }
    where = {kind: (places[f"{kind}:text"], places[f"{kind}:ends"]) for kind in titles}
    return PutLayer(layer_id, block.address, block.size, origin, kinds, where, spoiled), block


def _origin(arrays: Mapping[str, GeometryArrays]) -> tuple[float, float]:
    """Return a round point in the middle of everything: float32 is exact to a millimetre 16 km around it."""
    boxes = [bounds for bounds in (item.total_bounds for item in arrays.values()) if bounds is not None]
    if not boxes:
        return 0.0, 0.0
    west, south, east, north = (
        fold(edge) for fold, edge in zip((min, min, max, max), zip(*boxes, strict=True), strict=True)
    )
    return float(round((west + east) / 2)), float(round((south + north) / 2))
