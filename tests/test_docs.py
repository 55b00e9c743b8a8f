"""Every Python block of README and docs runs, each document's blocks in one namespace; hosted models are a loopback server."""

from __future__ import annotations

import asyncio
import inspect
import re
import shutil

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from ocr_async.models import Bytes, OCRRequest
from tests.upstream import Upstream, upstream


ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)\)")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Upstream]:
    with anyio.from_thread.start_blocking_portal() as portal, portal.wrap_async_context_manager(upstream()) as running:
        for name in ("MISTRAL", "OPPER"):
            monkeypatch.setenv(f"{name}_API_KEY", "key")
            monkeypatch.setenv(f"{name}_API_BASE", running.url)
        yield running


@pytest.mark.parametrize("page", [p for p in PAGES if BLOCK.search(p.read_text())], ids=lambda page: page.name)
def test_every_block_runs(
    page: Path, server: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(ROOT / "samples" / "scan.pdf", tmp_path)
    monkeypatch.chdir(tmp_path)
    server.pages = 9
    names: dict[str, Any] = {
        "__name__": "docs",
        "request": OCRRequest(model="m", document=Bytes(data=b"%PDF-1.7", mime="application/pdf")),
    }
    for source in BLOCK.findall(page.read_text()):
        exec(compile(source, str(page), "exec"), names)
    for name in ("main", "read"):
        if inspect.iscoroutinefunction(run := names.get(name)):
            asyncio.run(run(*[tmp_path][: len(inspect.signature(run).parameters)]))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), target
