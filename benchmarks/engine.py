"""
How fast the embedded engine is, each figure beside another one of the same run.

    python -m benchmarks.engine [text] [scan] [own] [networks] [memory] [cold]

``text``: pages a second of a 600-page PDF from the call to its response, on one processor and on all, beside pdfium's
plain text without layout, and what the parser alone makes of that, with and without the engine's look at each page.
``scan``: seconds a page of dense scans, on one processor and on all, beside rapidocr's own
pipeline with the same networks and settings, and the memory of the recogniser. ``own``: what a dense scan costs outside
of the networks. ``networks``: the processor time of a dense scan in them, by the small recogniser, by both and by the
tiny one (the extra fast-ocr). ``memory``: of caller and parser after 10 and after 1,000 pages, and of the recogniser
after scans of many sizes. ``cold``: the command, from its start to its end.
"""

from __future__ import annotations

import asyncio
import compileall
import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pypdfium2
from attrs import frozen
from PIL import Image

import ocr_async
from ocr_async import aocr
from ocr_async.engine.pdf import text_layer
from ocr_async.engine.pdf.pdf import Pdf
from ocr_async.engine.reading import raster
from ocr_async.engine.values import PageOptions
from ocr_async.models import Bytes, FileOnDisk
from ocr_async.transport import workers
from tests.documents import PARAGRAPHS, drawn_page, image_pdf, png, text_pdf

from .measure import median


WORDS = " ".join(PARAGRAPHS).split()
ALL = os.sched_getaffinity(0)


