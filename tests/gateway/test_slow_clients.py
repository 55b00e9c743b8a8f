"""Clients that say too little, too slowly, or never take their answer: they are closed, and others served meanwhile."""

from __future__ import annotations

import io
import json
import resource
import time
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import anyio
import anyio.abc
import pytest

from ocr_async.gateway.intake import bodies as intake
from tests import faults
from tests.gateway.conftest import Running, Start, configured, mistral_at
from tests.gateway.test_files import upload
from tests.gateway.test_safety import ASKED, head
from tests.upstream import Upstream


pytestmark = pytest.mark.anyio


async def test_slow_clients_are_closed_and_others_served_meanwhile(start: Start) -> None:
    closed: list[str] = []

    async def slow(name: str, gateway: Running, *pieces: bytes, pause: float) -> None:
        received = await gateway.raw(*pieces, pause=pause, seconds=20.0)
        closed.append(name)
        assert received == b"" or b" 408 " in received[:20] or b" 400 " in received[:20], (name, received)

    body = head(b"", b"Content-Length: 1000")
    async with start(first_head=1.0) as gateway, anyio.create_task_group() as tasks:
        began = time.perf_counter()
        tasks.start_soon(partial_slow(slow, "nothing", gateway, pause=0.0))
        tasks.start_soon(partial_slow(slow, "half a head", gateway, b"POST /v1/ocr HT", pause=0.0))
        tasks.start_soon(partial_slow(slow, "a dripped head", gateway, *[b"G"] * 100, pause=0.1))
        tasks.start_soon(partial_slow(slow, "no body", gateway, body, pause=0.0))
        tasks.start_soon(partial_slow(slow, "a dripped body", gateway, body, *[b" "] * 100, pause=0.1))
        for _ in range(5):
            asked = time.perf_counter()
            assert (await gateway.get("/health"))[0] == 200
            assert time.perf_counter() - asked < 1
            await anyio.sleep(0.2)
    assert time.perf_counter() - began < intake.GRACE + 5 + 10
    assert len(closed) == 5


