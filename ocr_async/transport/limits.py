"""
The waiting room of an account: requests start in the order they came, as fast as its `RateLimiter` allows.

One account is one key at one base URL in one event loop; its callers also share a retry budget and a Retry-After.
Documents of a stream have another waiting room before it, for as long as the provider is down.
"""

from __future__ import annotations

from collections import deque
from typing import Generic, Protocol, TypeVar

import anyio
from attrs import define, field, frozen

from ..settings import Limits
from .loops import LoopVar
from .patience import Circuit
from .rate_limiter import RateLimiter, Turn
from .retry import Budget


__all__ = ["Account", "AccountState", "Queue", "account", "account_states"]

_ACCOUNTS: LoopVar[dict[tuple[str, str], Account]] = LoopVar()
_MOST_ACCOUNTS = 1000  # a service that passes its users' own keys through has no end of them


class _Limiter(Protocol):
    def delay(self, now: float, turn: Turn, /) -> float: ...
    def start(self, now: float, turn: Turn, /) -> None: ...
    def end(self) -> None: ...


L = TypeVar("L", bound=_Limiter)


@define(eq=False, repr=False)
class _Waiter:
    turn: Turn
    woken: anyio.Event = field(factory=anyio.Event)
    counted_in: bool = False


@define(kw_only=True, eq=False, repr=False)
class Queue(Generic[L]):
    """Those who wait for their turn, in the order they came; whose turn it is the `limiter` says."""

    limiter: L
    queue: deque[_Waiter] = field(factory=deque, init=False)

    def start_now(self, now: float, turn: Turn) -> bool:
        """Count in the request *turn* and return True if it need not wait."""
        if self.queue or self.limiter.delay(now, turn) > 0:
            return False
        self.limiter.start(now, turn)
        return True

    async def start(self, turn: Turn) -> None:
        """
        Wait until the request *turn* may start, and count it in.

        The first in the queue waits for its time, all others to be woken. Whoever ends or leaves counts in those whose
        turn has come, so that the queue is empty as soon as it can be and nobody new has to join it.
        """
        waiter = _Waiter(turn)
        self.queue.append(waiter)
        try:
            while True:
                delay = self._count_in()
                if waiter.counted_in:
                    return
                with anyio.move_on_after(delay if self.queue[0] is waiter else None):
                    await waiter.woken.wait()
                waiter.woken = anyio.Event()
        except BaseException:
            if waiter.counted_in:
                self.limiter.end()
            else:
                self.queue.remove(waiter)
            self.wake()
            raise

    def end(self) -> None:
        """Count out a request, however it ended."""
        self.limiter.end()
        self.wake()

    def wake(self) -> None:
        """Count in whose turn it is, and let the first of the others look when theirs is."""
        if self.queue:
            self._count_in()
            if self.queue:
                self.queue[0].woken.set()

    def _count_in(self) -> float:
        """Count in the first of the queue as long as they may start; return the seconds until the next one may."""
        counted = False
        while self.queue:
            first = self.queue[0]
            if delay := self.limiter.delay(now := anyio.current_time(), first.turn):
                if counted:
                    first.woken.set()
                return delay
            self.limiter.start(now, first.turn)
            self.queue.popleft()
            first.counted_in = counted = True
            first.woken.set()
        return 0.0


@define(kw_only=True, eq=False, repr=False)
class Account(Queue[RateLimiter]):
    """What all requests with one key to one server share in one event loop."""

    limiter: RateLimiter = field(factory=RateLimiter)
    budget: Budget = field(factory=Budget)
    outage: Queue[Circuit] = field(factory=lambda: Queue(limiter=Circuit()))

    @property
    def idle(self) -> bool:
        return not self.queue and not self.limiter.in_flight and not self.outage.queue

    @property
    def circuit(self) -> Circuit:
        return self.outage.limiter

    def alive(self) -> None:
        """Let go on who waited for the provider."""
        self.circuit.alive()
        self.outage.wake()


@frozen(kw_only=True)
class AccountState:
    """
    How an account is doing.

    Attributes:
        in_flight: Requests on their way.

        most: Requests that may be on their way now.

        waiting: Requests that wait for their turn.

        tokens: What is left of its retry budget, of 500.
    """

    in_flight: int
    most: int
    waiting: int
    tokens: int


def account_states() -> dict[tuple[str, str], AccountState]:
    """Return how the accounts of the running loop are doing."""
    return {
        key: AccountState(
            in_flight=found.limiter.in_flight,
            most=found.limiter.most,
            waiting=len(found.queue),
            tokens=found.budget.tokens,
        )
        for key, found in (_ACCOUNTS.get() or {}).items()
    }


def account(key: tuple[str, str], limits: Limits) -> Account:
    """Return the account *key* of the running loop, with *limits* agreed."""
    accounts = _ACCOUNTS.get()
    if accounts is None:
        accounts = {}
        _ACCOUNTS.set(accounts)
    found = accounts.get(key)
    if found is None:
        if len(accounts) >= _MOST_ACCOUNTS:
            for other in [other for other, each in accounts.items() if each.idle]:
                del accounts[other]
        found = accounts[key] = Account()
    found.limiter.agree(limits, idle=found.idle)
    return found
