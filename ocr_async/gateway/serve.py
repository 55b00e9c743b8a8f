"""Serves an application on a socket until the process is told to stop, and ends what is running first."""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections.abc import Callable

from aiohttp import BadContentDispositionHeader, BadContentDispositionParam, web

from .._platform.limits import raise_open_files
from .._platform.signals import on_stop
from ..errors import ConfigurationError
from .access.strength import weakness
from .app import create_app, is_loopback
from .config.config import Config
from .intake.connections import FIRST_HEAD, MOST_CONNECTIONS, UNREAD, Site
from .operating.log import LoopErrors, event, to_stderr
from .operating.memory import collect_seldom, keep
from .state import GATEWAY
from .storage.postgres.connection import shown as without_password


__all__ = ["LAST_CALL", "announce", "check_exposure", "listen", "prepare_process", "run"]

_LOG = logging.getLogger("ocr_async.gateway")

# Seconds for which requests on open connections are still taken: what a client sent before it could know is answered,
# and the answer says that the connection ends.
LAST_CALL = 0.25
_STRONGER = 'make one with: echo "sk-$(openssl rand -hex 32)"'


def check_exposure(config: Config, host: str) -> None:
    """
    Refuse to offer others a service without a key, or with one that they would guess.

    Raises:
        ConfigurationError: *host* is not this machine alone, and there is no master key, or a weak one.
    """
    if is_loopback(host):
        return
    if config.master_key is None:
        raise ConfigurationError(
            f"without a master key the gateway listens to this machine only, not to {host}: set general_settings."
            "master_key in the configuration, or the environment variable OCR_ASYNC_MASTER_KEY"
        )
    if (why := weakness(config.master_key)) is not None:
        raise ConfigurationError(
            f"the master key {why}, so the gateway listens to this machine only, not to {host}: {_STRONGER}"
        )


async def run(config: Config, host: str, port: int, say: Callable[[str], None]) -> None:
    """
    Serve until SIGTERM or SIGINT; then close the listener, let running requests end within the grace, and return.

    Args:
        port: 0 takes a free one.

        say: Tells people where it listens, and what they should know.

    Raises:
        ConfigurationError: See `check_exposure`.

        OSError: The address cannot be listened to.
    """
    check_exposure(config, host)
    prepare_process()
    stop = asyncio.Event()
    on_stop(asyncio.get_running_loop(), stop.set)
    asyncio.get_running_loop().set_exception_handler(LoopErrors())
    # an open connection takes up to one more file: the one its document is in
    open_files = raise_open_files(4 * MOST_CONNECTIONS)
    app = await asyncio.to_thread(create_app, config)  # it looks at what is installed
    most = min(MOST_CONNECTIONS, open_files // 2)
    runner, site = await listen(app, host, port, grace=config.grace, most_connections=most)
    try:
        announce(config, host, site.port, say)
        collect_seldom()
        await stop.wait()
        event(_LOG, logging.INFO, "stopping", grace_seconds=config.grace)
    finally:
        app[GATEWAY].end()
        await site.stop()
        await asyncio.sleep(LAST_CALL)
        await runner.cleanup()
    event(_LOG, logging.INFO, "stopped")


def prepare_process() -> None:
    """Have this process log and keep memory as one that serves."""
    to_stderr()
    for odd in (BadContentDispositionHeader, BadContentDispositionParam):
        # the text of each would go to standard error, and into a table of warnings that never shrinks
        warnings.simplefilter("ignore", odd)
    keep()


async def listen(
    app: web.Application,
    host: str,
    port: int,
    *,
    grace: float,
    first_head: float = FIRST_HEAD,
    most_connections: int = MOST_CONNECTIONS,
    unread: float = UNREAD,
) -> tuple[web.AppRunner, Site]:
    """
    Serve *app*; return what `cleanup()` ends, and the site, which knows the port.

    Args:
        grace: Seconds that running requests get at the end.

        first_head: Seconds for the head of a connection's first request.

        unread: Seconds in which a client has to take something of an answer that waits for it.

    Raises:
        OSError: The address cannot be listened to.
    """
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=grace)
    await runner.setup()
    try:
        site = Site(runner, host, port, first_head=first_head, most=most_connections, unread=unread)
        await site.start()
    except BaseException:
        await runner.cleanup()
        raise
    return runner, site


def announce(config: Config, host: str, port: int, say: Callable[[str], None], **facts: object) -> None:
    """Tell people by *say*, and the log with *facts*, where the gateway listens and what they should know."""
    shown = f"[{host}]" if ":" in host else host
    models = sorted({model.name for model in config.models}) or ["local/auto, under any name"]
    say(f"ocr-async serves {', '.join(models)} at http://{shown}:{port}")
    if config.master_key is not None:
        where = config.data if config.database is None else without_password(config.database)
        bytes_of_files = "" if config.objects is None else f"; the bytes of files are in {config.objects}"
        say(f"Keys, spend, files and batches are in {where}{bytes_of_files}.")
        if (why := weakness(config.master_key)) is not None:
            say(f"ocr-async: warning: the master key {why}; to serve others than this machine, {_STRONGER}")
    else:
        say(
            "There is no master key: any key is taken, from this machine only. Set general_settings.master_key in the "
            "configuration, or OCR_ASYNC_MASTER_KEY, to serve others."
        )
    event(_LOG, logging.INFO, "listening", host=host, port=port, models=len(models), **facts)
