"""Coordinates kept beside the store are those of the store to the bit, or are not used, whoever changed what."""

import shutil
import time
from contextlib import suppress
from datetime import timedelta

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import UserError
from localdb import history, map_arrays, map_cache, records
from localdb.engine import open_store
from localdb.unit_of_work import unit_of_work
from tests.localdb.samples import AN, create, many_sites, square

CATEGORY = ("kind", {"a": 1, "b": 2})
COLUMNS = ("ids", "xy", "path_offsets", "feature_offsets", "bounds", "category")


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(map_cache, "LEAST_RECORDS", 3)
    monkeypatch.setattr(map_cache, "_SETTLED", timedelta(0))
    monkeypatch.setattr(map_cache, "_SPARE_BYTES", 0)


@pytest.fixture
def filled(workspace, site, now):
    with unit_of_work(workspace, actor=AN, now=now(), label="nhập", kind="import") as work:
        work.insert_many(site, **many_sites(8))
    return workspace


def renew(workspace, kind, category=CATEGORY) -> bool:
    time.sleep(0.002)  # a change has the time of its millisecond
    with workspace.reading() as connection:
        return map_cache.renew(connection, workspace.folder / map_cache.FOLDER, kind, category)


def load(workspace, kind, category=CATEGORY):
    """Return what the file alone gives."""
    with workspace.reading() as connection:
        key = map_cache.fetch_key(connection, kind, category)
    return None if key is None else map_cache.load(workspace.folder / map_cache.FOLDER, kind, key)


def path_of(workspace, kind):
    return workspace.folder / map_cache.FOLDER / f"{kind.id}.arrays"


def assert_true(workspace, kind, category=CATEGORY) -> None:
    """What the map gets is what the store holds."""
    with workspace.reading() as connection:
        found = map_cache.fetch_arrays(connection, workspace.folder / map_cache.FOLDER, kind, category)
        wanted = map_arrays.fetch_arrays(connection, kind, category=category)
    assert found.keys() == wanted.keys()
    for geometry in wanted:
        for name in COLUMNS:
            ours, theirs = getattr(found[geometry], name), getattr(wanted[geometry], name)
            assert (ours.dtype, ours.shape, ours.tobytes()) == (theirs.dtype, theirs.shape, theirs.tobytes()), name


def test_what_was_kept_is_read_again_to_the_bit(filled, site) -> None:
    assert load(filled, site) is None
    assert renew(filled, site)
    assert not renew(filled, site), "it is there already"
    assert len(load(filled, site)["polygon"]) == 8
    assert_true(filled, site)


def test_the_file_outlives_the_program(filled, site, make_workspace, catalogue) -> None:
    renew(filled, site)
    filled.close()
    again = make_workspace(again=catalogue)
    assert load(again, site) is not None
    assert_true(again, site)


def test_other_colours_need_another_file(filled, site) -> None:
    renew(filled, site)
    assert load(filled, site, ("kind", {"a": 2, "b": 1})) is None
    assert load(filled, site, ("name", {"a": 1, "b": 2})) is None
    assert load(filled, site, None) is None
    assert_true(filled, site, None)


def direct(workspace, *statements) -> None:
    """Change the store as another program would."""
    store = open_store(workspace.store.path)
    try:
        with store.writing() as connection:
            for sql in statements:
                connection.exec_driver_sql(sql)
    finally:
        store.close()


