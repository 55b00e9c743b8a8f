"""The OCR routes, as the clients of Mistral, LiteLLM and Opper use them."""

from __future__ import annotations

import base64
import io
import random
from pathlib import Path

import aiohttp
import pytest

from ocr_async.gateway.access.control import Key, digest
from tests import faults
from tests.documents import PARAGRAPHS, text_pdf
from tests.gateway.conftest import Start, configured, mistral_at
from tests.offices import docx, paragraph
from tests.upstream import Upstream
from tests.upstream import upstream as serve


pytestmark = pytest.mark.anyio

ARXIV = {"type": "document_url", "document_url": "https://arxiv.org/pdf/2201.04234"}
PDF = text_pdf([PARAGRAPHS[:2], PARAGRAPHS[2:]])
DATA = base64.b64encode(PDF).decode()
INLINE = {"type": "document_url", "document_url": f"data:application/octet-stream;base64,{DATA}"}


async def test_without_configuration_any_model_name_is_the_embedded_engine(start: Start) -> None:
    async with start() as gateway:
        status, body = await gateway.post("/v1/ocr", {"model": "mistral-ocr-latest", "document": INLINE})
    assert (status, body["model"]) == (200, "local/auto")
    assert [page["index"] for page in body["pages"]] == [0, 1]
    assert PARAGRAPHS[0] in body["pages"][0]["markdown"]


