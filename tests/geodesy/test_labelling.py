"""Labels to shapes: inside areas, along lines, each label once."""

import numpy as np
import shapely

from geodesy.labelling import Labels, labels_inside, labels_near


def labels(*texts: tuple[float, float, float], size: float = 2.0, align: str = "LB", length: int = 4) -> Labels:
    rows = np.array(texts, dtype=float)
    count = len(texts)
    return Labels(rows[:, :2], rows[:, 2], np.full(count, size), (align,) * count, np.full(count, length))


def array(*shapes: object) -> np.ndarray:
    made = np.empty(len(shapes), dtype=object)
    made[:] = shapes
    return made


def test_the_middle_of_a_text_decides() -> None:
    faces = array(shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10))
    assert labels_inside(faces, labels((9.5, 5, 0))) == {1: [0]}, "its first letter lies in the other lot"
    assert labels_inside(faces, labels((9.5, 5, 180))) == {0: [0]}
    assert labels_inside(faces, labels((9.5, 5, 0), align="CM")) == {0: [0]}


def test_the_smallest_face_has_it() -> None:
    faces = array(shapely.box(0, 0, 100, 100), shapely.box(40, 40, 60, 60))
    assert labels_inside(faces, labels((50, 50, 0), (5, 5, 0), size=0.1)) == {1: [0], 0: [1]}


def test_one_label_to_one_line() -> None:
    lines = array(shapely.LineString([(0, 0), (100, 0)]), shapely.LineString([(0, 10), (100, 10)]))
    assert labels_near(lines, labels((50, 1, 0), (50, 2, 0), size=0.0), 20) == {0: 0, 1: 1}
    assert labels_near(lines, labels((50, 40, 0), size=0.0), 20) == {}


def test_a_turned_text_belongs_to_the_line_it_stands_along() -> None:
    across, along = shapely.LineString([(0, 0), (100, 0)]), shapely.LineString([(52, 1), (52, 90)])
    assert labels_near(array(across, along), labels((50.5, 1, 90), size=0.1), 10) == {1: 0}
    assert labels_near(array(across, along), labels((50.5, 1, 0.5), size=0.1), 10) == {0: 0}
