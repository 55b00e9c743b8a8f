"""Performs the steps that a provider's exchange asks for, and sends their answers back into it."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

import anyio
import anyio.to_thread

from ..errors import DeadlineExceeded, OCRError
from ..models import OCRPage
from ..steps import Cleanup, Compute, Exchange, HttpRequest, OnThread, PageReady, Together, Wait


__all__ = ["CLEANUP_SECONDS", "RunCompute", "Send", "Tell", "drive"]

T = TypeVar("T")

_logger = logging.getLogger(__name__)

CLEANUP_SECONDS = 5.0
"""How long the end of an exchange, or its cancellation, may be held up to delete what was uploaded for it."""


class Send(Protocol):
    """Performs one HTTP exchange, repeats included, and returns what the request's `parse` makes of the answer."""

    async def __call__(self, request: HttpRequest[T], /) -> T: ...


RunCompute = Callable[[Compute], Awaitable[Any]]
Tell = Callable[[OCRPage], None]


async def drive(
    exchange: Exchange[T],
    send: Send,
    compute: RunCompute,
    emit: Tell | None = None,
    *,
    deadline: float = math.inf,
    cleanup: Send | None = None,
) -> T:
    """
    Run *exchange* to its end and return its result.

    What a step raises is thrown into the exchange, which may catch it. The exchange is closed when it ends, also by
    cancellation; then what it wants cleaned up is, within `CLEANUP_SECONDS` that neither its deadline nor a
    cancellation shortens.

    Args:
        exchange: Its steps are performed one after the other.

        send: Performs an `HttpRequest`; it knows the deadline itself.

        compute: Performs a `Compute`, in a worker process.

        emit: Hears of each page that is `PageReady` before the response is.

        deadline: On the clock of `anyio.current_time()`; no wait, computation or thread goes past it.

        cleanup: Performs the request of a `Cleanup`, for which the deadline does not count; None leaves it to *send*.

    Raises:
        DeadlineExceeded: A wait would end after *deadline*, or a computation did not end before it.
    """
    answer: Any = None
    failure: Exception | None = None
    left: list[Cleanup] = []
    try:
        while True:
            step = exchange.send(answer) if failure is None else exchange.throw(failure)
            answer = failure = None
            if isinstance(step, Cleanup):
                left.append(step)
                continue
            try:
                if isinstance(step, HttpRequest):  # most are
                    answer = await send(step)
                else:
                    answer = await _perform(step, send, compute, emit, deadline, cleanup)
            except Exception as error:  # noqa: BLE001 - thrown into the exchange, out of which it comes if not caught
                failure = error
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        failure = None  # its traceback holds this frame, and so the document
        exchange.close()
        if left := [each for each in left if each.unless is None or not each.unless()]:
            await _clean_up(left, cleanup or send)


async def _clean_up(left: list[Cleanup], send: Send) -> None:
    with anyio.move_on_after(CLEANUP_SECONDS, shield=True) as scope:
        while left:
            try:
                await send(left.pop().request)
            except OCRError as error:
                _logger.info("what was uploaded could not be deleted: %s", error)
    if scope.cancelled_caught:
        _logger.info("what was uploaded could not be deleted within %g s", CLEANUP_SECONDS)


async def _perform(
    step: Wait | Compute | OnThread | Together | PageReady,
    send: Send,
    compute: RunCompute,
    emit: Tell | None,
    deadline: float,
    cleanup: Send | None,
) -> Any:
    match step:
        case Wait(seconds):
            await _sleep(seconds, deadline)
            return None
        case Compute():
            return await _within(deadline, compute(step), f'"{step.task}" was running')
        case OnThread(function):
            work = anyio.to_thread.run_sync(function, abandon_on_cancel=True)
            return await _within(deadline, work, "credentials or a file were being read")
        case Together(exchanges):
            return await _together(exchanges, send, compute, emit, deadline, cleanup)
        case PageReady(page):
            if emit is not None:
                emit(page)
            return None


async def _sleep(seconds: float, deadline: float) -> None:
    if anyio.current_time() + seconds >= deadline:
        raise DeadlineExceeded(f"the call's timeout would pass during a wait of {seconds:g} s between two requests")
    await anyio.sleep(seconds)


async def _within(deadline: float, work: Awaitable[T], doing: str) -> T:
    with anyio.CancelScope(deadline=deadline):
        return await work
    raise DeadlineExceeded(f"the call's timeout passed while {doing}")


async def _together(
    exchanges: Sequence[Exchange[Any]],
    send: Send,
    compute: RunCompute,
    emit: Tell | None,
    deadline: float,
    cleanup: Send | None,
) -> list[Any]:
    results: list[Any] = [None] * len(exchanges)
    failures: list[Exception] = []

    async def run(position: int, exchange: Exchange[Any]) -> None:
        try:
            results[position] = await drive(exchange, send, compute, emit, deadline=deadline, cleanup=cleanup)
        except asyncio.CancelledError:
            # The group raises its own. One that leaves a task of anyio's stays with all that its frames know, such as
            # the document and a picture of a page, until the garbage is collected (anyio 4.16).
            group.cancel_scope.cancel()
        except Exception as error:  # noqa: BLE001 - raised below, so that no caller has to know of exception groups
            failures.append(error)
            group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for position, exchange in enumerate(exchanges):
            group.start_soon(run, position, exchange)
    if failures:
        raise failures[0]
    return results