def big(upstream: Upstream, size: int) -> bytes:
    text = "".join(map(str, range(size // 6)))[:size]  # no two parts of which are alike
    page = {"index": 0, "markdown": text, "images": [], "dimensions": None}
    body = json.dumps({"pages": [page], "model": "m", "usage_info": {"pages_processed": 1}}).encode()
    upstream.default = faults.answer(body)
    return body


async def test_an_answer_that_nobody_reads_is_thrown_away(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    big(upstream, 16 << 20)
    asked = json.dumps(ASKED).encode()
    async with start(await configured(tmp_path, mistral_at(upstream)), unread=0.5) as gateway:
        received = 0
        async with await anyio.connect_tcp("127.0.0.1", gateway.port) as stream:
            await stream.send(head(asked, b"Content-Length: %d" % len(asked)))
            await anyio.sleep(2.0)
            with anyio.fail_after(10), suppress(anyio.EndOfStream, anyio.BrokenResourceError):
                while True:
                    received += len(await stream.receive(1 << 20))
        assert 0 < received < 16 << 20  # what the kernel had taken
        assert (await gateway.get("/health"))[0] == 200


async def test_an_answer_that_is_read_slowly_is_given_whole(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    body = big(upstream, 16 << 20)
    asked = json.dumps(ASKED).encode()
    async with start(await configured(tmp_path, mistral_at(upstream)), unread=1.0) as gateway:
        stream = await anyio.connect_tcp("127.0.0.1", gateway.port)
        await stream.send(head(asked, b"Content-Length: %d" % len(asked), b"Connection: close"))
        received, began = bytearray(), time.perf_counter()
        async with stream:
            with suppress(anyio.EndOfStream):
                while True:
                    received += await stream.receive(1 << 19)  # 32 pieces or more, so 1.6 s
                    await anyio.sleep(0.05)
        assert time.perf_counter() - began > 1.5
    assert received.partition(b"\r\n\r\n")[2] == body


async def taken(gateway: Running, file: str, pause: float, *, each: float = 0.0) -> int:
    """Return how many bytes of the uploaded *file* come to a client that reads after a *pause*, and slowly."""
    received = 0
    async with await anyio.connect_tcp("127.0.0.1", gateway.port) as stream:
        await stream.send(b"GET /v1/files/%b/content HTTP/1.1\r\nHost: localhost\r\n" % file.encode())
        await stream.send(b"Connection: close\r\n\r\n")
        await anyio.sleep(pause)
        with anyio.fail_after(60), suppress(anyio.EndOfStream, anyio.BrokenResourceError):
            while True:
                received += len(await stream.receive(1 << 19))
                await anyio.sleep(each)
    return received


async def test_a_file_that_nobody_takes_is_given_up_and_one_that_is_taken_slowly_is_given_whole(start: Start) -> None:
    async with start(unread=1.0) as gateway:
        _, file = await upload(gateway, io.BytesIO(bytes(16 << 20)))
        assert 0 < await taken(gateway, file["id"], pause=3.0) < 16 << 20  # what the kernel had taken
        assert await taken(gateway, file["id"], pause=0.0, each=0.02) > 16 << 20


def partial_slow(function: Any, *arguments: Any, **named: Any) -> Any:
    async def run() -> None:
        await function(*arguments, **named)

    return run


async def test_a_thousand_idle_connections_keep_nobody_out(start: Start) -> None:
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = min(1000, most // 2 - 200)  # both ends of each are ours
    async with start(first_head=3.0) as gateway, AsyncExitStack() as stack:
        idle = [await anyio.connect_tcp("127.0.0.1", gateway.port) for _ in range(count)]
        for stream in idle:
            stack.push_async_callback(stream.aclose)
        asked = time.perf_counter()
        assert (await gateway.get("/health"))[0] == 200
        assert time.perf_counter() - asked < 1
        with anyio.fail_after(10):  # and each of them is closed
            for stream in idle:
                assert b" 408 " in await stream.receive()
                with pytest.raises(anyio.EndOfStream):
                    await stream.receive()


async def test_one_connection_too_many_takes_the_place_of_the_one_idle_longest(start: Start) -> None:
    async with start(most_connections=8) as gateway, AsyncExitStack() as stack:
        idle = []
        for _ in range(8):
            idle.append(await stack.enter_async_context(await anyio.connect_tcp("127.0.0.1", gateway.port)))
            await anyio.sleep(0.05)
        assert (await gateway.get("/health"))[0] == 200
        still = [await is_open(stream) for stream in idle]
        assert still == sorted(still)  # the first ones are closed
        assert still.count(True) == 5  # of one address there are three quarters, of which one is the client's


async def test_a_blank_line_is_no_head(start: Start) -> None:
    async with start(first_head=0.5) as gateway:
        for blank in ((b"\r\n\r\n",), (b"\r\n", b"\r", b"\n\r\n"), (b"\r\n\r\nG",)):
            assert b" 408 " in await gateway.raw(*blank, pause=0.05, seconds=5.0)
        answer = await gateway.raw(b"\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert b" 200 " in answer[:20]


async def test_one_address_leaves_connections_to_others(start: Start) -> None:
    asked = head(b"", b"Content-Length: 1000")  # a body is awaited: these are not idle
    async with start(most_connections=8) as gateway, AsyncExitStack() as stack:
        for _ in range(8):
            stream = await stack.enter_async_context(await anyio.connect_tcp("127.0.0.1", gateway.port))
            await stream.send(asked)
            await anyio.sleep(0.05)
        assert await gateway.raw(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", seconds=2.0) == b""
        other = await stack.enter_async_context(
            await anyio.connect_tcp("127.0.0.1", gateway.port, local_host="127.0.0.2")
        )
        await other.send(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with anyio.fail_after(2):
            assert b" 200 " in await other.receive()


async def is_open(stream: anyio.abc.SocketStream) -> bool:
    with anyio.move_on_after(0.1):
        assert b" 408 " in await stream.receive()
        return False
    return True
