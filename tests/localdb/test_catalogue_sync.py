import pytest

from core.errors import Bug, EnvironmentFault
from forms.loader import load_catalogue
from localdb import records, search
from localdb.damage import check_integrity
from localdb.engine import fetch_rows
from localdb.record_tables import column_names, record_table
from localdb.unit_of_work import unit_of_work
from tests.localdb.samples import AN, SITE_FIELDS, build_catalogue, build_type, build_types, field, square


def with_site(fields=None, geometry=("multi_polygon",), **more):
    types = [record_type for record_type in build_types() if record_type.id != "site"]
    return build_catalogue([*types, build_type("site", fields or SITE_FIELDS, geometry, **more)])


@pytest.fixture
def closed(make_workspace, site, now):
    """A closed workspace with one site in it."""
    workspace = make_workspace()
    with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
        work.insert(site, {"name": "Chợ", "local_code": "C 1", "secret": "Bí mật"}, square())
    workspace.close()
    return workspace


def test_new_fields_and_types_are_added(closed, make_workspace, now):
    wider = with_site(
        [*SITE_FIELDS, field("owner", "text"), field("opened", "boolean"), field("tags", "choices", choices="kinds")]
    )
    wider = build_catalogue([*wider.types.values(), build_type("well", [field("name", "text")], ("point",))])
    workspace = make_workspace(again=wider)
    site, well = wider.type("site"), wider.type("well")
    with workspace.reading() as connection:
        (old,) = records.fetch_records(connection, site)
    assert old.values["owner"] is None
    assert old.values["name"] == "Chợ"
    with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
        work.update(site, old.uid, values={"owner": "UBND", "opened": False, "tags": ["a"]}, expected=1)
        work.insert(well, {"name": "Giếng"}, None)
    workspace.close()
    again = make_workspace(again=wider)
    with again.reading() as connection:
        (found,) = records.fetch_records(connection, site)
        assert (found.values["owner"], found.values["opened"], found.values["tags"]) == ("UBND", False, ["a"])
        assert [hit.uid for hit in search.search(connection, wider, "ubnd")] == [old.uid]
        assert check_integrity(connection) == []


def test_a_field_that_is_gone_keeps_its_column(closed, make_workspace, catalogue):
    narrow = with_site([one for one in SITE_FIELDS if one["key"] != "local_code"])
    workspace = make_workspace(again=narrow)
    with workspace.reading() as connection:
        (found,) = records.fetch_records(connection, narrow.type("site"))
        assert "local_code" not in found.values
        assert fetch_rows(connection, "SELECT local_code FROM site") == [("C 1",)]
    workspace.close()
    back = make_workspace(again=catalogue)
    with back.reading() as connection:
        assert records.fetch_records(connection, catalogue.type("site"))[0].values["local_code"] == "C 1"


def test_what_is_searched_may_change(closed, make_workspace):
    fields = [{**one, "search": one["key"] != "local_code"} for one in SITE_FIELDS]
    changed = with_site(fields, title_fields=("local_code", "name"))
    workspace = make_workspace(again=changed)
    with workspace.reading() as connection:
        assert search.search(connection, changed, "bi mat")
        assert [record.uid for record in records.fetch_page(connection, changed.type("site"), sort="title").records]
        assert fetch_rows(connection, "SELECT title__sort FROM site") == [("c 0000000001",)]


def test_text_kinds_may_become_each_other(closed, make_workspace):
    fields = [{**one, "type": "choice", "choices": "kinds"} if one["key"] == "secret" else one for one in SITE_FIELDS]
    workspace = make_workspace(again=with_site(fields))
    with workspace.reading() as connection:
        assert records.fetch_records(connection, workspace.catalogue.type("site"))[0].values["secret"] == "Bí mật"


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        (
            lambda: with_site([{**one, "type": "number"} if one["key"] == "name" else one for one in SITE_FIELDS]),
            "name",
        ),
        (
            lambda: with_site([{**one, "type": "text"} if one["key"] == "photos" else one for one in SITE_FIELDS]),
            "photos",
        ),
        (lambda: with_site(geometry=("point",)), "geom"),
        (lambda: with_site(geometry=("multi_polygon", "point")), "geom"),
    ],
)
def test_another_storage_is_refused_and_nothing_changes(closed, make_workspace, catalogue, changed, key):
    with pytest.raises(EnvironmentFault) as caught:
        make_workspace(again=changed())
    assert (caught.value.code, caught.value.context["field"]) == ("STORE-CATALOGUE", key)
    workspace = make_workspace(again=catalogue)
    with workspace.reading() as connection:
        assert len(records.fetch_records(connection, catalogue.type("site"))) == 1


def test_a_type_may_get_a_geometry_later(closed, make_workspace, now):
    types = [one for one in build_types() if one.id != "sheet"]
    drawn = build_catalogue(
        [*types, build_type("sheet", [field("name", "text"), field("pages", "integer")], ("multi_polygon",))]
    )
    workspace = make_workspace(again=drawn)
    with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
        one = work.insert(drawn.type("sheet"), {"name": "a"}, square())
    with workspace.reading() as connection:
        assert records.fetch_within(connection, drawn.type("sheet"), square().bounds) == [one.uid]
        assert check_integrity(connection) == []


def test_names_of_the_stores_own_are_refused():
    for record_type in (
        build_type("changes", [field("name", "text")]),
        build_type("thing", [field("name", "text"), field("state", "text")]),
        build_type("thing", [field("name", "text"), field("source_file", "text")]),
    ):
        with pytest.raises(Bug):
            record_table(record_type)


def test_the_names_of_columns_are_those_of_the_table():
    for record_type in [*load_catalogue().types.values(), *build_types()]:
        assert column_names(record_type) == record_table(record_type).columns.keys(), record_type.id
