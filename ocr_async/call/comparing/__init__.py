"""The same pages by several models: what each says, how long it took, what it cost, and how far each two agree."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import anyio.to_thread
from attrs import evolve, field, frozen

from ... import document as documents
from ..._tasks import require_asyncio, task_group
from ...errors import ConfigurationError, OCRError
from ...models import Document, OCRPage, OCRResponse
from .. import prepare
from ..call import call
from ..candidate import Candidate
from ..options import DocumentLike, Options
from ..second_step import without_annotation
from .agreement import Agreement, agreement, content_of


__all__ = ["OCRComparison", "OCRReading", "compare"]

_MOST_MODELS = 12


@frozen(kw_only=True)
class OCRReading:
    """
    What one model made of the document.

    Attributes:
        response: None where there is none; pages that did not come are in its `missing_pages`.

        error: Why there is none.

        seconds: From the call to its end, beside those of the other models.
    """

    model: str
    response: OCRResponse | None = field(default=None, repr=False)
    error: OCRError | None = None
    seconds: float

    @property
    def pages(self) -> Mapping[int, OCRPage]:
        """The pages by index."""
        return {} if self.response is None else {page.index: page for page in self.response.pages}

    @property
    def cost(self) -> float | None:
        """US dollars; None where nobody knows."""
        return None if self.response is None or self.response.cost is None else self.response.cost.total


@frozen(kw_only=True)
class OCRComparison:
    """
    Readings of the same pages, in the order of the models.

    Attributes:
        pages: How far each two readings agree, by page index and the places of the two models.
    """

    readings: tuple[OCRReading, ...]
    pages: Mapping[int, Mapping[tuple[int, int], Agreement]]

    @property
    def pairs(self) -> Mapping[tuple[int, int], Agreement]:
        """The same for all pages together, of readings that there are."""
        found: dict[tuple[int, int], Agreement] = {}
        for page in self.pages.values():
            for pair, agreed in page.items():
                found[pair] = found.get(pair, Agreement()) + agreed
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready builtins."""
        return {
            "models": [
                {
                    "model": reading.model,
                    "seconds": round(reading.seconds, 3),
                    "cost": reading.cost,
                    "pages": sorted(reading.pages),
                    "error": None if reading.error is None else f"{type(reading.error).__name__}: {reading.error}",
                    "response": None if reading.response is None else reading.response.to_dict(),
                }
                for reading in self.readings
            ],
            "pages": [{"index": index, "pairs": self._written(pairs)} for index, pairs in self.pages.items()],
            "pairs": self._written(self.pairs),
        }

    def _written(self, pairs: Mapping[tuple[int, int], Agreement]) -> list[dict[str, Any]]:
        return [
            {
                "models": [self.readings[place].model for place in pair],
                "agreement": round(agreed.share, 4),
                "cells": None if agreed.share_of_cells is None else round(agreed.share_of_cells, 4),
            }
            for pair, agreed in pairs.items()
        ]


async def compare(document: DocumentLike, models: Sequence[str], options: Options) -> OCRComparison:
    """
    Read *document* by each of *models* at once.

    Args:
        options: `model`, `fallbacks` and `escalate_to` are none of theirs. Key, address and headers are those of the
            first model's provider.

    Raises:
        ConfigurationError: A model is unknown, lacks its key or an option, or there are not two of them; nothing was
            read then.

        DocumentError: It is none.
    """
    require_asyncio()
    if isinstance(models, str) or not 2 <= len(models) <= _MOST_MODELS or len(set(models)) < len(models):
        raise ConfigurationError(f"name 2 to {_MOST_MODELS} different models to compare")
    options = evolve(options, fallbacks=(), escalate_to=None, on_error="partial")
    first: Candidate | None = None
    asked = []
    for model in models:
        candidate = await Candidate.connect(model, without_annotation(options), first)
        if candidate.dropped:
            raise ConfigurationError(f"{candidate.provider.name} has no option {', '.join(candidate.dropped)}")
        first = first or candidate
        own = options if candidate.ours else evolve(options, api_key=None, api_base=None, extra_headers=None)
        asked.append(evolve(own, model=model))
    given = await prepare.inspected(documents.as_document(document))
    readings: list[OCRReading | None] = [None] * len(models)

    async def read(place: int) -> None:
        readings[place] = await _read(given, models[place], asked[place])

    async with task_group() as group:
        for place in range(len(models)):
            group.start_soon(read, place)
    done = tuple(reading for reading in readings if reading is not None)
    return OCRComparison(readings=done, pages=await anyio.to_thread.run_sync(_agreements, done))


async def _read(given: Document, model: str, options: Options) -> OCRReading:
    started = time.perf_counter()
    response, failure = None, None
    try:
        response = await call(given, options)
    except OCRError as error:
        failure = error.with_traceback(None)  # which leads to the document
    return OCRReading(model=model, response=response, error=failure, seconds=time.perf_counter() - started)


def _agreements(readings: Sequence[OCRReading]) -> dict[int, dict[tuple[int, int], Agreement]]:
    there = [place for place, reading in enumerate(readings) if reading.response is not None]
    pages = [reading.pages for reading in readings]
    found = {}
    for index in sorted({index for each in pages for index in each}):
        contents = {place: content_of(pages[place].get(index)) for place in there}
        found[index] = {(a, b): agreement(contents[a], contents[b]) for a, b in combinations(there, 2)}
    return found
