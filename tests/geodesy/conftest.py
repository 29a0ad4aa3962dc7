"""A commune of our own making: a 12 km wide polygon whose old data lies in another axis."""

import numpy as np
import numpy.typing as npt
import pytest
import shapely

from geodesy.systems import tm_system

HOME = tm_system(106.0)
OLD = tm_system(105.5)


@pytest.fixture(scope="session")
def boundary() -> shapely.Polygon:
    """The commune in its province's zone, axis 106."""
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    reach = 6000 + 900 * np.sin(5 * angles)
    return shapely.Polygon(np.column_stack([380_000 + reach * np.cos(angles), 2_480_000 + reach * np.sin(angles)]))


@pytest.fixture(scope="session")
def home_points(boundary: shapely.Polygon) -> npt.NDArray[np.float64]:
    """Places inside the commune, in the zone of axis 106."""
    random = np.random.default_rng(7)
    found = random.uniform(*np.reshape(boundary.bounds, (2, 2)), (900, 2))
    return found[shapely.contains_xy(boundary, found[:, 0], found[:, 1])]
