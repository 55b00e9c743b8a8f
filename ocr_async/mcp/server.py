"""The tools that an assistant is offered, over standard input and output."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import anyio
import anyio.to_thread
from mcp.server.mcpserver import Context, Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.types import CallToolResult, ClientCapabilities, InputRequiredResult, RootsCapability, Tool

from .. import __version__
from .._api import OCR
from ..errors import OCRError
from ..export import pictures
from ..models import FileOnDisk, OCRPage, OCRResponse
from ..pages import from_one, parse, select
from ..tables.html import table_html
from ..wording import counted_from_one
from .access import folders_of, found
from .reading import Documents, excerpts


__all__ = ["server"]

_AT_ONCE = 5  # pages of a long document that are read when none are named
_MOST_AT_ONCE = 50
_PATIENCE = 2.0  # seconds for a client to tell its roots; each question of one that never does takes as long
_MOST_TEXT = 60_000  # characters of an answer
_INSTRUCTIONS = """\
Reads PDFs, scans, pictures and Office files. Pages count from 1. Long documents come a few pages at a time: each answer
says how many there are and how to go on. Search before you read a long document whole."""


def server(client: OCR, folders: Sequence[Path], *, urls: bool) -> MCPServer[Any]:
    """
    Return the server; `run_stdio_async` runs it.

    Args:
        client: Reads, by its own model unless a tool names another, within its limits of pages and cost.

        folders: Below which files may be read, besides the client's roots.

        urls: Whether addresses of the web may be read.
    """
    made = _Server("ocr_async", version=__version__, instructions=_INSTRUCTIONS, log_level="ERROR")
    documents = Documents(client)

    async def named(document: str, context: Context[Any, Any]) -> Path | str:
        allowed = [*folders, *await _roots(context)]
        return await anyio.to_thread.run_sync(lambda: found(document, allowed, urls=urls))

    @made.tool()
    async def read_document(
        document: str,
        context: Context[Any, Any],
        pages: str | None = None,
        model: str | None = None,
        max_cost: float | None = None,
    ) -> str:
        """Read pages of a document as Markdown: "1-3,8", or the first ones; max_cost is in US dollars."""
        file = await named(document, context)
        count = await documents.count(file, model)
        wanted = _wanted(pages, count)
        await context.report_progress(0, len(wanted) if wanted else None, "reading")
        came = await documents.pages(file, wanted, model, max_cost)
        await context.report_progress(len(came), len(came), "read")
        return _told(came, count)

    @made.tool()
    async def search_document(document: str, words: str, context: Context[Any, Any], model: str | None = None) -> str:
        """Find words in a document, whatever their case; tells the pages and the text around."""
        file = await named(document, context)
        await documents.count(file, model)
        places = excerpts(await documents.pages(file, None, model), words)
        return "\n".join(f"page {index + 1}: …{text}…" for index, text in places) or f'"{words}" is not in it'

    @made.tool()
    async def get_table(
        document: str,
        context: Context[Any, Any],
        number: int = 1,
        page: int | None = None,
        form: Literal["csv", "html"] = "csv",
        model: str | None = None,
    ) -> str:
        """Return a table of a document, or of one of its pages, by its number from 1."""
        file = await named(document, context)
        count = await documents.count(file, model)
        came = await documents.pages(file, None if page is None else _wanted(str(page), count), model)
        tables = OCRResponse(pages=tuple(came), model="").tables
        if not 1 <= number <= len(tables):
            raise ToolError(f"there is no table {number}: {len(tables)} were found")
        table = tables[number - 1]
        return _cut(table.to_csv() if form == "csv" else table_html(table.cells))

    @made.tool()
    async def page_image(document: str, page: int, context: Context[Any, Any]) -> Image:
        """Show a page as a picture."""
        file = await named(document, context)
        if isinstance(file, str):
            raise ToolError("only pages of files can be shown")
        _wanted(str(page), await documents.count(file, "local"))
        drawn = await pictures.picture(FileOnDisk(path=file), OCRPage(index=page - 1, markdown=""))
        if drawn is None:
            raise ToolError(f"page {page} cannot be drawn")
        return Image(data=drawn, format="jpeg")

    return made


class _Server(MCPServer[Any]):
    """The SDK's, which passes over arguments that a tool has not, and tells nothing of an error that is not its own."""

    async def list_tools(self) -> list[Tool]:
        tools = await super().list_tools()
        for tool in tools:
            tool.input_schema["additionalProperties"] = False
        return tools

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        for tool in await self.list_tools():
            takes = tool.input_schema["properties"]
            if tool.name == name and (unknown := ", ".join(one for one in arguments if one not in takes)):
                raise ToolError(f"{name} has no argument {unknown[:200]}; it takes {', '.join(takes)}")
        try:
            return await super().call_tool(name, arguments, context)
        except UnexpectedToolError as error:
            if isinstance(error.__cause__, OCRError):
                raise ToolError(counted_from_one(str(error.__cause__))) from error
            raise


async def _roots(context: Context[Any, Any]) -> list[Path]:
    """Return the folders that the client says its user works in; asked each time, as they change."""
    if not context.session.check_client_capability(ClientCapabilities(roots=RootsCapability())):
        return []
    try:
        with warnings.catch_warnings(), anyio.fail_after(_PATIENCE):
            warnings.simplefilter("ignore")  # the protocol's next version has none: then there is --root
            told = await context.session.list_roots()
    except Exception:  # noqa: BLE001 # whatever the SDK raises where a client has no roots
        return []
    return await anyio.to_thread.run_sync(folders_of, [str(root.uri) for root in told.roots])


def _wanted(text: str | None, count: int | None) -> list[int] | None:
    """Return the page indexes that *text*, counted from 1, stands for; without one the first pages."""
    if text is None:
        return None if count is None else list(range(min(count, _AT_ONCE)))
    chosen = select(parse(from_one(text)), count)
    if chosen is None:
        return None
    if len(chosen) > _MOST_AT_ONCE:
        raise ToolError(f"at most {_MOST_AT_ONCE} pages at once; {len(chosen)} were asked for")
    return list(chosen)


def _told(came: Sequence[OCRPage], count: int | None) -> str:
    text = "\n\n".join(f"[page {page.index + 1}]\n\n{page.markdown}" for page in came)
    last = came[-1].index + 1 if came else 0
    if count is None or last >= count:
        return _cut(text)
    return f'{_cut(text)}\n\n[{count} pages in all; go on with pages="{last + 1}-{min(count, last + _AT_ONCE)}"]'


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}\n\n[cut at {_MOST_TEXT} characters]"
