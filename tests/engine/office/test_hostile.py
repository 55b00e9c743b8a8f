"""Hostile and damaged flowing documents in real workers: each costs an error of ours within its bounds."""

from __future__ import annotations

import asyncio
import itertools
import random
import string
import time
from collections.abc import Callable

import pytest

from ocr_async.errors import DocumentError, OCRError
from ocr_async.models import Bytes, OCRRequest, OCRResponse
from ocr_async.providers.local import Local
from ocr_async.transport import workers
from ocr_async.transport.drive import drive

from ...offices import docx, epub, item, paragraph, pptx, shape, sheet, word_table, xlsx


LOCAL = Local.connect(api_key=None, api_base=None, headers={}, environ={})
GOOD = docx(paragraph("A good page."))


async def outcome(data: bytes, mime: str | None = None) -> OCRResponse | OCRError:
    async def send(request: object) -> None:
        raise AssertionError("the embedded engine sends nothing")

    request = OCRRequest(model="auto", document=Bytes(data=data, mime=mime))
    try:
        return await drive(LOCAL.exchange(request), send, workers.run)  # type: ignore[arg-type]
    except OCRError as error:
        return error


def first_error(result: OCRResponse | OCRError) -> Exception | None:
    if isinstance(result, OCRError):
        return result
    return next(iter(result.missing_pages.values()), None)


def laughs() -> bytes:
    """Ten to the tenth laughs, of a thousand bytes."""
    entities = "".join(f'<!ENTITY l{number + 1} "{f"&l{number};" * 10}">' for number in range(10))
    return epub({"a.xhtml": "a"}, package=f'<!DOCTYPE p [<!ENTITY l0 "ha">{entities}]><package>&l10;</package>')


def elsewhere() -> bytes:
    """A package file that wants a file of the machine."""
    return epub(
        {"a.xhtml": "a"}, package='<!DOCTYPE p [<!ENTITY e SYSTEM "file:///etc/passwd">]><package>&e;</package>'
    )


def repeated() -> bytes:
    """A long text, of which every row of a sheet is one more."""
    rows = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(1, 9000))
    return xlsx({"One": f"<sheetData>{rows}</sheetData>"}, shared=f"<si><t>{'x' * 100_000}</t></si>")


def diagonal() -> bytes:
    """A sheet with a cell in each of its rows, each in another column."""
    letters = string.ascii_uppercase
    columns = ("".join(name) for name in itertools.product(letters, repeat=3))
    return xlsx({"Wide": sheet({f"{name}{row}": 1.0 for row, name in zip(range(1, 9001), columns, strict=False)})})


BOMBS: list[tuple[Callable[[], bytes], str]] = [
    (lambda: docx(paragraph("a" * (300 << 20))), "unpacks to"),
    (lambda: docx("", parts={"media/x.xml": " " * (300 << 20)}), "unpacks to"),
    (lambda: epub({"a.xhtml": " " * (70 << 20)}), "more than 32 MiB of text"),
    (lambda: epub({f"{number}.xhtml": " " * (1 << 20) for number in range(40)}), "more than 32 MiB of text"),
    (lambda: epub({"a.xhtml": "<p>a</p>" * (3 << 20)}), "more than 300,000 tags"),
    (lambda: b"<html>" + b"<b/>" * 400_000, "more than 300,000 tags"),
    (laughs, "damaged"),
    (elsewhere, "damaged"),
    (diagonal, ""),
    (repeated, ""),
]


@pytest.mark.parametrize(("make", "message"), BOMBS)
def test_a_bomb_costs_an_error_and_nothing_else(make: Callable[[], bytes], message: str) -> None:
    data = make()

    async def main() -> tuple[OCRResponse | OCRError, float, OCRResponse | OCRError]:
        started = time.monotonic()
        result = await outcome(data)
        return result, time.monotonic() - started, await outcome(GOOD)

    result, seconds, after = asyncio.run(main())
    error = first_error(result)
    assert isinstance(error, DocumentError)
    assert message in str(error)
    assert seconds < 60
    assert isinstance(after, OCRResponse)
    assert after.markdown == "A good page."


