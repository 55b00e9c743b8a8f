"""What people and machines see of a run meanwhile, and that nobody who looks can harm it."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from ocr_async.bulk.reporting.event_log import EventLog
from tests.bulk.jobs import Bills, bulk, pdfs, started, states
from tests.cli.command import MISTRAL, PROGRAM, ROOT, environment
from tests.cli.test_messages import Terminal
from tests.upstream import Exchange, Upstream


OF_PROGRESS = {
    "documents", "finished", "failed", "pages", "pages_per_second", "cost_usd", "throttled", "pages_under_way",
    "seconds_left",
}  # fmt: skip


def lines(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.splitlines()]


def test_events_tell_a_run_from_its_beginning_to_its_end_and_those_of_the_next_run_follow(
    server: Upstream, tmp_path: Path
) -> None:
    server.default = Bills()
    pdfs(tmp_path / "in", 3)
    (tmp_path / "in" / "x.pdf").write_bytes(b"no PDF")
    for _ in range(2):
        done = bulk("run", "in", "--out", "out", "--events", "e.jsonl", *MISTRAL, server=server, cwd=tmp_path)
        assert done.returncode == 1, done.stderr
    found = lines((tmp_path / "e.jsonl").read_bytes())
    kinds = [line["event"] for line in found if line["event"] != "progress"]
    assert kinds == ["started", *["document"] * 4, "ended", "started", "ended"]
    assert {(line["schema"], line["time"][-1]) for line in found} == {(1, "Z")}
    begun, end = found[0], next(line for line in found if line["event"] == "ended")
    assert (begun["model"], begun["documents"], begun["finished"]) == ("mistral/mistral-ocr-latest", 4, 0)
    assert set(end) == {"schema", "event", "time", "end", "why", "states", *OF_PROGRESS}
    assert (end["end"], end["pages"], end["failed"], end["finished"]) == ("incomplete", 9, 1, 4)
    assert end["cost_usd"] == pytest.approx(0.036)
    failed = [line for line in found if line["event"] == "document" and line["state"] == "failed"]
    assert [(Path(line["document"]).name, bool(line["error"])) for line in failed] == [("x.pdf", True)]


@pytest.mark.parametrize("log", ["in/000.pdf", "link.pdf", "001.pdf", "list.jsonl"])
def test_events_are_written_into_no_document_and_no_list(server: Upstream, tmp_path: Path, log: str) -> None:
    pdfs(tmp_path / "in", 1)
    pdfs(tmp_path, 1, first=1)
    (tmp_path / "link.pdf").symlink_to("in/000.pdf")
    (tmp_path / "list.jsonl").write_text("")
    before = (tmp_path / log).read_bytes()
    run = ("run", "in", "001.pdf", "--manifest", "list.jsonl", "--out", "out", "--events", log, *MISTRAL)
    done = bulk(*run, server=server, cwd=tmp_path)
    assert (done.returncode, server.requests) == (2, []), done.stderr
    assert log.encode() in done.stderr
    assert (tmp_path / log).read_bytes() == before


def test_every_field_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
    assert [name for name in sorted(OF_PROGRESS) if f"`{name}`" not in page] == []


@pytest.mark.parametrize("target", ["/dev/full", "-"])
def test_a_full_disk_and_a_reader_that_left_harm_no_job(server: Upstream, tmp_path: Path, target: str) -> None:
    server.default = Bills()
    pdfs(tmp_path / "in", 3)
    end, gone = os.pipe()
    os.close(end)
    arguments = ("bulk", "run", "in", "--out", "out", "--events", target, *MISTRAL)
    done = subprocess.run(
        [*PROGRAM, *arguments], stdout=gone, stderr=subprocess.PIPE, cwd=tmp_path, env=environment(server),
        timeout=60, check=False,
    )  # fmt: skip
    os.close(gone)
    assert done.returncode == 0, done.stderr
    assert set(states(tmp_path / "out").values()) == {"done"}
    assert re.search(rb"\d events could not be written", done.stderr)


def test_a_reader_that_takes_nothing_holds_nobody_up_and_learns_what_it_missed() -> None:
    end, write = os.pipe()
    log = EventLog(f"/dev/fd/{write}")
    os.close(write)
    begun = time.monotonic()
    for number in range(15_000):
        log("document", document=f"{number}.pdf", state="done", error=None)
    assert time.monotonic() - begun < 30
    lost = log.lost
    assert lost > 0
    data = b""
    while data.count(b"\n") < 15_000 - lost:
        data += os.read(end, 1 << 20)
    log("ended")
    while b'"ended"' not in data or not data.endswith(b"\n"):
        data += os.read(end, 1 << 20)
    log.close()
    os.close(end)
    found = lines(data)
    assert len(found) == 15_000 - lost + 1
    assert sum(line.get("lines_lost_before", 0) for line in found) == lost


def test_metrics_are_answered_on_the_loopback_while_a_job_runs(server: Upstream, tmp_path: Path) -> None:
    bills = Bills()
    pdfs(tmp_path / "in", 3)
    held = False

    async def behave(exchange: Exchange) -> None:
        nonlocal held
        await exchange.read()
        if exchange.received.json["document"]["document_name"] == "002.pdf":
            held = True
            return
        await bills(exchange)

    server.default = behave
    running = started("in", "--out", "out", "--metrics", "0", server=server, cwd=tmp_path)
    assert running.stderr is not None
    first = running.stderr.readline().decode()
    address = re.search(r"http://127\.0\.0\.1:\d+/metrics", first)
    assert address is not None, first
    end = time.monotonic() + 30
    text = ""
    while 'ocr_pages_total{model="mistral/mistral-ocr-latest",outcome="done"} 6.0' not in text or not held:
        assert time.monotonic() < end, text
        time.sleep(0.05)
        with urllib.request.urlopen(address[0], timeout=10) as answer:
            text = answer.read().decode()
    running.kill()
    running.communicate(timeout=20)
    assert "ocr_bulk_documents_known 3.0" in text
    assert "ocr_bulk_pages_under_way" in text
    page = (ROOT / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
    names = set(re.findall(r"^(ocr_\w+)", text, re.MULTILINE))
    assert [name for name in names if f"`{name}" not in page] == []


def test_a_port_that_is_taken_and_events_that_cannot_be_written_are_told_before_anything_is_read(
    server: Upstream, tmp_path: Path
) -> None:
    pdfs(tmp_path / "in", 1)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = bulk("run", "in", "--out", "out", "--metrics", port, *MISTRAL, server=server, cwd=tmp_path)
    assert done.returncode == 2
    assert b"cannot be listened at" in done.stderr
    done = bulk("run", "in", "--out", "out", "--events", "no/e.jsonl", *MISTRAL, server=server, cwd=tmp_path)
    assert done.returncode == 2
    assert b"--events no/e.jsonl cannot be written to" in done.stderr
    assert server.requests == []


def test_a_terminal_shows_one_live_line_and_failures_above_it(server: Upstream, tmp_path: Path) -> None:
    server.default = Bills(2.0)
    pdfs(tmp_path / "in", 6)
    (tmp_path / "in" / "x.pdf").write_bytes(b"no PDF")
    facts = {"MISTRAL_API_KEY": "sk-planted", "MISTRAL_API_BASE": server.url}
    shown = Terminal("bulk", "run", "in", "--out", "out", *MISTRAL, cwd=tmp_path, **facts)
    assert shown.end() == 1, shown.seen
    assert re.search(rb"\d/7 documents, \d+ pages, [\d.]+ pages/s, [\d.]+ USD, 1 failed", shown.seen)
    assert b"failed: " in shown.seen
    assert b"7 inputs" in shown.seen
