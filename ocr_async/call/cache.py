"""
Finished responses by the document's bytes and the options, behind `cache=`.

A cache that fails costs no answer: what it cannot give is read, and what it cannot keep is returned all the same.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from pathlib import Path
from typing import Any

import anyio.to_thread
from attrs import evolve, frozen

from .. import document as documents
from .. import formats
from ..models import FileId, OCRResponse, Url
from .reading import Reading


__all__ = ["FolderCache", "keep", "kept", "key_of", "key_to", "read"]

_logger = logging.getLogger(__name__)

_VERSION = 1  # of what a key stands for; a change makes every older entry unknown


def key_of(digest: str, question: dict[str, Any]) -> str:
    """Return the key of a document's SHA-256 *digest* and everything that shapes the answer to *question*."""
    canonical = json.dumps([_VERSION, digest, question], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


@frozen
class FolderCache:
    """
    Responses as JSON files in a folder, safe for several processes; nothing is ever evicted.

    Attributes:
        path: The folder, made at the first write; ``~`` is the user's own.
    """

    path: str | os.PathLike[str]

    def get(self, key: str, /) -> bytes | None:
        try:
            return self._file(key).read_bytes()
        except FileNotFoundError:
            return None

    def set(self, key: str, value: bytes, /) -> None:
        file = self._file(key)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # written aside and renamed, so that a reader never sees half of it
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".", delete=False) as aside:
            try:
                aside.write(value)
                aside.close()
                os.replace(aside.name, file)
            except BaseException:
                os.unlink(aside.name)
                raise

    def _file(self, key: str) -> Path:
        return Path(self.path, key[:2], f"{key}.json").expanduser()


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
    question = {
        "provider": provider.name,
        "server": provider.account[0],
        "model": reading.candidate.model,
        "pages": reading.selection,
        **reading.candidate.asked,
    }
    try:
        return key_of(await anyio.to_thread.run_sync(documents.digest, reading.document), question)
    except (OSError, RecursionError, TypeError, ValueError):
        return None  # the file is gone, or the options are no JSON, as who sends them will say


async def kept(reading: Reading, key: str) -> OCRResponse | None:
    """Return the response kept under *key*; None where there is none that can be had."""
    assert reading.options.cache is not None
    try:
        found = await anyio.to_thread.run_sync(reading.options.cache.get, key)
        response = None if found is None else OCRResponse.from_dict(formats.loads(found))
    except Exception as error:  # noqa: BLE001 - whoever wrote the cache, and whatever it says
        _logger.warning("%s is not taken from the cache: %s", reading.emit.name, error)
        return None
    if response is None:
        return None
    return evolve(reading.finished(response), provider=reading.candidate.provider.name)


async def keep(reading: Reading, key: str, response: OCRResponse) -> None:
    """Keep *response* under *key*, if it lacks no page and the cache takes it."""
    assert reading.options.cache is not None
    if response.missing_pages:
        return
    try:
        await anyio.to_thread.run_sync(reading.options.cache.set, key, response.to_json())
    except Exception as error:  # noqa: BLE001 - the answer is there, and perhaps paid for
        _logger.warning("%s is not kept in the cache: %s", reading.emit.name, error)
