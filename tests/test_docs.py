"""Every Python block of README and docs runs, a page's blocks in one namespace; hosted models are a loopback server."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ocr_async.models import Bytes, OCRRequest
from tests.upstream import Upstream


ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
LOG = logging.getLogger("ocr_async.call")
# what the page about providers says that a test has
GIVEN = """
from ocr_async.models import Bytes, OCRRequest
request = OCRRequest(model="m", document=Bytes(data=b"%PDF-1.7", mime="application/pdf"))
"""
LINK = re.compile(r"\]\(([^)\s]+)\)")
# files of this repository, from its root or from the package's; not names in patterns or of other programs' folders
OURS = re.compile(
    r"(?<![\w/.{-])((?:docs|benchmarks|tests|samples|ocr_async|call|cli|engine|export|gateway|providers|transport)"
    r"/[\w/-]*\w\.(?:md|py|png|pdf|toml))\b"
)
OWN = {"dev", "bench", "docs"}  # extras of those who work on this project


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
    shutil.copy(ROOT / "samples" / "scan.pdf", tmp_path / "invoice.pdf")
    monkeypatch.setenv("OPENAI_COMPATIBLE_API_BASE", hosted.url)
    monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", "sk-..")
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


@pytest.mark.timeout(400)  # a type checker without a cache, on a loaded machine
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_type_checkers_accept_every_block(checker: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if importlib.util.find_spec(checker) is None:
        pytest.skip(f"{checker} is not installed")
    for page in PAGES:
        if blocks := BLOCK.findall(page.read_text()):
            given = GIVEN if "(request)" in "".join(blocks) else ""
            name = page.relative_to(ROOT).with_suffix("").as_posix()
            (tmp_path / f"{re.sub(r'[^a-z]', '_', name.lower())}.py").write_text("\n".join([given, *blocks]))
    command = [sys.executable, "-m", checker]
    if checker == "mypy":
        assert request.config.cache is not None
        # examples need no annotations, but what they do is looked at
        command += ["--check-untyped-defs", "--disable-error-code=import-untyped"]
        command += ["--follow-imports=silent", "--config-file=", "--cache-dir"]
        command += [str(request.config.cache.mkdir("mypy")), *map(str, tmp_path.glob("*.py"))]
    else:
        (tmp_path / "pyrightconfig.json").write_text(json.dumps({"extraPaths": [str(ROOT)]}))
        command += ["--outputjson", "--pythonpath", sys.executable, "--project", str(tmp_path)]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "MYPYPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    if checker == "pyright" and not done.stdout.lstrip().startswith("{"):
        pytest.skip(f"pyright cannot run here: {done.stderr.strip()[-200:]}")  # it is fetched when it first runs
    assert done.returncode == 0, done.stdout + done.stderr


def links(page: Path) -> list[tuple[Path, str]]:
    """Return the files, and the headings in them, that *page* links to."""
    found = []
    for target in LINK.findall(page.read_text()):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            found.append(((page.parent / path).resolve() if path else page, anchor))
    return found


def anchors(page: Path) -> set[str]:
    """Return the names of *page*'s headings, as GitHub makes them."""
    prose = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ +(.+?) *$", prose, re.MULTILINE)
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, anchor in links(page):
        assert target.exists(), target
        assert not anchor or anchor in anchors(target), f"{target}#{anchor}"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    ahead = [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page not in reached:
            reached.add(page)
            ahead += [target for target, _ in links(page)] if page.suffix == ".md" else []
    there = {file for file in (ROOT / "docs").rglob("*") if file.is_file()}
    assert sorted(there - reached) == []


def test_no_path_that_is_named_anywhere_is_dead() -> None:
    texts = [*PAGES, *(ROOT / name for name in ("CHANGELOG.md", "NOTICE", "pyproject.toml", "noxfile.py"))]
    texts += [file for room in ("ocr_async", "tests", "benchmarks") for file in (ROOT / room).rglob("*.py")]
    dead = [
        f"{text.relative_to(ROOT)} names {path}"
        for text in texts
        for path in OURS.findall(text.read_text())
        if not (ROOT / path).exists() and not (ROOT / "ocr_async" / path).exists()
    ]
    assert dead == []


def test_every_dependency_is_explained() -> None:
    page = (ROOT / "docs" / "explanation" / "dependencies.md").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    needed = [*project["dependencies"], *(each for name in extras if name not in OWN for each in extras[name])]
    names = {re.split(r"[\[<>=; ]", each)[0] for each in needed} - {"ocr_async"}
    assert len(names) > 10
    assert not [name for name in sorted(names) if not re.search(rf"\b{name}\b", page)]


def test_every_logger_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "logging-and-events.md").read_text()
    loggers = set()
    for file in (ROOT / "ocr_async").rglob("*.py"):
        own = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for name in re.findall(r"getLogger\(([^)]+)\)", file.read_text()):
            loggers.add(own if name == "__name__" else name.strip('"'))
    assert "ocr_async.call" in loggers
    assert not [name for name in sorted(loggers) if f"`{name}`" not in page and name != "ocr_async"]
