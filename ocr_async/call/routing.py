"""
Who serves a model: the deployments of one name, their limits and cooldowns, and the models that stand in for others.

A state machine on a given clock, without waiting: `call.call` waits and calls, the gateway configures.
`OCR(fallbacks=…)` is the smallest use of it: groups of one deployment each, in the caller's order, nothing shared
between calls.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from attrs import define, field, frozen

from ..errors import AuthenticationFailed, EngineError, OCRError, ProviderError, RateLimited, RequestRejected
from ..settings import RetryPolicy
from .quotas import OwnQuota, Quota


__all__ = ["PATIENCE", "Deployment", "Route", "RouteAttempt", "Router", "RoutingPolicy", "chain"]

PATIENCE = RetryPolicy().max_retry_after  # seconds for which a call would wait
_FAILS_SECONDS = 60.0  # failures within it count towards a cooldown, as in LiteLLM's router


@frozen(kw_only=True)
class Deployment:
    """
    One way to have a model served: a provider's model, with a key, an address and limits of its own.

    Attributes:
        name: What events and logs call it; distinct.

        model: ``provider/model``.

        options: Of `OCR`, such as `api_key`; they win over the call's.

        requests_per_minute: Calls started in any minute; None for no limit.

        max_concurrency: Calls at once; None for no limit.

        weight: Its share among the deployments of its group.
    """

    name: str
    model: str
    options: Mapping[str, Any] = field(factory=dict, repr=False)
    requests_per_minute: int | None = None
    max_concurrency: int | None = None
    weight: float = 1.0


@frozen(kw_only=True)
class RoutingPolicy:
    """
    Attributes:
        retries: How often a call is repeated in its group: first by each other deployment, and what is then left by
            the last one. None leaves it to the call's options, and tries each deployment once.

        allowed_fails: Failures of a deployment within a minute that do not start its cooldown.

        cooldown: Seconds for which a failing deployment is asked last.
    """

    retries: int | None = None
    allowed_fails: int = 3
    cooldown: float = 5.0


@define(eq=False)
class _DeploymentState:
    """A deployment and how it is doing."""

    deployment: Deployment
    quota: Quota
    failed: deque[float] = field(factory=deque)
    cooldown_until: float = 0.0
    closed_until: float = 0.0  # by a Retry-After that no call waits for

    def delay(self, now: float) -> float:
        return max(self.quota.delay(now), self.closed_until - now)

    def rests_until(self) -> float:
        pause = self.quota.pause
        return self.cooldown_until if pause is None else max(self.cooldown_until, pause.until)


@frozen(eq=False)
class RouteAttempt:
    """
    One deployment's chance at one call.

    Attributes:
        retries: How often it may repeat a request; None: as the options say.
    """

    deployment: Deployment
    group: str
    retries: int | None
    state: _DeploymentState = field(repr=False)


class Router:
    """
    Deployments in groups by the name that clients ask for.

    Args:
        groups: The deployments of each name.

        fallbacks: By name, the names that stand in for it, in order.

        aliases: Other names of groups.

        default: The group that serves every name that is none of these; None refuses them.

        clock: Seconds; never goes backwards.
    """

    def __init__(
        self,
        groups: Mapping[str, Sequence[Deployment]],
        *,
        fallbacks: Mapping[str, Sequence[str]] | None = None,
        aliases: Mapping[str, str] | None = None,
        default: str | None = None,
        policy: RoutingPolicy | None = None,
        clock: Callable[[], float] = time.monotonic,
        chance: random.Random | None = None,
    ) -> None:
        self.policy = policy or RoutingPolicy()
        self.clock = clock
        self.chance = chance or random.Random()  # noqa: S311 - it spreads load, and guards nothing
        self.aliases = dict(aliases or {})
        self.default = default
        self._fallbacks = {name: tuple(others) for name, others in (fallbacks or {}).items()}
        self.groups: dict[str, tuple[_DeploymentState, ...]] = {
            name: tuple(_DeploymentState(each, _own_quota(each)) for each in deployments)
            for name, deployments in groups.items()
        }
        self.queues: dict[str, deque[Route]] = {name: deque() for name in groups}
        self._by_model: dict[str, str] = {}
        for name, deployments in groups.items():
            for each in deployments:
                self._by_model.setdefault(each.model, name)

    def group_of(self, model: str) -> str | None:
        """Return the name of the group that serves *model*, or that has a deployment of it; None if there is none."""
        name = self.aliases.get(model, model)
        return name if name in self.groups else self._by_model.get(model, self.default)

    def route(self, model: str) -> Route:
        """
        Return the way of one call for *model*.

        Raises:
            KeyError: No group serves it.
        """
        group = self.group_of(model)
        if group is None:
            raise KeyError(model)
        names = [group, *(found for other in self._fallbacks.get(group, ()) if (found := self.group_of(other)))]
        return Route(self, tuple(dict.fromkeys(names)))

    def waiting(self) -> int:
        """Return how many calls wait for a deployment that is free."""
        return sum(map(len, self.queues.values()))

    def deployments(self) -> list[Deployment]:
        """Return all deployments, in the order in which they were given."""
        return [state.deployment for states in self.groups.values() for state in states]

    def share(self, quota: Callable[[Deployment, Callable[[], int], Callable[[], None]], Quota | None]) -> None:
        """
        Have the limits of deployments, and their pauses, kept elsewhere; before the first call.

        Args:
            quota: Returns that of a deployment, given what tells how many calls wait, and what wakes the first of
                them; None for one of this process alone.
        """
        for group, states in self.groups.items():
            queue, wake = self.queues[group], partial(self.wake_next, group)
            for state in states:
                state.quota = quota(state.deployment, queue.__len__, wake) or state.quota

    def wake_next(self, group: str) -> None:
        """Have the first of those who wait for *group* look again."""
        if queue := self.queues[group]:
            queue[0].wake()


def _own_quota(deployment: Deployment) -> OwnQuota:
    return OwnQuota(deployment.requests_per_minute, deployment.max_concurrency)


def chain(models: Sequence[str]) -> Route:
    """Return the way of a call that asks *models* in turn, each once."""
    groups = {model: (Deployment(name=model, model=model),) for model in models}
    return Router(groups, fallbacks={models[0]: models[1:]}).route(models[0])


class Route:
    """The way of one call through a router; `take` and `end` alternate until the call is served or `take` raises."""

    def __init__(self, router: Router, groups: tuple[str, ...]) -> None:
        self.router = router
        self.groups = groups
        self.attempts: list[RouteAttempt] = []
        self.failure: OCRError | None = None
        self.wake: Callable[[], None] = lambda: None
        self._position = 0
        self._tried: set[str] = set()
        self._usable: Callable[[Deployment], bool] = lambda _: True
        self._left = router.policy.retries

    def only(self, usable: Callable[[Deployment], bool]) -> bool:
        """Keep to the deployments for which *usable* holds; return whether there are any."""
        self._usable = usable
        return any(usable(state.deployment) for group in self.groups for state in self.router.groups[group])

    def deployments(self) -> list[Deployment]:
        """Return all that may be asked."""
        found = (state.deployment for group in self.groups for state in self.router.groups[group])
        return [deployment for deployment in found if self._usable(deployment)]

    def has_others(self) -> bool:
        """Whether somebody is left to ask where the present attempt fails."""
        first = self._position + (self._left == 0)
        return any(self._untried(group) for group in self.groups[first:])

    def take(self) -> RouteAttempt | None:
        """
        Return the next turn, counted in; None if the call has to wait until `wake` is called.

        Raises:
            OCRError: No deployment is left; the last failure, or `RateLimited` where all are at their limit.
        """
        now = self.router.clock()
        cooling: list[tuple[str, _DeploymentState]] = []
        soonest: float | None = None
        for group in self.groups[self._position :]:
            untried = self._untried(group)
            delays = [state.delay(now) for state in untried]
            if any(delays):
                told = [] if soonest is None else [soonest]
                soonest = min(told + [delay for delay in delays if delay])
            able = [state for state, delay in zip(untried, delays, strict=True) if not delay]
            awake = [state for state in able if state.rests_until() <= now]
            asking = [state.quota.asking(now) for state in awake]  # each of them, so that all answers come at once
            free = [] if any(asking) else [state for state in awake if not state.quota.full()]
            queue = self.router.queues[group]
            if free and (not queue or queue[0] is self):
                return self._start(group, free, now)
            if awake:
                self._wait(group)
                return None
            cooling += [(group, state) for state in able if state.quota.asking(now) or not state.quota.full()]
        if cooling:
            # Asking a deployment that failed lately is better than asking nobody.
            group, state = min(cooling, key=lambda one: one[1].rests_until())
            if not state.quota.asking(now):
                return self._start(group, [state], now)
            self._wait(group)
            return None
        self.leave()
        if self.failure is not None:
            raise self.failure
        raise RateLimited("all deployments of this model are at their limits", retry_after=soonest or 1.0)

    def _wait(self, group: str) -> None:
        if self not in self.router.queues[group]:
            self.router.queues[group].append(self)

    def _untried(self, group: str) -> list[_DeploymentState]:
        return [
            state
            for state in self.router.groups[group]
            if state.deployment.name not in self._tried and self._usable(state.deployment)
        ]

    def _start(self, group: str, free: Sequence[_DeploymentState], now: float) -> RouteAttempt:
        self.leave()
        if self.groups[self._position] != group:
            self._enter(self.groups.index(group))
        chosen = free[0]
        if len(free) > 1:
            chosen = self.router.chance.choices(free, [state.deployment.weight for state in free])[0]
        chosen.quota.start(now)
        self._tried.add(chosen.deployment.name)
        attempt = RouteAttempt(chosen.deployment, group, 0 if self._left and len(free) > 1 else self._left, chosen)
        self.attempts.append(attempt)
        return attempt

    def _enter(self, position: int) -> None:
        self._position, self._left = position, self.router.policy.retries

    def end(self, attempt: RouteAttempt, error: BaseException | None = None) -> bool:
        """
        Count out *turn*, and learn from its *error*; return whether another turn may help.

        Cancellation and the like say nothing about a deployment, and end the call.
        """
        attempt.state.quota.end()
        self.router.wake_next(attempt.group)
        if error is None:
            attempt.state.failed.clear()
            return False
        if not isinstance(error, OCRError):
            return False
        self.failure = error
        here = _is_of_deployment(error)
        if here:
            self._note(attempt.state, error)
        if not here or not self._untried(attempt.group) or self._left == 0:
            self._enter(self._position + 1)
        elif self._left is not None:
            self._left -= 1
        return self._position < len(self.groups)

    def _note(self, state: _DeploymentState, error: OCRError) -> None:
        now, policy = self.router.clock(), self.router.policy
        state.failed.append(now)
        while state.failed[0] <= now - _FAILS_SECONDS:
            state.failed.popleft()
        # No number of repeats helps against a key that is refused, and a Retry-After says itself how long.
        at_once = isinstance(error, (AuthenticationFailed, RateLimited))
        if at_once or len(state.failed) > policy.allowed_fails:
            hint = getattr(error, "retry_after", None) or 0.0
            state.cooldown_until = now + max(policy.cooldown, hint)
            state.failed.clear()
            if hint > PATIENCE:
                state.closed_until = now + hint

    def leave(self) -> None:
        """Leave the queues, and let the next one look whether there is a place."""
        for group in self.groups:
            queue = self.router.queues[group]
            if self in queue:
                queue.remove(self)
                self.router.wake_next(group)


def _is_of_deployment(error: OCRError) -> bool:
    """Whether *error* is the deployment's own, so that another one of the same model may do better."""
    return isinstance(error, (ProviderError, EngineError)) and not isinstance(error, RequestRejected)
