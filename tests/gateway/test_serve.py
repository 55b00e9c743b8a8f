"""`ocr-async serve` as a process: its start, its log, its end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import ocr_async
from tests import faults
from tests.upstream import Upstream


ROOT = Path(ocr_async.__file__).parent.parent
ADDRESS = "https://user:pw-canary@example.com/a-canary.pdf?key=q-canary"
ASKED = {"model": "mistral-ocr", "document": {"type": "document_url", "document_url": ADDRESS}}
CONFIG = """\
model_list:
- model_name: mistral-ocr
  litellm_params:
    model: mistral/mistral-ocr-latest
    api_key: os.environ/UPSTREAM_KEY
    api_base: os.environ/UPSTREAM
router_settings: {num_retries: 0}
"""
CURL = """\
curl {url}/v1/ocr \\
-H "Authorization: Bearer sk-1234" \\
-H "Content-Type: application/json" \\
-d '{{
"model": "mistral-ocr",
"document": {{
"type": "document_url",
"document_url": "https://arxiv.org/pdf/2201.04234"
}}
}}'
"""


class Process:
    """A gateway that runs, its address, and what it has logged."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self.url = ""
        self.listening = threading.Event()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            if match := re.search(r" at (http://\S+)$", line):
                self.url = match[1]
                self.listening.set()
        self.listening.set()

    def post(self, body: Any, path: str = "/v1/ocr", *, seconds: float = 30.0, **headers: str) -> tuple[int, bytes]:
        given = {"Authorization": "Bearer x", **{name.replace("_", "-"): value for name, value in headers.items()}}
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), given)
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(30)
        self.reader.join(10)
        return code

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines if line.startswith("{")]


@contextmanager
def serving(
    folder: Path, *arguments: str, config: str | None = None, below: Sequence[str] = (), **environ: str
) -> Iterator[Process]:
    if config is not None:
        (folder / "config.yaml").write_text(config)
        arguments = ("--config", str(folder / "config.yaml"), *arguments)
    process = subprocess.Popen(
        [*below, sys.executable, "-W", "error", "-m", "ocr_async", "serve", "--port", "0", *arguments],
        stderr=subprocess.PIPE, text=True, cwd=ROOT,
        env={**os.environ, "OCR_ASYNC_DATA": str(folder / "data"), **environ},
    )  # fmt: skip
    try:
        running = Process(process)
        assert running.listening.wait(90)
        yield running
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        running.reader.join(10)
        assert process.stderr is not None
        process.stderr.close()


def hosted(server: Upstream) -> dict[str, str]:
    return {"UPSTREAM": server.url, "UPSTREAM_KEY": "sk-upstream-canary"}


@pytest.mark.parametrize("workers", [(), ("--workers", "2")])
def test_the_page_makes_files_however_the_gateway_was_started(tmp_path: Path, workers: Sequence[str]) -> None:
    """They are made in a process of their own, which loads the main module of the one that starts it."""
    boundary = b"limit"
    part = b'Content-Disposition: form-data; name="response"\r\n\r\n'
    read = json.dumps({"pages": [{"index": 0, "markdown": "A page."}], "model": "m"}).encode()
    body = b"--%b\r\n%b%b\r\n--%b--\r\n" % (boundary, part, read, boundary)
    with serving(tmp_path, *workers) as running:
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary.decode()}"}
        request = urllib.request.Request(f"{running.url}/page/render?form=html", body, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert b"A page." in answer.read()


def test_the_documented_configuration_and_call_run_as_they_stand(tmp_path: Path, server: Upstream) -> None:
    with serving(tmp_path, config=CONFIG, **hosted(server)) as running:
        # the documentation's own address, whose name no other test uses
        command = CURL.format(url=running.url.replace("127.0.0.1", "0.0.0.0")).replace("curl ", "curl -sS ", 1)
        done = subprocess.run(["sh", "-c", command], capture_output=True, timeout=30, check=True)
        assert len(json.loads(done.stdout)["pages"]) == 3
        assert running.end() == 0
    told = "".join(running.lines)
    assert "There is no master key" in told
    assert "OCR_ASYNC_MASTER_KEY" in told


def test_running_requests_end_before_the_process_does(tmp_path: Path, server: Upstream) -> None:
    server.default = faults.late(1.5)
    with serving(tmp_path, config=CONFIG, **hosted(server)) as running, ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(running.post, ASKED) for _ in range(4)]
        while len(server.requests) < 4:
            time.sleep(0.01)
        running.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        with pytest.raises(urllib.error.URLError):
            running.post(ASKED)
        assert [answer.result()[0] for answer in answers] == [200] * 4
        assert running.process.wait(10) == 0
    assert len(server.requests) == 4


