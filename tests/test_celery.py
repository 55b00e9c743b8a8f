"""The task of docs/how-to/use-in-a-task-queue.md, in Celery's own workers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from celery import Celery, Task
from celery.contrib.testing.worker import start_worker

from tests import faults
from tests.documents import text_pdf
from tests.upstream import Upstream
from tests.upstream import upstream as serve


ROOT = Path(__file__).parent.parent
GUIDE = ROOT / "docs" / "how-to" / "use-in-a-task-queue.md"
POLLING = {"polling_interval": 0.05}  # seconds
PDF = text_pdf([["One."], ["Two."], ["Three."]])
# The guide's module, and a worker whose parent has made a call before it forks.
MODULE = """
import os
from celery.signals import worker_init

{guide}

app.conf.update({settings})
client = client.with_options(max_pages=None)  # nobody has to count, and no engine to start for that


@worker_init.connect
def warm(**_):
    print("parent", os.getpid(), len(client.ocr(Path({path!r})).pages), flush=True)


@app.task
def read_here(path):
    return os.getpid(), len(client.ocr(Path(path)).pages)
"""


def source() -> str:
    (block,) = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    return str(block)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    document = tmp_path / "0.pdf"
    document.write_bytes(PDF)
    return document


@pytest.fixture(scope="module")
def worker() -> Iterator[tuple[Task, Upstream]]:
    """Run the guide's task in a worker with threads, its broker in memory and its provider on the loopback."""
    names: dict[str, Any] = {"__name__": "guide"}
    exec(compile(source(), str(GUIDE), "exec"), names)
    app: Celery = names["app"]
    app.conf.update(broker_url="memory://", result_backend="cache+memory://", broker_transport_options=POLLING)
    threads: Any = start_worker(app, pool="threads", concurrency=2, perform_ping_check=False, shutdown_timeout=30)
    with (
        pytest.MonkeyPatch.context() as environment,
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(serve()) as server,
    ):
        environment.setenv("MISTRAL_API_KEY", "sk-..")
        environment.setenv("MISTRAL_API_BASE", server.url)
        with threads:
            yield names["read"], server


@pytest.fixture
def read(worker: tuple[Task, Upstream]) -> Task:
    return worker[0]


@pytest.fixture
def provider(worker: tuple[Task, Upstream]) -> Iterator[Upstream]:
    provider = worker[1]
    provider.requests.clear()
    well = provider.default
    yield provider
    provider.default = well


def test_a_task_in_a_worker_with_threads_reads_a_document(read: Task, provider: Upstream, path: Path) -> None:
    results: list[Any] = [read.delay(str(path)) for _ in range(3)]
    pages = [result.get(timeout=30)["pages"] for result in results]
    assert [len(each) for each in pages] == [3, 3, 3]
    assert len(provider.requests) == 3


def test_what_passes_is_tried_again_from_the_queue(read: Task, provider: Upstream, path: Path) -> None:
    provider.script.append(faults.status(503, headers={"Retry-After": "0.2", "X-Should-Retry": "false"}))
    result: Any = read.delay(str(path))
    assert len(result.get(timeout=30)["pages"]) == 3
    assert len(provider.requests) == 2


def test_what_stays_fails_the_task_at_once(read: Task, provider: Upstream, path: Path) -> None:
    provider.default = faults.status(401)
    with pytest.raises(Exception, match="401") as raised:
        read.delay(str(path)).get(timeout=30)
    assert type(raised.value).__name__ == "AuthenticationFailed"
    assert len(provider.requests) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a pool of forks")
def test_a_worker_that_forks_after_a_call_reads_in_its_children(hosted: Upstream, path: Path) -> None:
    hosted.default = faults.late(0.3)
    folder = path.parent
    for name in ("queue", "results"):
        (folder / name).mkdir()
    queue = dict.fromkeys(("data_folder_in", "data_folder_out", "control_folder"), f"{folder}/queue")
    settings = {
        "broker_url": "filesystem://",
        "broker_transport_options": queue | POLLING,
        "result_backend": f"file://{folder}/results",
    }
    (folder / "shop.py").write_text(MODULE.format(guide=source(), settings=settings, path=str(path)))
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "shop", "worker", "-P", "prefork", "-c", "2", "-l", "WARNING",
         "--without-gossip", "--without-mingle", "--without-heartbeat"],
        cwd=folder, env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    guard = threading.Timer(60, worker.kill)
    guard.start()
    try:
        asking = Celery("asking")
        asking.config_from_object(settings)
        results = [asking.send_task("shop.read_here", [str(path)]) for _ in range(4)]
        answers = [result.get(timeout=50, interval=0.05) for result in results]
    finally:
        worker.terminate()
        output, _ = worker.communicate()
        print(output)  # shown where the test fails
        guard.cancel()
    assert [pages for _, pages in answers] == [3, 3, 3, 3]
    children = {process for process, _ in answers}
    parent = re.search(r"^parent (\d+) 3$", output, re.MULTILINE)
    assert parent is not None
    assert int(parent[1]) == worker.pid
    assert worker.pid not in children
    assert len(children) == 2
    assert worker.returncode == 0
