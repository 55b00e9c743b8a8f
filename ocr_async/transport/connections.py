"""
The connections of a session: their sockets, and when one of them may serve a further request.

aiohttp asks of a connection in its pool only whether it is open. What came on it unasked would be taken for the answer
to its next request, and a byte too many behind an answer would cost the answer itself; either is paid for again.
"""

from __future__ import annotations

import math
import re
import socket
from contextvars import ContextVar
from functools import partial
from typing import Any, cast

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import RawResponseMessage
from aiohttp.streams import StreamReader
from attrs import define


__all__ = ["Connection", "Connector", "Usage", "open_socket", "usage"]

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)

# An OCR server may stay silent for minutes, and routers forget a silent connection sooner: probe each minute.
_PROBES = tuple(
    (getattr(socket, name), value)
    for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 60), ("TCP_KEEPCNT", 5))
    if hasattr(socket, name)  # macOS has no TCP_KEEPIDLE
)


@define(eq=False, repr=False)
class Usage:
    """
    What one request used.

    Attributes:
        opened: Sockets opened on its behalf; none means that it went over a reused connection.

        connection: By which it went, the last one where it was redirected.
    """

    opened: int = 0
    connection: Connection | None = None


# aiohttp calls the socket factory in the requesting task's context, or in a copy of it (happy eyeballs), so this
# tells fresh from reused connections. A TraceConfig would too, for 15 µs a request.
usage: ContextVar[Usage] = ContextVar("usage")


def open_socket(address: aiohttp.AddrInfoType) -> socket.socket:
    """Return an unconnected socket that the system keeps alive, and count it in `usage`."""
    family, kind, protocol, _, _ = address
    opened = socket.socket(family=family, type=kind, proto=protocol)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _PROBES:
        opened.setsockopt(socket.IPPROTO_TCP, option, value)
    if (used := usage.get(None)) is not None:
        used.opened += 1
    return opened


class Connection(ResponseHandler):
    """aiohttp's connection, which serves no further request once it brought more than it was asked for."""

    _answer: StreamReader | None = None  # the body of the present request's answer
    _head_due = False
    _length: float = math.inf  # bytes of it that are to come, where that is known

    def set_response_params(self, **params: Any) -> None:
        """Begin with a request: aiohttp calls this for each."""
        self._answer = None
        self._head_due = True
        self._length = math.inf
        if (used := usage.get(None)) is not None:
            used.connection = self
        super().set_response_params(**params)

    def is_connected(self) -> bool:
        """Whether it may be taken out of the pool: the pool asks this alone."""
        return super().is_connected() and not self.should_close

    def data_received(self, data: bytes) -> None:
        """Take in what came, the head of an answer apart from what may be behind it: an error there loses no answer."""
        if data and self._answered():
            self.retire()
            return
        if self._head_due and (end := data.find(_END_OF_HEAD)) >= 0:
            self._head_due = False
            end += len(_END_OF_HEAD)
            announced = _LENGTH.search(data, 0, end)
            if announced is not None and len(data) - end <= int(announced[1]):
                super().data_received(data)  # whole, for cutting would copy a large answer, and nothing is behind it
                self._length -= len(data) - end
                return
            super().data_received(data[:end])
            data = data[end:]
            if not data or self.exception() is not None:
                return
        self._length -= len(data)
        if self._length < 0:
            self.force_close()  # now: the end of the answer gives the connection back
        super().data_received(data)
        if self.exception() is not None and self._answer is not None and not self._answer.is_eof():
            # aiohttp (3.14) tells who waits for a head of what it cannot parse, and nobody who waits for a body
            self._answer.set_exception(aiohttp.ClientPayloadError("what came is no chunk"))

    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        """Take an answer's head from the parser, and no second one."""
        message, body = data
        if self._answer is not None:
            self.force_close()
            return
        if message.code >= 200:  # the others announce the answer
            self._answer = body
            length = message.headers.get("Content-Length", "")
            self._length = int(length[:18]) if length.isdecimal() else math.inf
        super().feed_data(data, size)

    def retire(self) -> None:
        """Serve no further request: close, after the request that it may serve by now."""
        self.force_close()
        if self._answered() and self.transport is not None:
            self.transport.close()

    def _answered(self) -> bool:
        return self._answer is not None and self._answer.is_eof()


class Connector(aiohttp.TCPConnector):
    """aiohttp's pool, of our connections."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._factory = cast("partial[ResponseHandler]", partial(Connection, loop=self._loop))
