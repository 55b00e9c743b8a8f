"""Who is asked, when, and after whom: the router alone, on a clock of our own."""

from __future__ import annotations

import random
from typing import Any

import pytest
from attrs import define, evolve
from hypothesis import given
from hypothesis import strategies as st

from ocr_async.call.quotas import OwnQuota
from ocr_async.call.routing import Deployment, Route, RouteAttempt, Router, RoutingPolicy, chain
from ocr_async.errors import (
    AuthenticationFailed,
    DocumentError,
    OCRError,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
)


@define
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


DOWN = ProviderUnavailable("down")


def router(clock: Clock | None = None, *, policy: RoutingPolicy | None = None, **groups: list[Deployment]) -> Router:
    others = {"a": ["b"]} if "b" in groups else {}
    return Router(groups, fallbacks=others, policy=policy, clock=clock or Clock(), chance=random.Random(1))


def one(name: str, **facts: Any) -> Deployment:
    return Deployment(name=name, model=f"mistral/{name}", **facts)


def take(route: Route) -> RouteAttempt:
    attempt = route.take()
    assert attempt is not None
    return attempt


def walk(route: Route, *errors: OCRError) -> list[str]:
    """Return the deployments that a call asks, each failing with the next of *errors*."""
    asked = []
    for error in errors:
        attempt = take(route)
        asked.append(attempt.deployment.name)
        if not route.end(attempt, error):
            break
    return asked


def test_a_chain_asks_each_model_once_and_leaves_retries_to_the_options() -> None:
    route = chain(["a", "b", "c"])
    attempt = take(route)
    assert (attempt.deployment.name, attempt.retries) == ("a", None)
    assert route.end(attempt, DocumentError("unreadable"))
    assert walk(route, DOWN, DOWN, DOWN) == ["b", "c"]
    with pytest.raises(ProviderUnavailable):
        route.take()


def test_retries_go_to_the_other_deployments_first() -> None:
    route = router(policy=RoutingPolicy(retries=2), a=[one("1"), one("2")]).route("a")
    first = take(route)
    assert first.retries == 0
    assert route.end(first, DOWN)
    second = take(route)
    assert (second.deployment.name != first.deployment.name, second.retries) == (True, 1)
    assert not route.end(second, DOWN)


def test_a_lone_deployment_gets_all_the_retries() -> None:
    attempt = take(router(policy=RoutingPolicy(retries=3), a=[one("1")]).route("a"))
    assert attempt.retries == 3


def test_what_the_document_does_wrong_is_tried_elsewhere_only_with_another_model() -> None:
    for error in (RequestRejected("no PDF"), DocumentError("no PDF")):
        route = router(policy=RoutingPolicy(retries=5), a=[one("1"), one("2")], b=[one("3")]).route("a")
        asked = walk(route, error, error, error)
        assert len(asked) == 2
        assert asked[1] == "3"


def test_a_failing_deployment_rests_and_comes_back() -> None:
    clock = Clock()
    made = router(clock, policy=RoutingPolicy(retries=0, allowed_fails=1, cooldown=10), a=[one("1"), one("2")])
    for _ in range(2):
        route = made.route("a")
        route.only(lambda deployment: deployment.name == "1")
        walk(route, DOWN)
    assert {walk(made.route("a"), RequestRejected("no"))[0] for _ in range(50)} == {"2"}
    clock.now = 10.0
    assert {walk(made.route("a"), RequestRejected("no"))[0] for _ in range(50)} == {"1", "2"}


@pytest.mark.parametrize(
    ("error", "seconds"), [(AuthenticationFailed("no"), 5.0), (RateLimited("slow", retry_after=30.0), 30.0)]
)
def test_a_refused_key_and_a_retry_after_rest_at_once(error: OCRError, seconds: float) -> None:
    clock = Clock()
    made = router(clock, policy=RoutingPolicy(retries=0), a=[one("1"), one("2")])
    (failed,) = walk(made.route("a"), error)
    clock.now = seconds - 0.1
    assert {walk(made.route("a"), RequestRejected("no"))[0] for _ in range(50)} == {"1", "2"} - {failed}
    clock.now = seconds
    assert {walk(made.route("a"), RequestRejected("no"))[0] for _ in range(50)} == {"1", "2"}


def test_a_deployment_that_asks_for_more_patience_than_there_is_is_left_alone_so_long() -> None:
    clock = Clock()
    made = router(clock, policy=RoutingPolicy(retries=0), a=[one("1")])
    walk(made.route("a"), RateLimited("slow", retry_after=60.0))
    assert take(made.route("a")).deployment.name == "1"  # which waits for its turn
    walk(made.route("a"), RateLimited("slow", retry_after=100.0))
    clock.now = 99.0
    with pytest.raises(RateLimited) as caught:
        made.route("a").take()
    assert caught.value.retry_after == 1.0
    clock.now = 100.0
    assert take(made.route("a")).deployment.name == "1"


