"""What a record was made of, and what was put right of its numbers: kept with its lineage, absent where it is plain."""

import json
from dataclasses import replace

import pytest

from core.identity import new_uid
from forms.content import LINEAGE, content_hash, record_content, split_content
from forms.record import Lineage, Record
from localdb import history, records, search
from localdb.catalogue_sync import schema_version
from localdb.damage import check_integrity
from localdb.engine import fetch_rows
from localdb.journal import fetch_changes, verify_chain
from localdb.unit_of_work import unit_of_work
from tests.localdb.samples import AN, many_sites, square
from tests.localdb.samples import LINEAGE as SOURCE
from wire.changes import plain_content, plain_lineage

DERIVED = Lineage(source_file="a.shp", derived_from=(new_uid(), new_uid()), derivation="split")
READ = replace(DERIVED, reading={"scale": 0.001, "shift": [0.0, 2_000_000.0], "swapped": True})
OLD_KEYS = [
    "source_file",
    "source_layer",
    "source_row",
    "capture_method",
    "accuracy_m",
    "src_crs",
    "src_axis",
    "datum_operation",
    "raw_coordinates",
    "raw_values",
]


def test_a_lineage_without_derivation_says_what_it_always_said():
    assert list(SOURCE.as_dict()) == OLD_KEYS
    assert list(Lineage().as_dict()) == OLD_KEYS
    assert set(plain_lineage(SOURCE.as_dict())) == set(OLD_KEYS)
    record = Record(new_uid(), "site", {"name": "Chợ"}, lineage=SOURCE)
    old = {"name": "Chợ", "geometry": None, LINEAGE: {key: getattr(SOURCE, key) for key in OLD_KEYS}}
    assert content_hash(record_content(record)) == content_hash(old)


def test_a_derivation_goes_there_and_back(workspace, site, now):
    with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
        one = work.insert(site, {"name": "Chợ"}, square(), DERIVED)
        plain = work.insert(site, {"name": "Ao"}, square(), SOURCE)
        work.update(site, plain.uid, lineage=READ, expected=1)
    with workspace.reading() as connection:
        found = records.fetch_records(connection, site)
        assert [record.lineage for record in found] == [DERIVED, READ]
        assert list(records.fetch_batch(connection, site).lineages) == [DERIVED, READ]
        change = fetch_changes(connection, uid=one.uid)[0]
        assert change.after[LINEAGE]["derived_from"] == list(DERIVED.derived_from)
        assert split_content(change.after)[2] == DERIVED
        assert verify_chain(connection) is None
    history.undo(workspace, AN, now())
    with workspace.reading() as connection:
        assert records.fetch_records(connection, site) == []


