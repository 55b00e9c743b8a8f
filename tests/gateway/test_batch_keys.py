"""Batches whose key is revoked, expires, or has used up its budget while they are worked on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest

from ocr_async.gateway.storage.accounts import Accounts
from ocr_async.gateway.storage.local import open_accounts
from tests import faults
from tests.gateway.conftest import Running, Start, bearer, configured, mistral_at
from tests.gateway.test_batches import JOB, requests_for
from tests.gateway.test_files import MASTER
from tests.upstream import Upstream


pytestmark = pytest.mark.anyio


async def change(folder: Path, do: Callable[[Accounts, str], Awaitable[Any]]) -> str:
    """Do something to the key "team" as ``ocr-async keys`` does, in another process's place; return its id."""
    async with open_accounts(folder / "data") as accounts:
        key = await accounts.find(alias="team")
        assert key is not None
        await do(accounts, key.id)
    return key.id


async def until(gateway: Running, job: Any, key: dict[str, str], done: Callable[[Any], bool]) -> Any:
    with anyio.fail_after(30):
        while not done(job):
            await anyio.sleep(0.05)
            _, job = await gateway.get(f"/v1/batch/jobs/{job['id']}", **key)
    return job


@pytest.mark.parametrize("way", ["revoked", "expired"])
async def test_a_job_ends_with_its_key(start: Start, upstream: Upstream, tmp_path: Path, way: str) -> None:
    key = await bearer(tmp_path / "data", "team")
    upstream.default = faults.late(0.1)
    settings = {"master_key": MASTER, "max_batch_requests": 1}
    config = await configured(tmp_path, mistral_at(upstream), general_settings=settings)
    async with start(config) as gateway:
        owner = await change(tmp_path, lambda accounts, team: accounts.find(key_id=team))
        _, job = await gateway.post("/v1/batch/jobs", {**JOB, "requests": requests_for(300)}, **key)
        await until(gateway, job, key, lambda job: job["completed_requests"] >= 2)
        if way == "revoked":
            await change(tmp_path, lambda accounts, team: accounts.revoke([team], 2.0))
        else:
            await change(tmp_path, lambda accounts, team: accounts.update(team, None, expires=2.0))
        storage = gateway.gateway.storage
        assert storage is not None
        with anyio.fail_after(20):
            while (found := await storage.batches.get(job["id"], owner)) is not None and not found.ended:
                await anyio.sleep(0.05)
        assert found is not None
        asked = len(upstream.requests)
        assert (found.status, list(found.errors)) == ("FAILED", ["the key that made this job is no longer in use"])
        assert 2 <= found.succeeded == asked < 200  # what was under way is kept: it was paid for


async def test_a_job_without_budget_asks_for_nothing_until_there_is_more(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    key = await bearer(tmp_path / "data", "team", budget_pages=6)
    requests = requests_for(5)
    for one in requests:
        one["body"]["pages"] = [0, 1, 2]
    async with start(
        await configured(tmp_path, mistral_at(upstream), general_settings={"master_key": MASTER})
    ) as gateway:
        _, job = await gateway.post("/v1/batch/jobs", {**JOB, "requests": requests}, **key)
        job = await until(gateway, job, key, lambda job: job["completed_requests"] == 2)
        await anyio.sleep(1.0)
        assert len(upstream.requests) == 2
        await change(tmp_path, lambda accounts, team: accounts.update(team, None, budget_pages=15))
        job = await until(gateway, job, key, lambda job: job["status"] not in {"QUEUED", "RUNNING"})
    assert (job["status"], job["succeeded_requests"], len(upstream.requests)) == ("SUCCESS", 5, 5)


async def test_limits_of_a_key_count_for_each_request_of_a_job(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    key = await bearer(tmp_path / "data", "team")
    upstream.default = faults.late(0.1)
    settings = {"master_key": MASTER, "max_batch_requests": 1}
    config = await configured(tmp_path, mistral_at(upstream), general_settings=settings)
    async with start(config) as gateway:
        _, job = await gateway.post("/v1/batch/jobs", {**JOB, "requests": requests_for(60)}, **key)
        await until(gateway, job, key, lambda job: job["completed_requests"] >= 2)
        await change(tmp_path, lambda accounts, team: accounts.update(team, None, models=["another"]))
        job = await until(gateway, job, key, lambda job: job["status"] not in {"QUEUED", "RUNNING"})
    assert job["failed_requests"] > 0
    assert job["succeeded_requests"] + job["failed_requests"] == 60
    assert len(upstream.requests) == job["succeeded_requests"]
