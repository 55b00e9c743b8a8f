"""Documents that were read for an assistant, the last ones kept, so that a search costs nothing after a reading."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

import anyio
import anyio.to_thread
from attrs import define, field

from .._api import OCR
from ..errors import DocumentError, OCRError
from ..models import OCRPage, OCRResponse


__all__ = ["Documents", "excerpts"]

_KEPT = 8  # documents
_KEPT_CHARACTERS = 20_000_000
_AROUND = 80  # characters beside what was searched for
_MOST_FOUND = 30


@define(eq=False)
class Documents:
    """
    Reads documents page by page and keeps what came.

    Attributes:
        client: Reads them, by its own model unless another is named.
    """

    client: OCR
    _kept: OrderedDict[tuple[object, ...], dict[int, OCRPage]] = field(factory=OrderedDict)
    _counts: dict[tuple[object, ...], int | None] = field(factory=dict)
    _lock: anyio.Lock = field(factory=anyio.Lock)

    async def count(self, document: Path | str, model: str | None = None) -> int | None:
        """Return the number of pages; None where only reading it tells."""
        client = self._client(model)
        key = await anyio.to_thread.run_sync(_key, document, client.model)
        if key not in self._counts:
            try:
                self._counts[key] = (await client.aestimate(document)).pages
            except DocumentError as error:
                if error.hint != "name_pages":
                    raise
                self._counts[key] = None
        return self._counts[key]

    async def pages(
        self,
        document: Path | str,
        wanted: Iterable[int] | None,
        model: str | None = None,
        max_cost: float | None = None,
    ) -> list[OCRPage]:
        """
        Return the *wanted* pages (from 0); None is all of them. What is kept is not read again.

        Args:
            max_cost: Refuse those that are not kept if they would cost more US dollars; None leaves it to the client.

        Raises:
            OCRError: They cannot be read.
        """
        client = self._client(model)
        key = await anyio.to_thread.run_sync(_key, document, client.model)
        numbers = None if wanted is None else list(wanted)
        async with self._lock:  # two tools at once shall not pay twice for one page
            there = self._kept.setdefault(key, {})
            self._kept.move_to_end(key)
            count = self._counts.get(key)
            if numbers is None and count is not None:
                numbers = list(range(count))
            missing = None if numbers is None else [number for number in numbers if number not in there]
            if missing is None or missing:
                if max_cost is not None:
                    client = client.with_options(max_cost=max_cost)
                response: OCRResponse = await client.aocr(document, pages=missing)
                there.update((page.index, page) for page in response.pages)
                if missing is None:
                    self._counts[key] = max(there, default=-1) + 1
            self._forget()
        return [there[number] for number in (sorted(there) if numbers is None else numbers) if number in there]

    def _client(self, model: str | None) -> OCR:
        return self.client if model is None else self.client.with_options(model=model)

    def _forget(self) -> None:
        def size() -> int:
            return sum(len(page.markdown) for pages in self._kept.values() for page in pages.values())

        while len(self._kept) > _KEPT or (len(self._kept) > 1 and size() > _KEPT_CHARACTERS):
            self._kept.popitem(last=False)
        while len(self._counts) > 64 * _KEPT:
            self._counts.pop(next(iter(self._counts)))


def _key(document: Path | str, model: str | None) -> tuple[object, ...]:
    if isinstance(document, str):
        return document, model
    try:
        facts = os.stat(document)
    except OSError as error:
        raise DocumentError(f"{document.name} cannot be read: {error.strerror}") from error
    return document, facts.st_size, facts.st_mtime_ns, model


def excerpts(pages: Iterable[OCRPage], words: str) -> list[tuple[int, str]]:
    """Return where *words* stand, whatever their case and spaces: the page (from 0) and the text around them."""
    wanted = " ".join(words.casefold().split())
    if not wanted:
        raise OCRError("name the words to look for")
    found: list[tuple[int, str]] = []
    for page in pages:
        text = " ".join(page.markdown.split())
        folded = text.casefold()
        same = len(folded) == len(text)  # a letter that becomes two moves what is behind it
        place = folded.find(wanted)
        while place >= 0 and len(found) < _MOST_FOUND:
            shown = text if same else folded
            found.append((page.index, shown[max(place - _AROUND, 0) : place + len(wanted) + _AROUND]))
            place = folded.find(wanted, place + len(wanted))
    return found
