"""
One OCR call, from what the caller gave to the response: candidates, deadline, cache and events.

docs/explanation/request-life.md walks a document through this module and `reading`.
"""

from __future__ import annotations

import asyncio
import math
import os
import time
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import anyio
from attrs import evolve

from .. import document as documents
from .._tasks import require_asyncio
from ..errors import ConfigurationError, DeadlineExceeded, OCRError
from ..models import OCRResponse
from ..settings import RetryPolicy
from ..transport.patience import Patience, Patient
from . import on_demand, prepare
from .candidate import Candidate
from .options import DocumentLike, Observer, Options
from .prices import priced
from .progress import EventEmitter, PageObserver, Relay
from .reading import Reading, raise_missing
from .sending import Sending


if TYPE_CHECKING:
    from .routing import Deployment, Route, RouteAttempt
    from .second_step import SecondStep


__all__ = ["call", "default_model", "models_of"]

_DEFAULT_MODEL = "local"


async def call(
    document: DocumentLike,
    options: Options,
    *,
    route: Route | None = None,
    escalation: Route | None = None,
    annotator: Deployment | None = None,
    observer: Observer | None = None,
    on_page: PageObserver | None = None,
    request_id: str | None = None,
    relay: Relay | None = None,
    patience: Patience | None = None,
) -> OCRResponse:
    """
    Read *document*; return all its selected pages.

    Args:
        route: Who is asked, instead of the options' `model` and `fallbacks`.

        escalation: Who is asked of pages that were read badly, instead of the model that `escalate_to` names; it then
            is the name alone.

        annotator: Who annotates, instead of the model that `annotate_with` names.

        observer: Hears of the call's events instead of the options' `on_event`, which makes the options the call's own.

        on_page: Called with each page as soon as it is there, once.

        request_id: What providers are sent as ``X-Request-Id``, where the options' headers name none.

        relay: Filled with the provider's own answer where that can go on to a client as it is; not for cached calls.

        patience: The stream's whose document it is: it waits for a provider that is down, unless there are others to
            ask, and its `timeout` stands still meanwhile.

    Raises:
        OCRError: See `ocr_async.errors`; never an exception group, never another library's exception.
    """
    require_asyncio()
    started = time.perf_counter()
    given = documents.as_document(document)
    asked = await priced(options)
    options = asked if asked.annotate_with is None else on_demand.second_step.without_annotation(asked)
    connect = _Connect(options, None if route is None else route.groups[0])
    alone: Candidate | None = None
    if route is None:
        first, *others = await connect.all(models_of(options))
        # With nobody to choose from, a route would be a tenth of the call's cost.
        route, alone = (on_demand.routing.chain([first, *others]), None) if others else (None, connect.known[first])
    second: Candidate | None = None
    if options.escalate_to is not None and escalation is None:
        second = await Candidate.connect(options.escalate_to, options, next(iter(connect.known.values()), None))

    second_step: SecondStep | None = None
    if asked.annotate_with is not None:
        second_step = await on_demand.second_step.SecondStep.connect(
            asked, next(iter(connect.known.values()), None), annotator
        )
        relay = None

    def serve(options: Options, deadline: float, relay: Relay | None) -> Awaitable[OCRResponse]:
        if route is None:
            assert alone is not None
            return _read(given, alone, options, deadline, emit, relay, patient)
        connect.options = options
        return _first_that_serves(given, route, connect, deadline, emit, relay)

    def serve_again(options: Options, deadline: float) -> Awaitable[OCRResponse]:
        if escalation is None:
            assert second is not None
            return _read(given, second, options, deadline, emit, None, patient)
        return _first_that_serves(given, escalation, _Connect(options), deadline, emit, None)

    if (options.escalate_to or route is not None) and isinstance(given, documents.OpenFile):
        given = await prepare.inspected(given)  # it can be read once, and is asked for twice
    emit = EventEmitter(observer or options.on_event, given, on_page, request_id)
    patient: Patient | None = None
    emit.model = (options.model or "") if alone is None else alone.named
    response: OCRResponse | None = None
    # Its name and id alone: the error's traceback leads to this frame, and so to the document.
    failure: str | None = None
    answer_id: str | None = None
    emit("CallStarted")
    try:
        # asyncio's own, which costs a third of anyio's; the clocks are the same
        async with asyncio.timeout(options.timeout) as clock:
            deadline = clock.when() or math.inf
            if patience is not None and route is None and options.policy.waits:
                patient, deadline = Patient(patience, clock), math.inf  # the clock alone knows when it is over
            if options.escalate_to is None:
                response = await serve(options, deadline, relay)
            else:
                response = await on_demand.escalation.escalated(
                    options,
                    lambda partial: serve(partial, deadline, None),
                    lambda partial: serve_again(partial, deadline),
                    options.escalate_to,
                    emit,
                )
                emit.arrived(response)
                if response.missing_pages and options.on_error == "raise":
                    raise_missing(response, emit.name)
            if second_step is not None:
                response = await second_step.annotated(response, options, deadline, emit, patient)
            return response
    except TimeoutError as error:
        failure = DeadlineExceeded.__name__
        if isinstance(error, DeadlineExceeded):
            raise
        raise DeadlineExceeded(f"reading {emit.name} took longer than {options.timeout} s", hint="timeout") from None
    except BaseException as error:
        failure = type(error).__name__
        answer_id = error.request_id if isinstance(error, OCRError) else None
        raise
    finally:
        if emit.listening:
            emit(
                "DocumentDone",
                provider=(response and response.provider) or connect.last,
                pages=0 if response is None else len(response.pages),
                seconds=time.perf_counter() - started,
                error=failure,
                request_id=answer_id if response is None else response.request_id,
            )


