"""The picture the renderer keeps: what of it is still good after a move or an edit, and the drawing of the rest."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from desktop.map.camera import Bounds, Camera
from desktop.map.drawing import Canvas, DrawnLayer, draw_coarse, draw_layer, estimate_ms
from desktop.map.filling import Pixels, Region
from desktop.map.highlighting import Highlight, draw_highlight
from desktop.map.images import DrawnImage, draw_images
from desktop.map.labelling import Label, Labeller
from desktop.map.painting import painting, pixel_of, wrap_pixels
from desktop.map.shapes import View

COARSE_FROM_MS = 45.0  # a full picture expected to take longer is preceded by a coarse one
_STRIP_SHARE = 0.6  # more new than that, and the picture is drawn anew


class Superseded(Exception):
    """The picture being drawn is no longer wanted."""


class Composer:
    """Layers from bottom to top, images under and over them, and the last picture of it all, without titles and
    highlights.

    Invariant: ``_canvas`` shows ``_camera`` everywhere but in the regions of ``_stale``.
    """

    def __init__(self, labeller: Labeller, background: str) -> None:
        self.layers: dict[str, DrawnLayer] = {}
        self.images: list[DrawnImage] = []
        self.highlight: Highlight | None = None
        self._labeller = labeller
        self._ground = np.uint32(pixel_of(background))
        self._canvas: Canvas | None = None
        self._camera: Camera | None = None
        self._stale: list[Region] = []

    def spoil(self, bounds: Bounds | None, reach: float = 0.0) -> None:
        """Mark ``bounds`` (everything without) and ``reach`` logical pixels around them as no longer good."""
        if self._camera is None:
            return
        whole = Region(0, 0, self._camera.width, self._camera.height)
        if bounds is None:
            self._stale = [whole]
            return
        (left, top), (right, bottom) = self._camera.to_pixels(np.array([bounds[:2], bounds[2:]])).clip(-1e6, 1e6)
        top, bottom = min(top, bottom), max(top, bottom)
        more = reach * self._camera.ratio + 2
        region = Region(int(left - more), int(top - more), int(right + more) + 1, int(bottom + more) + 1).intersected(
            whole
        )
        if not region.is_empty:
            self._stale.append(region)

    def compose(
        self, camera: Camera, coarse: Pixels, full: Pixels, proceed: Callable[[], None]
    ) -> Iterator[tuple[Camera, bool]]:
        """Draw what ``camera`` sees; yield what is shown, and whether it is the full picture, as soon as it is there.

        A picture that takes long comes first as a coarse one. ``proceed`` raises when it is no longer wanted.
        """
        camera = self._take_over(camera)
        canvas = self._canvas
        assert canvas is not None
        layers = [
            item for item in self.layers.values() if item.is_visible and item.style.is_shown_at(camera.denominator)
        ]
        views = [View(camera, layer.origin) for layer in layers]
        self._stale = stale = _joined(self._stale, camera)
        if self._expected_ms(layers, views) > COARSE_FROM_MS:
            np.copyto(coarse, canvas.pixels)
            for region in stale:
                coarse[region.top : region.bottom, region.left : region.right] = self._ground
                self._draw_images(coarse, region, camera, above=False)
                for layer, view in zip(layers, views, strict=True):
                    draw_coarse(coarse, layer, view, region)
                self._draw_images(coarse, region, camera, above=True)
            self._finish(coarse, camera, [])
            yield camera, False
        while stale:
            self._draw_region(canvas, stale[-1], camera, layers, views, proceed)
            stale.pop()
        proceed()
        np.copyto(full, canvas.pixels)
        self._finish(full, camera, self._labeller.place(layers, views))
        yield camera, True

    def _expected_ms(self, layers: list[DrawnLayer], views: list[View]) -> float:
        pairs = list(zip(layers, views, strict=True))
        return sum(estimate_ms(layer, view, region) for region in self._stale for layer, view in pairs)

    def _take_over(self, camera: Camera) -> Camera:
        """Keep what the last picture and ``camera`` share; return the camera to draw, less than a pixel away."""
        whole = Region(0, 0, camera.width, camera.height)
        last, canvas = self._camera, self._canvas
        shift = None if last is None or canvas is None else camera.shift_from(last)
        if canvas is None or canvas.pixels.shape != (camera.height, camera.width):
            self._canvas, shift = Canvas(camera.width, camera.height), None
        if shift is None or last is None or canvas is None:
            self._camera, self._stale = camera, [whole]
            return camera
        right, down = shift
        exact = replace(last, x=last.x - right * last.resolution, y=last.y + down * last.resolution)
        self._camera = exact
        if right or down:
            kept = whole.moved(right, down).intersected(whole)
            if kept.is_empty:
                self._stale = [whole]
                return exact
            _scroll(canvas.pixels, kept, right, down)
            self._stale = [
                item for item in (old.moved(right, down).intersected(whole) for old in self._stale) if not item.is_empty
            ]
            self._stale += _around(kept, whole)
        return exact

    def _draw_region(
        self,
        canvas: Canvas,
        region: Region,
        camera: Camera,
        layers: list[DrawnLayer],
        views: list[View],
        proceed: Callable[[], None],
    ) -> None:
        canvas.pixels[region.top : region.bottom, region.left : region.right] = self._ground
        self._draw_images(canvas.pixels, region, camera, above=False)
        for layer, view in zip(layers, views, strict=True):
            draw_layer(canvas, layer, view, region, proceed)
        self._draw_images(canvas.pixels, region, camera, above=True)

    def _draw_images(self, pixels: Pixels, region: Region, camera: Camera, *, above: bool) -> None:
        if any(item.entry.is_above == above for item in self.images):
            with painting(wrap_pixels(pixels), region, smooth=False) as painter:
                draw_images(painter, self.images, camera, above=above)

    def _finish(self, target: Pixels, camera: Camera, labels: list[Label]) -> None:
        """Put on the picture what moves with it but is not part of it: the selection, and titles."""
        if not labels and self.highlight is None:
            return
        if self.highlight is not None:
            draw_highlight(target, self.highlight, self.layers, camera)
        with painting(wrap_pixels(target)) as painter:
            self._labeller.write(painter, labels, camera.ratio)


def _scroll(pixels: Pixels, kept: Region, right: int, down: int) -> None:
    """Move the picture; ``kept`` is where what stays visible comes to lie."""
    source = pixels[kept.top - down : kept.bottom - down, kept.left - right : kept.right - right].copy()
    pixels[kept.top : kept.bottom, kept.left : kept.right] = source


def _around(kept: Region, whole: Region) -> list[Region]:
    """Return the strips of ``whole`` that ``kept`` leaves."""
    strips = [
        Region(whole.left, whole.top, whole.right, kept.top),
        Region(whole.left, kept.bottom, whole.right, whole.bottom),
        Region(whole.left, kept.top, kept.left, kept.bottom),
        Region(kept.right, kept.top, whole.right, kept.bottom),
    ]
    return [strip for strip in strips if not strip.is_empty]


def _joined(stale: list[Region], camera: Camera) -> list[Region]:
    """Return the regions, or the whole picture when they are most of it or many."""
    area = sum((item.right - item.left) * (item.bottom - item.top) for item in stale)
    if area > _STRIP_SHARE * camera.width * camera.height or len(stale) > 8:
        return [Region(0, 0, camera.width, camera.height)]
    return stale
