"""What an answer is turned into: sentences, ids, and nothing secret."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_async.errors import DocumentError, RateLimited, RequestRejected
from ocr_async.steps import HttpResponse
from ocr_async.transport import answers
from ocr_async.transport.answers import Attempt
from ocr_async.transport.retry import Kind
from tests import faults


ATTEMPT = Attempt(provider="mistral", host="api.mistral.ai", secrets=("sk-123456789",))


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (faults.MISTRAL_400, "Document is not a valid PDF."),
        (faults.FASTAPI_422, "body.document: Field required"),
        ({"detail": "Not Found"}, "Not Found"),
        ({"error": "no\n credit"}, "no credit"),
        ({"error": {"message": "overloaded", "code": 1}}, "overloaded"),
        ({"message": {"detail": [{"loc": ["body", 0], "msg": "bad", "input": "secret text"}]}}, "body.0: bad"),
        ({"status": 3}, None),
        ([], None),
        ("", None),
        (3, None),
        (None, None),
    ],
)
def test_the_sentence_of_an_error_is_found_without_the_input_it_echoes(body: Any, sentence: str | None) -> None:
    assert answers.said(json.dumps(body).encode()) == sentence


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.text(), st.lists).map(lambda value: json.dumps(value).encode())
)
def test_no_body_makes_that_raise(body: bytes) -> None:
    assert isinstance(answers.said(body), str | None)
    answers.from_status(ATTEMPT, HttpResponse(400, {}, body))


def test_a_deeply_nested_body_does_not_either() -> None:
    assert answers.said(b"[" * 100_000) is None


def test_a_status_becomes_a_failure_with_its_facts() -> None:
    answer = HttpResponse(429, {"x-request-id": "r"}, b'{"message": "slow down sk-123456789"}')
    failure = answers.from_status(ATTEMPT, answer, retry_after=7.0)
    assert failure.kind is Kind.NOT_PROCESSED
    assert failure.throttled
    assert failure.retry_after == 7
    assert isinstance(failure.error, RateLimited)
    assert str(failure.error) == "mistral answered 429 Too Many Requests: slow down [redacted]"
    assert failure.error.excerpt == '{"message": "slow down [redacted]"}'
    assert (failure.error.request_id, failure.error.status) == ("r", 429)


@pytest.mark.parametrize(
    ("headers", "named"),
    [
        ({"x-request-id": "a", "request-id": "b"}, "a"),
        ({"request-id": "b"}, "b"),
        ({"mistral-correlation-id": "c"}, "c"),
        ({"x-kong-request-id": "k"}, "k"),
        ({"x-litellm-call-id": "d"}, "d"),
        ({"x-request-id": "", "cf-ray": "e"}, "e"),
        ({}, None),
    ],
)
def test_the_id_of_an_answer_is_found_among_its_headers(headers: dict[str, str], named: str | None) -> None:
    assert answers.request_id(headers) == named


@pytest.mark.parametrize("quoted", ["Bearer abcdef123456", "sk-planted-key-123456"])
def test_what_looks_like_somebody_elses_key_is_struck_out(quoted: str) -> None:
    failure = answers.from_status(ATTEMPT, HttpResponse(400, {}, json.dumps({"message": f"key {quoted}!"}).encode()))
    assert isinstance(failure.error, RequestRejected)
    assert not any(quoted in text for text in (str(failure.error), failure.error.excerpt or ""))


@pytest.mark.parametrize(
    "body",
    [
        faults.MISTRAL_400,
        {"code": 3740, "message": "no"},
        {"type": "document_parser_invalid_file"},
        {"detail": "File is not a valid PDF"},
    ],
)
def test_a_document_that_a_server_cannot_read_is_a_document_error_whoever_says_it(body: Any) -> None:
    for status in (400, 422):
        failure = answers.from_status(ATTEMPT, HttpResponse(status, {}, json.dumps(body).encode()))
        assert failure.kind is Kind.PERMANENT
        assert type(failure.error) is DocumentError
    assert not isinstance(answers.from_status(ATTEMPT, HttpResponse(500, {}, b'{"code": "3740"}')).error, DocumentError)


def test_an_unknown_status_has_no_phrase() -> None:
    failure = answers.from_status(ATTEMPT, HttpResponse(499, {}, b""))
    assert str(failure.error) == "mistral answered 499"
    assert type(failure.error) is RequestRejected


def test_secrets_are_found_by_the_names_of_headers() -> None:
    headers = {
        "Authorization": "Bearer sk-123456789",
        "X-API-Key": "abcdefgh",
        "Accept": "application/json",
        "token": "x",
    }
    assert set(answers.secrets_of(headers)) == {"Bearer sk-123456789", "sk-123456789", "abcdefgh"}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1.0),
        ("30", 30.0),
        ("0.5", 0.5),
        ("120ms", 0.12),
        ("1m0s", 60.0),
        ("6m0s", None),
        ("1700000000", None),
        ("2023-11-14T22:13:20Z", None),
        ("", None),
        (None, None),
        ("-1", None),
    ],
)
def test_the_reset_of_a_rate_limit_is_read_if_it_is_near(text: str | None, seconds: float | None) -> None:
    assert answers.reset_seconds(text) == seconds


@pytest.mark.parametrize(
    ("facts", "kind", "stale", "early"),
    [
        ({"reused": True}, Kind.NOT_PROCESSED, True, False),
        ({"reused": True, "waited": 5.0}, Kind.AMBIGUOUS, False, False),
        ({"reused": True, "answering": True}, Kind.AMBIGUOUS, False, False),
        ({"reused": False}, Kind.AMBIGUOUS, False, False),
        # What has not got the whole request cannot have worked on it.
        ({"reused": False, "unsent": 10, "waited": 5.0}, Kind.NOT_PROCESSED, False, False),
        ({"reused": False, "unsent": 2 << 20}, Kind.NOT_PROCESSED, False, True),
        ({"reused": False, "unsent": 2 << 20, "answering": True}, Kind.AMBIGUOUS, False, False),
    ],
)
def test_a_lost_connection_is_judged_by_what_was_sent(
    facts: dict[str, Any], kind: Kind, stale: bool, early: bool
) -> None:
    failure = answers.from_exception(Attempt(provider="mistral", host="h", **facts), aiohttp.ServerDisconnectedError())
    assert (failure.kind, failure.stale, failure.broke_early) == (kind, stale, early)


def test_what_is_no_failure_of_a_request_is_raised_as_it_is() -> None:
    with pytest.raises(KeyError):
        answers.from_exception(ATTEMPT, KeyError("x"))
