"""Workers of the engine that are killed while a client waits: the client gets its pages, and nothing is left behind."""

from __future__ import annotations

import base64
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest

from ocr_async.transport import workers
from tests.documents import PARAGRAPHS, drawn_page, image_pdf
from tests.gateway.conftest import Running, Start


pytestmark = pytest.mark.anyio

SCAN = {
    "model": "local",
    "document": {
        "type": "document_url",
        "document_url": "data:application/pdf;base64,"
        + base64.b64encode(image_pdf([drawn_page(PARAGRAPHS[:1], height=300)] * 2)).decode(),
    },
}


def status_of(pid: int) -> str | None:
    """Return the kernel's letter for what process *pid* does; None if it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return None


def is_of(kind: str, pid: int) -> bool:
    """Return whether process *pid* is a worker of *kind*; one that has just gone is none."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().endswith(kind.encode() + b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


async def kill(kind: str, killed: list[int]) -> None:
    """Kill the next worker of *kind* as soon as it runs."""
    while True:
        for pid in workers.processes():
            if pid not in killed and await anyio.to_thread.run_sync(is_of, kind, pid):
                with suppress(ProcessLookupError):  # it went by itself: the next one, then
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)
                    return
        await anyio.sleep(0.01)


async def read_while_killing(gateway: Running, kinds: tuple[str, ...], killed: list[int]) -> tuple[int, Any]:
    answer: list[tuple[int, Any]] = []

    async def ask() -> None:
        answer.append(await gateway.post("/v1/ocr", SCAN))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        for kind in kinds:
            await kill(kind, killed)
    return answer[0]


@pytest.mark.parametrize("kind", ["parser", "recogniser"])
async def test_a_request_outlives_its_worker(start: Start, kind: str) -> None:
    killed: list[int] = []
    async with start() as gateway:
        assert (await gateway.post("/v1/ocr", SCAN))[0] == 200
        files = open_files()
        for _ in range(4):
            status, body = await read_while_killing(gateway, (kind,), killed)
            assert (status, [page["index"] for page in body["pages"]]) == (200, [0, 1])
            assert "harbour" in body["pages"][1]["markdown"].lower()
        assert (await gateway.post("/v1/ocr", SCAN))[0] == 200
        with anyio.fail_after(5):
            while any(status_of(pid) is not None for pid in killed):  # not even as zombies
                await anyio.sleep(0.05)
        most = len(os.sched_getaffinity(0)) + 1
        assert len(workers.processes()) <= most
        assert open_files() <= files + most  # of each worker a socket; the killed ones' are closed
    assert len(killed) == 4


async def test_a_request_whose_worker_is_killed_again_and_again_is_told_so(start: Start) -> None:
    killed: list[int] = []
    async with start() as gateway:
        status, body = await read_while_killing(gateway, ("parser", "parser"), killed)
        while status == 200 and len(killed) < 12:  # it was faster than the second kill
            status, body = await read_while_killing(gateway, ("parser", "parser"), killed)
        assert (status, body["code"]) == (500, "engine_failed")
        assert (await gateway.post("/v1/ocr", SCAN))[0] == 200
