"""The same questions to all providers at once, each before a stand-in that is as strict as its service."""

from __future__ import annotations

import asyncio
import functools
import inspect
import io
import json
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Concatenate, ParamSpec

import PIL.Image
import pytest

from ocr_async import OCR, aocr
from ocr_async.errors import AuthenticationFailed, ConfigurationError, DocumentError, OCRError, RequestRejected
from ocr_async.models import Bytes, FileId, OCRResponse
from ocr_async.providers import provider_class
from tests.documents import PARAGRAPHS, text_pdf
from tests.upstream import Exchange, Upstream, upstream

from .cases import CASES
from .cases.base import Case, Service, text_of


pytestmark = pytest.mark.anyio

PDF = text_pdf([PARAGRAPHS] * 3)
P = ParamSpec("P")
Test = Callable[P, Awaitable[None]]


def of_every_provider(
    question: Callable[Concatenate[Case, P], Awaitable[None]], *, where: Callable[[Case], bool] = lambda case: True
) -> Test[P]:
    """Make a test that asks *question* of all cases at once, as most of its time is waiting for polls."""

    async def of(case: Case, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            await question(case, *args, **kwargs)
        except BaseException as error:
            error.add_note(f"asked of {case}")
            raise

    @functools.wraps(question)
    async def asked(*args: P.args, **kwargs: P.kwargs) -> None:
        cases = [case for case in CASES if where(case)]
        came = await asyncio.gather(*(of(case, *args, **kwargs) for case in cases), return_exceptions=True)
        failures = [error for error in came if error is not None]
        if failures:
            raise BaseExceptionGroup(f"{len(failures)} of {len(cases)} providers", failures)

    signature = inspect.signature(question)
    asked.__signature__ = signature.replace(parameters=list(signature.parameters.values())[1:])  # type: ignore[attr-defined]
    return asked


@asynccontextmanager
async def serving(case: Case, **state: Any) -> AsyncIterator[tuple[Service, Upstream]]:
    service = case.service()
    for name, value in state.items():
        setattr(service, name, value)
    async with upstream(default=service) as server:
        yield service, server
    assert service.problems == []


async def ask(case: Case, server: Upstream, document: Any = None, **options: Any) -> OCRResponse:
    document = Bytes(data=PDF, name="a.pdf") if document is None else document
    return await aocr(document, model=case.model, **{**case.options(server.url), **options})


@of_every_provider
async def test_all_pages_come_in_order_under_numbers_from_0(case: Case) -> None:
    async with serving(case) as (_, server):
        response = await ask(case, server)
    assert [page.index for page in response.pages] == [0, 1, 2]
    for page in response.pages:
        assert text_of(0 if case.pictures else page.index) in page.markdown
    assert response.usage_info.pages_processed == 3
    assert response.provider == case.model.partition("/")[0]


@of_every_provider
async def test_a_sparse_selection_keeps_its_numbers(case: Case) -> None:
    async with serving(case) as (_, server):
        response = await ask(case, server, pages=[0, 2])
    assert [page.index for page in response.pages] == [0, 2]
    assert text_of(0 if case.pictures else 1 if case.cut else 2) in response.pages[1].markdown


@of_every_provider
async def test_a_picture_is_one_page(case: Case) -> None:
    buffer = io.BytesIO()
    PIL.Image.new("RGB", (600, 800), "white").save(buffer, "PNG")
    async with serving(case, pages=1) as (_, server):
        response = await ask(case, server, Bytes(data=buffer.getvalue(), name="a.png"))
    assert [page.index for page in response.pages] == [0]
    assert text_of(0) in response.pages[0].markdown


@functools.partial(of_every_provider, where=lambda case: case.urls)
async def test_an_address_goes_to_the_service_as_it_is(case: Case) -> None:
    async with serving(case) as (_, server):
        address = "https://example.com/some-document.pdf"
        response = await ask(case, server, {"type": "document_url", "document_url": address})
        assert any(address.encode() in request.body for request in server.requests)
    assert [page.index for page in response.pages] == [0, 1, 2]


@of_every_provider
async def test_a_file_id_is_refused_by_who_keeps_no_files(case: Case) -> None:
    async with serving(case) as (_, server):
        found = provider_class(case.model.partition("/")[0])
        if found is not None and not found.facts.takes_file_ids:
            with pytest.raises(ConfigurationError, match="keeps no files"):
                await ask(case, server, FileId(file_id="f-1"))
        assert server.requests == []


@of_every_provider
async def test_a_damaged_document_is_refused_in_the_services_own_words(case: Case) -> None:
    async with serving(case, broken=True) as (_, server):
        with pytest.raises((RequestRejected, DocumentError), match="damaged"):
            await ask(case, server)


@of_every_provider
async def test_a_wrong_key_is_told_at_once(case: Case) -> None:
    async with serving(case) as (_, server):
        with pytest.raises(AuthenticationFailed):
            await ask(case, server, pages=[0], **wrong(case, server))
        assert len(server.requests) == 1


def wrong(case: Case, server: Upstream) -> dict[str, Any]:
    key = case.options(server.url).get("api_key")
    return {"api_key": f"{key}-wrong"}


QUOTES = [
    (200, "{}"),
    (200, '{{"pages": "{}"}}'),
    (200, '{{"error": {{"code": 400, "message": "{}"}}}}'),
    (400, '"{}"'),
]


@pytest.mark.parametrize(("status", "form"), QUOTES)
@of_every_provider
async def test_an_error_shows_no_key_that_an_answer_quotes(case: Case, status: int, form: str) -> None:
    key = case.options("")["api_key"].rpartition(":")[2]

    async def quoting(exchange: Exchange) -> None:
        await exchange.read()
        quoted = [value.removeprefix("Bearer ") for value in exchange.received.headers.values() if key in value]
        await exchange.answer(form.format(f"I got {quoted}").encode(), status)

    async with upstream(default=quoting) as server:
        with pytest.raises(OCRError) as caught:
            await ask(case, server, pages=[0], retries=0)
        assert server.requests
    shown = [*traceback.format_exception(caught.value), repr(caught.value.__dict__)]
    assert not any(key in text for text in shown)


# A refusal in the words of all services at once
REFUSED = {"__type": "InvalidParameterException", "error": {"code": 400, "message": "{}"}, "message": "{}"}


@pytest.mark.parametrize("status", [200, 400])
@of_every_provider
async def test_an_error_shows_no_half_of_a_key_where_its_message_is_cut(case: Case, status: int) -> None:
    key = case.options("")["api_key"].rpartition(":")[2]
    half = key[: len(key) // 2]
    shown: list[str] = []
    for most in (200, 300, 500):

        async def quoting(exchange: Exchange, most: int = most) -> None:
            await exchange.read()
            got = key if any(key in value for value in exchange.received.headers.values()) else "what signed it"
            message = f"{'x' * (most - len(half) - 1)} {got} is wrong"
            await exchange.answer(json.dumps(REFUSED).replace("{}", message).encode(), status)

        async with upstream(default=quoting) as server:
            with pytest.raises(OCRError) as caught:
                await ask(case, server, pages=[0], retries=0)
        shown += [*traceback.format_exception(caught.value), repr(caught.value.__dict__)]
    assert not any(half in text for text in shown)


@of_every_provider
async def test_a_throttle_is_waited_for(case: Case) -> None:
    async with serving(case, throttled=1) as (_, server):
        response = await ask(case, server, pages=[0])
        assert len(server.requests) >= 2
        first, second = server.requests[:2]
        assert not case.asks_to_wait or second.at - first.at >= 0.99
    assert [page.index for page in response.pages] == [0]


@functools.partial(of_every_provider, where=lambda case: case.jobs)
async def test_a_lost_poll_is_repeated_and_the_upload_is_not(case: Case) -> None:
    async with serving(case, lost_polls=2) as (service, server):
        response = await ask(case, server, pages=[0])
        assert service.uploads == 1
    assert [page.index for page in response.pages] == [0]


@of_every_provider
async def test_the_response_tells_what_it_cost(case: Case) -> None:
    async with serving(case) as (_, server):
        response = await ask(case, server)
    if case.price is None:
        assert response.cost is None
    else:
        assert response.cost is not None
        assert response.cost.total == pytest.approx(3 * case.price)


@of_every_provider
async def test_an_estimate_needs_no_key_and_asks_nobody(case: Case) -> None:
    async with serving(case) as (_, server):
        options = {name: value for name, value in case.options(server.url).items() if name != "api_key"}
        estimate = await OCR(model=case.model, **options).aestimate(Bytes(data=PDF, name="a.pdf"))
        assert server.requests == []
    assert estimate.pages == 3
    # some tell their prices in answers alone
    assert estimate.cost is None or estimate.cost == pytest.approx(3 * (case.price or 0.0))


@of_every_provider
async def test_a_cancelled_call_ends_its_requests_and_leaves_nothing_behind(case: Case) -> None:
    async with serving(case, hangs=True) as (service, server):
        asking = asyncio.ensure_future(ask(case, server, pages=[0]))
        async with asyncio.timeout(60):
            while not service.hanging:
                assert not asking.done()
                await asyncio.sleep(0.01)
        sent = len(server.requests)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asyncio.sleep(0.3)
        if case.deletes:
            assert service.kept == set()  # type: ignore[attr-defined]
        else:
            assert len(server.requests) == sent
