"""The tools as an assistant uses them: the SDK's own client before the real command, over its standard input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.documents import text_pdf


mcp = pytest.importorskip("mcp")

from mcp import Client, StdioServerParameters, stdio_client, types  # noqa: E402


pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

ROOT = Path(__file__).parent.parent.parent
PAGES = [["Harbour report", f"This is page {number} of the report."] for number in range(1, 13)]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("root") / "documents"
    made.mkdir()
    (made / "report.pdf").write_bytes(text_pdf(PAGES))
    (made / "table.html").write_text("<table><tr><th>Quay<th>Tonnes<tr><td>North<td>18,250</table>")
    (made / "broken.pdf").write_bytes(b"%PDF-1.7 nothing else")
    (made.parent / "secret.pdf").write_bytes(text_pdf([["secret"]]))
    (made / "out").symlink_to(made.parent)
    return made


def client(*options: str, **callbacks: Any) -> Client:
    command = ["-m", "ocr_async", "mcp", *options]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "OCR_ASYNC_MODEL": "local"}
    return Client(
        stdio_client(StdioServerParameters(command=sys.executable, args=command, env=environ)),
        mode="legacy",
        **callbacks,
    )


@pytest.fixture(scope="module")
async def assistant(folder: Path) -> AsyncIterator[Client]:
    async with client("--root", str(folder)) as one:
        yield one


async def answer(assistant: Client, tool: str, **arguments: Any) -> tuple[bool, Any]:
    """Return whether *tool* failed, and what it told."""
    with anyio.fail_after(60):
        result = await assistant.call_tool(tool, arguments)
    (content, *_) = result.content
    return bool(result.is_error), content.text if isinstance(content, types.TextContent) else content


async def test_a_long_document_comes_page_by_page(assistant: Client) -> None:
    tools = (await assistant.list_tools()).tools
    assert {tool.name for tool in tools} == {"read_document", "search_document", "get_table", "page_image"}
    assert not any(tool.input_schema["additionalProperties"] for tool in tools)
    failed, text = await answer(assistant, "read_document", document="report.pdf")
    assert not failed, text
    assert "page 5 of the report" in text
    assert "page 6 of the report" not in text
    assert text.endswith('[12 pages in all; go on with pages="6-10"]')
    _, text = await answer(assistant, "read_document", document="report.pdf", pages="11-12")
    assert "page 12 of the report" in text
    assert "go on" not in text


async def test_words_tables_and_pictures_are_found(assistant: Client, folder: Path) -> None:
    _, text = await answer(assistant, "search_document", document="report.pdf", words="PAGE 7  of")
    assert text == "page 7: …Harbour report This is page 7 of the report.…" or text.startswith("page 7:")
    assert await answer(assistant, "search_document", document="report.pdf", words="whale") == (
        False, '"whale" is not in it'
    )  # fmt: skip
    assert await answer(assistant, "get_table", document="table.html") == (False, 'Quay,Tonnes\nNorth,"18,250"\n')
    failed, picture = await answer(assistant, "page_image", document=str(folder / "report.pdf"), page=2)
    assert not failed
    assert (picture.mime_type, picture.data[:4]) == ("image/jpeg", "/9j/")


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("read_document", {"document": "/etc/passwd"}, "is no file below"),
        ("read_document", {"document": "../secret.pdf"}, "is no file below"),
        ("read_document", {"document": "out/secret.pdf"}, "is no file below"),
        ("read_document", {"document": "file:///etc/passwd"}, "is no file below"),
        ("read_document", {"document": "https://example.com/a.pdf"}, "addresses are not fetched"),
        ("read_document", {"document": "none.pdf"}, "is no file below"),
        ("read_document", {"document": "."}, "is a folder"),
        ("read_document", {"document": "a\0b"}, "is no file below"),
        ("read_document", {"document": "broken.pdf"}, "cannot be opened"),
        ("read_document", {"document": "report.pdf", "pages": "1-10000"}, "does not exist"),
        ("read_document", {"document": "report.pdf", "pages": "0"}, "there is no page 0"),
        ("read_document", {"document": "report.pdf", "model": "nobody/x"}, "names no provider"),
        ("search_document", {"document": "report.pdf", "words": " "}, "name the words"),
        ("get_table", {"document": "report.pdf", "number": 3}, "there is no table 3"),
        ("page_image", {"document": "report.pdf", "page": 99}, "does not exist"),
        ("read_document", {"document": "report.pdf", "page": "2"}, "has no argument page; it takes document, pages, "),
        (
            "search_document",
            {"document": "report.pdf", "words": "a", "query": "b", "n": 1},
            "has no argument query, n; ",
        ),
        ("get_table", {"document": "table.html", "format": "html"}, "number, page, form, model"),
        ("page_image", {"document": "report.pdf", "page": 1, "context": {}}, "it takes document, page"),
    ],
)
async def test_what_may_not_or_cannot_be_read_is_told(
    assistant: Client, tool: str, arguments: dict[str, Any], says: str
) -> None:
    failed, text = await answer(assistant, tool, **arguments)
    assert failed
    assert says in text
    assert "secret" not in text.replace("secret.pdf", "")


@pytest.mark.parametrize("capabilities", [{}, {"roots": {}}], ids=["it has none", "it does not answer"])
def test_a_client_that_tells_no_roots_is_not_waited_for(folder: Path, capabilities: dict[str, Any]) -> None:
    started = {
        "protocolVersion": "2025-06-18",
        "capabilities": capabilities,
        "clientInfo": {"name": "a", "version": "1"},
    }
    asked = {"name": "read_document", "arguments": {"document": "report.pdf", "pages": "1"}}
    messages: list[dict[str, Any]] = [
        {"id": 1, "method": "initialize", "params": started},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/call", "params": asked},
    ]
    command = [sys.executable, "-m", "ocr_async", "mcp", "--root", str(folder)]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "OCR_ASYNC_MODEL": "local"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ, text=True, bufsize=1
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        for message in messages:
            server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        said: list[dict[str, Any]] = []
        while not said or said[-1].get("id") != 2 or "result" not in said[-1]:
            said.append(json.loads(server.stdout.readline()))
        server.stdin.close()
    assert "Harbour report" in said[-1]["result"]["content"][0]["text"]
    assert ("roots/list" in [each.get("method") for each in said]) == bool(capabilities)


async def test_the_client_s_roots_are_folders_too_and_without_any_nothing_is_read(folder: Path) -> None:
    roots = [types.Root.model_validate({"uri": folder.as_uri()})]

    async def told(_: Any) -> types.ListRootsResult:
        return types.ListRootsResult(roots=roots)

    async with client(list_roots_callback=told) as assistant:
        failed, text = await answer(assistant, "read_document", document="report.pdf", pages="1")
        assert not failed, text
        roots.clear()
        failed, text = await answer(assistant, "read_document", document=str(folder / "report.pdf"))
        assert failed
        assert "no folder may be read" in text
