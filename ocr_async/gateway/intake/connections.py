"""
The edge of the server: connections that say nothing, too little or too slowly, or never take their answer, are closed,
and no more than so many are open. One more takes the place of whichever has been idle longest.

aiohttp limits what a request may be, and how long a connection may idle between two; a connection that never sends its
first request it keeps for ever, and an answer that nobody reads as well.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Iterable
from typing import Any, cast

from aiohttp import web
from aiohttp.http_exceptions import ContentEncodingError
from attrs import Factory, define, field

from ..http_errors import HTTPError, response_of, unknown_encoding


__all__ = ["FIRST_HEAD", "MOST_CONNECTIONS", "UNREAD", "Site", "unread_of"]

FIRST_HEAD = 10.0  # seconds for the first request's head
MOST_CONNECTIONS = 1024
MOST_OF_ONE = 3 / 4  # of them one address may have; a reverse proxy has them all
UNREAD = 60.0  # seconds in which a client has to take something of an answer that waits for it, as in nginx
KEEP_ALIVE = 75.0  # seconds; longer than the 60 of usual load balancers, so that it is they who close
LINGERING = 2.0  # seconds for which the rest of a refused body is read, so that the client sees why
READ_AHEAD = 32_768  # bytes of a body; the default of aiohttp is 256 KiB, which 64 uploads feel
HEAD_BYTES = 70_000  # of one header: a key of 64 KiB is refused as a key
_TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class _Handler(web.RequestHandler):
    """
    aiohttp's protocol, with two things of our own: the answer to what is no HTTP, as its own repeats what was sent; and
    one grace at the end, as its own waits that long twice.

    Attributes:
        unread: Seconds in which its client has to take something of an answer.
    """

    __slots__ = ("unread",)
    unread: float

    def log_exception(self, *args: Any, **named: Any) -> None:
        # The rest of a body that was answered already may be spoilt, and is of no interest to anybody.
        if not isinstance(named.get("exc_info"), web.RequestPayloadError):
            super().log_exception(*args, **named)

    async def shutdown(self, timeout: float | None = 15.0) -> None:  # noqa: ASYNC109 - the name is aiohttp's
        task = self._task_handler
        if task is None or timeout is None:
            return await super().shutdown(timeout)
        over = asyncio.get_running_loop().call_later(timeout, task.cancel)
        try:
            await super().shutdown(timeout)
        finally:
            over.cancel()

    @property
    def idle(self) -> bool:
        """Whether it waits for a client's next request, or the rest of its head."""
        return self._waiter is not None and not self._waiter.done()

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun; there cannot be another one")
        http_error = HTTPError(status, "this is no HTTP request that can be answered", "bad_request")
        if isinstance(exc, ContentEncodingError):  # known, and its decoder is not installed
            http_error = unknown_encoding()
        elif status >= 500:
            http_error = HTTPError(500, "the gateway failed", "internal")
        response = response_of(http_error, "mistral", "")
        response.headers["Server"] = "ocr_async"
        response.force_close()
        return response


def unread_of(request: web.BaseRequest) -> float:
    """Return the seconds in which the client of *request* has to take something of an answer that waits for it."""
    handler = request.protocol
    return handler.unread if isinstance(handler, _Handler) else UNREAD


class Site(web.BaseSite):
    """Listens at *host* and *port*, with a guard before each connection."""

    __slots__ = ("_first_head", "_host", "_port", "_unread", "opened")

    def __init__(
        self,
        runner: web.AppRunner,
        host: str,
        port: int,
        *,
        first_head: float = FIRST_HEAD,
        most: int = MOST_CONNECTIONS,
        unread: float = UNREAD,
    ) -> None:
        super().__init__(runner, backlog=1024)
        self._host, self._port = host, port
        self._first_head, self._unread = first_head, unread
        self.opened = _Open(most)

    @property
    def name(self) -> str:
        return f"http://{self._host}:{self._port}"

    @property
    def port(self) -> int:
        """The port listened to, also where any free one was asked for."""
        return self._port

    async def start(self) -> None:
        await super().start()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._guard, self._host, self._port, backlog=self._backlog)
        self._server = server
        self._port = server.sockets[0].getsockname()[1]

    def _guard(self) -> asyncio.Protocol:
        assert self._runner.server is not None
        handler = _Handler(
            self._runner.server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # the documented way to have none
            keepalive_timeout=KEEP_ALIVE,
            max_field_size=HEAD_BYTES,
            lingering_time=LINGERING,
            read_bufsize=READ_AHEAD,
        )
        handler.unread = self._unread
        return _Guard(handler, self.opened, self._first_head, self._unread)


