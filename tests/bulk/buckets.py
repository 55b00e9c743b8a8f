"""A server that speaks S3, in a process of its own, and what is in its buckets."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection

import obstore
from attrs import define, field
from obstore.store import S3Store


# Moto looks at conditions and writes in two steps, between which another thread may write; S3 does not.
_ONE_BY_ONE = """
import threading
from moto.moto_server.werkzeug_app import DomainDispatcherApplication as Application
call, lock = Application.__call__, threading.Lock()
refusing = False
def one_by_one(self, environ, start):
    global refusing
    {drop}
    with lock:
        if environ["PATH_INFO"] == "/-/refusing":
            refusing = environ["REQUEST_METHOD"] == "PUT"
        elif not refusing:
            return call(self, environ, start)
    start("503 Service Unavailable" if refusing else "200 OK", [("Content-Length", "0")])
    return [b""]
Application.__call__ = one_by_one
"""


@define(eq=False)
class S3:
    """
    Moto's server on the loopback; its buckets are gone with it.

    Attributes:
        checks: Whether it asks for credentials that it knows, and knows none.

        heedless: Whether it takes what is new under a name that is taken, as some stores that speak S3 do.
    """

    checks: bool = False
    heedless: bool = False
    port: int = field(init=False)
    _process: subprocess.Popen[bytes] = field(init=False)

    def __attrs_post_init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start()

    @property
    def environment(self) -> dict[str, str]:
        """What leads a program there, by AWS's own names."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}", "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "planted-secret",
        }  # fmt: skip

    def start(self) -> None:
        """Start it, at the port that it had."""
        code = "import os; os.environ['INITIAL_NO_AUTH_ACTION_COUNT'] = '0'\n" if self.checks else ""
        code += _ONE_BY_ONE.format(drop="environ.pop('HTTP_IF_NONE_MATCH', None)" if self.heedless else "pass")
        code += "from moto.server import main; main()"
        self._process = subprocess.Popen(
            [sys.executable, "-c", code, "-H", "127.0.0.1", "-p", str(self.port)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        end = time.monotonic() + 60
        while self._process.poll() is None and time.monotonic() < end:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/moto-api/data.json", timeout=5).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("moto's server did not start")

    def stop(self) -> None:
        """End it, and forget its buckets."""
        self._process.kill()
        self._process.wait(20)

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Have it refuse every request within the block, and keep what it has."""
        self._ask("PUT", "/-/refusing", 503)
        try:
            yield
        finally:
            self._ask("DELETE", "/-/refusing", 200)

    def bucket(self, name: str) -> Bucket:
        """Make a bucket."""
        self._ask("PUT", f"/{name}", 200)
        return Bucket(self, name)

    def _ask(self, method: str, path: str, status: int) -> None:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path)
        assert connection.getresponse().status == status
        connection.close()


@define(eq=False)
class Bucket:
    """One of its buckets, looked into as any other program would."""

    server: S3
    name: str
    _store: S3Store = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = S3Store(
            self.name, endpoint=f"http://127.0.0.1:{self.server.port}", region="us-east-1", access_key_id="id",
            secret_access_key="planted-secret", client_options={"allow_http": True},
        )  # fmt: skip

    def put(self, objects: Mapping[str, bytes]) -> None:
        """Put *objects*, by their keys."""
        for key, data in objects.items():
            obstore.put(self._store, key, data)

    def keys(self, prefix: str = "") -> list[str]:
        """Return the keys below a prefix, in order."""
        return sorted(each["path"] for some in obstore.list(self._store, prefix or None) for each in some)

    def get(self, key: str) -> bytes:
        """Return what a key holds."""
        return bytes(obstore.get(self._store, key).bytes())

    def delete(self, key: str) -> None:
        """Delete an object."""
        obstore.delete(self._store, key)
