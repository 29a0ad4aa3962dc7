"""Where the map looks: from the world's metres to the picture's pixels and back."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Bounds = tuple[float, float, float, float]

FINEST_M = 0.003  # metres a pixel: float32 coordinates are good to a millimetre over a commune
COARSEST_M = 10_000.0  # the whole country, its sea and islands, in a small window
SCREEN_PIXEL_M = 0.0254 / 96  # the size of a logical pixel, by which a scale is named


@dataclass(frozen=True, slots=True)
class Camera:
    """A north-up view: the world point at the picture's centre, metres a device pixel, the size in device pixels.

    ``ratio`` is device pixels per logical pixel. Pixel coordinates begin at the picture's top left corner.
    """

    x: float
    y: float
    resolution: float
    width: int
    height: int
    ratio: float = 1.0

    @property
    def bounds(self) -> Bounds:
        """West, south, east and north edge of what is seen, in metres."""
        across, up = self.width * self.resolution / 2, self.height * self.resolution / 2
        return self.x - across, self.y - up, self.x + across, self.y + up

    @property
    def denominator(self) -> float:
        """The n of the scale 1:n on a screen of 96 dots an inch."""
        return self.resolution * self.ratio / SCREEN_PIXEL_M

    @property
    def metres_per_point(self) -> float:
        """Metres a logical pixel, the unit that a hand and an eye know."""
        return self.resolution * self.ratio

    def to_pixels(self, xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return device pixels ``(n, 2)`` of world points ``(n, 2)``."""
        found = np.array(xy, dtype=np.float64).reshape(-1, 2)
        found[:, 0] = (found[:, 0] - self.x) / self.resolution + self.width / 2
        found[:, 1] = (self.y - found[:, 1]) / self.resolution + self.height / 2
        return found

    def to_world(self, px: float, py: float) -> tuple[float, float]:
        """Return the world point under a device pixel."""
        return self.x + (px - self.width / 2) * self.resolution, self.y - (py - self.height / 2) * self.resolution

    def moved(self, px: float, py: float) -> "Camera":
        """Return the camera after the picture was dragged by whole device pixels, right and down."""
        return replace(self, x=self.x - round(px) * self.resolution, y=self.y + round(py) * self.resolution)

    def zoomed(self, factor: float, px: float, py: float) -> "Camera":
        """Return the camera ``factor`` times nearer, with the world point under ``px, py`` staying there."""
        resolution = min(max(self.resolution / factor, FINEST_M), COARSEST_M)
        x, y = self.to_world(px, py)
        return replace(
            self,
            x=x - (px - self.width / 2) * resolution,
            y=y + (py - self.height / 2) * resolution,
            resolution=resolution,
        )

    def at_scale(self, denominator: float) -> "Camera":
        """Return the camera at 1:``denominator`` around the same centre."""
        resolution = denominator * SCREEN_PIXEL_M / self.ratio
        return replace(self, resolution=min(max(resolution, FINEST_M), COARSEST_M))

    def fitted(self, bounds: Bounds, margin: float = 0.06) -> "Camera":
        """Return the camera that shows ``bounds`` whole; a single point keeps the scale, but not beyond 1:1 000."""
        west, south, east, north = bounds
        free = 1 - 2 * margin
        resolution = max((east - west) / (self.width * free), (north - south) / (self.height * free))
        if resolution <= 0:
            resolution = min(self.resolution, 1000 * SCREEN_PIXEL_M / self.ratio)
        return replace(
            self,
            x=(west + east) / 2,
            y=(south + north) / 2,
            resolution=min(max(resolution, FINEST_M), COARSEST_M),
        )

    def resized(self, width: int, height: int, ratio: float) -> "Camera":
        """Return the camera for a picture of another size, same centre and same scale."""
        return replace(self, width=width, height=height, ratio=ratio, resolution=self.resolution * self.ratio / ratio)

    def shift_from(self, other: "Camera") -> tuple[int, int] | None:
        """Return by how many whole pixels ``other``'s picture moves right and down to be this one's.

        ``None`` when it is not a matter of moving it: another scale, size, or a part of a pixel.
        """
        if (self.width, self.height, self.ratio) != (other.width, other.height, other.ratio):
            return None
        if abs(self.resolution / other.resolution - 1) * max(self.width, self.height) > 0.01:
            return None
        right, down = (other.x - self.x) / self.resolution, (self.y - other.y) / self.resolution
        if max(abs(right), abs(down)) > 1e6:
            return None
        whole = round(right), round(down)
        return whole if abs(right - whole[0]) < 0.01 and abs(down - whole[1]) < 0.01 else None
