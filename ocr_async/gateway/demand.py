"""
What a request may come to, before anything is sent for it, and what it came to where it gave no response.

Pages are counted here where they can be: budgets hold because what a document may cost is held back first.
docs/reference/gateway.md tells the rules for those whose pages, or whose price, nobody knows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack

from attrs import define, field

from .. import document as documents
from .. import pricing, providers
from ..call import prepare
from ..call.options import DocumentLike
from ..call.routing import Deployment, Route
from ..errors import OCRError, PagesMissing
from ..events import Event, PageDone, RequestSent, ResponseReceived
from ..models import Bytes, FileOnDisk, OCRRequest, Url
from .access.control import Demand, Key
from .state import Gateway


__all__ = [
    "Progress",
    "counted",
    "demand_of",
    "downloaded",
    "is_annotated",
    "is_local",
    "is_priced",
    "page_price",
]


async def demand_of(
    gateway: Gateway, key: Key, asked: OCRRequest, route: Route, document: DocumentLike, stack: AsyncExitStack
) -> tuple[Demand, DocumentLike]:
    """
    Return what *asked* may come to, and the document as it was looked at.

    Args:
        route: Of those that may serve it.

        document: What *asked* has for a document, found.

        stack: Keeps what has to be downloaded to be counted.

    Raises:
        HTTPError: Nothing is left of the limits of *key*.

        DocumentError: It is none.
    """
    pages = None if asked.pages is None else len(set(asked.pages))
    if not key.counts_pages:
        return Demand(pages=pages or 1), document
    deployments = route.deployments()
    price = _highest(gateway, deployments, is_annotated(asked)) if key.budget_usd is not None else 0.0
    if pages is None:
        with gateway.access.counting(key, price):
            document = given = await prepare.inspected(documents.as_document(document))
            if isinstance(given, Url) and gateway.config.fetch_urls:
                document = given = await downloaded(given, stack)
            if isinstance(given, (Bytes, FileOnDisk)):
                pages = await counted(given, local=all(map(is_local, deployments)))
    most = max((_most_pages(gateway, deployment) for deployment in deployments), default=1)
    return Demand(pages=pages, most=most, price=price), document


async def downloaded(url: Url, stack: AsyncExitStack) -> Url | FileOnDisk:
    """Download what is at *url*, so that what is counted is what is read; where that fails, its reader has to see."""
    try:
        found = await prepare.inspected(await prepare.download(url, math.inf, stack))
    except OCRError:
        return url
    return found if isinstance(found, FileOnDisk) else url


async def counted(document: Bytes | FileOnDisk, *, local: bool) -> int | None:
    """Return how many pages *document* has; None where its reader has to see."""
    try:
        return await prepare.count(document, drawn=local)
    except OCRError:
        return None  # damaged, or the engine is not installed: others may read it all the same


def is_annotated(asked: OCRRequest) -> bool:
    """Whether *asked* wants annotations, which cost more."""
    return asked.document_annotation_format is not None or asked.bbox_annotation_format is not None


def page_price(gateway: Gateway, deployment: Deployment, *, annotated: bool) -> float | None:
    """Return the US dollars of one page at *deployment*; None if nobody knows before it is read."""
    provider, model, prices = _named(gateway, deployment)
    return pricing.estimate(provider, model, 1, annotated=annotated, prices=prices)


def is_priced(gateway: Gateway, deployment: Deployment, *, annotated: bool) -> bool:
    """Whether it will be known what a page at *deployment* cost, if only by its answer."""
    if page_price(gateway, deployment, annotated=annotated) is not None:
        return True
    provider, model, prices = _named(gateway, deployment)
    price = pricing.price_of(provider, model, prices)
    cls = providers.provider_class(provider)
    return (price is not None and price.by_token) or (cls is not None and cls.facts.tells_cost)


def _named(gateway: Gateway, deployment: Deployment) -> tuple[str, str, Mapping[str, pricing.Price]]:
    """Return the provider and the model of *deployment*, and the prices that come before the package's."""
    provider, _, model = deployment.model.partition("/")
    if providers.provider_class(provider) is None:
        provider, model = "mistral", deployment.model  # a server of one's own that speaks Mistral's API
    own = gateway.prices.get(deployment.name)
    return provider, model, gateway.config.prices if own is None else {f"{provider}/{model}": own}


def _highest(gateway: Gateway, deployments: Sequence[Deployment], annotated: bool) -> float | None:
    prices = [page_price(gateway, deployment, annotated=annotated) for deployment in deployments]
    known = [price for price in prices if price is not None]
    return max(known, default=0.0) if len(known) == len(prices) else None


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
        delivered: Pages that are there.

        asked: Pages of the requests sent, by their id; None: all of a document.

        billable: Those of them that a provider bills or may bill.
    """

    delivered: int = 0
    asked: dict[str, int | None] = field(factory=dict)
    billable: set[str] = field(factory=set)

    def observe(self, event: Event) -> None:
        match event:
            case PageDone():
                self.delivered += 1
            case RequestSent():
                self.asked[event.exchange] = event.pages
            case ResponseReceived(billable=True):
                self.billable.add(event.exchange)
            case _:
                pass

    def pages(self, error: BaseException, whole: int | None) -> int:
        """
        Return the pages to charge for a call that ended with *error*.

        A page counts once, though a provider was asked for it several times.

        Args:
            whole: Pages of the whole document, at most; None where nobody counted them: there is at least one.
        """
        pages = [self.asked[exchange] for exchange in self.billable]
        billable = sum((whole or 1) if count is None else count for count in pages)
        if whole is not None:
            billable = min(billable, whole)
        told = error.response.usage_info.pages_processed if isinstance(error, PagesMissing) and error.response else 0
        return max(self.delivered, billable, told)