class Hands:
    """What may happen to the records of a type, by this program and by others."""

    def __init__(self, workspace, site, now) -> None:
        self.workspace, self.site, self.now = workspace, site, now

    def work(self):
        return unit_of_work(self.workspace, actor=AN, now=self.now(), label="x")

    def record(self, number):
        with self.workspace.reading() as connection:
            found = records.fetch_records(connection, self.site)
        return found[number % len(found)] if found else None

    def insert(self, number) -> None:
        with self.work() as work:
            work.insert(self.site, {"name": "mới", "kind": "ab"[number % 2]}, square(size=1.0 + number))

    def import_many(self, number) -> None:
        with self.work() as work:  # more than the triggers are kept for
            work.insert_many(self.site, **many_sites(201 + number))

    def move(self, number) -> None:
        if found := self.record(number):
            with self.work() as work:
                work.update(self.site, found.uid, geometry=square(north=2_411_000.0 + number), expected=found.revision)

    def classify(self, number) -> None:
        if found := self.record(number):
            with self.work() as work:
                work.update(self.site, found.uid, values={"kind": "ba"[number % 2]}, expected=found.revision)

    def delete(self, number) -> None:
        if found := self.record(number):
            with self.work() as work:
                work.delete(self.site, found.uid, expected=found.revision)

    def undo(self, number) -> None:
        with suppress(UserError):  # another program has changed it since
            history.undo(self.workspace, AN, self.now())

    def move_elsewhere(self, number) -> None:
        direct(
            self.workspace,
            f"UPDATE site SET geom = (SELECT geom FROM site WHERE fid = {1 + number}) WHERE fid = {2 + number}",
        )

    def classify_elsewhere(self, number) -> None:
        direct(self.workspace, f"UPDATE site SET kind = 'b' WHERE fid % 7 = {number}")

    def delete_elsewhere(self, number) -> None:
        direct(self.workspace, f"DELETE FROM site WHERE fid = {1 + number}")

    def renumber_elsewhere(self, number) -> None:
        direct(self.workspace, f"UPDATE site SET fid = fid + 5000 WHERE fid = {1 + number}")

    def blank_elsewhere(self, number) -> None:
        direct(self.workspace, f"UPDATE site SET geom = NULL WHERE fid = {3 + number}")

    def renew(self, number) -> None:
        renew(self.workspace, self.site)


STEPS = [name for name in vars(Hands) if not name.startswith("_") and name not in ("work", "record")]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.tuples(st.sampled_from([*STEPS, *["renew"] * 6]), st.integers(0, 6)), max_size=8))
def test_after_any_changes_the_map_gets_what_the_store_holds(steps, tmp_path_factory, catalogue, site, now) -> None:
    folder = tmp_path_factory.mktemp("kho")
    workspace = create(folder / "xã", catalogue)
    try:
        hands = Hands(workspace, site, now)
        with hands.work() as work:
            work.insert_many(site, **many_sites(8))
        renew(workspace, site)
        for name, number in steps:
            getattr(hands, name)(number)
            assert_true(workspace, site)
        renew(workspace, site)
        assert_true(workspace, site)
    finally:
        workspace.close()
        shutil.rmtree(folder)


@pytest.mark.parametrize("name", [name for name in STEPS if name not in ("renew", "undo")])
def test_every_change_makes_the_file_useless(name, filled, site, now) -> None:
    renew(filled, site)
    getattr(Hands(filled, site, now), name)(1)
    assert load(filled, site) is None
    assert_true(filled, site)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.02, 0.5, 0.999])
def test_a_file_cut_short_is_left_aside_and_written_anew(filled, site, share) -> None:
    renew(filled, site)
    path = path_of(filled, site)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert load(filled, site) is None
    assert_true(filled, site)
    assert renew(filled, site)
    assert path.read_bytes() == whole


def test_a_slip_of_any_byte_is_seen(filled, site) -> None:
    renew(filled, site)
    path = path_of(filled, site)
    whole = path.read_bytes()
    for place in {*range(120), *range(120, len(whole), 7), len(whole) - 1}:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        assert load(filled, site) is None, place
    assert_true(filled, site)
    assert renew(filled, site)
    assert path.read_bytes() == whole


def test_what_follows_the_end_is_seen(filled, site) -> None:
    renew(filled, site)
    with path_of(filled, site).open("ab") as file:
        file.write(b"x")
    assert load(filled, site) is None
    assert renew(filled, site)


