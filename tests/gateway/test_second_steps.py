"""Models that a configuration has read again, or annotated, by another: who is asked, who is paid, what is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
import pytest

from ocr_async.errors import ConfigurationError
from ocr_async.gateway.config.config import Config
from tests.gateway.conftest import Start, configured, mistral_at
from tests.gateway.test_budgets import charged, idle, inline, made, pdf
from tests.gateway.test_files import MASTER
from tests.test_escalation import page
from tests.upstream import Exchange, Upstream


pytestmark = pytest.mark.anyio

SCHEMA = {"type": "object", "properties": {"total": {"type": "number"}}, "required": ["total"]}
ASKED = {"model": "cheap", "document": inline(pdf(4))}


def services(confidences: Mapping[int, float]) -> Any:
    """Answer Mistral's route with *confidences* to one key, and surely to the other; and a chat."""

    async def serve(exchange: Exchange) -> None:
        await exchange.read()
        received, key = exchange.received, exchange.received.headers["authorization"]
        if received.path == "/v1/chat/completions":
            assert key == "Bearer sk-chat"
            content = json.dumps({"value": {"total": 41.5}, "pages": [0]})
            message = {"role": "assistant", "content": content, "refusal": None}
            body = {"model": "gpt-test", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                    "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}}  # fmt: skip
            await exchange.json(body)
            return
        asked, strong = received.json.get("pages"), key == "Bearer sk-strong"
        assert "document_annotation_format" not in received.json
        indexes = [index for index in confidences if asked is None or index in asked]
        pages = [page(each, None if strong else confidences[each], "strong" if strong else "cheap") for each in indexes]
        body = {"model": "m", "pages": pages, "usage_info": {"pages_processed": len(pages)}}
        await exchange.json(body)

    return serve


async def escalating(folder: Path, server: Upstream, *more: Any, **params: Any) -> Config:
    return await configured(
        folder,
        mistral_at(
            server, "cheap", api_key="sk-cheap", ocr_cost_per_page=0.001, escalate_to="strong", min_confidence=0.9,
            **params,
        ),
        mistral_at(server, "strong", api_key="sk-strong", ocr_cost_per_page=0.01),
        {
            "model_name": "chat",
            "litellm_params": {
                "model": "openai_compatible/gpt-test", "api_base": server.url, "api_key": "sk-chat",
                "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-5,
            },
        },
        *more,
        general_settings={"master_key": MASTER},
        router_settings={"num_retries": 0},
    )  # fmt: skip


def asked_of_strong(server: Upstream) -> list[Any]:
    return [each.json.get("pages") for each in server.requests if each.headers["authorization"] == "Bearer sk-strong"]


async def test_badly_read_pages_are_asked_of_the_other_model_with_its_own_key(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    key = await made(tmp_path, budget_usd=0.1, budget_pages=8)
    upstream.default = services({0: 0.99, 1: 0.5, 2: 0.95, 3: 0.1})
    async with start(await escalating(tmp_path, upstream)) as gateway:
        answer = await gateway.client.post(f"{gateway.url}/v1/ocr", json=ASKED, headers=key)
        body = await answer.json()
    assert answer.status == 200
    assert float(answer.headers["X-OCR-Cost"]) == pytest.approx(4 * 0.001 + 2 * 0.01)
    assert [each["markdown"] for each in body["pages"]] == ["cheap 0", "strong 1", "cheap 2", "strong 3"]
    assert [each.get("model") for each in body["pages"]] == [None, "strong", None, "strong"]
    assert body["pages"][3]["escalated"] == "confidence 0.10"
    assert asked_of_strong(upstream) == [[1, 3]]
    assert await charged(tmp_path) == (1, 6, 0.024)


@pytest.mark.parametrize("limits", [{"budget_pages": 7}, {"budget_usd": 4 * 0.011 - 0.001}], ids=str)
async def test_limits_have_room_for_both_readings_before_the_first(
    start: Start, upstream: Upstream, tmp_path: Path, limits: dict[str, Any]
) -> None:
    key = await made(tmp_path, **limits)
    async with start(await escalating(tmp_path, upstream)) as gateway:
        status, _ = await gateway.post("/v1/ocr", ASKED, **key)
    assert status == 429
    assert upstream.requests == []


async def test_who_has_a_budget_is_not_escalated_to_an_unknown_price(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    key = await made(tmp_path, budget_usd=1)
    unpriced = mistral_at(upstream, "unpriced", model="mistral/of-my-own", api_key="sk-strong")
    cheap = mistral_at(upstream, "cheap", ocr_cost_per_page=0.001, escalate_to="unpriced")
    config = await configured(tmp_path, cheap, unpriced, general_settings={"master_key": MASTER})
    async with start(config) as gateway:
        status, body = await gateway.post("/v1/ocr", ASKED, **key)
    assert (status, body["code"]) == (403, "price_unknown")


async def test_a_client_that_leaves_is_charged_for_each_reading_at_its_price(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    key = await made(tmp_path, budget_usd=1)
    cheap = services({0: 0.99, 1: 0.5, 2: 0.95, 3: 0.1})
    reached = anyio.Event()

    async def hangs(exchange: Exchange) -> None:
        if exchange.received.headers["authorization"] == "Bearer sk-cheap":
            await cheap(exchange)
            return
        await exchange.read()
        reached.set()
        await anyio.sleep_forever()

    upstream.default = hangs
    async with start(await escalating(tmp_path, upstream)) as gateway:

        async def ask() -> None:
            await gateway.post("/v1/ocr", ASKED, **key)

        async with anyio.create_task_group() as group:
            group.start_soon(ask)
            with anyio.fail_after(10):
                await reached.wait()
            group.cancel_scope.cancel()
        await idle(gateway)
    assert await charged(tmp_path) == (1, 6, 0.024)


async def test_annotations_come_from_the_chat_model(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    key = await made(tmp_path, budget_usd=1)
    upstream.default = services({0: 0.99, 1: 0.5})
    form = {"type": "json_schema", "json_schema": {"name": "total", "schema": SCHEMA, "strict": True}}
    asked = {**ASKED, "document": inline(pdf(2)), "document_annotation_format": form}
    async with start(await escalating(tmp_path, upstream, annotate_with="chat")) as gateway:
        status, body = await gateway.post("/v1/ocr", asked, **key)
        plain, _ = await gateway.post("/v1/ocr", {**ASKED, "pages": [0]}, **key)
    assert (status, plain) == (200, 200)
    assert json.loads(body["document_annotation"]) == {"total": 41.5}
    assert [each["markdown"] for each in body["pages"]] == ["cheap 0", "strong 1"]
    tokens = 1000 * 1e-6 + 100 * 1e-5
    assert await charged(tmp_path) == (2, 4, round(2 * 0.001 + 0.01 + tokens + 0.001, 9))


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"escalate_to": "weak"}, r'line \d+: .*escalate_to: "weak" is no model_name'),
        ({"escalate_to": "cheap"}, "escalate_to: is the model itself"),
        ({"escalate_to": None, "min_confidence": 0.5}, "min_confidence: says nothing without escalate_to"),
        ({"min_confidence": 90}, "min_confidence: is no number from 0 to 1"),
    ],
)
async def test_what_cannot_be_is_told_at_the_start(
    upstream: Upstream, tmp_path: Path, params: dict[str, Any], words: str
) -> None:
    models = [mistral_at(upstream, "cheap", **params), mistral_at(upstream, "strong")]
    with pytest.raises(ConfigurationError, match=words):
        await configured(tmp_path, *models)


async def test_entries_of_one_name_agree(upstream: Upstream, tmp_path: Path) -> None:
    models = [mistral_at(upstream, "cheap", escalate_to="strong"), mistral_at(upstream, "cheap"),
              mistral_at(upstream, "strong")]  # fmt: skip
    with pytest.raises(ConfigurationError, match='all entries of "cheap" say the same'):
        await configured(tmp_path, *models)


async def test_a_second_lacks_options_that_the_first_has(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    """The answer is better with a page whose headers are in its text than without it."""
    pages = services({0: 0.5})

    async def serve(exchange: Exchange) -> None:
        if exchange.received.path != "/v2/ocr":
            await pages(exchange)
            return
        await exchange.read()
        assert "confidence_scores_granularity" not in exchange.received.json
        body = {"id": "o", "model": "mistral/mistral-ocr-latest", "cost": {"generation": 0.01, "total": 0.01}}
        await exchange.json({**body, "pages": [page(0, None, "opper")], "usage_info": {"pages_processed": 1}})

    upstream.default = serve
    opper = {"model": "opper/mistral/mistral-ocr-latest", "api_base": upstream.url, "api_key": "sk-strong"}
    config = await configured(
        tmp_path,
        mistral_at(upstream, "cheap", api_key="sk-cheap", escalate_to="strong", min_confidence=0.9),
        {"model_name": "strong", "litellm_params": opper},
    )
    async with start(config) as gateway:
        asked = {**ASKED, "document": inline(pdf(1)), "confidence_scores_granularity": "page"}
        status, body = await gateway.post("/v1/ocr", asked)
    assert (status, [each["markdown"] for each in body["pages"]]) == (200, ["opper 0"])
