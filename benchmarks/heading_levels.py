"""
Whether the headings of documents of several pages have the level that they have in the document, told on made ones.

    python -m benchmarks.heading_levels [--documents 40] [--seed N] [--alone] [--looks]

Each document is drawn at random and printed by a Chromium: sizes and weight of its headings, a cover or none, sections
of one to three depths over some pages, large figures and tables between. With --alone each page is read as if the
document had no other. Told by half, as the documents fall by their seed: headings found (F1), and of all pairs of
found headings of one document, how many stand in the true order of level to each other. With --looks headings are as
large and as heavy as the text (`drawn_heads`): how many were found, and how many of what was found are some, by what
sets them off.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import statistics
import tempfile
from collections import Counter
from collections.abc import Sequence
from itertools import combinations, cycle, islice
from pathlib import Path

from ocr_async.engine.reading import read
from ocr_async.engine.values import PageOptions
from ocr_async.models import FileOnDisk, OCRPage

from . import drawn_heads
from .drawn_heads import LOOKS
from .drawn_pages import FONTS, WORDS, Page, amount, prose, table
from .unseen import f1, plain, print_html


HEADING = re.compile(r"(#{1,6}) (.*)")


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    options.add_argument("--documents", type=int, default=40)
    options.add_argument("--seed", type=int, default=random.randrange(10**6))
    options.add_argument("--alone", action="store_true", help="read each page by itself")
    options.add_argument("--looks", action="store_true", help="headings as large and as heavy as the text")
    chosen = options.parse_args()
    if chosen.looks:
        by_look(chosen.documents, chosen.seed, alone=chosen.alone)
        return
    print(f"{chosen.documents} documents, seed {chosen.seed}" + (", each page by itself" if chosen.alone else ""))
    halves: tuple[list[tuple[float, float, float]], ...] = ([], [])
    with tempfile.TemporaryDirectory() as folder:
        for number in range(chosen.documents):
            name = f"{chosen.seed}-{number}"
            html, true = document(random.Random(name))
            path = print_html(html, Path(folder))
            half = hashlib.sha256(name.encode()).digest()[0] % 2
            halves[half].append(measured(true, headings(path, alone=chosen.alone)))
    for title, results in zip(("first half", "second half"), halves, strict=True):
        means = [statistics.fmean(each) for each in zip(*results, strict=True)]
        print(f"{title}, {len(results)} documents: found {means[0]:.3f}, in order {means[1]:.3f}, alike {means[2]:.3f}")


def by_look(count: int, seed: int, *, alone: bool) -> None:
    """Print how many headings were found, and how many of those found are some, by what sets them off."""
    counts: dict[str, list[tuple[int, int, int]]] = {look: [] for look in LOOKS}
    with tempfile.TemporaryDirectory() as folder:
        for number, look in enumerate(islice(cycle(LOOKS), count)):
            html, true = drawn_heads.document(random.Random(f"{seed}-{number}"), look)
            found = Counter(text for _, text in headings(print_html(html, Path(folder)), alone=alone))
            wanted = Counter(plain(text) for _, text in true)
            counts[look].append(((wanted & found).total(), wanted.total(), found.total()))
    print(f"{count} documents, seed {seed}")
    for look, told in (*counts.items(), ("all", [each for one in counts.values() for each in one])):
        both, true_ones, taken = (sum(each) for each in zip(*told, strict=True)) if told else (0, 0, 0)
        print(f"{look:26}found {both / max(1, true_ones):.3f}, right {both / max(1, taken):.3f}")


def document(chance: random.Random) -> tuple[str, list[tuple[int, str]]]:
    """Return the HTML of a document, and level and text of each of its headings, none of which is there twice."""
    body = chance.choice((9, 10, 11, 12))
    ratios = chance.choice(((2.2, 1.5, 1.2, 1.0), (1.8, 1.4, 1.15, 1.0), (3.0, 1.6, 1.3, 1.1), (1.6, 1.25, 1.0, 1.0)))
    weights = chance.choice((("bold",) * 4, ("normal", "bold", "bold", "bold"), ("normal", "normal", "normal", "bold")))
    deepest = chance.choice((2, 3, 3, 4 if ratios[2] != 1.0 else 3))
    numbered = chance.random() < 0.2
    rules = "".join(
        f"h{level}{{font-size:{body * ratio:.1f}pt;font-weight:{weight};margin:10pt 0 4pt}}"
        for level, (ratio, weight) in enumerate(zip(ratios, weights, strict=True), 1)
    )
    style = f"@page{{size:A5;margin:15mm}}body{{font:{body}pt '{chance.choice(FONTS)}';margin:0}}{rules}"
    page, true, counts = Page(), list[tuple[int, str]](), [0] * 6

    def head(level: int, after: str = "") -> None:
        counts[level:] = [counts[level] + 1] + [0] * (5 - level)
        text = " ".join(chance.sample(WORDS, chance.randint(2, 4))).capitalize()
        while text in {said for _, said in true}:
            text += " " + chance.choice(WORDS)
        if numbered and level > 1:
            text = ".".join(map(str, counts[2 : level + 1])) + " " + text
        true.append((level, text))
        page.add(f"<h{level}{after}>{text}</h{level}>")

    head(1)
    if chance.random() < 0.3:  # a cover
        page.add(f"<p>{' '.join(chance.sample(WORDS, 3)).capitalize()}</p><div style='break-after:page'></div>")
    for _ in range(chance.randint(3, 6)):
        head(2, " style='break-before:page'" if chance.random() < 0.3 else "")
        for _ in range(chance.randint(1, 3)):
            if deepest > 2 and chance.random() < 0.6:
                head(3)
                if deepest > 3 and chance.random() < 0.4:
                    page.add(f"<p>{prose(chance, 3)}</p>")
                    head(4)
            page.add("".join(f"<p>{prose(chance, chance.randint(2, 6))}</p>" for _ in range(chance.randint(1, 3))))
            if chance.random() < 0.2:
                table(chance, page, "ruled")
            if chance.random() < 0.1:
                page.add(f"<div style='font-size:{body * 2.6}pt'>{amount(chance)}</div>")
    return f"<meta charset=utf-8><style>{style}</style>{page.html}", true


def headings(path: Path, *, alone: bool) -> list[tuple[int, str]]:
    """Return level and text of each heading that is read in the document at *path*."""
    given, wanted = FileOnDisk(path=path), PageOptions()
    answers = [answer for _, answer in read(given, None, "text", wanted, careful=alone)]
    lines = [line for answer in answers if isinstance(answer, OCRPage) for line in answer.markdown.splitlines()]
    return [(len(found[1]), plain(found[2])) for line in lines if (found := HEADING.match(line))]


def measured(true: Sequence[tuple[int, str]], found: Sequence[tuple[int, str]]) -> tuple[float, float, float]:
    """How many headings were found; of pairs of them, which are in the true order; of those alike, which are so."""
    said = {text: level for level, text in found}
    both = [(level, said[plain(text)]) for level, text in true if plain(text) in said]
    pairs = [(a[0] - b[0], a[1] - b[1]) for a, b in combinations(both, 2)]
    right = [(x > 0) - (x < 0) == (y > 0) - (y < 0) for x, y in pairs]
    alike = [y == 0 for x, y in pairs if x == 0]
    heads = f1([plain(text) for _, text in true], [text for _, text in found])
    return heads, statistics.fmean(right) if right else 1.0, statistics.fmean(alike) if alike else 1.0


if __name__ == "__main__":
    main()
