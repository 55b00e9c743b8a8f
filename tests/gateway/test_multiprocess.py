"""`ocr-async serve --workers 2`, as processes: what holds among them, and that none of them is missed when it dies."""

from __future__ import annotations

import base64
import http.client
import itertools
import json
import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.from_thread
import pytest

from ocr_async.gateway.storage.local.folder import Folder
from tests import faults
from tests.documents import drawn_page, png
from tests.gateway.test_files import MASTER
from tests.gateway.test_serve import ASKED, CONFIG, Process, hosted, serving
from tests.postgres import Server
from tests.upstream import Exchange, Upstream, mistral_answer, upstream


BY_MASTER = f"Bearer {MASTER}"
BOTH = CONFIG.replace(
    "router_settings",
    """\
- model_name: local-ocr
  litellm_params: {model: local/ocr}
- model_name: pausing-ocr
  litellm_params: {model: mistral/mistral-ocr-latest, api_key: sk-pausing, api_base: os.environ/UPSTREAM}
router_settings""",
)


@pytest.fixture(scope="module")
def provider() -> Iterator[Upstream]:
    with anyio.from_thread.start_blocking_portal() as portal, portal.wrap_async_context_manager(upstream()) as running:
        yield running


@pytest.fixture
def server(provider: Upstream) -> Iterator[Upstream]:
    behaves = provider.default
    yield provider
    provider.default = behaves


@contextmanager
def with_workers(folder: Path, server: Upstream) -> Iterator[Process]:
    environ = {**hosted(server), "OCR_ASYNC_MASTER_KEY": MASTER, "PYTHONWARNINGS": "error"}
    with serving(folder, "--workers", "2", config=BOTH, **environ) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(provider: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with with_workers(tmp_path_factory.mktemp("gateway"), provider) as running:
        yield running


def call(running: Process, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """Ask on a connection of its own, which either worker may take."""
    given = {"Authorization": BY_MASTER, **{name.replace("_", "-"): value for name, value in headers.items()}}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(running.url + path, data, given, method=method)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def new_key(running: Process, alias: str, **limits: Any) -> str:
    status, made = call(running, "POST", "/v1/keys", {"alias": alias, **limits})
    assert status == 201
    return f"Bearer {made['key']}"


def at_once(running: Process, count: int, key: str, **headers: str) -> list[tuple[int, Any]]:
    with ThreadPoolExecutor(count) as pool:
        return list(
            pool.map(lambda _: call(running, "POST", "/v1/ocr", ASKED, Authorization=key, **headers), range(count))
        )


def codes(answers: list[tuple[int, Any]]) -> dict[Any, int]:
    found = [status if status == 200 else body["code"] for status, body in answers]
    return {one: found.count(one) for one in found}


def workers_of(running: Process) -> list[int]:
    """Return the process ids of the workers."""
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(running.process.pid)], capture_output=True, text=True, check=False
    )
    return [int(line.split()[0]) for line in listed.stdout.splitlines() if "ocr_async.gateway.multiprocess" in line]


def started(running: Process) -> list[tuple[int, int]]:
    """Return which worker was started as which process, in that order."""
    return [(line["worker"], line["pid"]) for line in running.events() if line["event"] == "worker_started"]


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition: Any, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def new_batch(running: Process, count: int) -> str:
    """Have *count* documents read as a batch; return its path."""
    requests = [{"custom_id": str(number), "body": ASKED} for number in range(count)]
    status, job = call(
        running, "POST", "/v1/batch/jobs", {"endpoint": "/v1/ocr", "model": "mistral-ocr", "requests": requests}
    )
    assert status == 200
    return f"/v1/batch/jobs/{job['id']}"


def batch_ids(running: Process, path: str) -> list[int]:
    """Return the ids of the results of a batch, as often as each is there, once it has ended."""
    until(lambda: call(running, "GET", path)[1]["status"] == "SUCCESS")
    _, done = call(running, "GET", path)
    address = f"{running.url}/v1/files/{done['output_file']}/content"
    with urllib.request.urlopen(urllib.request.Request(address, headers={"Authorization": BY_MASTER})) as answer:
        return sorted(int(json.loads(line)["custom_id"]) for line in answer)


def metric(running: Process, name: str) -> float:
    request = urllib.request.Request(f"{running.url}/metrics", headers={"Authorization": BY_MASTER})
    with urllib.request.urlopen(request, timeout=120) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


# --- what holds among workers --------------------------------------------------------------------------------------


