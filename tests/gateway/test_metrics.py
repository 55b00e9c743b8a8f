"""What Prometheus reads, and that its labels stay few and say nothing of a request."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import anyio
import pytest
from prometheus_client.parser import text_string_to_metric_families

import ocr_async
from tests import faults
from tests.documents import text_pdf
from tests.gateway.conftest import Running, Start, configured, mistral_at
from tests.upstream import Upstream


pytestmark = pytest.mark.anyio

REFERENCE = Path(ocr_async.__file__).parent.parent / "docs" / "reference" / "gateway.md"
ARXIV = {"type": "document_url", "document_url": "https://arxiv.org/pdf/2201.04234"}


async def measured(gateway: Running, **headers: str) -> dict[tuple[str, ...], float]:
    """Return the samples by their name and the values of their labels, in the order of the labels' names."""
    async with gateway.client.get(f"{gateway.url}/metrics", headers=headers) as answer:
        assert answer.status == 200
        text = await answer.text()
    assert "arxiv" not in text
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_requests_pages_attempts_and_spend_are_counted(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    upstream.script.append(faults.status(503))
    priced = {**mistral_at(upstream), "model_info": {"mode": "ocr", "ocr_cost_per_page": 0.002}}
    async with start(await configured(tmp_path, priced)) as gateway:
        status, _ = await gateway.post("/v1/ocr", {"model": "mistral-ocr", "document": ARXIV})
        assert status == 200
        status, _ = await gateway.post("/v1/ocr", {"model": "made-up", "document": ARXIV})
        assert status == 404
        await gateway.get("/nowhere/at/all")
        found = await measured(gateway)
    assert found["ocr_requests_total", "mistral-ocr", "/v1/ocr", "200"] == 1
    assert found["ocr_requests_total", "unknown", "/v1/ocr", "404"] == 1
    assert found["ocr_requests_total", "none", "none", "404"] == 1
    assert found["ocr_pages_total", "mistral-ocr", "done"] == 3
    assert found["ocr_spend_total", "anyone", "mistral-ocr"] == pytest.approx(0.006)
    assert found["ocr_upstream_attempts_total", "503", "mistral"] == 1
    assert found["ocr_upstream_attempts_total", "200", "mistral"] == 1
    assert found["ocr_retries_total", "ProviderUnavailable", "mistral"] == 1
    assert found["ocr_inflight",] == 0
    assert found["process_open_fds",] > 0


async def test_limits_queues_and_budgets_are_seen_while_they_hold(
    start: Start, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.default = faults.late(0.5)
    config = await configured(
        tmp_path,
        mistral_at(upstream, "busy", max_parallel_requests=1),
        mistral_at(upstream, "mistral-ocr"),
        router_settings={"num_retries": 1},
    )

    async def ask(model: str) -> None:
        assert (await gateway.post("/v1/ocr", {"model": model, "document": ARXIV}))[0] == 200

    first, second = (model.deployment.name for model in config.models)
    async with start(config, max_queue=50) as gateway:
        async with anyio.create_task_group() as group:
            for model in ["mistral-ocr"] * 6 + ["busy"] * 3:
                group.start_soon(ask, model)
            with anyio.fail_after(5):
                while len(upstream.requests) < 4:
                    await anyio.sleep(0.01)
            found = await measured(gateway)
        assert (found["ocr_inflight",], found["ocr_inflight_limit",]) == (9, 50)
        # Both deployments have one key at one address, so they share an account, which starts with 4 requests.
        assert (found["ocr_concurrency_limit", first], found["ocr_upstream_inflight", first]) == (4, 4)
        assert not any(second in labels for labels in found)
        assert found["ocr_queue_depth", "deployment"] == 2
        assert found["ocr_queue_depth", "provider"] == 3
        assert found["ocr_queue_depth", "engine"] == 0
        assert found["ocr_retry_budget_tokens", first] == 500
        upstream.default = faults.status(503)
        for _ in range(2):
            await gateway.post("/v1/ocr", {"model": "mistral-ocr", "document": ARXIV})
        found = await measured(gateway)
    assert found["ocr_ratelimit_wait_seconds_count", "mistral"] >= 3
    assert found["ocr_ratelimit_wait_seconds_sum", "mistral"] > 0.5
    assert found["ocr_retry_budget_tokens", first] == 500 - 2 * 14
    assert found["ocr_queue_depth", "provider"] == 0


async def test_the_reference_names_every_metric_and_no_other(start: Start) -> None:
    async with start() as gateway, gateway.client.get(f"{gateway.url}/metrics") as answer:
        found = set(re.findall(r"^# TYPE (ocr_\w+) ", await answer.text(), re.MULTILINE))
    written = await anyio.Path(REFERENCE).read_text()
    named = {name for line in written.splitlines() for name in re.findall(r"`(ocr_\w+)`", line.partition(" | ")[0])}
    assert {name for name in found if not name.endswith("_created")} == named


async def test_metrics_are_for_the_master_key(start: Start) -> None:
    data = base64.b64encode(text_pdf([["x"]])).decode()
    document = {"type": "document_url", "document_url": f"data:application/pdf;base64,{data}"}
    async with start(master_key="sk-master") as gateway:
        assert (await gateway.get("/metrics"))[0] == 401
        master = {"Authorization": "Bearer sk-master"}
        assert (await gateway.post("/v1/ocr", {"model": "any", "document": document}, **master))[0] == 200
        found = await measured(gateway, **master)
    assert found["ocr_requests_total", "local", "/v1/ocr", "200"] == 1
    assert not any("sk-" in label for labels in found for label in labels)
