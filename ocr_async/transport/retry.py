"""
When a failed HTTP exchange is repeated, and after how long: docs/explanation/retries.md as code.

What decides is whether the provider may have done the work already, because then a repeat may be billed twice. All of
it is pure but `retrying`, which lets tenacity put the decisions around an attempt.
"""

from __future__ import annotations

import math
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import TypeVar

import anyio
from attrs import define, field, frozen

from ..errors import (
    AuthenticationFailed,
    DeadlineExceeded,
    OCRError,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    ResponseInvalid,
)
from ..settings import RetryPolicy
from ..wording import counted
from .patience import Circuit


__all__ = ["Budget", "Decision", "Failure", "Kind", "backoff", "classify", "retry_after", "retrying"]

T = TypeVar("T")


class Kind(Enum):
    """Whether the provider may have done the work of a failed request."""

    NOT_PROCESSED = "it did not: repeating costs nothing"
    AMBIGUOUS = "it may have: repeating may be billed twice"
    PERMANENT = "it never will: repeating is useless"


@frozen(kw_only=True, eq=False, repr=False)
class Failure:
    """
    A failed attempt, as a value, so that no `except` of ours comes near a cancellation.

    Attributes:
        error: What the caller will see if it is the last one, its `__cause__` set.

        stale: The connection had been idle and was closed before a byte of the answer; repeated once, uncounted.

        broke_early: The connection broke while more than 1 MiB of the body was unsent, as it does when a server finds
            the body too large and does not read on.
    """

    kind: Kind
    error: OCRError
    stale: bool = False
    broke_early: bool = False

    @property
    def throttled(self) -> bool:
        """Whether the provider asked to slow down, which all callers of the account do."""
        return isinstance(self.error, RateLimited)

    @property
    def retry_after(self) -> float | None:
        """Seconds that it asked to wait."""
        return self.error.retry_after if isinstance(self.error, ProviderError) else None


# --- classification ---------------------------------------------------------------------------------------------


# Statuses with which a server says that it has not begun.
_NOT_PROCESSED = frozenset({408, 409, 425, 429, 503, 529})


def classify(error: OCRError, *, should_retry: str | None = None) -> Kind:
    """
    Return what an error that came with an answer says about the work.

    Args:
        error: From the status, or raised by a request's `parse`.

        should_retry: The answer's ``x-should-retry`` header, which overrides the status.
    """
    status = error.status if isinstance(error, ProviderError) else None
    kind = Kind.PERMANENT
    # The class comes first: a provider may have read more in the body than the status says.
    if isinstance(error, RateLimited):
        kind = Kind.NOT_PROCESSED
    elif isinstance(error, (ResponseInvalid, ProviderUnavailable)):
        kind = Kind.NOT_PROCESSED if status in _NOT_PROCESSED else Kind.AMBIGUOUS
    if should_retry == "false":
        return Kind.PERMANENT
    # A redirect or a refused key does not go away by itself, whatever a proxy on the way adds.
    if should_retry == "true" and kind is Kind.PERMANENT and status is not None and status >= 400:
        return kind if isinstance(error, AuthenticationFailed) else Kind.NOT_PROCESSED
    return kind


# --- delays -----------------------------------------------------------------------------------------------------


def retry_after(headers: Mapping[str, str], now: float, own: Sequence[str] = ()) -> float | None:
    """
    Return the seconds that an answer asks to wait; None if it says nothing usable.

    Args:
        headers: Names in lower case.

        now: Unix time, against which a date is read if the answer has no ``Date`` of its own.

        own: Headers in which this provider says it, such as ``llm_provider-retry-after``; they come first.

    ``retry-after-ms`` (OpenAI) and ``x-ms-retry-after-ms`` (Azure) come before ``Retry-After``, which is seconds, here
    also fractions, or a date (RFC 9110 section 10.2.3). A date is compared with the answer's ``Date``, because clocks
    differ.
    """
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        if (milliseconds := _number(headers.get(name))) is not None:
            return milliseconds / 1000
    for name in (*own, "retry-after"):
        value = headers.get(name)
        if (seconds := _number(value)) is not None:
            return seconds
        if (until := _date(value)) is not None:
            sent = _date(headers.get("date"))
            return max(0.0, until - (now if sent is None else sent))
    return None


