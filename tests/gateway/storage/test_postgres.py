"""What only a database for several gateways promises: leases, versions, lost connections, one arithmetic of limits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, aclosing, asynccontextmanager
from typing import Any

import anyio
import anyio.to_thread
import pytest
from attrs import define, evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_async.errors import ConfigurationError
from ocr_async.gateway.access.control import Access
from ocr_async.gateway.access.limits import StorageLimits
from ocr_async.gateway.http_errors import HTTPError
from ocr_async.gateway.storage.accounts import Charge, Demand, Key, KeyGone, Reservation, Standing
from ocr_async.gateway.storage.answers import Answer, AnsweredElsewhere
from ocr_async.gateway.storage.batches import Line
from ocr_async.gateway.storage.failures import LeaseLost, StorageUnavailable
from ocr_async.gateway.storage.postgres import PostgresStorage, open_storage
from ocr_async.gateway.storage.postgres.connection import Database, connected
from ocr_async.gateway.storage.postgres.limits import Ledger
from tests.gateway.storage.test_batches import inline, job, started
from tests.postgres import Server, binaries, running


pytestmark = pytest.mark.anyio

LEASE = 1.0


@pytest.fixture
async def url(postgres_server: Server) -> str:
    return await anyio.to_thread.run_sync(postgres_server.new)


@asynccontextmanager
async def opened(url: str, count: int = 1, objects: str | None = None) -> AsyncIterator[list[PostgresStorage]]:
    """Have so many gateways' storages open on one database."""
    async with AsyncExitStack() as stack:
        storages = []
        for _ in range(count):
            storages.append(await open_storage(url, objects=objects, lease=LEASE, connections=3))
            stack.push_async_callback(storages[-1].close)
        yield storages


def limits_of(storage: PostgresStorage) -> Any:
    assert storage.accounts.limits is not None
    return storage.accounts.limits


def charge(key: Key, pages: int) -> Charge:
    return Charge(key=key, model="ocr", pages=pages, usd=pages / 8, at=time.time())


async def silent(storage: PostgresStorage) -> None:
    """Have the lease of *storage* end, as of a process that is stopped."""
    for task in asyncio.all_tasks():
        work: Any = task.get_coro()
        if work.__qualname__ == "Process.run" and work.cr_frame.f_locals["self"] is storage.process:
            task.cancel()
            await asyncio.wait([task])
    storage.process.lease = 1e-3
    await storage.process.renew()
    storage.process.lease = 10**6.0
    await anyio.sleep(0.01)


async def blobs_of(storage: PostgresStorage) -> int:
    (count,) = await storage.database.row("SELECT count(*) FROM ocr_async.blobs")
    return int(count)


# --- versions -----------------------------------------------------------------------------------------------------


async def test_gateways_that_start_at_once_make_the_tables_once(url: str) -> None:
    async def one() -> None:
        async with opened(url):
            pass

    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(one)


async def test_a_statement_is_one_round_trip(url: str) -> None:
    async with connected(url, 1) as asks, connected(url, 1) as looks:
        (process,) = await asks.row("SELECT pg_backend_pid()")
        last = "SELECT query FROM pg_stat_activity WHERE pid = $1"
        assert (await looks.row(last, process))["query"] == "SELECT pg_backend_pid()"
        async with asks.transaction() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(7)")
        assert (await looks.row(last, process))["query"] == "COMMIT;"


async def test_a_database_of_a_newer_version_is_refused(url: str, postgres_server: Server) -> None:
    async with opened(url):
        pass
    name = url.rpartition("/")[2].partition("?")[0]
    newer = "INSERT INTO ocr_async.migrations (version) VALUES (1000)"
    await anyio.to_thread.run_sync(postgres_server.sql, newer, name)
    with pytest.raises(ConfigurationError, match="version 1000, made by a newer ocr_async"):
        await open_storage(url)


@pytest.mark.parametrize(
    "url", ["postgresql://u:canary@127.0.0.1:1/x?sslmode=disable", "postgresql://u:canary@127.0.0.1:none/x"]
)
async def test_a_database_out_of_reach_is_told_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be used") as caught:
        await open_storage(url)
    assert "canary" not in str(caught.value)


