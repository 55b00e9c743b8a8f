"""
`import ocr_async` costs at most 60 ms of CPU above bare Python and asks no network; the command's help 100 ms.

`from ocr_async import aocr` costs at most 200 ms. aiohttp is imported by the first request, on a thread; what a first
call has imported in the end is held to the same 200 ms, and aiohttp's own share stands beside it.
"""

from __future__ import annotations

import resource
import subprocess
import sys

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
    "ocr-async --help": "import sys; sys.argv = ['ocr-async', '--help']; from ocr_async.cli import main; main()",
}
MOST = {  # ms
    "import ocr_async": 60,
    "from ocr_async import aocr": 200,
    "all that a request needs": 200,
    "ocr-async --help": 100,
}


def main() -> None:
    heading("CPU of starting")
    seconds: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(ROUNDS):
        for name, program in PROGRAMS.items():
            seconds[name].append(cpu_of(program))
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
    asked = subprocess.run([sys.executable, "-c", NO_NETWORK + FIRST_REQUEST], check=False)
    verdict("connections made by the imports", float(asked.returncode), 0)


def cpu_of(program: str) -> float:
    """Return the CPU seconds of a Python process that runs *program*, its start included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program], check=False, stdout=subprocess.DEVNULL, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
