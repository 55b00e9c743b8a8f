"""
What a request may come to, before anything is sent for it, and what it came to where it gave no response.

Pages are counted here where they can be: budgets hold because what a document may cost is held back first.
docs/reference/gateway.md tells the rules for those whose pages, or whose price, nobody knows.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from contextlib import AsyncExitStack

from attrs import define, field

from .. import document as documents
from ..call import prepare
from ..call.options import DocumentLike
from ..call.routing import Deployment
from ..errors import OCRError, PagesMissing
from ..events import Event, PageDone, ResponseReceived
from ..models import Bytes, FileOnDisk, OCRRequest, Url
from .access.control import Demand, Key
from .stages import Stages
from .state import Gateway


__all__ = ["Progress", "counted", "demand_of", "is_local"]


async def demand_of(
    gateway: Gateway, key: Key, asked: OCRRequest, stages: Stages, document: DocumentLike, stack: AsyncExitStack
) -> tuple[Demand, DocumentLike]:
    """
    Return what *asked* may come to, and the document as it was looked at.

    Args:
        stages: Who may serve it.

        document: What *asked* has for a document, found.

        stack: Keeps what has to be downloaded to be counted.

    Raises:
        HTTPError: Nothing is left of the limits of *key*.

        DocumentError: It is none.
    """
    pages = None if asked.pages is None else len(set(asked.pages))
    if not key.counts_pages:
        return Demand(pages=pages or 1), document
    readers, readings = stages.readers, stages.readings
    price = stages.price if key.budget_usd is not None else 0.0
    if price is not None:
        price /= readings  # of a page that is read once
    if pages is None:
        async with gateway.limits.counting(key, price):
            document, pages = await counted(document, readers, stack, download=gateway.config.fetch_urls)
    most = max((_most_pages(gateway, deployment) for deployment in readers), default=1) * readings
    return Demand(pages=None if pages is None else pages * readings, most=most, price=price), document


async def _downloaded(url: Url, stack: AsyncExitStack) -> Url | FileOnDisk:
    """Download what is at *url*, so that what is counted is what is read; where that fails, its reader has to see."""
    try:
        found = await prepare.inspected(await prepare.download(url, math.inf, stack))
    except OCRError:
        return url
    return found if isinstance(found, FileOnDisk) else url


async def counted(
    document: DocumentLike, readers: Iterable[Deployment], stack: AsyncExitStack, *, download: bool
) -> tuple[DocumentLike, int | None]:
    """
    Return *document* as it was looked at, and how many pages it has; None where its reader has to see.

    Args:
        stack: Keeps it, where it is an address and has to be downloaded.

        download: Whether it may be.

    Raises:
        DocumentError: It is none.
    """
    found = await prepare.inspected(documents.as_document(document))
    if isinstance(found, Url) and download:
        found = await _downloaded(found, stack)
    if not isinstance(found, (Bytes, FileOnDisk)):
        return found, None
    try:
        return found, await prepare.count(found, drawn=all(map(is_local, readers)))
    except OCRError:
        return found, None  # damaged, or the engine is not installed: others may read it all the same


def is_local(deployment: Deployment) -> bool:
    """Whether the embedded engine serves it."""
    return deployment.model.partition("/")[0] == "local"


def _most_pages(gateway: Gateway, deployment: Deployment) -> int:
    return gateway.most_pages.get(deployment.name) or gateway.config.max_pages


@define(eq=False)
class Progress:
    """
    What a call came to so far, as its events tell.

    Attributes:
        later: What events call those who read again what was read badly.

        annotator: What events call who annotates, which reads no pages.

        delivered: Pages that are there.

        billable: Who was sent a request that a provider bills or may bill, and for how many pages, by its id; None:
            all of a document.
    """

    later: Collection[str] = frozenset()
    annotator: str | None = None
    delivered: int = 0
    billable: dict[str, tuple[str, int | None]] = field(factory=dict)

    def observe(self, event: Event) -> None:
        match event:
            case PageDone():
                self.delivered += 1
            case ResponseReceived(billable=True):
                self.billable[event.exchange] = event.model, event.pages
            case _:
                pass

    def pages(self, error: BaseException, whole: int | None) -> tuple[int, int]:
        """
        Return the pages to charge for a call that ended with *error*: of the first reading, and of the second.

        A page counts once in each, though a provider was asked for it several times.

        Args:
            whole: Pages of the whole document, at most; None where nobody counted them: there is at least one.
        """
        again = self._billed(whole, later=True)
        told = error.response.usage_info.pages_processed if isinstance(error, PagesMissing) and error.response else 0
        return max(self.delivered, self._billed(whole, later=False), told - again), again

    @property
    def annotating(self) -> bool:
        """Whether an annotation was billed or may be."""
        return any(model == self.annotator for model, _ in self.billable.values())

    def _billed(self, whole: int | None, *, later: bool) -> int:
        read = self.billable.values()
        pages = [count for model, count in read if model != self.annotator and (model in self.later) == later]
        billed = sum((whole or 1) if count is None else count for count in pages)
        return billed if whole is None else min(billed, whole)
