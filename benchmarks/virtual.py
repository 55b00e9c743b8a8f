"""
An event loop whose clock is virtual, and a network in it: what takes minutes is over in seconds, always alike.

When nothing is left to do, the clock jumps to the next timer. Sockets lead nowhere; connections end at the `Server` of
their address, in the same loop, so that aiohttp and all that stands on it run as they do on a real network.
"""

from __future__ import annotations

import asyncio
import selectors
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar


__all__ = ["Server", "VirtualLoop", "run"]

T = TypeVar("T")

ONE_WAY = 0.01  # seconds from one end of a connection to the other


class Server(Protocol):
    """What answers requests."""

    async def answer(self, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and body of the answer to a request's *body*."""
        ...


def run(main: Callable[[], Awaitable[T]], servers: Mapping[str, Server]) -> T:
    """Run *main* in virtual time; connections to the addresses that *servers* name lead to them, others nowhere."""

    async def awaited() -> T:
        return await main()

    with asyncio.Runner(loop_factory=lambda: VirtualLoop(servers)) as runner:
        return runner.run(awaited())


class _Clock(selectors.DefaultSelector):
    """Waits for nothing but other threads, and moves its time on instead."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(None if timeout is None else 0)
        if not ready and timeout is not None:
            self.now += max(timeout, 0.0)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time, with a network of its own."""

    def __init__(self, servers: Mapping[str, Server]) -> None:
        self._clock = _Clock()
        self._servers = servers
        self._addresses: dict[socket.socket, str] = {}
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        await asyncio.sleep(2 * ONE_WAY)
        if address[0] not in self._servers:
            raise ConnectionRefusedError(f"nobody listens at {address[0]}")
        self._addresses[sock] = address[0]

    async def create_connection(self, protocol_factory: Any, *args: Any, **options: Any) -> Any:
        sock: socket.socket = options["sock"]
        sock.close()
        protocol = protocol_factory()
        transport = _Connection(self, protocol, self._servers[self._addresses.pop(sock)])
        protocol.connection_made(transport)
        return transport, protocol


class _Connection(asyncio.Transport):
    """The client's end of a connection, over which one request goes at a time, in HTTP/1.1."""

    def __init__(self, loop: VirtualLoop, protocol: asyncio.Protocol, server: Server) -> None:
        super().__init__()
        self._loop = loop
        self._protocol = protocol
        self._server = server
        self._received = bytearray()
        self._closing = False
        self._answering: asyncio.Task[None] | None = None

    def write(self, data: Any) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if separator and len(body) >= _length(bytes(head)):
            self._received.clear()
            self._answering = self._loop.create_task(self._answer(bytes(body)))

    async def _answer(self, body: bytes) -> None:
        await asyncio.sleep(ONE_WAY)
        status, headers, answer = await self._server.answer(body)
        fields = {"Content-Type": "application/json", "Content-Length": str(len(answer)), **headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        await asyncio.sleep(ONE_WAY)
        if not self._closing:
            self._protocol.data_received(f"HTTP/1.1 {status} Because\r\n{head}\r\n".encode() + answer)

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._loop.call_soon(self._protocol.connection_lost, None)

    abort = close

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def pause_reading(self) -> None:
        """Nothing is ever so large."""

    resume_reading = pause_reading

    def get_write_buffer_size(self) -> int:
        return 0


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
