"""Bytes that come after an answer, and answers that cannot be read: their connection serves no further request."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import anyio
import pytest

from ocr_async.errors import ResponseInvalid
from ocr_async.settings import RetryPolicy
from ocr_async.transport import session as sessions
from tests import faults
from tests.transport.calls import ocr, send
from tests.upstream import Exchange, Upstream, mistral_answer


pytestmark = pytest.mark.anyio

ONCE = RetryPolicy(attempts=1)

SURPLUS = {
    "a stray byte": b"X",
    "a stray line": b"\r\n\r\nX",
    "a second answer": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "half a head": b"HTTP/1.1 20",
    "half an answer": b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n{",
}


def _connections(upstream: Upstream) -> list[int]:
    return [received.connection for received in upstream.requests]


async def _pages(upstream: Upstream) -> list[int]:
    return [page["index"] for page in (await send(upstream, policy=ONCE))["pages"]]


async def _closed(upstream: Upstream) -> None:
    """Wait until the client has closed its connections: at once, and not when it needs the next."""
    with anyio.fail_after(sessions.KEEP_ALIVE / 2):
        while upstream.open_connections:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("surplus", SURPLUS.values(), ids=SURPLUS)
@pytest.mark.parametrize("chunked", [False, True], ids=["", "chunked"])
async def test_an_answer_with_bytes_left_over_is_used_and_its_connection_is_not(
    upstream: Upstream, surplus: bytes, chunked: bool
) -> None:
    if chunked and surplus == SURPLUS["half a head"]:
        pytest.skip("the parser keeps it to itself, and it goes with the parser when the next request begins")
    upstream.script.append(faults.surplus(surplus, chunked=chunked))
    assert await _pages(upstream) == [0, 1]
    assert await _pages(upstream) == [0, 1]
    assert _connections(upstream) == [0, 1]
    assert set(upstream.billed.values()) == {2}  # by two calls


@pytest.mark.parametrize("surplus", SURPLUS.values(), ids=SURPLUS)
async def test_what_comes_unasked_is_not_taken_for_the_next_answer(upstream: Upstream, surplus: bytes) -> None:
    upstream.script.append(faults.surplus(surplus, after=0.05))
    assert await _pages(upstream) == [0, 1]
    await _closed(upstream)
    assert await _pages(upstream) == [0, 1]
    assert _connections(upstream) == [0, 1]
    assert set(upstream.billed.values()) == {2}


async def test_a_second_answer_in_the_segments_of_the_first_is_not_taken_for_the_next(upstream: Upstream) -> None:
    async def twice(exchange: Exchange) -> None:
        await exchange.read()
        body = json.dumps({**mistral_answer(exchange.received.json, exchange.work()), "extra": "x" * 3_000_000})
        whole = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        await exchange.write(whole + whole)

    upstream.script.append(twice)
    assert await _pages(upstream) == [0, 1]
    assert "extra" not in await send(upstream, policy=ONCE)
    assert _connections(upstream) == [0, 1]


@pytest.mark.parametrize("fault", [faults.cut_json, faults.html, faults.deep_json, faults.empty])
async def test_an_answer_that_cannot_be_read_closes_its_connection(upstream: Upstream, fault: Any) -> None:
    upstream.script.append(fault())
    with pytest.raises(ResponseInvalid):
        await send(upstream, ocr(upstream, parse=lambda response: json.loads(response.body)["pages"]), policy=ONCE)
    await _closed(upstream)
    assert await _pages(upstream) == [0, 1]
    assert _connections(upstream) == [0, 1]


async def test_a_request_that_took_the_connection_meanwhile_is_answered_before_it_closes(upstream: Upstream) -> None:
    upstream.script += [faults.answer(b"[" + b" " * (4 << 20)), faults.late(0.5)]

    async def unreadable() -> None:
        with pytest.raises(ResponseInvalid):
            await send(upstream, policy=ONCE)  # so large that it is parsed on a thread

    async with anyio.create_task_group() as group:
        group.start_soon(unreadable)
        while not upstream.requests:
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        assert await _pages(upstream) == [0, 1]
    assert await _pages(upstream) == [0, 1]
    assert set(upstream.billed.values()) == {3}


async def test_a_refusal_and_an_announcement_keep_their_connection(upstream: Upstream) -> None:
    async def announced(exchange: Exchange) -> None:
        await exchange.read()
        await exchange.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        await asyncio.sleep(0.05)
        await exchange.json(mistral_answer(exchange.received.json, exchange.work()))

    upstream.script += [faults.status(503), announced]
    assert (await send(upstream))["pages"]
    assert await _pages(upstream) == [0, 1]
    assert _connections(upstream) == [0, 0, 0]