async def test_the_documented_call_passes_its_url_on(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        status, body = await gateway.post("/v1/ocr", {"model": "mistral-ocr", "document": ARXIV})
    assert status == 200
    assert [page["index"] for page in body["pages"]] == [0, 1, 2]
    (received,) = upstream.requests
    assert received.headers["authorization"] == "Bearer sk-upstream-canary"
    assert received.json == {"model": "mistral-ocr-latest", "document": ARXIV}


async def test_the_documented_example_names_the_model_as_its_provider_does(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    config = await configured(tmp_path, mistral_at(upstream), general_settings={"master_key": "sk-master-0123456789"})
    async with start(config) as gateway:
        gateway.gateway.access.agree([Key(id="1", alias="a", digest=digest("sk-a"), models=("mistral-ocr",))], {})
        for path in ("/v1/ocr", "/v2/ocr"):
            asked = {"model": "mistral/mistral-ocr-latest", "document": ARXIV}
            status, body = await gateway.post(path, asked, Authorization="Bearer sk-a")
            assert (status, len(body["pages"])) == (200, 3), path
        _, listed = await gateway.get("/v1/models", Authorization="Bearer sk-a")
        assert [model["id"] for model in listed["data"]] == ["mistral-ocr"]


async def test_a_form_with_a_file_is_litellms_way(start: Start) -> None:
    form = aiohttp.FormData()
    form.add_field("file", PDF, filename="a.pdf", content_type="application/pdf")
    form.add_field("model", "ocr")
    form.add_field("pages", "[1]")
    async with start() as gateway, gateway.client.post(f"{gateway.url}/ocr", data=form) as answer:
        assert answer.status == 200
        assert [page["index"] for page in (await answer.json())["pages"]] == [1]


async def test_a_word_file_is_read_without_a_provider(start: Start) -> None:
    content = docx(paragraph("Tides", style="Heading1"))
    form = aiohttp.FormData()
    form.add_field("file", content, filename="report.docx", content_type="application/octet-stream")
    form.add_field("model", "ocr")
    url = f"data:application/octet-stream;base64,{base64.b64encode(content).decode()}"
    async with start() as gateway:
        async with gateway.client.post(f"{gateway.url}/ocr", data=form) as answer:
            assert (answer.status, (await answer.json())["pages"][0]["markdown"]) == (200, "# Tides")
        asked = {"model": "local", "document": {"type": "document_url", "document_url": url}}
        status, body = await gateway.post("/v1/ocr", asked)
    assert (status, body["pages"][0]["markdown"], body["pages"][0]["dimensions"]) == (200, "# Tides", None)


FIRST_EIGHT = list(range(8))
LOCAL = {"model_name": "local", "litellm_params": {"model": "local/auto"}}


async def test_pages_beyond_the_end_are_left_out_in_mistrals_words(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    async with start(await configured(tmp_path, mistral_at(upstream), LOCAL)) as gateway:
        for model, path in (("local", "/v1/ocr"), ("local", "/ocr"), ("mistral-ocr", "/v1/ocr")):
            status, body = await gateway.post(path, {"model": model, "document": INLINE, "pages": FIRST_EIGHT})
            assert (status, [page["index"] for page in body["pages"]]) == (200, [0, 1]), (model, path)
    assert [received.json["pages"] for received in upstream.requests] == [[0, 1]]


async def test_pages_beyond_the_end_of_what_nobody_can_count_are_left_out_too(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        asked = {"model": "mistral-ocr", "document": ARXIV, "pages": FIRST_EIGHT}
        status, body = await gateway.post("/v1/ocr", asked)
    assert (status, [page["index"] for page in body["pages"]]) == (200, [0, 1, 2])


async def test_a_document_that_has_none_of_the_pages_is_refused_before_anybody_is_asked(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    async with start(await configured(tmp_path, mistral_at(upstream), LOCAL)) as gateway:
        for model in ("local", "mistral-ocr"):
            status, body = await gateway.post("/v1/ocr", {"model": model, "document": INLINE, "pages": "2-5"})
            assert (status, "page 2 does not exist" in str(body)) == (422, True)
    assert upstream.requests == []


async def test_opper_refuses_pages_beyond_the_end(start: Start) -> None:
    async with start() as gateway:
        status, body = await gateway.post("/v2/ocr", {"model": "local", "document": INLINE, "pages": FIRST_EIGHT})
    assert (status, "does not exist" in str(body)) == (422, True)


async def test_a_page_that_exists_and_is_missing_is_not_left_out(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.default = faults.missing_page(1)
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        for document in (INLINE, ARXIV):
            asked = {"model": "mistral-ocr", "document": document, "pages": [0, 1, 2]}
            status, body = await gateway.post("/v1/ocr", asked)
            assert (status, "page 1" in str(body)) == (502, True), body


async def test_opper_2_gets_elements_timings_settings_and_cost(start: Start) -> None:
    asked = {"model": "docling/docling-latest", "document": {"type": "base64", "content": DATA}, "pages": [0]}
    async with start() as gateway:
        status, body = await gateway.post("/v2/ocr", asked)
    assert status == 200
    assert body["cost"] == {"generation": 0.0, "platform": 0.0, "total": 0.0}
    assert body["usage_info"]["pages_processed"] == 1
    assert body["usage_info"]["processing_time_seconds"] > 0
    assert body["usage_info"]["applied_settings"]["mode"] == "auto"
    assert body["pages"][0]["elements"][0]["text"]
    assert body["id"]


async def test_opper_3_gets_its_own_usage(start: Start) -> None:
    asked = {"model": "any", "document": {"type": "base64", "content": DATA}, "parameters": {"table_format": "html"}}
    async with start() as gateway:
        status, body = await gateway.post("/v3/ocr", asked)
        assert (status, body["usage"]) == (200, {"cost": 0.0, "pages_processed": 2})
        assert body["id"].startswith("ocr_")
        status, body = await gateway.post("/v3/ocr", {**asked, "parameters": ["table_format"]})
    assert (status, body["detail"][0]["loc"]) == (422, ["body", "parameters"])


async def test_the_embedded_engine_fetches_no_url_unless_told_to(start: Start) -> None:
    async with start() as gateway:
        status, body = await gateway.post("/v1/ocr", {"model": "any", "document": ARXIV})
    assert (status, body["code"]) == (400, "invalid_document_url")


async def test_blocks_are_not_asked_of_who_has_none(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    entry = mistral_at(upstream, model="opper/mistral/mistral-ocr-latest")
    async with start(await configured(tmp_path, entry)) as gateway:
        asked = {"model": "mistral-ocr", "document": ARXIV, "include_blocks": True}
        status, body = await gateway.post("/v1/ocr", asked)
        assert (status, len(body["pages"])) == (200, 3)
        status, body = await gateway.post("/v1/ocr", {**asked, "confidence_scores_granularity": "page"})
    assert (status, body["code"]) == (400, "invalid_request")
    assert "confidence_scores_granularity" in body["message"]


async def test_mistrals_clients_find_a_list_of_mistakes_in_every_422(start: Start) -> None:
    damaged = base64.b64encode(PDF[:300]).decode()
    document = {"type": "document_url", "document_url": f"data:application/pdf;base64,{damaged}"}
    async with start() as gateway:
        for asked in ({"model": "any", "document": document}, {"model": "any", "document": INLINE, "pages": [7]}):
            status, body = await gateway.post("/v1/ocr", asked)
            (mistake,) = body["detail"]
            assert (status, mistake["loc"], mistake["msg"]) == (422, ["body", "document"], body["message"])
            assert body["param"] == "document"


async def test_a_model_is_retrieved_as_it_is_listed(start: Start) -> None:
    async with start() as gateway:
        _, listed = await gateway.get("/v1/models")
        for model in listed["data"]:
            assert await gateway.get(f"/v1/models/{model['id']}") == (200, model)
        _, served = await gateway.get("/v1/models/mistral-ocr-latest")
    assert (served["id"], served["type"]) == ("mistral-ocr-latest", "base")


async def test_the_strictness_that_mistrals_clients_meet(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    nulls = {"id": "x", "pages": None, "image_limit": 0, "include_blocks": None, "document_annotation_format": None}
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        untyped = {"document_url": ARXIV["document_url"]}
        assert (await gateway.post("/v1/ocr", {"model": "mistral-ocr", "document": untyped, **nulls}))[0] == 200
        status, body = await gateway.post("/v1/ocr", {"model": "mistral-ocr", "document": {"type": "pdf"}})
        assert (status, body["detail"][0]["loc"], body["param"]) == (422, ["body", "document", "type"], "document")
        status, body = await gateway.post("/v1/ocr", {"model": "other", "document": ARXIV})
        assert (status, body["object"], body["code"], body["param"]) == (404, "error", "model_not_found", "model")
        assert "mistral-ocr" in body["message"]
        status, body = await gateway.post("/v2/ocr", {"model": "other", "document": ARXIV})
        assert (status, body["type"]) == (404, "NotFoundError")
        assert body.keys() == {"type", "message", "detail", "request_id"}


async def test_prices_of_the_configuration_and_of_the_table(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    own = mistral_at(upstream, "dear", ocr_cost_per_page=0.5)
    config = await configured(tmp_path, mistral_at(upstream), own)
    async with start(config) as gateway:
        costs = []
        for model in ("mistral-ocr", "dear"):
            body = {"model": model, "document": ARXIV}
            async with gateway.client.post(f"{gateway.url}/v1/ocr", json=body) as answer:
                assert "cost" not in await answer.json()
                costs.append(answer.headers["X-OCR-Cost"])
            _, opper = await gateway.post("/v2/ocr", body)
            costs.append(opper["cost"]["total"])
        _, models = await gateway.get("/v2/ocr/models")
    assert costs == ["0.012", 0.012, "1.5", 1.5]
    assert [model["cost_per_page"] for model in models["data"]] == [0.004, 0.5]


async def test_a_failing_deployment_is_left_for_its_siblings_and_fallbacks(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    async with serve(default=faults.status(503)) as broken, serve(default=faults.status(401)) as locked:
        config = await configured(
            tmp_path,
            mistral_at(broken, "a"), mistral_at(locked, "a"), mistral_at(upstream, "b"),
            router_settings={"fallbacks": [{"a": ["b"]}], "num_retries": 1, "cooldown_time": 60},
        )  # fmt: skip
        async with start(config) as gateway:
            for _ in range(6):
                assert (await gateway.post("/v1/ocr", {"model": "a", "document": ARXIV}))[0] == 200
    assert len(upstream.requests) == 6
    assert len(locked.requests) == 1
    # with the other one at rest it is tried alone, until four failures in a minute send it to rest as well
    assert len(broken.requests) <= 8


@pytest.mark.parametrize(("code", "times"), [(500, 1), (503, 2)])  # which may have been billed, which was not
async def test_what_may_have_been_billed_is_not_sent_again_where_the_model_forbids_it(
    start: Start, upstream: Upstream, tmp_path: Path, code: int, times: int
) -> None:
    upstream.default = faults.status(code)
    model = mistral_at(upstream, never_bill_twice=True, num_retries=1)
    async with start(await configured(tmp_path, model)) as gateway:
        assert (await gateway.post("/v1/ocr", {"model": "mistral-ocr", "document": ARXIV}))[0] >= 500
    assert len(upstream.requests) == times


async def test_large_documents_arrive_whole(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    document = b"%PDF-1.7\n" + random.Random(1).randbytes(3_000_000)
    data = base64.b64encode(document).decode()
    form = aiohttp.FormData({"model": "mistral-ocr"})
    form.add_field("file", io.BytesIO(document), filename="a.pdf")
    async with start(await configured(tmp_path, mistral_at(upstream))) as gateway:
        chunk = {"type": "document_url", "document_url": f"data:application/octet-stream;base64,{data}"}
        assert (await gateway.post("/v1/ocr", {"model": "mistral-ocr", "document": chunk}))[0] == 200
        base = {"type": "base64", "content": data}
        assert (await gateway.post("/v2/ocr", {"model": "mistral-ocr", "document": base}))[0] == 200
        async with gateway.client.post(f"{gateway.url}/v1/ocr", data=form) as answer:
            assert answer.status == 200
    sent = [received.json["document"]["document_url"] for received in upstream.requests]
    assert sent == ["data:application/pdf;base64," + data] * 3


HOSTILE = [
    "http://127.0.0.1:{port}/a.pdf", "http://localhost:{port}/a.pdf", "http://[::1]:{port}/", "http://0:{port}/",
    "http://0x7f000001:{port}/", "http://2130706433:{port}/", "http://127.1:{port}/", "http://①②⑦.⓪.⓪.①:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/", "http://[64:ff9b::7f00:1]:{port}/", "http://user@127.0.0.1:{port}/",
    "http://169.254.169.254/latest/meta-data", "http://example.com\\@127.0.0.1:{port}/", "HTTP://127.0.0.1.:{port}/",
]  # fmt: skip


async def test_no_hostile_url_reaches_this_machine_and_all_are_told_the_same(start: Start, upstream: Upstream) -> None:
    port = upstream.url.rpartition(":")[2]
    async with start(fetch_urls=True) as gateway:
        told = set()
        for url in HOSTILE:
            document = {"type": "document_url", "document_url": url.format(port=port)}
            status, body = await gateway.post("/v1/ocr", {"model": "local", "document": document})
            told.add((status, body["code"], body["message"]))
    ((status, code, _),) = told
    assert (status, code) == (400, "invalid_document_url")
    assert upstream.connections == 0


async def test_the_upstream_hears_the_clients_request_id(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    upstream.script.append(faults.status(503))
    entry = mistral_at(upstream, extra_headers={"X-Team": "a"})
    async with start(await configured(tmp_path, entry)) as gateway:
        body = {"model": "mistral-ocr", "document": ARXIV}
        assert (await gateway.post("/v1/ocr", body, **{"X-Request-Id": "mine-1"}))[0] == 200
    heard = [(received.headers["x-request-id"], received.headers["x-team"]) for received in upstream.requests]
    assert heard == [("mine-1-1", "a"), ("mine-1-2", "a")]
    assert len({received.headers["idempotency-key"] for received in upstream.requests}) == 1
