"""Waiting for one's turn: first come first served, and nothing lost by those who leave."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import anyio
import pytest

from ocr_async.settings import Limits
from ocr_async.transport.limits import Account, account
from ocr_async.transport.rate_limiter import RateLimiter, Turn


pytestmark = pytest.mark.anyio


def limited(**limits: float) -> Account:
    return Account(limiter=RateLimiter(limits=Limits(**limits)))  # type: ignore[arg-type]


@asynccontextmanager
async def turn(account: Account, pages: int = 1) -> AsyncIterator[None]:
    if not account.start_now(anyio.current_time(), asked := Turn(pages)):
        await account.start(asked)
    try:
        yield
    finally:
        account.end()


async def test_they_start_in_the_order_they_came() -> None:
    busy = limited(max_concurrency=2)
    order: list[int] = []

    async def work(number: int) -> None:
        async with turn(busy):
            order.append(number)
            assert busy.limiter.in_flight <= 2
            await anyio.sleep(0.001)

    async with anyio.create_task_group() as group:
        for number in range(50):
            group.start_soon(work, number)
    assert order == list(range(50))
    assert busy.idle


async def test_no_one_overtakes_the_queue() -> None:
    busy = limited(max_concurrency=1)
    order: list[str] = []

    async def work(name: str) -> None:
        async with turn(busy):
            order.append(name)

    async with anyio.create_task_group() as group:
        async with turn(busy):
            group.start_soon(work, "first")
            await anyio.sleep(0.01)
        # A place is free, and someone waits for it.
        group.start_soon(work, "second")
    assert order == ["first", "second"]


@pytest.mark.parametrize("leaver", [0, 1, 2])
async def test_a_waiter_that_leaves_loses_nothing_for_the_others(leaver: int) -> None:
    busy = limited(max_concurrency=1)
    done: list[int] = []
    scopes = [anyio.CancelScope() for _ in range(3)]

    async def work(number: int) -> None:
        with scopes[number]:
            async with turn(busy):
                done.append(number)

    async with anyio.create_task_group() as group, turn(busy):
        for number in range(3):
            group.start_soon(work, number)
        await anyio.sleep(0.01)
        scopes[leaver].cancel()
        await anyio.sleep(0.01)
    assert done == [number for number in range(3) if number != leaver]
    assert busy.idle


async def test_a_waiter_cancelled_at_the_moment_of_its_turn_passes_it_on() -> None:
    busy = limited(max_concurrency=1)
    done: list[str] = []

    async def work(name: str, scope: anyio.CancelScope) -> None:
        with scope:
            async with turn(busy):
                done.append(name)
                await anyio.sleep(0)

    scope = anyio.CancelScope()
    async with anyio.create_task_group() as group:
        async with turn(busy):
            group.start_soon(work, "cancelled", scope)
            group.start_soon(work, "next", anyio.CancelScope())
            await anyio.sleep(0.01)
        scope.cancel()  # after it was woken, before it ran
    assert done[-1] == "next"
    assert busy.idle


async def test_requests_per_second_are_kept() -> None:
    account = limited(requests_per_second=20)
    starts: list[float] = []

    async def work() -> None:
        async with turn(account):
            starts.append(anyio.current_time())

    async with anyio.create_task_group() as group:
        for _ in range(30):
            group.start_soon(work)
    assert starts[19] - starts[0] < 0.95
    assert starts[20] - starts[0] >= 1.0


async def test_a_gate_that_opens_wakes_the_first() -> None:
    account = Account()
    first = Turn(1)
    account.limiter.start(0, first)
    started = anyio.current_time()
    account.limiter.throttle(started, 0.1, first)
    account.end()
    with anyio.fail_after(5):
        async with turn(account):
            assert anyio.current_time() - started >= 0.1


async def test_a_free_place_is_taken_without_waiting() -> None:
    account = Account()
    assert account.start_now(anyio.current_time(), Turn(1))
    account.end()
    assert account.idle


async def test_callers_of_one_key_share_an_account() -> None:
    first = account(("https://a", "1"), Limits(max_concurrency=8))
    assert account(("https://a", "1"), Limits()) is first
    assert account(("https://a", "2"), Limits()) is not first
    assert account(("https://b", "1"), Limits()) is not first


async def test_idle_accounts_do_not_pile_up() -> None:
    kept = account(("https://a", "kept"), Limits())
    kept.limiter.start(0, Turn(1))
    for number in range(3000):
        account(("https://a", str(number)), Limits())
    assert account(("https://a", "kept"), Limits()) is kept
    first = account(("https://a", "0"), Limits())
    assert first.limiter.in_flight == 0
    kept.end()


def test_each_loop_has_its_own_accounts() -> None:
    found = [anyio.run(partial(_account_of_a_loop)) for _ in range(2)]
    assert found[0] is not found[1]


async def _account_of_a_loop() -> Account:
    return account(("https://a", "1"), Limits())


async def test_whoever_leaves_as_their_turn_comes_gives_it_to_the_next() -> None:
    busy = limited(max_concurrency=1)
    await busy.start(Turn(1))
    started: list[str] = []
    leaving = anyio.CancelScope()

    async def first() -> None:
        with leaving:
            await busy.start(Turn(1))
            started.append("first")

    async def second() -> None:
        await busy.start(Turn(1))
        started.append("second")

    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(first)
            group.start_soon(second)
            await anyio.wait_all_tasks_blocked()
            leaving.cancel()
            busy.end()  # counts the first in, who has not been told yet that it is to leave
    assert started == ["second"]
    busy.end()
    assert busy.idle