def backoff(policy: RetryPolicy, repeat: int, draw: float) -> float:
    """
    Return the pause before a repeat that no one asked to delay, in seconds ("full jitter").

    Args:
        repeat: 0 for the first one.

        draw: Random, 0 to 1.

    Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """
    return draw * min(policy.cap, policy.base * 2.0 ** min(repeat, 60))


def _number(text: str | None) -> float | None:
    # float() also takes "nan", "inf", "1_0" and surrounding blanks.
    if text is None or "_" in text:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _date(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError, OSError):
        return None


# --- the budget -------------------------------------------------------------------------------------------------


@define(eq=False, repr=False)
class Budget:
    """
    How many repeats an account may still cause: when most requests fail, repeating them all only adds to the load.

    Source: the standard retry mode of botocore 1.43 (capacity 500; a repeat costs 14, after a throttle 5).
    """

    CAPACITY = 500
    COST = 14
    THROTTLED = 5

    tokens: int = CAPACITY

    def take(self, *, throttled: bool) -> int:
        """Return what a repeat costs, taken off; 0 if there is too little left."""
        cost = self.THROTTLED if throttled else self.COST
        if self.tokens < cost:
            return 0
        self.tokens -= cost
        return cost

    def refund(self, cost: int) -> None:
        """Put back what the successful repeat had cost, or 1 after a success at once."""
        self.tokens = min(self.CAPACITY, self.tokens + (cost or 1))


# --- the decisions of one exchange ------------------------------------------------------------------------------


@define(kw_only=True, eq=False, repr=False)
class Decision:
    """
    Decides after each failure of one exchange; pure but for the randomness and the shared budget.

    Attributes:
        safe: A repeat cannot be billed (a GET), so ambiguous failures count like others.

        repeatable: False allows a repeat only of what was surely not processed.

        circuit: The account's, for a document of a stream: throttles and outages cost it neither attempts nor budget.
            None for a call of its own.

        refused_for: Returns the seconds for which the account's provider took nothing, but answered.

        gave_up: Why there was no further attempt, where it was not the failure's own kind.

        hopeless: Whether other documents of the stream would fail alike.
    """

    policy: RetryPolicy
    budget: Budget
    safe: bool = False
    repeatable: bool = True
    draw: Callable[[], float] = random.random
    failed: int = 0
    circuit: Circuit | None = None
    refused_for: Callable[[], float] = float
    ambiguous: int = 0
    cost: int = 0
    gave_up: str | None = None
    hopeless: bool = field(default=False, init=False)
    billed: bool = field(default=False, init=False)  # perhaps, by an attempt that failed
    delay: float = field(default=0.0, init=False)

    def again(self, failure: Failure, *, left: float) -> bool:
        """
        Return whether to try again, after `delay` seconds.

        Args:
            failure: Of the last attempt.

            left: Seconds until the deadline.
        """
        policy = self.policy
        self.failed += 1
        if failure.kind is Kind.AMBIGUOUS and not self.safe:
            self.billed = True
        if failure.kind is Kind.PERMANENT:
            return False
        if failure.kind is Kind.AMBIGUOUS and not self._may_be_billed_again():
            self.gave_up = "not repeated again, as it may have been billed already"
            return False
        if self.circuit is not None and (waits := self._waits(failure, self.circuit)) is not None:
            self.failed -= 1
            return waits
        if self.failed >= policy.attempts:
            self.gave_up = f"after {counted(self.failed, 'attempt')}"
            return False
        hint = failure.retry_after
        if hint is not None and hint > policy.max_retry_after:
            self.gave_up = f"it asks to wait {hint:g} s, longer than max_retry_after={policy.max_retry_after:g}"
            return False
        chosen = backoff(policy, self.failed - 1, self.draw())
        # Never earlier than told, and not all callers at the same moment.
        self.delay = chosen if hint is None else max(hint, chosen) + 0.1 * hint * self.draw()
        if self.delay >= left:
            self.gave_up = "deadline"
            return False
        self.cost = self.budget.take(throttled=failure.throttled)
        if not self.cost:
            self.gave_up = "too many requests to this account fail at the moment"
        return bool(self.cost)

    def _waits(self, failure: Failure, circuit: Circuit) -> bool | None:
        """Return whether a document of a stream waits for what is no fault of its own; None where it may be its own."""
        patience, hint = self.policy.patience, failure.retry_after
        if failure.throttled:
            # No longer than that: when the next request starts, all others in mind, the account says.
            self.delay = backoff(self.policy, 0, self.draw()) if hint is None else hint + 0.1 * hint * self.draw()
            refused = max(hint or 0.0, self.refused_for())
            self.hopeless = refused > patience
            if self.hopeless:
                self.gave_up = f"it takes nothing for {refused:.0f} s, longer than patience={patience:g}"
            return not self.hopeless
        if circuit.opened is None and self.failed < self.policy.attempts and self.budget.tokens >= Budget.COST:
            return None
        if failure.kind is Kind.NOT_PROCESSED and not circuit.answered:
            self.hopeless = True
        if not isinstance(failure.error, ProviderUnavailable) or not circuit.trip(self.failed):
            return None
        self.delay = 0.0
        return True

    def _may_be_billed_again(self) -> bool:
        if not self.repeatable:
            return False
        if self.safe:
            return True
        self.ambiguous += 1
        return not self.policy.never_bill_twice and self.ambiguous <= self.policy.ambiguous


