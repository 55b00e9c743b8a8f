"""Every storage there is, behind its port: the tests of this folder ask the same of each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import anyio.to_thread
import pytest

from ocr_async.gateway.storage import local, postgres
from ocr_async.gateway.storage.port import Storage
from tests.postgres import Server


@pytest.fixture(params=["local", "postgres", "objects"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    """Return an empty storage."""
    opened: Storage
    if request.param == "local":
        opened = await local.open_storage(tmp_path / "data")
    else:
        server: Server = request.getfixturevalue("postgres_server")
        objects = request.getfixturevalue("objects") if request.param == "objects" else None
        opened = await postgres.open_storage(await anyio.to_thread.run_sync(server.new), objects=objects)
    try:
        yield opened
    finally:
        await opened.close()
