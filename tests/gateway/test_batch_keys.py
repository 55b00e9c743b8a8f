"""Batches whose key is revoked, expires, or has used up its budget while they are worked on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest

from ocr_async.gateway.access.control import Key
from ocr_async.gateway.storage.local.keys import KeyStore
from tests import faults
from tests.gateway.conftest import Running, Start, configured, mistral_at
from tests.gateway.test_batches import JOB, requests_for
from tests.gateway.test_files import MASTER
from tests.upstream import Upstream


pytestmark = pytest.mark.anyio


async def change(folder: Path, do: Callable[[KeyStore], Any]) -> Any:
    """Do as ``ocr-async keys`` does, in another process's place."""

    def work() -> Any:
        store = KeyStore.open(folder / "data")
        try:
            return do(store)
        finally:
            store.close()

    return await anyio.to_thread.run_sync(work)


def team(store: KeyStore) -> Key:
    key = store.named("team")
    assert key is not None
    return key


async def until(gateway: Running, job: Any, key: dict[str, str], done: Callable[[Any], bool]) -> Any:
    with anyio.fail_after(30):
        while not done(job):
            await anyio.sleep(0.05)
            _, job = await gateway.get(f"/v1/batch/jobs/{job['id']}", **key)
    return job


@pytest.mark.parametrize("way", ["revoked", "expired"])
async def test_a_job_ends_with_its_key(start: Start, upstream: Upstream, tmp_path: Path, way: str) -> None:
    key = {"Authorization": f"Bearer {await change(tmp_path, lambda store: store.create('team', 1.0))}"}
    upstream.default = faults.late(0.1)
    settings = {"master_key": MASTER, "max_batch_requests": 1}
    config = await configured(tmp_path, mistral_at(upstream), general_settings=settings)
    async with start(config) as gateway:
        owner = (await change(tmp_path, team)).id
        _, job = await gateway.post("/v1/batch/jobs", {**JOB, "requests": requests_for(300)}, **key)
        await until(gateway, job, key, lambda job: job["completed_requests"] >= 2)
        if way == "revoked":
            await change(tmp_path, lambda store: store.revoke("team", 2.0))
        else:
            await change(tmp_path, lambda store: store.update(team(store), "team", expires=2.0))
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
    made = await change(tmp_path, lambda store: store.create("team", 1.0, budget_pages=6))
    key = {"Authorization": f"Bearer {made}"}
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
        await change(tmp_path, lambda store: store.update(team(store), "team", budget_pages=15))
        job = await until(gateway, job, key, lambda job: job["status"] not in {"QUEUED", "RUNNING"})
    assert (job["status"], job["succeeded_requests"], len(upstream.requests)) == ("SUCCESS", 5, 5)


async def test_limits_of_a_key_count_for_each_request_of_a_job(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    key = {"Authorization": f"Bearer {await change(tmp_path, lambda store: store.create('team', 1.0))}"}
    upstream.default = faults.late(0.1)
    settings = {"master_key": MASTER, "max_batch_requests": 1}
    config = await configured(tmp_path, mistral_at(upstream), general_settings=settings)
    async with start(config) as gateway:
        _, job = await gateway.post("/v1/batch/jobs", {**JOB, "requests": requests_for(60)}, **key)
        await until(gateway, job, key, lambda job: job["completed_requests"] >= 2)
        await change(tmp_path, lambda store: store.update(team(store), "team", models=["another"]))
        job = await until(gateway, job, key, lambda job: job["status"] not in {"QUEUED", "RUNNING"})
    assert job["failed_requests"] > 0
    assert job["succeeded_requests"] + job["failed_requests"] == 60
    assert len(upstream.requests) == job["succeeded_requests"]