# --- limits -------------------------------------------------------------------------------------------------------


async def test_what_a_silent_gateway_holds_is_free_and_counts_again_if_it_comes_back(url: str) -> None:
    async with opened(url, 2) as (one, other):
        _, key = await one.accounts.create("team", 1.0, budget_pages=3)
        held = await limits_of(one).reserve(key, Demand(pages=2))
        assert isinstance(held, Reservation)
        assert isinstance(await limits_of(other).reserve(key, Demand(pages=2)), Standing)
        await silent(one)
        second = await limits_of(other).reserve(key, Demand(pages=2))
        assert isinstance(second, Reservation)
        await limits_of(other).settle(key, second, None)
        await one.process.renew()
        found = await limits_of(other).reserve(key, Demand(pages=2))
        assert isinstance(found, Standing)
        assert (found.held.pages, found.in_flight) == (2, 1)
        await limits_of(one).settle(key, held, charge(key, 2))
        found = await limits_of(other).reserve(key, Demand(pages=2))
        assert isinstance(found, Standing)
        assert (found.spent.pages, found.held.pages, found.in_flight) == (2, 0, 0)


async def test_a_revoked_key_holds_nothing_from_then_on(url: str) -> None:
    async with opened(url, 2) as (one, other):
        _, key = await one.accounts.create("team", 1.0, rpm=5)
        await one.accounts.revoke([key.id], 2.0)
        with pytest.raises(KeyGone):
            await limits_of(other).reserve(key, Demand())


async def test_who_stops_waiting_for_a_reservation_holds_none(url: str) -> None:
    async with opened(url) as (storage,):
        _, key = await storage.accounts.create("team", 1.0, max_concurrency=1)
        for _ in range(5):
            with anyio.CancelScope() as scope:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(limits_of(storage).reserve, key, Demand())
                    await anyio.sleep(0)
                    scope.cancel()
            await limits_of(storage).flushed()
        with anyio.fail_after(10):
            while not isinstance(await limits_of(storage).reserve(key, Demand()), Reservation):
                await anyio.sleep(0.01)


async def test_charges_outlive_a_restart_of_the_database_and_count_once() -> None:
    if (programs := binaries()) is None:
        pytest.skip("there is no PostgreSQL server: apt-get install postgresql")
    with ExitStack() as stack:
        server = await anyio.to_thread.run_sync(stack.enter_context, running(programs))
        try:
            async with opened(await anyio.to_thread.run_sync(server.new)) as (storage,):
                _, key = await storage.accounts.create("team", 1.0, budget_pages=100)
                limits = limits_of(storage)
                held = [await limits.reserve(key, Demand(pages=5)) for _ in range(3)]
                await limits.settle(key, held[0], charge(key, 1))
                await anyio.to_thread.run_sync(server.stop)
                await limits.settle(key, held[1], charge(key, 2))
                with pytest.raises(StorageUnavailable):
                    await limits.reserve(key, Demand())
                with pytest.raises(StorageUnavailable):
                    await storage.files.get("x", "o")
                await anyio.to_thread.run_sync(server.start)
                await limits.settle(key, held[2], charge(key, 4))
                assert [(row.requests, row.pages) for row in await storage.accounts.spend()] == [(3, 7)]
                found = await limits.reserve(key, Demand(pages=94))
                assert isinstance(found, Standing)
                assert (found.spent.pages, found.held.pages, found.in_flight) == (7, 0, 0)
        finally:
            await anyio.to_thread.run_sync(stack.close)


async def test_a_database_that_refuses_is_asked_again_and_again(url: str, postgres_server: Server) -> None:
    name = url.rpartition("/")[2].partition("?")[0]
    async with opened(url) as (storage,):
        _, key = await storage.accounts.create("team", 1.0, budget_pages=9)
        held = await limits_of(storage).reserve(key, Demand())
        move = "ALTER SCHEMA ocr_async RENAME TO elsewhere"
        await anyio.to_thread.run_sync(postgres_server.sql, move, name)
        for refused in (
            storage.accounts.look(),
            storage.files.get("x", "o"),
            limits_of(storage).reserve(key, Demand()),
        ):
            with pytest.raises(StorageUnavailable):
                await refused
        await limits_of(storage).settle(key, held, charge(key, 3))
        await anyio.to_thread.run_sync(postgres_server.sql, "ALTER SCHEMA elsewhere RENAME TO ocr_async", name)
        await storage.accounts.look()
        assert [row.pages for row in await storage.accounts.spend()] == [3]