async def retrying(
    failure: Failure,
    attempt: Callable[[], Awaitable[T | Failure]],
    decision: Decision,
    *,
    deadline: float,
    before_sleep: Callable[[Failure, int, float], None],
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
) -> T:
    """
    Call *attempt* until it succeeds or *decision* ends it, and raise the last failure's error.

    Args:
        failure: Of the first attempt, after which alone there is anything to decide.

        attempt: Returns a `Failure` rather than raising it; what it raises ends everything at once.

        deadline: On the clock of `anyio.current_time()`.

        before_sleep: Called with the failure, how many attempts there were, and the seconds until the next.

        sleep: Waits these seconds.

    Raises:
        DeadlineExceeded: The next attempt would begin after *deadline*; its cause is the last failure.
    """
    from tenacity import AsyncRetrying, RetryCallState  # most calls never need it

    failed = [failure]  # what tenacity gets first
    del failure

    def again(state: RetryCallState) -> bool:
        if state.outcome is None or state.outcome.failed:
            return False
        result = state.outcome.result()
        return isinstance(result, Failure) and decision.again(result, left=deadline - anyio.current_time())

    def announce(state: RetryCallState) -> None:
        if state.outcome is not None:
            before_sleep(state.outcome.result(), state.attempt_number, decision.delay)

    async def one() -> T | Failure:
        return failed.pop() if failed else await attempt()

    tenacious = AsyncRetrying(
        retry=again, wait=lambda _: decision.delay, sleep=sleep, before_sleep=announce, reraise=True
    )
    outcome: T | Failure = await tenacious(one)
    if not isinstance(outcome, Failure):
        decision.budget.refund(decision.cost)
        return outcome
    error = outcome.error
    error.may_be_billed = decision.billed
    try:
        if decision.gave_up == "deadline":
            message = f"the call's timeout would pass before the next attempt, in {decision.delay:.1f} s"
            raise DeadlineExceeded(f"{message}; the last one failed: {error}", request_id=error.request_id) from error
        if decision.gave_up:
            error.args = (f"{error.args[0]} ({decision.gave_up})",)
        raise error from error.__cause__
    finally:
        del error, outcome, tenacious  # the error's traceback leads to this frame, which must not lead back
