"""Every storage there is, behind its port: the tests of this folder ask the same of each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ocr_async.gateway.storage.local import open_storage
from ocr_async.gateway.storage.port import Storage


@pytest.fixture(params=["local"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    """Return an empty storage."""
    opened = await open_storage(tmp_path / "data")
    try:
        yield opened
    finally:
        await opened.close()
