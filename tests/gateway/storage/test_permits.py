"""Permits of deployments, in the database of several gateways and in the coordinator of several workers alike."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import anyio
import anyio.to_thread
import pytest
from attrs import evolve

from ocr_async.gateway.access.control import Access
from ocr_async.gateway.multiprocess.permits import PermitTable
from ocr_async.gateway.storage.permits import KEPT, PermitsAsked, PermitsGiven
from tests.gateway.storage.test_postgres import opened, silent
from tests.postgres import Server


pytestmark = pytest.mark.anyio

Lease = Callable[[int, PermitsAsked], Awaitable[PermitsGiven]]

RATE = PermitsAsked(deployment="a", rpm=10, starts=4)
PLACES = PermitsAsked(deployment="a", most=4)


@pytest.fixture(params=["coordinator", "postgres"])
async def lease(request: pytest.FixtureRequest) -> AsyncIterator[Lease]:
    """Return what asks as one of three processes."""
    if request.param == "coordinator":
        table = PermitTable()

        async def ask(process: int, asked: PermitsAsked) -> PermitsGiven:
            return table.lease(process, asked)

        yield ask
        return
    server: Server = request.getfixturevalue("postgres_server")
    async with opened(await anyio.to_thread.run_sync(server.new), 3) as storages:

        async def ask_all(process: int, asked: PermitsAsked) -> PermitsGiven:
            processes, (given,) = await storages[process].permits.lease([asked])
            assert processes == 3
            return given

        yield ask_all


async def test_a_minute_has_no_more_permits_than_its_limit_whoever_asks(lease: Lease) -> None:
    given = [(await lease(number % 3, RATE)).starts for number in range(5)]
    assert given == [4, 4, 2, 0, 0]
    refused = await lease(0, RATE)
    assert KEPT - 10 < refused.delay <= KEPT
    assert (await lease(0, evolve(RATE, deployment="b"))).starts == 4
    assert (await lease(1, evolve(RATE, rpm=12))).starts == 2


def test_what_lasts_seconds_is_told_by_a_clock_that_nobody_sets() -> None:
    assert {PermitTable().clock, Access().clock} == {time.monotonic}


async def test_permits_that_were_not_used_are_for_others(lease: Lease) -> None:
    first = await lease(0, evolve(RATE, starts=10))
    assert (await lease(1, RATE)).starts == 0
    await lease(0, evolve(RATE, starts=0, unused={first.second: 3}))
    assert (await lease(1, RATE)).starts == 3
    await lease(0, evolve(RATE, starts=0, unused={first.second - 1000: 5}))
    assert (await lease(1, RATE)).starts == 0


async def test_calls_at_once_are_no_more_than_the_limit_and_come_to_who_lacks_some(lease: Lease) -> None:
    first = await lease(0, evolve(PLACES, wanted=9))
    assert (first.held, first.fair) == (4, 4)
    assert (await lease(1, evolve(PLACES, wanted=9))).held == 0
    told = await lease(0, evolve(PLACES, held=4, wanted=9))
    assert (told.held, told.fair) == (4, 2)
    assert (await lease(0, evolve(PLACES, held=2, wanted=9))).held == 2
    assert (await lease(1, evolve(PLACES, wanted=9))).held == 2
    assert (await lease(0, evolve(PLACES, held=2, wanted=3))).held == 2


async def test_who_wants_little_gets_it_and_the_others_share_the_rest(lease: Lease) -> None:
    places = evolve(PLACES, most=7)
    for process, wanted in ((0, 1), (1, 9), (2, 9)):
        await lease(process, evolve(places, wanted=wanted))
    fair = [(await lease(process, evolve(places, wanted=wanted))).fair for process, wanted in ((0, 1), (1, 9), (2, 9))]
    assert fair == [1, 3, 3]


async def test_what_is_given_up_is_free_and_an_idle_process_counts_no_more(lease: Lease) -> None:
    assert (await lease(0, evolve(PLACES, wanted=4))).held == 4
    assert (await lease(0, evolve(PLACES, held=0, wanted=0))).held == 0
    given = await lease(1, evolve(PLACES, wanted=9))
    assert (given.held, given.fair) == (4, 4)


@pytest.mark.parametrize("asked", [PermitsAsked(deployment="a"), RATE, PLACES], ids=["neither", "rate", "places"])
async def test_how_long_a_deployment_asked_one_to_wait_is_known_to_all(lease: Lease, asked: PermitsAsked) -> None:
    assert (await lease(0, asked)).pause == 0
    assert 290 < (await lease(0, evolve(asked, pause=300.0))).pause <= 300
    assert 590 < (await lease(1, evolve(asked, pause=600.0))).pause <= 600
    assert 590 < (await lease(2, evolve(asked, pause=5.0))).pause <= 600  # what is shorter does not end it
    assert 590 < (await lease(0, asked)).pause <= 600
    assert (await lease(0, evolve(asked, deployment="b"))).pause == 0


async def test_a_pause_ends_by_the_clock_of_those_who_keep_it(lease: Lease) -> None:
    asked = PermitsAsked(deployment="a")
    left = [(await lease(0, evolve(asked, pause=0.5))).pause]
    with anyio.fail_after(20):
        while left[-1]:
            await anyio.sleep(0.05)
            left.append((await lease(1, asked)).pause)
    assert left == sorted(left, reverse=True)


async def test_a_pause_outlives_the_gateway_that_learned_it(postgres_server: Server) -> None:
    async with opened(await anyio.to_thread.run_sync(postgres_server.new), 2) as (one, other):
        await one.permits.lease([PermitsAsked(deployment="b"), PermitsAsked(deployment="a", pause=300.0)])
        await silent(one)
        await one.process.bury()
        _, given = await other.permits.lease([PermitsAsked(deployment="a", most=2), PermitsAsked(deployment="b")])
        assert [one.pause > 290 for one in given] == [True, False]


def test_one_place_is_everybodys_in_time() -> None:
    now = [0.0]
    table, had = PermitTable(clock=lambda: now[0]), {0: 0, 1: 0, 2: 0}
    for _ in range(200):
        now[0] += 5
        for process in had:
            fair = table.lease(process, evolve(PLACES, most=1, wanted=1 + process)).fair
            table.lease(process, evolve(PLACES, most=1, held=0, wanted=1 + process))
            had[process] += fair
    assert min(had.values()) > 20


async def test_places_of_a_gateway_that_is_gone_are_free_and_those_of_one_that_ended_at_once(
    postgres_server: Server,
) -> None:
    async with AsyncExitStack() as stack:
        url = await anyio.to_thread.run_sync(postgres_server.new)
        (one, other, third) = await stack.enter_async_context(opened(url, 3))

        async def held() -> int:
            _, (given,) = await third.permits.lease([evolve(PLACES, wanted=9)])
            return given.held

        await one.permits.lease([evolve(PLACES, wanted=3)])
        await other.permits.lease([evolve(PLACES, wanted=1)])
        assert await held() == 0
        await silent(one)
        assert await held() == 3
        await other.close()
        assert await held() == 4


async def test_processes_that_ask_at_once_are_given_no_more_than_there_is(postgres_server: Server) -> None:
    url = await anyio.to_thread.run_sync(postgres_server.new)
    async with opened(url, 3) as storages:
        starts, held = [], [0, 0, 0]

        async def ask(process: int) -> None:
            for _ in range(10):
                asked = PermitsAsked(
                    deployment="a", rpm=50, starts=3, most=5, held=held[process], wanted=held[process] + 1
                )
                _, (given,) = await storages[process].permits.lease([asked])
                starts.append(given.starts)
                held[process] = given.held

        began = time.monotonic()
        async with anyio.create_task_group() as tasks:
            for process in range(3):
                tasks.start_soon(ask, process)
        assert sum(starts) == 50 or time.monotonic() - began > KEPT
        assert sum(held) == 5
