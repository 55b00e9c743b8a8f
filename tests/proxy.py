"""
A real forward proxy on the loopback: tunnels by CONNECT, plain requests by absolute address, and what it refuses.

    async with proxy(names={"ocr.example": "127.0.0.1"}) as forward:
        ...  # who asks by forward.url reaches https://ocr.example:8443, which no name server knows
        assert forward.asked == ["CONNECT ocr.example:8443"]
"""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from attrs import define, field


__all__ = ["HANG", "HANG_UP", "ForwardProxy", "proxy"]

HANG = 0
HANG_UP = -1


@define(eq=False)
class ForwardProxy:
    """
    The running proxy.

    Attributes:
        names: Addresses of names that only the proxy can resolve.

        credentials: ``user:password`` that it asks for.

        script: What it does with the next requests instead of forwarding them: answers with a status, `HANG` or
            `HANG_UP`.

        url: Without credentials, and without a slash at its end.

        asked: Method and target of each request.

        headers: Of each request, names in lower case.
    """

    names: Mapping[str, str] = field(factory=dict)
    credentials: str | None = None
    script: list[int] = field(factory=list)
    url: str = ""
    asked: list[str] = field(factory=list)
    headers: list[dict[str, str]] = field(factory=list)

    def with_credentials(self, credentials: str) -> str:
        return self.url.replace("://", f"://{credentials}@")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream: asyncio.StreamWriter | None = None
        async with asyncio.TaskGroup() as back:
            try:
                while head := await _head(reader):
                    method, target, headers = head
                    self.asked.append(f"{method} {target}")
                    self.headers.append(headers)
                    refused = self.script.pop(0) if self.script else self._refuses(headers)
                    if refused == HANG:
                        await reader.read()  # until the client leaves
                        return
                    if refused is not None:
                        if refused != HANG_UP:
                            await _answer(writer, refused)
                        return
                    parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
                    if upstream is None:
                        assert parts.hostname
                        try:
                            host = self.names.get(parts.hostname, parts.hostname)
                            answers, upstream = await asyncio.open_connection(host, parts.port)
                        except OSError:
                            await _answer(writer, 502)
                            return
                        if method == "CONNECT":
                            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                        back.create_task(_pump(answers, writer))
                    if method == "CONNECT":
                        await _pump(reader, upstream)
                        return
                    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if "proxy" not in name)
                    upstream.write(f"{method} {parts.path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1"))
                    await _pump(reader, upstream, int(headers.get("content-length", 0)))
            finally:
                if upstream is not None:
                    upstream.close()
                writer.close()

    def _refuses(self, headers: Mapping[str, str]) -> int | None:
        if self.credentials is None:
            return None
        expected = f"Basic {b64encode(self.credentials.encode()).decode()}"
        return None if headers.get("proxy-authorization") == expected else 407


@asynccontextmanager
async def proxy(
    *,
    names: Mapping[str, str] | None = None,
    credentials: str | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[ForwardProxy]:
    """Run a proxy on a free port of the loopback."""
    running = ForwardProxy(names or {}, credentials)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(asyncio.CancelledError, BaseExceptionGroup, OSError):  # the end of the test, or a side that left
            await running.serve(reader, writer)
        tasks.discard(task)

    listener = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    scheme = "http" if tls is None else "https"
    running.url = f"{scheme}://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield running
    finally:
        listener.close()
        for task in list(tasks):
            task.cancel()
        if tasks:
            await asyncio.wait(list(tasks), timeout=5)


async def _head(reader: asyncio.StreamReader) -> tuple[str, str, dict[str, str]] | None:
    try:
        text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = text.split("\r\n")
    method, target, _ = first.split(" ")
    return method, target, {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)
    }  # fmt: skip


async def _answer(writer: asyncio.StreamWriter, status: int) -> None:
    challenge = 'Proxy-Authenticate: Basic realm="proxy"\r\n' if status == 407 else ""
    writer.write(f"HTTP/1.1 {status} Because\r\n{challenge}Content-Length: 2\r\nConnection: close\r\n\r\nno".encode())
    await writer.drain()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, size: int | None = None) -> None:
    """Pass on *size* bytes, or all until one side ends."""
    with suppress(ConnectionError):
        while size is None or size:
            piece = await reader.read(65536 if size is None else min(size, 65536))
            if not piece:
                break
            writer.write(piece)
            await writer.drain()
            size = None if size is None else size - len(piece)
    if size is None:
        writer.close()
