"""The conditions under which one call's HTTP happens, and the defaults that depend on the number of pages."""

from __future__ import annotations

import math
from collections.abc import Callable, MutableMapping
from ssl import SSLContext
from typing import Protocol

from attrs import define, field, frozen

from ..settings import Limits, RetryPolicy
from .patience import Patient


__all__ = ["Conditions", "Pause", "Tally", "attempt_seconds", "response_bytes", "silence_seconds"]

LONGEST_ATTEMPT = 600.0  # seconds


@define(eq=False, repr=False)
class Tally:
    """
    What the requests of one call came to.

    Attributes:
        attempts: Requests sent, repeats included.

        request_id: The provider's id of the last answer.
    """

    attempts: int = 0
    request_id: str | None = None


class Pause(Protocol):
    """
    What is known elsewhere of how long a server asked to wait.

    Attributes:
        until: On the loop's clock.
    """

    until: float

    def learn(self, seconds: float) -> None:
        """Tell of an answer that asks to wait so long."""
        ...


@frozen(kw_only=True, eq=False, repr=False)
class Conditions:
    """
    The conditions under which one call's HTTP happens.

    Attributes:
        provider: Its name, for errors and events.

        account: Base URL and key digest: whose limits and budget.

        deadline: On the clock of `anyio.current_time()`; infinity for none.

        timed: Whether somebody cancels at the deadline: an attempt that may last until then needs no timer of its own.

        attempt_timeout: Seconds of one attempt; None: 30 and 10 more a page, at most 600. Where the pages are unknown,
            600 with a body and 60 without, as a cut-off OCR is billed, and a poll is not.

        read_timeout: Seconds of silence on the socket; None: 60 and 5 more a page, 600 or 60 where they are unknown.

        max_response_bytes: Of one decompressed answer; None: 64 MiB and 8 MiB more a page, as of 64 if unknown.

        request_ids: Headers of this provider's own, in lower case, in which it gives the id of an answer.

        retry_after: The same for the seconds that it asks to wait.

        proxy: Address of the proxy that each request goes by; None leaves it to *trust_env*.

        trust_env: Whether the environment's proxies and authorities count.

        ssl: What to trust instead of the system's and the environment's authorities.

        emit: Makes and tells events of a name and their facts, those of the call aside: `RequestDelayed`,
            `RequestSent`, `ResponseReceived`, `RetryScheduled`, `ProviderPaused` and `ProviderResumed`. It never
            raises. None where nobody listens.

        inject: Adds to the headers of each attempt, after its `RequestSent`. It never raises. None adds nothing.

        name: What ``X-Request-Id`` begins with where a request's headers do not say; None: an id of the request.

        tally: Counted into.

        patient: For a document of a stream: it waits while the provider is down. None for a call of its own.

        others: Whether somebody else is asked where this provider fails: it is then not asked while it is down.

        pause: What others, who share the server with us, learned from its answers, and learn from ours.
    """

    provider: str
    account: tuple[str, str]
    policy: RetryPolicy = field(factory=RetryPolicy)
    limits: Limits = field(factory=Limits)
    deadline: float = math.inf
    timed: bool = False
    attempt_timeout: float | None = None
    read_timeout: float | None = None
    max_response_bytes: int | None = None
    request_ids: tuple[str, ...] = ()
    retry_after: tuple[str, ...] = ()
    proxy: str | None = field(default=None, repr=False)
    trust_env: bool = True
    ssl: SSLContext | None = None
    emit: Callable[..., None] | None = None
    inject: Callable[[MutableMapping[str, str]], None] | None = None
    name: str | None = None
    tally: Tally = field(factory=Tally)
    patient: Patient | None = None
    others: bool = False
    pause: Pause | None = None


def attempt_seconds(pages: int | None, *, has_body: bool) -> float:
    """Return how long one attempt may take when the caller does not say."""
    if pages is None:
        return LONGEST_ATTEMPT if has_body else 60.0
    return min(30.0 + 10.0 * pages, LONGEST_ATTEMPT)


def silence_seconds(pages: int | None, *, has_body: bool) -> float:
    """Return how long the socket may be silent when the caller does not say; servers are, while they work."""
    if pages is None:
        return LONGEST_ATTEMPT if has_body else 60.0
    return min(60.0 + 5.0 * pages, LONGEST_ATTEMPT)


def response_bytes(pages: int | None) -> int:
    """Return how large an answer may be when the caller does not say; pages may come with their images."""
    return (64 + 8 * (64 if pages is None else pages)) * 1024 * 1024
