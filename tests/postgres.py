"""A real PostgreSQL server, of the machine's packages, on the loopback and for the tests alone."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from attrs import define, field


__all__ = ["Server", "binaries", "running"]

_OLDEST = 13


def binaries() -> Path | None:
    """Return the folder of the server's programs; None where there is none."""
    installed = Path("/usr/lib/postgresql")
    found = {int(one.name): one / "bin" for one in installed.glob("*") if re.fullmatch(r"\d+", one.name)}
    for version in sorted(found, reverse=True):
        if version >= _OLDEST and (found[version] / "initdb").exists():
            return found[version]
    on_path = shutil.which("initdb")
    return None if on_path is None else Path(on_path).resolve().parent


@define
class Server:
    """
    A server that runs.

    Attributes:
        folder: Of its data.
    """

    port: int
    folder: Path
    programs: Path
    process: subprocess.Popen[str] | None = None
    numbers: Iterator[int] = field(factory=count)

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}?sslmode=disable"

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Do *statement*; return what psql says. Blocks."""
        command = [f"{self.programs}/psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement, self.url(database)]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()

    def new(self) -> str:
        """Return the URL of a new database. Blocks."""
        name = f"t{next(self.numbers)}"
        self.sql(f"CREATE DATABASE {name}")
        return self.url(name)

    def start(self) -> None:
        """Start it, and wait until it answers. Blocks."""
        options = {"listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": "",
                   "fsync": "off", "max_connections": "60"}  # fmt: skip
        arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        process = self.process = subprocess.Popen(
            [f"{self.programs}/postgres", "-D", f"{self.folder}/data", *arguments],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True, **_user(),
        )  # fmt: skip
        until = time.monotonic() + 60
        ready = [f"{self.programs}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        while subprocess.run(ready, check=False).returncode:
            assert process.poll() is None, "the server did not start"
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it, which ends all connections. Blocks."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)
            self.process = None


@contextmanager
def running(programs: Path) -> Iterator[Server]:
    """Have a server within the block. Blocks."""
    folder = Path(tempfile.mkdtemp(prefix="ocr_async-postgres-"))  # no folder of pytest's, which others cannot enter
    try:
        user = _user()
        if user:
            os.chown(folder, user["user"], user["group"])
        command = [f"{programs}/initdb", "-D", f"{folder}/data", "-U", "postgres", "-A", "trust", "--no-sync",
                   "-E", "UTF8", "--locale", "C"]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=120, **_user())
        server = Server(_free_port(), folder, programs)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> dict[str, Any]:
    """Return who runs the server, which refuses to be root's."""
    if os.geteuid() != 0:
        return {}
    who = pwd.getpwnam("nobody")
    return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": [], "cwd": "/"}


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
