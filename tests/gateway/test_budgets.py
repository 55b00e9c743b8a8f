"""Budgets under concurrency, failures and clients that leave: never exceeded, never free, never charged twice."""

from __future__ import annotations

import base64
import json
from collections import Counter
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest

from ocr_async.gateway.storage.local import open_accounts
from tests import faults
from tests.documents import PARAGRAPHS, text_pdf
from tests.gateway.conftest import Running, Start, bearer, configured, mistral_at
from tests.gateway.test_files import MASTER
from tests.upstream import Exchange, Upstream, mistral_answer, refused_url


pytestmark = pytest.mark.anyio

URL = {"type": "document_url", "document_url": "https://example.com/a.pdf"}


def pdf(pages: int) -> bytes:
    return text_pdf([[f"Page {number}", *PARAGRAPHS[:2]] for number in range(pages)])


def inline(data: bytes) -> dict[str, Any]:
    text = f"data:application/pdf;base64,{base64.b64encode(data).decode()}"
    return {"type": "document_url", "document_url": text}


async def made(folder: Path, alias: str = "team", **limits: Any) -> dict[str, str]:
    """Return the header of a new key."""
    return await bearer(folder / "data", alias, **limits)


async def charged(folder: Path) -> tuple[int, int, float]:
    """Return requests, pages and US dollars of a gateway that has ended."""
    async with open_accounts(folder / "data") as accounts:
        rows = await accounts.spend()
    return sum(row.requests for row in rows), sum(row.pages for row in rows), round(sum(r.usd for r in rows), 9)


async def priced(folder: Path, server: Upstream, price: float | None = 0.001, **params: Any) -> Any:
    if price is not None:
        params["ocr_cost_per_page"] = price
    return await configured(
        folder,
        mistral_at(server, num_retries=0, **params),
        {"model_name": "local", "litellm_params": {"model": "local", "ocr_cost_per_page": 0.001}},
        general_settings={"master_key": MASTER},
        router_settings={"num_retries": 0},
    )


async def idle(gateway: Running) -> None:
    """Wait until nothing is being worked on."""
    with anyio.fail_after(10):
        while gateway.gateway.load.working:
            await anyio.sleep(0.01)


async def together(gateway: Running, count: int, body: Any, key: dict[str, str]) -> Counter[tuple[int, str | None]]:
    found = Counter[tuple[int, str | None]]()

    async def ask() -> None:
        status, answer = await gateway.post("/v1/ocr", body, **key)
        found[status, answer.get("code")] += 1

    async with anyio.create_task_group() as group:
        for _ in range(count):
            group.start_soon(ask)
    return found


# --- at once ------------------------------------------------------------------------------------------------------


