"""`aocr_batch` before our own gateway, which speaks Mistral's batch API: the embedded engine reads, files go."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from ocr_async import OCRResponse
from ocr_async.errors import DocumentError, OCRError
from tests import faults
from tests.documents import text_pdf
from tests.gateway.conftest import Start, configured, mistral_at
from tests.gateway.test_own_client import client
from tests.upstream import Upstream


pytestmark = pytest.mark.anyio


async def test_documents_are_read_by_the_gateway_s_batch_jobs_and_their_files_are_deleted(start: Start) -> None:
    documents = [text_pdf([[f"document {number}"], ["another page"]]) for number in range(4)]
    async with start() as gateway:
        found = await client(gateway).aocr_batch([*documents, b"%PDF-1.7 broken"], hours=1)
        _, left = await gateway.get("/v1/files")
        _, jobs = await gateway.get("/v1/batch/jobs")
    texts = [each.pages[0].markdown for each in found if isinstance(each, OCRResponse)]
    assert texts == [f"document {number}" for number in range(4)]
    assert isinstance(found[4], OCRError)
    assert not isinstance(found[4], DocumentError) or "PDF" in str(found[4])
    assert left["data"] == []
    assert [job["total_requests"] for job in jobs["data"]] == [5]


async def test_a_cancelled_call_leaves_no_job_running_and_no_files(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.default = faults.late(60)
    config = await configured(tmp_path, mistral_at(upstream))
    async with start(config) as gateway:
        with anyio.move_on_after(1.5) as scope:
            await client(gateway, "mistral/mistral-ocr").aocr_batch([text_pdf([["a page"]])])
        _, left = await gateway.get("/v1/files")
        _, jobs = await gateway.get("/v1/batch/jobs")
    assert scope.cancelled_caught
    assert left["data"] == []
    assert [job["status"] for job in jobs["data"]] == ["CANCELLED"]
