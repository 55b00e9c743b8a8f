"""What it costs to keep pages: the ledger's own time, with a safe commit for each document that is done."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import heading, percentile, table, verdict
from ocr_async.bulk.inputs import Named
from ocr_async.bulk.ledger import Ledger, PageRow
from ocr_async.bulk.store.port import Facts


__all__ = ["ledger"]

DOCUMENTS = 1000
TOGETHER = 8  # pages that share a commit, as those of eight requests that end within 50 ms do
MOST = 3.0  # ms a page
_BODY = b'{"pages": [{"index": 0, "markdown": "' + b"A line of a page, of which it has fifty. " * 50 + b'"}]}'


def ledger() -> int:
    """Keep the pages of a thousand documents; return how many are lost."""
    heading(f"The ledger's time: {DOCUMENTS} documents, {TOGETHER} pages a commit, FULL for each that is done")
    rows, worst, lost = [], 0.0, 0
    for pages in (1, 5, 50):
        with TemporaryDirectory(dir=Path.cwd()) as name:  # a disk, where a temporary folder may lie in memory
            each, finishing, gone = _kept(Path(name), pages)
        worst, lost = max(worst, each), lost + gone
        rows.append(
            [str(pages), f"{each:.2f}", f"{statistics.median(finishing):.2f}", f"{percentile(finishing, 0.99):.2f}"]
        )
    table(["pages of a document", "ms a page", "ms for done, p50", "p99"], rows)
    verdict("ledger, a page", worst, MOST, " ms")
    verdict("documents lost", lost, 0)
    return lost


def _kept(folder: Path, pages: int) -> tuple[float, list[float], int]:
    """Return the ms that a page takes in all, those of each `Ledger.finish`, and the documents that are not done."""
    held = Ledger.open(folder)
    try:
        held.begin({"model": "mistral/mistral-ocr-latest"})
        names = [f"/in/{number:05}.pdf" for number in range(DOCUMENTS)]
        found = [Named(path, [path[4:-4]], Facts(1000, 1)) for path in names]
        began, finishing = time.perf_counter(), []
        held.add(found, lambda stem: False, str)
        for number, given in enumerate(held.waiting(-1, DOCUMENTS)):
            claim = held.claim(given, Facts(1000, 1), f"{number:064}", alone=False)
            held.counted(claim.item, pages)
            rows = [PageRow(claim.item, page, lambda: _BODY, 0.004) for page in range(pages)]
            for first in range(0, pages, TOGETHER):
                held.add_pages(rows[first : first + TOGETHER])
            held.to_publish(claim.item)
            inputs = held.unpublished(claim.item)
            before = time.perf_counter()
            held.finish(claim.item, inputs, cost=0.004 * pages, pages=pages, missing=(), cause="")
            finishing.append((time.perf_counter() - before) * 1e3)
        seconds = time.perf_counter() - began
        return seconds * 1e3 / (DOCUMENTS * pages), finishing, DOCUMENTS - held.counts()["done"]
    finally:
        held.close()
