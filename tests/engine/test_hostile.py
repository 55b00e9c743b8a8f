"""Hostile and damaged documents in real workers: each costs an error of ours, and never the process that asked."""

from __future__ import annotations

import asyncio
import io
import random
import re
import time
from collections.abc import Callable

import pytest
from PIL import Image

from ocr_async.errors import DocumentError, OCRError
from ocr_async.models import Bytes, OCRRequest, OCRResponse
from ocr_async.providers.local import Local
from ocr_async.steps import Compute
from ocr_async.transport import workers
from ocr_async.transport.drive import drive

from .. import hostile
from ..documents import PARAGRAPHS, drawn_page, image_pdf, png, text_pdf


LOCAL = Local.connect(api_key=None, api_base=None, headers={}, environ={})
GOOD = Bytes(data=text_pdf([["A good page."]]))


async def nothing_is_sent(request: object) -> None:
    raise AssertionError("the embedded engine sends nothing")


async def outcome(document: Bytes, *, model: str = "auto") -> OCRResponse | OCRError:
    try:
        return await drive(
            LOCAL.exchange(OCRRequest(model=model, document=document)),
            nothing_is_sent,  # type: ignore[arg-type]
            workers.run,
        )
    except OCRError as error:
        return error


def errors_of(result: OCRResponse | OCRError) -> list[Exception]:
    return [result] if isinstance(result, OCRError) else list(result.missing_pages.values())


@pytest.mark.parametrize("make", [hostile.huge_page, hostile.huge_image])  # of the others the gateway is asked
def test_a_hostile_document_costs_an_error_at_most(make: Callable[[], bytes]) -> None:
    document = Bytes(data=make())

    async def main() -> tuple[OCRResponse | OCRError, float, OCRResponse | OCRError]:
        started = time.monotonic()
        beside = asyncio.ensure_future(outcome(GOOD))
        result = await outcome(document)
        return result, time.monotonic() - started, await beside

    result, seconds, beside = asyncio.run(main())
    assert isinstance(beside, OCRResponse)
    assert beside.markdown == "A good page."
    assert seconds < 60
    for error in errors_of(result):
        assert isinstance(error, DocumentError)  # its fault, not the engine's
        assert not re.search(r"0x[0-9a-f]{6,}", str(error))


def test_many_pages_are_counted_without_reading_them() -> None:
    document = Bytes(data=hostile.many_pages())
    assert asyncio.run(workers.run(Compute(task="count", arguments={"document": document}))) == 200_000


def test_one_hostile_page_leaves_the_others() -> None:
    """A page that ends its parser, in the middle of good ones; the gateway is given one that hangs it."""
    import pypdf

    writer = pypdf.PdfWriter()
    for data in (text_pdf([["first"]]), hostile.content_bomb(), text_pdf([["third"]])):
        writer.append(pypdf.PdfReader(io.BytesIO(data)))
    buffer = io.BytesIO()
    writer.write(buffer)
    result = asyncio.run(outcome(Bytes(data=buffer.getvalue())))
    assert isinstance(result, OCRResponse)
    texts = {page.index: page.markdown for page in result.pages}
    assert (texts[0], texts[2]) == ("first", "third")
    assert set(result.missing_pages) <= {1}


def polyglot() -> bytes:
    return b"<html><script>" + text_pdf([["inside"]])


@pytest.mark.parametrize(
    "data",
    [
        b"\x00",
        b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        polyglot(),
        b"%PDF-1.7\n" + bytes(1000),
        text_pdf([["cut"]])[:200],
        png(drawn_page())[:2000],
        png(drawn_page(), "JPEG")[:2000],
        png(drawn_page(), "JPEG2000")[:2000],
    ],
)
def test_what_is_no_document_is_an_error_of_ours(data: bytes) -> None:
    errors = errors_of(asyncio.run(outcome(Bytes(data=data))))
    assert errors
    assert all(isinstance(error, DocumentError) for error in errors)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Return *data* with some bits flipped, or its end missing, or a part of it twice."""
    spoilt = bytearray(data)
    match chance.randrange(4):
        case 0:
            del spoilt[chance.randrange(1, len(spoilt)) :]
        case 1:
            start = chance.randrange(len(spoilt))
            spoilt[start:start] = spoilt[start : start + chance.randrange(1, 500)]
        case 2:
            start = chance.randrange(len(spoilt))
            spoilt[start : start + chance.randrange(1, 200)] = b""
        case _:
            for _ in range(chance.randrange(1, 30)):
                spoilt[chance.randrange(len(spoilt))] ^= 1 << chance.randrange(8)
    return bytes(spoilt)


def seeds() -> list[bytes]:
    small = drawn_page(PARAGRAPHS[:1], width=300, height=80, size=12)
    frames = png(small, "TIFF", save_all=True, append_images=[small])
    return [
        text_pdf([list(PARAGRAPHS), ["page two"]]),
        image_pdf([small]),
        hostile.endless_forms(2),
        png(small),
        png(small, "JPEG"),
        png(small.convert("RGB"), "WEBP"),
        png(small.convert("RGB"), "JPEG2000"),
        png(small, "GIF"),
        png(small, "BMP"),
        frames,
    ]


def test_hundreds_of_damaged_documents_end_in_a_page_or_an_error_of_ours() -> None:
    chance = random.Random(20_260_309)
    spoilt = [Bytes(data=damaged(data, chance)) for data in seeds() for _ in range(40)]

    async def one(document: Bytes, running: asyncio.Semaphore) -> float:
        async with running:
            started = time.monotonic()
            try:
                count = await workers.run(Compute(task="count", arguments={"document": document}))
                await workers.run(Compute(task="raster", arguments={"document": document, "page": count - 1}))
            except DocumentError as error:
                assert not re.search(r"0x[0-9a-f]{6,}", str(error))  # noqa: PT017 - either end is good
            result = await outcome(document, model="text")  # recognition sees pixels alone
            assert all(isinstance(error, DocumentError) for error in errors_of(result))
            return time.monotonic() - started

    async def main() -> float:
        running = asyncio.Semaphore(4)
        slowest = max(await asyncio.gather(*(one(document, running) for document in spoilt)))
        assert await workers.run(Compute(task="count", arguments={"document": GOOD})) == 1
        return slowest

    assert asyncio.run(main()) < 30


def test_a_picture_of_noise_gives_no_words() -> None:
    noise = Image.frombytes("L", (800, 800), random.Random(1).randbytes(640_000))
    result = asyncio.run(outcome(Bytes(data=png(noise))))
    if isinstance(result, OCRResponse):
        assert len(result.markdown) < 40