def test_the_grace_has_an_end(tmp_path: Path, server: Upstream) -> None:
    server.default = faults.silence(20)
    config = CONFIG + "general_settings: {shutdown_grace: 0.5}\n"
    with serving(tmp_path, config=config, **hosted(server)) as running, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(running.post, ASKED)
        while not server.requests:
            time.sleep(0.01)
        began = time.perf_counter()
        assert running.end(signal.SIGINT) == 0
        assert time.perf_counter() - began < 10
        assert answer.exception() is not None


def test_without_a_key_only_this_machine_is_served(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1"):
        done = subprocess.run(
            [sys.executable, "-m", "ocr_async", "serve", "--host", host, "--port", "0"],
            capture_output=True, text=True, timeout=30, check=False, cwd=ROOT,
        )  # fmt: skip
        assert done.returncode == 2
        assert "master_key" in done.stderr
    with serving(tmp_path, "--host", "0.0.0.0", OCR_ASYNC_MASTER_KEY="sk-8fK2mQ7xVb4nR9tLw3Zp") as running:
        running.url = running.url.replace("0.0.0.0", "127.0.0.1")
        assert running.post(ASKED)[0] == 401


def test_a_wrong_configuration_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG)
    done = subprocess.run(
        [sys.executable, "-m", "ocr_async", "serve", "--config", str(path)],
        capture_output=True, text=True, timeout=30, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 2
    assert (
        "line 5: model_list[0].litellm_params.api_key: the environment variable UPSTREAM_KEY is not set" in done.stderr
    )


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        port = running.url.rpartition(":")[2]
        done = subprocess.run(
            [sys.executable, "-m", "ocr_async", "serve", "--port", port, "--data", str(tmp_path / "other")],
            capture_output=True, text=True, timeout=30, check=False, cwd=ROOT,
        )  # fmt: skip
    assert done.returncode == 2
    assert f"cannot listen at 127.0.0.1:{port}" in done.stderr


def test_the_log_has_facts_and_no_secrets(tmp_path: Path, server: Upstream) -> None:
    server.script += [faults.status(400, {"message": "text-canary sk-upstream-canary"}), faults.not_http()]
    with serving(tmp_path, config=CONFIG, **hosted(server)) as running:
        assert [running.post(ASKED)[0] for _ in range(3)] == [400, 503, 200]
        assert running.end() == 0
    refused, _, served = [event for event in running.events() if event["event"] == "request"]
    assert served["route"] == "/v1/ocr"
    assert (served["status"], served["pages"], served["billed_pages"], served["attempts"]) == (200, 3, 3, 1)
    assert (served["model"], served["provider"], served["key_alias"]) == ("mistral-ocr", "mistral", "anyone")
    assert refused["error"] == "RequestRejected"
    assert len({refused["request_id"], served["request_id"]}) == 2
    assert not [line for line in running.lines if "canary" in line]


def test_a_gateway_of_hosted_models_never_loads_the_engine(tmp_path: Path) -> None:
    with serving(tmp_path, config=CONFIG, UPSTREAM="http://127.0.0.1:9", UPSTREAM_KEY="sk-x") as running:
        modules = Path(f"/proc/{running.process.pid}/maps").read_text()
    assert "numpy" not in modules
    assert "onnxruntime" not in modules


def test_each_worker_of_an_instrumented_gateway_goes_on_with_its_clients_trace(
    tmp_path: Path, server: Upstream
) -> None:
    instrument = str(Path(sys.executable).with_name("opentelemetry-instrument"))
    exporters = {f"OTEL_{kind}_EXPORTER": "none" for kind in ("TRACES", "METRICS", "LOGS")}
    trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    with serving(
        tmp_path, "--workers", "2", config=CONFIG, below=[instrument, "--"], **hosted(server), **exporters
    ) as running:
        status, _ = running.post(ASKED, traceparent=f"00-{trace}-{span}-01")
        assert status == 200
        assert running.end() == 0
    told = server.requests[0].headers["traceparent"].split("-")
    assert told[1] == trace
    assert told[2] != span
