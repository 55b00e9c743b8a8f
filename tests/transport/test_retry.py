"""The retry rules as pure functions."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_async.errors import (
    AuthenticationFailed,
    ConfigurationError,
    DocumentError,
    OCRError,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
    ResponseInvalid,
    error_class,
)
from ocr_async.settings import RetryPolicy
from ocr_async.transport.retry import Budget, Decision, Failure, Kind, backoff, classify, retry_after


NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": " 2 "}, 2.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"x-ms-retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "1500", "retry-after": "7"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7.0),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:30 GMT"}, 10.0),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:10 GMT"}, 0.0),
        # The server's clock is an hour ahead of ours: its own Date counts.
        ({"retry-after": "Tue, 14 Nov 2023 23:13:25 GMT", "date": "Tue, 14 Nov 2023 23:13:20 GMT"}, 5.0),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:30 GMT", "date": "garbage"}, 10.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "1_0"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "later"}, None),
        ({"retry-after": "Tue, 14 Nov 100000 22:13:30 GMT"}, None),
        ({"retry-after": "Tue, 99 Nov 2023 22:13:30 GMT"}, None),
    ],
)
def test_retry_after_is_read_in_its_three_forms(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after(headers, NOW) == expected


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_header_makes_retry_after_raise_or_go_wild(value: str, date: str) -> None:
    hint = retry_after({"retry-after": value, "retry-after-ms": value, "date": date}, NOW)
    assert hint is None or (hint >= 0 and math.isfinite(hint))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, Kind.NOT_PROCESSED) for status in (408, 409, 425, 429, 503, 529)),
        *((status, Kind.AMBIGUOUS) for status in (500, 502, 504, 520, 599)),
        *((status, Kind.PERMANENT) for status in (300, 301, 307, 308, 400, 401, 402, 403, 404, 405, 413, 415, 422)),
    ],
)
def test_each_status_says_whether_the_work_was_done(status: int, kind: Kind) -> None:
    assert classify(error_class(status)("", status=status)) is kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ResponseInvalid("not JSON", status=200), Kind.AMBIGUOUS),
        (ResponseInvalid("not JSON"), Kind.AMBIGUOUS),
        (RateLimited("in a 200"), Kind.NOT_PROCESSED),
        (RateLimited("in a 200", status=200), Kind.NOT_PROCESSED),
        (ProviderUnavailable("in a 200"), Kind.AMBIGUOUS),
        (RequestRejected("in a 200"), Kind.PERMANENT),
        (AuthenticationFailed("in a 200"), Kind.PERMANENT),
        (RateLimited("in a 200 that names it", status=503), Kind.NOT_PROCESSED),
        (DocumentError("changed"), Kind.PERMANENT),
        (ConfigurationError("wrong"), Kind.PERMANENT),
    ],
)
def test_an_error_from_parse_is_classified_by_its_class_or_its_own_status(error: OCRError, kind: Kind) -> None:
    assert classify(error) is kind


def test_the_server_may_say_itself_whether_to_retry() -> None:
    assert classify(ProviderUnavailable("", status=503), should_retry="false") is Kind.PERMANENT
    assert classify(RequestRejected("", status=400), should_retry="true") is Kind.NOT_PROCESSED
    assert classify(ProviderUnavailable("", status=500), should_retry="true") is Kind.AMBIGUOUS
    assert classify(AuthenticationFailed("", status=401), should_retry="true") is Kind.PERMANENT
    assert classify(RequestRejected("", status=307), should_retry="true") is Kind.PERMANENT


@given(repeat=st.integers(0, 10_000), draw=st.floats(0, 1), base=st.floats(0, 100), cap=st.floats(0, 100))
def test_backoff_stays_between_nothing_and_the_cap(repeat: int, draw: float, base: float, cap: float) -> None:
    policy = RetryPolicy(base=base, cap=cap)
    assert 0 <= backoff(policy, repeat, draw) <= min(cap, base * 2.0 ** min(repeat, 60))


def test_backoff_doubles_its_range_up_to_the_cap() -> None:
    assert [backoff(RetryPolicy(), repeat, 1.0) for repeat in range(6)] == [0.5, 1, 2, 4, 8, 8]
    assert backoff(RetryPolicy(), 3, 0.25) == 1.0


def decision(**settings: object) -> Decision:
    policy = RetryPolicy(**settings)  # type: ignore[arg-type]
    return Decision(policy=policy, budget=Budget(), draw=lambda: 0.5)


def failed(kind: Kind, retry_after: float | None = None, *, throttled: bool = False) -> Failure:
    return Failure(kind=kind, error=(RateLimited if throttled else ProviderError)("x", retry_after=retry_after))


def repeats(decision: Decision, failure: Failure) -> int:
    count = 0
    while decision.again(failure, left=math.inf):
        count += 1
    return count


def test_what_was_not_processed_is_tried_as_often_as_the_policy_says() -> None:
    assert repeats(decision(attempts=4), failed(Kind.NOT_PROCESSED)) == 3
    assert repeats(decision(attempts=1), failed(Kind.NOT_PROCESSED)) == 0


def test_what_may_have_been_billed_is_repeated_less_often() -> None:
    assert repeats(decision(), failed(Kind.AMBIGUOUS)) == 2
    assert repeats(decision(ambiguous=0), failed(Kind.AMBIGUOUS)) == 0
    assert repeats(decision(attempts=2), failed(Kind.AMBIGUOUS)) == 1
    assert repeats(decision(never_bill_twice=True), failed(Kind.AMBIGUOUS)) == 0


def test_never_bill_twice_still_repeats_what_was_surely_not_processed() -> None:
    assert repeats(decision(never_bill_twice=True), failed(Kind.NOT_PROCESSED)) == 3


def test_a_poll_is_repeated_whatever_the_bill() -> None:
    poll = Decision(policy=RetryPolicy(never_bill_twice=True), budget=Budget(), safe=True)
    assert repeats(poll, failed(Kind.AMBIGUOUS)) == 3


def test_what_is_not_repeatable_is_repeated_only_if_it_was_not_processed() -> None:
    once = Decision(policy=RetryPolicy(), budget=Budget(), repeatable=False, safe=True)
    assert repeats(once, failed(Kind.AMBIGUOUS)) == 0
    assert repeats(Decision(policy=RetryPolicy(), budget=Budget(), repeatable=False), failed(Kind.NOT_PROCESSED)) == 3


def test_permanent_failures_are_never_repeated() -> None:
    assert repeats(decision(), failed(Kind.PERMANENT)) == 0


@given(hint=st.floats(0, 60), draw=st.floats(0, 1, exclude_max=True))
def test_a_retry_is_never_earlier_than_told_and_at_most_a_tenth_later(hint: float, draw: float) -> None:
    told = Decision(policy=RetryPolicy(base=0), budget=Budget(), draw=lambda: draw)
    assert told.again(failed(Kind.NOT_PROCESSED, hint), left=math.inf)
    assert hint <= told.delay <= hint * 1.1


def test_a_longer_wait_than_the_policy_allows_ends_it() -> None:
    told = decision(max_retry_after=60)
    assert not told.again(failed(Kind.NOT_PROCESSED, 61), left=math.inf)
    assert told.gave_up is not None
    assert "max_retry_after=60" in told.gave_up


def test_nothing_is_waited_for_past_the_deadline() -> None:
    late = decision()
    assert not late.again(failed(Kind.NOT_PROCESSED, 10), left=5)
    assert late.gave_up == "deadline"
    assert decision().again(failed(Kind.NOT_PROCESSED, 4), left=5)


def test_the_budget_of_an_account_ends_repeats_when_most_requests_fail() -> None:
    budget = Budget()
    made = 0
    while Decision(policy=RetryPolicy(), budget=budget).again(failed(Kind.AMBIGUOUS), left=math.inf):
        made += 1
    assert made == 500 // 14
    # The rest still pays for what costs less: a repeat after a throttle.
    throttled = Decision(policy=RetryPolicy(), budget=budget)
    assert throttled.again(failed(Kind.NOT_PROCESSED, throttled=True), left=math.inf)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=300))
def test_the_budget_never_leaves_its_bounds_and_gives_back_what_succeeds(steps: list[tuple[bool, bool]]) -> None:
    budget = Budget()
    for throttled, succeeds in steps:
        before = budget.tokens
        cost = budget.take(throttled=throttled)
        assert cost in {0, 5 if throttled else 14}
        assert budget.tokens == before - cost
        if cost and succeeds:
            budget.refund(cost)
            assert budget.tokens == before
        assert 0 <= budget.tokens <= 500
    budget.refund(0)
    assert budget.tokens <= 500
