"""
One OCR call, from what the caller gave to the response: candidates, deadline, cache and events.

docs/explanation/request-life.md walks a document through this module and `_reading`.
"""

from __future__ import annotations

import math
import os
import time
from contextlib import AsyncExitStack

import anyio

from . import document as documents
from . import pricing
from ._options import DocumentLike, Options
from ._reading import Candidate, Reading, Teller
from .errors import ConfigurationError, DeadlineExceeded, DocumentError, OCRError
from .events import CacheHit, DocumentDone, FallbackTaken
from .models import OCRResponse


__all__ = ["call", "estimate"]

_DEFAULT_MODEL = "local"


async def call(document: DocumentLike, options: Options) -> OCRResponse:
    """
    Read *document*; return all its selected pages.

    Raises:
        OCRError: See `ocr_async.errors`; never an exception group, never another library's exception.
    """
    started = time.perf_counter()
    given = documents.as_document(document)
    model, *fallbacks = _models(options)
    first = await Candidate.connect(model, options)
    candidates = [first, *[await Candidate.connect(each, options, first) for each in fallbacks]]
    tell = Teller(options.on_event, documents.describe(given))
    response: OCRResponse | None = None
    failure: BaseException | None = None
    try:
        with anyio.move_on_after(options.timeout) as scope:
            response = await _first_that_serves(given, candidates, options, scope.deadline, tell)
            return response
        raise DeadlineExceeded(f"reading {tell.name} took longer than timeout={options.timeout:g} s")
    except BaseException as error:
        failure = error
        raise
    finally:
        if tell.observer is not None:
            tell(
                DocumentDone,
                provider=(response and response.provider) or candidates[0].provider.name,
                pages=0 if response is None else len(response.pages),
                seconds=time.perf_counter() - started,
                error=None if failure is None else type(failure).__name__,
            )


async def estimate(document: DocumentLike, options: Options) -> tuple[int, float | None]:
    """Return the number of pages that a call would read, and its price in US dollars; None where it is unknown."""
    candidate = await Candidate.connect(_models(options)[0], options)
    async with AsyncExitStack() as stack:
        reading = await Reading.open(
            documents.as_document(document), candidate, options, math.inf, stack, Teller(None, "document")
        )
        count = await reading.selected(counted=True)
    if count is None:
        raise DocumentError("the page count of this document cannot be told before it is read")
    annotated = options.document_annotation_format is not None or options.bbox_annotation_format is not None
    return len(count), pricing.estimate(candidate.provider.name, candidate.model, len(count), annotated=annotated)


def _models(options: Options) -> list[str]:
    return [options.model or os.environ.get("OCR_ASYNC_MODEL") or _DEFAULT_MODEL, *options.fallbacks]


async def _first_that_serves(
    given: documents.Given, candidates: list[Candidate], options: Options, deadline: float, tell: Teller
) -> OCRResponse:
    """Ask the candidates in turn; what is wrong with the call itself, or its time, is not tried elsewhere."""
    for candidate, following in zip(candidates, [*candidates[1:], None], strict=True):
        try:
            return await _read(given, candidate, options, deadline, tell)
        except (ConfigurationError, DeadlineExceeded):
            raise
        except OCRError as error:
            if following is None:
                raise
            tell(FallbackTaken, model=candidate.named, next_model=following.named, error=type(error).__name__)
    raise AssertionError("there is always a candidate")


async def _read(
    given: documents.Given, candidate: Candidate, options: Options, deadline: float, tell: Teller
) -> OCRResponse:
    async with AsyncExitStack() as stack:
        reading = await Reading.open(given, candidate, options, deadline, stack, tell)
        cache_key = await reading.cache_key()
        if cache_key is not None and (kept := await reading.cached(cache_key)) is not None:
            tell(CacheHit)
            return kept
        response = await reading.read()
        if cache_key is not None and not response.missing_pages:
            await reading.keep(cache_key, response)
        return response
