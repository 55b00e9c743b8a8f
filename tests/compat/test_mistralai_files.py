"""The official client's files and batches against the gateway, unchanged; skipped where it is not installed."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio.to_thread
import pytest
import yaml

from tests.gateway.conftest import mistral_at
from tests.gateway.test_batches import process
from tests.gateway.test_files import PDF
from tests.upstream import Upstream


pytest.importorskip("mistralai", reason="the official client of Mistral is not installed")
try:
    from mistralai.client import Mistral, models
    from mistralai.client.errors import SDKError
except ImportError:  # 1.x
    from mistralai import Mistral, models
    from mistralai.models import SDKError

pytestmark = pytest.mark.anyio


def known(function: Callable[..., Any], **options: Any) -> dict[str, Any]:
    """Return those of *options* that *function* has; what came with a later version of the client is left out."""
    return {name: value for name, value in options.items() if name in inspect.signature(function).parameters}


@pytest.fixture
async def client(upstream: Upstream, tmp_path: Path) -> AsyncIterator[Any]:
    def configure() -> None:
        (tmp_path / "config.yaml").write_text(yaml.safe_dump({"model_list": [mistral_at(upstream)]}))

    await anyio.to_thread.run_sync(configure)
    async with process(tmp_path) as (_, url), Mistral(api_key="sk-any", server_url=url) as client:
        yield client


async def test_a_file_goes_its_whole_way(client: Any) -> None:
    given = {"file_name": "a.pdf", "content": PDF}
    more = known(client.files.upload_async, visibility="user", expiry=5)
    file = await client.files.upload_async(file=given, purpose="ocr", **more)
    assert (file.size_bytes, file.mimetype, file.sample_type) == (len(PDF), "application/pdf", "ocr_input")
    assert not more or file.visibility == "user"
    listed = await client.files.list_async(purpose="ocr", sample_type=["ocr_input"], source=["upload"], search="a.p")
    assert (listed.total, [one.id for one in listed.data]) == (1, [file.id])
    assert (await client.files.retrieve_async(file_id=file.id)).deleted is False
    content = await client.files.download_async(file_id=file.id)
    assert await content.aread() == PDF
    signed = await client.files.get_signed_url_async(file_id=file.id, expiry=1)
    for document in ({"type": "document_url", "document_url": signed.url}, {"type": "file", "file_id": file.id}):
        response = await client.ocr.process_async(model="mistral-ocr", document=document)
        assert [page.index for page in response.pages] == [0, 1, 2]
    assert (await client.files.delete_async(file_id=file.id)).deleted is True
    with pytest.raises(SDKError, match="there is no such file"):
        await client.files.retrieve_async(file_id=file.id)


async def test_a_batch_is_created_listed_and_read(client: Any) -> None:
    requests = [
        {"custom_id": str(number), "body": {"document": {"document_url": f"https://example.com/{number}.pdf"}}}
        for number in range(3)
    ]
    jobs = client.batch.jobs
    job = await jobs.create_async(
        endpoint="/v1/ocr", model="mistral-ocr", requests=requests, metadata={"job_type": "testing"}, timeout_hours=2
    )
    with anyio.fail_after(20):
        while job.status in {"QUEUED", "RUNNING"}:
            await anyio.sleep(0.05)
            job = await jobs.get_async(job_id=job.id)
    assert (job.status, job.succeeded_requests, job.errors) == ("SUCCESS", 3, [])
    listed = await jobs.list_async(metadata={"job_type": "testing"}, status=["SUCCESS", "FAILED"], created_by_me=True)
    assert [one.id for one in listed.data] == [job.id]
    assert (await jobs.list_async(metadata={"job_type": "other"})).total == 0
    inline = await jobs.get_async(job_id=job.id, inline=True)
    assert sorted(line["custom_id"] for line in inline.outputs) == ["0", "1", "2"]
    if hasattr(jobs, "delete_async"):
        assert (await jobs.delete_async(job_id=job.id)).deleted is True


async def test_the_clients_own_batch_helper_runs_to_its_end(client: Any) -> None:
    batch = pytest.importorskip("mistralai.extra.batch", reason="came with 3.x")
    runner = batch.BatchClient(client, endpoint="/v1/ocr", response_body_type=models.OCRResponse)
    lines = b"\n".join(
        b'{"custom_id": "%d", "body": {"document": {"document_url": "%b"}}}' % (number, address)
        for number, address in enumerate([b"https://example.com/0.pdf", b"not an address"])
    )
    for threshold in (1000, 0):  # requests within the job, and in a file
        result = await runner.run(lines, model="mistral-ocr", poll_interval_seconds=0.05, inline_threshold=threshold)
        assert (result.status, result.succeeded, result.failed) == ("SUCCESS", 1, 1)
        assert list(result.by_id()) == ["0"]
        assert [(error.custom_id, error.status_code) for error in result.errors()] == [("1", 422)]
        assert result.response_errors() == []
    assert (await client.files.list_async()).total == 0  # it deleted all of them


async def test_a_cancelled_batch_settles(client: Any, upstream: Upstream) -> None:
    from tests import faults

    upstream.script += [faults.late(30)] * 9
    request = {"custom_id": "a", "body": {"document": {"document_url": "https://example.com/a.pdf"}}}
    job = await client.batch.jobs.create_async(endpoint="/v1/ocr", model="mistral-ocr", requests=[request])
    job = await client.batch.jobs.cancel_async(job_id=job.id)
    assert job.status == "CANCELLATION_REQUESTED"
    with anyio.fail_after(10):
        while job.status == "CANCELLATION_REQUESTED":
            await anyio.sleep(0.05)
            job = await client.batch.jobs.get_async(job_id=job.id)
    assert (job.status, job.output_file) == ("CANCELLED", None)