def test_many_records_say_it_in_the_same_bytes(workspace, site, now):
    sites = many_sites(6)
    sites["lineages"][1] = DERIVED
    sites["lineages"][2] = Lineage(reading={"swapped": True})
    sites["lineages"][3] = READ
    sites["lineages"][4] = Lineage(derived_from=(new_uid(),), derivation="merge")
    with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
        work.insert_many(site, **sites)
    with workspace.reading() as connection:
        stored = records.fetch_records(connection, site)
        assert [record.lineage for record in stored] == sites["lineages"]
        for record in stored:
            [text] = fetch_rows(connection, "SELECT after FROM changes WHERE uid = ?", (record.uid,))[0]
            expected = {key: value for key, value in record_content(record).items() if value is not None}
            assert text == json.dumps(expected, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    history.undo(workspace, AN, now())
    history.redo(workspace, AN, now())
    with workspace.reading() as connection:
        assert [record.lineage for record in records.fetch_records(connection, site)] == sites["lineages"]


@pytest.mark.parametrize(
    "lineage",
    [
        {"derived_from": ["x"], "derivation": "split"},
        {"derived_from": [new_uid()], "derivation": "melt"},
        {"derived_from": [], "derivation": "split"},
        {"derived_from": [new_uid()]},
        {"derived_from": "abc", "derivation": "merge"},
        {"reading": {"swapped": "yes"}},
        {"reading": {"scale": 2.0, "rotated": 1.5}},
        {"reading": ["swapped"]},
    ],
)
def test_half_a_derivation_or_reading_is_refused_on_the_wire(lineage):
    with pytest.raises((ValueError, TypeError)):
        plain_lineage({**SOURCE.as_dict(), **lineage})


def test_the_wire_carries_it(site):
    record = Record(new_uid(), "site", {"name": "Chợ"}, square(), READ)
    plain = plain_content(site, record_content(record))
    assert plain[LINEAGE]["derivation"] == "split"
    assert plain[LINEAGE]["reading"] == READ.reading
    assert plain_lineage(plain[LINEAGE]) == plain[LINEAGE]
    assert plain_lineage({**plain[LINEAGE], "reading": {}}) == plain_lineage(DERIVED.as_dict())


def without_columns(workspace, *keys, version):
    """Take columns of a lineage out of a store, and say which step it had last."""
    with workspace.store.writing() as connection:
        for (type_id,) in fetch_rows(connection, "SELECT type_id FROM record_types"):
            for key in keys:
                connection.exec_driver_sql(f'ALTER TABLE "{type_id}" DROP COLUMN {key}')
        connection.exec_driver_sql(f"PRAGMA user_version = {version}")


def make_old(workspace):
    """Turn a store into one that an earlier version of the program wrote: without the columns, at its step."""
    without_columns(workspace, "derived_from", "derivation", "reading", version=2)
    with workspace.store.writing() as connection:
        for type_id, definition in fetch_rows(connection, "SELECT type_id, definition FROM record_types"):
            facts = json.loads(definition)
            facts["search"] = facts["search"][:2]
            connection.exec_driver_sql(
                "UPDATE record_types SET definition = ? WHERE type_id = ?",
                (json.dumps(facts, sort_keys=True), type_id),
            )
        connection.exec_driver_sql("DROP TABLE record_search")
        connection.exec_driver_sql(
            "CREATE VIRTUAL TABLE record_search USING fts5(title, body, columnsize=0, "
            "tokenize='unicode61 remove_diacritics 0')"
        )
        for table in ("code_marks", "code_counters"):
            connection.exec_driver_sql(f"DROP TABLE {table}")


def test_a_store_of_an_earlier_version_is_brought_up(workspace, make_workspace, catalogue, site, now):
    with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
        before = work.insert(site, {"name": "Chợ Đồng Văn"}, square(), SOURCE)
    with workspace.reading() as connection:
        hashes = fetch_rows(connection, "SELECT hash FROM changes ORDER BY sequence")
    make_old(workspace)
    workspace.close()
    again = make_workspace(again=catalogue)
    with again.reading() as connection:
        assert schema_version(connection) >= 3
        assert records.fetch_records(connection, site) == [before]
        assert fetch_rows(connection, "SELECT hash FROM changes ORDER BY sequence") == hashes
        assert verify_chain(connection) is None
        assert [hit.uid for hit in search.search(connection, catalogue, "dong van")] == [before.uid]
        assert check_integrity(connection) == []
    with unit_of_work(again, actor=AN, now=now(), label="x") as work:
        work.update(site, before.uid, lineage=READ, expected=1)
        assert work.allocate_codes(site, 2026, ["01153"])
    with again.reading() as connection:
        assert records.fetch_records(connection, site)[0].lineage == READ


def test_a_store_from_before_the_reading_is_brought_up(workspace, make_workspace, catalogue, site, now):
    with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
        before = work.insert(site, {"name": "Chợ Đồng Văn"}, square(), DERIVED)
    without_columns(workspace, "reading", version=7)
    workspace.close()
    again = make_workspace(again=catalogue)
    with again.reading() as connection:
        assert records.fetch_records(connection, site) == [before]
        assert verify_chain(connection) is None
        assert check_integrity(connection) == []
    with unit_of_work(again, actor=AN, now=now(), label="x") as work:
        work.update(site, before.uid, lineage=READ, expected=1)
    with again.reading() as connection:
        assert records.fetch_records(connection, site)[0].lineage == READ
