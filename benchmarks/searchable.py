"""
Searchable PDFs: size, seconds and selected words beside OCRmyPDF, on the same scans in one run.

    python -m benchmarks searchable

Digital pages are drawn at 200 dots an inch and saved as scans, one of each kind below, so that each word's place is
known. A word counts as selected where the text that pdfium gives for the middle half of its line's height, from two
pixels before to two pixels behind it, is that word and nothing else.
OCRmyPDF is left out where its program is not there: it needs tesseract and its language data of the system.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pypdfium2
from attrs import frozen
from PIL import Image

from tests.documents import PARAGRAPHS, image_pdf, text_pdf

from .measure import heading, table


DPI = 200
PAGES = 6
WORDS = " ".join(PARAGRAPHS).split()
Box = tuple[float, float, float, float]  # left, bottom, right, top in points


@frozen
class Scan:
    """A scan, and where its words stand, page by page."""

    name: str
    file: Path
    words: list[list[tuple[str, Box]]]


def main() -> None:
    """Print a table of both."""
    heading("Searchable PDFs")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scans = [_scan(folder, "small type", 8), _scan(folder, "usual type", 11), _scan(folder, "large type", 16)]
        rows = []
        for scan in scans:
            for program, command in _programs().items():
                out = folder / f"{program}.pdf"
                started = time.perf_counter()
                done = subprocess.run([*command, str(scan.file), *_to(program, out)], capture_output=True, check=False)
                seconds = time.perf_counter() - started
                if done.returncode:
                    rows.append([scan.name, program, "failed", done.stderr.decode()[-60:].strip(), ""])
                    continue
                size = out.stat().st_size / scan.file.stat().st_size
                rows.append(
                    [scan.name, program, f"{seconds / PAGES:.2f}", f"{size:.3f}", f"{_selected(scan, out):.1%}"]
                )
        table(["scan", "program", "seconds a page", "size / original", "words selected"], rows)
    if "OCRmyPDF" not in _programs():
        print("OCRmyPDF is not installed")


def _programs() -> dict[str, list[str]]:
    programs = {"ocr-async": [sys.executable, "-m", "ocr_async", "run", "--quiet"]}
    if (other := shutil.which("ocrmypdf")) and shutil.which("tesseract"):
        programs["OCRmyPDF"] = [other, "--output-type", "pdf", "--optimize", "0", "--quiet"]
    return programs


def _to(program: str, out: Path) -> list[str]:
    return ["-o", str(out)] if program == "ocr-async" else [str(out)]


def _scan(folder: Path, name: str, size: int) -> Scan:
    chance = random.Random(size)
    count, width = 600 // (size + 4), 470 // (size * 3)
    digital = text_pdf(
        [[" ".join(chance.choices(WORDS, k=width)) for _ in range(count)] for _ in range(PAGES)], size=size
    )
    pictures: list[Image.Image] = []
    words = []
    with pypdfium2.PdfDocument(digital) as opened:
        for page in opened:
            pictures.append(page.render(scale=DPI / 72).to_pil().convert("L"))
            words.append(_words(page))
            page.close()
    file = folder / f"{name}.pdf"
    file.write_bytes(image_pdf(pictures, dpi=DPI))
    return Scan(name, file, words)


def _words(page: pypdfium2.PdfPage) -> list[tuple[str, Box]]:
    text = page.get_textpage()
    found: list[tuple[str, Box]] = []
    word, boxes = "", []
    whole = text.get_text_range()
    for index, letter in enumerate([*whole, " "]):
        if not letter.isspace():
            word += letter
            boxes.append(text.get_charbox(index, loose=True))
        elif word:
            lefts, bottoms, rights, tops = zip(*boxes, strict=True)
            found.append((word, (min(lefts), min(bottoms), max(rights), max(tops))))
            word, boxes = "", []
    text.close()
    return found


def _selected(scan: Scan, out: Path) -> float:
    """Return which part of the words of *scan* is what *out* gives for their places."""
    margin = 2 * 72 / DPI
    right = count = 0
    with pypdfium2.PdfDocument(out) as opened:
        for page, words in zip(opened, scan.words, strict=True):
            text = page.get_textpage()
            for word, (left, bottom, far, top) in words:
                count += 1
                quarter = (top - bottom) / 4
                said = text.get_text_bounded(left - margin, bottom + quarter, far + margin, top - quarter)
                right += said.split() == [word]
            text.close()
            page.close()
    return right / count
