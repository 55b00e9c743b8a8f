"""The session of a loop: one for each, closed with it, and nothing left behind."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
from collections.abc import Iterator

import aiohttp
import anyio
import pytest

from ocr_async.transport import session as sessions
from tests.transport.calls import send
from tests.upstream import Upstream
from tests.upstream import upstream as serve


@pytest.fixture(autouse=True)
def nothing_is_left_open() -> Iterator[None]:
    yield
    gc.collect()  # a session or connection left open warns when it is collected, and warnings are errors


async def _use() -> tuple[aiohttp.ClientSession, aiohttp.ClientSession]:
    async with serve() as server:
        first = await sessions.session()
        await send(server)
        await send(server)
        assert server.connections == 1
        return first, await sessions.session()


def test_a_loop_has_one_session_and_closes_it_when_it_ends() -> None:
    first, again = asyncio.run(_use())
    assert first is again
    assert first.closed
    other, _ = asyncio.run(_use())
    assert other is not first


def test_anyio_closes_it_too() -> None:
    first, _ = anyio.run(_use)
    assert first.closed


def test_two_first_callers_share_it() -> None:
    async def both() -> None:
        found: list[aiohttp.ClientSession] = []

        async def find() -> None:
            found.append(await sessions.session())

        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(find)
        assert len(set(map(id, found))) == 1

    asyncio.run(both())


def test_loops_in_threads_do_not_share() -> None:
    found: list[aiohttp.ClientSession] = []
    threads = [threading.Thread(target=lambda: found.append(asyncio.run(_use())[0])) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 3
    assert all(session.closed for session in found)


def test_it_may_be_closed_early_and_opens_again() -> None:
    async def close_and_go_on() -> None:
        async with serve() as server:
            await sessions.close()  # before there is one
            await send(server)
            first = await sessions.session()
            await sessions.close()
            await sessions.close()
            assert first.closed
            await send(server)
            assert server.connections == 2

    asyncio.run(close_and_go_on())


def test_a_process_that_ends_says_nothing() -> None:
    code = """
import asyncio
from tests.transport.test_session import _use
asyncio.run(_use(), debug=False)  # or a busy machine makes asyncio tell of slow callbacks
"""
    done = subprocess.run([sys.executable, "-X", "dev", "-W", "error", "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.anyio
async def test_idle_connections_are_dropped_before_servers_drop_them(upstream: Upstream) -> None:
    opened = await sessions.session()
    connector = opened.connector
    assert isinstance(connector, aiohttp.TCPConnector)
    assert connector.limit == 0
    assert sessions.KEEP_ALIVE < 5
    assert opened.trust_env is False
