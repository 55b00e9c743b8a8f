"""
A call takes at most 1.4 times the instructions of bare aiohttp and orjson, a relayed request 1.7 times those of a relay
by aiohttp that checks its answers to be JSON; needs valgrind, whose callgrind counts them.

10 pages by URL and an answer of 118 KB, one after the other. Instructions do not depend on what else the machine does,
as seconds do; only those between start and end are counted, of the client or of the gateway alone.
"""

from __future__ import annotations

import asyncio
import base64
import http.client
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks.clients import CLIENTS
from benchmarks.gateways import SHAPES, Running, checked_relay, configuration, headers, ocr_async, request
from benchmarks.measure import heading, table, verdict
from benchmarks.server import serving


CALLS, WARM_UP = 40, 8
VALGRIND = ("valgrind", "--tool=callgrind", "--instr-atstart=no", "--callgrind-out-file=/dev/null")
_OF_THREAD = re.compile(r"Th +\d+ +([\d,]+)")
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
    command = [*VALGRIND, sys.executable, "-m", "benchmarks.instructions", client, base]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=True, timeout=600)
    return _collected(done.stderr) / CALLS


async def _calls(client: str, base: str) -> None:
    async with CLIENTS[client](base) as call:
        for _ in range(WARM_UP):
            await call(None)
        _switch(os.getpid(), on=True)  # this process goes on when the other has told valgrind
        for _ in range(CALLS):
            await call(None)
        _switch(os.getpid(), on=False)


# --- a relayed request --------------------------------------------------------------------------------------------


def relayed(upstream: str) -> dict[str, float]:
    """Return the instructions of a request, by who relays it."""
    with tempfile.TemporaryDirectory() as name:
        config = configuration(Path(name), upstream)
        return {
            "checked relay": _of_requests(checked_relay(upstream, SHAPES["small"], (*VALGRIND, "-q"))),
            "gateway": _of_requests(ocr_async(Path(name), config, under=(*VALGRIND, "-q"))),
            "gateway, a data URI of 80 KB": _of_requests(
                ocr_async(Path(name), config, under=(*VALGRIND, "-q")), request("upload", _data_uri())
            ),
        }


def _data_uri() -> str:
    return "data:application/pdf;base64," + base64.b64encode(b"%PDF-1.7\n" + bytes(range(256)) * 312).decode()


def _of_requests(server: AbstractContextManager[Running], body: bytes | None = None) -> float:
    with server as running:
        connection = http.client.HTTPConnection(running.url.split("/")[2], timeout=60)
        send(connection, WARM_UP, body)
        (taken,) = taken_by([running.process.pid], lambda: send(connection, CALLS, body))
        connection.close()
    return taken / CALLS


def send(connection: http.client.HTTPConnection, count: int, body: bytes | None = None) -> None:
    """Send so many requests with *body*, else of a URL, over *connection*, one after the other."""
    body = body or request("small")
    for _ in range(count):
        connection.request("POST", "/v1/ocr", body, headers())
        with connection.getresponse() as answer:
            assert answer.status == 200, answer.status
            answer.read()


# --- counting -----------------------------------------------------------------------------------------------------


def taken_by(pids: Sequence[int], work: Callable[[], None]) -> list[int]:
    """
    Return how many instructions each process takes for *work*.

    Under valgrind it takes so long that what is done each second, whoever asks, would be counted many times: a pause as
    long as the work says how much that is.
    """
    for pid in pids:
        _switch(pid, on=True)
    before, started = [_counted(pid) for pid in pids], time.perf_counter()
    work()
    worked, ended = [_counted(pid) for pid in pids], time.perf_counter()
    time.sleep(ended - started)
    idle = [_counted(pid) for pid in pids]
    return [2 * two - one - three for one, two, three in zip(before, worked, idle, strict=True)]


def _switch(pid: int, *, on: bool) -> None:
    command = ["callgrind_control", "-i", "on" if on else "off", str(pid)]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


def _counted(pid: int) -> int:
    command = ["callgrind_control", "-e", str(pid)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    return sum(int(each.replace(",", "")) for each in _OF_THREAD.findall(done.stdout))


def _collected(log: str) -> int:
    found = _COLLECTED.search(log)
    assert found is not None, log
    return int(found[1])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(_calls(*sys.argv[1:]))
    else:
        main()
