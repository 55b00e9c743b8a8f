"""A service that takes one picture at a time: pages are drawn in the engine's workers, and their answers merged."""

from __future__ import annotations

import io
import json
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from ocr_async import aocr, ocr
from ocr_async.errors import DocumentError, OCRError
from ocr_async.models import OCRPage, OCRRequest, OCRResponse, OCRUsageInfo
from ocr_async.providers import Facts, PagePictures, _account
from ocr_async.steps import Base64, Exchange, HttpRequest, HttpResponse, http
from tests.documents import PARAGRAPHS, text_pdf
from tests.plugins import plugin
from tests.upstream import Exchange as Served
from tests.upstream import Upstream


pytestmark = pytest.mark.anyio

SAMPLES = Path(__file__).parent.parent.parent / "samples"


class OnePicture(_account.Hosted):
    """A small provider as the guide shows them: one picture in, its text out."""

    name = "onepicture"
    facts = Facts(
        options=frozenset({"pages"}),
        takes_urls=False,
        max_bytes=400_000,
        pictures=PagePictures(mime="image/png", longest_side=1200),
    )

    @classmethod
    def connect(cls, *, model: str = "", api_key: Any, api_base: Any, headers: Any, environ: Any) -> OnePicture:
        return cls(api_key=api_key, base_url=api_base, headers=headers)

    def exchange(self, request: OCRRequest) -> Exchange[OCRResponse]:
        assert request.pages is None
        text = yield from http(
            HttpRequest(
                method="POST",
                url=f"{self.base_url}/read",
                credentials=self.credentials,
                json={"image": Base64(request.document)},  # type: ignore[arg-type]
                parse=parse,
            )
        )
        page = OCRPage(index=0, markdown=text)
        return OCRResponse(pages=(page,), model=request.model, usage_info=OCRUsageInfo(pages_processed=1))


def parse(answer: HttpResponse) -> str:
    text: str = json.loads(answer.body)["text"]
    return text


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install `OnePicture` as people install a plugin."""
    with plugin("onepicture", f"{__name__}:OnePicture", tmp_path, monkeypatch):
        yield


async def seen(exchange: Served) -> None:
    """Answer with the format and size of the picture, and how much ink is on it."""
    await exchange.read()
    data = b64decode(exchange.received.json["image"])
    image = PIL.Image.open(io.BytesIO(data))
    dark = sum(image.convert("L").histogram()[:128])
    await exchange.json({"text": f"{image.format} {image.width}x{image.height} {len(data) <= 400_000} {dark > 100}"})


@pytest.mark.usefixtures("installed")
async def test_each_page_goes_as_a_picture_and_comes_back_under_its_own_number(
    upstream: Upstream, tmp_path: Path
) -> None:
    upstream.default = seen
    (tmp_path / "a.pdf").write_bytes(text_pdf([PARAGRAPHS] * 5))
    response = await aocr(
        tmp_path / "a.pdf", model="onepicture/m", api_key="sk-own-12345", api_base=upstream.url, pages=[0, 3]
    )
    assert [page.index for page in response.pages] == [0, 3]
    assert len(upstream.requests) == 2
    for page in response.pages:
        assert page.markdown.startswith("PNG ")
        assert page.markdown.endswith("True True")
        assert page.dimensions is not None
        assert max(page.dimensions.width or 0, page.dimensions.height or 0) == 1200
        assert f" {page.dimensions.width}x{page.dimensions.height} " in page.markdown
    assert upstream.requests[0].headers["authorization"] == "Bearer sk-own-12345"


@pytest.mark.usefixtures("installed")
async def test_all_pages_are_read_when_none_are_named_and_a_large_one_is_made_smaller(upstream: Upstream) -> None:
    upstream.default = seen
    response = await aocr(SAMPLES / "scan.pdf", model="onepicture/m", api_base=upstream.url)
    assert [page.index for page in response.pages] == [0]
    assert response.markdown.endswith("True True")


@pytest.mark.usefixtures("installed")
async def test_a_picture_file_goes_as_it_is(upstream: Upstream, tmp_path: Path) -> None:
    upstream.default = seen
    PIL.Image.new("L", (300, 200), 0).save(tmp_path / "a.jpg")
    response = await aocr(tmp_path / "a.jpg", model="onepicture/m", api_base=upstream.url)
    assert response.markdown == "JPEG 300x200 True True"
    assert b64decode(upstream.requests[0].json["image"]) == (tmp_path / "a.jpg").read_bytes()


@pytest.mark.usefixtures("installed")
async def test_frames_and_other_formats_are_drawn(upstream: Upstream, tmp_path: Path) -> None:
    upstream.default = seen
    frames = [PIL.Image.new("L", (300, 200), shade) for shade in (0, 10, 20)]
    frames[0].save(tmp_path / "a.tiff", save_all=True, append_images=frames[1:])
    response = await aocr(tmp_path / "a.tiff", model="onepicture/m", api_base=upstream.url)
    assert [page.markdown for page in response.pages] == ["PNG 300x200 True True"] * 3


@pytest.mark.usefixtures("installed")
async def test_what_cannot_be_drawn_is_refused_before_anything_is_sent(upstream: Upstream, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<!doctype html><html><body>text</body></html>")
    with pytest.raises(DocumentError, match="make a PDF of it first"):
        await aocr(tmp_path / "a.html", model="onepicture/m", api_base=upstream.url)
    assert upstream.requests == []


@pytest.mark.usefixtures("installed")
def test_a_damaged_document_and_a_page_that_does_not_exist_are_told(server: Upstream, tmp_path: Path) -> None:
    server.default = seen
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    (tmp_path / "a.pdf").write_bytes(text_pdf([PARAGRAPHS]))
    with pytest.raises(OCRError):
        ocr(tmp_path / "broken.pdf", model="onepicture/m", api_base=server.url)
    with pytest.raises(DocumentError, match="page 7"):
        ocr(tmp_path / "a.pdf", model="onepicture/m", api_base=server.url, pages=[7])
    assert server.requests == []