class _Open:
    """The connections that are open: at most *most*, and of one address three quarters of that."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._most_of_one = max(1, int(most * MOST_OF_ONE))
        self.count = 0
        self.changed: Callable[[int], object] = lambda _: None  # told how many there are
        self._by_address: dict[str, dict[_Guard, None]] = {}

    def admit(self, guard: _Guard) -> bool:
        """
        Take *guard* in, in the place of an idle connection where there are too many; false if none is idle.

        Where all together are too many, the address that has the most of them gives one up.
        """
        own = self._by_address.setdefault(guard.address, {})
        if len(own) >= self._most_of_one:
            givers = [own]
        elif self.count >= self._most:
            givers = sorted(self._by_address.values(), key=len, reverse=True)
        else:
            givers = []
        admitted = not givers or any(_close_idle(among) for among in givers)
        if admitted:
            self._by_address.setdefault(guard.address, {})[guard] = None
            self.count += 1
            self.changed(self.count)
        elif not own:
            del self._by_address[guard.address]
        return admitted

    def close_idle(self) -> None:
        """Close those that wait for a client's next request."""
        for guard in [guard for own in self._by_address.values() for guard in own if guard.idle]:
            guard.close()

    def remove(self, guard: _Guard) -> bool:
        """Let go of *guard*; false if it was not in."""
        own = self._by_address.get(guard.address, {})
        if guard not in own:
            return False
        del own[guard]
        self.count -= 1
        self.changed(self.count)
        if not own:
            del self._by_address[guard.address]
        return True


def _close_idle(among: Iterable[_Guard]) -> bool:
    """Close whichever has been idle longest; false if none is."""
    longest = min((guard for guard in among if guard.idle), key=lambda guard: guard.heard, default=None)
    if longest is None:
        return False
    longest.close()
    return True


def _address_of(transport: asyncio.BaseTransport) -> str:
    """Return who is at the other end; of IPv6 the network, as one client has all its addresses."""
    peer = transport.get_extra_info("peername") or ("",)
    return str(peer[0]) if len(peer) < 4 else str(ipaddress.ip_network((peer[0].partition("%")[0], 64), strict=False))


@define(eq=False)
class _Guard(asyncio.Protocol):
    """
    Passes everything on to aiohttp's protocol; closes the connection if its first head is late or nobody reads.

    Attributes:
        heard: When, on the loop's clock; a first head is heard of when it is whole.
    """

    _inner: _Handler
    _open: _Open
    _first_head: float
    _unread: float
    address: str = field(default="", init=False)
    heard: float = field(default=0.0, init=False)
    _tail: bytes = field(default=b"", init=False)
    _timer: asyncio.TimerHandle | None = field(default=None, init=False)
    _transport: asyncio.Transport | None = field(default=None, init=False)
    _loop: asyncio.AbstractEventLoop = field(factory=asyncio.get_running_loop, init=False)
    _pass: Callable[[bytes], None] = field(default=Factory(lambda self: self._first, takes_self=True), init=False)

    @property
    def idle(self) -> bool:
        """Whether no request is lost with the connection, and nothing of an answer."""
        return self._inner.idle and self._transport is not None and not self._transport.get_write_buffer_size()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # What it is on asyncio; uvloop's has the same methods and is of no class of asyncio's.
        self._transport = transport = cast("asyncio.Transport", transport)
        self.address, self.heard = _address_of(transport), self._loop.time()
        if not self._open.admit(self):
            self._pass = _ignore
            transport.abort()
            return
        self._timer = self._loop.call_later(self._first_head, self._late)
        self._inner.connection_made(transport)

    def close(self) -> None:
        """Close the connection, and count it no longer."""
        if self._open.remove(self):
            self._late()
            self._stop_timer()
            self._inner.connection_lost(None)

    def data_received(self, data: bytes) -> None:
        self._pass(data)

    def _more(self, data: bytes) -> None:
        self.heard = self._loop.time()
        self._inner.data_received(data)

    def _first(self, data: bytes) -> None:
        # aiohttp passes over the blank lines before a head, as RFC 9112 (2.2) wants: they are not its end
        self._tail = self._tail[-3:] + (data if self._tail else data.lstrip(b"\r\n"))
        if b"\r\n\r\n" in self._tail:
            self._relax()
            self.heard = self._loop.time()
        self._inner.data_received(data)

    def _relax(self) -> None:
        self._tail = b""
        self._stop_timer()
        self._pass = self._more

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            if self._pass == self._first:  # a client whose next request is on its way would take it for the answer
                self._transport.write(_TIMEOUT)
            self._pass = _ignore
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        if self._open.remove(self):
            self._inner.connection_lost(exc)

    def eof_received(self) -> None:
        self._inner.eof_received()

    def pause_writing(self) -> None:
        self._inner.pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        self._stop_timer()
        self._inner.resume_writing()

    def _watch(self, before: int | None = None) -> None:
        """Abort the connection if no less of its answer waits than the *before* bytes of the last look."""
        assert self._transport is not None
        waiting = self._transport.get_write_buffer_size()
        if before is not None and waiting >= before:
            self._transport.abort()
            return
        self._timer = self._loop.call_later(self._unread, self._watch, waiting)


def _ignore(_: bytes) -> None:
    """Take no more from a connection that is being closed."""
