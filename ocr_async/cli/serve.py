"""``ocr-async serve``: the gateway, from a configuration or with the embedded engine alone."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve

from ..errors import ConfigurationError
from .messages import printable, refuse


if TYPE_CHECKING:
    from ..gateway.config.config import Config

__all__ = ["main"]


def main(arguments: argparse.Namespace) -> int:
    """Serve until told to stop; return the exit code."""
    try:
        from ..gateway.serve import run

        asyncio.run(run(_config(arguments, os.environ), arguments.host, arguments.port, _say))
    except ConfigurationError as error:
        return refuse(error)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"yaml", "prometheus_client"}:
            raise
        print("ocr-async: serve needs pip install 'ocr_async[server]'", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"ocr-async: cannot listen at {arguments.host}:{arguments.port}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def _say(text: str) -> None:
    print(printable(text, lines=True), file=sys.stderr, flush=True)


def _config(arguments: argparse.Namespace, environ: Mapping[str, str]) -> Config:
    from ..call.prices import from_file
    from ..gateway.config.config import Config, load

    config, warnings = load(Path(arguments.config), environ) if arguments.config else (Config(), [])
    for warning in warnings:
        _say(f"ocr-async: warning: {warning}")
    if config.master_key is None and (key := environ.get("OCR_ASYNC_MASTER_KEY")):
        config = evolve(config, master_key=key)
    config = evolve(config, prices=from_file(environ))
    if arguments.data is not None:
        config = evolve(config, data=Path(arguments.data))
    if arguments.fetch_urls:
        config = evolve(config, fetch_urls=True)
    return config