def test_when_all_rest_the_one_that_rested_most_is_asked() -> None:
    clock = Clock()
    made = router(clock, policy=RoutingPolicy(retries=0), a=[one("1"), one("2")])
    (first,) = walk(made.route("a"), AuthenticationFailed("no"))
    clock.now = 1.0
    walk(made.route("a"), AuthenticationFailed("no"))
    clock.now = 2.0
    assert take(made.route("a")).deployment.name == first


def test_calls_wait_in_their_order_for_a_busy_deployment() -> None:
    made = router(a=[one("1", max_concurrency=1)])
    running = made.route("a")
    attempt = take(running)
    woken: list[str] = []
    first, second = made.route("a"), made.route("a")
    for name, route in (("first", first), ("second", second)):
        assert route.take() is None
        route.wake = lambda name=name: woken.append(name)  # type: ignore[misc]
    running.end(attempt)
    assert woken == ["first"]
    assert second.take() is None
    attempt = take(first)
    first.end(attempt)
    assert woken[-1] == "second"
    take(second)


def test_whoever_leaves_the_queue_lets_the_next_one_look() -> None:
    made = router(a=[one("1", max_concurrency=1)])
    running = made.route("a")
    attempt = take(running)
    first, second = made.route("a"), made.route("a")
    woken: list[str] = []
    assert first.take() is None
    assert second.take() is None
    second.wake = lambda: woken.append("second")
    first.leave()
    assert woken == ["second"]
    running.end(attempt)
    take(second)


def test_requests_a_minute_spill_over_to_fallbacks_and_are_refused_at_last() -> None:
    clock = Clock()
    made = router(clock, a=[one("1", requests_per_minute=1)], b=[one("2", requests_per_minute=1)])
    asked = []
    for _ in range(2):
        route = made.route("a")
        attempt = take(route)
        asked.append(attempt.deployment.name)
        route.end(attempt)
        clock.now += 10
    assert asked == ["1", "2"]
    with pytest.raises(RateLimited) as caught:
        made.route("a").take()
    assert caught.value.retry_after == 40.0


def test_aliases_and_the_default() -> None:
    made = Router({"a": [one("1")]}, aliases={"x": "a"}, clock=Clock())
    assert take(made.route("x")).deployment.name == "1"
    with pytest.raises(KeyError):
        made.route("y")
    assert Router({"a": [one("1")]}, default="a", clock=Clock()).group_of("y") == "a"


def test_a_deployments_own_model_is_a_name_for_the_first_group_that_has_it() -> None:
    made = router(a=[one("1")], b=[evolve(one("2"), model="mistral/1"), evolve(one("3"), model="a"), one("4")])
    asked = ("mistral/1", "mistral/4", "mistral/2", "a", "b")
    assert [made.group_of(name) for name in asked] == ["a", "b", None, "a", "b"]


def test_weights_share_the_load() -> None:
    made = router(a=[one("1", weight=9), one("2", weight=1)])
    asked = [take(made.route("a")).deployment.name for _ in range(1000)]
    assert 850 < asked.count("1") < 950


def test_a_call_that_waited_for_a_place_and_is_refused_for_the_rate_holds_up_nobody() -> None:
    clock = Clock()
    made = router(clock, a=[one("1", requests_per_minute=2, max_concurrency=1)])
    first, second, third = made.route("a"), made.route("a"), made.route("a")
    attempt = take(first)
    assert second.take() is None
    assert third.take() is None
    first.end(attempt)
    second.end(take(second))
    with pytest.raises(RateLimited):
        third.take()
    assert not made.waiting()
    clock.now = 61.0
    take(made.route("a"))


@given(st.data())
def test_places_are_never_lost_and_calls_always_end(data: st.DataObject) -> None:
    clock = Clock()
    deployments = [
        one(str(number), max_concurrency=data.draw(st.integers(1, 2))) for number in range(data.draw(st.integers(1, 3)))
    ]
    made = router(clock, policy=RoutingPolicy(retries=data.draw(st.integers(0, 3))), a=deployments, b=[one("z")])
    waiting = [made.route("a") for _ in range(data.draw(st.integers(1, 8)))]
    running: list[tuple[Route, RouteAttempt]] = []
    errors = [None, DOWN, RequestRejected("no"), AuthenticationFailed("no"), RateLimited("slow", retry_after=3.0)]
    for _ in range(500):
        clock.now += data.draw(st.floats(0, 2))
        for route in list(waiting):
            if (attempt := route.take()) is not None:
                waiting.remove(route)
                running.append((route, attempt))
        if not running:
            break
        route, attempt = running.pop(data.draw(st.integers(0, len(running) - 1)))
        if route.end(attempt, data.draw(st.sampled_from(errors))):
            waiting.append(route)
    assert not waiting
    assert not running
    for states in made.groups.values():
        for state in states:
            assert isinstance(state.quota, OwnQuota)
            assert state.quota.in_flight == 0
    assert not any(made.queues.values())
