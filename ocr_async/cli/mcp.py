"""``ocr-async mcp``: documents for an assistant, over standard input and output."""

from __future__ import annotations

import argparse
from pathlib import Path

import anyio

from .._api import OCR
from ..errors import ConfigurationError, missing_extra
from .messages import refuse


__all__ = ["main"]


def main(arguments: argparse.Namespace) -> int:
    """Serve until standard input ends; return the exit code."""
    try:
        folders = [Path(name).resolve() for name in arguments.root]
        if wrong := next((folder for folder in folders if not folder.is_dir()), None):
            raise ConfigurationError(f"--root {wrong} is no folder")
        client = OCR(model=arguments.model, max_pages=arguments.max_pages, max_cost=arguments.max_cost)
        from ..mcp.server import server
    except ConfigurationError as error:
        return refuse(error)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "mcp":
            raise
        return refuse(missing_extra("mcp", "mcp"))
    anyio.run(server(client, folders, urls=arguments.fetch_urls).run_stdio_async)
    return 0
