"""From a client's request to its pages: who serves it, the document, the options, the call, the price."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from attrs import asdict, fields, frozen

from .. import pricing
from ..call.call import call
from ..call.options import DocumentLike, Options
from ..call.progress import PageObserver, Relay
from ..call.routing import Deployment, Route
from ..events import Event, FallbackTaken, RetryScheduled
from ..models import Document, FileId, OCRCost, OCRRequest, OCRResponse, Url
from .access import signed_urls as addresses
from .access.control import Key
from .http_errors import HTTPError
from .idempotency.decorator import settle_reading
from .operating.log import event
from .operating.metrics import Metrics
from .state import Gateway, RequestContext


__all__ = ["Served", "known_name", "no_model", "read"]

_LOG = logging.getLogger("ocr_async.gateway")

_OPTIONS = tuple(
    one.name for one in fields(OCRRequest) if one.name not in {"model", "document", "mistral_extra", "extra_body"}
)


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
) -> Served:
    """
    Have *asked* served.

    Args:
        on_page: Called with each page as soon as it is there.

        relay: Filled with the answer as it came, where that is the one to give.

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
    document = await _document(gateway, context, asked.document)
    route = gateway.router.route(asked.model)
    if isinstance(asked.document, Url) and document is asked.document and not gateway.config.fetch_urls:
        _leave_urls_to_providers(gateway, route)
    if gateway.working >= gateway.config.max_queue:
        raise HTTPError(429, "the gateway is at its limit of calls; try again soon", "queue_full", retry_after=1.0)
    pages = None if asked.pages is None else len(asked.pages)
    gateway.begun += 1
    gateway.working += 1
    try:
        with gateway.access.admit(context.key, context.facts["model"], pages) as charge:
            response = await call(
                document, _options(gateway, context, asked), route=route, on_page=on_page, relay=relay
            )
            cost = _cost(gateway, route.attempts[-1].deployment, response, asked)
            usd = None if cost is None else cost.total
            charge(response.usage_info.pages_processed, usd)
            gateway.metrics.served(context.key.alias, context.facts["model"], response, usd)
    finally:
        gateway.working -= 1
        if route.attempts:
            context.facts["deployment"] = route.attempts[-1].deployment.name
            context.facts["turns"] = len(route.attempts)
    context.facts |= {
        "provider": response.provider,
        "pages": len(response.pages),
        "billed_pages": response.usage_info.pages_processed,
        "attempts": response.attempts,
        "cost": usd,
    }
    return Served(response, cost)


def known_name(gateway: Gateway, model: str) -> str:
    """Return the group that serves *model*, for logs and metrics: what clients make up is ``unknown``."""
    return gateway.router.group_of(model) or "unknown"


def no_model(gateway: Gateway, key: Key, model: str) -> HTTPError:
    """Return the refusal of a model that there is not, or not for *key*."""
    names = [name for name in (*gateway.router.groups, *gateway.router.aliases) if key.may_use(name)]
    there_is = ", ".join(names[:20]) or "none for this key"
    text = f'there is no model "{model[:100]}" here; there is {there_is}'
    return HTTPError(404, text, "model_not_found", param="model")


async def _document(gateway: Gateway, context: RequestContext, given: Document) -> DocumentLike:
    assert context.key is not None
    if isinstance(given, FileId):
        found = None
        if gateway.storage is not None:
            found = await addresses.document(gateway.storage, given.file_id, context.key.id)
        if found is None:
            raise HTTPError(404, "there is no such file", "file_not_found", param="document")
        return found
    if not isinstance(given, Url):
        return given
    if given.url[:5].lower() == "data:":
        # as text, so that its bytes are looked at: clients label them as they like
        kind = "image_url" if given.image else "document_url"
        return {"type": kind, kind: given.url, "document_name": given.name}
    if gateway.storage is not None and (own := await addresses.document_at(gateway.storage, given.url)):
        return own
    return given


def _leave_urls_to_providers(gateway: Gateway, route: Route) -> None:
    """Keep *route* to the deployments that download a document themselves."""
    # With pages_per_request the pages have to be counted here, which takes the document's bytes.
    if not route.only(lambda one: one.name in gateway.urls and "pages_per_request" not in one.options):
        raise HTTPError(
            400,
            "this gateway does not download documents: send the document as a data URI or upload it, or start the "
            "gateway with --fetch-urls",
            "invalid_document_url",
            param="document",
        )


def _options(gateway: Gateway, context: RequestContext, asked: OCRRequest) -> Options:
    given: dict[str, Any] = {name: value for name in _OPTIONS if (value := getattr(asked, name)) is not None}
    return Options(
        model=asked.model,
        timeout=gateway.config.timeout,
        extra_headers={"X-Request-Id": context.id},  # so that both logs tell of the same request
        on_event=partial(_observe, gateway.metrics, context.id),
        **given,
    )


def _observe(metrics: Metrics, request_id: str, what: Event) -> None:
    metrics.observe(what)
    if isinstance(what, (RetryScheduled, FallbackTaken)):
        # without the document's name, which is its client's own, and the ids that our own stands for
        facts = asdict(what, filter=lambda one, _: one.name not in {"document", "call", "exchange", "request_id"})
        provider_id = what.request_id
        event(_LOG, logging.INFO, type(what).__name__, request_id=request_id, provider_request_id=provider_id, **facts)


def _cost(gateway: Gateway, deployment: Deployment, response: OCRResponse, asked: OCRRequest) -> OCRCost | None:
    price = gateway.prices.get(deployment.name)
    if price is None:
        return response.cost
    annotated = asked.document_annotation_format is not None or asked.bbox_annotation_format is not None
    return pricing.cost("", "model", response.usage_info, annotated=annotated, prices={"model": price})
