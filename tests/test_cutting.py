"""Where a hosted call needs a worker of this machine: to count a document, and to cut it when it is too large."""

from __future__ import annotations

import base64
import random
from pathlib import Path
from typing import Any

import anyio
import pytest

from ocr_async import OCR, OCRResponse, aocr
from ocr_async.call.batches import PageBatch, Reader, TooLarge
from ocr_async.errors import DocumentError, OCRError, PagesMissing, ProviderUnavailable, RequestRejected
from ocr_async.models import Bytes, Document, OCRPage, Url
from tests.upstream import Exchange, Upstream, mistral_answer


pytest.importorskip("pypdfium2", reason="counting and cutting need the extra local")

from tests.documents import text_pdf


pytestmark = pytest.mark.anyio


def report(pages: int) -> bytes:
    """A PDF whose pages do not compress, so that fewer of them are smaller."""
    chance = random.Random(7)
    lines = [["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=70)) for _ in range(40)] for _ in range(pages)]
    return text_pdf(lines)


async def read(server: Upstream, document: Any, **options: Any) -> OCRResponse:
    return await aocr(document, model="m", api_base=server.url, **options)


async def test_pages_of_a_file_are_counted_to_be_sent_in_batches(upstream: Upstream, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(report(5))
    upstream.pages = 5
    response = await read(upstream, path, pages_per_request=2)
    assert sorted(request.json["pages"] for request in upstream.requests) == [[0, 1], [2, 3], [4]]
    assert len(response.pages) == 5
    await read(upstream, path, pages=-1)
    assert upstream.requests[-1].json["pages"] == [4]


async def test_caps_count_a_file_before_it_is_sent(upstream: Upstream) -> None:
    with pytest.raises(DocumentError, match="has 5 pages to read, more than max_pages=4"):
        await read(upstream, report(5), max_pages=4)
    with pytest.raises(DocumentError, match="page 7 does not exist: the document has 5 pages"):
        await read(upstream, report(5), pages="-1,7")
    assert upstream.requests == []


async def test_an_estimate_counts_and_sends_nothing(upstream: Upstream) -> None:
    client = OCR(model="mistral/mistral-ocr-latest", api_base=upstream.url)
    estimate = await client.aestimate(report(5))
    assert estimate.pages == 5
    assert estimate.cost == pytest.approx(0.02)
    assert upstream.requests == []


async def test_a_file_that_is_too_large_is_cut_and_keeps_its_page_numbers(upstream: Upstream) -> None:
    whole = report(6)
    limit = len(base64.b64encode(whole)) // 2
    sizes = []

    async def behave(exchange: Exchange) -> None:
        body = await exchange.read()
        if len(body) > limit:
            await exchange.json({"message": "too large"}, 413)
            return
        document = exchange.received.json["document"]["document_url"]
        sizes.append(pages := count(base64.b64decode(document.partition(",")[2])))
        asked = exchange.received.json.get("pages")
        await exchange.json(mistral_answer(exchange.received.json, range(pages) if asked is None else asked))

    upstream.default = behave
    response = await read(upstream, whole, pages=[0, 2, 3, 5])
    assert [page.index for page in response.pages] == [0, 2, 3, 5]
    assert sizes == [2, 2]
    response = await read(upstream, whole)
    assert [page.index for page in response.pages] == list(range(6))
    assert max(sizes) <= 3


def count(data: bytes) -> int:
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        return len(document)
    finally:
        document.close()


async def test_a_file_that_cannot_be_cut_is_asked_for_in_parts(upstream: Upstream) -> None:
    async def behave(exchange: Exchange) -> None:
        await exchange.read()
        pages = exchange.received.json.get("pages", [])
        if len(pages) > 2:
            await exchange.json({}, 413)
        else:
            await exchange.json(mistral_answer(exchange.received.json, pages))

    upstream.default = behave
    response = await read(upstream, b"%PDF-1.7 but broken", pages=range(4))
    assert [page.index for page in response.pages] == [0, 1, 2, 3]


# --- the reader alone ---------------------------------------------------------------------------------------------


DOCUMENT = Bytes(data=b"%PDF-", mime="application/pdf")


def page(index: int) -> OCRPage:
    return OCRPage(index=index, markdown=f"page {index}")


def reader(ask: Any, *, pages: int = 10, **changes: Any) -> Reader:
    async def cut(wanted: tuple[int, ...]) -> Document | None:
        return None

    async def counted(document: Document) -> int | None:
        return pages

    given: dict[str, Any] = {"repeats": 2, "most_pages": None, "partial": False, "arrived": lambda response: None}
    return Reader(ask=ask, cut=cut, count=counted, **{**given, **changes})


async def test_a_document_with_too_many_pages_is_asked_for_in_runs() -> None:
    asked: list[tuple[int, ...] | None] = []

    async def ask(document: Document, pages: tuple[int, ...] | None) -> OCRResponse:
        asked.append(pages)
        if pages is None or len(pages) > 4:
            raise RequestRejected("too many pages", status=422)
        return OCRResponse(pages=tuple(map(page, pages)), model="m")

    answers = await reader(ask, most_pages=4).read_all([PageBatch(document=DOCUMENT, indexes=None)])
    assert sorted(each.index for answer in answers for each in answer.pages) == list(range(10))
    assert asked[0] is None
    with pytest.raises(RequestRejected):  # a URL is not downloaded to find out
        await reader(ask, most_pages=4).read_all([PageBatch(document=Url(url="https://x.y"), indexes=None)])


async def test_what_came_is_kept_when_asking_again_fails() -> None:
    async def ask(document: Document, pages: tuple[int, ...] | None) -> OCRResponse:
        if pages == (1,):
            raise ProviderUnavailable("gone", status=503)
        return OCRResponse(pages=(page(0), page(2)), model="m")

    [answer] = await reader(ask).read_all([PageBatch(document=DOCUMENT, indexes=(0, 1, 2))])
    assert [each.index for each in answer.pages] == [0, 2]
    missing = answer.missing_pages[1]
    assert isinstance(missing, PagesMissing)
    assert isinstance(missing.__cause__, ProviderUnavailable)


@pytest.mark.parametrize("partial", [False, True])
async def test_a_failed_part_costs_its_own_pages_or_the_call(partial: bool) -> None:
    async def ask(document: Document, pages: tuple[int, ...] | None) -> OCRResponse:
        assert pages is not None
        if 3 in pages:
            raise ProviderUnavailable("gone", status=503)
        await anyio.sleep(0)
        return OCRResponse(pages=tuple(map(page, pages)), model="m")

    parts = [PageBatch(document=DOCUMENT, indexes=indexes) for indexes in ((0, 1), (2, 3), (4, 5))]
    reading = reader(ask, partial=partial)
    if not partial:
        with pytest.raises(ProviderUnavailable):
            await reading.read_all(parts)
        return
    answers = await reading.read_all(parts)
    assert sorted(index for answer in answers for index in answer.missing_pages) == [2, 3]
    assert sorted(each.index for answer in answers for each in answer.pages) == [0, 1, 4, 5]


async def test_a_single_page_that_is_too_large_says_so() -> None:
    async def ask(document: Document, pages: tuple[int, ...] | None) -> OCRResponse:
        raise TooLarge("60 MB; at most 50 MB")

    with pytest.raises(DocumentError, match="at most 50 MB") as raised:
        await reader(ask, pages=1).read_all([PageBatch(document=DOCUMENT, indexes=None)])
    assert isinstance(raised.value, OCRError)


def test_a_cut_document_s_pages_get_their_numbers_back() -> None:
    part = PageBatch(document=DOCUMENT, indexes=(4, 7, 9), numbers=(4, 7, 9))
    assert part.pages is None
    assert part.only((7,)).pages == (1,)
    placed = part.place(OCRResponse(pages=(page(0), page(2), page(3)), model="m"))
    assert [each.index for each in placed.pages] == [4, 9, -1]
