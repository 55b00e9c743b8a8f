"""
How well the headings of manual pages are told from the bold terms in them, told from their sources.

    python -m benchmarks.manuals FOLDER [--most 24] [--worst]

FOLDER holds manual pages, such as /usr/share/man; groff and Ghostscript make PDFs of them. Told by half, as the pages
fall by their name. Headings are what the macros for sections and their parts make; all other bold lines are none.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from .printed import ESCAPED, HEADING, written


SECTION = re.compile(r"^[.'] *(?:SH|SS|Sh|Ss)\b[ \t]*(.*)\n?(.*)", re.MULTILINE)
SPECIAL = re.compile(r"\\\(\w\w|\\\[\w+\]|\\s[-+]?\d|\\f.|\\[&-]|^[.'] *[A-Z]{1,2} ")
SHORTEST, LONGEST = 9_000, 90_000  # characters of a source


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    options.add_argument("folder", type=Path)
    options.add_argument("--most", type=int, default=24, help="pages of each half")
    options.add_argument("--worst", action="store_true", help="show what is missed and what is none")
    chosen = options.parse_args()
    for half in (0, 1):
        right = wanted = found = pages = 0
        for name, source in _sources(chosen.folder, half):
            if pages == chosen.most:
                break
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "page.pdf"
                if not _typeset(source, path):
                    continue
                said = written(path)
            pages += 1
            true = Counter(filter(None, (_bare(one or other) for one, other in SECTION.findall(source))))
            told = Counter(filter(None, (_bare(ESCAPED.sub(r"\1", each)) for each in HEADING.findall(said))))
            right, wanted, found = right + (true & told).total(), wanted + true.total(), found + told.total()
            if chosen.worst and true != told:
                print(name, "missed", list((true - told).elements())[:8], "none", list((told - true).elements())[:8])
        recall, precision = right / max(1, wanted), right / max(1, found)
        both = 2 * recall * precision / ((recall + precision) or 1)
        print(
            f"{('first', 'second')[half]} half, {pages} pages: found {recall:.3f}, right {precision:.3f}, F1 {both:.3f}"
        )


def _sources(folder: Path, half: int) -> Iterator[tuple[str, str]]:
    """Yield name and source of the pages of one *half*, one of each family of names, in an order without meaning."""
    families: set[str] = set()
    files = {path.name: path for path in folder.glob("man[15678]/*.gz")}
    for name in sorted(files, key=lambda name: hashlib.sha256(name.encode()).digest()[1:]):
        family = name[:4]
        if hashlib.sha256(name.encode()).digest()[0] % 2 != half or family in families:
            continue
        with gzip.open(files[name], "rt", encoding="utf-8", errors="replace") as file:
            source = file.read()
        if SHORTEST < len(source) < LONGEST and not source.startswith(".so"):
            families.add(family)
            yield name, source


def _typeset(source: str, path: Path) -> bool:
    macros = "-man" if re.search(r"^\.\s*TH\b", source, re.MULTILINE) else "-mdoc"
    groff = ["groff", "-Tps", macros, "-t", "-k"]
    script = subprocess.run(groff, input=source.encode(), capture_output=True, timeout=60, check=False).stdout
    if script:
        subprocess.run(["ps2pdf", "-", str(path)], input=script, capture_output=True, timeout=60, check=True)
    return bool(script)


def _bare(heading: str) -> str:
    """Return the letters and digits of *heading*, without what groff is told in it."""
    return re.sub(r"[\W_]", "", SPECIAL.sub("", heading)).casefold()


if __name__ == "__main__":
    main()
