"""The gateway's tables: made step by step, by one of many, and keyed by commune."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import UniqueConstraint, insert, inspect, select, text

from core.errors import EnvironmentFault, UserError
from core.identity import new_uid
from forms.administration import load_communes
from localdb.engine import create_store
from province import migrating
from province.columns import extended_wkb
from province.gateway import Gateway, open_gateway
from province.intake import Intake
from province.migrating import newest_revision
from province.migrations.versions import v0001_first_tables
from province.sessions import create_code, enrol
from province.settings import GatewaySettings
from province.storage import embedded_path, insert_if_absent, open_database
from province.tables import PARTITIONED, PARTITIONS, metadata, server_facts, uploads
from province.uploads import RECEIVING, TAKEN, Uploads
from tests.databases import Cluster
from tests.province.conftest import Enrolled, bring, enrol_request
from tests.province.samples import COMMUNE, EPSG, Device, change, line, road

SHARED = {"server_facts", "enrolment_codes", "devices", "nonces", "tokens", "incidents"}
SHARED |= {"people", "browser_sessions", "person_actions", "quarter_deadlines", "reading_keys"}
"""Tables that belong to no single commune; each machine of a national deployment has all of them."""


@pytest.fixture
def server(gateway: Gateway, location: str) -> Iterator[psycopg.Connection]:
    """A line of an administrator into the same database; only where it is a server's."""
    if embedded_path(location) is not None:
        pytest.skip("on PostgreSQL alone")
    with psycopg.connect(location.replace("+psycopg", ""), autocommit=True) as connection:
        yield connection


@pytest.mark.filterwarnings("ignore:Did not recognize type 'geometry'")
def test_the_steps_make_what_the_program_reads(gateway: Gateway) -> None:
    def is_ours(name: str | None, kind: str, _parents: Any) -> bool:
        return kind != "table" or name in metadata.tables

    with gateway.database.reading() as connection:
        options = {"include_name": is_ours}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    embedded = ["ix_records_geometry"] if connection.dialect.name == "sqlite" else []
    assert [getattr(item[1], "name", item) for item in found] == embedded


@pytest.mark.parametrize("name", sorted(set(metadata.tables) - SHARED))
def test_what_belongs_to_a_commune_has_it_first_in_every_key(name: str) -> None:
    table = metadata.tables[name]
    keys = [table.primary_key, *(item for item in table.constraints if isinstance(item, UniqueConstraint))]
    assert {next(iter(key.columns)).name for key in keys} == {"commune_code"}
    assert not [index for index in table.indexes if index.unique]


def test_a_newer_program_s_database_is_left_alone(gateway: Gateway, location: str) -> None:
    with gateway.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(EnvironmentFault) as caught:
        open_database(location)
    assert (caught.value.code, caught.value.context) == (
        "GATEWAY-SCHEMA-NEWER",
        {"found": "9999", "known": newest_revision()},
    )


def test_an_embedded_store_of_before_the_steps_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "province.sqlite"
    store = create_store(path)
    with store.writing() as connection:
        with Operations.context(MigrationContext.configure(connection)):
            v0001_first_tables.upgrade()
        connection.execute(insert(server_facts).values(key="epoch", value="cũ"))
    store.close()
    gateway = open_gateway(str(path), GatewaySettings(tmp_path))
    assert gateway.epoch == "cũ"
    gateway.close()


