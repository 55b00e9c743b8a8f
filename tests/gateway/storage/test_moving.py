"""Keys that move from a folder to a database: once, whole, and with what they spent."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from ocr_async.gateway.storage import local
from ocr_async.gateway.storage.accounts import Charge, Demand, Key, Standing
from tests.gateway.storage.test_postgres import limits_of, opened
from tests.postgres import Server


pytestmark = pytest.mark.anyio


@pytest.fixture
async def url(postgres_server: Server) -> str:
    return await anyio.to_thread.run_sync(postgres_server.new)


async def spend(folder: Path, alias: str, pages: int) -> Key:
    """Have a gateway of the folder record *pages* of a key, and end before it wrote them down."""
    storage = await local.open_storage(folder)
    key = await storage.accounts.find(alias=alias)
    assert key is not None
    await storage.accounts.start()
    storage.accounts.record(Charge(key=key, model="ocr", pages=pages, usd=pages / 8, at=time.time()))
    await storage.close()
    return key


async def move(folder: Path, url: str) -> tuple[int, str, str]:
    command = [sys.executable, "-W", "error", "-m", "ocr_async", "keys", "move", str(folder), "--database", url]
    done = await anyio.to_thread.run_sync(
        lambda: subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    )
    return done.returncode, done.stdout, done.stderr


async def test_keys_move_with_their_budgets_and_spend_and_again_only_what_is_new(tmp_path: Path, url: str) -> None:
    async with local.open_accounts(tmp_path) as folder:
        await folder.create("team", 1.0, budget_pages=10, models=["ocr"])
        _, old = await folder.create("old", 2.0)
        _, leaves = await folder.create("leaves", 3.0)
        await folder.revoke([old.id], 4.0)
    key = await spend(tmp_path, "team", 6)
    code, told, _ = await move(tmp_path, url)
    assert (code, told.partition(": ")[2]) == (0, "3 keys, 6 pages and 0.7500 USD spent; there already: 0 keys\n")
    async with opened(url) as (storage,):
        assert await storage.accounts.find(alias="team") == key
        assert await storage.accounts.find(alias="old") is None
        await limits_of(storage).settle(key, await limits_of(storage).reserve(key, Demand()), None)
        assert (await move(tmp_path, url))[1].endswith("0 keys, 0 pages and 0.0000 USD spent; there already: 3 keys\n")
        await spend(tmp_path, "team", 3)
        async with local.open_accounts(tmp_path) as folder:
            await folder.revoke([leaves.id], 5.0)
        assert ": 0 keys, 3 pages" in (await move(tmp_path, url))[1]
        assert [(row.requests, row.pages) for row in await storage.accounts.spend()] == [(2, 9)]
        assert await storage.accounts.find(alias="leaves") is None
        found = await limits_of(storage).reserve(key, Demand(pages=2))
        assert isinstance(found, Standing)
        assert found.spent.pages == 9


async def test_nothing_moves_where_a_key_would_be_overwritten_or_a_gateway_runs(tmp_path: Path, url: str) -> None:
    async with local.open_accounts(tmp_path) as folder:
        await folder.create("mine", 1.0)
        await folder.create("both", 2.0)
    async with opened(url) as (storage,):
        await storage.accounts.create("both", 1.0)
        code, told, error = await move(tmp_path, url)
        assert (code, told) == (2, "")
        assert 'has other keys called "both"; nothing was moved' in error
        assert [key.alias for key in await storage.accounts.in_use()] == ["both"]
    running = await local.open_storage(tmp_path)
    code, _, error = await move(tmp_path, url)
    await running.close()
    assert (code, "another gateway uses the data folder" in error) == (2, True)
