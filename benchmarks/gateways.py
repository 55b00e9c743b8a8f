"""The gateways that are compared, each in a process of its own before the same upstream, and what it uses."""

from __future__ import annotations

import http.client
import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


KEY = "sk-4f9d0c2b7a81e6533b0d"  # the master key of both gateways
# models, and the answers that they give: pages × KB of text + KB of pictures
SHAPES = {"small": "10x10", "pictures": "10x10+1000", "prose": "10x1000", "upload": "2x4"}
_START = 120.0  # seconds


class Running:
    """
    A server, and what its processes use.

    Attributes:
        url: Where it answers OCR requests.

        started: Seconds from its start to its first answer.
    """

    def __init__(self, process: subprocess.Popen[Any], url: str, model: str | None = None) -> None:
        self.process = process
        self.url = url
        self.model = model
        self.started = 0.0

    def cpu(self) -> float:
        """Return the CPU seconds so far, user and system."""
        return sum(self.cpu_of_each())

    def _cpu(self, pid: int) -> float:
        try:
            text = Path(f"/proc/{pid}/stat").read_text()
        except OSError:  # it has just ended, as a database's helpers do
            return 0.0
        # the second field, the name, may hold anything
        fields = text.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def cpu_of_each(self) -> list[float]:
        """Return the CPU seconds so far of each process, the first one first."""
        return [self._cpu(pid) for pid in self.pids()]

    def memory(self) -> float:
        """Return the megabytes of resident memory."""
        return self._status("VmRSS")

    def peak(self) -> float:
        """Return the most that `memory` was since the start."""
        return self._status("VmHWM")

    def _status(self, name: str) -> float:
        return sum(self._megabytes(pid, name) for pid in self.pids())

    def _megabytes(self, pid: int, name: str) -> float:
        text = Path(f"/proc/{pid}/status").read_text()
        return int(text.partition(f"{name}:")[2].split()[0]) * 1024 / 1e6

    def memory_of(self, what: str) -> list[float]:
        """Return the megabytes of each process whose command line holds *what*."""
        texts = {pid: Path(f"/proc/{pid}/cmdline").read_text() for pid in self.pids()}
        return [self._megabytes(pid, "VmRSS") for pid, text in texts.items() if what in text]

    def pids(self) -> list[int]:
        """Return the ids of its processes, the first one first."""
        found = [self.process.pid]
        for pid in found:
            # each is the child of the thread that started it
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                with suppress(OSError):  # the thread has ended
                    found += map(int, children.read_text().split())
        return found


def has_litellm() -> bool:
    """Whether LiteLLM's proxy is installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("litellm", "fastapi", "uvicorn", "apscheduler"))


def configuration(folder: Path, upstream: str, shapes: Mapping[str, str] = SHAPES) -> Path:
    """Write the `config.yaml` that both gateways take, before *upstream*, with a model for each of *shapes*."""
    models = [
        {
            "model_name": name,
            "litellm_params": {
                "model": "mistral/mistral-ocr-latest",
                "api_base": f"{upstream}/{shape}/v1",
                "api_key": "sk-upstream",
            },
        }
        for name, shape in shapes.items()
    ]
    path = folder / "config.yaml"
    path.touch(mode=0o600)
    path.write_text(json.dumps({"model_list": models, "general_settings": {"master_key": KEY}}))  # JSON is YAML
    return path


@contextmanager
def ocr_async(
    folder: Path,
    config: Path,
    workers: int = 1,
    first: bytes | None = None,
    under: Sequence[str] = (),
    *,
    data: bool = True,
) -> Iterator[Running]:
    """
    This package's gateway, run by the command *under*; it has started when it answers *first*, else `small`.

    Args:
        data: Whether it has a folder; else the configuration names a database.
    """
    port = _free_port()
    command = ["-m", "ocr_async", "serve", "--config", str(config), "--port", str(port), "--workers", str(workers)]
    command += ["--data", str(folder / f"data-{port}")] if data else []
    with _serving([*under, sys.executable, *command], folder / "ocr_async.log", port, first=first) as running:
        yield running


@contextmanager
def litellm(folder: Path, config: Path) -> Iterator[Running]:
    """LiteLLM's proxy, with one worker."""
    port = _free_port()
    program = Path(sys.executable).with_name("litellm")
    command = [str(program), "--config", str(config), "--host", "127.0.0.1", "--port", str(port), "--num_workers", "1"]
    # it would fetch its prices otherwise, and tell home
    environment = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    with _serving([*command, "--telemetry", "False"], folder / "litellm.log", port, environment) as running:
        yield running


@contextmanager
def relay(upstream: str, shape: str) -> Iterator[Running]:
    """A relay of TCP before *upstream*."""
    with _on_a_port("benchmarks.relay", upstream.removeprefix("http://")) as (process, port):
        yield Running(process, f"http://127.0.0.1:{port}/{shape}/v1/ocr")


@contextmanager
def checked_relay(upstream: str, shape: str, under: Sequence[str] = ()) -> Iterator[Running]:
    """A relay by aiohttp before *upstream* that checks its answers to be JSON, run by the command *under*."""
    with _on_a_port("benchmarks.checked_relay", f"{upstream}/{shape}/v1/ocr", under) as (process, port):
        yield Running(process, f"http://127.0.0.1:{port}/v1/ocr")


@contextmanager
def _on_a_port(module: str, upstream: str, under: Sequence[str] = ()) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a module of ours that prints its port."""
    command = [*under, sys.executable, "-m", module, upstream]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.terminate()


@contextmanager
def _serving(
    command: Sequence[str],
    log: Path,
    port: int,
    environment: Mapping[str, str] | None = None,
    first: bytes | None = None,
) -> Iterator[Running]:
    started = time.perf_counter()
    with (
        log.open("wb") as file,
        subprocess.Popen(command, stdout=file, stderr=file, env={**os.environ, **(environment or {})}) as process,
    ):
        try:
            running = Running(process, f"http://127.0.0.1:{port}/v1/ocr")
            while not answers(port, first or request("small")):
                if process.poll() is not None or time.perf_counter() - started > _START:
                    raise RuntimeError(f"{command[0]} did not start:\n{log.read_text()[-2000:]}")
                time.sleep(0.005)
            running.started = time.perf_counter() - started
            yield running
        finally:
            process.terminate()


def answers(port: int, body: bytes) -> bool:
    """Whether the gateway at *port* answers an OCR request with *body*."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", "/v1/ocr", body, headers())
        with connection.getresponse() as response:
            return response.status == 200 and bool(response.read())
    except OSError:
        return False
    finally:
        connection.close()


def headers() -> dict[str, str]:
    """Return the headers of a request."""
    return {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}


def request(model: str, document: str = "https://example.com/report.pdf") -> bytes:
    """Return the body of a request for *document*, a URL or a data URI."""
    return json.dumps({"model": model, "document": {"type": "document_url", "document_url": document}}).encode()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port
