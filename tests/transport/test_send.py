"""What is sent, and what becomes of each status, over a real connection."""

from __future__ import annotations

import asyncio
import gc
import math
import pickle
import threading
import time
import traceback
import weakref
from email.utils import formatdate
from typing import Any

import anyio
import pytest
from attrs import define, field

from ocr_async.errors import (
    AuthenticationFailed,
    OCRError,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
)
from ocr_async.events import Event, RequestDelayed, RequestSent, ResponseReceived, RetryScheduled
from ocr_async.settings import Limits, RetryPolicy
from ocr_async.steps import HttpResponse
from ocr_async.transport.conditions import Tally
from ocr_async.transport.limits import account
from ocr_async.transport.retry import Budget
from ocr_async.transport.send import sender
from tests import faults
from tests.transport.calls import KEY, conditions, ocr, poll, send
from tests.upstream import Exchange, Upstream
from tests.upstream import upstream as serve


pytestmark = pytest.mark.anyio


# --- what is sent ----------------------------------------------------------------------------------------------------


async def test_a_request_carries_its_body_its_headers_and_ids(upstream: Upstream) -> None:
    tally = Tally()
    answer = await send(upstream, tally=tally)
    (received,) = upstream.requests
    assert [page["index"] for page in answer["pages"]] == [0, 1]
    assert received.json == ocr(upstream).json
    assert received.headers["authorization"] == f"Bearer {KEY}"
    assert received.headers["content-type"] == "application/json"
    assert int(received.headers["content-length"]) == len(received.body)
    assert received.headers["user-agent"].startswith("ocr_async")
    assert len(received.headers["idempotency-key"]) == 36
    assert received.headers["x-request-id"]
    assert "cookie" not in received.headers
    assert (tally.attempts, tally.request_id) == (1, "upstream-1")


async def test_an_id_whose_bytes_are_no_text_can_be_stored(upstream: Upstream) -> None:
    async def named(exchange: Exchange) -> None:
        await exchange.read()
        await exchange.write(b"HTTP/1.1 200 Fine\r\nX-Request-Id: \xc3\xa9\xff\r\nContent-Length: 2\r\n\r\n{}")

    upstream.script.append(named)
    tally = Tally()
    await send(upstream, tally=tally)
    assert tally.request_id == "é\ufffd"


async def test_repeats_share_the_idempotency_key_but_not_the_request_id(upstream: Upstream) -> None:
    upstream.script += [faults.status(503), faults.status(503)]
    await send(upstream)
    await send(upstream)
    keys = [received.headers["idempotency-key"] for received in upstream.requests]
    assert keys[0] == keys[1] == keys[2] != keys[3]
    assert len({received.headers["x-request-id"] for received in upstream.requests}) == 4


async def test_a_get_has_no_body_and_no_idempotency_key(upstream: Upstream) -> None:
    assert await send(upstream, poll(upstream)) == {"ok": True}
    (received,) = upstream.requests
    assert received.method == "GET"
    assert received.body == b""
    assert "idempotency-key" not in received.headers
    assert "content-type" not in received.headers


async def test_cookies_are_not_kept(upstream: Upstream) -> None:
    upstream.script.append(faults.answer(b'{"pages": []}', {"Set-Cookie": "session=1; Path=/"}))
    await send(upstream)
    await send(upstream)
    assert "cookie" not in upstream.requests[1].headers


# --- statuses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 409, 425, 429, 503, 529])
async def test_what_was_not_processed_is_repeated_without_risk(upstream: Upstream, status: int) -> None:
    upstream.script += [faults.status(status)] * 3
    tally = Tally()
    assert (await send(upstream, tally=tally))["pages"]
    assert tally.attempts == len(upstream.requests) == 4
    assert upstream.billed_twice == {}


@pytest.mark.parametrize("status", [408, 409, 425, 503])
async def test_it_ends_after_the_attempts_of_the_policy(upstream: Upstream, status: int) -> None:
    upstream.script += [faults.status(status, {"message": "busy"}, {"X-Request-ID": "r-7"})] * 9
    with pytest.raises(ProviderUnavailable, match=f"mistral answered {status} .*busy.*after 4 attempts") as caught:
        await send(upstream)
    assert len(upstream.requests) == 4
    assert (caught.value.status, caught.value.request_id, caught.value.provider) == (status, "r-7", "mistral")
    assert caught.value.excerpt == '{"message": "busy"}'


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_what_may_have_been_processed_is_repeated_twice_at_most(upstream: Upstream, status: int) -> None:
    upstream.script += [faults.status(status)] * 9
    with pytest.raises(ProviderUnavailable):
        await send(upstream)
    assert len(upstream.requests) == 3
    assert set(upstream.billed.values()) == {3}


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_never_bill_twice_means_it(upstream: Upstream, status: int) -> None:
    upstream.script += [faults.status(503), faults.status(status)]
    with pytest.raises(ProviderUnavailable):
        await send(upstream, policy=RetryPolicy(base=0.01, never_bill_twice=True))
    assert len(upstream.requests) == 2
    assert upstream.billed_twice == {}


