"""
What a request goes through: reading, a second reading of pages that were read badly, annotating; and what each costs.

The configuration of a model may name who does the second and the third (`escalate_to`, `annotate_with`). Budgets hold
for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from attrs import define, field

from .. import pricing, providers
from ..call.routing import Deployment, Route, chain
from ..models import OCRRequest
from ..settings import RetryPolicy
from .state import Gateway


__all__ = ["Stages", "is_billed_once", "page_price", "stages_of"]


@define(kw_only=True, slots=False)
class Stages:
    """
    Who is asked for one request.

    Attributes:
        route: Who reads.

        escalation: Who reads again what was read badly; None: nobody.

        annotator: Who annotates what was read; None: who reads, if anyone.

        annotated: Whether who reads annotates too, which costs more.

        options: Of the call, by which it knows of all this.
    """

    gateway: Gateway = field(repr=False)
    route: Route
    escalation: Route | None = None
    annotator: Deployment | None = None
    annotated: bool = False
    options: Mapping[str, Any] = field(factory=dict)

    @property
    def routes(self) -> list[Route]:
        """All that documents or pages of them go to."""
        return [self.route] if self.escalation is None else [self.route, self.escalation]

    @property
    def readings(self) -> int:
        """How often a page is read at most."""
        return len(self.routes)

    @property
    def readers(self) -> list[Deployment]:
        """All who may read the document, or pages of it."""
        return [deployment for route in self.routes for deployment in route.deployments()]

    @property
    def in_several(self) -> bool:
        """Whether more than one may be paid for a page, so that the call alone knows the sum."""
        return self.escalation is not None or self.annotator is not None

    @cached_property
    def later(self) -> frozenset[str]:
        """What events call those who read again."""
        return frozenset(() if self.escalation is None else (each.name for each in self.escalation.deployments()))

    def only(self, usable: Callable[[Deployment], bool]) -> bool:
        """Keep to those readers for which *usable* holds; return whether every reading has some."""
        found = [route.only(usable) for route in self.routes]
        return all(found)

    def is_priced(self, deployment: Deployment) -> bool:
        """Whether it will be known what a page at *deployment* cost, if only by its answer."""
        if self.price_at(deployment) is not None:
            return True
        provider, model, prices = _named(self.gateway, deployment)
        price = pricing.price_of(provider, model, prices)
        cls = providers.provider_class(provider)
        return (price is not None and price.by_token) or (cls is not None and cls.facts.tells_cost)

    def price_at(self, deployment: Deployment) -> float | None:
        """Return the US dollars of one page read at *deployment*; None if nobody knows before it is read."""
        return page_price(self.gateway, deployment, annotated=self.annotated)

    @property
    def price(self) -> float | None:
        """The US dollars of one page through all stages, at most; None if nobody knows before."""
        prices = [self._highest(route.deployments()) for route in self.routes]
        if self.annotator is not None:
            prices.append(page_price(self.gateway, self.annotator))
        known = [price for price in prices if price is not None]
        return sum(known) if len(known) == len(prices) else None

    def price_of(self, route: Route) -> float | None:
        """Return the US dollars of one page read by whom *route* asked last; None if nobody knows, or nobody was."""
        return self.price_at(route.attempts[-1].deployment) if route.attempts else None

    def _highest(self, deployments: Sequence[Deployment]) -> float | None:
        prices = [self.price_at(deployment) for deployment in deployments]
        known = [price for price in prices if price is not None]
        return max(known, default=0.0) if len(known) == len(prices) else None


def stages_of(gateway: Gateway, asked: OCRRequest) -> Stages:
    """
    Return what *asked* goes through, as the configuration of its model says.

    Raises:
        KeyError: No group serves it.
    """
    route = gateway.router.route(asked.model)
    second = gateway.config.second_steps.get(route.groups[0])
    annotated = asked.document_annotation_format is not None
    bbox = asked.bbox_annotation_format is not None
    if second is None:
        return Stages(gateway=gateway, route=route, annotated=annotated or bbox)
    options: dict[str, Any] = {}
    escalation: Route | None = None
    annotator: Deployment | None = None
    if second.escalate_to is not None:
        escalation = _route(gateway, second.escalate_to)
        options |= {"escalate_to": second.escalate_to, "min_confidence": second.min_confidence}
    if annotated and second.annotate_with is not None:
        annotator = _route(gateway, second.annotate_with).deployments()[0]
        options["annotate_with"] = second.annotate_with
    return Stages(
        gateway=gateway,
        route=route,
        escalation=escalation,
        annotator=annotator,
        annotated=bbox or (annotated and annotator is None),
        options=options,
    )


def is_billed_once(gateway: Gateway, asked: OCRRequest) -> bool:
    """Whether somebody who may be asked for *asked* must not be asked again for what may have been billed."""
    if gateway.router.group_of(asked.model) is None:
        return False
    stages = stages_of(gateway, asked)
    may_be_asked = stages.readers if stages.annotator is None else [*stages.readers, stages.annotator]
    retries = [deployment.options.get("retries") for deployment in may_be_asked]
    return any(isinstance(one, RetryPolicy) and one.never_bill_twice for one in retries)


def _route(gateway: Gateway, model: str) -> Route:
    """Return the way to *model*: a name of the configuration, or a model with an account of the environment."""
    return gateway.router.route(model) if gateway.router.group_of(model) is not None else chain([model])


def page_price(gateway: Gateway, deployment: Deployment, *, annotated: bool = False) -> float | None:
    """Return the US dollars of one page at *deployment*; None if nobody knows before it is read."""
    provider, model, prices = _named(gateway, deployment)
    return pricing.estimate(provider, model, 1, annotated=annotated, prices=prices)


def _named(gateway: Gateway, deployment: Deployment) -> tuple[str, str, Mapping[str, pricing.Price]]:
    """Return the provider and the model of *deployment*, and the prices that come before the package's."""
    provider, _, model = deployment.model.partition("/")
    if providers.provider_class(provider) is None:
        provider, model = "mistral", deployment.model  # a server of one's own that speaks Mistral's API
    own = gateway.prices.get(deployment.name)
    return provider, model, gateway.config.prices if own is None else {f"{provider}/{model}": own}
