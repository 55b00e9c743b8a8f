"""SIGTERM while there is work: what goes on within the grace, what is kept, and that the grace is one."""

from __future__ import annotations

import asyncio
import http.client
import json
import signal
import sqlite3
import time
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import anyio
import pytest

from ocr_async.gateway.app import create_app
from ocr_async.gateway.serve import listen
from tests import faults
from tests.gateway.conftest import configured, mistral_at
from tests.gateway.test_serve import ASKED, CONFIG, Process, hosted, serving
from tests.upstream import Upstream


def until_asked(server: Upstream, count: int = 1) -> None:
    end = time.monotonic() + 10
    while len(server.requests) < count:
        assert time.monotonic() < end
        time.sleep(0.01)


def lines(running: Process) -> list[dict[str, Any]]:
    """Ask for a stream; return what it says, to its end."""
    headers = {"Authorization": "Bearer x", "Accept": "application/x-ndjson"}
    request = urllib.request.Request(f"{running.url}/v1/ocr", json.dumps(ASKED).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return [json.loads(line) for line in answer]


def job_of(running: Process, job_id: str) -> Any:
    with urllib.request.urlopen(f"{running.url}/v1/ocr/jobs/{job_id}", timeout=30) as answer:
        return json.load(answer)


def test_a_stream_goes_on_to_its_end(tmp_path: Path, server: Upstream) -> None:
    server.default = faults.late(3.0)  # so that the stream has begun
    with serving(tmp_path, config=CONFIG, **hosted(server)) as running, ThreadPoolExecutor(1) as pool:
        told = pool.submit(lines, running)
        until_asked(server)
        time.sleep(2.3)
        running.process.send_signal(signal.SIGTERM)
        assert [line["event"] for line in told.result()] == ["page", "page", "page", "done"]
        assert running.process.wait(10) == 0


def test_clients_that_keep_their_connections_are_told_before_these_close(tmp_path: Path, server: Upstream) -> None:
    server.default = faults.late(0.1)

    def ask_on(port: int) -> int:
        """Ask again and again, over one connection until an answer ends it; return how many answers there were."""
        count, client = 0, http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while True:
            try:
                client.request("POST", "/v1/ocr", json.dumps(ASKED), {"Authorization": "Bearer x"})
            except ConnectionRefusedError:
                return count
            with client.getresponse() as answer:
                assert (answer.status, len(json.load(answer)["pages"])) == (200, 3)
            count += 1

    with serving(tmp_path, config=CONFIG, **hosted(server)) as running, ThreadPoolExecutor(16) as pool:
        port = int(running.url.rpartition(":")[2])
        clients = [pool.submit(ask_on, port) for _ in range(16)]
        until_asked(server, 64)
        running.process.send_signal(signal.SIGTERM)
        assert all(client.result() for client in clients)
        assert running.process.wait(10) == 0


def test_what_goes_on_for_a_client_that_left_is_kept_for_its_return(tmp_path: Path, server: Upstream) -> None:
    server.script.append(faults.late(1.5))
    with serving(tmp_path, config=CONFIG, **hosted(server)) as running:
        with pytest.raises(TimeoutError):
            running.post(ASKED, seconds=0.7, Idempotency_Key="k")
        assert running.end() == 0
    with serving(tmp_path, config=CONFIG, **hosted(server)) as running:
        status, body = running.post(ASKED, Idempotency_Key="k")
    assert (status, len(json.loads(body)["pages"])) == (200, 3)
    assert len(server.requests) == 1


def test_a_job_with_a_key_ends_and_its_answer_outlives_the_process(tmp_path: Path, server: Upstream) -> None:
    server.script.append(faults.late(1.0))
    with serving(tmp_path, config=CONFIG, **hosted(server)) as running:
        running.post(ASKED, "/v1/ocr/jobs", Idempotency_Key="k")
        until_asked(server)
        assert running.end() == 0
        (ended,) = [event for event in running.events() if event["event"] == "job"]
        assert ended["status"] == "succeeded"
    with serving(tmp_path, config=CONFIG, **hosted(server)) as running:
        status, body = running.post(ASKED, "/v1/ocr/jobs", Idempotency_Key="k")
    assert (status, json.loads(body)["status"]) == (202, "succeeded")
    assert len(server.requests) == 1


@pytest.mark.parametrize("workers", [(), ("--workers", "2")])
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_job_that_does_not_end_is_done_by_the_next_start(
    tmp_path: Path, server: Upstream, how: signal.Signals, workers: Sequence[str]
) -> None:
    server.default = faults.silence(60)
    config = CONFIG + "general_settings: {shutdown_grace: 1.0}"
    with serving(tmp_path, *workers, config=config, **hosted(server)) as running:
        _, body = running.post(ASKED, "/v1/ocr/jobs")
        until_asked(server)
        assert running.end(how) == (0 if how == signal.SIGTERM else -how)
    server.default = faults.late(0.0)
    with serving(tmp_path, *workers, config=config, **hosted(server)) as running:
        job, end = json.loads(body), time.monotonic() + 20
        while job["status"] == "running":
            assert time.monotonic() < end
            time.sleep(0.05)
            job = job_of(running, job["id"])
    assert (job["status"], job["pages_done"], len(job["response"]["pages"])) == ("succeeded", 3, 3)
    assert len(server.requests) == 2


def test_a_job_whose_result_is_being_kept_is_not_read_again(tmp_path: Path, server: Upstream) -> None:
    server.default = faults.late(0.3)
    with serving(tmp_path, config=CONFIG, **hosted(server)) as running:
        _, body = running.post(ASKED, "/v1/ocr/jobs")
        until_asked(server)
        with closing(sqlite3.connect(tmp_path / "data/gateway.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(1.5)  # until the job has been read, and waits for the database
            running.process.send_signal(signal.SIGTERM)
            time.sleep(1.0)
            other.execute("COMMIT")
        assert running.process.wait(30) == 0
    with serving(tmp_path, config=CONFIG, **hosted(server)) as running:
        assert job_of(running, json.loads(body)["id"])["status"] == "succeeded"
    assert len(server.requests) == 1


def test_a_job_whose_document_is_lost_fails_and_keeps_no_other_from_its_pages(tmp_path: Path, server: Upstream) -> None:
    server.default = faults.silence(60)
    inline = {**ASKED, "document": {"type": "document_url", "document_url": "data:application/pdf;base64,JVBERi0x"}}
    with serving(tmp_path, config=CONFIG, **hosted(server)) as running:
        ids = [json.loads(running.post(one, "/v1/ocr/jobs")[1])["id"] for one in [inline] * 9 + [ASKED]]
        until_asked(server)
        assert running.end(signal.SIGKILL) == -signal.SIGKILL
    for document in (tmp_path / "data/ocr_jobs").glob("*/*"):
        document.unlink()
    server.default = faults.late(0.0)
    with serving(tmp_path, config=CONFIG, **hosted(server)) as running:
        end = time.monotonic() + 20
        while "running" in {job_of(running, one)["status"] for one in ids}:
            assert time.monotonic() < end
            time.sleep(0.1)
        jobs = [job_of(running, one) for one in ids]
    assert [job["error"]["code"] for job in jobs[:-1]] == ["job_lost"] * 9
    assert jobs[-1]["status"] == "succeeded"


@pytest.mark.anyio
async def test_all_that_ends_has_one_grace(upstream: Upstream, tmp_path: Path) -> None:
    """A request, one whose client left, a job and a batch: none adds its own grace to the others'."""
    upstream.default = faults.silence(60)
    app = create_app(await configured(tmp_path, mistral_at(upstream), general_settings={
        "data_dir": str(tmp_path / "data"), "shutdown_grace": 2.0,
    }))  # fmt: skip
    runner, site = await listen(app, "127.0.0.1", 0, grace=2.0)
    batch = {"endpoint": "/v1/ocr", "model": "mistral-ocr", "requests": [{"custom_id": "1", "body": ASKED}]}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{site.port}") as client:

        async def post(path: str, seconds: float = 30.0, body: Any = ASKED, **headers: str) -> None:
            headers = {name.replace("_", "-"): value for name, value in headers.items()}
            async with asyncio.timeout(seconds), client.post(path, json=body, headers=headers) as answer:
                await answer.read()

        with pytest.raises(TimeoutError):
            await post("/v1/ocr", 0.5, Idempotency_Key="k")
        await post("/v1/ocr/jobs", Idempotency_Key="of a job")
        await post("/v1/batch/jobs", body=batch)
        hanging = [asyncio.create_task(post("/v1/ocr", Accept=kind)) for kind in ("*/*", "text/event-stream")]
        with anyio.fail_after(10):
            while len(upstream.requests) < 4:  # the fifth waits for its turn
                await anyio.sleep(0.01)
        began = time.monotonic()
        await runner.cleanup()
        took = time.monotonic() - began
        assert all(
            isinstance(error, aiohttp.ClientError) for error in await asyncio.gather(*hanging, return_exceptions=True)
        )
    assert 1.9 < took < 3.5  # aiohttp alone takes twice the grace, and each further end would add its own
