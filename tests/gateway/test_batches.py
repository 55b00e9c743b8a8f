"""Batches of requests, as Mistral's client makes them, through restarts, kills, outages and cancellation."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import anyio
import anyio.to_thread
import pytest
import yaml

import ocr_async
from tests import faults
from tests.gateway.conftest import Running, Start, bearer, configured, mistral_at
from tests.gateway.test_files import MASTER, files_of_at_most, upload
from tests.upstream import Exchange, Upstream, mistral_answer


pytestmark = pytest.mark.anyio

ROOT = Path(ocr_async.__file__).parent.parent
JOB = {"endpoint": "/v1/ocr", "model": "mistral-ocr"}


def requests_for(count: int) -> list[dict[str, Any]]:
    return [
        {"custom_id": str(number), "body": {"document": {"document_url": f"https://example.com/{number}.pdf"}}}
        for number in range(count)
    ]


def as_lines(requests: list[dict[str, Any]]) -> bytes:
    return b"\n".join(json.dumps(one).encode() for one in requests)


async def ended(gateway: Running, job: dict[str, Any], seconds: float = 20.0) -> dict[str, Any]:
    with anyio.fail_after(seconds):
        while job["status"] in {"QUEUED", "RUNNING", "CANCELLATION_REQUESTED"}:
            await anyio.sleep(0.05)
            status, job = await gateway.get(f"/v1/batch/jobs/{job['id']}")
            assert status == 200
    return job


async def results(gateway: Running, file_id: str) -> list[dict[str, Any]]:
    async with gateway.client.get(f"{gateway.url}/v1/files/{file_id}/content") as answer:
        assert (answer.status, answer.content_type) == (200, "application/octet-stream")
        return [json.loads(line) for line in (await answer.read()).splitlines()]


async def test_a_file_of_requests_becomes_a_file_of_results(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    requests = requests_for(5)
    requests[3]["body"] = {"document": {"document_url": 1}}
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        _, file = await upload(gateway, as_lines(requests) + b"\nno json\n", "in.jsonl", purpose="batch")
        status, job = await gateway.post(
            "/v1/batch/jobs", {**JOB, "input_files": [file["id"]], "metadata": {"team": "a"}, "timeout_hours": 1}
        )
        assert (status, job["status"], job["total_requests"]) == (200, "QUEUED", 6)
        job = await ended(gateway, job)
        assert (job["status"], job["completed_requests"]) == ("SUCCESS", 6)
        assert (job["succeeded_requests"], job["failed_requests"]) == (4, 2)
        assert sum(error["count"] for error in job["errors"]) == 2
        assert job["started_at"] >= job["created_at"]
        assert job["completed_at"] >= job["started_at"]
        good, bad = await results(gateway, job["output_file"]), await results(gateway, job["error_file"])
        assert sorted(line["custom_id"] for line in good) == ["0", "1", "2", "4"]
        for line in good:
            assert line["error"] is None
            assert line["response"]["status_code"] == 200
            assert [page["index"] for page in line["response"]["body"]["pages"]] == [0, 1, 2]
            assert re.fullmatch(rf"batch-{job['id'][:8]}-{line['custom_id']}-[0-9a-f-]{{36}}", line["id"])
        assert sorted((line["custom_id"] or "", line["response"]["status_code"]) for line in bad) == [
            ("", 422),
            ("3", 422),
        ]
        _, inline = await gateway.get(f"/v1/batch/jobs/{job['id']}?inline=true")
        assert inline == {**job, "outputs": good + bad}
        _, file = await gateway.get(f"/v1/files/{job['output_file']}")
        assert (file["purpose"], file["sample_type"], file["num_lines"]) == ("batch", "batch_result", 4)
    assert not list((tmp_path / "data" / "jobs").rglob("*.jsonl"))


async def test_requests_may_come_with_the_job(start: Start) -> None:
    """The embedded engine has batches, too."""
    from tests.gateway.test_ocr import INLINE

    async with start() as gateway:
        asked = {"endpoint": "/v1/ocr", "requests": [{"custom_id": "a", "body": {"model": "any", "document": INLINE}}]}
        _, job = await gateway.post("/v1/batch/jobs", asked)
        job = await ended(gateway, job)
        assert (job["status"], job["error_file"], job["input_files"]) == ("SUCCESS", None, [])
        (line,) = await results(gateway, job["output_file"])
    assert line["response"]["body"]["model"] == "local/auto"


async def test_an_id_twice_in_a_file_is_answered_once(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        _, file = await upload(gateway, as_lines(requests_for(2) * 2), purpose="batch")
        _, job = await gateway.post("/v1/batch/jobs", {**JOB, "input_files": [file["id"]]})
        job = await ended(gateway, job)
        assert (job["succeeded_requests"], job["failed_requests"]) == (2, 2)
        lines = await results(gateway, job["output_file"]) + await results(gateway, job["error_file"])
    assert Counter(line["custom_id"] for line in lines) == {"0": 1, "1": 1, None: 2}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"endpoint": "/v1/chat/completions"}, "endpoint"),
        ({"requests": []}, "input_files"),
        ({"input_files": ["x"]}, "input_files"),
        ({"timeout_hours": 169}, "timeout_hours"),
        ({"metadata": {"a": 1}}, "metadata"),
        ({"metadata": {str(number): "" for number in range(33)}}, "metadata"),
        ({"agent_id": "ag-1"}, "agent_id"),
        ({"requests": requests_for(10_001)}, "requests"),
        ({"requests": requests_for(1) * 2}, "requests"),
        ({"requests": [{"custom_id": "a"}]}, "requests"),
        ({"model": "none"}, "model"),
    ],
)
async def test_a_wrong_job_is_refused(
    start: Start, upstream: Upstream, tmp_path: Path, change: dict[str, Any], where: str
) -> None:
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        status, body = await gateway.post("/v1/batch/jobs", {**JOB, "requests": requests_for(1), **change})
        assert (status, body["param"]) == (404 if where == "model" else 422, where)
        assert (await gateway.get("/v1/batch/jobs"))[1]["total"] == 0
    assert upstream.requests == []


async def test_more_metadata_than_a_job_can_have_is_refused_as_a_filter(start: Start) -> None:
    for count, expected in ((32, 200), (33, 422), (1500, 422)):
        query = "&".join(f"{number:x}=" for number in range(count))
        async with start() as gateway:
            status, body = await gateway.get(f"/v1/batch/jobs?{query}")
        assert (status, body.get("param")) == (expected, None if status == 200 else "metadata")


async def test_jobs_are_listed_with_filters(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    async with start(await configured(tmp_path, mistral_at(upstream), mistral_at(upstream, "b"))) as gateway:
        ids = []
        for model, team in (("mistral-ocr", "x"), ("b", "y"), ("b", "x")):
            asked = {**JOB, "model": model, "metadata": {"team": team}, "requests": requests_for(1)}
            _, job = await gateway.post("/v1/batch/jobs", asked)
            ids.append((await ended(gateway, job))["id"])

        async def listed(query: str) -> tuple[list[int], int]:
            status, body = await gateway.get(f"/v1/batch/jobs?{query}")
            assert (status, body["object"]) == (200, "list")
            return [ids.index(job["id"]) for job in body["data"]], body["total"]

        assert await listed("page=0&page_size=100&created_by_me=false&order_by=-created") == ([2, 1, 0], 3)
        assert await listed("order_by=created&page_size=2") == ([0, 1], 3)
        assert await listed("page_size=2&page=1") == ([0], 3)
        assert await listed("model=b&team=x") == ([2], 1)
        assert await listed("status=SUCCESS&status=FAILED") == ([2, 1, 0], 3)
        assert await listed("status=RUNNING") == ([], 0)
        assert await listed("team=%22%27%20OR%201") == ([], 0)
        assert await listed("created_after=2020-01-01T00:00:00%2B00:00") == ([2, 1, 0], 3)
        assert await listed("created_after=2999-01-01T00:00:00Z") == ([], 0)
        status, body = await gateway.get("/v1/batch/jobs?created_after=yesterday&order_by=name")
        assert (status, [one["loc"][1] for one in body["detail"]]) == (422, ["created_after", "order_by"])
        async with gateway.client.delete(f"{gateway.url}/v1/batch/jobs/{ids[1]}") as answer:
            assert await answer.json() == {"id": ids[1], "object": "batch", "deleted": True}
        assert await listed("") == ([2, 0], 2)


async def test_another_key_sees_nothing_of_a_job(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    mine, theirs = [await bearer(tmp_path / "data", alias) for alias in "ab"]
    settings = {"general_settings": {"master_key": MASTER}}
    async with start(await configured(tmp_path, mistral_at(upstream), **settings)) as gateway:
        _, file = await upload(gateway, as_lines(requests_for(1)), headers=mine, purpose="batch")
        status, body = await gateway.post("/v1/batch/jobs", {**JOB, "input_files": [file["id"]]}, **theirs)
        assert (status, body["code"]) == (404, "file_not_found")
        _, job = await gateway.post("/v1/batch/jobs", {**JOB, "requests": requests_for(1)}, **mine)
        for method, path in (("GET", ""), ("GET", "?inline=true"), ("POST", "/cancel"), ("DELETE", "")):
            url = f"{gateway.url}/v1/batch/jobs/{job['id']}{path}"
            async with gateway.client.request(method, url, headers=theirs) as answer:
                assert (answer.status, (await answer.json())["code"]) == (404, "job_not_found")
        assert (await gateway.get("/v1/batch/jobs", **theirs))[1]["total"] == 0


async def test_a_cancelled_job_keeps_what_is_done(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    upstream.script += [faults.late(0.0), *[faults.late(30)] * 9]
    config = await configured(tmp_path, mistral_at(upstream), general_settings={"max_batch_requests": 2})
    async with start(config) as gateway:
        _, job = await gateway.post("/v1/batch/jobs", {**JOB, "requests": requests_for(9)})
        with anyio.fail_after(10):
            while job["completed_requests"] < 1:
                await anyio.sleep(0.02)
                _, job = await gateway.get(f"/v1/batch/jobs/{job['id']}")
        status, job = await gateway.post(f"/v1/batch/jobs/{job['id']}/cancel", None)
        assert (status, job["status"]) == (200, "CANCELLATION_REQUESTED")
        job = await ended(gateway, job, 5.0)
        assert (job["status"], job["completed_requests"]) == ("CANCELLED", 1)
        assert [line["custom_id"] for line in await results(gateway, job["output_file"])] == ["0"]
        status, body = await gateway.post(f"/v1/batch/jobs/{job['id']}/cancel", None)
        assert (status, body["code"]) == (409, "job_ended")


async def test_one_mistake_is_counted_as_one_whatever_ids_the_provider_gives_its_answers(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    for number in range(4):
        answer = f"req-{number}-abcdef"
        said = {"message": f"no such language (request {answer})"}
        upstream.script.append(faults.status(400, said, {"X-Request-Id": answer}))
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        _, job = await gateway.post("/v1/batch/jobs", {**JOB, "requests": requests_for(4)})
        job = await ended(gateway, job)
    message = "mistral answered 400 Bad Request: no such language (request …)"
    assert job["errors"] == [{"message": message, "count": 4}]


async def test_an_outage_makes_a_job_wait_and_fails_nothing(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    upstream.script += [faults.status(503, headers={"Retry-After": "0"})] * 40
    config = await configured(tmp_path, mistral_at(upstream, num_retries=0), router_settings={"num_retries": 0})
    async with start(config) as gateway:
        _, job = await gateway.post("/v1/batch/jobs", {**JOB, "requests": requests_for(8)})
        job = await ended(gateway, job)
    assert (job["status"], job["succeeded_requests"], job["errors"]) == ("SUCCESS", 8, [])


async def test_one_request_that_always_fails_does_not_hold_up_the_job(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    async def behave(exchange: Exchange) -> None:
        await exchange.read()
        if "/3.pdf" in exchange.received.body.decode():
            await exchange.json({}, 503, {"Retry-After": "0"})
        else:
            await exchange.json(mistral_answer(exchange.received.json, exchange.work()))

    upstream.script += [behave] * 100
    config = await configured(
        tmp_path,
        mistral_at(upstream, num_retries=0),
        router_settings={"num_retries": 0},
        general_settings={"max_batch_requests": 1},
    )
    async with start(config) as gateway:
        _, job = await gateway.post("/v1/batch/jobs", {**JOB, "requests": requests_for(20)})
        job = await ended(gateway, job)
        assert (job["status"], job["succeeded_requests"], job["failed_requests"]) == ("SUCCESS", 19, 1)
        (line,) = await results(gateway, job["error_file"])
    assert (line["custom_id"], line["response"]["status_code"]) == ("3", 503)


async def test_a_request_that_may_have_been_billed_is_not_sent_again_where_its_model_forbids_it(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    asked: Counter[str] = Counter()

    async def behave(exchange: Exchange) -> None:
        await exchange.read()
        name = exchange.received.json["document"]["document_url"][-5:]
        asked[name] += 1
        if name == "0.pdf":
            await exchange.json({}, 500)
        elif name == "1.pdf" and asked[name] < 3:
            await exchange.json({}, 503, {"Retry-After": "0"})
        else:
            await exchange.json(mistral_answer(exchange.received.json, exchange.work()))

    upstream.default = behave
    model = mistral_at(upstream, num_retries=0, never_bill_twice=True)
    config = await configured(tmp_path, model, router_settings={"num_retries": 0})
    async with start(config) as gateway:
        _, job = await gateway.post("/v1/batch/jobs", {**JOB, "requests": requests_for(3)})
        job = await ended(gateway, job)
        assert (job["status"], job["succeeded_requests"], job["failed_requests"]) == ("SUCCESS", 2, 1)
        (line,) = await results(gateway, job["error_file"])
    assert line["custom_id"] == "0"
    assert asked == {"0.pdf": 1, "1.pdf": 3, "2.pdf": 1}


async def test_the_same_idempotency_key_makes_one_job(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        asked = {**JOB, "requests": requests_for(1)}
        given = {"Idempotency-Key": "k"}
        _, job = await gateway.post("/v1/batch/jobs", asked, **given)
        _, same = await gateway.post("/v1/batch/jobs", asked, **given)
        assert same == job
        status, _ = await gateway.post("/v1/batch/jobs", {**asked, "requests": requests_for(2)}, **given)
        assert status == 422
        assert (await gateway.get("/v1/batch/jobs"))[1]["total"] == 1


async def test_a_full_disk_makes_a_job_wait_and_loses_no_result(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        _, file = await upload(gateway, as_lines(requests_for(300)), purpose="batch")
        with files_of_at_most(600_000):
            _, job = await gateway.post("/v1/batch/jobs", {**JOB, "input_files": [file["id"]]})
            await anyio.sleep(3)
            _, job = await gateway.get(f"/v1/batch/jobs/{job['id']}")
            assert job["status"] == "RUNNING"
            assert 0 < job["succeeded_requests"] < 300
        job = await ended(gateway, job, 40.0)
        assert (job["status"], job["succeeded_requests"]) == ("SUCCESS", 300)
        lines = await results(gateway, job["output_file"])
    assert Counter(line["custom_id"] for line in lines) == {str(number): 1 for number in range(300)}
    assert len(upstream.requests) == 300


# --- processes ----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def process(folder: Path) -> AsyncIterator[tuple[subprocess.Popen[bytes], str]]:
    """Run ``ocr-async serve`` as people do, and give it and its address."""
    log = folder / "serve.log"
    command = [sys.executable, "-m", "ocr_async", "serve", "--config", str(folder / "config.yaml"), "--port", "0",
               "--data", str(folder / "data")]  # fmt: skip

    def begin() -> subprocess.Popen[bytes]:
        with open(log, "wb") as out:
            return subprocess.Popen(command, stdout=out, stderr=out, cwd=ROOT)

    running = await anyio.to_thread.run_sync(begin)
    try:
        with anyio.fail_after(30):
            while not (found := re.search(r"at (http://\S+)", await anyio.to_thread.run_sync(log.read_text))):
                assert running.poll() is None, log.read_text()
                await anyio.sleep(0.05)
        yield running, found[1]
    finally:
        running.kill()
        await anyio.to_thread.run_sync(running.wait)


async def test_killed_again_and_again_a_job_does_each_request_once(upstream: Upstream, tmp_path: Path) -> None:
    """Only what was under way at a kill is asked for again; each result is in the output exactly once."""
    count, at_once = 60, 4

    async def behave(exchange: Exchange) -> None:
        await exchange.read()
        pages = exchange.work()
        await anyio.sleep(0.05)
        await exchange.json(mistral_answer(exchange.received.json, pages))

    upstream.script += [behave] * 1000

    def configure() -> None:
        config = {"model_list": [mistral_at(upstream)], "general_settings": {"max_batch_requests": at_once}}
        (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))

    await anyio.to_thread.run_sync(configure)
    job: dict[str, Any] = {"id": "", "completed_requests": 0, "status": "QUEUED"}
    kills, done, lines = 0, 0, list[dict[str, Any]]()
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer sk-any"}) as client:
        while job["status"] in {"QUEUED", "RUNNING"}:
            async with process(tmp_path) as (running, url):
                if not job["id"]:
                    async with client.post(
                        f"{url}/v1/batch/jobs", json={**JOB, "requests": requests_for(count)}
                    ) as answer:
                        job = await answer.json()
                with anyio.fail_after(20):
                    while job["status"] in {"QUEUED", "RUNNING"}:
                        async with client.get(f"{url}/v1/batch/jobs/{job['id']}") as answer:
                            job = await answer.json()
                        assert job["completed_requests"] >= done
                        if kills < 3 and job["completed_requests"] >= 12 * (kills + 1):
                            kills, done = kills + 1, job["completed_requests"]
                            running.send_signal(signal.SIGKILL)
                            break
                        await anyio.sleep(0.01)
                if job["status"] == "SUCCESS":
                    async with client.get(f"{url}/v1/files/{job['output_file']}/content") as answer:
                        lines = [json.loads(line) for line in (await answer.read()).splitlines()]
    assert (kills, job["status"], job["succeeded_requests"]) == (3, "SUCCESS", count)
    assert Counter(line["custom_id"] for line in lines) == {str(number): 1 for number in range(count)}
    assert count <= len(upstream.requests) <= count + kills * at_once


async def test_sigterm_ends_the_requests_under_way_and_the_next_start_goes_on(
    upstream: Upstream, tmp_path: Path
) -> None:
    upstream.script += [faults.late(0.3)] * 100

    def configure() -> None:
        config = {"model_list": [mistral_at(upstream)], "general_settings": {"max_batch_requests": 4}}
        (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))

    await anyio.to_thread.run_sync(configure)
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer sk-any"}) as client:
        async with process(tmp_path) as (running, url):
            async with client.post(f"{url}/v1/batch/jobs", json={**JOB, "requests": requests_for(12)}) as answer:
                job = await answer.json()
            with anyio.fail_after(10):
                while len(upstream.requests) < 6:
                    await anyio.sleep(0.01)
            running.send_signal(signal.SIGTERM)
            assert await anyio.to_thread.run_sync(running.wait, 10) == 0
        async with process(tmp_path) as (_, url):
            with anyio.fail_after(20):
                while job["status"] in {"QUEUED", "RUNNING"}:
                    async with client.get(f"{url}/v1/batch/jobs/{job['id']}") as answer:
                        job = await answer.json()
    assert (job["status"], job["succeeded_requests"]) == ("SUCCESS", 12)
    assert len(upstream.requests) == 12
