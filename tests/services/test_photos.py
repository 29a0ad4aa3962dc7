"""A phone's photos find the records they were taken at."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from geodesy.datum import OPERATION_ID, transform_xy
from geodesy.systems import WGS84
from services import editing, photos
from services.desk import Desk
from services.reading import fetch_record
from tests.exchange.document_samples import PLACE, camera_exif, jpeg
from tests.services.desks import refused, snapshot


@pytest.fixture
def place(desk: Desk) -> shapely.Point:
    """Where the sample photo was taken, as a point of the workspace's zone."""
    return shapely.Point(transform_xy(np.array([PLACE]), WGS84, desk.system)[0])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three photos of one place, one without a place, a note and a program."""
    found = tmp_path / "DCIM"
    (found / "100").mkdir(parents=True)
    for number in range(3):
        (found / "100" / f"{number}.jpg").write_bytes(jpeg(300 + number, 200, exif=camera_exif()))
    (found / "9.jpg").write_bytes(jpeg(200, 200))
    (found / "ghi chú.txt").write_text("x", encoding="utf-8")
    (found / "x.jpg").write_bytes(b"MZ" + bytes(99))
    (found / ".thumb.jpg").write_bytes(jpeg())
    return found


def test_the_nearest_record_within_reach(desk: Desk, place: shapely.Point, folder: Path) -> None:
    near = shapely.LineString([(place.x + 10, place.y - 50), (place.x + 10, place.y + 50)])
    far = shapely.LineString([(place.x + 30, place.y - 50), (place.x + 30, place.y + 50)])
    road = editing.insert_record(desk, "road_segment", {"name": "Gần"}, near).record
    editing.insert_record(desk, "road_segment", {"name": "Xa"}, far)
    before = snapshot(desk)
    found = {one.path.name: one for one in photos.propose_photos(desk, folder)}
    assert set(found) == {"0.jpg", "1.jpg", "2.jpg", "9.jpg", "x.jpg"}
    assert (found["0.jpg"].uid, found["0.jpg"].type_id) == (road.uid, "road_segment")
    assert found["0.jpg"].distance_m == pytest.approx(10.0, abs=0.6)
    assert found["0.jpg"].taken_at == "2026-11-20T01:15:00.000Z"
    assert (found["9.jpg"].uid, found["9.jpg"].point) == (None, None)
    assert found["x.jpg"].error is not None
    assert photos.propose_photos(desk, folder, within_m=5)[0].uid is None
    assert photos.propose_photos(desk, folder, type_id="survey_point")[0].uid is None
    assert snapshot(desk) == before
    refused("ATTACH-FOLDER", lambda: photos.propose_photos(desk, folder / "không"))


def test_they_are_attached_or_make_one_new_record(desk: Desk, place: shapely.Point, folder: Path) -> None:
    proposals = photos.propose_photos(desk, folder)
    refused("ATTACH-TYPE-PLACE", lambda: photos.take_photos(desk, proposals, new_type="road_segment"))
    left = photos.take_photos(desk, proposals)
    assert (left.attached, left.made, len(left.left)) == ({}, [], 4)
    taken = photos.take_photos(desk, proposals, new_type="survey_point")
    [uid] = taken.made
    assert taken.attached == {uid: 3}
    assert [path.name for path, _ in taken.refused] == ["x.jpg"]
    assert [path.name for path in taken.left] == ["9.jpg"]
    record = fetch_record(desk, uid)
    assert record.geometry is not None
    assert record.geometry.distance(place) < 0.6
    assert (record.lineage.src_crs, record.lineage.datum_operation) == ("EPSG:4326", OPERATION_ID)
    assert len(record.values["attachments"]) == 3
    again = photos.take_photos(desk, photos.propose_photos(desk, folder))
    assert {error.code for _, error in again.refused} == {"ATTACH-LINKED", "DOCUMENT-NOT-ALLOWED"}