EACH: dict[str, st.SearchStrategy[Any]] = {
    "rpm": st.integers(1, 4),
    "pages_per_minute": st.integers(1, 9),
    "max_concurrency": st.integers(1, 3),
    "budget_pages": st.integers(1, 20),
    "budget_usd": st.sampled_from([0.5, 1.0, 2.5]),
}
# one or two, or one would hide the others
LIMITS = st.lists(st.sampled_from(sorted(EACH)), min_size=1, max_size=2, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: EACH[name] for name in names})
)
REQUESTS = st.lists(
    st.one_of(
        st.builds(
            Demand, pages=st.none() | st.integers(1, 6), most=st.integers(1, 8), price=st.sampled_from([None, 0, 0.125])
        ),
        st.integers(0, 4),  # pages that the oldest request in flight came to; 0: it failed
    ),
    max_size=12,
)


async def test_the_database_decides_as_one_process_does_in_its_memory(url: str) -> None:
    async with opened(url) as (storage,):
        cases: list[tuple[dict[str, Any], list[Any]]] = []

        @settings(max_examples=100, deadline=None, database=None)
        @given(LIMITS, REQUESTS)
        def collect(limits: dict[str, Any], requests: list[Any]) -> None:
            cases.append((limits, requests))

        await anyio.to_thread.run_sync(collect)
        for number, (limits, requests) in enumerate(cases):
            _, key = await storage.accounts.create(f"key-{number}", 1.0, **limits)
            assert await by_database(storage, key, requests) == by_memory(key, requests), (limits, requests)


def by_memory(key: Key, requests: list[Any]) -> list[Any]:
    access = Access(master=b"", clock=lambda: 1000.0)
    access.agree([key], {})
    decided: list[Any] = []
    with ExitStack() as left:
        in_flight = []
        for request in requests:
            if isinstance(request, Demand):
                block = ExitStack()
                try:
                    held = block.enter_context(access.admit(key, "ocr", request))
                except HTTPError:
                    decided.append(None)
                    continue
                decided.append((held.pages, round(held.usd, 6)))
                in_flight.append((block, held))
                left.push(block)
            elif in_flight:
                block, held = in_flight.pop(0)
                if request:
                    held.charge(request, request / 8)
                block.close()
    return decided


async def by_database(storage: PostgresStorage, key: Key, requests: list[Any]) -> list[Any]:
    limits, decided, in_flight = limits_of(storage), list[Any](), list[Reservation]()
    for request in requests:
        if isinstance(request, Demand):
            held = await limits.reserve(key, request)
            decided.append((held.pages, round(held.usd, 6)) if isinstance(held, Reservation) else None)
            in_flight += [held] if isinstance(held, Reservation) else []
        elif in_flight:
            await limits.settle(key, in_flight.pop(0), charge(key, request) if request else None)
    return decided


# --- batches and answers ------------------------------------------------------------------------------------------