@pytest.fixture(params=["embedded", "postgis"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a database of either kind is that no step was taken in."""
    if request.param == "embedded":
        yield str(tmp_path / "province.sqlite")
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    with cluster.database(f"trống {new_uid()}") as url:
        yield url


def test_uploads_on_their_way_while_the_gateway_is_made_newer_go_on(
    empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was begun before uploads had metadata is found again byte for byte, finished and taken."""
    settings = GatewaySettings(tmp_path / "tỉnh")
    device = Device(tmp_path / "máy", seed=1)
    path, package_id = device.seal([change(road())])
    whole, upload_id = path.read_bytes(), new_uid()
    upgrade = migrating.command.upgrade
    with monkeypatch.context() as older:
        older.setattr(migrating.command, "upgrade", lambda config, _head: upgrade(config, "0003"))
        gateway = open_gateway(empty, settings)
    enrol(gateway, enrol_request(device, create_code(gateway, load_communes()[COMMUNE], "officer")))
    facts = {"upload_id": upload_id, "commune_code": COMMUNE, "device_id": device.device_id, "package_id": package_id}
    moments = {"created_at": gateway.now(), "expires_at": gateway.now(60)}
    with gateway.database.writing() as connection:
        assert "metadata" not in {column["name"] for column in inspect(connection).get_columns("uploads")}
        row = {**facts, **moments, "length": len(whole), "received_bytes": 100, "state": RECEIVING}
        connection.execute(insert(uploads).values(row))
    (settings.inbox / f"{upload_id}.part").write_bytes(whole[:100])
    gateway.close()

    gateway = open_gateway(empty, settings)
    sending = Uploads(gateway)
    found = sending.get(COMMUNE, upload_id)
    assert (found.package_id, found.length, found.received, found.metadata) == (package_id, len(whole), 100, None)
    assert sending.path(upload_id).read_bytes() == whole[:100]
    sending.path(upload_id).write_bytes(whole)
    sending.note(found, len(whole))
    Intake(gateway, sending).process((COMMUNE, upload_id))
    assert sending.get(COMMUNE, upload_id).state == TAKEN
    gateway.close()


def test_a_key_that_the_devices_do_not_know_is_refused(gateway: Gateway, location: str, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault) as caught:
        open_gateway(location, GatewaySettings(tmp_path / "thư mục khác"))
    assert caught.value.code == "GATEWAY-KEY-OTHER"


def test_a_row_is_inserted_once(gateway: Gateway) -> None:
    with gateway.database.writing() as connection:
        insert_if_absent(connection, server_facts, {"key": "x", "value": "một"})
        insert_if_absent(connection, server_facts, {"key": "x", "value": "hai"})
        query = select(server_facts.c.value).where(server_facts.c.key == "x")
        assert connection.execute(query).scalar_one() == "một"


@pytest.mark.parametrize(
    "location", ["mysql://a:b@c/d", "postgresql+psycopg2://a:b@c/d", "sqlite://", "x://[", "abc://"]
)
def test_what_is_no_database_is_named_without_its_password(location: str) -> None:
    with pytest.raises(UserError) as caught:
        open_database(location)
    assert caught.value.code == "GATEWAY-DATABASE"
    assert ":b@" not in str(caught.value.context)


def test_a_server_that_is_away_is_named_without_its_password() -> None:
    with pytest.raises(EnvironmentFault) as caught:
        open_database("postgresql://a:bimat@127.0.0.1:9/d")
    assert caught.value.code == "GATEWAY-UNREACHABLE"
    assert "bimat" not in str(caught.value.context)
    assert "127.0.0.1" in str(caught.value.context["reason"])


def test_several_that_start_at_once_make_one_set_of_tables_and_one_identity(cluster: Cluster, tmp_path: Path) -> None:
    with cluster.database("cùng lúc") as url:
        found: list[tuple[str, str]] = []
        start = threading.Barrier(4)

        def open_one() -> None:
            start.wait()
            gateway = open_gateway(url, GatewaySettings(tmp_path))
            found.append((gateway.epoch, gateway.server_key))
            gateway.close()

        threads = [threading.Thread(target=open_one) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_a_database_that_cannot_keep_every_letter_is_refused(cluster: Cluster) -> None:
    with cluster.connect() as connection:
        connection.execute(
            "CREATE DATABASE latin TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'"
        )
    with pytest.raises(EnvironmentFault) as caught:
        open_database(cluster.url("latin"))
    assert (caught.value.code, caught.value.context["encoding"]) == ("GATEWAY-ENCODING", "SQL_ASCII")


def test_an_account_without_the_right_to_switch_postgis_on_is_told_what_to_ask_for(cluster: Cluster) -> None:
    with cluster.database("không quyền") as url:
        with cluster.connect() as connection:
            connection.execute("CREATE ROLE gateway LOGIN")
        with cluster.connect("không quyền") as connection:
            connection.execute("GRANT ALL ON SCHEMA public TO gateway")
        address = url.replace("postgres@", "gateway@")
        with pytest.raises(EnvironmentFault) as caught:
            open_database(address)
        assert caught.value.code == "GATEWAY-POSTGIS"
        with cluster.connect("không quyền") as connection:
            connection.execute("CREATE EXTENSION postgis; GRANT ALL ON spatial_ref_sys TO gateway")
        open_database(address).close()
    with cluster.connect() as connection:
        connection.execute("DROP ROLE gateway")


def test_tables_are_cut_by_commune_and_a_commune_reads_one_piece(
    gateway: Gateway, enrolled: Enrolled, server: psycopg.Connection
) -> None:
    bring(gateway, enrolled(), [change(road(place)) for place in range(3)])
    pieces = dict(
        server.execute("SELECT inhparent::regclass::text, count(*) FROM pg_inherits GROUP BY 1 ORDER BY 1").fetchall()
    )
    assert {name: pieces[name] for name in PARTITIONED} == dict.fromkeys(PARTITIONED, PARTITIONS)
    plan = "\n".join(
        row[0] for row in server.execute("EXPLAIN SELECT * FROM records WHERE commune_code = %s", (COMMUNE,))
    )
    assert plan.count("records_p") >= 1
    assert "Append" not in plan
    used = server.execute("SELECT count(DISTINCT tableoid) FROM records").fetchone()
    assert used == (1,)


def test_geometries_are_postgis_s_own_in_the_zone_as_sent(
    gateway: Gateway, enrolled: Enrolled, server: psycopg.Connection
) -> None:
    bring(gateway, enrolled(), [change(road(place)) for place in range(2)])
    rows = server.execute(
        "SELECT ST_SRID(geometry), encode(ST_AsBinary(geometry, 'NDR'), 'hex') FROM records ORDER BY min_y"
    ).fetchall()
    assert rows == [(EPSG, line(place).wkb_hex.lower()) for place in range(2)]
    near = "SELECT count(*) FROM records WHERE geometry && ST_MakeEnvelope(%s, %s, %s, %s, %s)"
    min_x, min_y, max_x, max_y = line(1).bounds
    assert server.execute(near, (min_x, min_y, max_x, max_y, EPSG)).fetchone() == (1,)
    server.execute("SET enable_seqscan = off")
    plan = server.execute(f"EXPLAIN {near}", (min_x, min_y, max_x, max_y, EPSG)).fetchall()
    assert any("_geometry_idx" in row[0] for row in plan)
    with pytest.raises(psycopg.errors.CheckViolation):
        server.execute("UPDATE records SET geometry = ST_SetSRID(geometry, 9210)")


def test_only_plain_flat_shapes_get_their_code() -> None:
    wkb = line().wkb
    assert extended_wkb(wkb, EPSG)[9:] == wkb[5:]
    for other in (b"\x00" + wkb[1:], wkb[:1] + (1002).to_bytes(4, "little") + wkb[5:]):
        pytest.raises(ValueError, extended_wkb, other, EPSG)
