"""``ocr-async serve``: the gateway, from a configuration or with the embedded engine alone."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from ..errors import ConfigurationError, missing_extra
from .messages import printable, refuse


__all__ = ["main"]


def main(arguments: argparse.Namespace) -> int:
    """Serve until told to stop; return the exit code."""
    try:
        from ..gateway.config.startup import Startup

        startup = Startup(
            config=arguments.config,
            data=arguments.data,
            database=arguments.database,
            objects=arguments.objects,
            fetch_urls=arguments.fetch_urls,
        )
        config = startup.load(os.environ, _say)
        if arguments.workers == 1:
            from ..gateway.serve import run

            asyncio.run(run(config, arguments.host, arguments.port, _say))
        else:
            from ..gateway.multiprocess import supervisor

            where = arguments.host, arguments.port
            asyncio.run(supervisor.run(startup, config, *where, arguments.workers, _say))
    except ConfigurationError as error:
        return refuse(error)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"yaml", "prometheus_client"}:
            raise
        return refuse(missing_extra("serve", "server"))
    except OSError as error:
        print(f"ocr-async: cannot listen at {arguments.host}:{arguments.port}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def _say(text: str) -> None:
    print(printable(text, lines=True), file=sys.stderr, flush=True)
