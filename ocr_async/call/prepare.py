"""
Gets a document ready to be asked for: looked at, downloaded, counted, cut, and its pages drawn.

Whatever opens a document does so in the engine's workers, and is imported only where it is needed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import cache
from typing import Any, Protocol, TypeVar

import anyio.to_thread

from .. import document as documents
from .._platform.forks import loading
from ..errors import DocumentError
from ..models import Bytes, Document, FileId, FileOnDisk, OCRDimensions, Url
from ..providers import PagePictures
from ..steps import Compute


__all__ = ["compute", "count", "download", "draw", "inspected", "is_picture", "loaded"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_SMALL = 65_536  # bytes; a document in memory up to this size is looked at on the loop, a thread would cost more
_COUNTED = {"application/pdf", "image/tiff"}  # what can have several pages, and whose pages a worker can count
_COUNTING_SECONDS = 20.0  # as for any page
_DRAWING_SECONDS = 30.0


async def inspected(given: documents.Given) -> Document:
    """Look at the bytes of *given*: on the loop where there is nothing to wait for, else on a thread."""
    if isinstance(given, (Url, FileId)) or (isinstance(given, Bytes) and given.size <= _SMALL):
        return documents.inspect(given)
    if isinstance(given, documents.AsyncFile):
        try:
            data = await given.file.read()
        except (OSError, ValueError) as error:
            raise DocumentError(f"the open file {given.name or ''} cannot be read: {error}") from error
        given = documents.as_read(given, data)
    return await anyio.to_thread.run_sync(documents.inspect, given)


async def download(url: Url, deadline: float, stack: AsyncExitStack) -> FileOnDisk:
    """Download a document into a file that goes with *stack*."""
    fetch = await loaded(_fetch)
    return await stack.enter_async_context(fetch(url.url, deadline=deadline))


async def compute(step: Compute) -> Any:
    """Do *step* in a worker of the engine."""
    run = await loaded(_run)
    return await run(step)


async def loaded(load: Loader[T]) -> T:
    """
    Return what *load*, which is cached, imports: the first time on a thread, as files are read.

    Not by a look at `sys.modules`, where a module stands while another thread still loads it.
    """
    return load() if load.cache_info().currsize else await anyio.to_thread.run_sync(load)


class Loader(Protocol[T_co]):
    """A cached function without arguments."""

    def __call__(self) -> T_co: ...

    def cache_info(self) -> Any: ...


@cache
def _fetch() -> Callable[..., AbstractAsyncContextManager[FileOnDisk]]:
    with loading:
        from ..transport.fetch import fetch  # only where a provider takes no URL

    return fetch


@cache
def _run() -> Callable[[Compute], Awaitable[Any]]:
    with loading:
        from ..transport.workers import run  # only where something is computed on this machine

    return run


async def count(document: FileOnDisk | Bytes, *, drawn: bool) -> int | None:
    """
    Return the number of pages of *document*, or None where only a provider can tell.

    Args:
        drawn: Whether its pages are the engine's: a server makes pages of an Office file, where the engine takes its
            sheets, slides and chapters.
    """
    if drawn or document.mime in _COUNTED:
        counted: int = await compute(Compute(task="count", arguments={"document": document}, seconds=_COUNTING_SECONDS))
        return counted
    return 1 if (document.mime or "").startswith("image/") else None


def is_picture(document: Document, how: PagePictures) -> bool:
    """
    Whether *document* goes as it is to a service that takes one picture.

    Raises:
        DocumentError: It can neither go as it is nor be drawn.
    """
    if isinstance(document, (Url, FileId)):
        return True
    mime = document.mime or ""
    if mime in how.accepts:
        return True
    if mime == "application/pdf" or mime.startswith("image/"):
        return False
    raise DocumentError(
        f"{documents.describe(document)} cannot be drawn, and this model reads pictures of pages alone: make a PDF of "
        "it first"
    )


async def draw(
    document: FileOnDisk | Bytes, page: int, how: PagePictures, max_bytes: int | None
) -> tuple[Bytes, OCRDimensions]:
    """
    Return the picture of *page*, and its size.

    Raises:
        ConfigurationError: The extra ``local``, which draws pages, is not installed.
        DocumentError: There is no such page, or it cannot be drawn.
    """
    arguments = {
        "document": document,
        "page": page,
        "mime": how.mime,
        "longest_side": how.longest_side,
        "max_bytes": max_bytes,
    }
    step = Compute(task="draw", arguments=arguments, seconds=_DRAWING_SECONDS)
    data, mime, width, height, dpi = await compute(step)
    name = f"page-{page + 1}{'.png' if mime == 'image/png' else '.jpg'}"
    return Bytes(data=data, mime=mime, name=name), OCRDimensions(width=width, height=height, dpi=dpi)
