"""Every Python block of README and docs runs, a page's blocks in one namespace; hosted models are a loopback server."""

from __future__ import annotations

import asyncio
import inspect
import logging
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from ocr_async.models import Bytes, OCRRequest
from tests.upstream import Upstream


ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
LOG = logging.getLogger("ocr_async.call")
LINK = re.compile(r"\]\(([^)#:]+)\)")


@pytest.mark.parametrize("page", [p for p in PAGES if BLOCK.search(p.read_text())], ids=lambda page: page.name)
def test_every_block_runs(
    page: Path,
    hosted: Upstream,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    shutil.copy(ROOT / "samples" / "scan.pdf", tmp_path)
    monkeypatch.chdir(tmp_path)
    hosted.pages = 9
    names: dict[str, Any] = {
        "__name__": "docs",
        "request": OCRRequest(model="m", document=Bytes(data=b"%PDF-1.7", mime="application/pdf")),
    }
    request.addfinalizer(lambda: LOG.setLevel(logging.NOTSET))  # a block may set it
    for source in BLOCK.findall(page.read_text()):
        exec(compile(source, str(page), "exec"), names)
    for name in ("main", "read"):
        if inspect.iscoroutinefunction(run := names.get(name)):
            asyncio.run(run(*[tmp_path][: len(inspect.signature(run).parameters)]))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), target


def test_every_logger_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "logging-and-events.md").read_text()
    loggers = set()
    for file in (ROOT / "ocr_async").rglob("*.py"):
        own = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for name in re.findall(r"getLogger\(([^)]+)\)", file.read_text()):
            loggers.add(own if name == "__name__" else name.strip('"'))
    assert "ocr_async.call" in loggers
    assert not [name for name in sorted(loggers) if f"`{name}`" not in page and name != "ocr_async"]
