"""Each kind of broken exchange over a real connection: how often it was sent, and what may be billed twice."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import threading
import traceback
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from ocr_async.errors import (
    ConfigurationError,
    DeadlineExceeded,
    ProviderUnavailable,
    RateLimited,
    ResponseInvalid,
)
from ocr_async.events import Event, RetryScheduled
from ocr_async.settings import Limits, RetryPolicy
from ocr_async.transport.conditions import Tally, attempt_seconds, silence_seconds
from ocr_async.transport.send import sender
from tests import faults
from tests.transport.calls import KEY, conditions, ocr, send
from tests.upstream import Behaviour, Upstream, refused_url


pytestmark = pytest.mark.anyio


# --- connections -----------------------------------------------------------------------------------------------------


async def test_a_refused_connection_is_tried_again_and_then_reported() -> None:
    url = refused_url()
    tally = Tally()
    with pytest.raises(ProviderUnavailable, match=r"cannot connect to mistral .*after 4 attempts") as caught:
        await sender(conditions(url, tally=tally))(ocr(url))
    assert tally.attempts == 4
    assert isinstance(caught.value.__cause__, OSError)


async def test_a_reset_on_a_fresh_connection_may_have_been_billed(upstream: Upstream) -> None:
    upstream.script += [faults.reset()] * 9
    text = "closed the connection without an answer .not repeated again, as it may have been billed already"
    with pytest.raises(ProviderUnavailable, match=text):
        await send(upstream)
    assert len(upstream.requests) == 3
    assert set(upstream.billed.values()) == {3}


async def test_an_idle_connection_that_was_closed_is_replaced_at_once_and_not_counted(upstream: Upstream) -> None:
    once = RetryPolicy(attempts=1, never_bill_twice=True)
    await send(upstream, policy=once)
    upstream.script.append(faults.closed_while_idle())
    events: list[Event] = []
    await send(upstream, policy=once, observer=events.append)
    assert [(received.connection, received.position) for received in upstream.requests] == [(0, 0), (0, 1), (1, 0)]
    assert not any(isinstance(event, RetryScheduled) for event in events)
    # Each of the two calls was worked on once.
    assert set(upstream.billed.values()) == {2}


async def test_it_is_replaced_once_only(upstream: Upstream) -> None:
    await send(upstream)
    upstream.script += [faults.closed_while_idle(), faults.reset()]
    with pytest.raises(ProviderUnavailable):
        await send(upstream, policy=RetryPolicy(attempts=1))
    assert len(upstream.requests) == 3


async def test_a_reset_after_a_second_of_work_is_not_taken_for_an_idle_close(upstream: Upstream) -> None:
    await send(upstream)

    async def work_then_reset(exchange: Any) -> None:
        await exchange.read()
        await asyncio.sleep(1.2)
        exchange.reset()

    upstream.script.append(work_then_reset)
    with pytest.raises(ProviderUnavailable):
        await send(upstream, policy=RetryPolicy(never_bill_twice=True))
    assert len(upstream.requests) == 2


async def test_an_answer_in_another_protocol_is_not_success(upstream: Upstream) -> None:
    upstream.script.append(faults.not_http())
    with pytest.raises(ProviderUnavailable, match="did not answer in HTTP") as caught:
        await send(upstream, policy=RetryPolicy(attempts=1))
    assert KEY not in repr(caught.value.__cause__)


async def test_an_untrusted_certificate_is_not_tried_again(tmp_path: Any) -> None:
    context = await anyio.to_thread.run_sync(_self_signed, tmp_path)
    accepted = 0

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal accepted
        accepted += 1
        writer.close()

    listener = await asyncio.start_server(count, "127.0.0.1", 0, ssl=context)
    async with listener:
        url = f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        tally = Tally()
        with pytest.raises(ConfigurationError, match=r"certificate of mistral \(127.0.0.1\) is not trusted"):
            await sender(conditions(url, tally=tally))(ocr(url))
    assert tally.attempts == 1
    assert accepted == 0


@pytest.mark.parametrize("url", ["ftp://e.com", "e.com/v1", "http://", "https://user:hunter2@[bad", "http://a:b:c"])
async def test_an_address_that_is_none_is_an_error_of_the_call(url: str) -> None:
    with pytest.raises(ConfigurationError, match="no http or https address: check it") as caught:
        await sender(conditions(url))(ocr(url))
    assert "hunter2" not in str(caught.value)


async def test_a_key_with_a_line_break_is_an_error_of_the_call(upstream: Upstream) -> None:
    with pytest.raises(ConfigurationError, match="check the key and the headers given") as caught:
        await send(upstream, ocr(upstream, headers={"Authorization": f"Bearer {KEY}\r\nX-Evil: 1"}))
    assert upstream.requests == []
    assert KEY not in "".join(traceback.format_exception(caught.value))


# --- time ------------------------------------------------------------------------------------------------------------


async def test_silence_is_ambiguous(upstream: Upstream) -> None:
    upstream.script += [faults.silence()] * 3
    with pytest.raises(ProviderUnavailable, match="did not answer in time"):
        await send(upstream, read_timeout=0.1)
    assert len(upstream.requests) == 3
    assert set(upstream.billed.values()) == {3}


async def test_a_drip_does_not_outlive_the_attempt(upstream: Upstream) -> None:
    upstream.script.append(faults.drip(0.02))
    started = anyio.current_time()
    with pytest.raises(ProviderUnavailable, match="did not answer in time"):
        await send(upstream, policy=RetryPolicy(ambiguous=0), attempt_timeout=0.3, read_timeout=0.2)
    assert 0.25 < anyio.current_time() - started < 5


async def test_the_deadline_ends_an_attempt(upstream: Upstream) -> None:
    upstream.script.append(faults.silence())
    started = anyio.current_time()
    with pytest.raises(DeadlineExceeded, match="while mistral was at work"):
        await send(upstream, deadline=started + 0.2)
    assert anyio.current_time() - started < 5
    assert len(upstream.requests) == 1


async def test_nothing_sleeps_past_the_deadline(upstream: Upstream) -> None:
    upstream.script.append(faults.status(429, headers={"Retry-After": "30"}))
    started = anyio.current_time()
    with pytest.raises(DeadlineExceeded, match="before the next attempt") as caught:
        await send(upstream, deadline=started + 20)
    assert anyio.current_time() - started < 5
    assert isinstance(caught.value.__cause__, RateLimited)
    assert isinstance(caught.value, TimeoutError)


async def test_the_deadline_counts_in_the_queue_too(upstream: Upstream) -> None:
    upstream.script.append(faults.late(1.0))
    limits = Limits(max_concurrency=1)
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: send(upstream, limits=limits))
        await anyio.sleep(0.1)
        with pytest.raises(DeadlineExceeded, match="waited for its turn"):
            await send(upstream, limits=limits, deadline=anyio.current_time() + 0.2)
    assert len(upstream.requests) == 1


async def test_a_deadline_that_passed_sends_nothing(upstream: Upstream) -> None:
    with pytest.raises(DeadlineExceeded):
        await send(upstream, deadline=anyio.current_time() - 1)
    assert upstream.requests == []


def test_an_attempt_has_time_for_its_pages() -> None:
    assert attempt_seconds(8, has_body=True) == 110
    assert attempt_seconds(1000, has_body=True) == 600
    assert attempt_seconds(None, has_body=True) == 600
    assert attempt_seconds(None, has_body=False) == 60
    assert silence_seconds(8, has_body=True) == 100
    assert silence_seconds(None, has_body=True) == 600


# --- unusable answers ------------------------------------------------------------------------------------------------


UNUSABLE: list[Callable[[], Behaviour]] = [
    faults.short_body,
    faults.missing_last_chunk,
    faults.bad_chunk,
    faults.bad_gzip,
    faults.cut_json,
    faults.html,
    faults.empty,
    faults.invalid_utf8,
    faults.wrong_shape,
    faults.not_a_number,
    faults.deep_json,
    faults.error_object,
]


@pytest.mark.parametrize("fault", UNUSABLE, ids=lambda fault: fault.__name__)
async def test_an_unusable_answer_is_asked_for_again(upstream: Upstream, fault: Callable[[], Behaviour]) -> None:
    upstream.script.append(fault())
    assert (await send(upstream))["pages"]
    assert len(upstream.requests) == 2
    assert set(upstream.billed.values()) == {2}


@pytest.mark.parametrize("fault", UNUSABLE, ids=lambda fault: fault.__name__)
async def test_but_not_forever_nor_where_it_would_be_billed_twice(
    upstream: Upstream, fault: Callable[[], Behaviour]
) -> None:
    upstream.script += [fault()] * 9
    with pytest.raises((ResponseInvalid, ProviderUnavailable)) as caught:
        await send(upstream)
    assert caught.value.provider == "mistral"
    assert len(upstream.requests) == 3
    with pytest.raises((ResponseInvalid, ProviderUnavailable)):
        await send(upstream, policy=RetryPolicy(never_bill_twice=True))
    assert len(upstream.requests) == 4


async def test_an_error_inside_a_200_counts_as_what_it_says(upstream: Upstream) -> None:
    upstream.script.append(faults.error_object(429))
    policy = RetryPolicy(base=0.01, never_bill_twice=True)
    assert (await send(upstream, policy=policy))["pages"]
    assert len(upstream.requests) == 2


async def test_what_is_unusable_is_shown_in_part_with_the_facts(upstream: Upstream) -> None:
    body = b"<html>" + b"x" * 1000
    upstream.script.append(faults.answer(body, {"request-id": "r-9"}))
    with pytest.raises(ResponseInvalid) as caught:
        await send(upstream, policy=RetryPolicy(attempts=1))
    assert (caught.value.status, caught.value.request_id, caught.value.provider) == (200, "r-9", "mistral")
    assert caught.value.excerpt == body[:200].decode()


async def test_a_parser_is_protected_from_its_json_decoder(upstream: Upstream) -> None:
    upstream.script += [faults.deep_json(), faults.answer(b"[" + b"9" * 5000 + b"]")]
    policy = RetryPolicy(attempts=1)
    for reason in ("nested too deep", "not valid JSON"):
        with pytest.raises(ResponseInvalid, match=reason):
            await send(upstream, ocr(upstream, parse=lambda response: json.loads(response.body)), policy=policy)


async def test_a_mistake_in_a_parser_is_not_hidden_and_not_repeated(upstream: Upstream) -> None:
    with pytest.raises(KeyError, match="nothing"):
        await send(upstream, ocr(upstream, parse=lambda response: dict[str, int]()["nothing"]))
    assert len(upstream.requests) == 1


@pytest.mark.parametrize(
    "fault",
    [faults.endless(), faults.zip_bomb(64 << 20), faults.oversize(3 << 20)],
    ids=["endless", "zip_bomb", "oversize"],
)
async def test_an_answer_is_read_up_to_a_cap(upstream: Upstream, fault: Behaviour) -> None:
    upstream.script.append(fault)
    with pytest.raises(ResponseInvalid) as caught:
        await send(upstream, max_response_bytes=2 << 20, policy=RetryPolicy(ambiguous=0))
    assert str(caught.value) == (
        "the answer of mistral is larger than 2,097,152 bytes (not repeated again, as it may have been billed already)"
        ": raise max_response_bytes, or ask for fewer pages"
    )


async def test_a_large_answer_is_parsed_off_the_loop(upstream: Upstream) -> None:
    upstream.script += [faults.oversize(2 << 20), faults.oversize(1000)]
    request = ocr(upstream, parse=lambda response: (threading.current_thread(), len(response.body)))
    assert await send(upstream, request) != (threading.current_thread(), 2 << 20)
    assert await send(upstream, request) == (threading.current_thread(), 1000)


async def test_an_unusable_large_answer_is_treated_like_a_small_one(upstream: Upstream) -> None:
    upstream.script.append(faults.answer(b"{" + b" " * (2 << 20)))
    assert (await send(upstream))["pages"]
    assert len(upstream.requests) == 2


def _self_signed(folder: Any) -> ssl.SSLContext:
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=127.0.0.1"
    subject = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]
    subprocess.run([*command.split(), *subject], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
