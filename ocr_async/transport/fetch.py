"""
Downloads a document from a URL that someone else may have chosen, to a temporary file.

The address is checked when the socket to it is made: a check of the name, or of a first look-up, is passed by literals,
by redirects, and by names that resolve to another address the second time (server-side request forgery).
"""

from __future__ import annotations

import logging
import math
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import IO

import aiohttp
import anyio
import anyio.to_thread
from yarl import URL

from .._platform.temporary import temporary_file
from ..errors import DeadlineExceeded, DocumentError, DocumentUnreachable
from ..models import FileOnDisk
from .addresses import public_web
from .session import USER_AGENT


__all__ = ["Allow", "fetch"]

_LOG = logging.getLogger("ocr_async.transport")

Allow = Callable[[str, int], bool]

MOST_BYTES = 50 * 1024 * 1024
SECONDS = 30.0  # for the whole download
HOPS = 3  # redirects
PIECE = 256 * 1024  # bytes written to the file at once

# One text for a blocked, a refused and a silent address, so that what it says maps no one's network.
_UNREACHABLE = (
    "could not fetch the document from its URL: it must be http or https and answer, at a public address, "
    f"within {SECONDS:.0f} s"
)


@asynccontextmanager
async def fetch(
    url: str,
    *,
    max_bytes: int = MOST_BYTES,
    deadline: float = math.inf,
    allow: Allow = public_web,
) -> AsyncIterator[FileOnDisk]:
    """
    Download the document at *url*; the file is deleted at the end of the block.

    Nothing of the caller's goes with the request: no cookies, no credentials (those in *url* are dropped), no proxy
    from the environment. aiohttp repeats a GET once whose connection broke; there is no further attempt.

    Args:
        url: http or https.

        max_bytes: Of the document, decompressed.

        deadline: On the clock of `anyio.current_time()`.

        allow: Asked, with address and port, before each connection. Nothing that comes with the document may choose it.

    Raises:
        DocumentError: It cannot be had, or is too large.

        DeadlineExceeded: *deadline* passed first.
    """
    file, path = await anyio.to_thread.run_sync(temporary_file)
    try:
        try:
            size, last = await _download(url, file, max_bytes, deadline, allow)
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(file.close)
        yield FileOnDisk(path=path, size=size, name=last.name or None)
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(path.unlink, True)


async def _download(text: str, file: IO[bytes], max_bytes: int, deadline: float, allow: Allow) -> tuple[int, URL]:
    left = deadline - anyio.current_time()
    if left <= 0:
        raise DeadlineExceeded("the call's timeout passed before the document was fetched")
    # A connector of its own: pooled connections are kept by name, not by address.
    connector = aiohttp.TCPConnector(socket_factory=partial(_open, allow), force_close=True, use_dns_cache=False)
    try:
        async with (
            aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity, gzip"},
                timeout=aiohttp.ClientTimeout(total=None, connect=10.0),
                trust_env=False,
            ) as client,
            _limited(min(left, SECONDS)),
        ):
            response, url = await _follow(client, text)
            try:
                return await _save(response, file, max_bytes), url
            finally:
                response.close()
    except (aiohttp.ClientError, OSError, ValueError) as error:
        _LOG.debug("a document could not be fetched: %s", type(error).__name__)
        if isinstance(error, TimeoutError) and left < SECONDS:
            raise DeadlineExceeded("the call's timeout passed while the document was fetched") from error
        raise DocumentUnreachable(_UNREACHABLE) from error


@asynccontextmanager
async def _limited(seconds: float) -> AsyncIterator[None]:
    with anyio.fail_after(seconds):
        yield


async def _follow(client: aiohttp.ClientSession, text: str) -> tuple[aiohttp.ClientResponse, URL]:
    url = _checked(URL(text))
    for _ in range(HOPS + 1):
        response = await client.get(url, allow_redirects=False)
        if response.status not in {301, 302, 303, 307, 308}:
            return response, url
        response.close()
        url = _checked(url.join(URL(response.headers.get("Location", ""))))
    raise DocumentUnreachable(f"could not fetch the document from its URL: it redirects more than {HOPS} times")


def _checked(url: URL) -> URL:
    """Return *url* without its credentials; a ValueError if it is none to fetch from."""
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError("neither http nor https")
    return url.with_user(None).with_fragment(None)


async def _save(response: aiohttp.ClientResponse, file: IO[bytes], max_bytes: int) -> int:
    if response.status != 200:
        raise DocumentUnreachable(f"could not fetch the document from its URL: the server answered {response.status}")
    if (response.content_length or 0) > max_bytes:
        raise _too_large(max_bytes)
    size, buffer = 0, bytearray()
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > max_bytes:
            raise _too_large(max_bytes)
        buffer += chunk
        if len(buffer) >= PIECE:
            await anyio.to_thread.run_sync(file.write, buffer)
            buffer = bytearray()
    await anyio.to_thread.run_sync(file.write, buffer)
    if not size:
        raise DocumentError("the document at the URL is empty")
    return size


def _too_large(max_bytes: int) -> DocumentError:
    return DocumentError(f"the document at the URL is larger than {max_bytes:,} bytes")


def _open(allow: Allow, address: aiohttp.AddrInfoType) -> socket.socket:
    # Called for each address that is about to be connected to: of literals, names, redirects, and each candidate of
    # happy eyeballs.
    family, kind, protocol, _, (host, port, *_) = address
    if not allow(str(host), int(port)):
        raise PermissionError("not an address that documents are fetched from")
    return socket.socket(family=family, type=kind, proto=protocol)
