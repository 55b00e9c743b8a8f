"""Signed addresses of files, and how they end before their time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import anyio
import anyio.to_thread
import pytest

from tests.gateway.conftest import Running, Start, bearer, configured, mistral_at
from tests.gateway.test_batch_keys import change
from tests.gateway.test_files import MASTER, upload
from tests.gateway.test_keys import command
from tests.upstream import Upstream


pytestmark = pytest.mark.anyio


async def opened(url: str) -> tuple[int, str | None]:
    async with aiohttp.ClientSession() as stranger, stranger.get(url) as answer:
        return answer.status, (await answer.json())["code"] if answer.status >= 300 else None


async def signed(gateway: Running, key: dict[str, str]) -> str:
    _, file = await upload(gateway, headers=key)
    _, address = await gateway.get(f"/v1/files/{file['id']}/url", **key)
    return str(address["url"])


async def changed(url: str) -> tuple[int, str | None]:
    with anyio.fail_after(10):
        while (found := await opened(url)) == (200, None):
            await anyio.sleep(0.05)
    return found


async def read(gateway: Running, url: str, key: str = MASTER) -> tuple[int, Any]:
    asked = {"model": "mistral-ocr", "document": {"type": "document_url", "document_url": url}}
    status, body = await gateway.post("/v1/ocr", asked, Authorization=f"Bearer {key}")
    return status, body.get("code")


async def test_a_signed_address_ends_with_the_key_that_made_it(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    key = await bearer(tmp_path / "data", "team")
    config = await configured(tmp_path, mistral_at(upstream), general_settings={"master_key": MASTER})
    async with start(config) as gateway:
        url = await signed(gateway, key)
        assert await opened(url) == (200, None)
        await change(tmp_path, lambda accounts, team: accounts.revoke([team], 2.0))
        assert await changed(url) == (403, "address_expired")
        assert await read(gateway, url) == (400, "address_expired")
    assert upstream.requests == []


async def test_a_new_secret_ends_all_signed_addresses(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    master = {"Authorization": f"Bearer {MASTER}"}
    config = await configured(tmp_path, mistral_at(upstream), general_settings={"master_key": MASTER})
    async with start(config) as gateway:
        url = await signed(gateway, master)
        done = await anyio.to_thread.run_sync(command, tmp_path / "data", "rotate-secret")
        assert (done.returncode, done.stdout) == (0, "")
        assert await changed(url) == (403, "invalid_signature")
        # it is still known as one of ours, and so never asked for over the network
        assert await read(gateway, url) == (400, "invalid_signature")
        assert await opened(await signed(gateway, master)) == (200, None)
    async with start(config) as gateway:
        assert await opened(url.replace(url.split("/v1/")[0], gateway.url)) == (403, "invalid_signature")
    assert upstream.requests == []


def test_a_secret_is_replaced_before_there_ever_was_one(tmp_path: Path) -> None:
    assert command(tmp_path, "create", "a").returncode == 0
    assert command(tmp_path, "rotate-secret").returncode == 0
