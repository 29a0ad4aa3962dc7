"""The renderer: a process of its own that draws maps into shared memory, so that the window never waits."""

import os
import sys
import time
import traceback
from collections.abc import Iterator
from typing import Any

from PySide6.QtGui import QFontDatabase, QGuiApplication

from desktop.map.blocks import SharedBlock
from desktop.map.composing import Composer, Superseded
from desktop.map.drawing import DrawnLayer, Titles, reach_of
from desktop.map.filling import Pixels
from desktop.map.highlighting import Highlight
from desktop.map.images import open_image
from desktop.map.labelling import Labeller
from desktop.map.requests import (
    Arrange,
    DropLayer,
    Ended,
    Parcels,
    PutLayer,
    Ready,
    Render,
    Select,
    SetImages,
    Setup,
    Shown,
    UseFrames,
    encode,
)
from desktop.map.shapes import open_shapes
from desktop.map.styles import LayerStyle

_YIELDING = 2  # how far the renderer stands back when the window wants the processor


class Frames:
    """The pictures' memory, and the number of the request that is still wanted."""

    def __init__(self, message: UseFrames) -> None:
        block = SharedBlock.open(message.address, message.size)
        self._control = block.array(message.control)
        self.slots: list[Pixels] = [block.array(place) for place in message.slots]
        block.close()

    @property
    def wanted(self) -> int:
        """The generation that the window waits for; any other may be given up."""
        return int(self._control[0])


class Renderer:
    """Answers the window's messages one after the other."""

    def __init__(self, setup: Setup, answer: int) -> None:
        for path in setup.font_files:
            QFontDatabase.addApplicationFont(path)
        self._composer = Composer(Labeller(setup.family), setup.background)
        self._frames: Frames | None = None
        self._answer = answer

    def handle(self, message: Any) -> None:
        """Do what one message asks."""
        match message:
            case Render():
                self._render(message)
            case PutLayer():
                self._put_layer(message)
            case DropLayer():
                self._composer.layers.pop(message.layer_id, None)
                self._composer.spoil(None)
            case Arrange():
                self._arrange(message)
            case Select():
                self._composer.highlight = Highlight(message.records, message.style) if message.records else None
            case SetImages():
                self._set_images(message)
            case UseFrames():
                self._frames = Frames(message)

    def say(self, message: Any) -> None:
        """Send one message to the window."""
        data = memoryview(encode(message))
        while data:
            data = data[os.write(self._answer, data) :]

    def _put_layer(self, message: PutLayer) -> None:
        block = SharedBlock.open(message.address, message.size)
        old = self._composer.layers.get(message.layer_id)
        layer = DrawnLayer(
            origin=message.origin,
            shapes={kind: open_shapes(kind, block, places) for kind, places in message.kinds.items()},
            style=old.style if old else LayerStyle(),
            is_visible=old.is_visible if old else True,
            titles={
                kind: Titles(block.array(text), block.array(ends)) for kind, (text, ends) in message.titles.items()
            },
        )
        block.close()
        self._composer.layers[message.layer_id] = layer
        self._composer.spoil(message.spoiled, reach_of(layer.style))

    def _arrange(self, message: Arrange) -> None:
        """Take order, styles and visibility; the picture is drawn anew only when something drawn has changed."""
        known = self._composer.layers
        before = [(name, layer.style, layer.is_visible) for name, layer in known.items()]
        if before == list(message.layers):
            return
        arranged = {}
        for name, style, is_visible in message.layers:
            layer = known[name]
            layer.style, layer.is_visible = style, is_visible
            arranged[name] = layer
        self._composer.layers = arranged
        self._composer.spoil(None)

    def _set_images(self, message: SetImages) -> None:
        """Take the pictures that are wanted now; only where one has come, gone or changed is the map drawn anew."""
        old = {item.entry: item for item in self._composer.images}
        self._composer.images = [old.get(entry) or open_image(entry) for entry in message.images]
        for entry in old.keys() ^ set(message.images):
            self._composer.spoil(entry.bounds)
        if [entry for entry in old if entry in message.images] != [entry for entry in message.images if entry in old]:
            self._composer.spoil(None)

    def _render(self, message: Render) -> None:
        frames = self._frames
        assert frames is not None
        began = time.perf_counter()
        coarse, full = (frames.slots[slot] for slot in message.slots)

        def proceed() -> None:
            if frames.wanted != message.generation:
                raise Superseded

        try:
            proceed()
            for camera, is_full in self._composer.compose(message.camera, coarse, full, proceed):
                elapsed = (time.perf_counter() - began) * 1e3
                self.say(Shown(message.generation, camera, message.slots[int(is_full)], is_full, elapsed))
        except Superseded:
            self.say(Ended(message.generation))
        except Exception:  # noqa: BLE001 (the boundary: the window must hear of it, and the next picture may do)
            self._composer.spoil(None)
            self.say(Ended(message.generation, traceback.format_exc()))
        else:
            self.say(Ended(message.generation))


def main() -> int:
    """Serve the process that started this one until it closes the pipe."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(0, os.O_BINARY)
        msvcrt.setmode(1, os.O_BINARY)
    else:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        os.nice(_YIELDING)
    answer = os.dup(1)
    _silence_output()
    application = QGuiApplication(["diaba-map"])
    renderer: Renderer | None = None
    for message in _messages():
        if isinstance(message, Setup):
            renderer = Renderer(message, answer)
            renderer.say(Ready())
        elif renderer is not None:
            renderer.handle(message)
    del application
    return 0


def _silence_output() -> None:
    """Send whatever a library prints to standard error: it must not come between the messages."""
    try:
        os.dup2(2, 1)
    except OSError:  # a windowed program may have no standard error
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)


def _messages() -> Iterator[Any]:
    parcels = Parcels()
    while data := os.read(0, 1 << 16):
        yield from parcels.feed(data)


if __name__ == "__main__":
    raise SystemExit(main())
