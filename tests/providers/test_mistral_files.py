"""Large documents at Mistral: uploaded, read by id and deleted, before a stand-in that keeps files as Mistral does."""

from __future__ import annotations

import asyncio
from typing import Any

import anyio
import pytest
from attrs import define, evolve, field

from ocr_async.errors import DocumentError, RequestRejected
from ocr_async.models import Bytes, OCRRequest, OCRResponse, Url
from ocr_async.providers.mistral import Mistral
from ocr_async.steps import Compute
from ocr_async.transport.drive import drive
from ocr_async.transport.send import sender
from tests.providers.forms import form_of
from tests.transport.calls import conditions
from tests.upstream import Exchange, Upstream


pytestmark = pytest.mark.anyio

DATA = b"%PDF-1.7 " + b"x" * 1000
REQUEST = OCRRequest(
    model="mistral-ocr-latest", document=Bytes(data=DATA, mime="application/pdf", name="a.pdf"), pages=(0,)
)


@define
class Files:
    """
    Mistral's files and its OCR: https://docs.mistral.ai/api, read 2026-08.

    Attributes:
        unknown: How often a file is not found although it is there.

        status: That the OCR is answered with; 0 does not answer.
    """

    unknown: int = 0
    status: int = 200
    kept: set[str] = field(factory=set)
    uploads: int = 0
    problems: list[str] = field(factory=list)

    async def __call__(self, exchange: Exchange) -> None:
        await exchange.read()
        try:
            await self.serve(exchange)
        except AssertionError as error:
            self.problems.append(f"{exchange.received.method} {exchange.received.path}: {error}")
            await exchange.json({"detail": "wrong request"}, 422)

    async def serve(self, exchange: Exchange) -> None:
        received = exchange.received
        assert received.headers["authorization"] == "Bearer sk-planted-0123"
        match received.method, received.path:
            case "POST", "/v1/files":
                form = form_of(received)
                assert list(form) == ["visibility", "purpose", "file"]
                assert (form["visibility"].text, form["purpose"].text) == ("user", "ocr")
                assert (form["file"].data, form["file"].file_name, form["file"].mime) == (
                    DATA,
                    "a.pdf",
                    "application/pdf",
                )
                self.uploads += 1
                name = f"00000000-0000-0000-0000-{self.uploads:012}"
                self.kept.add(name)
                await exchange.json({"id": name, "object": "file", "purpose": "ocr", "bytes": len(DATA)})
            case "POST", "/v1/ocr":
                document = received.json["document"]
                assert document == {"type": "file", "file_id": document["file_id"]}
                assert document["file_id"] in self.kept
                await self.read(exchange)
            case "DELETE", path:
                name = path.removeprefix("/v1/files/")
                self.kept.remove(name)
                await exchange.json({"id": name, "object": "file", "deleted": True})
            case _:
                raise AssertionError("no such route")

    async def read(self, exchange: Exchange) -> None:
        if self.unknown:
            self.unknown -= 1
            await exchange.json({"detail": "File not found"}, 404)
        elif self.status == 0:
            await asyncio.sleep(60)
        elif self.status != 200:
            await exchange.json({"object": "error", "message": "Document is not a valid PDF."}, self.status)
        else:
            page = {"index": 0, "markdown": "Text.", "images": [], "dimensions": None}
            usage = {"pages_processed": 1, "doc_size_bytes": len(DATA)}
            await exchange.json({"pages": [page], "model": "mistral-ocr-latest", "usage_info": usage})


async def read(upstream: Upstream, files: Files, request: OCRRequest = REQUEST) -> OCRResponse:
    upstream.default = files
    mistral = Mistral(api_key="sk-planted-0123", base_url=upstream.url, uploads_from=1000)

    async def compute(step: Compute) -> Any:
        raise AssertionError

    return await drive(mistral.exchange(request), sender(conditions(upstream)), compute)


async def test_a_large_document_is_uploaded_read_by_its_id_and_deleted(upstream: Upstream) -> None:
    files = Files()
    response = await read(upstream, files)
    assert response.pages[0].markdown == "Text."
    assert [(each.method, each.path.rpartition("/")[0]) for each in upstream.requests] == [
        ("POST", "/v1"),
        ("POST", "/v1"),
        ("DELETE", "/v1/files"),
    ]
    assert (files.kept, files.problems) == (set(), [])


async def test_a_file_that_is_not_found_for_a_moment_is_asked_for_again_and_not_uploaded(upstream: Upstream) -> None:
    files = Files(unknown=2)
    await read(upstream, files)
    assert (files.uploads, files.kept, files.problems) == (1, set(), [])


async def test_a_file_that_stays_unknown_is_an_error(upstream: Upstream) -> None:
    files = Files(unknown=9)
    with pytest.raises(RequestRejected, match="File not found"):
        await read(upstream, files)
    assert (files.unknown, files.kept) == (5, set())


async def test_the_file_is_deleted_after_an_error(upstream: Upstream) -> None:
    files = Files(status=400)
    with pytest.raises(DocumentError, match="not a valid PDF"):
        await read(upstream, files)
    assert (files.uploads, files.kept, files.problems) == (1, set(), [])


async def test_the_file_is_deleted_after_a_cancellation(upstream: Upstream) -> None:
    files = Files(status=0)
    with anyio.move_on_after(1.0) as scope:
        await read(upstream, files)
    assert scope.cancelled_caught
    assert (files.uploads, files.kept, files.problems) == (1, set(), [])


@pytest.mark.parametrize(
    "document",
    [Url(url="https://example.com/a.pdf"), Bytes(data=DATA[:999], mime="application/pdf", name="a.pdf")],
    ids=["address", "small"],
)
def test_others_are_not_uploaded(document: Any) -> None:
    mistral = Mistral(api_key="k", uploads_from=1000)
    step = next(mistral.exchange(evolve(REQUEST, document=document)))
    assert getattr(step, "url", None) == "https://api.mistral.ai/v1/ocr"


def test_only_mistrals_own_address_is_known_to_keep_files() -> None:
    def at(base: str | None) -> int | None:
        return Mistral.connect(api_key="k", api_base=base, headers={}, environ={}).uploads_from

    assert at(None) == at("https://api.mistral.ai/v1/") == 20 * 1024**2
    assert at("https://api.eu.mistral.ai") is None
    assert at("http://127.0.0.1:8000") is None