@pytest.mark.parametrize(
    ("status", "body", "error", "text"),
    [
        (400, faults.FASTAPI_422, RequestRejected, "body.document: Field required"),
        (401, {"detail": "Unauthorized"}, AuthenticationFailed, "does not accept the key"),
        (402, {"error": {"message": "no credit"}}, RequestRejected, "no credit"),
        (403, b"<html>", AuthenticationFailed, "403"),
        (404, {"detail": "Not Found"}, RequestRejected, "Not Found"),
        (413, b"", RequestRejected, "413"),
        (422, faults.FASTAPI_422, RequestRejected, "body.document: Field required"),
    ],
)
async def test_a_refusal_is_not_repeated_and_says_why(
    upstream: Upstream, status: int, body: Any, error: type[ProviderError], text: str
) -> None:
    upstream.script += [faults.status(status, body)]
    with pytest.raises(error, match=text) as caught:
        await send(upstream)
    assert type(caught.value) is error
    assert caught.value.status == status
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_a_redirected_post_is_never_followed(upstream: Upstream, code: int) -> None:
    async with serve() as other:
        upstream.script.append(faults.redirect(f"{other.url}/v1/ocr", code))
        with pytest.raises(RequestRejected, match=r"redirects .* not followed: give its final address"):
            await send(upstream)
        assert len(upstream.requests) == 1
        assert other.requests == []


async def test_a_redirected_poll_is_followed_within_its_origin_only(upstream: Upstream) -> None:
    upstream.script.append(faults.redirect("/v1/jobs/2"))
    assert await send(upstream, poll(upstream)) == {"ok": True}
    assert [received.path for received in upstream.requests] == ["/v1/jobs/1", "/v1/jobs/2"]
    async with serve() as other:
        upstream.script.append(faults.redirect(f"{other.url}/v1/jobs/1"))
        with pytest.raises(RequestRejected, match="redirects"):
            await send(upstream, poll(upstream))
        assert other.requests == []
    upstream.script += [faults.redirect(f"/v1/jobs/{number}") for number in range(10, 20)]
    with pytest.raises(RequestRejected, match="redirects"):
        await send(upstream, poll(upstream))


async def test_the_server_may_say_itself_whether_to_retry(upstream: Upstream) -> None:
    upstream.script.append(faults.status(503, headers={"x-should-retry": "false"}))
    with pytest.raises(ProviderUnavailable):
        await send(upstream)
    assert len(upstream.requests) == 1
    upstream.script.append(faults.status(400, headers={"x-should-retry": "true"}))
    await send(upstream)
    assert len(upstream.requests) == 3


# --- Retry-After -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [{"Retry-After": "0.3"}, {"retry-after-ms": "300"}, {"x-ms-retry-after-ms": "300"}],
    ids=lambda headers: next(iter(headers)),
)
async def test_a_retry_is_not_earlier_than_told(upstream: Upstream, headers: dict[str, str]) -> None:
    upstream.script.append(faults.status(429, headers=headers))
    await send(upstream)
    first, second = (received.at for received in upstream.requests)
    assert 0.3 <= second - first < 5


async def test_a_date_to_retry_after_is_read_by_the_servers_clock(upstream: Upstream) -> None:
    skewed = time.time() + 3600
    headers = {"Retry-After": formatdate(skewed + 1, usegmt=True), "Date": formatdate(skewed, usegmt=True)}
    upstream.script.append(faults.status(429, headers=headers))
    await send(upstream)
    first, second = (received.at for received in upstream.requests)
    assert 1.0 <= second - first < 5


async def test_a_longer_wait_than_allowed_is_left_to_the_caller(upstream: Upstream) -> None:
    upstream.script.append(faults.status(429, headers={"Retry-After": "120"}))
    with pytest.raises(RateLimited, match="asks to wait 120 s") as caught:
        await send(upstream)
    assert caught.value.retry_after == 120
    assert len(upstream.requests) == 1


async def test_nor_does_it_hold_the_account_back_for_longer_than_a_caller_would_wait(upstream: Upstream) -> None:
    upstream.script.append(faults.status(429, headers={"Retry-After": "86400"}))
    policy = RetryPolicy(max_retry_after=0.3)
    with pytest.raises(RateLimited):
        await send(upstream, policy=policy)
    with anyio.fail_after(8):
        await send(upstream, policy=policy)
    first, second = (received.at for received in upstream.requests)
    assert second - first >= 0.3


