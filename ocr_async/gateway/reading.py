"""From a client's request to its pages: who serves it, the document, the options, the call, the price."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import lru_cache, partial
from operator import attrgetter
from typing import ClassVar

from attrs import asdict, define, fields, frozen

from .. import pricing
from ..call.call import call
from ..call.options import DocumentLike, Options, options_with
from ..call.progress import PageObserver, Relay
from ..call.routing import Deployment
from ..errors import PagesMissing
from ..events import Event, FallbackTaken, Observer, PageDone, RequestDelayed, ResponseReceived, RetryScheduled
from ..models import Document, FileId, OCRCost, OCRRequest, OCRResponse, Url
from .access import signed_urls as addresses
from .access.control import Key, Reservation
from .demand import Progress, demand_of
from .existing_pages import existing, up_to_the_end
from .http_errors import HTTPError
from .idempotency.decorator import settle_reading
from .operating.log import event
from .operating.metrics import Metrics
from .stages import Stages, stages_of
from .state import Gateway, RequestContext
from .storage.files import StoredFile


__all__ = ["Served", "known_name", "no_model", "read"]

_LOG = logging.getLogger("ocr_async.gateway")

_OPTIONS = tuple(
    one.name
    for one in fields(OCRRequest)
    if one.name not in {"model", "document", "mistral_extra", "extra_body", "never_bill_twice"}
)


_given, _NOTHING = attrgetter(*_OPTIONS), (None,) * len(_OPTIONS)


@frozen
class Served:
    """
    Attributes:
        cost: US dollars; None where the price is unknown.
    """

    response: OCRResponse
    cost: OCRCost | None


async def read(
    gateway: Gateway,
    context: RequestContext,
    asked: OCRRequest,
    on_page: PageObserver | None = None,
    relay: Relay | None = None,
    *,
    lenient: bool = False,
    on_start: Callable[[], Awaitable[None]] | None = None,
) -> Served:
    """
    Have *asked* served.

    Args:
        on_page: Called with each page as soon as it is there.

        relay: Filled with the answer as it came, where that is the one to give.

        lenient: Leave out pages that do not exist, as long as others do; else they are refused.

        on_start: Awaited once it is admitted, before anything is sent for it.

    Raises:
        HTTPError: The model, the document or the moment is not one to be served.

        OCRError: See `ocr_async.errors`.
    """
    assert context.key is not None, "the routes of this module are for keys"
    if on_page is None:
        await settle_reading(context, asked)
    context.facts["model"] = known_name(gateway, asked.model)
    if gateway.group_for(context.key, asked.model) is None:
        raise no_model(gateway, context.key, asked.model)
    found = await _document(gateway, context, asked.document)
    stages = stages_of(gateway, asked)
    route = stages.route
    as_url = isinstance(asked.document, Url) and found is asked.document and not gateway.config.fetch_urls
    _choose(gateway, context.key, stages, as_url=as_url)
    try:
        async with AsyncExitStack() as stack:
            stack.enter_context(gateway.working())
            document, known = found, True
            if isinstance(document, StoredFile):
                assert gateway.storage is not None, "it knows the file"
                document = await addresses.document_of(gateway.storage, document, stack)
            if lenient and asked.pages is not None:
                asked, document, known = await existing(gateway, asked, stages.readers, document, stack)
            demand, document = await demand_of(gateway, context.key, asked, stages, document, stack)
            async with gateway.limits.admit(context.key, context.facts["model"], demand) as reservation:
                progress = Progress(stages.later, None if stages.annotator is None else stages.annotator.name)
                options = _options(gateway, asked, stages)
                observe: Observer = _Observer(gateway.metrics, context.id, progress)
                if on_start is not None:
                    await on_start()
                try:
                    try:
                        response = await call(
                            document,
                            options,
                            route=route,
                            escalation=stages.escalation,
                            annotator=stages.annotator,
                            observer=observe if gateway.tracing is None else gateway.tracing.observing(observe),
                            on_page=on_page,
                            request_id=context.id,  # so that both logs tell of the same request
                            relay=relay,
                        )
                    except PagesMissing as error:
                        came = None if known else up_to_the_end(error)
                        if came is None:
                            raise
                        response = came
                except BaseException as error:
                    _charge_failure(gateway, context, asked, stages, reservation, progress, error)
                    raise
                cost = _cost(gateway, stages, response)
                usd = None if cost is None else cost.total
                reservation.charge(response.usage_info.pages_processed, usd)
                gateway.metrics.served(context.facts["model"], response)
                gateway.metrics.spent(context.key.alias, context.facts["model"], usd)
    finally:
        if route.attempts:
            context.facts["deployment"] = route.attempts[-1].deployment.name
            context.facts["deployments_tried"] = len(route.attempts)
    context.facts |= {
        "provider": response.provider,
        "pages": len(response.pages),
        "billed_pages": response.usage_info.pages_processed,
        "attempts": response.attempts,
        "cost": usd,
    }
    if response.escalated:
        context.facts["escalated_pages"] = len(response.escalated)
    return Served(response, cost)


def _charge_failure(
    gateway: Gateway,
    context: RequestContext,
    asked: OCRRequest,
    stages: Stages,
    reservation: Reservation,
    progress: Progress,
    error: BaseException,
) -> None:
    """Charge what was delivered, or billed by a provider, although it gave no response."""
    assert context.key is not None, "it was admitted"
    counted = context.key.counts_pages or asked.pages is not None
    first, again = progress.pages(error, reservation.pages // stages.readings if counted else None)
    pages = first + again
    prices = [(count, stages.price_of(route)) for count, route in zip((first, again), stages.routes, strict=False)]
    if not pages or not any(route.attempts for route in stages.routes):
        return
    known = [count * price for count, price in prices if count and price is not None]
    unknown = progress.annotating or len(known) < sum(count > 0 for count, _ in prices)
    usd = reservation.usd if unknown else round(sum(known), 9)
    reservation.charge(pages, usd)
    gateway.metrics.spent(context.key.alias, context.facts["model"], usd)
    context.facts |= {"billed_pages": pages, "cost": usd}


def known_name(gateway: Gateway, model: str) -> str:
    """Return the group that serves *model*, for logs and metrics: what clients make up is ``unknown``."""
    return gateway.router.group_of(model) or "unknown"


def no_model(gateway: Gateway, key: Key, model: str) -> HTTPError:
    """Return the refusal of a model that there is not, or not for *key*."""
    names = [name for name in (*gateway.router.groups, *gateway.router.aliases) if key.may_use(name)]
    there_is = ", ".join(names[:20]) or "none for this key"
    text = f'there is no model "{model[:100]}" here; there is {there_is}'
    return HTTPError(404, text, "model_not_found", param="model")


async def _document(gateway: Gateway, context: RequestContext, given: Document) -> DocumentLike | StoredFile:
    assert context.key is not None
    if isinstance(given, FileId):
        found = None
        if gateway.storage is not None:
            found = await gateway.storage.files.get(given.file_id, context.key.id)
        if found is None:
            raise HTTPError(404, "there is no such file", "file_not_found", param="document")
        return found
    if not isinstance(given, Url):
        return given
    if given.url[:5].lower() == "data:":
        # as text, so that its bytes are looked at: clients label them as they like
        kind = "image_url" if given.image else "document_url"
        return {"type": kind, kind: given.url, "document_name": given.name}
    if gateway.storage is not None and (own := await addresses.document_at(gateway.storage, gateway.access, given.url)):
        return own
    return given


def _choose(gateway: Gateway, key: Key, stages: Stages, *, as_url: bool) -> None:
    """
    Keep *stages* to the deployments that may serve them.

    Args:
        as_url: Whether they have to download the document themselves.

    Raises:
        HTTPError: There are none.
    """
    checks: list[Callable[[Deployment], bool]] = []
    if as_url:
        checks.append(partial(_takes_urls, gateway))
        if not stages.only(checks[0]):
            raise _no_downloads()
    if key.budget_usd is not None:
        checks.append(stages.is_priced)
        may_be_asked = stages.only(lambda deployment: all(check(deployment) for check in checks))
        if not may_be_asked or not (stages.annotator is None or stages.is_priced(stages.annotator)):
            raise HTTPError(
                403,
                "this key has a budget in US dollars, and nobody knows the price of this model: whoever runs the "
                "gateway sets ocr_cost_per_page for it",
                "price_unknown",
                param="model",
            )


def _no_downloads() -> HTTPError:
    return HTTPError(
        400,
        "this gateway does not download documents: send the document as a data URI or upload it, or start the "
        "gateway with --fetch-urls",
        "invalid_document_url",
        param="document",
    )


def _takes_urls(gateway: Gateway, deployment: Deployment) -> bool:
    # With pages_per_request the pages have to be counted here, which takes the document's bytes.
    return deployment.name in gateway.urls and "pages_per_request" not in deployment.options


def _options(gateway: Gateway, asked: OCRRequest, stages: Stages) -> Options:
    if not stages.options and _given(asked) == _NOTHING:
        return _of_model(asked.model, gateway.config.timeout)
    given = {name: value for name in _OPTIONS if (value := getattr(asked, name)) is not None}
    return options_with({"model": asked.model, "timeout": gateway.config.timeout, **given, **stages.options})


@lru_cache(64)
def _of_model(model: str, timeout: float) -> Options:
    """Return the options of a request that has none: most have none."""
    return options_with({"model": model, "timeout": timeout})


@define(eq=False)
class _Observer:
    """Counts and logs the events of the call that is made for one request; no others are made for it."""

    hears: ClassVar = frozenset({PageDone, RequestDelayed, ResponseReceived, RetryScheduled, FallbackTaken})
    metrics: Metrics
    request_id: str
    progress: Progress

    def __call__(self, what: Event) -> None:
        self.metrics.observe(what)
        self.progress.observe(what)
        if isinstance(what, (RetryScheduled, FallbackTaken)):
            # without the document's name, which is its client's own, and the ids that our own stands for
            facts = asdict(what, filter=lambda one, _: one.name not in {"document", "call", "exchange", "request_id"})
            facts["provider_request_id"] = what.request_id
            event(_LOG, logging.INFO, type(what).__name__, request_id=self.request_id, **facts)


def _cost(gateway: Gateway, stages: Stages, response: OCRResponse) -> OCRCost | None:
    price = None if stages.in_several else gateway.prices.get(stages.route.attempts[-1].deployment.name)
    if price is None:
        return response.cost
    return pricing.cost("", "model", response.usage_info, annotated=stages.annotated, prices={"model": price})
