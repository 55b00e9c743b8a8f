"""Driving an exchange: its steps, its failures and its end."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import weakref
from typing import Any

import anyio
import pytest

from ocr_async.errors import DeadlineExceeded, RateLimited, RequestRejected, ResponseInvalid
from ocr_async.steps import Compute, Exchange, HttpRequest, clean_up, compute, http, on_thread, together, wait
from ocr_async.transport.drive import CLEANUP_SECONDS, drive


pytestmark = pytest.mark.anyio


def request(url: str, **changes: Any) -> HttpRequest[str]:
    return HttpRequest(method="GET", url=url, parse=lambda response: "", **changes)


class Sent:
    """A `send` that answers with the request's URL, or raises what is planned for it."""

    def __init__(self, plan: dict[str, Exception | float] | None = None) -> None:
        self.plan = plan or {}
        self.urls: list[str] = []
        self.cancelled: list[str] = []

    async def __call__(self, request: HttpRequest[Any]) -> Any:
        self.urls.append(request.url)
        planned = self.plan.get(request.url)
        if isinstance(planned, Exception):
            raise planned
        try:
            await anyio.sleep(planned or 0)
        except BaseException:
            self.cancelled.append(request.url)
            raise
        return request.url


async def computed(step: Compute) -> Any:
    return step.task, dict(step.arguments)


async def test_answers_go_back_into_the_exchange_in_order() -> None:
    def exchange() -> Exchange[list[Any]]:
        first = yield from http(request("1"))
        yield from wait(0.01)
        second = yield from compute("rasterise", page=3)
        return [first, second]

    assert await drive(exchange(), Sent(), computed) == ["1", ("rasterise", {"page": 3})]


async def test_what_waits_runs_on_a_thread_and_its_error_comes_back() -> None:
    def broken() -> int:
        raise ResponseInvalid("no credentials")

    def exchange() -> Exchange[list[Any]]:
        thread = yield from on_thread(threading.get_ident)
        try:
            yield from on_thread(broken)
        except ResponseInvalid as error:
            return [thread, str(error)]
        return []

    thread, said = await drive(exchange(), Sent(), computed)
    assert thread != threading.get_ident()
    assert said == "no credentials"


async def test_a_thread_is_not_waited_for_past_the_deadline() -> None:
    ended = threading.Event()

    def exchange() -> Exchange[None]:
        yield from on_thread(lambda: ended.wait(30))

    try:
        with pytest.raises(DeadlineExceeded, match="credentials"):
            await drive(exchange(), Sent(), computed, deadline=anyio.current_time() + 0.1)
    finally:
        ended.set()


async def test_an_exchange_without_steps_ends_at_once() -> None:
    def exchange() -> Exchange[int]:
        yield from ()
        return 7

    assert await drive(exchange(), Sent(), computed) == 7


async def test_a_failed_step_is_the_exchanges_to_catch() -> None:
    def exchange() -> Exchange[str]:
        try:
            yield from http(request("new"))
        except RequestRejected:
            return (yield from http(request("old")))
        raise AssertionError

    send = Sent({"new": RequestRejected("no such route", status=404)})
    assert await drive(exchange(), send, computed) == "old"
    assert send.urls == ["new", "old"]


async def test_what_it_does_not_catch_comes_out_unchanged() -> None:
    error = ResponseInvalid("not JSON")
    error.__cause__ = ValueError("line 1")
    closed = []

    def exchange() -> Exchange[str]:
        try:
            return (yield from http(request("1")))
        finally:
            closed.append(True)

    with pytest.raises(ResponseInvalid) as caught:
        await drive(exchange(), Sent({"1": error}), computed)
    assert caught.value is error
    assert isinstance(error.__cause__, ValueError)
    assert closed == [True]


@pytest.mark.parametrize("native", [False, True])
async def test_cancellation_leaves_nothing_that_parts_had_at_hand_to_the_garbage_collector(native: bool) -> None:
    class Document:
        pass

    kept: list[weakref.ref[Document]] = []

    async def reading(step: Compute) -> Any:
        document = Document()
        kept.append(weakref.ref(document))
        await anyio.sleep_forever()

    def exchange() -> Exchange[list[Any]]:
        return (yield from together([compute("read"), compute("read")]))

    async def main() -> None:
        if native:
            task = asyncio.create_task(drive(exchange(), Sent(), reading))
            await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        else:
            with anyio.move_on_after(0.01) as scope:
                await drive(exchange(), Sent(), reading)
            assert scope.cancelled_caught

    gc.disable()
    try:
        await main()
        await asyncio.sleep(0)
        assert [each() for each in kept] == [None, None]
    finally:
        gc.enable()


async def test_cancellation_closes_the_exchange_and_is_not_thrown_into_it() -> None:
    seen: list[type[BaseException]] = []

    def exchange() -> Exchange[str]:
        try:
            return (yield from http(request("1")))
        except BaseException as error:
            seen.append(type(error))
            raise

    with anyio.move_on_after(0.05) as scope:
        await drive(exchange(), Sent({"1": 30.0}), computed)
    assert scope.cancelled_caught
    assert seen == [GeneratorExit]