async def test_a_batch_is_one_gateways_until_that_is_silent_and_then_anothers(url: str) -> None:
    async with opened(url, 2) as (one, other):
        made = job(1, total=3)
        await inline(one, made, b'{"n":0}\n{"n":1}\n{"n":2}')
        await started(one, made)
        await one.batches.add(made, Line(number=1, text=b"one"))
        await one.batches.add(made, Line(number=1, text=b"one"))  # as after an answer that was lost
        assert not await other.batches.claim(made.id)
        assert await other.batches.unfinished() == []
        await silent(one)
        assert [found.id for found in await other.batches.unfinished()] == [made.id]
        assert await other.batches.claim(made.id)
        await one.process.renew()
        assert not await one.batches.claim(made.id)
        for refused in (one.batches.add(made, Line(number=0, text=b"late")), one.batches.finish(made, "SUCCESS", 1)):
            with pytest.raises(LeaseLost):
                await refused
        async with aclosing(await other.batches.requests(made, 100)) as lines:
            assert [number async for number, _, done in lines if not done] == [0, 2]
        for number in (0, 2):
            await other.batches.add(made, Line(number=number, text=b"x"))
        ended = await other.batches.finish(made, "SUCCESS", 9)
        assert (ended.succeeded, ended.failed, ended.status) == (3, 0, "SUCCESS")
        async with one.files.on_disk(ended.output_file or "") as path:
            assert await anyio.to_thread.run_sync(path.read_bytes) == b"one\nx\nx\n"


async def test_an_answer_is_made_by_one_gateway_and_by_another_if_that_is_silent(url: str) -> None:
    async with opened(url, 2) as (one, other):
        assert await one.answers.claim("o", "key", "f") is None
        assert await other.answers.claim("o", "key", "g") == AnsweredElsewhere("f")
        await silent(one)
        assert await other.answers.claim("o", "key", "f") is None
        await other.answers.keep("o", "key", "f", 200, {}, b"made")
        await one.answers.release("o", "key")
        assert isinstance(await one.answers.claim("o", "key", "f"), Answer)


async def test_what_an_ended_gateway_held_is_free_at_once(url: str) -> None:
    async with opened(url) as (one,):
        _, key = await one.accounts.create("team", 1.0, max_concurrency=1)
        made = job(1)
        async with opened(url) as (other,):
            await inline(other, made, b"{}")
            await started(other, made)
            assert isinstance(await limits_of(other).reserve(key, Demand()), Reservation)
            assert await other.answers.claim("o", "key", "f") is None
        assert isinstance(await limits_of(one).reserve(key, Demand()), Reservation)
        assert await one.batches.claim(made.id)
        assert await one.answers.claim("o", "key", "f") is None


async def test_bytes_that_nothing_refers_to_are_swept(url: str, postgres_server: Server) -> None:
    name = url.rpartition("/")[2].partition("?")[0]

    async def pieces() -> str:
        query = "SELECT count(*) FROM ocr_async.pieces"
        return await anyio.to_thread.run_sync(postgres_server.sql, query, name)

    async with opened(url, 2) as (one, other), one.files.receive(3) as incoming:
        await incoming.write(b"abc")
        await incoming.finish()
        await other.blobs.sweep()
        assert await pieces() == "1"  # it is still being written
        await silent(one)
        await other.blobs.sweep()
        assert await pieces() == "0"


async def test_names_and_words_with_a_zero_character_are_kept_as_they_can_be(url: str) -> None:
    async with opened(url) as (storage,):
        made = evolve(job(1), metadata={"a": "x\0y"})
        await inline(storage, made, b"{}")
        assert await storage.batches.get(made.id, "o") == made
        assert await storage.batches.get("\0", "o") is None
        assert await storage.files.get("\0", "o") is None
        assert await storage.accounts.find(key_id="\0", alias="a\0") is None


# --- limits ---------------------------------------------------------------------------------------------------------


@define(eq=False)
class Counting(Database):
    """A database that counts the statements that change something."""

    statements: int = 0

    async def change(self, query: str, *values: Any) -> list[Any]:
        self.statements += 1
        return await Database.change(self, query, *values)


async def test_what_was_counted_is_given_back_with_the_request_that_follows(url: str) -> None:
    async with opened(url) as (storage,):
        _, key = await storage.accounts.create("team", 1.0, budget_pages=9, max_concurrency=1)
        database = Counting(storage.database.pool)
        ledger = Ledger(database, storage.process)
        limits = StorageLimits(Access(master=bytes(32)), storage.accounts, ledger)
        async with limits.counting(key, None):
            assert database.statements == 1
        async with limits.admit(key, "ocr", Demand(pages=2)) as reservation:  # it would be one too many beside it
            assert (database.statements, reservation.pages) == (2, 2)
        assert database.statements == 3
        await ledger.close()
