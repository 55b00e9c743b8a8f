"""
How well documents are read that a program has printed: words, lines of code and headings, told from their HTML.

    python -m benchmarks.printed FOLDER [--by office] [--tagged] [--most 20] [--keep FOLDER]

FOLDER holds HTML files, such as a system's documentation, or Markdown or Word files, of which pandoc makes HTML; this
project's own ``docs`` will do. Each is printed by Chromium, or as a Word file by LibreOffice, as people do who save a
page, without tags; with --tagged, as a careful author does. A line of code is found where it stands in a listing with
all that stands in it, spaces apart; a heading where it is one.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path

from ocr_async.engine.reading import read
from ocr_async.engine.values import PageOptions
from ocr_async.models import FileOnDisk, OCRPage

from .unseen import print_page


SOURCES = frozenset({".html", ".md", ".docx"})
UNSEEN = frozenset({"script", "style", "head", "template", "noscript", "button"})
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
LISTING = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#{1,6} (.*)$", re.MULTILINE)
ESCAPED = re.compile(r"\\([\\`*_{}\[\]<>()#+\-.!|~])")


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    options.add_argument("folder", type=Path)
    options.add_argument("--by", choices=("browser", "office"), default="browser")
    options.add_argument("--tagged", action="store_true")
    options.add_argument("--most", type=int, default=20, help="documents, the first ones by path")
    options.add_argument("--keep", type=Path, help="write the PDFs and what was read to this folder")
    chosen = options.parse_args()
    totals = [0.0] * 6
    print(f"{'':32}{'words':>8}{'code':>8}{'heads':>8}")
    with tempfile.TemporaryDirectory() as temporary:
        kept = chosen.keep or Path(temporary)
        kept.mkdir(parents=True, exist_ok=True)
        sources = sorted(path for path in chosen.folder.rglob("*") if path.suffix in SOURCES)
        for source in sources[: chosen.most]:
            path = kept / f"{source.stem}.pdf"
            html = source if source.suffix == ".html" else converted(source, path.with_suffix(".html"))
            if chosen.by == "browser":
                print_page(html.resolve().as_uri(), path, Path(temporary) / "profile", tagged=chosen.tagged)
            else:
                word = source if source.suffix == ".docx" else converted(source, path.with_suffix(".docx"))
                print_word(word, path, Path(temporary) / "office", tagged=chosen.tagged)
            said = written(path)
            path.with_suffix(".read.md").write_text(said, encoding="utf-8")
            counts = found(html.read_text(encoding="utf-8", errors="replace"), said)
            totals = [total + count for total, count in zip(totals, counts, strict=True)]
            print(f"{source.stem[:30]:32}{shares(counts)}")
    print(f"{'all':32}{shares(totals)}")


def converted(source: Path, path: Path) -> Path:
    """Make *path* of *source*, in the form that its name says, and return it."""
    subprocess.run(["pandoc", "--quiet", source, "--output", path], check=True, timeout=60)
    return path


def print_word(source: Path, path: Path, profile: Path, *, tagged: bool) -> None:
    """Print the Word file *source* to *path*."""
    how = json.dumps({"UseTaggedPDF": {"type": "boolean", "value": str(tagged).lower()}})
    command = ["soffice", f"-env:UserInstallation={profile.resolve().as_uri()}", "--headless", "--convert-to"]
    command += [f"pdf:writer_pdf_Export:{how}", "--outdir", str(profile), str(source)]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    (profile / f"{source.stem}.pdf").replace(path)


def written(path: Path) -> str:
    """Return the Markdown that the text layer of *path* gives."""
    pages = read(FileOnDisk(path=path), None, "text", PageOptions())
    return "\n\n".join(page.markdown for _, page in pages if isinstance(page, OCRPage))


def found(html: str, said: str) -> list[float]:
    """Return how many of the words, lines of code and headings of *html* are in *said*, each with their number."""
    truth = _Truth()
    truth.feed(html)
    typed = Counter(_bare(line) for listing in LISTING.findall(said) for line in listing.splitlines())
    headings = Counter(_bare(ESCAPED.sub(r"\1", heading)) for heading in HEADING.findall(said))
    words = Counter(re.findall(r"\w+", ESCAPED.sub(r"\1", said)))
    counts: list[float] = []
    for wanted, there in (
        (re.findall(r"\w+", "".join(truth.text)), words),
        (map(_bare, "".join(truth.code).splitlines()), typed),
        (map(_bare, "".join(truth.headings).splitlines()), headings),
    ):
        each = Counter(filter(None, wanted))
        counts.extend(((each & there).total(), each.total()))
    return counts


def shares(counts: Iterable[float]) -> str:
    pairs = list(counts)
    return "".join(
        f"{count / total:8.3f}" if total else f"{'-':>8}" for count, total in zip(pairs[::2], pairs[1::2], strict=True)
    )


def _bare(line: str) -> str:
    """Return *line* without spaces, and without the sign that links a heading to itself."""
    return "".join(line.split()).rstrip("#¶§")


class _Truth(HTMLParser):
    """What a document says, its code with its lines, and its headings, a line each."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.code: list[str] = []
        self.headings: list[str] = []
        self._within: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._within[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        self._within[tag] = max(0, self._within[tag] - 1)
        if tag == "pre":
            self.code.append("\n")
        elif tag in HEADINGS:
            self.headings.append("\n")
        self.text.append(" " if tag not in {"span", "b", "i", "em", "code", "a", "strong", "tt", "var"} else "")

    def handle_data(self, data: str) -> None:
        if any(self._within[tag] for tag in UNSEEN):
            return
        self.text.append(data)
        if self._within["pre"]:
            self.code.append(data)
        elif any(self._within[tag] for tag in HEADINGS):
            self.headings.append(" ".join(data.split()))


if __name__ == "__main__":
    main()