async def test_two_hundred_calls_at_once_get_what_the_budget_covers(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    key = await made(tmp_path, budget_usd=0.01)
    upstream.default = faults.late(0.3)
    async with start(await priced(tmp_path, upstream)) as gateway:
        asked = {"model": "mistral-ocr", "document": URL, "pages": [0]}
        found = await together(gateway, 200, asked, key)
        assert found == {(200, None): 10, (429, "budget_exceeded"): 190}
    assert await charged(tmp_path) == (10, 10, 0.01)
    assert len(upstream.requests) == 10


async def test_a_request_without_pages_reserves_those_of_its_document(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    key, asked = await made(tmp_path, budget_pages=25), {"model": "mistral-ocr", "document": inline(pdf(10))}
    upstream.pages, upstream.default = 10, faults.late(0.3)
    async with start(await priced(tmp_path, upstream)) as gateway:
        assert await together(gateway, 6, asked, key) == {(200, None): 2, (429, "budget_exceeded"): 4}
        _, body = await gateway.post("/v1/ocr", asked, **key)
        assert "no room for 10 more pages; used: 20 of 25 pages" in body["message"]
    assert await charged(tmp_path) == (2, 20, 0.02)


async def test_pages_a_minute_are_those_of_the_documents(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    key, asked = await made(tmp_path, pages_per_minute=25), {"model": "mistral-ocr", "document": inline(pdf(10))}
    upstream.pages, upstream.default = 10, faults.late(0.3)
    async with start(await priced(tmp_path, upstream)) as gateway:
        assert await together(gateway, 6, asked, key) == {(200, None): 2, (429, "rate_limited"): 4}


async def test_no_more_documents_are_counted_at_once_than_the_key_has_requests(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    key = await made(tmp_path, budget_pages=1000, max_concurrency=2)
    asked = {"model": "mistral-ocr", "document": inline(pdf(200))}
    upstream.default = faults.late(1.5)
    async with start(await priced(tmp_path, upstream)) as gateway:
        assert await together(gateway, 30, asked, key) == {(200, None): 2, (429, "rate_limited"): 28}
        assert await together(gateway, 1, asked, key) == {(200, None): 1}  # and each place is free again


async def test_documents_whose_length_nobody_knows_take_turns_where_little_is_left(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    key, asked = await made(tmp_path, budget_usd=0.02), {"model": "mistral-ocr", "document": URL}
    upstream.default = faults.late(0.3)
    async with start(await priced(tmp_path, upstream)) as gateway:
        for served in (1, 2):
            assert await together(gateway, 5, asked, key) == {(200, None): 1, (429, "budget_exceeded"): 4}
            async with gateway.client.post(
                f"{gateway.url}/v1/ocr", json={**asked, "pages": [*range(21)]}, headers=key
            ) as answer:  # never fits, so it is not told to come again
                assert (answer.status, "Retry-After" in answer.headers) == (429, False)
            assert len(upstream.requests) == served
    assert await charged(tmp_path) == (2, 6, 0.006)


async def test_a_document_held_back_by_others_is_told_to_come_again(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    key, asked = await made(tmp_path, budget_usd=0.02), {"model": "mistral-ocr", "document": URL}
    upstream.default = faults.late(0.5)
    async with start(await priced(tmp_path, upstream)) as gateway, anyio.create_task_group() as group:
        group.start_soon(together, gateway, 1, asked, key)
        with anyio.fail_after(10):
            while not upstream.requests:
                await anyio.sleep(0.01)
        async with gateway.client.post(f"{gateway.url}/v1/ocr", json=asked, headers=key) as answer:
            told = answer.status, answer.headers.get("Retry-After"), answer.headers.get("X-Should-Retry")
            assert told == (429, "1", None)
            assert "under way" in (await answer.json())["message"]


async def test_a_budget_in_money_is_not_for_models_without_a_price(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    money = await made(tmp_path, budget_usd=1.0)
    pages = await made(tmp_path, "pages", budget_pages=10)
    config = await priced(tmp_path, upstream, None, model="mistral/of-our-own")
    async with start(config) as gateway:
        asked = {"model": "mistral-ocr", "document": URL}
        status, body = await gateway.post("/v1/ocr", asked, **money)
        assert (status, body["code"], "ocr_cost_per_page" in body["message"]) == (403, "price_unknown", True)
        assert (await gateway.post("/v1/ocr", asked, **pages))[0] == 200
    assert len(upstream.requests) == 1


async def test_every_way_in_keeps_to_the_budget(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    key = await made(tmp_path, budget_pages=3)
    document, config = pdf(4), await priced(tmp_path, upstream)
    async with start(config) as gateway:
        asked = {"model": "local", "document": inline(document)}
        for path in ("/v1/ocr", "/ocr", "/v2/ocr", "/v3/ocr"):
            status, body = await gateway.post(path, asked, **key)
            code = body["code"] if "code" in body else body["detail"]["code"]
            assert (path, status, code) == (path, 429, "budget_exceeded")
        assert (await gateway.post("/v1/ocr", asked, Accept="text/event-stream", **key))[0] == 429
        for method, path in (("PUT", "/process"), ("POST", "/page/read?model=local")):
            headers = {**key, "Content-Type": "application/pdf"}
            async with gateway.client.request(method, gateway.url + path, data=document, headers=headers) as answer:
                assert (path, answer.status, (await answer.json())["code"]) == (path, 429, "budget_exceeded")
        status, job = await gateway.post("/v1/ocr/jobs", asked, **key)
        with anyio.fail_after(20):
            while job["status"] == "running":
                await anyio.sleep(0.05)
                _, job = await gateway.get(f"/v1/ocr/jobs/{job['id']}", **key)
        assert job["error"]["code"] == "budget_exceeded"
        assert (await gateway.post("/v1/ocr", {**asked, "document": inline(pdf(3))}, **key))[0] == 200
    assert (await charged(tmp_path))[:2] == (1, 3)
    assert upstream.requests == []


# --- what came of it ----------------------------------------------------------------------------------------------


async def test_a_client_that_leaves_a_stream_pays_for_the_pages_read(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    """Nine pages were there, and the tenth was at work at the provider, who bills it."""
    key = await made(tmp_path, budget_pages=20)
    upstream.pages = 10

    async def stall_at_the_last(exchange: Exchange) -> None:
        await exchange.read()
        pages = exchange.work()
        if 9 in pages:
            await anyio.sleep(60)
        await exchange.json(mistral_answer(exchange.received.json, pages))

    upstream.default = stall_at_the_last
    async with start(await priced(tmp_path, upstream, pages_per_request=1)) as gateway:
        asked = {"model": "mistral-ocr", "document": inline(pdf(10))}
        headers = {**key, "Accept": "application/x-ndjson"}
        async with gateway.client.post(f"{gateway.url}/v1/ocr", json=asked, headers=headers) as answer:
            for _ in range(9):
                assert json.loads(await answer.content.readline())["event"] == "page"
            answer.close()
        await idle(gateway)
        # the rest of what was held back is given back, and no more
        for pages, status in (([*range(9)], 200), ([0, 1], 429), ([0], 200)):
            assert (await gateway.post("/v1/ocr", {**asked, "pages": pages}, **key))[0] == status
    assert (await charged(tmp_path))[1:] == (20, 0.02)


async def test_the_embedded_engine_is_paid_for_what_it_read(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    key = await made(tmp_path, budget_pages=1000)
    async with start(await priced(tmp_path, upstream)) as gateway:
        headers = {**key, "Accept": "application/x-ndjson"}
        asked = {"model": "local", "document": inline(pdf(400))}
        async with gateway.client.post(f"{gateway.url}/v1/ocr", json=asked, headers=headers) as answer:
            assert json.loads(await answer.content.readline())["event"] == "page"
            answer.close()
        await idle(gateway)
    _, pages, usd = await charged(tmp_path)
    assert 1 <= pages <= 400
    assert usd == round(pages * 0.001, 9)


async def test_a_document_whose_last_page_fails_is_paid_for_the_others(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    key = await made(tmp_path, budget_pages=20)
    upstream.pages = 4

    async def fail_at_the_last(exchange: Exchange) -> None:
        await exchange.read()
        if exchange.received.json["pages"] == [3]:
            await anyio.sleep(0.5)
            await exchange.json({"message": "no"}, 500)
            return
        await exchange.json(mistral_answer(exchange.received.json, exchange.work()))

    upstream.default = fail_at_the_last
    async with start(await priced(tmp_path, upstream, pages_per_request=1)) as gateway:
        asked = {"model": "mistral-ocr", "document": inline(pdf(4))}
        assert (await gateway.post("/v1/ocr", asked, **key))[0] == 503
    assert await charged(tmp_path) == (1, 3, 0.003)


async def left_alone(gateway: Running, server: Upstream, body: Any, headers: dict[str, str]) -> None:
    """Ask, and leave while the provider is at work."""
    before = len(server.requests)
    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            group.start_soon(together, gateway, 1, body, headers)
            while len(server.requests) == before or not server.requests[-1].complete:
                await anyio.sleep(0.01)
            group.cancel_scope.cancel()


async def test_who_leaves_before_a_length_is_known_pays_for_what_was_held_back(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    key, asked = await made(tmp_path, budget_pages=8), {"model": "mistral-ocr", "document": URL}
    upstream.default = faults.silence()
    async with start(await priced(tmp_path, upstream)) as gateway:
        await left_alone(gateway, upstream, asked, key)
        await idle(gateway)
    assert await charged(tmp_path) == (1, 8, 0.008)


async def test_the_spend_of_a_key_without_limits_has_what_failed_as_well(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    """Its documents are not counted, so that one asked for as a whole is known to have one page, and no more."""
    key = await made(tmp_path)
    upstream.default = faults.silence()
    async with start(await priced(tmp_path, upstream)) as gateway:
        for more in ({"pages": [0, 1, 2]}, {}):
            await left_alone(gateway, upstream, {"model": "mistral-ocr", "document": URL, **more}, key)
            await idle(gateway)
    assert await charged(tmp_path) == (2, 4, 0.004)


async def test_who_leaves_and_comes_back_pays_for_what_came(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    key, asked = await made(tmp_path, budget_pages=8), {"model": "mistral-ocr", "document": URL}
    headers = {**key, "Idempotency-Key": "once"}
    upstream.default = faults.late(0.5)
    async with start(await priced(tmp_path, upstream)) as gateway:
        await left_alone(gateway, upstream, asked, headers)
        assert await together(gateway, 1, asked, headers) == {(200, None): 1}
    assert await charged(tmp_path) == (1, 3, 0.003)
    assert len(upstream.requests) == 1


async def test_a_call_that_is_given_up_is_paid_for_as_the_provider_bills_it(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    key = await made(tmp_path, budget_pages=10)
    upstream.default = faults.silence()
    async with start(await priced(tmp_path, upstream)) as gateway:
        for body in ({"pages": [0, 1]}, {"document": inline(pdf(3))}):
            asked = {"model": "mistral-ocr", "document": URL, **body}
            await left_alone(gateway, upstream, asked, key)
            await idle(gateway)
    assert await charged(tmp_path) == (2, 5, 0.005)


@pytest.mark.parametrize(
    ("fault", "status", "pages"),
    [
        (faults.answer(b"{"), 502, 2),
        (faults.reset(), 503, 2),
        (faults.status(400), 400, 0),
        (faults.status(503), 503, 0),
        (faults.status(429), 429, 0),
    ],
    ids=["an answer that is none", "a broken connection", "a refusal", "out of service", "a throttle"],
)
async def test_what_a_provider_bills_is_charged_and_what_it_refuses_is_not(
    start: Start, upstream: Upstream, tmp_path: Path, fault: Any, status: int, pages: int
) -> None:
    key = await made(tmp_path, budget_pages=2)
    upstream.default = fault
    async with start(await priced(tmp_path, upstream)) as gateway:
        asked = {"model": "mistral-ocr", "document": URL, "pages": [0, 1]}
        assert (await gateway.post("/v1/ocr", asked, **key))[0] == status
        again, _ = await gateway.post("/v1/ocr", asked, **key)
        assert again == (429 if pages else status)
    assert (await charged(tmp_path))[1] == pages


async def test_who_cannot_be_reached_costs_nothing(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    key = await made(tmp_path, budget_pages=2)
    async with start(await priced(tmp_path, upstream, api_base=refused_url())) as gateway:
        for _ in range(3):
            asked = {"model": "mistral-ocr", "document": URL, "pages": [0, 1]}
            assert (await gateway.post("/v1/ocr", asked, **key))[0] == 503
    assert await charged(tmp_path) == (0, 0, 0.0)


async def test_a_repeated_request_is_charged_once(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    key = await made(tmp_path, budget_pages=10)
    upstream.script = [faults.reset()]
    config = await configured(tmp_path, mistral_at(upstream, num_retries=2), general_settings={"master_key": MASTER})
    async with start(config) as gateway:
        asked = {"model": "mistral-ocr", "document": URL}
        headers = {**key, "Idempotency-Key": "a"}
        for _ in range(2):
            assert (await gateway.post("/v1/ocr", asked, **headers))[0] == 200
    assert len(upstream.requests) == 2
    assert (await charged(tmp_path))[:2] == (1, 3)
