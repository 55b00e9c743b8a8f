"""What a provider's limits are for several gateways, or several workers, together."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
from attrs import define, evolve, field

from ocr_async.call.routing import Deployment, Route, RouteAttempt, Router
from ocr_async.errors import RateLimited
from ocr_async.gateway.multiprocess.permits import PermitTable
from ocr_async.gateway.shared_quotas import SharedQuotas
from ocr_async.gateway.storage.failures import StorageUnavailable
from ocr_async.gateway.storage.permits import PermitsAsked, PermitsGiven
from tests.gateway.conftest import Running, configured, mistral_at, running
from tests.postgres import Server
from tests.upstream import Exchange, Upstream, mistral_answer, upstream


pytestmark = pytest.mark.anyio

ASKED = {"model": "mistral-ocr", "document": {"type": "document_url", "document_url": "https://example.com/a.pdf"}}


# --- gateways on one database -----------------------------------------------------------------------------------------


@asynccontextmanager
async def gateways(
    folder: Path, server: Upstream, postgres_server: Server, **limits: Any
) -> AsyncIterator[list[Running]]:
    """Have two gateways on one database, with *limits* of their one deployment."""
    config = await configured(folder, mistral_at(server, **limits), router_settings={"num_retries": 0})
    config = evolve(config, database=await anyio.to_thread.run_sync(postgres_server.new), fetch_urls=False)
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(running(folder / str(number), config)) for number in range(2)]


async def statuses(asked: Sequence[Running], count: int) -> Counter[int]:
    """Return how *count* requests ended that were sent to the gateways at once."""
    found: Counter[int] = Counter()

    async def one(gateway: Running) -> None:
        status, _ = await gateway.post("/v1/ocr", ASKED)
        found[status] += 1

    async with anyio.create_task_group() as tasks:
        for number in range(count):
            tasks.start_soon(one, asked[number % len(asked)])
    return found


async def test_a_providers_requests_a_minute_hold_across_gateways(tmp_path: Path, postgres_server: Server) -> None:
    async with upstream() as server, gateways(tmp_path, server, postgres_server, rpm=10) as both:
        assert await statuses(both, 30) == {200: 10, 429: 20}
        assert len(server.requests) == 10
        async with both[1].client.post(both[1].url + "/v1/ocr", json=ASKED) as answer:
            assert answer.status == 429
            assert 40 < float(answer.headers["Retry-After"]) <= 62


@define
class Busy:
    """A provider that answers after a while, and knows how many requests it had at once."""

    now: int = 0
    most: int = 0

    async def __call__(self, exchange: Exchange) -> None:
        await exchange.read()
        self.now += 1
        self.most = max(self.most, self.now)
        await anyio.sleep(0.05)
        self.now -= 1
        await exchange.json(mistral_answer(exchange.received.json, exchange.work()))


async def test_a_providers_requests_at_once_hold_across_gateways_and_all_are_served(
    tmp_path: Path, postgres_server: Server
) -> None:
    busy = Busy()
    async with upstream() as server, gateways(tmp_path, server, postgres_server, max_parallel_requests=3) as both:
        server.default = busy
        assert await statuses(both, 24) == {200: 24}
        assert busy.most == 3
        assert await statuses(both[:1], 12) == {200: 12}
        assert busy.most == 3


async def test_one_permit_for_two_gateways_serves_both(tmp_path: Path, postgres_server: Server) -> None:
    busy = Busy()
    async with upstream() as server, gateways(tmp_path, server, postgres_server, max_parallel_requests=1) as both:
        server.default = busy
        assert await statuses(both, 6) == {200: 6}
        assert busy.most == 1


async def test_without_the_database_each_gateway_keeps_to_its_part(tmp_path: Path, postgres_server: Server) -> None:
    async with upstream() as server, gateways(tmp_path, server, postgres_server, rpm=8) as both:
        first, second = both  # which knows of both, as it came last
        assert await statuses([second], 1) == {200: 1}
        name = str(second.gateway.config.database).rpartition("/")[2].partition("?")[0]
        await anyio.to_thread.run_sync(postgres_server.sql, "ALTER SCHEMA ocr_async RENAME TO elsewhere", name)
        assert await statuses([second], 10) == {200: 4, 429: 6}
        await anyio.to_thread.run_sync(postgres_server.sql, "ALTER SCHEMA elsewhere RENAME TO ocr_async", name)
        with anyio.fail_after(30):
            while (await first.post("/v1/ocr", ASKED))[0] != 429:
                pass
        assert 8 <= len(server.requests) <= 12


# --- a router and its quotas ------------------------------------------------------------------------------------------


@define
class Counting:
    """Permits of a process, which fail as long as they are told to, and count how often they were asked."""

    table: PermitTable
    process: int
    questions: int = 0
    fails: bool = False
    given: list[PermitsGiven] = field(factory=list)

    async def lease(self, asked: Sequence[PermitsAsked]) -> tuple[int, list[PermitsGiven]]:
        self.questions += 1
        await anyio.sleep(0)
        if self.fails:
            raise StorageUnavailable("gone")
        found = [self.table.lease(self.process, one) for one in asked]
        self.given += found
        return 2, found


@asynccontextmanager
async def sharing(permits: Counting, *deployments: Deployment) -> AsyncIterator[Router]:
    router = Router({"ocr": deployments})
    async with SharedQuotas(permits, {one.name: one.name for one in deployments}).running(router):
        yield router


def one(name: str = "a", **limits: Any) -> Deployment:
    return Deployment(name=name, model=f"mistral/{name}", **limits)


async def begun(router: Router) -> tuple[Route, RouteAttempt]:
    route = router.route("ocr")
    while (attempt := route.take()) is None:
        woken = anyio.Event()
        route.wake = woken.set
        with anyio.fail_after(20):
            await woken.wait()
    return route, attempt


async def test_hundreds_of_calls_are_a_few_questions() -> None:
    permits = Counting(PermitTable(), 1)
    async with sharing(permits, one(requests_per_minute=10_000, max_concurrency=5)) as router:
        for _ in range(500):
            route, attempt = await begun(router)
            route.end(attempt)
        assert permits.questions < 50


async def test_what_is_idle_is_given_back_and_asked_about_no_more() -> None:
    table = PermitTable()
    permits = Counting(table, 1)
    async with sharing(permits, one(requests_per_minute=20, max_concurrency=5)) as router:
        calls = [await begun(router) for _ in range(4)]
        for route, attempt in calls:
            route.end(attempt)
        with anyio.fail_after(20):
            while table.lease(2, PermitsAsked(deployment="a", most=5, wanted=5)).held < 5:
                await anyio.sleep(0.05)
        with anyio.fail_after(20):
            while table.lease(2, PermitsAsked(deployment="a", rpm=20, starts=16)).starts < 16:
                await anyio.sleep(0.05)
        table.forget(2)
        before = permits.questions
        await anyio.sleep(1.2)
        assert permits.questions <= before + 1


async def test_a_deployment_at_its_limit_leaves_the_call_to_the_other_and_weights_count() -> None:
    permits = Counting(PermitTable(), 1)
    deployments = one(requests_per_minute=1000, weight=3.0), one("b", requests_per_minute=1000), one("c", weight=4.0)
    async with sharing(permits, *deployments) as router:
        had = Counter([(await begun(router))[1].deployment.name for _ in range(400)])
        assert had["a"] > had["b"] > 15
        assert had["c"] > had["b"]
    permits = Counting(PermitTable(), 1)
    async with sharing(permits, one(requests_per_minute=2), one("b", requests_per_minute=3)) as router:
        assert Counter([(await begun(router))[1].deployment.name for _ in range(5)]) == {"a": 2, "b": 3}
        with pytest.raises(RateLimited) as refused:
            await begun(router)
        assert refused.value.retry_after is not None


async def test_a_call_that_is_cancelled_while_it_is_asked_about_holds_nothing() -> None:
    table = PermitTable()
    async with sharing(Counting(table, 1), one(max_concurrency=1)) as router:
        for _ in range(20):
            route = router.route("ocr")
            assert route.take() is None or route.end(route.attempts[0]) is False
            route.leave()
            await anyio.sleep(0)
        route, attempt = await begun(router)
        route.end(attempt)
        assert not router.waiting()


async def heard(router: Router, seconds: float) -> None:
    """Wait until the deployment that is asked first is known to pause for so long."""
    with anyio.fail_after(20):
        while not (pause := router.groups["ocr"][0].quota.pause) or pause.until < anyio.current_time() + seconds:
            await anyio.sleep(0.02)


async def told(table: PermitTable, seconds: float) -> None:
    """Wait until all who ask can hear that a deployment pauses for so long."""
    with anyio.fail_after(20):
        while table.lease(9, PermitsAsked(deployment="a")).pause < seconds:
            await anyio.sleep(0.02)


@pytest.mark.parametrize("limits", [{}, {"requests_per_minute": 1000, "max_concurrency": 5}])
async def test_a_pause_that_one_learned_is_kept_by_the_others(limits: dict[str, Any]) -> None:
    table = PermitTable()
    async with (
        sharing(Counting(table, 1), one(**limits)) as alone,
        sharing(Counting(table, 2), one(**limits), one("b")) as router,
    ):
        pause = (await begun(alone))[1].state.quota.pause
        assert pause is not None
        pause.learn(30.0)
        await told(table, 25)
        if not limits:  # what has limits asks before its next call begins
            await heard(router, 20)
        assert {(await begun(router))[1].deployment.name for _ in range(20)} == {"b"}
        await begun(alone)  # as a call would wait so long, and there is nobody else
        pause.learn(300.0)
        await told(table, 290)
        with pytest.raises(RateLimited) as refused:
            await begun(alone)
        assert 290 < (refused.value.retry_after or 0) <= 300
    async with sharing(Counting(table, 3), one(**limits)) as later:
        with pytest.raises(RateLimited):
            await begun(later)


async def test_many_refusals_at_once_are_one_question_and_a_short_pause_is_none() -> None:
    permits = Counting(PermitTable(), 1)
    async with sharing(permits, one()) as router:
        (state,), before = router.groups["ocr"], permits.questions
        pause = state.quota.pause
        assert pause is not None
        pause.learn(0.9)
        assert pause.until <= anyio.current_time()
        for number in range(100):
            pause.learn(30.0 + number / 1000)
            await anyio.sleep(0)
        assert pause.until > anyio.current_time() + 25  # for this process at once
        await told(permits.table, 25)
        for number in range(100):
            pause.learn(30.0 + number / 1000)
            await anyio.sleep(0)
        assert permits.questions <= before + 2  # and perhaps one that was due
        pause.learn(1e9)
        await told(permits.table, 3000)
        assert pause.until < anyio.current_time() + 3601


async def test_a_pause_is_told_when_somebody_can_be_asked_again() -> None:
    table = PermitTable()
    permits = Counting(table, 1)
    async with sharing(permits, one()) as router:
        pause = router.groups["ocr"][0].quota.pause
        assert pause is not None
        permits.fails = True
        pause.learn(30.0)
        with anyio.fail_after(20):
            while permits.questions < 3:
                await anyio.sleep(0.02)
        permits.fails = False
        await told(table, 20)


async def test_it_is_asked_again_when_somebody_can_be_asked_again() -> None:
    permits = Counting(PermitTable(), 1)
    async with sharing(permits, one(max_concurrency=4)) as router:
        permits.fails = True
        calls = [await begun(router) for _ in range(2)]
        third = router.route("ocr")
        assert third.take() is None
        third.leave()
        permits.fails = False
        calls += [await begun(router) for _ in range(2)]
        assert permits.given[-1].held == 4
        for route, attempt in calls:
            route.end(attempt)
