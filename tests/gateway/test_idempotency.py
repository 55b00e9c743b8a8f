"""Idempotency-Key: one call, one bill, whatever happens to the connection."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import aiohttp
import anyio
import anyio.to_thread
import pytest

from tests import faults
from tests.gateway.conftest import Running, Start, bearer, configured, mistral_at
from tests.gateway.test_files import MASTER, PDF
from tests.upstream import Exchange, Upstream


pytestmark = pytest.mark.anyio

ASKED = {"model": "mistral-ocr", "document": {"type": "document_url", "document_url": "https://example.com/a.pdf"}}


async def ask(gateway: Running, key: str, body: Any = ASKED, **headers: str) -> tuple[int, Any, str | None]:
    given = {"Idempotency-Key": key, **headers}
    async with gateway.client.post(f"{gateway.url}/v1/ocr", json=body, headers=given) as answer:
        return answer.status, await answer.json(), answer.headers.get("Idempotent-Replayed")


async def test_a_repeated_request_gets_the_same_answer_and_asks_nobody(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    config = await configured(tmp_path, mistral_at(upstream, ocr_cost_per_page=0.5))
    async with start(config) as gateway:
        first = await ask(gateway, "k")
        assert (first[0], first[2]) == (200, None)
        assert await ask(gateway, "k") == (200, first[1], "true")
        assert (await ask(gateway, "another"))[2] is None
    async with start(config) as gateway:  # and after a restart
        assert await ask(gateway, "k") == (200, first[1], "true")
    assert len(upstream.requests) == 2


async def test_the_same_key_for_something_else_is_refused(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        await ask(gateway, "k")
        for other in (
            {**ASKED, "pages": [1]},
            {**ASKED, "document": {"type": "document_url", "document_url": "https://b.c"}},
        ):
            status, body, _ = await ask(gateway, "k", other)
            assert (status, body["code"]) == (422, "idempotency_mismatch")
    assert len(upstream.requests) == 1


async def test_a_duplicate_waits_for_the_first(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    upstream.script.append(faults.late(0.3))
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        answers = await asyncio.gather(
            *(ask(gateway, "k") for _ in range(5)), ask(gateway, "k", {**ASKED, "pages": [0]})
        )
    assert sorted(answer[2] or "" for answer in answers[:5]) == ["", "true", "true", "true", "true"]
    assert all(answer[:2] == answers[0][:2] for answer in answers[:5])
    assert answers[5][1]["code"] == "idempotency_mismatch"
    assert len(upstream.requests) == 1


async def test_a_client_that_left_gets_its_answer_when_it_comes_back(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.script.append(faults.late(0.5))
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        with anyio.move_on_after(0.2):
            await ask(gateway, "k")
        status, body, replayed = await ask(gateway, "k")
    assert (status, len(body["pages"]), replayed) == (200, 3, "true")
    assert len(upstream.requests) == 1


async def test_an_error_is_not_kept(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    upstream.script.append(faults.status(422))
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        assert (await ask(gateway, "k"))[0] == 400
        assert (await ask(gateway, "k"))[::2] == (200, None)


async def test_another_key_of_ours_has_keys_of_its_own(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    keys = [await bearer(tmp_path / "data", alias) for alias in ("a", "b")]
    settings = {"general_settings": {"master_key": MASTER}}
    async with start(await configured(tmp_path, mistral_at(upstream), **settings)) as gateway:
        for key in keys:
            assert (await ask(gateway, "k", **key))[::2] == (200, None)
    assert len(upstream.requests) == 2


async def test_a_form_sent_again_is_known_whatever_its_boundary(start: Start) -> None:
    async with start() as gateway:
        replays = []
        for _ in range(2):
            form = aiohttp.FormData()
            form.add_field("file", PDF, filename="a.pdf", content_type="application/pdf")
            form.add_field("model", "ocr")
            headers = {"Idempotency-Key": "k"}
            async with gateway.client.post(f"{gateway.url}/ocr", data=form, headers=headers) as answer:
                replays.append((answer.status, answer.headers.get("Idempotent-Replayed")))
    assert replays == [(200, None), (200, "true")]


# --- streams ------------------------------------------------------------------------------------------------------

SSE, LINES = "text/event-stream", "application/x-ndjson"


async def streamed(gateway: Running, key: str, kind: str = SSE) -> tuple[int, bytes, str | None]:
    headers = {"Idempotency-Key": key, "Accept": kind}
    async with gateway.client.post(f"{gateway.url}/v1/ocr", json=ASKED, headers=headers) as answer:
        assert answer.status > 200 or answer.headers["Content-Type"] == kind
        return answer.status, await answer.read(), answer.headers.get("Idempotent-Replayed")


@pytest.mark.parametrize("kind", [SSE, LINES])
async def test_a_stream_asked_for_again_says_the_same_and_asks_nobody(
    start: Start, upstream: Upstream, tmp_path: Path, kind: str
) -> None:
    config = await configured(tmp_path, mistral_at(upstream))
    async with start(config) as gateway:
        status, said, replayed = await streamed(gateway, "k", kind)
        assert (status, said.count(b"markdown") >= 3, replayed) == (200, True, None)
        assert await streamed(gateway, "k", kind) == (200, said, "true")
        for other in (LINES if kind == SSE else SSE, "application/json"):  # another form is another request
            assert (await streamed(gateway, "k", other))[0] == 422
    async with start(config) as gateway:
        assert await streamed(gateway, "k", kind) == (200, said, "true")
    assert len(upstream.requests) == 1


async def test_a_stream_whose_client_left_is_there_in_whole_when_it_comes_back(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.script.append(faults.late(3.0))
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        for seconds in (0.3, 2.4):  # before the stream has begun, and within it
            with anyio.move_on_after(seconds):
                await streamed(gateway, "k")
        told = await asyncio.gather(*(streamed(gateway, "k") for _ in range(3)))
    assert [(status, replayed) for status, _, replayed in told] == [(200, "true")] * 3
    assert len({said for _, said, _ in told}) == 1
    assert told[0][1].count(b"event: page") == 3
    assert told[0][1].count(b"event: done") == 1
    assert b": at work" not in told[0][1]
    assert len(upstream.requests) == 1


async def test_a_stream_that_ended_with_an_error_is_tried_again(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    async def refuse_late(exchange: Exchange) -> None:
        await anyio.sleep(2.5)
        await faults.status(400)(exchange)

    upstream.script.append(refuse_late)
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        first, waiting = await asyncio.gather(streamed(gateway, "k"), streamed(gateway, "k"))
        assert sorted([(first[0], b"event: error" in first[1]), (waiting[0], b"event: error" in waiting[1])]) == [
            (200, True),
            (400, False),
        ]
        assert (await streamed(gateway, "k"))[1].count(b"event: page") == 3


# --- jobs ---------------------------------------------------------------------------------------------------------


async def job_of(gateway: Running, key: str, body: Any = ASKED) -> tuple[int, Any, str | None]:
    given = {"Idempotency-Key": key}
    async with gateway.client.post(f"{gateway.url}/v1/ocr/jobs", json=body, headers=given) as answer:
        return answer.status, await answer.json(), answer.headers.get("Idempotent-Replayed")


async def ended(gateway: Running, job: Any) -> Any:
    with anyio.fail_after(10):
        while job["status"] == "running":
            await anyio.sleep(0.02)
            _, job = await gateway.get(f"/v1/ocr/jobs/{job['id']}")
    return job


async def test_a_key_has_one_job_and_one_bill(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    upstream.script.append(faults.late(0.3))
    config = await configured(tmp_path, mistral_at(upstream))
    async with start(config) as gateway:
        made = await asyncio.gather(*(job_of(gateway, "k") for _ in range(4)))
        assert {(status, job["id"]) for status, job, _ in made} == {(202, made[0][1]["id"])}
        assert sorted(replayed or "" for _, _, replayed in made) == ["", "true", "true", "true"]
        status, body, _ = await job_of(gateway, "k", {**ASKED, "pages": [0]})
        assert (status, body["code"]) == (422, "idempotency_mismatch")
        served = await ended(gateway, made[0][1])
        assert (served["status"], len(served["response"]["pages"])) == ("succeeded", 3)
        assert (await job_of(gateway, "k"))[1]["status"] == "succeeded"
        assert (await job_of(gateway, "other"))[1]["id"] != served["id"]
    async with start(config) as gateway:
        assert (await gateway.get(f"/v1/ocr/jobs/{served['id']}")) == (200, served)
        assert gateway.gateway.storage is not None
        await gateway.gateway.storage.ocr_jobs.sweep(int(time.time()) + 3700)
        assert (await gateway.get(f"/v1/ocr/jobs/{served['id']}"))[0] == 404  # where its answer is still there
        _, again, replayed = await job_of(gateway, "k")
        assert (again["status"], again["pages_done"], replayed) == ("succeeded", 3, "true")
        assert await ended(gateway, {**again, "status": "running"}) == served
        assert (await job_of(gateway, "k", {**ASKED, "pages": [0]}))[0] == 422
        assert (await ask(gateway, "k"))[0] == 422  # a job is no answer
        requests = len(upstream.requests)
        async with gateway.client.delete(f"{gateway.url}/v1/ocr/jobs/{served['id']}") as answer:
            assert answer.status == 200
        assert (await job_of(gateway, "k"))[::2] == (202, None)
        await ended(gateway, {**served, "status": "running"})
        assert len(upstream.requests) == requests + 1


async def test_a_job_that_is_deleted_while_it_is_asked_for_again_harms_no_other(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.default = faults.late(0.1)
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:

        async def ask_and_delete(key: str) -> None:
            for _ in range(15):
                status, job, _ = await job_of(gateway, key)
                assert status == 202
                async with gateway.client.delete(f"{gateway.url}/v1/ocr/jobs/{job['id']}") as answer:
                    assert answer.status in {200, 404}

        await asyncio.gather(*(ask_and_delete(key) for key in ("a", "a", "a", "b", "b", "b")))
        _, job, _ = await job_of(gateway, "a")
        assert (await ended(gateway, job))["status"] == "succeeded"


async def test_a_job_that_failed_is_tried_again(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    upstream.script.append(faults.status(400))
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        failed = await ended(gateway, (await job_of(gateway, "k"))[1])
        assert failed["status"] == "failed"
        _, job, replayed = await job_of(gateway, "k")
        assert (job["id"], replayed) == (failed["id"], None)
        assert (await ended(gateway, job))["status"] == "succeeded"


async def test_another_key_of_ours_has_jobs_of_its_own(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    keys = [await bearer(tmp_path / "data", alias) for alias in ("a", "b")]
    settings = {"general_settings": {"master_key": MASTER}}
    ids = set()
    async with start(await configured(tmp_path, mistral_at(upstream), **settings)) as gateway:
        for key in keys:
            given = {"Idempotency-Key": "k", **key}
            _, job = await gateway.post("/v1/ocr/jobs", ASKED, **given)
            ids.add(job["id"])
    assert len(ids) == 2
