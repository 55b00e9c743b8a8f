"""
A worker process, and the socket to it.

Where a process can be given a socket, it is standard input. Windows cannot: there the worker calls back at the
loopback, and says a word that only it was told, over standard input.
"""

from __future__ import annotations

import contextlib
import errno
import hmac
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from . import memory


__all__ = ["connected", "start"]

INHERITED = hasattr(socket, "AF_UNIX")
_PATIENCE = 60.0  # seconds for a worker to call back; a busy machine is slow to start one
_WORD = 32


def start(module: str, kind: str, environment: Mapping[str, str]) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """
    Start ``python -m MODULE … KIND`` with *environment*; return it, and a blocking socket to it. Blocks.

    Raises:
        OSError: It cannot be started, or does not answer.
    """
    folder = str(memory.folder()) if memory.NAMED else ""
    # -S, -P: nothing in the site or the current directory changes what a worker imports; it gets our path
    command = [_interpreter(), "-S", "-P", "-m", module, "inherited" if INHERITED else "loopback", folder, kind]
    return _inheriting(command, environment) if INHERITED else _calling_back(command, environment)


def _interpreter() -> str:
    """
    Return the program that runs Python.

    It is not always `sys.executable`: that is uWSGI's own program under uWSGI, and that of the application where it was
    frozen into one, which would begin anew.

    Raises:
        OSError: There is none.
    """
    program = sys.executable or ""
    name = os.path.basename(program).lower().removesuffix(".exe")
    frozen = getattr(sys, "frozen", False)
    if name.startswith(("python", "pypy")) or (not frozen and name.endswith(("py", "ython"))):  # mayapy, hython
        return program
    if not frozen:
        names = (
            ("python.exe", "Scripts/python.exe") if os.name == "nt" else ("bin/python{}.{}".format(*sys.version_info),)
        )
        for prefix in (sys.exec_prefix, sys.base_exec_prefix):
            for path in (os.path.join(prefix, name) for name in names):
                if os.access(path, os.X_OK):
                    return path
    what = f"{program or 'nothing'} (sys.executable) is no Python interpreter, which its processes need"
    raise OSError(errno.ENOEXEC, what)


def connected(way: str, folder: str) -> socket.socket:
    """Return a worker's socket to the process that started it with *way* and *folder*, its first two arguments."""
    if folder:
        memory.use_folder(Path(folder))
    if way == "inherited":
        return socket.socket(fileno=0)
    port, word = sys.stdin.readline().split()
    connection = socket.create_connection(("127.0.0.1", int(port)), _PATIENCE)
    connection.settimeout(None)
    connection.sendall(word.encode())
    return connection


def _inheriting(
    command: Sequence[str], environment: Mapping[str, str]
) -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            return _popen(command, environment, theirs.fileno()), ours
        except BaseException:
            ours.close()
            raise


def _calling_back(
    command: Sequence[str], environment: Mapping[str, str]
) -> tuple[subprocess.Popen[bytes], socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = _popen(command, environment, subprocess.PIPE)
        try:
            word = secrets.token_hex(_WORD)
            assert process.stdin is not None
            with process.stdin as told:
                told.write(f"{listener.getsockname()[1]} {word}\n".encode())
            listener.settimeout(_PATIENCE)
            while True:
                connection, _ = listener.accept()
                connection.settimeout(_PATIENCE)
                with contextlib.suppress(OSError):
                    if hmac.compare_digest(connection.recv(2 * _WORD, socket.MSG_WAITALL), word.encode()):
                        connection.settimeout(None)
                        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                        return process, connection
                connection.close()  # somebody else
        except BaseException:
            process.kill()
            process.wait()
            raise


def _popen(command: Sequence[str], environment: Mapping[str, str], stdin: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603
        command,
        stdin=stdin,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        # Ctrl-C is ours to answer
        start_new_session=INHERITED,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
