"""
What every provider is asked the same of, and the stand-ins for their services: as strict as the services themselves.

A stand-in checks path, method, query, headers and body of each request against the published facts, and answers 400
to what the service would refuse; so a test that passes says that the request was right.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from attrs import define, field, frozen

from tests.upstream import Exchange, Received


__all__ = ["KEY", "Case", "Service", "text_of"]

KEY = "3f9a17c2planted"  # of no form that tells it from other words


def text_of(page: int) -> str:
    """Return what the stand-ins read on page *page* (from 0)."""
    return f"Text of page {page + 1}."


@define(eq=False)
class Service:
    """
    One service; a subclass answers what is asked in `serve`.

    Attributes:
        pages: Of every document that it is sent; a service that takes pictures reads one in each.

        throttled: How many requests are answered 429 first.

        lost_polls: How many polls (GET requests) end without an answer.

        broken: Whether it finds every document damaged; the sentence that it says so with holds "damaged".

        hangs: Whether it answers no request that brings a document.

        hanging: Whether it has got a document that it answers nothing about.

        uploads: Requests that brought a document.

        problems: What was wrong about requests, for the test's message.
    """

    pages: int = 3
    throttled: int = 0
    lost_polls: int = 0
    broken: bool = False
    hangs: bool = False
    hanging: bool = False
    uploads: int = 0
    problems: list[str] = field(factory=list)

    async def __call__(self, exchange: Exchange) -> None:
        await exchange.read()
        received = exchange.received
        if not self.authorized(received):
            await self.unauthorized(exchange)
        elif self.throttled:
            self.throttled -= 1
            await self.throttle(exchange)
        elif received.method == "GET" and self.lost_polls:
            self.lost_polls -= 1
            exchange.reset()
        else:
            try:
                await self.serve(exchange)
            except (AssertionError, KeyError) as error:  # what is missing is wrong as well
                self.problems.append(f"{received.method} {received.path}: {error}")
                await exchange.json({"error": {"message": f"wrong request: {error}"}}, 400)

    def authorized(self, received: Received) -> bool:
        """Whether the request carries the key in the service's own way."""
        return received.headers.get("authorization") == f"Bearer {KEY}"

    async def unauthorized(self, exchange: Exchange) -> None:
        await exchange.json({"message": "Unauthorized"}, 401)

    async def throttle(self, exchange: Exchange) -> None:
        await exchange.json({"message": "slow down"}, 429, {"Retry-After": "1"})

    async def document(self) -> None:
        """Count a document; to be awaited where one arrives."""
        self.uploads += 1
        if self.hangs:
            self.hanging = True
            await asyncio.sleep(60)

    async def serve(self, exchange: Exchange) -> None:
        raise NotImplementedError


@frozen(kw_only=True)
class Case:
    """
    A provider before its stand-in.

    Attributes:
        model: As callers name it.

        service: Makes a fresh stand-in.

        options: Of the call, for a stand-in at that address.

        pictures: Whether it is sent a picture a page.

        urls: Whether document addresses go to the service as they are.

        jobs: Whether it answers later and is polled.

        asks_to_wait: Whether a throttled request is told how long to wait.

        cut: Whether it is sent documents of the wanted pages alone, as it cannot select any.

        price: Dollars a page; None where it is unknown.

        deletes: Whether what was uploaded is deleted at the end; the stand-in then has a set `kept` of what is not.
    """

    model: str
    service: Callable[[], Service]
    options: Callable[[str], Mapping[str, Any]] = lambda base: {"api_base": base, "api_key": KEY}
    pictures: bool = False
    urls: bool = True
    jobs: bool = False
    asks_to_wait: bool = True
    cut: bool = False
    price: float | None
    deletes: bool = False

    def __str__(self) -> str:
        return self.model
