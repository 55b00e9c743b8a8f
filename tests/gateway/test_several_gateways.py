"""Gateways as processes on one database: one is killed, and what was counted, kept and begun is the others', too."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import anyio
import anyio.from_thread
import pytest
from attrs import frozen

from tests import faults
from tests.gateway.test_files import MASTER
from tests.gateway.test_serve import CONFIG as HOSTED
from tests.gateway.test_serve import ROOT, Process, hosted, serving
from tests.postgres import Server
from tests.upstream import Behaviour, Exchange, Upstream, mistral_answer, upstream


LEASE = 2.0
SETTINGS = f"general_settings: {{database_url: os.environ/DATABASE, database_lease: {LEASE}}}\n"
CAREFUL = """\
- model_name: careful-ocr
  litellm_params:
    model: mistral/mistral-ocr-latest
    api_key: os.environ/UPSTREAM_KEY
    api_base: os.environ/UPSTREAM
    never_bill_twice: true
- model_name: pausing-ocr
  litellm_params:
    model: mistral/mistral-ocr-latest
    api_key: sk-pausing
    api_base: os.environ/UPSTREAM
router_settings"""
CONFIG = HOSTED.replace("router_settings", CAREFUL) + SETTINGS


@frozen
class Pair:
    """Two gateways on one database, and a third to be killed."""

    one: Process
    other: Process
    upstream: Upstream
    folder: Path
    environ: Mapping[str, str]

    def third(self, general: str = "max_queue: 1000") -> Any:
        (self.folder / "third").mkdir(exist_ok=True)
        config = CONFIG.replace("settings: {database_url", f"settings: {{{general}, database_url")
        return serving(self.folder / "third", config=config, **self.environ)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, postgres_server: Server) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("gateways")
    with ExitStack() as stack:
        portal = stack.enter_context(anyio.from_thread.start_blocking_portal())
        server = stack.enter_context(portal.wrap_async_context_manager(upstream()))
        environ = {**hosted(server), "OCR_ASYNC_MASTER_KEY": MASTER, "DATABASE": postgres_server.new()}
        for name in ("one", "other"):
            (folder / name).mkdir()
        one = stack.enter_context(serving(folder / "one", config=CONFIG, **environ))
        other = stack.enter_context(serving(folder / "other", config=CONFIG, **environ))
        yield Pair(one, other, server, folder, environ)


class Addressed(Protocol):
    """A gateway, or the balancer before several."""

    url: str


def ask(
    gateway: Addressed,
    path: str,
    key: str = MASTER,
    *,
    method: str | None = None,
    body: Any = None,
    form: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, Any]:
    data = form if form is not None else None if body is None else json.dumps(body).encode()
    given = {"Authorization": f"Bearer {key}", **(headers or {})}
    request = urllib.request.Request(gateway.url + path, data, given, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text[:1] in {b"{", b"["} and b"\n" not in text else text
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def page(number: int = 0) -> dict[str, Any]:
    """Return a request for one page of a document."""
    url = f"https://example.com/{number}.pdf"
    return {"model": "mistral-ocr", "document": {"type": "document_url", "document_url": url}, "pages": [0]}


def made(pair: Pair, alias: str, **limits: Any) -> str:
    """Return the text of a new key that both gateways know."""
    status, key = ask(pair.one, "/v1/keys", body={"alias": alias, **limits})
    assert status == 201
    until(lambda: ask(pair.other, "/v1/models", key["key"])[0] == 200)
    return str(key["key"])


def until(holds: Any, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def statuses(pair: Pair, key: str, count: int) -> Counter[int]:
    """Return how *count* requests for a page ended that were sent to both gateways at once."""
    with ThreadPoolExecutor(16) as pool:
        both = [(pair.one, pair.other)[number % 2] for number in range(count)]
        return Counter(pool.map(lambda gateway: ask(gateway, "/v1/ocr", key, body=page())[0], both))


def answered_after(seconds: float) -> Behaviour:
    async def answer(exchange: Exchange) -> None:
        await exchange.read()
        await anyio.sleep(seconds)
        await exchange.json(mistral_answer(exchange.received.json, exchange.work()))

    return answer


def spent(pair: Pair, alias: str) -> int:
    return int(ask(pair.other, f"/v1/keys/{alias}")[1]["spent"]["pages"])


def test_a_key_made_on_one_is_known_on_the_other_and_revoked_there_too(pair: Pair) -> None:
    key = made(pair, "travels")
    assert ask(pair.other, "/v1/ocr", key, body=page())[0] == 200
    assert ask(pair.other, "/v1/keys/travels", method="DELETE")[0] == 200
    until(lambda: ask(pair.one, "/v1/models", key)[0] == 401)


def test_the_command_makes_and_lists_the_keys_of_the_database(pair: Pair) -> None:
    def keys(*arguments: str) -> str:
        command = [sys.executable, "-W", "error", "-m", "ocr_async", "keys", *arguments]
        database = ["--database", pair.environ["DATABASE"]]
        done = subprocess.run([*command, *database], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60)
        assert "postgres@" not in done.stderr
        return done.stdout

    key = keys("create", "by-command", "--budget-pages", "1").strip()
    until(lambda: ask(pair.other, "/v1/models", key)[0] == 200)
    until(lambda: ask(pair.one, "/v1/ocr", key, body=page())[0] == 200)
    assert ask(pair.other, "/v1/ocr", key, body=page())[0] == 429
    (listed,) = [one for one in json.loads(keys("list", "--json")) if one["alias"] == "by-command"]
    assert [row["pages"] for row in listed["spend"]] == [1]


def test_a_budget_holds_across_gateways_to_the_page(pair: Pair) -> None:
    assert statuses(pair, made(pair, "frugal", budget_pages=20), 60) == {200: 20, 429: 40}
    assert spent(pair, "frugal") == 20


def test_requests_a_minute_hold_across_gateways(pair: Pair) -> None:
    assert statuses(pair, made(pair, "slow", rpm=10), 30) == {200: 10, 429: 20}


def test_pages_a_minute_hold_across_gateways(pair: Pair) -> None:
    assert statuses(pair, made(pair, "few", pages_per_minute=7), 20) == {200: 7, 429: 13}


def test_requests_at_once_hold_across_gateways(pair: Pair) -> None:
    go_on = threading.Event()

    async def held(exchange: Exchange) -> None:
        while not go_on.is_set():
            await anyio.sleep(0.01)
        await answered_after(0)(exchange)

    key = made(pair, "narrow", max_concurrency=3)
    before = len(pair.upstream.requests)
    pair.upstream.script += [held] * 3
    with ThreadPoolExecutor(3) as pool:
        both = [pair.one, pair.other, pair.one]
        three = [pool.submit(ask, gateway, "/v1/ocr", key, body=page()) for gateway in both]
        until(lambda: len(pair.upstream.requests) == before + 3)
        assert statuses(pair, key, 6) == {429: 6}
        go_on.set()
        assert [one.result()[0] for one in three] == [200, 200, 200]
    assert ask(pair.other, "/v1/ocr", key, body=page())[0] == 200


def test_the_same_idempotency_key_at_both_gateways_is_one_request_upstream(pair: Pair) -> None:
    before = len(pair.upstream.requests)
    with ThreadPoolExecutor(8) as pool:
        both = [pair.one, pair.other] * 4
        answers = list(
            pool.map(lambda one: ask(one, "/v1/ocr", body=page(7), headers={"Idempotency-Key": "same-at-both"}), both)
        )
    assert {status for status, _ in answers} == {200}
    assert len({json.dumps(body) for _, body in answers}) == 1
    assert len(pair.upstream.requests) == before + 1
    status, error = ask(pair.other, "/v1/ocr", body=page(8), headers={"Idempotency-Key": "same-at-both"})
    assert (status, error["code"]) == (422, "idempotency_mismatch")


def upload(gateway: Addressed, name: str, data: bytes, purpose: str, key: str = MASTER) -> str:
    boundary = "b0undary"
    form = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\n{purpose}\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    ).encode() + data + f"\r\n--{boundary}--\r\n".encode()  # fmt: skip
    kind = f"multipart/form-data; boundary={boundary}"
    status, file = ask(gateway, "/v1/files", key, form=form, headers={"Content-Type": kind})
    assert status == 200
    return str(file["id"])


def test_a_file_is_read_by_all_gateways_and_its_signed_address_too(pair: Pair) -> None:
    data = b"%PDF-1.4\n" + bytes(range(256)) * 5000
    file_id = upload(pair.one, "a.pdf", data, "ocr")
    assert ask(pair.other, f"/v1/files/{file_id}/content") == (200, data)
    _, address = ask(pair.one, f"/v1/files/{file_id}/url")
    path = address["url"].partition(pair.one.url)[2]
    assert ask(pair.other, path, "none", headers={"Range": "bytes=0-7"})[1] == data[:8]
    body = page() | {"document": {"type": "file", "file_id": file_id}}
    assert ask(pair.other, "/v1/ocr", body=body)[0] == 200


def test_what_a_killed_gateway_held_back_is_free_again(pair: Pair) -> None:
    key = made(pair, "held", budget_pages=2, max_concurrency=2)
    with pair.third() as third, ThreadPoolExecutor(2) as pool:
        until(lambda: ask(third, "/v1/models", key)[0] == 200)
        before = len(pair.upstream.requests)
        pair.upstream.script += [faults.silence(), faults.silence()]
        asked = [pool.submit(ask, third, "/v1/ocr", key, body=page()) for _ in range(2)]
        until(lambda: len(pair.upstream.requests) == before + 2)
        assert ask(pair.one, "/v1/ocr", key, body=page())[0] == 429
        third.process.kill()
        assert all(isinstance(one.exception(), OSError) for one in asked)
        until(lambda: ask(pair.one, "/v1/ocr", key, body=page())[0] == 200)
        assert ask(pair.other, "/v1/ocr", key, body=page())[0] == 200
        assert ask(pair.other, "/v1/ocr", key, body=page())[0] == 429
    assert spent(pair, "held") == 2


def test_a_pause_that_a_killed_gateway_learned_is_kept_by_all(pair: Pair) -> None:
    def refused(gateway: Process) -> bool:
        status, body = ask(gateway, "/v1/ocr", body=page() | {"model": "pausing-ocr"})
        assert (status, body.get("code")) in {(200, None), (429, "upstream_rate_limited")}
        return status == 429

    with pair.third() as third:
        pair.upstream.script += [faults.status(429, headers={"Retry-After": "300"})]
        assert refused(third)
        until(lambda: refused(pair.one))  # which got no 429 of its own
        third.process.kill()
    until(lambda: refused(pair.other))
    before = len(pair.upstream.requests)
    with pair.third() as third:
        assert all(map(refused, (pair.one, pair.other, third)))
    assert len(pair.upstream.requests) == before


def test_a_batch_of_a_killed_gateway_is_finished_by_another_with_each_line_once(pair: Pair) -> None:
    count = 300
    lines = [json.dumps({"custom_id": str(number), "body": page(number)}) for number in range(count)]
    with pair.third() as third:
        pair.upstream.script += [answered_after(0.1)] * count
        file_id = upload(third, "batch.jsonl", "\n".join(lines).encode(), "batch")
        body = {"input_files": [file_id], "model": "mistral-ocr", "endpoint": "/v1/ocr"}
        _, job = ask(third, "/v1/batch/jobs", body=body)

        def state() -> dict[str, Any]:
            found: dict[str, Any] = ask(pair.other, f"/v1/batch/jobs/{job['id']}")[1]
            return found

        until(lambda: state()["completed_requests"] >= 10)
        third.process.kill()
        done = state()["completed_requests"]
        assert done < count
        pair.upstream.script.clear()
    until(lambda: state()["status"] == "SUCCESS", 60)
    ended = state()
    assert (ended["succeeded_requests"], ended["failed_requests"]) == (count, 0)
    _, output = ask(pair.one, f"/v1/files/{ended['output_file']}/content")
    assert Counter(json.loads(line)["custom_id"] for line in output.splitlines()) == Counter(map(str, range(count)))
    assert not [event for one in (pair.one, pair.other) for event in one.events() if event["event"] == "failed"]


# --- jobs -------------------------------------------------------------------------------------------------------------


def new_job(gateway: Process, key: str = MASTER, **changes: Any) -> str:
    """Have a job begun; return its path."""
    status, job = ask(gateway, "/v1/ocr/jobs", key, body=page() | changes)
    assert (status, job["status"]) == (202, "running")
    return f"/v1/ocr/jobs/{job['id']}"


def status_of(gateway: Process, path: str) -> str:
    return str(ask(gateway, path)[1]["status"])


def asked(pair: Pair, before: int) -> bool:
    return len(pair.upstream.requests) > before


def test_a_job_is_seen_and_fetched_at_every_gateway_and_ended_at_any(pair: Pair) -> None:
    before = len(pair.upstream.requests)
    pair.upstream.script += [answered_after(1.5)]
    path = new_job(pair.one)
    assert status_of(pair.other, path) == "running"
    until(lambda: status_of(pair.other, path) == "succeeded")
    status, done = ask(pair.other, path)
    assert (status, done["pages_done"], len(done["response"]["pages"])) == (200, 1, 1)
    assert ask(pair.one, path) == (status, done)
    assert ask(pair.one, path, made(pair, "stranger"))[0] == 404
    assert ask(pair.other, path, method="DELETE")[0] == 200
    assert {ask(gateway, path)[0] for gateway in (pair.one, pair.other)} == {404}
    assert len(pair.upstream.requests) == before + 1


def test_a_job_that_is_deleted_elsewhere_is_worked_on_no_more(pair: Pair) -> None:
    before = len(pair.upstream.requests)
    pair.upstream.script += [faults.silence()]
    path = new_job(pair.one)
    until(lambda: asked(pair, before))
    assert ask(pair.other, path, method="DELETE")[0] == 200
    job_id = path.rpartition("/")[2]
    until(lambda: any(line.get("job") == job_id and line.get("status") == "cancelled" for line in pair.one.events()))


def test_the_same_idempotency_key_at_both_gateways_is_one_job(pair: Pair) -> None:
    before, given = len(pair.upstream.requests), {"Idempotency-Key": "one-job"}
    with ThreadPoolExecutor(6) as pool:
        both = [pair.one, pair.other] * 3
        jobs = list(pool.map(lambda one: ask(one, "/v1/ocr/jobs", body=page(3), headers=given), both))
    assert {status for status, _ in jobs} == {202}
    (job_id,) = {job["id"] for _, job in jobs}
    until(lambda: status_of(pair.one, f"/v1/ocr/jobs/{job_id}") == "succeeded")
    assert len(pair.upstream.requests) == before + 1
    status, error = ask(pair.other, "/v1/ocr/jobs", body=page(4), headers=given)
    assert (status, error["code"]) == (422, "idempotency_mismatch")


@pytest.mark.parametrize("how", ["kill", "terminate"])
def test_the_jobs_of_a_gateway_that_is_gone_are_done_by_another(pair: Pair, how: str) -> None:
    large = base64.b64encode(b"%PDF-1.4\n" + bytes(range(256)) * 2000).decode()
    document = {"type": "document_url", "document_url": f"data:application/pdf;base64,{large}"}
    with pair.third(general="shutdown_grace: 0.5") as third:
        before = len(pair.upstream.requests)
        pair.upstream.script += [faults.silence()] * 3
        paths = [new_job(third, document=document), new_job(third), new_job(third, pages=[0, 2])]
        until(lambda: len(pair.upstream.requests) == before + 3)
        getattr(third.process, how)()
        third.process.wait(30)
    until(lambda: [status_of(pair.one, path) for path in paths] == ["succeeded"] * 3)
    assert [len(ask(pair.other, path)[1]["response"]["pages"]) for path in paths] == [1, 1, 2]
    again = pair.upstream.requests[before + 3 :]
    assert len(again) == 3
    sent = [one.json["document"]["document_url"] for one in again if one.json["document"]["document_url"][:4] == "data"]
    assert [one.partition(",")[2] for one in sent] == [large]


def test_a_job_that_may_have_been_billed_is_not_sent_again_where_its_model_forbids_it(pair: Pair) -> None:
    with pair.third() as third:
        before = len(pair.upstream.requests)
        pair.upstream.script += [faults.silence()]
        path = new_job(third, model="careful-ocr")
        until(lambda: asked(pair, before))
        third.process.kill()
    until(lambda: status_of(pair.one, path) == "failed")
    error = ask(pair.other, path)[1]["error"]
    assert error["code"] == "worker_lost"
    assert "never_bill_twice" in error["message"]
    assert len(pair.upstream.requests) == before + 1