async def test_one_callers_429_holds_back_the_others_of_the_account(upstream: Upstream) -> None:
    upstream.script.append(faults.status(429, headers={"Retry-After": "0.4"}))
    async with anyio.create_task_group() as group:
        group.start_soon(send, upstream)
        await anyio.sleep(0.1)
        group.start_soon(send, upstream)
    times = [received.at for received in upstream.requests]
    assert len(times) == 3
    assert min(times[1:]) - times[0] >= 0.4


# --- what may not be repeated ----------------------------------------------------------------------------------------


async def test_what_is_not_repeatable_is_lost_rather_than_repeated(upstream: Upstream) -> None:
    upstream.script.append(faults.reset())
    with pytest.raises(ProviderUnavailable):
        await send(upstream, ocr(upstream, repeatable=False))
    assert len(upstream.requests) == 1
    upstream.script.append(faults.status(503))
    await send(upstream, ocr(upstream, repeatable=False))
    assert len(upstream.requests) == 3


async def test_a_lost_poll_is_repeated_even_if_nothing_may_be_billed_twice(upstream: Upstream) -> None:
    upstream.script += [faults.status(500, worked=False)] * 3
    policy = RetryPolicy(base=0.01, cap=0.02, never_bill_twice=True)
    assert await send(upstream, poll(upstream), policy=policy) == {"ok": True}
    assert len(upstream.requests) == 4


async def test_an_account_that_mostly_fails_stops_repeating() -> None:
    async with serve(default=faults.status(503)) as server:
        policy = RetryPolicy(attempts=100, base=0.0)
        with pytest.raises(ProviderUnavailable, match="too many requests to this account fail"):
            await send(server, policy=policy)
        assert len(server.requests) == 1 + Budget.CAPACITY // Budget.COST
        with pytest.raises(ProviderUnavailable):
            await send(server, policy=policy)
        assert len(server.requests) == 2 + Budget.CAPACITY // Budget.COST
        # Another key of the same server has its own.
        server.script += [faults.status(503)] * 3
        other = conditions(server, account=(server.url, "other"))
        with pytest.raises(ProviderUnavailable, match="after 4 attempts"):
            await sender(other)(ocr(server))


# --- cancellation ----------------------------------------------------------------------------------------------------


async def test_cancelling_closes_the_connection_and_repeats_nothing(upstream: Upstream) -> None:
    upstream.script.append(faults.silence())
    with anyio.move_on_after(0.2) as scope:
        await send(upstream)
    assert scope.cancelled_caught
    with anyio.fail_after(5):
        await upstream.left_early.wait()
    await anyio.sleep(0.05)
    assert upstream.open_connections == 0
    assert len(upstream.requests) == 1
    await send(upstream)
    assert upstream.requests[1].connection == 1


async def test_a_cancelled_task_ends_cancelled(upstream: Upstream) -> None:
    upstream.script += [faults.status(429, headers={"Retry-After": "5"})]
    task = asyncio.create_task(send(upstream))
    await anyio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(upstream.requests) == 1


async def test_nothing_of_a_cancelled_call_stays_counted(upstream: Upstream) -> None:
    limits = Limits(max_concurrency=2)
    upstream.script += [faults.silence()] * 2
    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(lambda: send(upstream, limits=limits))
        await anyio.sleep(0.2)
        group.cancel_scope.cancel()
    assert account((upstream.url, "digest"), limits).idle
    await send(upstream, limits=limits)


# --- secrets and events ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Authorization", "x-api-key", "api-key", "Ocp-Apim-Subscription-Key"])
@pytest.mark.parametrize("status", [200, 400, 401, 500])
async def test_no_error_shows_the_key(upstream: Upstream, name: str, status: int) -> None:
    body = {"error": {"message": f"bad key {KEY}"}}
    upstream.script.append(faults.status(status, body, {"X-Echo": KEY}, worked=False))
    value = f"Bearer {KEY}" if name == "Authorization" else KEY
    with pytest.raises(OCRError) as caught:
        await send(upstream, ocr(upstream, headers={name: value}), policy=RetryPolicy(attempts=1))
    error = caught.value
    shown = [*traceback.format_exception(error), repr(error), repr(error.__dict__), repr(error.__cause__)]
    assert not any(KEY in text for text in shown)
    assert pickle.loads(pickle.dumps(error)).__dict__ == error.__dict__


