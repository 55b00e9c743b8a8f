"""Pages while they get ready, jobs, and clients that leave."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest

from ocr_async.gateway.access.control import ANYONE
from ocr_async.gateway.storage.ocr_jobs import OCRJob
from tests import faults
from tests.documents import PARAGRAPHS, text_pdf
from tests.gateway.conftest import Running, Start, bearer, configured, mistral_at
from tests.upstream import Exchange, Upstream, mistral_answer


pytestmark = pytest.mark.anyio

PDF = text_pdf([[line, *PARAGRAPHS[:1]] for line in PARAGRAPHS])
INLINE = {"type": "document_url", "document_url": "data:application/pdf;base64," + base64.b64encode(PDF).decode()}
LOCAL = {"model": "local", "document": INLINE}
HOSTED = {"model": "mistral-ocr", "document": {"type": "document_url", "document_url": "https://example.com/a.pdf"}}


async def lines(gateway: Running, body: Any) -> list[Any]:
    headers = {"Accept": "application/x-ndjson"}
    async with gateway.client.post(f"{gateway.url}/v1/ocr", json=body, headers=headers) as answer:
        assert (answer.status, answer.content_type) == (200, "application/x-ndjson")
        return [json.loads(line) async for line in answer.content]


async def test_lines_carry_each_page_once_and_then_the_rest(start: Start) -> None:
    async with start() as gateway:
        *pages, done = await lines(gateway, LOCAL)
        _, whole = await gateway.post("/v1/ocr", LOCAL)
    assert [page["event"] for page in pages] == ["page"] * 4
    assert sorted((page["page"] for page in pages), key=lambda page: page["index"]) == whole["pages"]
    assert (done["event"], done["pages"], done["usage_info"]["pages_processed"]) == ("done", [0, 1, 2, 3], 4)


async def test_events_are_what_browsers_read(start: Start) -> None:
    headers = {"Accept": "text/event-stream"}
    async with (
        start() as gateway,
        gateway.client.post(f"{gateway.url}/v1/ocr", json=LOCAL, headers=headers) as answer,
    ):
        text = (await answer.read()).decode()
        assert answer.headers["X-Request-Id"]
        assert answer.headers["Server"] == "ocr_async"
    blocks = [block.split("\n") for block in text.strip().split("\n\n") if not block.startswith(":")]  # comments
    assert [name for name, _ in blocks] == ["event: page"] * 4 + ["event: done"]
    assert all(data.startswith("data: {") for _, data in blocks)


async def test_a_failure_before_the_first_page_is_a_status(start: Start) -> None:
    asked = {"model": "local", "document": {"type": "document_url", "document_url": "data:application/pdf;base64,AA=="}}
    async with start() as gateway:
        status, body = await gateway.post("/v1/ocr", asked, Accept="text/event-stream")
    assert (status, body["code"]) == (422, "invalid_document")


async def test_a_late_failure_ends_the_stream(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    async def refuse_late(exchange: Exchange) -> None:
        await anyio.sleep(2.5)
        await faults.status(400)(exchange)

    upstream.script.append(refuse_late)
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        (end,) = await lines(gateway, HOSTED)
    assert (end["event"], end["error"]["code"]) == ("error", "upstream_rejected")


async def test_a_client_that_leaves_ends_its_work(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    upstream.default = faults.silence()
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        for headers in ({}, {"Accept": "text/event-stream"}):
            upstream.left_early.clear()
            with anyio.move_on_after(0.5):
                await gateway.post("/v1/ocr", HOSTED, **headers)
            with anyio.fail_after(5):
                await upstream.left_early.wait()
                while gateway.gateway.load.working:
                    await anyio.sleep(0.01)


async def test_a_job_is_asked_for_watched_and_fetched(start: Start) -> None:
    async with start() as gateway:
        status, job = await gateway.post("/v1/ocr/jobs", LOCAL)
        assert (status, job["status"]) == (202, "running")
        with anyio.fail_after(30):
            while job["status"] == "running":
                await anyio.sleep(0.05)
                _, job = await gateway.get(f"/v1/ocr/jobs/{job['id']}")
        assert (job["status"], job["pages_done"], len(job["response"]["pages"])) == ("succeeded", 4, 4)
        async with gateway.client.delete(f"{gateway.url}/v1/ocr/jobs/{job['id']}") as answer:
            assert (await answer.json())["deleted"] is True
        assert (await gateway.get(f"/v1/ocr/jobs/{job['id']}"))[0] == 404


async def test_a_large_response_of_a_job_is_sent_in_pieces(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    text = "ü" * 1_500_000

    async def large(exchange: Exchange) -> None:
        await exchange.read()
        answer = mistral_answer(exchange.received.json, exchange.work())
        answer["pages"][0]["markdown"] = text
        await exchange.json(answer)

    upstream.default = large
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        _, job = await gateway.post("/v1/ocr/jobs", HOSTED)
        with anyio.fail_after(30):
            while job["status"] == "running":
                await anyio.sleep(0.02)
                async with gateway.client.get(f"{gateway.url}/v1/ocr/jobs/{job['id']}") as answer:
                    job, sent = await answer.json(), answer.headers.get("Transfer-Encoding")
        assert (job["status"], job["response"]["pages"][0]["markdown"] == text, sent) == ("succeeded", True, "chunked")


async def test_a_job_that_fails_says_why(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    upstream.default = faults.status(400)
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        _, job = await gateway.post("/v1/ocr/jobs", HOSTED)
        with anyio.fail_after(10):
            while job["status"] == "running":
                await anyio.sleep(0.02)
                _, job = await gateway.get(f"/v1/ocr/jobs/{job['id']}")
    assert (job["status"], job["error"]["code"]) == ("failed", "upstream_rejected")


async def test_another_key_sees_nothing_of_a_job(start: Start, tmp_path: Path) -> None:
    first, second = [await bearer(tmp_path / "data", alias) for alias in ("a", "b")]
    async with start(master_key="sk-master-0123456789") as gateway:
        _, job = await gateway.post("/v1/ocr/jobs", LOCAL, **first)
        found = await gateway.get(f"/v1/ocr/jobs/{job['id']}", **second)
        never = await gateway.get(f"/v1/ocr/jobs/{'0' * 32}", **second)
        assert found[0] == never[0] == 404
        assert found[1] | {"request_id": ""} == never[1] | {"request_id": ""}
        async with gateway.client.delete(f"{gateway.url}/v1/ocr/jobs/{job['id']}", headers=second) as answer:
            assert answer.status == 404
        assert (await gateway.get(f"/v1/ocr/jobs/{job['id']}", **first))[0] == 200


async def test_a_key_has_200_jobs_at_most_however_many_are_asked_for_at_once(start: Start) -> None:
    async with start() as gateway:
        assert gateway.gateway.storage is not None
        stored = gateway.gateway.storage.ocr_jobs
        for number in range(195):
            await stored.create(OCRJob(id=f"{number:032}", owner=ANYONE.id, status="running"), b"{}", None)
            await stored.end(OCRJob(id=f"{number:032}", owner=ANYONE.id, status="failed"), memoryview(b"{}"))
        made: list[tuple[int, Any]] = []

        async def ask() -> None:
            made.append(await gateway.post("/v1/ocr/jobs", LOCAL))

        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(ask)
        begun = [body["id"] for status, body in made if status == 202]
        assert len(begun) <= 5
        assert {(status, body.get("code")) for status, body in made if status != 202} == {(429, "too_many_jobs")}
        assert await stored.count(ANYONE.id, "") == 195 + len(begun)
        async with gateway.client.delete(f"{gateway.url}/v1/ocr/jobs/{0:032}") as answer:
            assert answer.status == 200
        assert (await gateway.post("/v1/ocr/jobs", LOCAL))[0] == 202


async def test_a_deleted_job_stops(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    upstream.default = faults.silence()
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        _, job = await gateway.post("/v1/ocr/jobs", HOSTED)
        with anyio.fail_after(5):
            while not upstream.requests:
                await anyio.sleep(0.01)
            async with gateway.client.delete(f"{gateway.url}/v1/ocr/jobs/{job['id']}") as answer:
                assert answer.status == 200
            await upstream.left_early.wait()


async def test_open_webui_gets_a_text_for_each_page(start: Start) -> None:
    async with start() as gateway:
        headers = {"X-Filename": "a%20b.pdf", "Content-Type": "application/pdf"}
        async with gateway.client.put(f"{gateway.url}/process", data=PDF, headers=headers) as answer:
            pages = await answer.json()
            assert answer.status == 200
    assert [page["metadata"]["page"] for page in pages] == [0, 1, 2, 3]
    assert pages[0]["metadata"]["source"] == "a b.pdf"
    assert PARAGRAPHS[1] in pages[1]["page_content"]
