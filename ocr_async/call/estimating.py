"""What a call would take, told without asking anybody."""

from __future__ import annotations

import math
from contextlib import AsyncExitStack

from attrs import evolve, frozen

from .. import document as documents
from .. import pricing
from .._tasks import require_asyncio
from .call import models_of
from .candidate import Candidate
from .options import DocumentLike, Options
from .prices import priced
from .progress import EventEmitter
from .reading import Reading
from .second_step import without_annotation
from .sending import Sending


__all__ = ["OCREstimate", "estimate"]

_NO_KEY = "none"


@frozen(kw_only=True)
class OCREstimate:
    """
    What a call would take.

    Attributes:
        pages: That would be read.

        cost: US dollars; None where the price is unknown.

        max_cost: US dollars if every page were asked of `escalate_to` too; `cost` without one.
    """

    pages: int
    cost: float | None
    max_cost: float | None


async def estimate(document: DocumentLike, options: Options) -> OCREstimate:
    """Return how many pages of *document* a call would read, and for how much; nothing is sent to a provider."""
    require_asyncio()
    options = await priced(options)
    if options.annotate_with is not None:
        options = without_annotation(options)
    # nobody is asked, so nobody's key is needed; one that is there is not looked for either
    unasked = evolve(
        options, api_key=_NO_KEY, extra_headers={**(options.extra_headers or {}), "Authorization": _NO_KEY}
    )
    candidate = await Candidate.connect(models_of(options)[0], unasked)
    given = documents.as_document(document)
    sending = Sending(candidate, options, math.inf, EventEmitter(None, given))
    async with AsyncExitStack() as stack:
        reading = await Reading.open(given, sending, stack)
        selected = await reading.selected(counted=True)
    assert selected is not None, "they were counted"
    count = len(selected)
    cost = most = reading.price(count)
    if options.escalate_to is not None:
        second = await Candidate.connect(options.escalate_to, unasked, stands_in=True)
        again = pricing.estimate(second.provider.name, second.model, count, prices=options.prices)
        most = None if cost is None or again is None else cost + again
    return OCREstimate(pages=count, cost=cost, max_cost=most)
