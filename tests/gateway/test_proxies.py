"""A gateway's calls to its providers go by proxies: the environment's, or a deployment's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gateway.conftest import Start, configured, mistral_at
from tests.proxy import proxy
from tests.upstream import Upstream, refused_url


pytestmark = pytest.mark.anyio

ASKED = {"document": {"type": "document_url", "document_url": "https://example.com/a.pdf"}}


async def test_the_environment_names_a_proxy_and_a_deployment_another(
    upstream: Upstream, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with proxy() as forward, proxy(credentials="user:password") as own:
        monkeypatch.setenv("HTTP_PROXY", forward.url)
        other = mistral_at(upstream, "other", proxy=own.with_credentials("user:password"))
        async with start(await configured(tmp_path, mistral_at(upstream), other)) as gateway:
            for model in ("mistral-ocr", "other", "mistral-ocr"):
                status, body = await gateway.post("/v1/ocr", {**ASKED, "model": model})
                assert (status, len(body["pages"])) == (200, 3)
        assert (len(forward.asked), len(own.asked), len(upstream.requests)) == (2, 1, 3)


async def test_a_client_is_told_of_no_proxy(upstream: Upstream, start: Start, tmp_path: Path) -> None:
    down = refused_url().replace("://", "://user:hunter2@")
    async with start(await configured(tmp_path, mistral_at(upstream, proxy=down, num_retries=0))) as gateway:
        status, body = await gateway.post("/v1/ocr", {**ASKED, "model": "mistral-ocr"})
    assert status == 503
    assert "hunter2" not in str(body)


async def test_what_only_the_operator_can_mend_is_no_mistake_of_the_client(
    upstream: Upstream, start: Start, tmp_path: Path
) -> None:
    async with proxy(credentials="user:password") as guarded:
        wrong = mistral_at(upstream, proxy=guarded.with_credentials("user:hunter2"), num_retries=0)
        async with start(await configured(tmp_path, wrong)) as gateway:
            status, body = await gateway.post("/v1/ocr", {**ASKED, "model": "mistral-ocr"})
    assert (status, body["code"]) == (502, "upstream_misconfigured")
    assert "127.0.0.1" not in str(body)
    assert "hunter2" not in str(body)
