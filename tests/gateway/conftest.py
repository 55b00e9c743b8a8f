"""Gateways as they run: on a real socket of the loopback, before a real upstream."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import aiohttp
import anyio
import anyio.to_thread
import pytest
import yaml
from aiohttp import web
from attrs import evolve, frozen

from ocr_async.gateway.app import create_app
from ocr_async.gateway.config.config import Config
from ocr_async.gateway.config.loading import load
from ocr_async.gateway.serve import listen
from ocr_async.gateway.state import GATEWAY, Gateway
from ocr_async.gateway.storage.local import open_accounts
from tests import postgres
from tests.upstream import Upstream


if TYPE_CHECKING:
    from tests.bulk.buckets import S3, Bucket


async def bearer(data: Path, alias: str, **limits: Any) -> dict[str, str]:
    """Return the header of a new key in the folder *data*, made as ``ocr-async keys`` does."""
    async with open_accounts(data) as accounts:
        text, _ = await accounts.create(alias, 1.0, **limits)
    return {"Authorization": f"Bearer {text}"}


@frozen
class Running:
    """A gateway that listens, and a client that sends it a key."""

    url: str
    port: int
    client: aiohttp.ClientSession
    gateway: Gateway
    app: web.Application

    async def post(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        data = io.BytesIO(json.dumps(body).encode())  # aiohttp warns of large bytes
        headers = {"Content-Type": "application/json", **headers}
        async with self.client.post(self.url + path, data=data, headers=headers) as answer:
            return answer.status, await answer.json()

    async def raw(self, *pieces: bytes, pause: float = 0.0, seconds: float = 10.0) -> bytes:
        """Send *pieces* on a connection of their own; return all that comes until it is closed."""
        stream = await anyio.connect_tcp("127.0.0.1", self.port)
        received = b""
        async with stream:
            with anyio.fail_after(seconds), suppress(anyio.BrokenResourceError):
                for piece in pieces:
                    await stream.send(piece)
                    await anyio.sleep(pause)
            with anyio.fail_after(seconds), suppress(anyio.EndOfStream, anyio.BrokenResourceError):
                while True:
                    received += await stream.receive()
        return received

    async def get(self, path: str, **headers: str) -> tuple[int, Any]:
        async with self.client.get(self.url + path, headers=headers) as answer:
            return answer.status, await answer.json()


class Start(Protocol):
    def __call__(self, config: Config | None = None, **changes: Any) -> AbstractAsyncContextManager[Running]: ...


@asynccontextmanager
async def running(data: Path, config: Config | None = None, **changes: Any) -> AsyncIterator[Running]:
    """Run a gateway of *config*, and of *changes* to it, that keeps what it keeps in *data*."""
    edge = {name: changes.pop(name) for name in ("first_head", "most_connections", "unread") if name in changes}
    config = evolve(config or Config(), **{"data": data, **changes})
    app = await asyncio.to_thread(create_app, config)
    runner, site = await listen(app, "127.0.0.1", 0, grace=1.0, **edge)
    try:
        async with aiohttp.ClientSession(headers={"Authorization": "Bearer sk-any"}) as client:
            yield Running(f"http://127.0.0.1:{site.port}", site.port, client, app[GATEWAY], app)
    finally:
        await runner.cleanup()


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Return what runs a gateway of a configuration, and of changes to it."""
    return partial(running, tmp_path / "data")


async def configured(folder: Path, *models: Mapping[str, Any], **settings: Any) -> Config:
    """Return the configuration that a file with *models* and *settings* makes."""

    def read() -> Config:
        path = folder / "config.yaml"
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump({"model_list": list(models), **settings}))
        config, warnings = load(path, {})
        assert warnings == []
        return config

    return await anyio.to_thread.run_sync(read)


def mistral_at(server: Upstream, name: str = "mistral-ocr", **params: Any) -> dict[str, Any]:
    """Return the entry of `model_list` for *server*."""
    return {
        "model_name": name,
        "litellm_params": {
            "model": "mistral/mistral-ocr-latest",
            "api_base": server.url,
            "api_key": "sk-upstream-canary",
            **params,
        },
    }


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """Return a PostgreSQL server that runs."""
    programs = postgres.binaries()
    if programs is None:
        pytest.skip("there is no PostgreSQL server: apt-get install postgresql")
    with postgres.running(programs) as server:
        yield server


def _s3_server() -> Iterator[S3]:
    for package in ("obstore", "moto"):
        pytest.importorskip(package, reason=f"there is no {package}: pip install obstore 'moto[server]'")
    from tests.bulk.buckets import S3

    server = S3()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """Return a server that speaks S3."""
    yield from _s3_server()


_buckets = count()


@pytest.fixture
def bucket(s3: S3, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """Return a new bucket, to which the environment leads."""
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    return s3.bucket(f"gateway-{next(_buckets)}")


@pytest.fixture
def objects(bucket: Bucket) -> str:
    """Return the address of an object store that has nothing."""
    return f"s3://{bucket.name}/some/folder"


@pytest.fixture
def own_s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    """Return a server for a test that ends it, to which the environment leads."""
    for server in _s3_server():
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server
