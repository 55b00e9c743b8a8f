"""
`import ocr_async` costs at most 60 ms of CPU above bare Python and asks no network; the command's help 100 ms.

`from ocr_async import aocr` costs at most 200 ms. aiohttp is imported by the first request, on a thread; what a first
call has imported in the end is held to the same 200 ms, and to 1.2 times the five packages that a call stands on.

All have their bytecode, as an installed package does, whatever ``PYTHONDONTWRITEBYTECODE`` says here: compiling our
modules anew each time, but not those of the packages, is a third of what the former then take.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping

from benchmarks.measure import heading, median, table, verdict


ROUNDS = 15
NO_NETWORK = """
import sys
def refuse(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname"}:
        raise SystemExit(f"{event} {arguments}")
sys.addaudithook(refuse)
"""
FIRST = "from ocr_async import aocr; import ocr_async.providers.mistral, ocr_async.formats.mistral"
FIRST_REQUEST = f"{FIRST}, ocr_async.transport.send"
PROGRAMS = {
    "bare Python": "pass",
    "import ocr_async": "import ocr_async",
    "from ocr_async import aocr": FIRST,
    "all that a request needs": FIRST_REQUEST,
    "aiohttp alone": "import aiohttp",
    "the five packages": "import aiohttp, anyio, attrs, cattrs, tenacity",
    "ocr-async --help": "import sys; sys.argv = ['ocr-async', '--help']; from ocr_async.cli import main; main()",
}
MOST = {  # ms
    "import ocr_async": 60,
    "from ocr_async import aocr": 200,
    "all that a request needs": 200,
    "ocr-async --help": 100,
}
MOST_OF_PACKAGES = 1.2


def main() -> None:
    heading("CPU of starting")
    with tempfile.TemporaryDirectory() as bytecode:
        measure({**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": bytecode})


def measure(environ: Mapping[str, str]) -> None:
    seconds: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for program in PROGRAMS.values():
        cpu_of(program, environ)  # which writes the bytecode
    for _ in range(ROUNDS):
        for name, program in PROGRAMS.items():
            seconds[name].append(cpu_of(program, environ))
    above = {
        name: median([one - two for one, two in zip(seconds[name], seconds["bare Python"], strict=True)])
        for name in PROGRAMS
    }
    table(
        ["program", "CPU ms", "above bare Python ms"],
        [[name, f"{median(seconds[name]) * 1e3:.0f}", f"{above[name] * 1e3:.0f}"] for name in PROGRAMS],
    )
    for name, most in MOST.items():
        verdict(f"CPU of {name} above bare Python", above[name] * 1e3, most, " ms")
    packages = above["all that a request needs"] / above["the five packages"]
    verdict("all that a request needs, against the five packages", packages, MOST_OF_PACKAGES, " x")
    asked = subprocess.run([sys.executable, "-c", NO_NETWORK + FIRST_REQUEST], check=False)
    verdict("connections made by the imports", float(asked.returncode), 0)


def cpu_of(program: str, environ: Mapping[str, str]) -> float:
    """Return the CPU seconds of a Python process that runs *program*, its start included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", program]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, timeout=60, env=environ)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