DEEP = 30_000


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (docx("<w:tbl><w:tr><w:tc>" * DEEP + paragraph("x") + "</w:tc></w:tr></w:tbl>" * DEEP), None),
        (docx("<w:sdt><w:sdtContent>" * DEEP + paragraph("x") + "</w:sdtContent></w:sdt>" * DEEP), None),
        (pptx(["<p:grpSp>" * DEEP + shape("x") + "</p:grpSp>" * DEEP]), None),
        (b"<" * 1_000_000, "text/html"),
        (b"<html>" + b"[" * 1_000_000 + b"*a _" * 1_000, None),
    ],
)
def test_what_is_nested_too_deeply_ends_nothing(data: bytes, mime: str | None) -> None:
    async def main() -> tuple[OCRResponse | OCRError, OCRResponse | OCRError]:
        return await outcome(data, mime), await outcome(GOOD)

    result, after = asyncio.run(main())
    error = first_error(result)
    assert error is None or isinstance(error, DocumentError)
    assert isinstance(after, OCRResponse)


@pytest.mark.parametrize("tag", [b"<div>", b"<font>", b"<ul><li>", b"<table><td>", b"<blockquote>"])
def test_deep_markup_is_read_to_its_end_and_endless_markup_refused(tag: bytes) -> None:
    async def main() -> tuple[OCRResponse | OCRError, OCRResponse | OCRError]:
        return await outcome(b"<html>" + tag * 2_000 + b"the end"), await outcome(b"<html>" + tag * 100_000)

    deep, endless = asyncio.run(main())
    assert isinstance(deep, OCRResponse)
    assert "the end" in deep.markdown
    assert "nested too deeply" in str(first_error(endless))


def test_ten_thousand_sheets_are_ten_thousand_pages() -> None:
    one = sheet({"A1": 1.0})
    data = xlsx({f"S{number}": one for number in range(10_000)})

    async def main() -> OCRResponse:
        exchange = LOCAL.exchange(OCRRequest(model="auto", document=Bytes(data=data), pages=(0, 5_000, 9_999)))

        async def send(request: object) -> None:
            raise AssertionError

        return await drive(exchange, send, workers.run)  # type: ignore[arg-type]

    response = asyncio.run(main())
    assert [page.markdown.partition("\n")[0] for page in response.pages] == ["# S0", "# S5000", "# S9999"]


SAMPLES: list[tuple[str | None, bytes]] = [
    (None, docx(paragraph("T", style="Heading1") + item("a") + item("b", 1) + word_table([["<w:tc><w:p/></w:tc>"]]))),
    (None, pptx([shape("Title", role="title") + shape("text")], notes={0: "note"})),
    (None, xlsx({"A": sheet({"A1": "x", "B2": 1.5}), "B": sheet({"C3": "y"})})),
    (None, epub({"a.xhtml": "<html><body><h1>A</h1></body></html>"})),
    ("text/html", b"<!doctype html><table><tr><td rowspan=2>a<td>b<tr><td>c</table><ul><li>d<pre>e</pre></ul>" * 3),
]


def damaged(data: bytes, chance: random.Random) -> bytes:
    if chance.random() < 0.3:
        return data[: chance.randrange(1, len(data))]
    broken = bytearray(data)
    for _ in range(chance.choice((1, 2, 8, 64))):
        broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
    return bytes(broken)


@pytest.mark.parametrize("sample", SAMPLES, ids=["docx", "pptx", "xlsx", "epub", "html"])
def test_damage_costs_an_error_of_ours_at_most(sample: tuple[str | None, bytes]) -> None:
    mime, data = sample
    chance = random.Random(20_261_120)
    variants = [damaged(data, chance) for _ in range(100)]

    async def main() -> tuple[list[OCRResponse | OCRError], OCRResponse | OCRError]:
        return [await outcome(variant, mime) for variant in variants], await outcome(data, mime)

    results, whole = asyncio.run(main())
    assert isinstance(whole, OCRResponse)
    for result in results:
        error = first_error(result)
        assert error is None or isinstance(error, DocumentError), repr(error)
