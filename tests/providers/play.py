"""Plays an exchange without any I/O."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

from ocr_async.errors import OCRError
from ocr_async.steps import Cleanup, Compute, Exchange, HttpRequest, HttpResponse, OnThread, Together, Wait


T = TypeVar("T")


def answer(body: object, status: int = 200, **headers: str) -> HttpResponse:
    """Return an answer whose body is *body* as JSON."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(status, names, json.dumps(body).encode())


def of_other_shapes(answer: HttpResponse) -> Iterator[HttpResponse]:
    """Yield *answer*, if it is JSON, with each value of it replaced by one of another type; of a list, the first."""

    def changed(value: Any) -> Iterator[Any]:
        others: tuple[Any, ...] = (None, [[]], {"a": {}}, True, 1e308)
        yield from (other for other in others if type(other) is not type(value))
        if isinstance(value, dict):
            yield from ({**value, name: other} for name in value for other in changed(value[name]))
        elif isinstance(value, list) and value:
            yield from ([other, *value[1:]] for other in changed(value[0]))

    with suppress(ValueError):
        for body in changed(json.loads(answer.body)):
            yield HttpResponse(answer.status, answer.headers, json.dumps(body).encode())


def play(
    exchange: Exchange[T],
    *answers: HttpResponse | OCRError,
    compute: Callable[[Compute], Any] | None = None,
    pauses: list[float] | None = None,
) -> tuple[list[HttpRequest[Any]], T]:
    """
    Feed *answers* to *exchange*, as the driver would; return the requests that it made and its result.

    Exchanges that go together are played one after the other. What is cleaned up comes at the end, and is not answered.

    Args:
        answers: Errors are what sending came to in the end.

        compute: Does what is asked of the engine's workers.

        pauses: Filled with the seconds that are waited for.
    """
    left = list(answers)
    requests: list[HttpRequest[Any]] = []
    cleanups: list[Cleanup] = []

    def run(exchange: Exchange[Any]) -> Any:
        given: Any = None
        failure: OCRError | None = None
        while True:
            try:
                step = exchange.send(given) if failure is None else exchange.throw(failure)
            except StopIteration as stop:
                return stop.value
            given = failure = None
            match step:
                case OnThread(function):
                    given = function()
                case Together(exchanges):
                    given = [run(each) for each in exchanges]
                case Compute():
                    assert compute is not None
                    given = compute(step)
                case Cleanup():
                    cleanups.append(step)
                case HttpRequest():
                    requests.append(step)
                    answer = left.pop(0)
                    if isinstance(answer, OCRError):
                        failure = answer
                        continue
                    for spoiled in of_other_shapes(answer):
                        with suppress(OCRError, ValueError):  # as who sends the request takes them
                            step.parse(spoiled)
                    try:
                        given = step.parse(answer)
                    except OCRError as error:
                        failure = error
                case _:
                    assert isinstance(step, Wait)
                    if pauses is not None:
                        pauses.append(step.seconds)

    result: T = run(exchange)
    assert not left
    asked = [each.request for each in cleanups[::-1] if each.unless is None or not each.unless()]
    return requests + asked, result
