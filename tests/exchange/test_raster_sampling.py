"""Pixels between pixels: opaque pictures take a quicker way that must look the same."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from exchange.raster_sampling import sample_bilinear


@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 9))
def test_opaque_pictures_look_as_nearly_opaque_ones(seed: int, width: int, height: int) -> None:
    random = np.random.default_rng(seed)
    source = random.integers(0, 256, (height, width, 4)).astype(np.uint8)
    source[..., 3] = 255
    x, y = random.uniform(-2, 11, (2, 6, 7))
    x[2, 3], y[4, 1] = np.nan, np.inf
    beside = np.concatenate([source, source[-1:]])  # one row more, so that one pixel may be a little transparent
    beside[-1, -1, 3] = 254
    inside = np.minimum(y, height - 0.5)
    found, wanted = sample_bilinear(source, x, inside), sample_bilinear(beside, x, inside)
    assert np.abs(found.astype(int) - wanted).max() <= 3
    assert (found[2, 3] == 0).all()
    assert (found[..., 3] == wanted[..., 3]).all()


def test_the_middle_of_a_pixel_is_the_pixel() -> None:
    source = np.random.default_rng(1).integers(0, 256, (5, 6, 4)).astype(np.uint8)
    source[..., 3] = 255
    y, x = np.mgrid[:5, :6] + 0.5
    assert (sample_bilinear(source, x, y) == source).all()
    assert (sample_bilinear(np.asfortranarray(source), x, y) == source).all()
