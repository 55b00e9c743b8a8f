"""
The waiting room of an account: requests start in the order they came, as fast as its `Pace` allows.

One account is one key at one base URL in one event loop; its callers also share a retry budget and a Retry-After.
"""

from __future__ import annotations

from collections import deque

import anyio
from attrs import define, field, frozen

from ..settings import Limits
from .loops import LoopVar
from .pace import Pace
from .retry import Budget


__all__ = ["Account", "AccountState", "account", "account_states"]

_ACCOUNTS: LoopVar[dict[tuple[str, str], Account]] = LoopVar()
_MOST_ACCOUNTS = 1000  # a service that passes its users' own keys through has no end of them


@define(eq=False)
class _Waiter:
    woken: anyio.Event = field(factory=anyio.Event)


@define(kw_only=True, eq=False)
class Account:
    """What all requests with one key to one server share in one event loop."""

    pace: Pace = field(factory=Pace)
    budget: Budget = field(factory=Budget)
    queue: deque[_Waiter] = field(factory=deque, init=False)

    @property
    def idle(self) -> bool:
        return not self.queue and not self.pace.in_flight

    def start_now(self, now: float, pages: int) -> bool:
        """Count in a request and return True if it need not wait."""
        if self.queue or self.pace.delay(now, pages) > 0:
            return False
        self.pace.start(now, pages)
        return True

    async def start(self, pages: int) -> None:
        """
        Wait until a request for *pages* pages may start, and count it in.

        Only the first in the queue looks at the pace; whoever leaves the queue, also by cancellation, wakes the next.
        """
        waiter = _Waiter()
        self.queue.append(waiter)
        try:
            while True:
                waiter.woken = anyio.Event()
                if self.queue[0] is not waiter:
                    await waiter.woken.wait()
                elif delay := self.pace.delay(anyio.current_time(), pages):
                    with anyio.move_on_after(delay):
                        await waiter.woken.wait()
                else:
                    break
            self.pace.start(anyio.current_time(), pages)
        finally:
            self.queue.remove(waiter)
            self.wake()

    def end(self) -> None:
        """Count out a request, however it ended."""
        self.pace.end()
        self.wake()

    def wake(self) -> None:
        if self.queue:
            self.queue[0].woken.set()


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
            in_flight=found.pace.in_flight,
            most=found.pace.most,
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
    found.pace.agree(limits, idle=found.idle)
    return found