def lines(count: int, width: int, seed: int) -> list[str]:
    """Return *count* lines of some *width* characters."""
    chance = random.Random(seed)
    return [" ".join(chance.choices(WORDS, k=width // 6)) for _ in range(count)]


@frozen
class Reading:
    """
    What a warm call took.

    Attributes:
        seconds: From the call to its response.

        processor: Seconds of processor time, of the caller and its workers; other programs do not add to it.

        memory: The largest of a worker, in MB.
    """

    seconds: float
    processor: float
    memory: int


async def reading(document: bytes, model: str) -> Reading:
    """Return what it takes to read *document* with workers that are warm."""
    given = Bytes(data=document, mime="application/pdf")
    # Every worker takes a share of this one, so that none starts afterwards.
    await aocr(given, model=model, pages=None if model == "local/text" else "0")
    before, started = processor_time(), time.perf_counter()
    await aocr(given, model=model)
    seconds, spent = time.perf_counter() - started, processor_time() - before
    return Reading(seconds, spent, max(map(_resident, workers.processes())))


def processor_time() -> float:
    """Return the seconds of processor time that this process and its workers have had."""
    stats = [Path(f"/proc/{pid}/stat").read_text() for pid in ("self", *workers.processes())]
    ticks = sum(sum(map(int, stat.rpartition(")")[2].split()[11:13])) for stat in stats)  # utime and stime
    return ticks / os.sysconf("SC_CLK_TCK")


def measured(document: bytes, model: str, processors: set[int]) -> Reading:
    """`reading` with *processors* alone; workers inherit them."""
    os.sched_setaffinity(0, processors)
    try:
        return asyncio.run(reading(document, model))
    finally:
        os.sched_setaffinity(0, ALL)


def text(pages: int = 600, rounds: int = 5) -> None:
    document = text_pdf([lines(46, 80, seed) for seed in range(pages)], size=11)
    plain, parser, looking, one, every = [], [], [], [], []
    for _ in range(rounds):
        plain.append(plain_text(document))
        parser.append(parsing(document))
        looking.append(looks(document))
        one.append(measured(document, "local/text", {min(ALL)}))
        every.append(measured(document, "local/text", ALL))
    # The fastest of several rounds, which alternate: other programs only ever make it slower.
    bare = pages / min(plain)
    floor = pages / min(parser)
    least = pages / (min(parser) + min(looking))
    single, spread = (pages / min(each.seconds for each in those) for those in (one, every))
    processor = pages / min(each.processor for each in one)
    print(f"text: pdfium's plain text {bare:.0f} pages/s on one processor")
    print(
        f"      the parser alone {floor:.0f} ({floor / bare:.2f} x), with a look for pictures {least:.0f} "
        f"({least / bare:.2f} x)"
    )
    print(
        f"      engine {single:.0f} pages/s on one ({single / bare:.2f} x), {processor:.0f} by its processor time; "
        f"{spread:.0f} on {len(ALL)} ({spread / single:.2f} x)"
    )


def plain_text(document: bytes) -> float:
    """Return pdfium's seconds for the text of *document* without layout, on one processor."""
    started = time.perf_counter()
    for page in pypdfium2.PdfDocument(document):
        page.get_textpage().get_text_bounded()
    return time.perf_counter() - started


def parsing(document: bytes, together: int = 50) -> float:
    """Return the seconds of liteparse alone for *document*, as many pages *together* as the engine asks it for."""
    count = len(pypdfium2.PdfDocument(document))
    started = time.perf_counter()
    for first in range(0, count, together):
        pages = range(first, min(first + together, count))
        text_layer.parser(pages=pages).parse_bytes(document)
    return time.perf_counter() - started


def looks(document: bytes) -> float:
    """Return the seconds that the engine takes to look at each page of *document* for what is no text."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(document)
        file.flush()
        pdf = Pdf(FileOnDisk(path=Path(file.name)))
        started = time.perf_counter()
        for page in range(pdf.count):
            pdf.look(page)
        return time.perf_counter() - started


def scan(pages: int = 6) -> None:
    images = [drawn_page(lines(62, 84, seed), width=1654, height=2339, size=20) for seed in range(pages)]
    document = image_pdf(images, dpi=200)
    others = rapid(images)
    one = measured(document, "local/ocr", {min(ALL)})
    every = measured(document, "local/ocr", ALL)
    alone = measured(image_pdf(images[:1], dpi=200), "local/ocr", ALL).seconds
    each, spread = one.seconds / pages, every.seconds / pages
    print(f"scan: rapidocr {others:.2f} s a page on one processor")
    print(
        f"      engine {each:.2f} s on one ({others / each:.2f} x), {one.processor / pages:.2f} of processor time; "
        f"{spread:.2f} on {len(ALL)} ({each / spread:.2f} x), a page alone {alone:.2f} ({each / alone:.2f} x); "
        f"recogniser {every.memory} MB"
    )


def rapid(images: list[Any]) -> float:
    """Return rapidocr's seconds a page on one processor, tuned to the engine's settings."""
    from rapidocr import RapidOCR

    os.sched_setaffinity(0, {min(ALL)})
    try:
        engine = RapidOCR(
            params={
                "EngineConfig.onnxruntime.enable_cpu_mem_arena": True,
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "Rec.rec_batch_num": 1,
                "Rec.rec_img_shape": [3, 48, 64],
                "Global.max_side_len": 1600,
                "Global.use_cls": False,
                "Global.log_level": "critical",
            }
        )
        pixels = [np.asarray(image.convert("RGB")) for image in images]
        engine(pixels[0])
        started = time.perf_counter()
        for picture in pixels:
            engine(picture)
        return (time.perf_counter() - started) / len(pixels)
    finally:
        os.sched_setaffinity(0, ALL)


def own(pages: int = 3) -> None:
    os.sched_setaffinity(0, {min(ALL)})
    from ocr_async.engine.ocr.bfloat16 import Bfloat16
    from ocr_async.engine.ocr.networks import Float32
    from ocr_async.engine.ocr.recognition import recognise

    inside = 0.0

    def timing(run: Callable[..., Any]) -> Callable[..., Any]:
        def timed(network: Any, *arguments: Any) -> Any:
            nonlocal inside
            started = time.process_time()
            try:
                return run(network, *arguments)
            finally:
                inside += time.process_time() - started

        return timed

    images = [drawn_page(lines(62, 84, seed), width=1654, height=2339, size=20) for seed in range(pages + 1)]
    with tempfile.TemporaryDirectory() as folder:
        given = FileOnDisk(path=Path(folder, "scan.pdf"))
        Path(given.path).write_bytes(image_pdf(images, dpi=200))
        recognise(raster(given, pages), pages, PageOptions())
        with contextlib.ExitStack() as stack:
            for kind in (Float32, Bfloat16):  # a page may go through both
                stack.enter_context(mock.patch.object(kind, "__call__", timing(kind.__call__)))
            drawn = whole = 0.0
            for page in range(pages):
                started = time.process_time()
                picture = raster(given, page)
                drawn += time.process_time() - started
                recognise(picture, page, PageOptions())
                whole += time.process_time() - started
    os.sched_setaffinity(0, ALL)
    share = (whole - inside - drawn) / (inside + drawn)
    print(
        f"own:  {inside / pages:.2f} s a page in the networks, {drawn / pages:.3f} s drawing, ours {share:.1%} of both"
    )


def networks(rounds: int = 3) -> None:
    from ocr_async.engine.ocr import networks as loaded
    from ocr_async.engine.ocr.recognition import see
    from ocr_async.engine.values import Recogniser

    tiny = loaded.tiny_recogniser()
    if tiny is None:
        print("networks: the extra fast-ocr is not installed")
        return
    page = drawn_page(lines(62, 84, 0), width=1654, height=2339, size=20)
    pixels = np.asarray(page.convert("RGB"), np.uint8)
    spent: dict[str, list[float]] = {"small": [], "both": [], "tiny": []}
    see(pixels, dpi=200)
    for _ in range(rounds):
        for name, seconds in spent.items():
            recogniser = Recogniser(engine="tiny" if name == "tiny" else "auto")
            with mock.patch.object(loaded, "tiny_recogniser", lambda kept=None if name == "small" else tiny: kept):
                started = time.process_time()
                see(pixels, dpi=200, recogniser=recogniser)
                seconds.append(time.process_time() - started)
    small, both, alone = (min(seconds) for seconds in spent.values())
    print(f"networks: a dense scan by the small recogniser {small:.2f} s of processor time, ours among it; by both")
    print(f"      {both:.2f} ({both / small:.2f} x), by the tiny one {alone:.2f} ({alone / small:.2f} x)")


def memory() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "long.pdf")
        path.write_bytes(text_pdf([lines(46, 80, seed) for seed in range(1000)], size=11))
        for count in (10, 1000):
            done = subprocess.run(
                [sys.executable, "-c", _PEAKS, str(path), str(count)], stdout=subprocess.PIPE, check=True, text=True
            )
            print(f"memory: {count} pages, {done.stdout.strip()}")
    print(f"memory: recogniser after 10, 20, 40, 80 scans of as many sizes, {asyncio.run(_over_sizes())} MB")


async def _over_sizes() -> list[int]:
    sizes, found = random.Random(7), []
    for count in range(1, 81):
        width, height = sizes.randint(500, 2000), sizes.randint(500, 2400)
        page = drawn_page(lines(height // 60, width // 30, count), width=width, height=height, size=20)
        grain = np.random.default_rng(count).normal(scale=20, size=(height, width, 1))  # or the tiny detector is enough
        page = Image.fromarray(np.clip(np.asarray(page.convert("RGB")) + grain, 0, 255).astype(np.uint8))
        await aocr(Bytes(data=png(page), mime="image/png"))
        if count in {10, 20, 40, 80}:
            found.append(max(_resident(pid) for pid in workers.processes()))
    return found


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") >> 20


_PEAKS = """
import asyncio, resource, sys
from pathlib import Path
from ocr_async import aocr
from ocr_async.transport import workers

async def main():
    await aocr(Path(sys.argv[1]), model="local/text", pages=range(int(sys.argv[2])))
    status = [Path(f"/proc/{pid}/status").read_text() for pid in ("self", *workers.processes())]
    peaks = [int(each.split("VmHWM:")[1].split()[0]) >> 10 for each in status]
    print(f"caller {peaks[0]} MB, parser {max(peaks[1:])} MB")

asyncio.run(main())
"""


def cold(rounds: int = 5) -> None:
    # As pip does; workers could not write it, for they are kept from files.
    compileall.compile_dir(Path(ocr_async.__file__).parent, quiet=1)
    with tempfile.TemporaryDirectory() as folder:
        digital, scanned = Path(folder, "digital.pdf"), Path(folder, "scan.pdf")
        digital.write_bytes(text_pdf([lines(46, 80, 0)], size=11))
        page = drawn_page(lines(62, 84, 0), width=1654, height=2339, size=20)
        scanned.write_bytes(image_pdf([page], dpi=200))
        for path in (digital, scanned):
            walls, loads = [], []
            for _ in range(rounds):
                before, started = sum(os.times()[2:4]), time.perf_counter()
                subprocess.run(
                    [sys.executable, "-m", "ocr_async", "run", "--quiet", str(path)],
                    stdout=subprocess.DEVNULL,
                    check=True,
                )
                walls.append(time.perf_counter() - started)
                loads.append(sum(os.times()[2:4]) - before)
            print(f"cold: {path.stem} {median(walls):.2f} s, {median(loads):.2f} s of processor time")


if __name__ == "__main__":
    parts = {"text": text, "scan": scan, "own": own, "networks": networks, "memory": memory, "cold": cold}
    for name in sys.argv[1:] or parts:
        parts[name]()
