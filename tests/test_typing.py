"""
What a type checker knows of the public API: mypy and pyright check this module, and mypy complains of an ignore that
ignores nothing, so the wrong calls have to be wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, assert_type

from ocr_async import OCR, OCRError, OCRResponse, OCRResult, aocr, aocr_many, aocr_stream, ocr, ocr_many, ocr_stream


if TYPE_CHECKING:

    async def coroutines() -> None:
        assert_type(await aocr(Path("a.pdf")), OCRResponse)
        assert_type(await aocr(document=b"", pages=[0], timeout=None), OCRResponse)
        assert_type(await aocr_many([Path("a.pdf")]), list[OCRResponse | OCRError])
        async with aocr_stream([b""], ordered=True, model="local") as results:
            async for result in results:
                assert_type(result, OCRResult)
                assert_type(result.unwrap(), OCRResponse)
                if result.error is None:
                    assert_type(result.response, OCRResponse)
                else:
                    assert_type(result.error, OCRError)
        assert_type(await OCR().aocr(b"", pages="0-4"), OCRResponse)
        await aocr(b"", pgaes=[0])  # type: ignore[call-arg]
        await aocr_many([b""], pgaes=[0])  # type: ignore[call-arg]

    def plain() -> None:
        assert_type(ocr("https://example.com/a.pdf", pages=range(3)), OCRResponse)
        assert_type(ocr_many([Path("a.pdf"), b""]), list[OCRResponse | OCRError])
        with ocr_stream([b""]) as results:
            assert_type(results, Iterator[OCRResult])
        client = OCR(model="local", max_concurrency=3)
        assert_type(client.ocr(b"", table_format="html"), OCRResponse)
        assert_type(client.with_options(model="mistral/x"), OCR)
        assert_type(client.estimate(b"").cost, float | None)
        ocr(b"", table_format="xml")  # type: ignore[arg-type]
        ocr(3)  # type: ignore[arg-type]
        ocr(b"", "local")  # type: ignore[call-arg]
        OCR(modle="local")  # type: ignore[call-arg]


def test_the_names_are_there_at_run_time() -> None:
    assert OCR(model="local").model == "local"
