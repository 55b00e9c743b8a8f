"""
Pages that a first model read badly are asked of a second one, and of none but those.

What counts as badly is what the first answer says of itself: an error of the page, a warning on it, or a confidence
below the caller's `min_confidence`. A page whose model tells no confidence, such as a digital page's text layer, is
taken to be sure.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from attrs import evolve

from .. import pages
from ..errors import ConfigurationError, DeadlineExceeded, OCRError
from ..models import Escalation, OCRPage, OCRResponse
from .options import Options
from .progress import EventEmitter


__all__ = ["escalated", "reason"]

Read = Callable[[Options], Awaitable[OCRResponse]]


async def escalated(options: Options, first: Read, second: Read, model: str, emit: EventEmitter) -> OCRResponse:
    """
    Read by *first*, and what it read badly by *second*.

    Args:
        first: Reads with the given options; a document that it cannot read at all is read by *second*.

        second: The same, by *model*.

        model: As the caller names it.

    Returns:
        The pages of both. `OCRResponse.missing_pages` has what neither could read, whatever `on_error` says.
    """
    partial = evolve(options, on_error="partial")
    # a page that will be asked for again is not there yet
    emit.hold = lambda page: reason(page, options.min_confidence) is not None
    failure: OCRError | None = None
    response: OCRResponse | None = None
    try:
        response = await first(partial)
    except (ConfigurationError, DeadlineExceeded):
        raise
    except OCRError as error:
        failure = error
    reasons = _reasons(response, options.min_confidence)
    named = emit.model
    try:
        if response is not None and not reasons:
            return response
        for index, why in reasons.items():
            emit("PageEscalated", index=index, next_model=model, reason=why)
        emit.model = model
        try:
            again = await second(_of_second(partial, response, reasons))
        except (ConfigurationError, DeadlineExceeded):
            raise
        except OCRError:
            if response is None or not response.pages:
                raise
            return response  # its pages are worth more than nothing
        if response is None:
            why = f"error: {type(failure).__name__}"
            return _told(again, dict.fromkeys((page.index for page in again.pages), why), model)
        return _merged(response, again, reasons, model)
    finally:
        emit.model = named
        emit.hold = None
        del failure, response  # an error's traceback leads here, and would keep the document


def reason(page: OCRPage, min_confidence: float | None) -> str | None:
    """Return why *page* is to be read again; None if it is good."""
    scores = page.confidence_scores
    if min_confidence is not None and scores is not None and scores.average_page_confidence_score < min_confidence:
        return f"confidence {scores.average_page_confidence_score:.2f}"
    if warnings := page.extra.get("warnings"):
        return f"warning: {warnings[0] if isinstance(warnings, (list, tuple)) else warnings}"
    return None


def _reasons(response: OCRResponse | None, min_confidence: float | None) -> dict[int, str]:
    if response is None:
        return {}
    found = {index: f"error: {type(error).__name__}" for index, error in response.missing_pages.items()}
    for page in response.pages:
        if (why := reason(page, min_confidence)) is not None:
            found[page.index] = why
    return dict(sorted(found.items()))


def _of_second(options: Options, first: OCRResponse | None, reasons: Mapping[int, str]) -> Options:
    """Return the options of the second reading: its pages, and what is left of the money."""
    left = options.max_cost
    if left is not None and first is not None and first.cost is not None:
        left = max(0.0, left - first.cost.total)
    wanted = options.pages if first is None else tuple(reasons)
    return evolve(options, pages=wanted, max_cost=left, fallbacks=(), annotate_with=None)


def _merged(first: OCRResponse, again: OCRResponse, reasons: Mapping[int, str], model: str) -> OCRResponse:
    better = _told(evolve(again, pages=tuple(page for page in again.pages if page.index in reasons)), reasons, model)
    came = {page.index for page in better.pages}
    kept = evolve(
        first,
        pages=tuple(page for page in first.pages if page.index not in came),
        missing_pages={index: error for index, error in first.missing_pages.items() if index not in came},
    )
    lost = {index: error for index, error in again.missing_pages.items() if index in kept.missing_pages}
    whole = pages.merge([kept, evolve(better, missing_pages=lost)])
    return evolve(
        whole,
        model=first.model,
        provider=first.provider,
        # of two costs, one of which nobody knows, nobody knows the sum
        cost=whole.cost if first.cost is not None and again.cost is not None else None,
        escalated=better.escalated,
        document_annotation=first.document_annotation,
        parsed=first.parsed,
    )


def _told(response: OCRResponse, reasons: Mapping[int, str], model: str) -> OCRResponse:
    """Return *response* with word of why each page was read by *model*, in Python and in every dialect."""
    return evolve(
        response,
        pages=tuple(
            evolve(page, extra={**page.extra, "model": model, "escalated": reasons[page.index]})
            for page in response.pages
        ),
        escalated={page.index: Escalation(model=model, reason=reasons[page.index]) for page in response.pages},
    )