def test_a_budget_is_exact_whichever_workers_are_asked(gateway: Process, server: Upstream) -> None:
    server.default = faults.late(0.05)
    key = new_key(gateway, "budget", budget_pages=30)
    asked = {**ASKED, "pages": [0, 1, 2]}
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda _: call(gateway, "POST", "/v1/ocr", asked, Authorization=key), range(32)))
    assert codes(answers) == {200: 10, "budget_exceeded": 22}
    assert call(gateway, "GET", "/v1/keys/budget")[1]["spent"]["pages"] == 30
    took_part = {line["worker"] for line in gateway.events() if line.get("key_alias") == "budget"}
    assert took_part == {1, 2}


def test_what_is_unlimited_is_billed_all_the_same(gateway: Process, server: Upstream) -> None:
    del server
    key = new_key(gateway, "unlimited")
    assert codes(at_once(gateway, 8, key)) == {200: 8}
    assert call(gateway, "GET", "/v1/keys/unlimited")[1]["spent"]["pages"] == 24


def test_requests_at_once_and_a_minute_are_counted_over_all(gateway: Process, server: Upstream) -> None:
    server.default = faults.late(1.0)
    assert codes(at_once(gateway, 12, new_key(gateway, "at-once", max_concurrency=3))) == {200: 3, "rate_limited": 9}
    server.default = faults.late(0.0)
    assert codes(at_once(gateway, 12, new_key(gateway, "a-minute", rpm=5))) == {200: 5, "rate_limited": 7}


def test_a_key_is_good_everywhere_when_it_is_made_and_nowhere_when_it_is_revoked(
    gateway: Process, server: Upstream
) -> None:
    del server
    for number in range(3):
        key = new_key(gateway, f"short-lived-{number}")
        assert codes(at_once(gateway, 8, key)) == {200: 8}
        assert call(gateway, "DELETE", f"/v1/keys/short-lived-{number}")[0] == 200
        assert codes(at_once(gateway, 8, key)) == {"invalid_api_key": 8}


def test_a_request_that_comes_several_times_is_worked_on_once(gateway: Process, server: Upstream) -> None:
    server.default = faults.late(0.3)
    before = len(server.requests)
    answers = at_once(gateway, 8, new_key(gateway, "repeats"), Idempotency_Key="k")
    assert codes(answers) == {200: 8}
    assert len(server.requests) == before + 1
    assert call(gateway, "GET", "/v1/keys/repeats")[1]["spent"]["pages"] == 3


def test_those_who_wait_for_a_request_share_its_failure(gateway: Process, server: Upstream) -> None:
    async def refuse(exchange: Exchange) -> None:
        await anyio.sleep(0.3)
        await faults.status(422)(exchange)

    server.default = refuse
    before = len(server.requests)
    answers = at_once(gateway, 8, new_key(gateway, "failures"), Idempotency_Key="k")
    assert codes(answers) == {"upstream_rejected": 8}
    assert len(server.requests) == before + 1


def test_a_job_is_known_to_every_worker(gateway: Process, server: Upstream) -> None:
    server.default = faults.late(0.5)
    key = new_key(gateway, "jobs")
    status, job = call(gateway, "POST", "/v1/ocr/jobs", ASKED, Authorization=key, Idempotency_Key="j")
    assert status == 202
    again = [call(gateway, "POST", "/v1/ocr/jobs", ASKED, Authorization=key, Idempotency_Key="j") for _ in range(6)]
    assert {one["id"] for _, one in again} == {job["id"]}
    path = f"/v1/ocr/jobs/{job['id']}"
    until(lambda: call(gateway, "GET", path, Authorization=key)[1]["status"] == "succeeded")
    seen = [call(gateway, "GET", path, Authorization=key)[1] for _ in range(6)]
    assert all(len(one["response"]["pages"]) == 3 for one in seen)
    assert call(gateway, "DELETE", path, Authorization=key)[0] == 200
    assert {call(gateway, "GET", path, Authorization=key)[0] for _ in range(6)} == {404}


def test_a_job_is_ended_by_whichever_worker_is_asked(gateway: Process, server: Upstream) -> None:
    server.default = faults.silence(60)
    key = new_key(gateway, "ended-jobs")
    for _ in range(4):
        before = len(server.requests)
        _, job = call(gateway, "POST", "/v1/ocr/jobs", ASKED, Authorization=key)
        until(lambda before=before: len(server.requests) > before)
        assert call(gateway, "DELETE", f"/v1/ocr/jobs/{job['id']}", Authorization=key)[0] == 200
    until(lambda: sum(line["event"] == "job" and line["status"] == "cancelled" for line in gateway.events()) >= 4)


