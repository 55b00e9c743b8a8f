"""
An OCR server that costs as little as asyncio allows, so that what is measured is the client.

It speaks just enough HTTP/1.1 to drain a body of known length and to answer ``POST /<pages>x<KB>/v1/ocr`` with that
many pages of that many kilobytes, written once; ``<pages>x<KB>+<KB>`` has a picture on each page besides. The first
line that it prints is its port.
"""

from __future__ import annotations

import asyncio
import gc
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from benchmarks.answers import answer


_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_SHAPE = re.compile(rb"POST /(\d+)x(\d+)(?:\+(\d+))?/v1/ocr ")
_EXPECTS = re.compile(rb"\r\nexpect: *100-continue", re.IGNORECASE)


@contextmanager
def serving() -> Iterator[str]:
    """Run the server in a process of its own; yield its address."""
    command = [sys.executable, "-m", "benchmarks.server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


class Server(asyncio.BufferedProtocol):
    """One connection: heads are read where they lie, bodies only counted."""

    def __init__(self) -> None:
        self.buffer = bytearray(1 << 20)
        self.filled = 0
        self.left = 0
        self.reply = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get_buffer(self, sizehint: int) -> memoryview:
        return memoryview(self.buffer)[self.filled :]

    def buffer_updated(self, nbytes: int) -> None:
        if self.reply:
            self._drain(nbytes)
            return
        self.filled += nbytes
        end = self.buffer.find(b"\r\n\r\n", 0, self.filled)
        if end < 0:
            return
        head = bytes(self.buffer[: end + 4])
        shape, length = _SHAPE.match(head), _LENGTH.search(head)
        if shape is None or length is None:
            self.transport.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            self.transport.close()
            return
        if _EXPECTS.search(head):
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.reply = _reply(int(shape[1]), int(shape[2]), int(shape[3] or 0))
        self.left = int(length[1])
        body, self.filled = self.filled - end - 4, 0
        self._drain(body)

    def _drain(self, count: int) -> None:
        self.left -= count
        if self.left <= 0:
            reply, self.reply = self.reply, b""
            self.transport.write(reply)


@cache
def _reply(pages: int, kilobytes: int, picture: int) -> bytes:
    body = answer(pages, kilobytes * 1000, picture * 1000)
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: 0192f8a0b7c4\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    )


async def main() -> None:
    """Serve until stdin closes, as it does when the process that started this one ends."""
    gc.disable()
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(Server, "127.0.0.1", 0, backlog=1024)
    print(listening.sockets[0].getsockname()[1], flush=True)
    gone = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), gone.set)
    await gone.wait()


if __name__ == "__main__":
    asyncio.run(main())
