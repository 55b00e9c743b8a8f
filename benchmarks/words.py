"""
How many of the words that pdftotext finds in PDFs are read, told of documents by many programs and without a truth.

    python -m benchmarks.words FOLDER [--pages 8] [--most 200] [--worst 10] [--keep FOLDER]

FOLDER holds PDFs, such as the documentation packages of a Linux system unpacked. Of each the first pages are read, of
the text layer alone. A word has three letters or digits and more, of a script with spaces. Neither reader is the truth:
what is worth looking at are the documents that are told as the worst. They are dealt into two halves by their names, so
that a rule can be made on one and told on the other.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import html
import re
import subprocess
import time
import unicodedata
from collections import Counter
from pathlib import Path

from attrs import Factory, define

from ocr_async import OCRError
from ocr_async.engine import reading
from ocr_async.engine.values import PageOptions, UncertainPage
from ocr_async.models import FileOnDisk, OCRPage


WORD = re.compile(r"[^\W_\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]{3,}")
BROKEN = re.compile(r"([^\W_]+)-\n\s*([^\W_]+)")
TAGS = "table|thead|tbody|t[rdh]|br|su[bp]|[ubip]"
MARKUP = re.compile(
    rf"!\[[^\]]*\]\([^)]*\)|\]\(<?[^)\s]*>?\)|</?(?:{TAGS})[^>]*>"  # pictures, links, tables
    r"|\\[a-z]+(?=[^a-z])(?=[^$\n]*\$)"  # commands of formulas
)

# Angle brackets of TeX are for pdftotext the letters whose codes they have.
SAME = str.maketrans({"\u00ad": "", "\u2010": "-", "⟨": "h", "⟩": "i"})


@define
class Count:
    """
    What was counted of one document, or of several.

    Attributes:
        words: Of pdftotext.

        lost: Of these, those that were not read; `missed` has some.

        more: Words that were read more often than pdftotext has them.

        doubted: Pages whose text layer is compared with recognition, or is none though pdftotext finds words.
    """

    pages: int = 0
    words: int = 0
    lost: int = 0
    more: int = 0
    doubted: int = 0
    warned: int = 0
    seconds: float = 0.0
    missed: Counter[str] = Factory(Counter)

    def __iadd__(self, other: Count) -> Count:
        for name in ("pages", "words", "lost", "more", "doubted", "warned", "seconds"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    def __str__(self) -> str:
        found, more = (1 - self.lost / max(1, self.words)), self.more / max(1, self.words)
        spent = 1000 * self.seconds / max(1, self.pages)
        return f"{self.pages:7}{self.words:10}{found:9.4f}{more:9.4f}{self.doubted:9}{self.warned:8}{spent:8.0f}"


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    options.add_argument("folder", type=Path)
    options.add_argument("--pages", type=int, default=8, help="of each document, the first ones")
    options.add_argument("--most", type=int, default=200, help="documents, taken by a hash of their names")
    options.add_argument("--worst", type=int, default=10, help="documents of the first half to name")
    options.add_argument("--keep", type=Path, help="write what was read of those to this folder")
    chosen = options.parse_args()
    paths = sorted((path for path in chosen.folder.rglob("*.pdf") if path.is_file()), key=hash_of)[: chosen.most]
    halves = Count(), Count()
    first: list[tuple[Path, Count]] = []
    for path in paths:
        with contextlib.suppress(OCRError, subprocess.TimeoutExpired):
            count, said = counted(path, chosen.pages)
            half = hash_of(path) % 2
            halves[half].__iadd__(count)
            if half == 0:
                first.append((path, count))
                if chosen.keep:
                    chosen.keep.mkdir(parents=True, exist_ok=True)
                    (chosen.keep / f"{path.stem}.md").write_text(said, encoding="utf-8")
    print(f"{'':12}{'pages':>7}{'words':>10}{'found':>9}{'more':>9}{'doubted':>9}{'warned':>8}{'ms/page':>8}")
    for name, count in zip(("first half", "second half"), halves, strict=True):
        print(f"{name:12}{count}")
    for path, count in sorted(first, key=lambda each: -each[1].lost)[: chosen.worst]:
        print(
            f"{count.lost:6} of {count.words:6}  {path.relative_to(chosen.folder)}: {' '.join(list(count.missed)[:8])}"
        )


def hash_of(path: Path) -> int:
    return int(hashlib.sha256(path.name.encode()).hexdigest()[:8], 16)


def counted(path: Path, most: int) -> tuple[Count, str]:
    """Return what is counted of the first pages of *path*, and their Markdown."""
    file = FileOnDisk(path=path)
    numbers = range(min(most, reading.count(file)))
    start = time.process_time()
    answers = list(reading.read(file, numbers, "auto", PageOptions(running_heads=True)))
    total = Count(seconds=time.process_time() - start)
    command = ["pdftotext", "-l", str(len(numbers)), str(path), "-"]
    told = subprocess.run(command, capture_output=True, timeout=30, check=False).stdout.decode("utf-8", "replace")
    said = []
    for (_, answer), reference in zip(answers, told.split("\f"), strict=False):
        page = answer.page if isinstance(answer, UncertainPage) else answer
        if not isinstance(page, OCRPage):
            total += Count(pages=1, doubted=int(WORD.search(reference) is not None))
            continue
        count = compared(page.markdown, reference)
        count.doubted = int(answer is not page)
        count.warned = int(bool(page.extra.get("warnings")))
        total += count
        total.missed.update(count.missed)
        said.append(page.markdown)
    return total, "\n\n".join(said)


def compared(markdown: str, reference: str) -> Count:
    """Return what is counted of a page that was read as *markdown*, and by pdftotext as *reference*."""
    ours = Counter(WORD.findall(_plain(html.unescape(MARKUP.sub(" ", markdown.replace("*", ""))))))

    def whole(broken: re.Match[str]) -> str:
        joined = broken[1] + broken[2]
        return joined if ours[joined] else f"{broken[1]} {broken[2]}"

    theirs = Counter(WORD.findall(BROKEN.sub(whole, _plain(reference))))
    missed = theirs - ours
    return Count(1, theirs.total(), missed.total(), (ours - theirs).total(), missed=missed)


def _plain(text: str) -> str:
    """Return *text* with what both readers write in their own way written in one."""
    return unicodedata.normalize("NFKC", text.translate(SAME)).lower()


if __name__ == "__main__":
    main()