def test_one_scrape_tells_of_all_workers(gateway: Process, server: Upstream) -> None:
    del server
    before = metric(gateway, 'ocr_requests_total{model="mistral-ocr",route="/v1/ocr",status="200"}')
    at_once(gateway, 12, new_key(gateway, "counted"))
    assert metric(gateway, 'ocr_requests_total{model="mistral-ocr",route="/v1/ocr",status="200"}') == before + 12
    assert metric(gateway, "ocr_gateway_workers ") == 2
    assert metric(gateway, "ocr_inflight_limit ") == 1000
    assert metric(gateway, 'process_resident_memory_bytes{worker="1"}') > 1e7
    assert metric(gateway, 'process_resident_memory_bytes{worker="2"}') > 1e7


def test_all_workers_have_one_recogniser(gateway: Process) -> None:
    picture = base64.b64encode(png(drawn_page(["Recognised once"]))).decode()
    asked = {"model": "local-ocr", "document": {"type": "image_url", "image_url": f"data:image/png;base64,{picture}"}}
    key = new_key(gateway, "reader")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: call(gateway, "POST", "/v1/ocr", asked, Authorization=key), range(8)))
    assert [status for status, _ in answers] == [200] * 8
    assert all("Recognised once" in body["pages"][0]["markdown"] for _, body in answers)
    assert {line["worker"] for line in gateway.events() if line.get("key_alias") == "reader"} == {1, 2}
    family = [gateway.process.pid, *workers_of(gateway)]
    listed = subprocess.run(["ps", "-ww", "-eo", "ppid=,args="], capture_output=True, text=True, check=True).stdout
    parents = [int(line.split()[0]) for line in listed.splitlines() if line.endswith(" recogniser")]
    assert [pid for pid in parents if pid in family] == [gateway.process.pid]


# --- the end of one --------------------------------------------------------------------------------------------------


class Load:
    """Clients that ask one request after the other, each on a connection that it keeps."""

    def __init__(self, url: str, key: str, clients: int = 8) -> None:
        self._url = url
        self._key = key
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(clients)
        self._asked = [self._pool.submit(self._ask) for _ in range(clients)]
        self.answered = 0
        self.lost = 0
        self.refused: list[Any] = []
        self._lock = threading.Lock()

    def _ask(self) -> None:
        address = self._url.removeprefix("http://")
        connection = http.client.HTTPConnection(address, timeout=120)
        while not self._stop.is_set():
            try:
                connection.request("POST", "/v1/ocr", json.dumps(ASKED), {"Authorization": self._key})
                with connection.getresponse() as answer:
                    status, body = answer.status, answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                with self._lock:
                    self.lost += 1
            else:
                with self._lock:
                    self.answered += status == 200
                    self.refused += [] if status == 200 else [body]
        connection.close()

    def end(self) -> None:
        self._stop.set()
        self._pool.shutdown()
        for asked in self._asked:
            asked.result()


@contextmanager
def load(url: str, key: str) -> Iterator[Load]:
    asking = Load(url, key)
    try:
        until(lambda: asking.answered > 8)
        yield asking
    finally:
        asking.end()


def test_a_killed_worker_loses_what_it_was_doing_and_is_replaced(gateway: Process, server: Upstream) -> None:
    server.default = faults.late(0.1)
    before = len(started(gateway))
    key = new_key(gateway, "killed", budget_pages=100_000, max_concurrency=8)
    with load(gateway.url, key) as asking:
        batch = new_batch(gateway, 40)
        until(lambda: call(gateway, "GET", batch)[1]["succeeded_requests"] >= 5)
        (doing,) = {line["worker"] for line in gateway.events() if line["event"] == "batch_request"}
        victim = dict(started(gateway))[doing]
        os.kill(victim, signal.SIGKILL)
        until(lambda: len(started(gateway)) == before + 1)
        asking.refused.clear()  # while nobody knew yet that it is dead
        answered = asking.answered
        until(lambda: asking.answered > answered + 20)
    assert 0 < asking.lost <= 8  # at most the one request that each client had there
    assert asking.refused == []  # what the dead one held of eight at once was given back
    assert batch_ids(gateway, batch) == list(range(40))
    _, spent = call(gateway, "GET", "/v1/keys/killed")
    assert 3 * asking.answered <= spent["spent"]["pages"] <= 3 * (asking.answered + asking.lost)
    assert [line["pid"] for line in gateway.events() if line["event"] == "worker_died"] == [victim]


