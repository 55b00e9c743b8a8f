"""
The clients that are compared, each alone in a fresh process: `measure.run` starts it and reads what it prints.

A job is JSON: which client, against which address, how many calls at which concurrency, of which documents. The result
is JSON as well: CPU seconds of the calls (all threads, without start and warm-up), seconds of each call, how late
a task that ticks beside them was, and the peak of the process's memory.
"""

from __future__ import annotations

import asyncio
import base64
import importlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from itertools import cycle, islice
from pathlib import Path
from typing import Any


MODEL = "mistral-ocr-latest"
URL = "https://example.com/report.pdf"
TICK = 0.005  # seconds

Call = Callable[[Path | str | None], Awaitable[Any]]  # a file, the text of a data URI, or None for that at `URL`


@asynccontextmanager
async def bare(base: str) -> AsyncIterator[Call]:
    """The least that can be done: aiohttp and orjson, no check, no retry, a document read whole."""
    import aiohttp
    import orjson

    headers = {"Authorization": "Bearer key", "Content-Type": "application/json"}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), headers=headers) as session:

        async def call(path: Path | str | None) -> Any:
            address = await _address(path)
            body = orjson.dumps({"model": MODEL, "document": {"type": "document_url", "document_url": address}})
            async with session.post(f"{base}/v1/ocr", data=body) as response:
                response.raise_for_status()
                return orjson.loads(await response.read())

        yield call


@asynccontextmanager
async def ocr_async(base: str) -> AsyncIterator[Call]:
    """This package."""
    from ocr_async import aocr

    async def call(path: Path | str | None) -> Any:
        document = {"type": "document_url", "document_url": URL} if path is None else path
        return await aocr(document, model=f"mistral/{MODEL}", api_base=base, api_key="key", max_concurrency=64)

    yield call


@asynccontextmanager
async def mistralai(base: str) -> AsyncIterator[Call]:
    """Mistral's own client; a local document is given as a data URI, as its documentation does."""
    module: Any = importlib.import_module("mistralai.client")
    async with module.Mistral(api_key="key", server_url=base, timeout_ms=600_000) as client:

        async def call(path: Path | str | None) -> Any:
            address = await _address(path)
            document = {"type": "document_url", "document_url": address}
            return await client.ocr.process_async(model=MODEL, document=document)

        yield call


@asynccontextmanager
async def litellm(base: str) -> AsyncIterator[Call]:
    """LiteLLM's SDK; it takes a local document as a path."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # it would fetch its prices otherwise
    module: Any = importlib.import_module("litellm")

    async def call(path: Path | str | None) -> Any:
        address = {"type": "document_url", "document_url": path or URL}
        document = {"type": "file", "file": path} if isinstance(path, Path) else address
        return await module.aocr(model=f"mistral/{MODEL}", document=document, api_key="key", api_base=base)

    yield call


CLIENTS: dict[str, Callable[[str], AbstractAsyncContextManager[Call]]] = {
    "bare": bare,
    "ocr_async": ocr_async,
    "mistralai": mistralai,
    "litellm": litellm,
}


async def _address(document: Path | str | None) -> str:
    return await asyncio.to_thread(data_uri, document) if isinstance(document, Path) else document or URL


def data_uri(path: Path) -> str:
    return f"data:application/pdf;base64,{base64.b64encode(path.read_bytes()).decode()}"


async def work(job: dict[str, Any]) -> dict[str, Any]:
    """
    Do *job*: `client`, `base`, `calls`, `concurrency`, `warm_up` (calls), `paths` (none for the URL), and `text`:
    whether the caller has their data URIs.
    """
    files = [Path(path) for path in job["paths"]]
    paths: list[Path | str | None] = [*map(data_uri, files)] if job.get("text") else [*files] or [None]
    async with CLIENTS[job["client"]](job["base"]) as call:
        await _calls(call, islice(cycle(paths), job["warm_up"]), job["concurrency"])
        late: list[float] = []
        ticking = asyncio.create_task(_tick(late))
        await asyncio.sleep(0)
        before = time.process_time()
        seconds = await _calls(call, islice(cycle(paths), job["calls"]), job["concurrency"])
        cpu = time.process_time() - before
        ticking.cancel()
        with suppress(asyncio.CancelledError):
            await ticking
    return {"cpu": cpu, "seconds": seconds, "late": late, "peak": peak_memory()}


async def _calls(call: Call, documents: Any, concurrency: int) -> list[float]:
    seconds: list[float] = []

    async def one_after_the_other() -> None:
        for document in documents:
            started = time.perf_counter()
            await call(document)
            seconds.append(time.perf_counter() - started)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(concurrency):
            tasks.create_task(one_after_the_other())
    return seconds


async def _tick(late: list[float]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + TICK
        await asyncio.sleep(TICK)
        late.append(loop.time() - due)


def peak_memory() -> int:
    """Return the most bytes of memory that this process had. `getrusage` would count its parent's, before `exec`."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


if __name__ == "__main__":
    print(json.dumps(asyncio.run(work(json.loads(sys.argv[1])))))
