"""Our own client before our own gateway: what it can do with a provider, it can do through the gateway."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import anyio
import anyio.to_thread
import pytest
from attrs import evolve

from ocr_async import OCR, aocr, aocr_many, errors, ocr
from ocr_async.events import Event, RetryScheduled
from ocr_async.models import FileId, OCRResponse
from ocr_async.settings import RetryPolicy
from tests import faults
from tests.documents import PARAGRAPHS, drawn_page, image_pdf, png, text_pdf
from tests.gateway.conftest import Running, Start, configured, mistral_at
from tests.upstream import Upstream


pytestmark = pytest.mark.anyio

URL = "https://example.com/a.pdf"
MASTER = "sk-master-0123456789"
TWO_PAGES = text_pdf([PARAGRAPHS[:2], PARAGRAPHS[2:]])
MODELS = ["mistral/mistral-ocr", "opper/mistral-ocr"]


def client(gateway: Running, model: str = "mistral/local", **options: Any) -> OCR:
    return OCR(model=model, api_base=gateway.url, api_key="sk-any", **options)


def bare(response: OCRResponse) -> OCRResponse:
    """Return *response* without what tells who served it."""
    return evolve(
        response, model="", provider="", request_id=None, attempts=0, cost=None, id=None, extra={},
        usage_info=evolve(response.usage_info, processing_time_seconds=None, time_per_page_seconds=None),
    )  # fmt: skip


@pytest.mark.parametrize("model", MODELS)
async def test_a_hosted_model_answers_as_it_does_without_the_gateway(
    start: Start, upstream: Upstream, tmp_path: Path, model: str
) -> None:
    options: dict[str, Any] = {"pages": [0, 2], "include_image_base64": True, "table_format": "html"}
    config = await configured(tmp_path, mistral_at(upstream))
    async with start(config) as gateway:
        through = await client(gateway, model).aocr(URL, **options)
        own = await aocr(URL, model="mistral/mistral-ocr-latest", api_base=upstream.url, api_key="sk-x", **options)
    asked, direct = (request.json for request in upstream.requests)
    assert asked == direct
    assert [page.index for page in through.pages] == [0, 2]
    assert through.markdown == own.markdown
    assert through.provider == model.partition("/")[0]
    assert bare(through).pages == bare(own).pages or model.startswith("opper")  # which has fewer words for a page


@pytest.mark.parametrize("model", ["mistral/local", "opper/local"])
async def test_documents_of_every_kind_reach_the_embedded_engine(start: Start, tmp_path: Path, model: str) -> None:
    path = tmp_path / "scan.pdf"
    await anyio.to_thread.run_sync(path.write_bytes, image_pdf([drawn_page(PARAGRAPHS[:1], height=300)]))
    async with start() as gateway:
        asking = client(gateway, model)
        assert "wind and the name" in (await asking.aocr(TWO_PAGES)).markdown
        assert "harbour office" in (await asking.aocr(path)).markdown
        picture = await asking.aocr(png(drawn_page(PARAGRAPHS[:1], height=300)))
        assert "harbour office" in picture.markdown
        last = await asking.aocr(TWO_PAGES, pages=[-1])
        assert [page.index for page in last.pages] == [1]


async def test_files_uploaded_there_are_read_by_their_id(start: Start) -> None:
    async with start() as gateway:
        form = aiohttp.FormData({"purpose": "ocr"})
        form.add_field("file", TWO_PAGES, filename="a.pdf")
        async with gateway.client.post(f"{gateway.url}/v1/files", data=form) as answer:
            file_id = (await answer.json())["id"]
        assert len((await client(gateway).aocr(FileId(file_id=file_id))).pages) == 2
        with pytest.raises(errors.RequestRejected, match="no such file"):
            await client(gateway).aocr(FileId(file_id="another"))


async def test_many_documents_come_in_order_and_as_they_get_ready(start: Start) -> None:
    documents = [text_pdf([[f"document {number}"]]) for number in range(12)]
    async with start() as gateway:
        asking = client(gateway)
        responses = await aocr_many(documents, model=asking.model, api_base=gateway.url, api_key="sk-any")
        assert [response.markdown for response in responses if isinstance(response, OCRResponse)] == [
            f"document {number}" for number in range(12)
        ]
        seen = {}
        async with asking.aocr_stream(documents) as results:
            async for result in results:
                seen[result.index] = result.response
    assert {index: response and response.markdown for index, response in seen.items()} == {
        number: f"document {number}" for number in range(12)
    }


async def test_the_plain_twin_is_served_alike(start: Start) -> None:
    def read(gateway: Running) -> OCRResponse:
        return ocr(TWO_PAGES, model="mistral/local", api_base=gateway.url, api_key="sk-any", pages_per_request=1)

    async with start() as gateway:
        response = await anyio.to_thread.run_sync(read, gateway)
    assert [page.index for page in response.pages] == [0, 1]
    assert response.attempts == 2


async def test_a_full_gateway_is_waited_for_as_it_asks(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    upstream.script += [faults.late(0.5)]
    told: list[Event] = []
    config = await configured(tmp_path, mistral_at(upstream))
    async with start(config, max_queue=1) as gateway, anyio.create_task_group() as tasks:
        tasks.start_soon(client(gateway, MODELS[0]).aocr, URL)
        while not gateway.gateway.load.working:
            await anyio.sleep(0.01)
        began = anyio.current_time()
        response = await client(gateway, MODELS[0], on_event=told.append).aocr(URL)
        assert anyio.current_time() - began >= 1.0
    assert response.attempts == 2
    (retry,) = [event for event in told if isinstance(event, RetryScheduled)]
    assert 1.0 <= retry.delay < 1.5


async def test_a_hint_beyond_patience_is_the_callers_to_honour(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.default = faults.status(429, {}, {"Retry-After": "300"})
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        with pytest.raises(errors.RateLimited) as caught:
            await client(gateway, MODELS[0]).aocr(URL)
        assert 295 <= (caught.value.retry_after or 0) <= 300
        asked = {"model": "mistral-ocr", "document": {"document_url": URL}}
        with anyio.fail_after(10):  # nobody else waits for it either
            assert (await gateway.post("/v1/ocr", asked))[0] == 429
    assert len(upstream.requests) == 1


FAILURES = {
    "a key that the gateway lacks": (401, errors.ProviderUnavailable, 1),
    "a refusal": (400, errors.RequestRejected, 1),
    "an outage": (503, errors.ProviderUnavailable, 2),
}


@pytest.mark.parametrize(("status", "kind", "requests"), FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("model", MODELS)
async def test_an_upstreams_failure_has_its_class_and_is_not_multiplied(
    start: Start, upstream: Upstream, tmp_path: Path, status: int, kind: type[Exception], requests: int, model: str
) -> None:
    upstream.default = faults.status(status, {"message": "no"})
    config = await configured(tmp_path, mistral_at(upstream), router_settings={"num_retries": 1})
    async with start(config) as gateway:
        with pytest.raises(kind) as caught:
            await client(gateway, model, retries=RetryPolicy(attempts=4, base=0.01)).aocr(URL)
    assert isinstance(caught.value, errors.ProviderError)
    assert caught.value.request_id
    assert len(upstream.requests) == requests  # the gateway's own repeats alone


@pytest.mark.parametrize("model", ["mistral/local", "opper/local"])
async def test_what_the_gateway_itself_refuses_has_the_class_that_a_provider_s_refusal_has(
    start: Start, model: str
) -> None:
    async with start() as gateway:
        asking = client(gateway, model)
        with pytest.raises(errors.RequestRejected, match="cannot be opened"):
            await asking.aocr(TWO_PAGES[:200])
        with pytest.raises(errors.RequestRejected, match="page 9 does not exist"):
            await asking.aocr(TWO_PAGES, pages=[9])
        with pytest.raises(errors.RequestRejected, match="does not download"):
            await asking.aocr(URL)


async def test_a_wrong_key_is_a_failed_authentication(start: Start) -> None:
    async with start(master_key=MASTER) as gateway:
        for model in ("mistral/local", "opper/local"):
            with pytest.raises(errors.AuthenticationFailed):
                await client(gateway, model).aocr(TWO_PAGES)
            assert (
                len(
                    (
                        await client(
                            gateway,
                            model,
                        ).aocr(TWO_PAGES, api_key=MASTER)
                    ).pages
                )
                == 2
            )


async def test_the_callers_request_id_is_in_the_answer(start: Start) -> None:
    async with start() as gateway:
        response = await client(gateway, extra_headers={"X-Request-Id": "mine"}).aocr(TWO_PAGES)
    assert response.request_id is not None
    assert response.request_id.startswith("mine")