async def test_together_runs_at_once_and_keeps_the_order() -> None:
    def one(url: str) -> Exchange[str]:
        return (yield from http(request(url)))

    def exchange() -> Exchange[list[str]]:
        return (yield from together([one("slow"), one("fast"), one("middle")]))

    send = Sent({"slow": 0.5, "fast": 0.0, "middle": 0.45})
    started = anyio.current_time()
    assert await drive(exchange(), send, computed) == ["slow", "fast", "middle"]
    assert anyio.current_time() - started < 0.9


async def test_the_first_failure_of_together_ends_the_others_and_is_no_group() -> None:
    def one(url: str) -> Exchange[str]:
        return (yield from http(request(url)))

    def exchange() -> Exchange[list[str]]:
        return (yield from together([one("slow"), one("bad"), one("slower")]))

    error = RateLimited("slow down", status=429)
    send = Sent({"slow": 5.0, "slower": 6.0, "bad": error})
    with pytest.raises(RateLimited) as caught:
        await drive(exchange(), send, computed)
    assert caught.value is error
    assert caught.value.__context__ is None
    assert sorted(send.cancelled) == ["slow", "slower"]


async def test_the_failure_of_together_can_be_caught_by_the_exchange() -> None:
    def one(url: str) -> Exchange[str]:
        return (yield from http(request(url)))

    def exchange() -> Exchange[list[str]]:
        try:
            return (yield from together([one("bad")]))
        except RateLimited:
            return (yield from together([one("a"), one("b")]))

    assert await drive(exchange(), Sent({"bad": RateLimited("x")}), computed) == ["a", "b"]


async def test_together_of_nothing_is_nothing() -> None:
    def exchange() -> Exchange[list[str]]:
        return (yield from together([]))

    assert await drive(exchange(), Sent(), computed) == []


async def test_no_wait_goes_past_the_deadline() -> None:
    def exchange() -> Exchange[None]:
        yield from wait(30)

    started = anyio.current_time()
    with pytest.raises(DeadlineExceeded, match="30 s"):
        await drive(exchange(), Sent(), computed, deadline=started + 1)
    assert anyio.current_time() - started < 5


async def test_no_computation_goes_past_the_deadline() -> None:
    def exchange() -> Exchange[None]:
        yield from compute("recognise")

    async def slow(step: Compute) -> None:
        await anyio.sleep(30)

    with pytest.raises(DeadlineExceeded, match="recognise"):
        await drive(exchange(), Sent(), slow, deadline=anyio.current_time() + 0.05)


# --- what is cleaned up ---------------------------------------------------------------------------------------------


def uploading(then: str) -> Exchange[str]:
    yield from http(request("upload"))
    yield from clean_up(request("delete file"))
    yield from clean_up(request("delete job"))
    read: list[str] = []
    yield from clean_up(request("cancel"), unless=lambda: bool(read))
    read.append((yield from http(request(then))))
    return read[0]


async def test_what_was_uploaded_is_deleted_at_the_end_last_come_first() -> None:
    send = Sent()
    assert await drive(uploading("read"), send, computed) == "read"
    assert send.urls == ["upload", "read", "delete job", "delete file"]


async def test_what_was_uploaded_is_deleted_after_an_error_too() -> None:
    send = Sent({"read": RequestRejected("damaged", status=400)})
    with pytest.raises(RequestRejected, match="damaged"):
        await drive(uploading("read"), send, computed)
    assert send.urls == ["upload", "read", "cancel", "delete job", "delete file"]


async def test_a_deletion_that_fails_is_logged_and_hides_neither_the_result_nor_the_next(
    caplog: pytest.LogCaptureFixture,
) -> None:
    send = Sent({"delete job": RequestRejected("no such job", status=404)})
    with caplog.at_level(logging.INFO, "ocr_async"):
        assert await drive(uploading("read"), send, computed) == "read"
    assert send.urls[-1] == "delete file"
    assert "no such job" in caplog.text


@pytest.mark.parametrize("native", [True, False])
async def test_cancellation_does_not_keep_what_was_uploaded(native: bool) -> None:
    send = Sent({"read": 30.0, "delete job": 0.1})
    if native:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await drive(uploading("read"), send, computed)
    else:
        with anyio.move_on_after(0.05):
            await drive(uploading("read"), send, computed)
    assert send.cancelled == ["read"]
    assert send.urls == ["upload", "read", "cancel", "delete job", "delete file"]


@pytest.mark.parametrize("native", [True, False])
async def test_a_deletion_that_hangs_holds_a_cancellation_up_for_seconds_only(native: bool) -> None:
    send = Sent({"read": 30.0, "delete job": 30.0})
    started = anyio.current_time()
    if native:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await drive(uploading("read"), send, computed)
    else:
        with anyio.move_on_after(0.05):
            await drive(uploading("read"), send, computed)
    assert send.cancelled == ["read", "delete job"]
    assert anyio.current_time() - started < CLEANUP_SECONDS + 5


async def test_each_of_those_driven_together_is_cleaned_up_when_one_fails() -> None:
    def both() -> Exchange[list[str]]:
        return (yield from together([uploading("slow"), uploading("bad")]))

    send, cleanup = Sent({"slow": 30.0, "bad": RateLimited("slow down", status=429)}), Sent()
    with pytest.raises(RateLimited):
        await drive(both(), send, computed, cleanup=cleanup)
    assert sorted(cleanup.urls) == [each for each in ("cancel", "delete file", "delete job") for _ in range(2)]
    assert sorted(send.urls) == ["bad", "slow", "upload", "upload"]
