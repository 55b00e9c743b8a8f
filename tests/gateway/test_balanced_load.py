"""Load on two gateways with one PostgreSQL behind HAProxy; one is killed in the middle, and comes back."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from tests import faults
from tests.gateway.test_balancers import before, free_port
from tests.gateway.test_files import MASTER
from tests.gateway.test_serve import Process, hosted, serving
from tests.gateway.test_several_gateways import CONFIG, ask, page, until, upload
from tests.postgres import Server
from tests.upstream import Upstream


CLIENTS = 8
PRICE, BUDGET = 0.01, 4.0  # US dollars of a page, and of the key
LINES = 60


@define
class Balancer:
    url: str


@define
class Clients:
    """They ask for a page each, under a key of its own for each request, until the budget is used up."""

    balancer: Balancer
    key: str
    stop: threading.Event = field(factory=threading.Event)
    numbers: Iterator[int] = field(factory=count)
    answers: list[tuple[int, str]] = field(factory=list)  # the status of each, and the code of its error

    @contextmanager
    def asking(self) -> Iterator[None]:
        with ThreadPoolExecutor(CLIENTS) as pool:
            working = [pool.submit(self._ask) for _ in range(CLIENTS)]
            try:
                yield
            finally:
                self.stop.set()
            for each in working:
                each.result()  # raises what was lost

    def _ask(self) -> None:
        while not self.stop.is_set():
            given = {"Idempotency-Key": f"load-{next(self.numbers)}"}
            status, body = ask(self.balancer, "/v1/ocr", self.key, body=page(), headers=given)
            self.answers.append((status, "" if status == 200 else body["code"]))

    def count(self, status: int) -> int:
        return sum(one == status for one, _ in list(self.answers))


@contextmanager
def gateway(folder: Path, environ: dict[str, str], port: int = 0) -> Iterator[Process]:
    folder.mkdir(exist_ok=True)
    priced = f"    ocr_cost_per_page: {PRICE}\n    api_base: os.environ/UPSTREAM\n"
    config = CONFIG.replace("    api_base: os.environ/UPSTREAM\n", priced)
    with serving(folder, "--port", str(port), config=config, **environ) as running:
        yield running


def test_nothing_accepted_is_lost_and_every_cent_is_counted_while_a_gateway_is_killed(
    tmp_path: Path, server: Upstream, postgres_server: Server
) -> None:
    if shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin") is None:
        pytest.skip("haproxy is not installed")
    server.default = faults.late(0.05)
    environ = {**hosted(server), "OCR_ASYNC_MASTER_KEY": MASTER, "DATABASE": postgres_server.new()}
    with ExitStack() as stack:
        port = free_port()
        first = stack.enter_context(gateway(tmp_path / "a", environ, port))
        second = stack.enter_context(gateway(tmp_path / "b", environ))
        balancer = Balancer(stack.enter_context(before([first, second], "haproxy", tmp_path)))
        _, made = ask(balancer, "/v1/keys", body={"alias": "load", "budget_usd": BUDGET})
        for each in (first, second):
            until(lambda each=each: ask(each, "/v1/models", made["key"])[0] == 200)
        batch = new_batch(balancer)
        clients, whole = Clients(balancer, made["key"]), round(BUDGET / PRICE)
        with clients.asking():
            jobs = [new_job(balancer) for _ in range(10)]
            until(lambda: clients.count(200) > 50)
            first.process.kill()
            first.process.wait()
            jobs += [new_job(balancer) for _ in range(10)]
            with gateway(tmp_path / "a", environ, port) as back:
                until(lambda: spent(second)["pages"] == whole and clients.count(429) > 0, 60)
                until(lambda: ended(balancer, batch)["status"] == "SUCCESS", 60)
                until(lambda: {ask(balancer, job)[1]["status"] for job in jobs} == {"succeeded"}, 60)
                assert [one for one in back.events() if one["event"] == "request" and one["route"] == "/v1/ocr"]
        assert set(clients.answers) == {(200, ""), (429, "budget_exceeded")}
        assert whole - CLIENTS <= clients.count(200) <= whole  # what the dead one had charged, and could not tell
        assert (spent(second)["pages"], round(spent(second)["usd"], 9)) == (whole, BUDGET)
        assert lines_of(balancer, batch) == Counter(map(str, range(LINES)))
        seen = Counter(one["route"] for one in second.events() if one["event"] == "request")
        assert seen["/v1/ocr"] > 50


def spent(gateway: Process) -> dict[str, Any]:
    found: dict[str, Any] = ask(gateway, "/v1/keys/load")[1]["spent"]
    return found


def new_batch(balancer: Balancer) -> str:
    lines = [json.dumps({"custom_id": str(number), "body": page(number)}) for number in range(LINES)]
    file_id = upload(balancer, "batch.jsonl", "\n".join(lines).encode(), "batch")
    asked = {"input_files": [file_id], "model": "mistral-ocr", "endpoint": "/v1/ocr"}
    return f"/v1/batch/jobs/{ask(balancer, '/v1/batch/jobs', body=asked)[1]['id']}"


def ended(balancer: Balancer, batch: str) -> dict[str, Any]:
    found: dict[str, Any] = ask(balancer, batch)[1]
    return found


def lines_of(balancer: Balancer, batch: str) -> Counter[str]:
    _, output = ask(balancer, f"/v1/files/{ended(balancer, batch)['output_file']}/content")
    return Counter(json.loads(line)["custom_id"] for line in output.splitlines())


def new_job(balancer: Balancer) -> str:
    status, job = ask(balancer, "/v1/ocr/jobs", body=page())
    assert status == 202
    return f"/v1/ocr/jobs/{job['id']}"
