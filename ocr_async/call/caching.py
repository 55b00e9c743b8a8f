"""Answers one document from the cache, or reads it and keeps what came."""

from __future__ import annotations

import anyio.to_thread
from attrs import evolve

from .. import document as documents
from .. import formats
from ..models import FileId, OCRResponse, Url
from .cache import key_of
from .reading import Reading


__all__ = ["keep", "kept", "key_to", "read"]


async def read(reading: Reading) -> OCRResponse:
    """Return the response that is kept for *reading*; otherwise read, and keep what is complete."""
    key = await key_to(reading)
    if key is None:
        return await reading.read()
    if (known := await kept(reading, key)) is not None:
        reading.emit("CacheHit")
        return known
    response = await reading.read()
    await keep(reading, key, response)
    return response


async def key_to(reading: Reading) -> str | None:
    """Return the key of the question; None without a cache, or for a document whose bytes are not here."""
    if reading.options.cache is None or isinstance(reading.document, (Url, FileId)):
        return None
    provider = reading.candidate.provider
    return key_of(
        await anyio.to_thread.run_sync(documents.digest, reading.document),
        {
            "provider": provider.name,
            "server": provider.account[0],
            "model": reading.candidate.model,
            "pages": reading.selection,
            **reading.candidate.asked,
        },
    )


async def kept(reading: Reading, key: str) -> OCRResponse | None:
    """Return the response kept under *key*."""
    assert reading.options.cache is not None
    found = await anyio.to_thread.run_sync(reading.options.cache.get, key)
    if found is None:
        return None
    response = reading.finished(OCRResponse.from_dict(formats.loads(found)))
    return evolve(response, provider=reading.candidate.provider.name)


async def keep(reading: Reading, key: str, response: OCRResponse) -> None:
    """Keep *response* under *key*, if it lacks no page."""
    assert reading.options.cache is not None
    if not response.missing_pages:
        await anyio.to_thread.run_sync(reading.options.cache.set, key, response.to_json())
