"""kill -9 at any moment: nothing lost, nothing half written, nothing that was kept is paid for again."""

from __future__ import annotations

import asyncio
import json
import random
import time
from pathlib import Path

import pytest

from tests.bulk.jobs import PAGES, Bills, bulk, committed, manifest, pdfs, started, states, visible
from tests.cli.command import MISTRAL
from tests.upstream import Exchange, Upstream


DOCUMENTS, KILLS = 40, 8


@pytest.mark.timeout(300)
def test_kills_lose_nothing_and_no_page_that_was_kept_is_billed_again(server: Upstream, tmp_path: Path) -> None:
    chance = random.Random(1)
    server.default = bills = Bills(0.1, 1)
    pdfs(tmp_path / "in", DOCUMENTS)
    out = tmp_path / "out"
    arguments = ("in", "--out", "out", "--pages-per-request", "1", "--concurrency", "4")
    paid: dict[tuple[str, int], int] = {}
    for _ in range(KILLS):
        running = started(*arguments, server=server, cwd=tmp_path)
        asked = len(server.requests) + chance.randrange(2, 16)
        end = time.monotonic() + 60
        while running.poll() is None and len(server.requests) < asked:
            assert time.monotonic() < end
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.15))
        running.kill()
        running.communicate(timeout=20)
        for path in visible(out):
            text = path.read_text(encoding="utf-8")
            assert len(json.loads(text)["pages"]) == PAGES if path.suffix == ".json" else text.count("# Page") == PAGES
        for page in committed(out):
            assert bills.pages[page] == paid.setdefault(page, bills.pages[page]), f"{page} was there, and billed again"
    assert paid
    done = bulk("run", *arguments, *MISTRAL, server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert {page: bills.pages[page] for page in paid} == paid
    assert set(states(out).values()) == {"done"}
    assert [Path(line["document"]).name for line in manifest(out)] == [f"{n:03}.pdf" for n in range(DOCUMENTS)]
    assert len(visible(out)) == 2 * DOCUMENTS
    assert {len(json.loads(path.read_bytes())["pages"]) for path in visible(out) if path.suffix == ".json"} == {PAGES}
    # at most what was in flight at the kills: four requests of one page each
    assert sum(bills.pages.values()) <= DOCUMENTS * PAGES + KILLS * 4 * 2
    assert [path.name for path in (out / ".ocr-async").glob("new-*")] == []


def test_a_document_that_its_reader_dies_of_three_times_alone_is_dead_and_no_other(
    server: Upstream, tmp_path: Path
) -> None:
    bills = Bills()
    waiting: list[Exchange] = []
    pdfs(tmp_path / "in", 4)

    async def behave(exchange: Exchange) -> None:
        await exchange.read()
        if exchange.received.json["document"]["document_name"] == "002.pdf":
            waiting.append(exchange)
            await asyncio.sleep(60)
        await bills(exchange)

    server.default = behave
    out = tmp_path / "out"
    for _ in range(12):  # whatever reads 002.pdf is killed: with the others, and then alone
        running = started("in", "--out", "out", server=server, cwd=tmp_path)
        waiting.clear()
        end = time.monotonic() + 60
        while running.poll() is None and not waiting:
            assert time.monotonic() < end
            time.sleep(0.01)
        if running.poll() is None:
            time.sleep(0.3)
        running.kill()
        _, errors = running.communicate(timeout=20)
        if running.returncode >= 0:
            break
    assert running.returncode == 1, errors
    assert states(out) == {"000.pdf": "done", "001.pdf": "done", "002.pdf": "dead", "003.pdf": "done"}
    assert "3 times, while nothing else was read" in manifest(out)[2]["error"]
