"""Requests as a provider makes them, for the tests of sending."""

from __future__ import annotations

import json
from typing import Any

from ocr_async import events
from ocr_async.errors import (
    ProviderUnavailable,
    RateLimited,
    ResponseInvalid,
)
from ocr_async.settings import RetryPolicy
from ocr_async.steps import HttpRequest, HttpResponse
from ocr_async.transport.conditions import Conditions
from ocr_async.transport.send import sender
from tests.upstream import Upstream


KEY = "sk-planted-0123456789abcdef"
FAST = RetryPolicy(base=0.01, cap=0.02)


def parse(response: HttpResponse) -> Any:
    """Read an answer as a provider does."""

    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    try:
        value = json.loads(response.body, parse_constant=refuse)
    except ValueError as error:
        raise ResponseInvalid("not JSON") from error
    if "error" in value:
        code = value["error"].get("code")
        if code == 429:
            raise RateLimited("overloaded", status=429)
        raise ProviderUnavailable("overloaded")
    if not isinstance(value.get("pages", []), list):
        raise ResponseInvalid("pages is no list", path="$.pages")
    return value


def ocr(server: Upstream | str, **changes: Any) -> HttpRequest[Any]:
    base = server if isinstance(server, str) else server.url
    body = {"model": "m", "document": {"type": "document_url", "document_url": "https://e.com/a.pdf"}, "pages": [0, 1]}
    settings = {"json": body, "pages": 2, "parse": parse, "headers": {"Authorization": f"Bearer {KEY}"}, **changes}
    return HttpRequest(method="POST", url=f"{base}/v1/ocr", **settings)


def poll(server: Upstream, **changes: Any) -> HttpRequest[Any]:
    return HttpRequest(method="GET", url=f"{server.url}/v1/jobs/1", parse=parse, **changes)


def conditions(server: Upstream | str, **changes: Any) -> Conditions:
    base = server if isinstance(server, str) else server.url
    if (observer := changes.pop("observer", None)) is not None:

        def emit(name: str, **facts: Any) -> None:
            observer(getattr(events, name)(call="c", document="d", model="m", **facts))

        changes["emit"] = emit
    return Conditions(**{"provider": "mistral", "account": (base, "digest"), "policy": FAST, **changes})


async def send(server: Upstream, request: HttpRequest[Any] | None = None, **changes: Any) -> Any:
    return await sender(conditions(server, **changes))(request or ocr(server))
