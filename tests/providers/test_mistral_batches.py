"""`aocr_batch` before a stand-in for Mistral's batch jobs: every end that a job may have, and nothing left behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import anyio
import pytest
from anyio.from_thread import start_blocking_portal
from attrs import evolve, frozen

from ocr_async import OCR, OCRError, OCRResponse, aocr_batch, ocr_batch
from ocr_async.errors import (
    AuthenticationFailed,
    ConfigurationError,
    DeadlineExceeded,
    DocumentError,
    PagesMissing,
    RateLimited,
    RequestRejected,
    ResponseInvalid,
)
from ocr_async.events import BatchProgress, Event
from ocr_async.providers import BatchLimits, Facts, fakes
from ocr_async.providers.mistral import Mistral
from tests.batch_jobs import BatchServer
from tests.documents import text_pdf
from tests.upstream import Exchange, Upstream, upstream


pytestmark = pytest.mark.anyio

DOCUMENTS = [b"%PDF-1.7 " + str(number).encode() for number in range(5)]


def client(server: Upstream, batches: BatchServer, **options: Any) -> OCR:
    server.default = batches
    options = {"api_key": "sk-planted-0123", "retries": 0, **options}
    return OCR(model="mistral/mistral-ocr-latest", api_base=server.url, **options)


def responses(results: list[OCRResponse | OCRError]) -> list[OCRResponse]:
    assert [each for each in results if not isinstance(each, OCRResponse)] == []
    return [each for each in results if isinstance(each, OCRResponse)]


def clean(batches: BatchServer) -> bool:
    """Whether nothing lies at the service, and all it was asked was right."""
    assert batches.problems == []
    return batches.files == {}


async def test_documents_are_read_by_one_job_for_half_the_price_and_nothing_is_left(
    upstream: Upstream, tmp_path: Path
) -> None:
    batches = BatchServer()
    await anyio.Path(tmp_path / "a.pdf").write_bytes(DOCUMENTS[0])
    seen: list[Event] = []
    given: list[Any] = [tmp_path / "a.pdf", *DOCUMENTS[1:4], "https://example.com/e.pdf"]
    asking = client(upstream, batches, on_event=seen.append)
    found = responses(await asking.aocr_batch(given, include_image_base64=True))
    assert [[page.index for page in response.pages] for response in found] == [[0, 1]] * 5
    assert found[0].pages[0].images[0].image_base64 is not None
    assert [response.cost and response.cost.total for response in found] == [0.004] * 5
    assert {response.provider for response in found} == {"mistral"}
    assert len(batches.jobs) == 1
    assert batches.billed == {**dict.fromkeys(DOCUMENTS[:4], 2), b"https://example.com/e.pdf": 2}
    assert clean(batches)
    told = [event for event in seen if isinstance(event, BatchProgress)]
    assert {event.job for event in told} == set(batches.jobs)
    assert (told[-1].status, told[-1].completed, told[-1].total) == ("SUCCESS", 5, 5)
    assert sum(type(event).__name__ == "DocumentDone" for event in seen) == 5


async def test_pages_are_asked_for_and_large_documents_take_several_requests(upstream: Upstream) -> None:
    batches = BatchServer(pages=5)
    pdf = text_pdf([[f"page {number}"] for number in range(5)])
    (found,) = responses(await client(upstream, batches).aocr_batch([pdf], pages="0,2-4", pages_per_request=2))
    assert [page.index for page in found.pages] == [0, 2, 3, 4]
    assert batches.billed[pdf] == 4
    assert clean(batches)


async def test_what_fails_is_an_error_in_its_place_of_the_class_that_its_answer_stands_for(upstream: Upstream) -> None:
    broken = {"object": "error", "message": "Document is not a valid PDF.", "code": "3740"}
    answers = {DOCUMENTS[0]: (400, broken), DOCUMENTS[1]: (429, {"message": "Requests rate limit exceeded"})}
    batches = BatchServer(failing=answers.get, silent={DOCUMENTS[2]}, refused={DOCUMENTS[3]})
    found = await client(upstream, batches).aocr_batch([*DOCUMENTS, Path("/nowhere.pdf")])
    kinds = [DocumentError, RateLimited, ResponseInvalid, RequestRejected, OCRResponse, DocumentError]
    assert [type(each) for each in found] == kinds
    assert "not a valid PDF" in str(found[0])
    assert "has no answer for it" in str(found[2])
    assert "Received file with mimetype" in str(found[3])
    assert clean(batches)


async def test_a_part_that_fails_is_the_missing_pages_of_its_document(upstream: Upstream) -> None:
    pdf = text_pdf([[f"page {number}"] for number in range(3)])
    batches = BatchServer(pages=2)  # the last one does not come
    asking = client(upstream, batches, pages_per_request=1)
    (error,) = await asking.aocr_batch([pdf])
    assert isinstance(error, PagesMissing)
    assert error.missing == (2,)
    (partial,) = responses(await asking.aocr_batch([pdf], on_error="partial"))
    assert (len(partial.pages), list(partial.missing_pages)) == (2, [2])
    assert clean(batches)


@pytest.mark.parametrize(
    ("ends", "kind", "words"),
    [
        ("FAILED", RequestRejected, "it went wrong"),
        ("TIMEOUT_EXCEEDED", DeadlineExceeded, "time of the batch job"),
        ("CANCELLED", RequestRejected, "was cancelled"),
    ],
)
async def test_a_job_that_ends_early_gives_what_it_has_and_says_why_not_the_rest(
    upstream: Upstream, ends: str, kind: type[OCRError], words: str
) -> None:
    batches = BatchServer(ends=ends, silent={DOCUMENTS[1]})
    first, second = await client(upstream, batches).aocr_batch(DOCUMENTS[:2])
    assert isinstance(first, OCRResponse)
    assert type(second) is kind
    assert words in str(second)
    assert clean(batches)


async def test_an_outage_while_a_job_runs_costs_nothing(upstream: Upstream) -> None:
    batches = BatchServer(down=3)
    assert len(responses(await client(upstream, batches).aocr_batch(DOCUMENTS))) == 5
    assert (batches.down, len(batches.jobs)) == (0, 1)
    assert clean(batches)


async def test_a_job_whose_making_was_not_answered_is_found_and_not_made_twice(upstream: Upstream) -> None:
    batches = BatchServer(unheard=1)
    assert len(responses(await client(upstream, batches, retries=3).aocr_batch(DOCUMENTS))) == 5
    assert [job["status"] for job in batches.jobs.values()].count("SUCCESS") == 1
    assert set(batches.billed.values()) == {2}
    assert clean(batches)


async def test_a_job_that_is_lost_is_an_error_of_its_documents(upstream: Upstream) -> None:
    batches = BatchServer(seconds=60)

    async def forgetful(exchange: Exchange) -> None:
        await batches(exchange)
        batches.jobs.clear()

    asking = client(upstream, batches)
    upstream.default = forgetful
    found = await asking.aocr_batch(DOCUMENTS[:2])
    assert [type(each) for each in found] == [RequestRejected] * 2
    assert clean(batches)


async def test_a_cancelled_call_cancels_its_job_and_deletes_its_files(upstream: Upstream) -> None:
    batches = BatchServer(seconds=60)
    with anyio.move_on_after(2.0) as scope:
        await client(upstream, batches).aocr_batch(DOCUMENTS)
    assert scope.cancelled_caught
    assert [job["status"] for job in batches.jobs.values()] == ["CANCELLED"]
    assert clean(batches)


async def test_a_refused_key_is_the_error_of_each_document(upstream: Upstream) -> None:
    batches = BatchServer()
    asking = client(upstream, batches)

    async def refuse(exchange: Exchange) -> None:
        await exchange.read()
        await exchange.json({"detail": "Unauthorized"}, 401)

    upstream.default = refuse
    assert [type(each) for each in await asking.aocr_batch(DOCUMENTS)] == [AuthenticationFailed] * 5


@frozen(kw_only=True)
class FewAtOnce(Mistral):
    facts: ClassVar[Facts] = evolve(Mistral.facts, batch=BatchLimits(requests=2, hours=168))


async def test_more_than_a_job_takes_becomes_several(upstream: Upstream) -> None:
    batches = BatchServer()
    fakes.append(lambda name: FewAtOnce if name == "mistral" else None)
    try:
        found = responses(await client(upstream, batches).aocr_batch(DOCUMENTS))
    finally:
        fakes.pop()
    assert len(found) == 5
    assert sorted(job["total_requests"] for job in batches.jobs.values()) == [1, 2, 2]
    assert batches.billed == dict.fromkeys(DOCUMENTS, 2)
    assert clean(batches)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"model": "local"}, "local has no batch jobs; there are some at mistral"),
        ({"model": "mistral/mistral-ocr-latest", "fallbacks": ["local"]}, "leave out fallbacks"),
        ({"model": "mistral/mistral-ocr-latest", "hours": 200}, "from 1 to 168"),
        ({"model": "mistral/mistral-ocr-latest", "api_base": "https://api.eu.mistral.ai"}, "keeps no files"),
        ({"model": "mistral/mistral-ocr-latest", "lang": "de"}, "has no option lang"),
    ],
)
async def test_what_has_no_batch_jobs_says_who_has(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        await aocr_batch(DOCUMENTS, api_key="sk-x", **options)


def test_the_plain_twin_does_the_same() -> None:
    batches = BatchServer()
    serve: Callable[..., Any] = upstream
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(serve(default=batches)) as server:
        found = ocr_batch(DOCUMENTS, model="mistral/mistral-ocr-latest", api_base=server.url, api_key="sk-x")
    assert len(responses(found)) == 5
    assert clean(batches)


async def test_no_documents_make_no_job(upstream: Upstream) -> None:
    batches = BatchServer()
    assert await client(upstream, batches).aocr_batch([]) == []
    assert upstream.requests == []
