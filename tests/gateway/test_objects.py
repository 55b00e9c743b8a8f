"""A gateway with a database whose bytes are in an object store, as its clients see it."""

from __future__ import annotations

from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from attrs import evolve

from tests.bulk.buckets import S3, Bucket
from tests.gateway.conftest import Start, configured, mistral_at
from tests.gateway.test_batches import JOB, as_lines, ended, requests_for, results
from tests.gateway.test_files import PDF, delete, upload
from tests.gateway.test_idempotency import ask
from tests.postgres import Server
from tests.upstream import Upstream


pytestmark = pytest.mark.anyio


@pytest.fixture
async def database(postgres_server: Server) -> str:
    return await anyio.to_thread.run_sync(postgres_server.new)


async def test_files_signed_addresses_batches_and_repeated_requests_work_as_ever(
    start: Start, upstream: Upstream, tmp_path: Path, database: str, objects: str, bucket: Bucket
) -> None:
    config = await configured(tmp_path, mistral_at(upstream))
    async with start(evolve(config, database=database, objects=objects)) as gateway:
        _, file = await upload(gateway, PDF, purpose="ocr")
        _, address = await gateway.get(f"/v1/files/{file['id']}/url")
        async with gateway.client.get(address["url"], headers={"Range": "bytes=5-9"}) as answer:
            assert (answer.status, await answer.read()) == (206, PDF[5:10])
        document = {"type": "file", "file_id": file["id"]}
        assert (await gateway.post("/v1/ocr", {"model": "mistral-ocr", "document": document}))[0] == 200
        _, requests = await upload(gateway, as_lines(requests_for(5)), "in.jsonl", purpose="batch")
        _, job = await gateway.post("/v1/batch/jobs", {**JOB, "input_files": [requests["id"]]})
        job = await ended(gateway, job)
        found = await results(gateway, job["output_file"])
        assert sorted(line["custom_id"] for line in found) == list("01234")
        first = await ask(gateway, "k")
        assert await ask(gateway, "k") == (200, first[1], "true")
        for file_id in (file["id"], requests["id"], job["output_file"]):
            assert (await delete(gateway, f"/v1/files/{file_id}"))[0] == 200
        with anyio.fail_after(20):  # what marks the place, and the answer to the repeated request
            while len(await anyio.to_thread.run_sync(bucket.keys)) > 2:
                await anyio.sleep(0.02)


async def test_a_store_that_is_down_is_told_with_503_and_the_gateway_is_not_ready_but_lives(
    start: Start, database: str, own_s3: S3
) -> None:
    await anyio.to_thread.run_sync(own_s3.bucket, "down")
    async with start(database=database, objects="s3://down") as gateway:
        gateway.gateway.readiness.fresh = gateway.gateway.readiness.patience = 0.0
        _, file = await upload(gateway, purpose="ocr")
        assert await gateway.get("/health/readiness") == (200, {"status": "ready"})
        await anyio.to_thread.run_sync(own_s3.stop)
        async with gateway.client.get(f"{gateway.url}/v1/files/{file['id']}/content") as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
            body = await answer.json()
            assert body["code"] == "storage_unavailable"
            assert "object store" in body["message"]
        assert (await upload(gateway, purpose="ocr"))[0] == 503
        assert (await gateway.get("/v1/files"))[1]["total"] == 1
        assert await gateway.get("/health/readiness") == (503, {"status": "storage_unavailable"})
        assert (await gateway.get("/health/liveness"))[0] == 200
