"""
A call takes at most 1.4 times the instructions of bare aiohttp and orjson, a relayed request 1.7 times those of a relay
by aiohttp that checks its answers to be JSON; needs valgrind, whose callgrind counts them.

10 pages by URL and an answer of 118 KB, one after the other. Instructions do not depend on what else the machine does,
as seconds do; only those between start and end are counted, of the client or of the gateway alone.
"""

from __future__ import annotations

import asyncio
import http.client
import os
import re
import subprocess
import sys
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks.clients import CLIENTS
from benchmarks.gateways import SHAPES, Running, checked_relay, configuration, headers, ocr_async, request
from benchmarks.measure import heading, table, verdict
from benchmarks.server import serving


CALLS, WARM_UP = 40, 8
_VALGRIND = ("valgrind", "--tool=callgrind", "--instr-atstart=no", "--callgrind-out-file=/dev/null")
_COLLECTED = re.compile(r"Collected : (\d+)")


def main() -> None:
    heading("Instructions: 10 pages by URL, an answer of 118 KB")
    os.environ["PYTHONHASHSEED"] = "0"
    with serving() as server:
        calls = {name: _of_calls(name, f"{server}/10x10") for name in ("bare", "ocr_async")}
        table(["", "million a call"], [[name, f"{count / 1e6:.2f}"] for name, count in calls.items()])
        requests = relayed(server)
        table(["", "million a request"], [[name, f"{count / 1e6:.2f}"] for name, count in requests.items()])
    verdict("instructions of a call against bare", calls["ocr_async"] / calls["bare"], 1.4, " ×")
    verdict("instructions of a relayed request", requests["gateway"] / requests["checked relay"], 1.7, " ×")


# --- a call -------------------------------------------------------------------------------------------------------


def _of_calls(client: str, base: str) -> float:
    command = [*_VALGRIND, sys.executable, "-m", "benchmarks.instructions", client, base]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=True, timeout=600)
    return _collected(done.stderr) / CALLS


async def _calls(client: str, base: str) -> None:
    async with CLIENTS[client](base) as call:
        for _ in range(WARM_UP):
            await call(None)
        _count(os.getpid(), on=True)  # this process goes on when the other has told valgrind
        for _ in range(CALLS):
            await call(None)
        _count(os.getpid(), on=False)


# --- a relayed request --------------------------------------------------------------------------------------------


def relayed(upstream: str) -> dict[str, float]:
    """Return the instructions of a request, by who relays it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config, log = configuration(folder, upstream), folder / "valgrind.%p"
        under = (*_VALGRIND, f"--log-file={log}")
        return {
            "checked relay": _of_requests(checked_relay(upstream, SHAPES["small"], under), folder),
            "gateway": _of_requests(ocr_async(folder, config, under=under), folder),
        }


def _of_requests(server: AbstractContextManager[Running], folder: Path) -> float:
    with server as running:
        pid = running.process.pid
        connection = http.client.HTTPConnection(running.url.split("/")[2], timeout=60)
        _requests(connection, WARM_UP)
        _count(pid, on=True)
        _requests(connection, CALLS)
        _count(pid, on=False)
        connection.close()
    return _collected((folder / f"valgrind.{pid}").read_text()) / CALLS


def _requests(connection: http.client.HTTPConnection, count: int) -> None:
    body = request("small")
    for _ in range(count):
        connection.request("POST", "/v1/ocr", body, headers())
        with connection.getresponse() as answer:
            assert answer.status == 200, answer.status
            answer.read()


# --- counting -----------------------------------------------------------------------------------------------------


def _count(pid: int, *, on: bool) -> None:
    command = ["callgrind_control", "-i", "on" if on else "off", str(pid)]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


def _collected(log: str) -> int:
    found = _COLLECTED.search(log)
    assert found is not None, log
    return int(found[1])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(_calls(*sys.argv[1:]))
    else:
        main()
