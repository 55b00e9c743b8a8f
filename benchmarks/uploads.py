"""
Documents given as paths are sent without being held: 60 of 8 MB at 50 peak at 110 MB of memory, 20 of 51 MB at 130 MB.

With orjson and pybase64 installed, an 8 MB upload costs at most 5 ms of CPU.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import heading, median, run, table, verdict
from benchmarks.server import serving


MB = 1_000_000
CLIENTS = ("ocr_async", "bare", "mistralai", "litellm")
# documents, bytes of each, concurrency, bytes of memory at most, clients; litellm refuses more than 50 MB
SCENARIOS = (
    (60, 8 * MB, 50, 110 * MB, CLIENTS),
    (20, 51 * MB, 20, 130 * MB, ("ocr_async", "mistralai")),
)


def main() -> None:
    heading("Uploads of local files: peak memory of the client's process, and CPU")
    for count, size, concurrency, most, clients in SCENARIOS:
        rows = []
        with serving() as server, tempfile.TemporaryDirectory() as folder:
            paths = documents(Path(folder), count, size)
            for name in clients:
                rounds = [
                    run(name, f"{server}/2x4", calls=count, concurrency=concurrency, warm_up=2, paths=paths)
                    for _ in range(3 if name == "ocr_async" else 1)
                ]
                peak, cpu = max(each["peak"] for each in rounds), median([each["cpu"] for each in rounds]) / count
                rows.append([name, f"{peak / MB:.0f}", f"{cpu * 1e3:.1f}"])
                if name == "ocr_async":
                    ours = peak, cpu
        table([f"{count} × {size // MB} MB at {concurrency}", "peak MB", "CPU ms/call"], rows)
        verdict(f"peak memory of {count} × {size // MB} MB at {concurrency}", ours[0] / MB, most / MB, " MB")
        if size == 8 * MB:
            verdict("CPU of an 8 MB upload", ours[1] * 1e3, 5, " ms")
        print()


def documents(folder: Path, count: int, size: int) -> Sequence[Path]:
    """Write *count* files that begin as PDFs do; links to one, since only their names have to differ."""
    first = folder / "0.pdf"
    first.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * (size // 256))
    paths = [first]
    for number in range(1, count):
        paths.append(folder / f"{number}.pdf")
        paths[-1].hardlink_to(first)
    return paths


if __name__ == "__main__":
    main()
