"""
How fast the embedded engine is, each figure beside another one of the same run.

    python -m benchmarks.engine [text] [scan]

``text``: pages a second of a 600-page PDF from the call to its response, on one processor and on all, beside pdfium's
plain text without layout. ``scan``: seconds a page of dense scans, on one processor and on all, beside rapidocr's own
pipeline with the same networks and settings, and the memory of the recogniser.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2

from ocr_async import aocr
from ocr_async.models import Bytes
from ocr_async.transport import workers
from tests.documents import PARAGRAPHS, drawn_page, image_pdf, text_pdf


WORDS = " ".join(PARAGRAPHS).split()
ALL = os.sched_getaffinity(0)


def lines(count: int, width: int, seed: int) -> list[str]:
    """Return *count* lines of some *width* characters."""
    chance = random.Random(seed)
    return [" ".join(chance.choices(WORDS, k=width // 6)) for _ in range(count)]


async def reading(document: bytes, model: str) -> tuple[float, int]:
    """Return the seconds of a warm call, and the largest memory of a worker in MB."""
    given = Bytes(data=document, mime="application/pdf")
    await aocr(given, model=model, pages="0")
    started = time.perf_counter()
    await aocr(given, model=model)
    seconds = time.perf_counter() - started
    memory = max(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in workers.processes())
    return seconds, memory * os.sysconf("SC_PAGESIZE") >> 20


def measured(document: bytes, model: str, processors: set[int]) -> tuple[float, int]:
    """`reading` with *processors* alone; workers inherit them."""
    os.sched_setaffinity(0, processors)
    try:
        return asyncio.run(reading(document, model))
    finally:
        os.sched_setaffinity(0, ALL)


def text(pages: int = 600) -> None:
    document = text_pdf([lines(46, 80, seed) for seed in range(pages)], size=11)
    pdf = pypdfium2.PdfDocument(document)
    started = time.perf_counter()
    for page in pdf:
        page.get_textpage().get_text_bounded()
    plain = pages / (time.perf_counter() - started)
    one = pages / measured(document, "local/text", {min(ALL)})[0]
    every = pages / measured(document, "local/text", ALL)[0]
    print(f"text: pdfium's plain text {plain:.0f} pages/s on one processor")
    print(
        f"      engine {one:.0f} pages/s on one ({one / plain:.2f} x), {every:.0f} on {len(ALL)} ({every / one:.2f} x)"
    )


def scan(pages: int = 6) -> None:
    images = [drawn_page(lines(62, 84, seed), width=1654, height=2339, size=20) for seed in range(pages)]
    document = image_pdf(images, dpi=200)
    others = rapid(images)
    one, _ = measured(document, "local/ocr", {min(ALL)})
    every, memory = measured(document, "local/ocr", ALL)
    single, _ = measured(image_pdf(images[:1], dpi=200), "local/ocr", ALL)
    print(f"scan: rapidocr {others:.2f} s a page on one processor")
    print(
        f"      engine {one / pages:.2f} s on one ({others * pages / one:.2f} x), {every / pages:.2f} s on {len(ALL)} "
        f"({one / every:.2f} x), a page alone {single:.2f} s ({one / pages / single:.2f} x); recogniser {memory} MB"
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


if __name__ == "__main__":
    for name in sys.argv[1:] or ("text", "scan"):
        {"text": text, "scan": scan}[name]()
