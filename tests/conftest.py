"""What all tests share: the asyncio backend, an upstream server, and blockbuster in every asynchronous test."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal
from blockbuster import blockbuster_ctx
from hypothesis import settings

from tests.upstream import Upstream
from tests.upstream import upstream as serve


# A proxy or an authority of the machine would stand between the tests and their servers on the loopback.
for kind in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"):
    os.environ.pop(kind, None)
    os.environ.pop(kind.upper(), None)

# Else each of the processes that the tests start, hundreds of them, would compile the package anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# The same examples in every run: a failure is then somebody's change, and not somebody's luck.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


# Pure logic and the wire, without workers, browsers and other programs: together under two minutes.
QUICK = frozenset(
    {
        *("answers", "base64", "body", "call", "document", "drive", "events", "faults", "fetch", "layers", "limits"),
        *("pages", "percent", "pricing", "pydantic", "rate_limiter", "retry", "routing", "send", "session", "surplus"),
        *("telemetry", "testing", "wider_requests", "wording"),
    }
)


def is_quick(module: Path) -> bool:
    return module.parent.name in {"tests", "transport"} and module.stem.removeprefix("test_") in QUICK


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import nothing else for the quick tests alone: that takes longer than they do."""
    others = collection_path.match("test_*.py") and not is_quick(collection_path)
    return True if others and config.getoption("markexpr") == "quick" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is quick."""
    for item in items:
        if is_quick(item.path):
            item.add_marker(pytest.mark.quick)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def upstream(anyio_backend: str) -> AsyncIterator[Upstream]:
    """A well-behaved server; append to its `script` for anything else."""
    async with serve() as server:
        yield server


@pytest.fixture
def server() -> Iterator[Upstream]:
    """The same on a loop and thread of its own, for tests whose thread is blocked by the call that they make."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(serve()) as running:
        yield running


@pytest.fixture
def hosted(server: Upstream, monkeypatch: pytest.MonkeyPatch) -> Upstream:
    """`server` in the place of the hosted providers, by their environment variables."""
    for name in ("MISTRAL", "OPPER"):
        monkeypatch.setenv(f"{name}_API_KEY", "sk-..")
        monkeypatch.setenv(f"{name}_API_BASE", server.url)
    return server


@pytest.fixture(autouse=True)
def no_blocking_calls(request: pytest.FixtureRequest) -> Iterator[None]:
    """Make a blocking call on the event loop an error, in the package's own code."""
    if request.node.get_closest_marker("anyio") is None:
        yield
        return
    with blockbuster_ctx("ocr_async") as blocking:
        # asyncpg looks for the user's .pgpass when it connects
        blocking.functions["os.stat"].can_block_in("asyncpg/connect_utils.py", "_parse_connect_dsn_and_args")
        yield
