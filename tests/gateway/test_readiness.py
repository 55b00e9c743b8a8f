"""Whether a gateway says in time that it cannot reach what it keeps, and asks no more often than it must."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import anyio
import anyio.to_thread
import pytest

from ocr_async.gateway.readiness import Readiness
from ocr_async.gateway.storage.failures import StorageUnavailable
from tests.gateway.conftest import Start
from tests.postgres import Server


pytestmark = pytest.mark.anyio


class Storage:
    """One that only tells whether it can be reached."""

    def __init__(self, *failures: Exception | None, seconds: float = 0.0) -> None:
        self.failures = list(failures)
        self.seconds = seconds
        self.looks = 0

    async def look(self) -> None:
        self.looks += 1
        await anyio.sleep(self.seconds)
        if self.failures and (failure := self.failures.pop(0)) is not None:
            raise failure


async def looked(readiness: Readiness, storage: Any) -> bool:
    return await readiness.look(storage)


async def test_a_hundred_probes_at_once_are_one_question() -> None:
    readiness, storage, told = Readiness(), Storage(seconds=0.05), list[bool]()

    async def probe() -> None:
        told.append(await looked(readiness, storage))

    async with anyio.create_task_group() as tasks:
        for _ in range(100):
            tasks.start_soon(probe)
    assert (told, storage.looks) == ([True] * 100, 1)


async def test_a_probe_that_gives_up_leaves_the_question_to_the_next() -> None:
    readiness, storage = Readiness(), Storage(seconds=0.2)
    with anyio.move_on_after(0.05):
        await looked(readiness, storage)
    assert await looked(readiness, storage)
    assert storage.looks == 2


@pytest.mark.parametrize("failure", [StorageUnavailable("x"), sqlite3.OperationalError("x"), OSError(5, "x")])
async def test_each_failure_of_a_storage_is_heard_and_so_is_its_end(failure: Exception) -> None:
    readiness, storage = Readiness(fresh=0.0), Storage(failure)
    assert [await looked(readiness, storage) for _ in range(2)] == [False, True]


async def test_a_gateway_stays_ready_for_a_while_from_when_it_lost_its_storage() -> None:
    gone = StorageUnavailable("x")
    readiness, storage = Readiness(fresh=0.0, patience=0.3), Storage(gone, None, *[gone] * 1000)
    assert not await looked(readiness, storage)
    await anyio.sleep(0.4)
    assert (readiness.ready, await looked(readiness, storage)) == (False, True)
    before = anyio.current_time()
    assert not await looked(readiness, storage)
    while readiness.ready:
        await looked(readiness, storage)
        await anyio.sleep(0.01)
    assert anyio.current_time() >= before + 0.3


@pytest.fixture
async def url(postgres_server: Server) -> str:
    return await anyio.to_thread.run_sync(postgres_server.new)


@pytest.fixture
def sql(postgres_server: Server, url: str) -> Callable[[str], Any]:
    name = url.rpartition("/")[2].partition("?")[0]

    async def do(statement: str) -> str:
        return await anyio.to_thread.run_sync(postgres_server.sql, statement, name)

    return do


async def test_a_gateway_without_its_database_is_not_ready_but_lives(
    start: Start, url: str, sql: Callable[[str], Any]
) -> None:
    async with start(database=url) as gateway:
        readiness = gateway.gateway.readiness
        readiness.fresh, readiness.patience = 0.0, 3600.0
        assert await gateway.get("/health/readiness") == (200, {"status": "ready"})
        await sql("ALTER SCHEMA ocr_async RENAME TO elsewhere")
        assert await gateway.get("/health/readiness") == (200, {"status": "storage_unavailable"})
        readiness.patience = 0.0
        assert await gateway.get("/health/readiness") == (503, {"status": "storage_unavailable"})
        assert await gateway.get("/health/liveness") == (200, {"status": "ok"})
        await sql("ALTER SCHEMA elsewhere RENAME TO ocr_async")
        assert await gateway.get("/health/readiness") == (200, {"status": "ready"})


async def test_a_database_that_does_not_answer_holds_up_no_probe(
    start: Start, url: str, sql: Callable[[str], Any]
) -> None:
    hang = "BEGIN; LOCK TABLE ocr_async.changes IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(60)"
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK%'"
    locked = "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation IS NOT NULL"

    async def hold() -> None:
        with pytest.raises(Exception, match="psql"):
            await sql(hang)

    async with start(database=url) as gateway, anyio.create_task_group() as tasks:
        readiness = gateway.gateway.readiness
        readiness.fresh, readiness.within, readiness.patience = 0.0, 0.2, 0.0
        tasks.start_soon(hold)
        while await sql(locked) == "0":
            await anyio.sleep(0.02)
        with anyio.fail_after(10):
            assert await gateway.get("/health/readiness") == (503, {"status": "storage_unavailable"})
            assert await gateway.get("/health/liveness") == (200, {"status": "ok"})
        await sql(ended)
        with anyio.fail_after(20):
            while (await gateway.get("/health/readiness"))[0] != 200:
                await anyio.sleep(0.05)


async def test_a_folder_that_works_is_ready(start: Start) -> None:
    async with start() as gateway:
        assert await gateway.get("/health/readiness") == (200, {"status": "ready"})
