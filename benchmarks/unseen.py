"""
How well pages are read that nobody here has seen: drawn at random by `drawn_pages`, with fresh seeds, told by feature.

    python -m benchmarks.unseen [--pages 100] [--seed N] [--scans] [--laid-out [--only KIND ...]] [--statistics]
                                [--worst FOLDER] [--vary tables.evidence.ROWS=1,2,3]

A Chromium prints the pages. With --vary, a constant of `ocr_async.engine.layout` is set to each of the values, and
both halves of the features are told: fit it on the one, and believe what the other says.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import random
import re
import shutil
import statistics
import subprocess
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

from ocr_async.engine.reading import raster, read
from ocr_async.engine.values import PageOptions
from ocr_async.models import FileOnDisk, OCRPage

from .degraded import DAMAGES, damaged
from .drawn_layouts import LAYOUTS, laid_out
from .drawn_pages import FEATURES, Block, Page, drawn
from .drawn_statistics import STATISTICS, statistics_page


MEASURES = ("order", "words", "cells", "beside", "heads")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-pdf-header-footer")
CELL = re.compile(r"(?<!\\)\|")


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    options.add_argument("--pages", type=int, default=100)
    options.add_argument("--seed", type=int, default=random.randrange(10**6))
    options.add_argument("--scans", action="store_true", help="read noisy pictures of the pages; takes seconds a page")
    options.add_argument(
        "--degraded", nargs="*", choices=DAMAGES, help="read pictures damaged as these kinds say, or as any; the same"
    )
    options.add_argument("--laid-out", action="store_true", help="magazines, newspapers, exams, textbooks, forms ...")
    options.add_argument("--only", nargs="+", choices=LAYOUTS, help="with --laid-out: of these kinds alone")
    options.add_argument("--statistics", action="store_true", help="tables as offices of statistics print them")
    options.add_argument("--vary", help="a constant of the layout, and values for it")
    options.add_argument("--worst", type=Path, help="write the PDF and what was read of the worst pages to this folder")
    chosen = options.parse_args()
    chance = random.Random(chosen.seed)
    kinds = chosen.only or LAYOUTS
    draw = partial(laid_out, of=kinds) if chosen.laid_out else statistics_page if chosen.statistics else drawn
    pages = [draw(chance) for _ in range(chosen.pages)]
    print(f"{len(pages)} pages, seed {chosen.seed}")
    with tempfile.TemporaryDirectory() as folder:
        path = printed(pages, Path(folder))
        if chosen.vary:
            vary(chosen.vary, path, pages)
            return
        if chosen.degraded is not None:
            texts = degraded(path, pages, chance, chosen.degraded)
        else:
            texts = recognised(path, len(pages), chance) if chosen.scans else written(path)
        results = [measured(page, text) for page, text in zip(pages, texts, strict=True)]
        report(pages, results)
        if chosen.worst:
            keep(chosen.worst, path, pages, texts, results)


def printed(pages: Sequence[Page], folder: Path) -> Path:
    """Return the PDF that a browser makes of *pages*."""
    style = "@page{size:210mm 360mm;margin:18mm}@page wide{size:420mm 225mm;margin:18mm}body{margin:0}p{margin:4pt 0}"
    html = f"<meta charset=utf-8><style>{style}</style>" + "".join(page.html for page in pages)
    return print_html(html, folder)


def print_html(html: str, folder: Path) -> Path:
    """Return the PDF that a browser makes of *html*."""
    source, path = folder / "pages.html", folder / "pages.pdf"
    source.write_text(html, encoding="utf-8")
    print_page(source.as_uri(), path, folder / "profile")
    return path


def print_page(address: str, path: Path, profile: Path, *, tagged: bool = False) -> None:
    """
    Have a browser print what is at *address* to *path*.

    Args:
        tagged: Whether to add tags, as a careful author does; most documents have none.
    """
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        raise SystemExit("a Chromium is needed to print the pages")
    asked = [f"--user-data-dir={profile}", f"--print-to-pdf={path}", address]
    subprocess.run(
        [browser, *FLAGS, *([] if tagged else ["--disable-pdf-tagging"]), *asked],
        check=True,
        capture_output=True,
        timeout=300,
    )


def written(path: Path) -> list[str]:
    """Return what the text layer of each page of *path* gives, each being a document of its own."""
    wanted = PageOptions()
    return [
        answer.markdown if isinstance(answer, OCRPage) else ""
        for _, answer in read(FileOnDisk(path=path), None, "text", wanted, careful=True)
    ]


def recognised(path: Path, count: int, chance: random.Random) -> list[str]:
    """Return what is read of pictures of the pages of *path*, a little turned and noisy."""
    import cv2
    import numpy as np

    from ocr_async.engine.ocr import recognition
    from ocr_async.engine.result import page_of

    texts = []
    for index in range(count):
        drawn_page = raster(FileOnDisk(path=path), index)
        image = recognition.pixels_of(drawn_page)
        height, width = image.shape[:2]
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), chance.uniform(-0.7, 0.7), 1.0)
        image = np.asarray(cv2.warpAffine(image, turn, (width, height), borderValue=(255, 255, 255)), np.uint8)
        noise = np.random.default_rng(chance.randrange(10**9)).normal(0, chance.uniform(2, 12), image.shape)
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
        texts.append(page_of(index, recognition.see(image, dpi=drawn_page.dpi or 200.0).sheet, PageOptions()).markdown)
    return texts


def degraded(path: Path, pages: Sequence[Page], chance: random.Random, of: Sequence[str]) -> list[str]:
    """Return what is read of damaged pictures of *pages*, printed at *path*; the damage becomes a feature of each."""
    from ocr_async.engine.ocr.recognition import recognise

    texts = []
    for index, page in enumerate(pages):
        damage, place = damaged(path, index, chance, path.parent, of)
        page.features.add(damage)
        picture = raster(FileOnDisk(path=place), 0)
        texts.append(recognise(picture, index, PageOptions()).markdown)
    return texts


def measured(page: Page, text: str) -> dict[str, float]:
    """Return the measures, 0 to 1, of *text* as what *page* says; those of tables and headings where there are any."""
    tables, rest = apart(text)
    notes_last = sorted(page.blocks, key=lambda block: block.kind == "note")
    orders = [plain("\n".join(said(blocks))).split() for blocks in (page.blocks, notes_last)]
    words = plain("\n".join([*rest, *(cell for table in tables for row in table for cell in row)])).split()
    in_order = plain(re.sub(r"(?m)^\|?[\s:|-]+\|$", " ", text).replace("|", " ")).split()
    out = {
        "order": max(difflib.SequenceMatcher(None, true, in_order, autojunk=False).ratio() for true in orders),
        "words": f1(orders[0], words),
    }
    true = [[[plain(cell) for cell in row] for row in block.rows] for block in page.blocks if block.kind == "table"]
    found = [[[plain(cell) for cell in row] for row in table] for table in tables]
    if true or found:
        out["cells"], out["beside"] = f1(cells(true), cells(found)), f1(pairs(true), pairs(found))
    heads = [plain(line.lstrip("# ")) for line in text.splitlines() if line.startswith("#")]
    out["heads"] = f1([plain(block.text) for block in page.blocks if block.kind == "heading"], heads)
    return out


def said(blocks: Iterable[Block]) -> list[str]:
    return [
        text for block in blocks for text in ([block.text] if block.text else [" ".join(row) for row in block.rows])
    ]


def apart(text: str) -> tuple[list[list[list[str]]], list[str]]:
    """The tables in Markdown *text*, and its other lines."""
    tables: list[list[list[str]]] = [[]]
    rest = []
    for line in text.splitlines():
        if not line.startswith("|"):
            rest.append(line)
            if tables[-1]:
                tables.append([])
        elif not re.fullmatch(r"[\s:|-]+", line) or not tables[-1]:
            tables[-1].append([cell.strip() for cell in CELL.split(line.strip("|"))])
    return [table for table in tables if table], rest


def plain(text: str) -> str:
    """Return *text* without marks of Markdown, boxes, blanks and leading dots; each ideograph is a word."""
    text = re.sub(r"\.{5,}|(?:\. ){4,}\.?", " ", text.replace("\\", ""))
    text = re.sub(r"(?m)^\s*(?:[-*]|\d+\.)\s+|!\[.*?\]\(.*?\)|</?sup>|\[[ x]\]|[\\*_#`☐☑☒•]", " ", text)
    text = re.sub(r"([\u3040-\u30ff\u4e00-\u9fff\uff0c\u3002])", r" \1 ", text)
    return " ".join(text.lower().replace("−", "-").split())


def cells(tables: Iterable[Sequence[Sequence[str]]]) -> list[str]:
    return [cell for table in tables for row in table for cell in row if cell]


def pairs(tables: Iterable[Sequence[Sequence[str]]]) -> list[tuple[str, str, str]]:
    """Which cells stand next to each other, empty ones between left out: right of, and below."""
    out: list[tuple[str, str, str]] = []
    for table in tables:
        width = max(map(len, table), default=0)
        upright = [[row[column] for row in table if column < len(row)] for column in range(width)]
        for way, lines in (("right", table), ("below", upright)):
            filled = [[cell for cell in line if cell] for line in lines]
            out.extend((way, first, second) for line in filled for first, second in pairwise(line))
    return out


def f1(true: Sequence[object], found: Sequence[object]) -> float:
    if not true and not found:
        return 1.0
    both = sum((Counter(true) & Counter(found)).values())
    return 2 * both / (len(true) + len(found))


def report(pages: Sequence[Page], results: Sequence[Mapping[str, float]]) -> None:
    """Print the means over all pages, and over those that show each feature."""
    shown: dict[str, list[Mapping[str, float]]] = defaultdict(list)
    for page, result in zip(pages, results, strict=True):
        shown["all"].append(result)
        for feature in page.features:
            shown[feature].append(result)
    print(f"{'':26}pages " + " ".join(f"{measure:>7}" for measure in MEASURES))
    for feature in ("all", *FEATURES, *LAYOUTS, *STATISTICS, *DAMAGES):
        if members := shown[feature]:
            print(f"{feature:26}{len(members):5} " + " ".join(mean(members, measure) for measure in MEASURES))


def mean(results: Iterable[Mapping[str, float]], measure: str) -> str:
    values = [result[measure] for result in results if measure in result]
    return f"{statistics.fmean(values):7.3f}" if values else f"{'-':>7}"


def halves(pages: Sequence[Page]) -> tuple[list[int], list[int]]:
    """The pages by their first feature in the list of all: of every second one, and of the others."""
    fitted = frozenset(FEATURES[::2])
    first = [next((feature for feature in FEATURES if feature in page.features), "") for page in pages]
    return [i for i, name in enumerate(first) if name in fitted], [
        i for i, name in enumerate(first) if name not in fitted
    ]


def vary(asked: str, path: Path, pages: Sequence[Page]) -> None:
    name, _, values = asked.partition("=")
    module_name, _, constant = name.rpartition(".")
    module = importlib.import_module(f"ocr_async.engine.layout.{module_name}")
    before = getattr(module, constant)
    halved = halves(pages)
    print(
        f"{constant:24}" + "".join(f" {half + ' ' + m:>15}" for half in ("fitted", "held out") for m in MEASURES[2:4])
    )
    for value in (str(before), *values.split(",")):
        setattr(module, constant, type(before)(value))
        results = [measured(page, text) for page, text in zip(pages, written(path), strict=True)]
        means = [mean((results[i] for i in half), measure) for half in halved for measure in MEASURES[2:4]]
        print(f"{value:24}" + "".join(f" {each:>15}" for each in means))
    setattr(module, constant, before)


def keep(
    folder: Path, path: Path, pages: Sequence[Page], texts: Sequence[str], results: Sequence[Mapping[str, float]]
) -> None:
    """Write the document and, of the worst fifteen pages, what they say and what was read, to *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, folder / "pages.pdf")
    order = sorted(range(len(pages)), key=lambda index: statistics.fmean(results[index].values()))
    for index in order[:15]:
        said_here = "\n\n".join(
            block.text or "\n".join(" | ".join(row) for row in block.rows) for block in pages[index].blocks
        )
        about = f"{sorted(pages[index].features)}\n{results[index]}"
        (folder / f"{index:03}.txt").write_text(
            f"{about}\n\n{said_here}\n\n{'=' * 60}\n\n{texts[index]}", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