async def test_nor_does_an_error_that_a_parser_made_of_the_answer(upstream: Upstream) -> None:
    def quote(response: HttpResponse) -> Any:
        raise RequestRejected(f"it says: {response.body.decode()}")

    upstream.script.append(faults.answer(KEY.encode()))
    with pytest.raises(RequestRejected, match=r"it says: \[redacted\]") as caught:
        await send(upstream, ocr(upstream, parse=quote))
    assert caught.value.excerpt == "[redacted]"


async def test_an_observer_sees_how_long_a_request_waited_for_its_turn(upstream: Upstream) -> None:
    upstream.default = faults.late(0.2)
    events: list[Event] = []
    two = Limits(max_concurrency=2)
    await asyncio.gather(*(send(upstream, observer=events.append, limits=two) for _ in range(3)))
    (delayed,) = [event for event in events if isinstance(event, RequestDelayed)]
    assert (delayed.provider, delayed.seconds > 0.1) == ("mistral", True)


async def test_an_observer_sees_each_request_and_each_pause(upstream: Upstream) -> None:
    upstream.script += [faults.reset(), faults.status(503)]
    events: list[Event] = []
    await send(upstream, observer=events.append)
    assert [type(event) for event in events] == [
        RequestSent,
        ResponseReceived,
        RetryScheduled,
        RequestSent,
        ResponseReceived,
        RetryScheduled,
        RequestSent,
        ResponseReceived,
    ]
    sent = [event for event in events if isinstance(event, RequestSent)]
    assert [(event.attempt, event.pages, event.host) for event in sent] == [(n, 2, "127.0.0.1") for n in (1, 2, 3)]
    ended = [event for event in events if isinstance(event, ResponseReceived)]
    assert [event.status for event in ended] == [None, 503, 200]
    assert ended[2].bytes > 100
    paused = [event for event in events if isinstance(event, RetryScheduled)]
    assert [(event.attempt, event.error, event.status) for event in paused] == [
        (1, "ProviderUnavailable", None),
        (2, "ProviderUnavailable", 503),
    ]


async def test_no_deadline_is_the_default() -> None:
    assert conditions("http://e.com").deadline == math.inf


async def test_large_answers_are_parsed_off_the_loop_and_one_at_a_time(upstream: Upstream) -> None:
    """A JSON decoder holds the interpreter: of two at once, the loop would wait for both."""
    at_work: list[int] = []
    most = 0

    def slow(response: HttpResponse) -> int:
        nonlocal most
        assert threading.current_thread() is not threading.main_thread()
        at_work.append(1)
        most = max(most, len(at_work))
        time.sleep(0.02)
        at_work.pop()
        return len(response.body)

    body = b" " * (2 * 1024 * 1024)
    upstream.script.extend(faults.answer(body) for _ in range(4))
    sizes: list[int] = []

    async def one() -> None:
        sizes.append(await send(upstream, ocr(upstream, parse=slow)))

    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(one)
    assert sizes == [len(body)] * 4
    assert most == 1


def test_a_loop_that_ended_is_not_kept() -> None:
    async def call_once() -> weakref.ref[asyncio.AbstractEventLoop]:
        async with serve() as server:
            await send(server)
        return weakref.ref(asyncio.get_running_loop())

    loop = asyncio.run(call_once())
    gc.collect()
    assert loop() is None


# --- what others were asked to wait ----------------------------------------------------------------------------------


@define
class Elsewhere:
    """What other processes know of a provider's pauses."""

    until: float = 0.0
    learned: list[float] = field(factory=list)

    def learn(self, seconds: float) -> None:
        self.learned.append(seconds)


async def test_a_pause_that_others_were_asked_for_is_waited_for(upstream: Upstream) -> None:
    pause = Elsewhere(anyio.current_time() + 0.5)
    await send(upstream, pause=pause)
    assert anyio.current_time() >= pause.until
    assert pause.learned == []


async def test_a_pause_longer_than_anybody_waits_refuses_at_once(upstream: Upstream) -> None:
    with pytest.raises(RateLimited) as refused:
        await send(upstream, pause=Elsewhere(anyio.current_time() + 300.0))
    assert 250 < (refused.value.retry_after or 0) <= 300
    assert upstream.requests == []
    await send(upstream)  # and holds back nobody who was not told


@pytest.mark.parametrize(("status", "told"), [(429, [90.0]), (503, [90.0]), (500, []), (404, [])])
async def test_others_are_told_what_a_429_or_a_503_asks_to_wait(
    upstream: Upstream, status: int, told: list[float]
) -> None:
    pause = Elsewhere()
    upstream.script += [faults.status(status, headers={"Retry-After": "90"})]
    with pytest.raises(ProviderError):
        await send(upstream, pause=pause, policy=RetryPolicy(attempts=1))
    assert pause.learned == told