def test_the_jobs_of_a_killed_worker_are_done_by_another(gateway: Process, server: Upstream) -> None:
    picture = base64.b64encode(b"%PDF-1.4\n" + bytes(range(256)) * 2000).decode()
    inline = {"type": "document_url", "document_url": f"data:application/pdf;base64,{picture}"}
    before, fleet = len(server.requests), len(started(gateway))
    server.default = faults.silence(60)
    asked = [ASKED, {**ASKED, "document": inline}] * 3
    jobs = [call(gateway, "POST", "/v1/ocr/jobs", one)[1]["id"] for one in asked]
    until(lambda: len(server.requests) == before + 6)
    server.default = faults.late(0.1)
    for pid in workers_of(gateway):  # whichever has them
        os.kill(pid, signal.SIGKILL)
    until(lambda: len(started(gateway)) == fleet + 2)

    def jobs_now() -> list[Any]:
        return [call(gateway, "GET", f"/v1/ocr/jobs/{job}")[1] for job in jobs]

    until(lambda: all(job["status"] == "succeeded" for job in jobs_now()))
    assert [len(job["response"]["pages"]) for job in jobs_now()] == [3] * 6
    assert len(server.requests) == before + 12
    sent = [one.json["document"]["document_url"] for one in server.requests[before + 6 :]]
    assert sorted(one.partition(",")[2] for one in sent) == ["", "", "", picture, picture, picture]


def test_workers_are_replaced_without_losing_a_request(gateway: Process, server: Upstream) -> None:
    server.default = faults.late(0.2)
    before = started(gateway)
    pages = metric(gateway, 'ocr_pages_total{model="mistral-ocr",outcome="done"}')
    key = new_key(gateway, "kept", budget_pages=100_000)
    with load(gateway.url, key) as asking:
        _, job = call(gateway, "POST", "/v1/ocr/jobs", ASKED)
        batches = [new_batch(gateway, 30)]
        gateway.process.send_signal(signal.SIGHUP)
        numbers = itertools.count()
        until(lambda: new_key(gateway, f"meanwhile-{next(numbers)}") and len(started(gateway)) == len(before) + 2)
        batches.append(new_batch(gateway, 3))
        until(lambda: len(workers_of(gateway)) == 2)
        answered = asking.answered
        until(lambda: asking.answered > answered + 8)
    assert (asking.lost, asking.refused) == (0, [])
    assert {pid for _, pid in started(gateway)[-2:]} == set(workers_of(gateway))
    assert [batch_ids(gateway, batch) for batch in batches] == [list(range(30)), list(range(3))]
    assert call(gateway, "GET", f"/v1/ocr/jobs/{job['id']}")[1]["status"] == "succeeded"
    assert call(gateway, "GET", "/v1/keys/kept")[1]["spent"]["pages"] == 3 * asking.answered
    counted = metric(gateway, 'ocr_pages_total{model="mistral-ocr",outcome="done"}')
    # of the workers that ended, too; the job and the batches are read beside the load
    assert counted == pages + 3 * (asking.answered + 1 + 30 + 3)


def test_a_configuration_that_cannot_be_leaves_the_workers_as_they_are(tmp_path: Path, server: Upstream) -> None:
    with with_workers(tmp_path, server) as running:
        before = started(running)
        (tmp_path / "config.yaml").write_text("model_list: 7\n")
        running.process.send_signal(signal.SIGHUP)
        until(lambda: any(line["event"] == "worker_not_replaced" for line in running.events()))
        assert call(running, "POST", "/v1/ocr", ASKED)[0] == 200
        assert started(running) == before
        # nobody can be started any more, so the last to go ends the gateway, with the reason
        for pid in workers_of(running):
            os.kill(pid, signal.SIGKILL)
        assert running.process.wait(60) == 2
    assert "die at their start" in running.lines[-1]
    assert "model_list" in running.lines[-1]


def test_workers_do_not_outlive_the_process_that_started_them(tmp_path: Path, server: Upstream) -> None:
    with with_workers(tmp_path, server) as running:
        pids = workers_of(running)
        running.process.kill()
        running.process.wait()
        until(lambda: not any(map(lives, pids)))
    Folder(tmp_path / "data").close()  # nobody holds it any more


