"""Limits and budgets of keys, on a clock of our own."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack, suppress

import pytest
from attrs import define, evolve
from hypothesis import given
from hypothesis import strategies as st

from ocr_async.gateway.access.control import ANYONE, Access, Charge, Demand, Key, Spent, digest
from ocr_async.gateway.http_errors import HTTPError


@define
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def key(**limits: object) -> Key:
    return Key(id="1", alias="team", digest=digest("sk-team"), **limits)  # type: ignore[arg-type]


def access(one: Key, clock: Clock, spent: Spent | None = None) -> Access:
    made = Access(master=digest("sk-master"), clock=clock, today=clock)
    made.agree([one], {one.id: spent or Spent()})
    return made


def use(on: Access, one: Key, pages: int = 1, usd: float = 0.0) -> None:
    with on.admit(one, "ocr", Demand(pages=pages, price=usd / pages)) as reservation:
        reservation.charge(pages, usd)


def refused(action: Callable[[], object]) -> HTTPError:
    with pytest.raises(HTTPError) as caught:
        action()
    return caught.value


def test_keys_are_told_apart_and_strangers_are_told_nothing() -> None:
    one, clock = key(), Clock()
    on = access(one, clock)
    assert on.identify("sk-team") == one
    assert on.identify("sk-master").master
    told = {str(refused(lambda text=text: on.identify(text))) for text in (None, "", "sk-tea", "schlüssel", "\udcff")}  # type: ignore[misc]
    assert len(told) == 1


def test_who_it_is_costs_the_same_however_many_keys_there_are() -> None:
    """A scan of so many keys is slower by three orders of magnitude."""

    def seconds(count: int) -> float:
        on = Access(master=digest("sk-master"))
        on.agree([Key(id=str(one), alias=str(one), digest=digest(f"sk-{one}")) for one in range(count)], {})
        tries = []
        for _ in range(20):
            began = time.perf_counter()
            for text in ("sk-0", "sk-none", "sk-master"):
                with suppress(HTTPError):
                    on.identify(text)
            tries.append(time.perf_counter() - began)
        return min(tries)

    assert seconds(20_000) < 30 * seconds(1)


def test_without_a_master_key_everybody_is_anyone() -> None:
    assert Access().identify(None) == ANYONE == Access().identify("sk-1234")


def test_an_expired_key_is_no_key() -> None:
    clock = Clock()
    one = key(expires=1010.0)
    on = access(one, clock)
    on.identify("sk-team")
    clock.now = 1010.0
    assert refused(lambda: on.identify("sk-team")).status == 401


def test_requests_a_minute_come_back_after_a_minute() -> None:
    clock, one = Clock(), key(rpm=2)
    on = access(one, clock)
    use(on, one)
    clock.now += 20
    use(on, one)
    http_error = refused(lambda: use(on, one))
    assert (http_error.status, http_error.code, http_error.retry_after) == (429, "rate_limited", 40.0)
    clock.now += 40
    use(on, one)


def test_pages_beyond_those_asked_for_count_as_well() -> None:
    clock, one = Clock(), key(pages_per_minute=10)
    on = access(one, clock)
    with on.admit(one, "ocr", Demand(pages=1)) as reservation:
        reservation.charge(10, 0.0)
    assert refused(lambda: use(on, one)).retry_after == 60.0


def test_a_minute_gets_back_the_pages_that_were_not_read() -> None:
    clock, one = Clock(), key(pages_per_minute=10)
    on = access(one, clock)
    with on.admit(one, "ocr", Demand(pages=10)):
        assert refused(lambda: use(on, one)).code == "rate_limited"
    use(on, one, 4)
    with on.admit(one, "ocr", Demand(pages=None, most=1000)) as reservation:
        assert refused(lambda: use(on, one)).code == "rate_limited"  # it may be any number of pages
        clock.now += 30
        reservation.charge(5, 0.0)
    use(on, one)
    assert refused(lambda: use(on, one)).retry_after == 30.0


def test_no_more_is_looked_at_than_there_may_be_at_once() -> None:
    clock, one = Clock(), key(max_concurrency=1, budget_usd=1.0)
    on = access(one, clock)
    with on.counting(one, 0.001):
        assert refused(lambda: use(on, one)).code == "rate_limited"
    use(on, one, 1, 1.0)
    with pytest.raises(HTTPError, match="used up"), on.counting(one, 0.001):
        raise AssertionError("nothing is left, so nothing has to be looked at")
    with on.counting(one, 0.0):
        pass  # what is free may be


def test_requests_at_once() -> None:
    clock, one = Clock(), key(max_concurrency=1)
    on = access(one, clock)
    with on.admit(one, "ocr", Demand(pages=1)):
        assert refused(lambda: use(on, one)).code == "rate_limited"
    use(on, one)


def test_a_budget_in_pages_covers_the_requests_in_flight() -> None:
    clock, one = Clock(), key(budget_pages=5)
    on = access(one, clock, Spent(pages=2))
    with on.admit(one, "ocr", Demand(pages=2)):
        assert refused(lambda: use(on, one, 2)).code == "budget_exceeded"
        use(on, one, 1)


def test_a_budget_in_money() -> None:
    clock, one = Clock(), key(budget_usd=0.01)
    on = access(one, clock, Spent(usd=0.004))
    use(on, one, usd=0.006)
    assert refused(lambda: use(on, one, usd=0.0001)).code == "budget_exceeded"
    use(on, one)  # what costs nothing is no matter of money


def test_what_failed_is_not_charged() -> None:
    clock, one = Clock(), key(budget_pages=1)
    on, charges = access(one, clock), list[Charge]()
    on.record = charges.append
    with pytest.raises(KeyError), on.admit(one, "ocr", Demand(pages=1)):
        raise KeyError
    use(on, one)
    assert charges == [Charge(key=one, model="ocr", pages=1, usd=0.0, at=clock.now)]


def test_keys_read_again_keep_what_they_spent_meanwhile() -> None:
    clock, one = Clock(), key(budget_pages=3)
    on = access(one, clock)
    use(on, one, 3)
    on.agree([evolve(one, rpm=100)], {one.id: Spent()})
    assert refused(lambda: use(on, on.identify("sk-team"))).code == "budget_exceeded"


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, 4)), max_size=40), st.integers(1, 6), st.integers(1, 9))
def test_no_minute_sees_more_than_its_limits(visits: list[tuple[float, int]], rpm: int, pages_per_minute: int) -> None:
    clock, one = Clock(), key(rpm=rpm, pages_per_minute=pages_per_minute)
    on = access(one, clock)
    served: list[tuple[float, int]] = []
    for pause, pages in visits:
        clock.now += pause
        try:
            use(on, one, pages)
        except HTTPError:
            continue
        served.append((clock.now, pages))
    for end, _ in served:
        minute = [pages for when, pages in served if end - 60 < when <= end]
        assert len(minute) <= rpm
        # a request larger than the limit is served alone, or never would be
        assert sum(minute) <= pages_per_minute or len(minute) == 1


REQUESTS = st.tuples(st.one_of(st.none(), st.integers(1, 6)), st.integers(0, 6), st.booleans())


@given(st.lists(st.one_of(REQUESTS, st.integers(0, 9)), max_size=60), st.integers(0, 20))
def test_whatever_ends_in_whatever_order_no_budget_is_exceeded_and_nothing_stays_held(
    steps: list[tuple[int | None, int, bool] | int], budget: int
) -> None:
    """A step begins a request (pages asked for, pages that come, whether it fails), or ends one that was begun."""
    clock, one = Clock(), key(budget_pages=budget, budget_usd=budget / 1000)
    on = access(one, clock)
    running: list[ExitStack] = []
    expected = 0
    for step in [*steps, *range(len(steps))]:
        if not isinstance(step, tuple):
            if running:
                running.pop(step % len(running)).close()
            continue
        asked, come, fails = step
        with ExitStack() as stack:
            try:
                demand = Demand(pages=asked, most=6, price=0.001)
                reservation = stack.enter_context(on.admit(one, "ocr", demand))
            except HTTPError:
                continue  # there is no room for it
            assert reservation.pages == asked if asked is not None else 1 <= reservation.pages <= 6
            come = min(come, reservation.pages)  # more comes only of what nobody could count
            if not fails:
                reservation.charge(come, come / 1000)
                expected += come
            running.append(stack.pop_all())
    for left in running:
        left.close()
    spent = on.spent(one)
    assert spent.pages == expected <= budget
    assert spent.usd <= budget / 1000 + 1e-9
    if expected < budget:
        use(on, one, budget - expected, (budget - expected) / 1000)  # all the rest is there to be used


@pytest.mark.parametrize(
    ("limits", "spent", "asked", "told"),
    [
        ({"budget_pages": 4}, Spent(pages=6), 1, "the budget of this key is used up: 6 of 4 pages"),
        ({"budget_pages": 4}, Spent(pages=3), 2, "has no room for 2 more pages; used: 3 of 4 pages"),
        ({"budget_pages": 1}, Spent(), 2, "has no room for 2 more pages; used: 0 of 1 page"),
        ({"budget_pages": 4}, Spent(pages=3), 3, "has no room for 3 more pages"),
        ({"budget_usd": 0.005}, Spent(usd=0.006), 1, "the budget of this key is used up: 0.006 of 0.005 USD"),
    ],
)
def test_a_budget_says_what_is_left_of_it(limits: dict[str, float], spent: Spent, asked: int, told: str) -> None:
    clock, one = Clock(), key(**limits)
    http_error = refused(lambda: use(access(one, clock, spent), one, asked, 0.001))
    assert told in str(http_error)
    assert http_error.retry_after is None


def test_one_request_is_not_called_requests() -> None:
    clock, one = Clock(), key(max_concurrency=1)
    on = access(one, clock)
    with on.admit(one, "ocr", Demand(pages=1)):
        assert str(refused(lambda: use(on, one))) == "this key is limited to 1 request at once"
