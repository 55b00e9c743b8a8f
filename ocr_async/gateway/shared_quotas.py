"""
What this process has of limits of deployments that several processes share, by `storage.permits`; and what all of them
know of how long a deployment asked one of them to wait.

One question is on its way at a time, for all deployments about which there is something to say. A call begins without
one as long as there are permits for it, and never waits for a question about pauses alone. While nobody can be asked,
each process keeps to its part of the limits.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from attrs import define, field

from .._tasks import beside
from ..call.quotas import OwnQuota
from ..call.routing import PATIENCE, Deployment, Router
from .operating.log import event
from .storage.permits import GOOD_FOR, Permits, PermitsAsked, PermitsGiven


__all__ = ["SharedQuotas"]

_LOG = logging.getLogger("ocr_async.gateway")

_ANSWER = 2.0  # seconds for an answer
_TELL = 1.0  # seconds between two times that it is told what is held, and what may be kept is heard
_AGAIN = 0.25  # the same while calls wait for a permit
_LOOK = 2.0  # seconds between two times that pauses of deployments without limits are asked about
_SHORTEST = 1.0  # seconds of a pause that the others are told of: a shorter one is over when they hear of it
_LONGEST = 3600.0  # seconds for which they take one's word for it


@define(eq=False)
class _SharedPause:
    """
    See `transport.conditions.Pause`.

    Attributes:
        due: Has it told soon.

        told: Until when, as this process learned it; until the others know.

        closed_until: The end of one that no call would wait for.
    """

    due: Callable[[], None]
    until: float = 0.0
    told: float = 0.0
    closed_until: float = 0.0

    def learn(self, seconds: float) -> None:
        now = asyncio.get_running_loop().time()
        until = now + min(seconds, _LONGEST)
        if until > max(self.until, self.told, now) + _SHORTEST:  # not by each of the requests that were refused at once
            self.told = until
            self.hear(until - now, now)  # by calls of this process that have a deployment and sent nothing yet
            self.due()

    def hear(self, seconds: float, now: float) -> None:
        self.until = max(self.until, now + seconds)
        if seconds > PATIENCE:
            self.closed_until = max(self.closed_until, self.until)


@define(eq=False)
class _SharedQuota:
    """
    See `call.routing.Quota`.

    Attributes:
        deployment: As all processes call it.

        waiting: Tells how many calls wait for it.

        wake: Has the first of them look again.

        due: Has it asked about soon.
    """

    deployment: str
    rpm: int | None
    most: int | None
    waiting: Callable[[], int]
    wake: Callable[[], None]
    due: Callable[[], None]
    pause: _SharedPause
    alone: OwnQuota | None = None  # while nobody can be asked
    lacking: bool = False  # whether a call waits for the next answer
    told_at: float = -math.inf
    told: bool = False  # whether the others count us among those who want something
    in_flight: int = 0
    held: int = 0
    fair: int | None = None  # what of it may be kept; None: all
    short: bool = False  # whether it was given less than it wanted
    peak: int = 0  # calls at once since it was asked last
    starts: int = 0
    second: int = 0
    ends_at: float = 0.0  # when `starts` are good no more
    closed_until: float = 0.0  # by the rate, which is asked about again at `looks_at`
    looks_at: float = 0.0
    unused: dict[int, int] = field(factory=dict)
    begun: list[int] = field(factory=lambda: [0, 0, 0])  # a second, calls begun in it, and in the one before

    # --- as the router asks -----------------------------------------------------------------------------------------

    def delay(self, now: float) -> float:
        paused = max(self.pause.closed_until - now, 0.0)
        if self.alone is not None:
            return max(self.alone.delay(now), paused)
        return max(self.closed_until - now, paused) if now < self.looks_at else paused

    def asking(self, now: float) -> bool:
        if self.alone is not None:
            if now >= self.told_at + _TELL:
                self.due()
            return False
        full = self.full()
        if (full and not self.short) or (not full and not self._startable(now)):
            self.lacking = True
            self.due()
            return True
        return False

    def full(self) -> bool:
        if self.alone is not None:
            return self.alone.full()
        return self.most is not None and self.in_flight >= self.held

    def start(self, now: float) -> None:
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        self._note(int(now))
        if self.alone is not None:
            self.alone.start(now)
        elif self.rpm is not None:
            self.starts -= 1

    def end(self) -> None:
        self.in_flight -= 1
        if self.alone is not None:
            self.alone.end()
        elif self._over():
            self.due()  # another process waits for it

    @property
    def limited(self) -> bool:
        return not (self.rpm is None and self.most is None)

    def _startable(self, now: float) -> bool:
        return self.rpm is None or (self.starts > 0 and now < self.ends_at)

    def _over(self) -> bool:
        return self.fair is not None and self.held > max(self.fair, self.in_flight)

    def _note(self, second: int) -> None:
        if second != self.begun[0]:
            self.begun = [second, 0, self.begun[1] if second == self.begun[0] + 1 else 0]
        self.begun[1] += 1

    # --- as all processes are asked ---------------------------------------------------------------------------------

    def due_at(self, now: float) -> float:
        """Return when there is something to say; infinity if there is nothing."""
        if self.alone is not None:
            wanted = self.in_flight or self.waiting() or self.pause.told > now
            return self.told_at + _TELL if wanted else math.inf
        if self.pause.told > now:
            return now
        if not self.limited:
            return self.told_at + _LOOK
        if self.lacking or self._over():
            return now
        times = [math.inf]
        if self.starts:
            times.append(self.ends_at)
        if self.held or self.told:
            times.append(self.told_at + _TELL)
        if self.waiting() and (self.short or now < self.looks_at):
            times.append(self.told_at + _AGAIN if self.short else self.looks_at)
        return min(times)

    def ask(self, now: float) -> PermitsAsked:
        """Return what to say, which holds from now on: what is not kept is given up before anybody else can have it."""
        if self.starts and now >= self.ends_at:
            self.unused[self.second] = self.unused.get(self.second, 0) + self.starts
            self.starts = 0
        unused, self.unused = self.unused, {}
        waiting = self.waiting()
        wanted = max(self.peak, self.in_flight + waiting)
        self.peak = self.in_flight
        if self.most is not None:
            fair = self.held if self.fair is None else self.fair
            self.held = max(self.in_flight, min(self.held, wanted, fair))
        # as many as began in the last second, as the next will be like it
        begun = max(self.begun[1:]) if self.begun[0] >= int(now) - 1 else 0
        starts = 0
        if self.rpm is not None and not self.starts and (self.lacking or (waiting and not self.short)):
            starts = max(waiting, begun, 1)
        self.lacking, self.told, self.told_at = False, wanted > 0 and self.most is not None, now
        return PermitsAsked(
            deployment=self.deployment, rpm=self.rpm, starts=starts, unused=unused, most=self.most, held=self.held,
            wanted=wanted if self.most is not None else 0, pause=max(self.pause.told - now, 0.0),
        )  # fmt: skip

    def take(self, asked: PermitsAsked, given: PermitsGiven, asked_at: float, now: float) -> None:
        """Have what was *given*."""
        self.alone = None
        if self.pause.told <= asked_at + asked.pause + _SHORTEST:  # else a longer one was learned meanwhile
            self.pause.told = 0.0
        self.pause.hear(given.pause, now)
        if self.most is not None:
            self.held, self.fair = given.held, given.fair
            self.short = given.held < asked.wanted
        if given.starts:
            self.starts, self.second, self.ends_at = given.starts, given.second, asked_at + GOOD_FOR
        if asked.starts and not given.starts:
            self.closed_until, self.looks_at = now + given.delay, now + min(given.delay, _TELL)
        self.wake()

    def fail(self, processes: int) -> None:
        """Keep to this process's part, of as many as there were, until somebody can be asked again."""
        if self.alone is None:
            rpm, most = (None if limit is None else max(limit // processes, 1) for limit in (self.rpm, self.most))
            self.alone = OwnQuota(rpm, most, in_flight=self.in_flight)
            self.held, self.starts, self.fair, self.short = self.in_flight, 0, None, False
        self.wake()


@define(eq=False)
class SharedQuotas:
    """
    The limits of all deployments of one process.

    Args:
        names: What all processes call a deployment, by its name.
    """

    permits: Permits
    names: Mapping[str, str]
    processes: int = 1
    _quotas: list[_SharedQuota] = field(factory=list, init=False)
    _wake: asyncio.Event = field(factory=asyncio.Event, init=False)
    _reached: bool = field(default=True, init=False)

    def of(self, deployment: Deployment, waiting: Callable[[], int], wake: Callable[[], None]) -> _SharedQuota | None:
        """Return the quota of *deployment*; see `Router.share`."""
        if (name := self.names.get(deployment.name)) is None:
            return None
        rpm, most = deployment.requests_per_minute, deployment.max_concurrency
        quota = _SharedQuota(name, rpm, most, waiting, wake, self._wake.set, _SharedPause(self._wake.set))
        self._quotas.append(quota)
        return quota

    @asynccontextmanager
    async def running(self, router: Router) -> AsyncIterator[None]:
        """Share the limits of the deployments of *router* within the block, and give all back at its end."""
        router.share(self.of)
        if not self._quotas:
            yield
            return
        await self._ask(self._quotas)  # so that it is known from the beginning how many there are, and who pauses
        try:
            async with beside(self._run()):
                yield
        finally:
            now = asyncio.get_running_loop().time()
            for quota in self._quotas:
                quota.ends_at = min(quota.ends_at, now)
            await self._ask(
                [quota for quota in self._quotas if quota.starts or quota.held or quota.told or quota.pause.told]
            )

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            now = loop.time()
            times = [quota.due_at(now) for quota in self._quotas]
            if due := [quota for quota, at in zip(self._quotas, times, strict=True) if at <= now]:
                await self._ask(due)
                continue
            soonest = min(times)
            try:
                async with asyncio.timeout_at(None if math.isinf(soonest) else soonest):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def _ask(self, quotas: Sequence[_SharedQuota]) -> None:
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        asked = [quota.ask(asked_at) for quota in quotas]
        try:
            async with asyncio.timeout(_ANSWER):
                self.processes, given = await self.permits.lease(asked)
        except Exception as error:  # noqa: BLE001 - the storage's or the link's; who waits must not wait for ever
            if self._reached:
                event(_LOG, logging.ERROR, "permits_unavailable", error_type=type(error).__name__)
            self._reached = False
            for quota in quotas:
                quota.fail(self.processes)
            return
        self._reached = True
        for quota, said, has in zip(quotas, asked, given, strict=True):
            quota.take(said, has, asked_at, loop.time())