@pytest.mark.parametrize("content", [b"", b"DiBa map\n", b"\0" * 5000, b"SQLite format 3\0" * 50])
def test_a_foreign_file_is_left_aside_and_replaced(filled, site, content) -> None:
    path = path_of(filled, site)
    path.parent.mkdir()
    path.write_bytes(content)
    assert_true(filled, site)
    assert renew(filled, site)
    assert load(filled, site) is not None


def test_the_file_of_another_version_is_not_read(filled, site, monkeypatch) -> None:
    renew(filled, site)
    monkeypatch.setattr(map_cache, "FORMAT", map_cache.FORMAT + 1)
    assert load(filled, site) is None
    assert renew(filled, site)


def test_a_program_killed_while_it_writes_leaves_nothing_that_is_read(filled, site, monkeypatch) -> None:
    class Killed(BaseException):
        pass

    def die(file, key, arrays):
        file.write(b"DiBa map\n and no more")
        file.flush()
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(map_cache, "_write", die)
        renew(filled, site)
    folder = filled.folder / map_cache.FOLDER
    assert [path.suffix for path in folder.iterdir()] == [".part"]
    assert_true(filled, site)
    assert renew(filled, site)
    assert [path.name for path in folder.iterdir()] == ["site.arrays"]


def test_files_may_be_deleted_at_any_time(filled, site) -> None:
    renew(filled, site)
    shutil.rmtree(filled.folder / map_cache.FOLDER)
    assert_true(filled, site)
    assert renew(filled, site)


def test_where_nothing_can_be_written_nothing_is_kept(filled, site, monkeypatch) -> None:
    (filled.folder / map_cache.FOLDER).write_text("a file where the folder should be")
    assert not renew(filled, site)
    assert_true(filled, site)
    (filled.folder / map_cache.FOLDER).unlink()
    monkeypatch.setattr(map_cache, "_SPARE_BYTES", 1 << 60)
    assert not renew(filled, site), "the disk is too full"
    monkeypatch.setattr(map_cache, "_SPARE_BYTES", 0)
    monkeypatch.setattr(map_cache, "MOST_BYTES", 1000)
    assert not renew(filled, site), "it would be too large"
    monkeypatch.setattr(map_cache, "LEAST_RECORDS", 9)
    assert not renew(filled, site), "so few are read from the store in no time"


def test_a_change_of_just_now_is_waited_for(filled, site, monkeypatch) -> None:
    monkeypatch.setattr(map_cache, "_SETTLED", timedelta(hours=1))
    assert not renew(filled, site)


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TRIGGER tmu_site_geom",
        "DELETE FROM geometry_columns_time WHERE f_table_name = 'site'",
    ],
)
def test_a_table_whose_changes_are_not_noted_is_not_kept(filled, site, sql) -> None:
    renew(filled, site)
    direct(filled, sql)
    assert load(filled, site) is None
    assert not renew(filled, site)
    assert_true(filled, site)


def test_an_encrypted_store_leaves_nothing_readable_beside_it(make_workspace, site, now) -> None:
    workspace = make_workspace("mật", key=b"k" * 32)
    with unit_of_work(workspace, actor=AN, now=now(), label="nhập", kind="import") as work:
        work.insert_many(site, **many_sites(8))
    assert not renew(workspace, site)
    assert not (workspace.folder / map_cache.FOLDER).exists()


def test_types_of_several_kinds_and_of_none(workspace, catalogue, now) -> None:
    mark, sheet = catalogue.type("mark"), catalogue.type("sheet")
    with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
        for number in range(4):
            work.insert(mark, {}, shapely.Point(410_000 + number, 2_410_000))
            work.insert(mark, {}, shapely.LineString([(410_000, 2_410_000), (410_010, 2_410_000 + number)]))
            work.insert(sheet, {})
    assert renew(workspace, mark, None)
    assert set(load(workspace, mark, None)) == {"point", "line"}
    assert_true(workspace, mark, None)
    assert not renew(workspace, sheet, None)
    assert_true(workspace, sheet, None)
