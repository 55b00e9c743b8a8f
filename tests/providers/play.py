"""Plays an exchange without any I/O."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from ocr_async.steps import Exchange, HttpRequest, HttpResponse, OnThread


T = TypeVar("T")


def answer(body: object, status: int = 200, **headers: str) -> HttpResponse:
    """Return an answer whose body is *body* as JSON."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(status, names, json.dumps(body).encode())


def play(exchange: Exchange[T], *answers: HttpResponse) -> tuple[list[HttpRequest[Any]], T]:
    """Feed *answers* to *exchange*, as the driver would; return the requests that it made and its result."""
    left = list(answers)
    requests: list[HttpRequest[Any]] = []
    given: Any = None
    while True:
        try:
            step = exchange.send(given)
        except StopIteration as stop:
            assert not left
            return requests, stop.value
        if isinstance(step, OnThread):
            given = step.function()
            continue
        assert isinstance(step, HttpRequest)
        requests.append(step)
        given = step.parse(left.pop(0))
