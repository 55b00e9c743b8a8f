"""
Clients that cost as little as asyncio allows, in a process of their own, so that what is measured is the gateway.

A job is JSON: the address, the headers, the body, how many requests over how many connections, and how many to do
before. When what is measured begins, an empty line is printed; the result is JSON, seconds in all and of each request.
An answer that is no 200, or is compressed, ends it.
"""

from __future__ import annotations

import asyncio
import gc
import json
import re
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ENCODING = re.compile(rb"\r\ncontent-encoding: *(?!identity)", re.IGNORECASE)
_PIECE = 256 * 1024  # bytes of a body written at once


class Client(asyncio.BufferedProtocol):
    """One connection: the same request again and again, whose answers are counted and not looked at."""

    def __init__(self, work: Work, head: bytes, body: memoryview) -> None:
        self.work = work
        self.head = head
        self.body = body
        self.unsent = body[:0]
        self.buffer = bytearray(1 << 18)
        self.filled = 0
        self.left = 0
        self.paused = False
        self.started = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def next(self) -> None:
        """Begin the next request, if there is one."""
        if not self.work.begin():
            self.transport.close()
            return
        self.started = time.perf_counter()
        first, self.unsent = self.body[:_PIECE], self.body[_PIECE:]
        self.transport.write(self.head + bytes(first))
        self._send()

    def _send(self) -> None:
        while self.unsent and not self.paused:
            piece, self.unsent = self.unsent[:_PIECE], self.unsent[_PIECE:]
            self.transport.write(piece)

    def pause_writing(self) -> None:
        self.paused = True

    def resume_writing(self) -> None:
        self.paused = False
        self._send()

    def get_buffer(self, sizehint: int) -> memoryview:
        return memoryview(self.buffer)[self.filled :]

    def buffer_updated(self, nbytes: int) -> None:
        if self.left:
            self._drain(nbytes)
            return
        self.filled += nbytes
        end = self.buffer.find(b"\r\n\r\n", 0, self.filled)
        if end < 0:
            return
        head = bytes(self.buffer[: end + 4])
        length = _LENGTH.search(head)
        if not head.startswith(b"HTTP/1.1 200 ") or length is None or _ENCODING.search(head):
            self.work.fail(bytes(self.buffer[: self.filled]).decode("utf-8", "replace"))
            self.transport.abort()
            return
        self.left = int(length[1])
        body, self.filled = self.filled - end - 4, 0
        self._drain(body)

    def _drain(self, count: int) -> None:
        self.left -= count
        if self.left <= 0:
            self.work.end(time.perf_counter() - self.started)
            self.next()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.left or self.unsent or exc is not None:
            self.work.fail(f"the connection ended: {exc}")


class Work:
    """What all connections do together: so many requests, and the end of the last."""

    def __init__(self, count: int) -> None:
        self.to_begin = self.to_end = count
        self.seconds: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def begin(self) -> bool:
        self.to_begin -= 1
        return self.to_begin >= 0

    def end(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.to_end -= 1
        if not self.to_end and not self.done.done():
            self.done.set_result(None)

    def fail(self, what: str) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(what[:2000]))


async def work(job: dict[str, Any]) -> dict[str, Any]:
    """Do *job*: `url`, `headers`, `body` (a path), `requests`, `connections` and `warm_up` (requests)."""
    gc.disable()
    body = Path(job["body"]).read_bytes()
    parts = urlsplit(job["url"])
    headers = {
        "Host": parts.netloc,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **job["headers"],
    }
    lines = [f"POST {parts.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    head = "\r\n".join(lines).encode()
    assert parts.hostname is not None
    assert parts.port is not None
    if job["warm_up"]:
        await _requests(parts.hostname, parts.port, head, body, job["warm_up"], job["connections"])
    print(flush=True)  # tells that what is measured begins
    started = time.perf_counter()
    done = await _requests(parts.hostname, parts.port, head, body, job["requests"], job["connections"])
    return {"all": time.perf_counter() - started, "seconds": done.seconds}


async def _requests(host: str, port: int, head: bytes, body: bytes, requests: int, connections: int) -> Work:
    work = Work(requests)
    made = partial(Client, work, head, memoryview(body))
    loop = asyncio.get_running_loop()
    opened = [await loop.create_connection(made, host, port) for _ in range(min(connections, requests))]
    for _, client in opened:
        client.next()
    await work.done
    return work


if __name__ == "__main__":
    print(json.dumps(asyncio.run(work(json.loads(sys.argv[1])))))
