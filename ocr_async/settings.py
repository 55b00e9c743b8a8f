"""How hard to try and how fast to go: the values behind `retries=` and the limits of a key."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge, gt, optional


__all__ = ["Limits", "RetryPolicy"]


@frozen(kw_only=True)
class RetryPolicy:
    """
    When a failed HTTP exchange is repeated. The rules by kind of failure stand in docs/explanation/retries.md.

    Attributes:
        attempts: Most requests for one exchange, the first one included.

        ambiguous: Most repeats after a failure that may have been billed already (a read time-out, a 500,
            an unusable answer); also how often missing pages are asked for again.

        never_bill_twice: Never repeat after such a failure.

        base: Seconds; the n-th pause is drawn evenly from 0 to ``min(cap, base * 2**n)`` ("full jitter").

        cap: Seconds, the longest pause that we choose ourselves.

        max_retry_after: Seconds; a provider that asks for a longer pause is not waited for.

        patience: Seconds that `aocr_stream` and `aocr_many` wait for a provider that is down or throttles, which then
            costs a document neither attempts nor its `timeout`. With one attempt, or 0 here, they do not wait.
    """

    attempts: int = field(default=4, validator=ge(1))
    ambiguous: int = field(default=2, validator=ge(0))
    never_bill_twice: bool = False
    base: float = field(default=0.5, validator=ge(0))
    cap: float = field(default=8.0, validator=ge(0))
    max_retry_after: float = field(default=60.0, validator=ge(0))
    patience: float = field(default=600.0, validator=ge(0))

    @property
    def waits(self) -> bool:
        """Whether documents of a stream wait for a provider that is down."""
        return self.patience > 0 and self.attempts > 1


@frozen(kw_only=True)
class Limits:
    """
    How fast one key of one server may be used; None leaves it to what the server's answers teach.

    Attributes:
        max_concurrency: Requests in flight.

        requests_per_second: Requests started in a second.

        pages_per_minute: Pages asked for in a minute.
    """

    max_concurrency: int | None = field(default=None, validator=optional(ge(1)))
    requests_per_second: float | None = field(default=None, validator=optional(gt(0)))
    pages_per_minute: float | None = field(default=None, validator=optional(gt(0)))