def test_workers_share_a_database_as_gateways_do(
    tmp_path: Path, server: Upstream, postgres_server: Server, objects: str
) -> None:
    server.default = faults.late(0.05)
    arguments = ("--workers", "2", "--database", postgres_server.new(), "--objects", objects)
    with serving(tmp_path, *arguments, config=CONFIG, OCR_ASYNC_MASTER_KEY=MASTER, **hosted(server)) as running:
        key = new_key(running, "shared", budget_pages=30)
        asked = {**ASKED, "pages": [0, 1, 2]}
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: call(running, "POST", "/v1/ocr", asked, Authorization=key), range(16)))
        assert codes(answers) == {200: 10, "budget_exceeded": 6}
        assert batch_ids(running, new_batch(running, 5)) == list(range(5))
        assert call(running, "DELETE", "/v1/keys/shared")[0] == 200
        assert codes(at_once(running, 8, key)) == {"invalid_api_key": 8}
        assert running.end() == 0
    assert not (tmp_path / "data").exists()


def test_workers_with_a_database_sweep_it(tmp_path: Path, server: Upstream, postgres_server: Server) -> None:
    url = postgres_server.new()
    name = url.rpartition("/")[2].partition("?")[0]
    with serving(tmp_path, "--database", url, config=CONFIG, OCR_ASYNC_MASTER_KEY=MASTER, **hosted(server)) as running:
        assert running.end() == 0  # it has made the tables
    expired = (
        "INSERT INTO ocr_async.files (blob, id, owner, name, purpose, sample_type, source, size, created, expires, "
        "visibility) SELECT id, 'a', 'o', 'a', 'ocr', 'x', 'upload', 0, 1, 2, 'user' FROM kept"
    )
    kept = "INSERT INTO ocr_async.blobs (id, pieces) VALUES (gen_random_uuid(), 0) RETURNING id"
    postgres_server.sql(f"WITH kept AS ({kept}) {expired}", name)
    arguments = ("--workers", "2", "--database", url)
    with serving(tmp_path, *arguments, config=CONFIG, OCR_ASYNC_MASTER_KEY=MASTER, **hosted(server)):
        until(lambda: postgres_server.sql("SELECT count(*) FROM ocr_async.files", name) == "0")


def test_a_providers_limits_hold_for_all_workers_together(tmp_path: Path, server: Upstream) -> None:
    limits = "  litellm_params:\n    max_parallel_requests: 1\n    rpm: 9\n"
    config = CONFIG.replace("  litellm_params:\n", limits)
    busy, most = 0, 0

    async def alone(exchange: Exchange) -> None:
        nonlocal busy, most
        await exchange.read()
        busy += 1
        most = max(most, busy)
        await anyio.sleep(0.02)
        busy -= 1
        await exchange.json(mistral_answer(exchange.received.json, exchange.work()))

    server.default = alone
    environ = {**hosted(server), "OCR_ASYNC_MASTER_KEY": MASTER}
    with serving(tmp_path, "--workers", "2", config=config, **environ) as running:
        assert codes(at_once(running, 24, BY_MASTER)) == {200: 9, "upstream_rate_limited": 15}
    assert most == 1


def test_a_pause_that_one_worker_learned_is_kept_by_all_and_outlives_it(gateway: Process, server: Upstream) -> None:
    def refused() -> bool:
        asked = {**ASKED, "model": "pausing-ocr"}
        with ThreadPoolExecutor(4) as pool:  # more at once would wait for their turn, and so for the pause
            answers = pool.map(lambda _: call(gateway, "POST", "/v1/ocr", asked)[0], range(8))
            return set(answers) == {429}

    server.script += [faults.status(429, headers={"Retry-After": "300"})]
    until(refused)  # by both, though the provider said so once
    before, fleet = len(server.requests), len(started(gateway))
    os.kill(workers_of(gateway)[0], signal.SIGKILL)
    until(lambda: len(started(gateway)) == fleet + 1)
    until(refused)  # what the killed one was asked may still be on its way
    assert len(server.requests) == before


def test_a_stopped_gateway_answers_first_and_leaves_no_process(gateway: Process, server: Upstream) -> None:
    """The last one of this module, as it ends the gateway of the others."""
    server.default = faults.late(1.0)
    with ThreadPoolExecutor(6) as pool:
        pids = workers_of(gateway)
        before = len(server.requests)
        answers = [pool.submit(call, gateway, "POST", "/v1/ocr", ASKED) for _ in range(6)]
        until(lambda: len(server.requests) == before + 6)
        gateway.process.send_signal(signal.SIGTERM)
        assert [answer.result()[0] for answer in answers] == [200] * 6
        assert gateway.process.wait(30) == 0
        assert not any(map(lives, pids))
    gateway.reader.join(10)
    assert gateway.events()[-1]["event"] == "stopped"