def models_of(options: Options) -> list[str]:
    """Return the models to ask, the first one first."""
    return [options.model or default_model(), *options.fallbacks]


def default_model() -> str:
    """Return the model of a call that names none."""
    return os.environ.get("OCR_ASYNC_MODEL") or _DEFAULT_MODEL


class _Connect:
    """
    Finds the candidates of one call, and the options that each is asked with.

    Attributes:
        group: Whose deployments must have all the options; those of other groups stand in for them, and may lack some.
    """

    def __init__(self, options: Options, group: str | None = None) -> None:
        self.options = options
        self.group = group
        self.known: dict[str, Candidate] = {}
        self.last = ""

    async def all(self, models: list[str]) -> list[str]:
        """Connect *models* before anything is sent: a wrong name among the fallbacks is told at once."""
        first = self.known[models[0]] = await Candidate.connect(models[0], self.options)
        self.last = first.provider.name
        for model in models[1:]:
            self.known[model] = await Candidate.connect(model, self.options, first)
        return models

    async def attempt(self, attempt: RouteAttempt) -> tuple[Candidate, Options]:
        """Return the candidate of *attempt*, and its options."""
        options, deployment = self.options, attempt.deployment
        if deployment.options or attempt.retries is not None:
            retries = options.retries if attempt.retries is None else attempt.retries
            options = _at(deployment, options, retries)
        candidate = self.known.get(deployment.name)
        if candidate is None:
            stands_in = attempt.group != self.group
            candidate = await Candidate.connect(deployment.model, options, stands_in=stands_in)
        self.last = candidate.provider.name
        return candidate, options


def _at(deployment: Deployment, options: Options, retries: RetryPolicy | int | None) -> Options:
    """Return *options* as *deployment* has them; the same object for the same two, so that its account stays found."""
    key = "at", deployment.name, retries
    known = options.memory.get(key)
    if known is not None and known[0] is deployment:
        found: Options = known[1]
        return found
    own = dict(deployment.options)
    if options.extra_headers and "extra_headers" in own:
        own["extra_headers"] = {**options.extra_headers, **own["extra_headers"]}
    found = evolve(options, **{"retries": retries, **own})
    if options.extra_headers is None:
        options.memory[key] = deployment, found
    return found


async def _first_that_serves(
    given: documents.Given, route: Route, connect: _Connect, deadline: float, emit: EventEmitter, relay: Relay | None
) -> OCRResponse:
    """Ask as *route* says; what is wrong with the call itself, or its time, is not tried elsewhere."""
    failed: tuple[RouteAttempt, OCRError] | None = None
    failure: BaseException | None = None
    billed = False
    try:
        while True:
            attempt = await _next_attempt(route)
            if failed is not None:
                error = failed[1]
                emit(
                    "FallbackTaken",
                    next_model=attempt.deployment.name,
                    error=type(error).__name__,
                    request_id=error.request_id,
                )
            emit.model = attempt.deployment.name
            failure = None
            try:
                candidate, options = await connect.attempt(attempt)
                return await _read(given, candidate, options, deadline, emit, relay, route=route)
            except (ConfigurationError, DeadlineExceeded) as error:
                failure = error
                raise
            except OCRError as error:
                failure = error
                failed = attempt, error
                billed = error.may_be_billed = billed or error.may_be_billed
            except BaseException as error:
                failure = error
                raise
            finally:
                again = route.end(attempt, failure)
            if not again:
                raise failed[1]
    finally:
        # Each error's traceback leads to this frame, which must not lead back: both would keep the document.
        failed = failure = route.failure = None


async def _next_attempt(route: Route) -> RouteAttempt:
    while True:
        attempt = route.take()
        if attempt is not None:
            return attempt
        woken = anyio.Event()
        route.wake = woken.set
        try:
            await woken.wait()
        except BaseException:
            route.leave()
            raise


async def _read(
    given: documents.Given,
    candidate: Candidate,
    options: Options,
    deadline: float,
    emit: EventEmitter,
    relay: Relay | None,
    patient: Patient | None = None,
    route: Route | None = None,
) -> OCRResponse:
    sending = Sending(candidate, options, deadline, emit, patient, timed=True)
    if route is not None:
        sending.others = route.has_others()
        sending.pause = route.attempts[-1].state.quota.pause
    async with AsyncExitStack() as stack:
        reading = await Reading.open(given, sending, stack, relay)
        return await reading.read() if options.cache is None else await on_demand.cache.read(reading)
