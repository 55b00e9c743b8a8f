"""What the tests of bulk jobs share: real PDFs, a server that bills on acceptance and answers later, the command."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

from tests.cli.command import MISTRAL, PROGRAM, command, environment
from tests.documents import text_pdf
from tests.upstream import Exchange, Upstream, mistral_answer


PAGES = 3


def pdfs(folder: Path, count: int, *, pages: int = PAGES, first: int = 0) -> None:
    """Write PDFs of *pages* pages, each of its own content."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        (folder / f"{number:03}.pdf").write_bytes(
            text_pdf([[f"document {number}, page {page}"] for page in range(pages)])
        )


class Bills:
    """A behaviour that counts a page by its document's name as soon as its request is whole, and answers later."""

    def __init__(self, slowest: float = 0.05, seed: int = 0) -> None:
        self.pages: Counter[tuple[str, int]] = Counter()
        self._slowest = slowest
        self._random = random.Random(seed)

    async def __call__(self, exchange: Exchange) -> None:
        await exchange.read()
        pages = exchange.work()
        name = exchange.received.json["document"]["document_name"]
        self.pages.update((name, page) for page in pages)
        await asyncio.sleep(self._random.uniform(0, self._slowest))
        await exchange.json(mistral_answer(exchange.received.json, pages))


def bulk(
    *arguments: str | Path, server: Upstream | None = None, cwd: Path, given: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run ``ocr-async bulk`` to its end."""
    return command("bulk", *arguments, server=server, cwd=cwd, given=given)


def started(*arguments: str, server: Upstream, cwd: Path) -> subprocess.Popen[bytes]:
    """Start ``ocr-async bulk run`` with a hosted model."""
    return subprocess.Popen(
        [*PROGRAM, "bulk", "run", *arguments, *MISTRAL],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=cwd, env=environment(server),
    )  # fmt: skip


def manifest(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "bulk.jsonl").read_text(encoding="utf-8").splitlines()]


def states(out: Path) -> dict[str, str]:
    """Return the states of the documents by their names."""
    return {Path(line["document"]).name: line["state"] for line in manifest(out)}


def visible(out: Path) -> list[Path]:
    """Return the results that somebody who looks into *out* sees."""
    own = {"bulk.jsonl", "bulk-report.html", "bulk-report.json"}
    return sorted(path for path in out.rglob("*.*") if ".ocr-async" not in path.parts and path.name not in own)


def committed(out: Path) -> set[tuple[str, int]]:
    """Return the pages that the ledger knows to be there, by the names of their documents."""
    with sqlite3.connect(out / ".ocr-async" / "ledger.sqlite3") as ledger:
        there = ledger.execute(
            "SELECT inputs.path, number FROM inputs JOIN pages ON inputs.item = pages.item "
            "UNION SELECT inputs.path, value FROM inputs JOIN items ON inputs.item = items.id, json_each('[0, 1, 2]') "
            "WHERE items.state = 'done'"
        ).fetchall()
    ledger.close()
    return {(Path(path.decode()).name, number) for path, number in there}
