"""
From a body to what is asked for, with the document out of memory.

Sixty-four uploads of 5 MB at once must not be sixty-four times 18 MB (the body, the text in it, and what that decodes
to). So a large body goes to a file as it comes; then it waits for its turn at being read; and a large document goes to
a file of its own, from which it is sent on piece by piece.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

import anyio
import anyio.to_thread
from aiohttp import web
from attrs import define, evolve, field

from ... import document as documents
from ..._tasks import shielded
from ...models import Bytes, FileId, FileOnDisk, OCRRequest, Url
from .bodies import IN_MEMORY, Spool, at_hand, pieces, strict_json, utf8
from .names import mime_type


__all__ = ["Uploads"]

AT_ONCE = 1  # large bodies being read; each takes some four times its document


@define(eq=False)
class Uploads:
    """Reads the bodies of one gateway."""

    most: int
    slots: anyio.CapacityLimiter = field(factory=lambda: anyio.CapacityLimiter(AT_ONCE))

    def json(self, request: web.Request, read: Callable[[Any], OCRRequest]) -> AbstractAsyncContextManager[OCRRequest]:
        """
        Give what *read* makes of the JSON of *request*; a large document's file is deleted at the end of the block.

        Raises:
            HTTPError: The body cannot be read.

            OCRError: What *read* raises, or the document is no base64.
        """
        small = at_hand(request, self.most)
        if small is not None:  # it came with its head
            return nullcontext(read(strict_json(utf8(small))))
        return self._spooled(request, read)

    @asynccontextmanager
    async def _spooled(self, request: web.Request, read: Callable[[Any], OCRRequest]) -> AsyncIterator[OCRRequest]:
        body, document = Spool(), Spool()
        try:
            async for piece in pieces(request, self.most):
                await body.add(piece)
            if body.size <= IN_MEMORY:
                yield read(strict_json(utf8(body.memory)))
                return
            async with self.slots:
                # A thread cannot be cancelled, and the files that it works on have owners.
                asked = await shielded(anyio.to_thread.run_sync(_read_large, body, document, read))
            await body.close()
            yield asked
        finally:
            await body.close()
            await document.close()

    @asynccontextmanager
    async def document(self, request: web.Request, name: str | None) -> AsyncIterator[Bytes | FileOnDisk]:
        """
        Give the body of *request* as the document that it is; a large one's file is deleted at the end of the block.

        Raises:
            HTTPError: The body cannot be read.
        """
        kind, body = mime_type(request.content_type), Spool()
        try:
            async for piece in pieces(request, self.most):
                await body.add(piece)
            yield await body.document(kind, name)
        finally:
            await body.close()


def _read_large(body: Spool, target: Spool, read: Callable[[Any], OCRRequest]) -> OCRRequest:
    # Each step lets go of what the one before it made: the document is in here two times at most, not five.
    with body.whole() as data:
        text = utf8(data)
    value = strict_json(text)
    del text
    asked = read(value)
    del value
    given: documents.Given = asked.document
    asked = evolve(asked, document=_ELSEWHERE)
    if isinstance(given, Url) and given.url[:5].lower() == "data:":
        given = documents.as_document({"type": "document_url", "document_url": given.url, "document_name": given.name})
    decoded = documents.inspect(given)
    if not isinstance(decoded, Bytes):
        return evolve(asked, document=decoded)
    target.fill(decoded.data)
    assert target.path is not None
    document = FileOnDisk(path=target.path, size=decoded.size, mime=decoded.mime, name=decoded.name)
    return evolve(asked, document=document)


_ELSEWHERE = FileId(file_id="elsewhere")
