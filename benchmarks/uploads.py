"""
Documents given as paths are sent without being held: 60 of 8 MB at 50 peak at 110 MB of memory, 20 of 51 MB at 130 MB.

With orjson and pybase64 installed, an 8 MB upload costs at most 5 ms of CPU. Of a document whose data URI the caller
has already, the text is sent on: 5 MB at 64 take at most 1.3 times the CPU of bare aiohttp and orjson, and 1.2 times
the memory.
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


TEXTS, TEXT = 192, 5 * MB


def main() -> None:
    local_files()
    data_uris()


def data_uris() -> None:
    heading("Data URIs that the caller has as text: peak memory of the client's process, and CPU")
    rounds: dict[str, list[tuple[float, float]]] = {"ocr_async": [], "bare": []}
    with serving() as server, tempfile.TemporaryDirectory() as folder:
        paths = documents(Path(folder), 1, TEXT)
        for _ in range(5):  # in turn, as other work on the machine comes and goes
            for name, found in rounds.items():
                done = run(name, f"{server}/2x4", calls=TEXTS, concurrency=64, warm_up=64, paths=paths, text=True)
                found.append((done["cpu"] / TEXTS, done["peak"]))
    rows = [
        [name, f"{median([peak for _, peak in found]) / MB:.0f}", f"{median([cpu for cpu, _ in found]) * 1e3:.1f}"]
        for name, found in rounds.items()
    ]
    table([f"{TEXTS} × {TEXT // MB} MB at 64", "peak MB", "CPU ms/call"], rows)
    ours, bare = rounds["ocr_async"], rounds["bare"]
    cpu = median([one / other for (one, _), (other, _) in zip(ours, bare, strict=True)])
    peak = median([one / other for (_, one), (_, other) in zip(ours, bare, strict=True)])
    verdict("CPU of a data URI sent on, as a multiple of bare", cpu, 1.3, " times")
    verdict("peak memory of data URIs sent on, as a multiple of bare", peak, 1.2, " times")


def local_files() -> None:
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
