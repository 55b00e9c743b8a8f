"""Reads in this process: hosted models on its event loop, the embedded engine in the workers that it starts itself."""

from __future__ import annotations

from functools import partial
from typing import Self

from attrs import frozen

from ..._api import OCR
from ..._platform.processors import usable
from ...models import OCRResponse
from ..publish import saved
from .port import Keeper, Reading


__all__ = ["HOSTED", "Local", "embedded"]

HOSTED = 256  # documents at once


def embedded(client: OCR) -> bool:
    """Whether the embedded engine reads."""
    return (client.model or "").partition("/")[0] == "local"


@frozen
class Local:
    """
    This process.

    Attributes:
        documents: How many it reads at once.
    """

    documents: int

    @classmethod
    def of(cls, client: OCR) -> Local:
        """Return it as wide as *client* can use it."""
        most = 2 * usable() + 2 if embedded(client) else HOSTED
        return cls(most if client.max_concurrency is None else min(most, 2 * client.max_concurrency))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def read(self, reading: Reading, keeper: Keeper) -> OCRResponse:
        """Return what was read."""
        pages = reading.client.aocr_pages(reading.document, pages=reading.pages, on_event=keeper.observe)
        async with pages as stream:
            async for page in stream:
                keeper.keep(page.index, partial(saved, page))
        assert stream.response is not None, "a stream that ended without an error has read it all"
        return stream.response
