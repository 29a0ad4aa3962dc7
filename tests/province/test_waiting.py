"""Who waits for a package is woken when it is through, and connections that died meanwhile are noticed."""

import asyncio
import threading
from contextlib import nullcontext

import psycopg
import pytest
from sqlalchemy import text

from core.errors import EnvironmentFault, UserError
from core.identity import new_uid
from province.bell import Bell
from province.gateway import Gateway
from province.intake import Intake
from province.storage import is_shared
from province.trust import REST_S
from province.uploads import Uploads
from tests.province.samples import COMMUNE, OTHER_COMMUNE

PACKAGE = ("01153", "a" * 64)


def test_the_bell_wakes_all_who_wait_for_the_package_and_nobody_else() -> None:
    bell = Bell()

    async def wait(package: tuple[str, str]) -> bool:
        with bell.heard(package) as rung:
            try:
                await asyncio.wait_for(rung.wait(), 0.5)
            except TimeoutError:
                return False
            return True

    async def run() -> list[bool]:
        waiting = [asyncio.create_task(wait(package)) for package in (PACKAGE, PACKAGE, ("01156", PACKAGE[1]))]
        await asyncio.sleep(0)
        thread = threading.Thread(target=bell.ring, args=(PACKAGE,))
        thread.start()
        found = await asyncio.gather(*waiting)
        thread.join()
        return found

    assert asyncio.run(run()) == [True, True, False]
    bell.ring(PACKAGE)  # nobody waits any more


def test_a_bell_does_not_mind_a_loop_that_has_ended() -> None:
    bell = Bell()

    async def leave() -> object:
        waiting = bell.heard(PACKAGE)
        waiting.__enter__()
        return waiting

    kept = asyncio.run(leave())
    bell.ring(PACKAGE)
    assert kept


@pytest.mark.parametrize("is_mine", [True, False], ids=["taken here", "taken by another worker"])
def test_an_upload_is_in_hand_until_the_bell_rings_for_it(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, is_mine: bool
) -> None:
    intake = Intake(gateway, Uploads(gateway))
    seen: list[tuple[object, bool]] = []
    monkeypatch.setattr(intake.bell, "ring", lambda key: seen.append((key, intake.has(key))))
    monkeypatch.setattr("province.intake.claiming", lambda *_parts: nullcontext(is_mine))
    key = (COMMUNE, new_uid())
    intake.submit(key)
    assert intake.has(key)
    assert not intake.has((OTHER_COMMUNE, key[1]))
    with pytest.raises(UserError) if is_mine else nullcontext():
        intake.process(key)
    assert seen == [(key, False)], "who is woken looks by himself from now on"


@pytest.fixture
def shared(gateway: Gateway) -> Gateway:
    if not is_shared(gateway.database):
        pytest.skip("the embedded store has no connections to lose")
    return gateway


def end_all(location: str) -> None:
    with psycopg.connect(location.replace("+psycopg", ""), autocommit=True) as administrator:
        administrator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def ask(gateway: Gateway) -> object:
    with gateway.database.reading() as connection:
        return connection.execute(text("SELECT 1")).scalar_one()


def test_a_connection_that_rested_is_asked_before_it_is_used(
    shared: Gateway, location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask(shared) == 1
    end_all(location)
    monkeypatch.setattr("province.trust.REST_S", 0.0)
    assert ask(shared) == 1


def test_one_that_was_just_used_is_not_asked(shared: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr("province.trust.REST_S", 1000 * REST_S)
    assert ask(shared) == 1
    engine = shared.database._engine  # type: ignore[attr-defined]
    monkeypatch.setattr(engine.dialect, "do_ping", asked.append)
    assert ask(shared) == 1
    assert asked == []


def test_when_one_is_found_dead_none_that_was_used_before_is_trusted(
    shared: Gateway, location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("province.trust.REST_S", 1000 * REST_S)
    with shared.database.reading() as one, shared.database.reading() as two:
        assert one is not two  # two connections in the pool
    end_all(location)
    with pytest.raises(EnvironmentFault, match=r"."):
        ask(shared)
    assert [ask(shared), ask(shared)] == [1, 1]
