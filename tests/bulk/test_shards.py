"""A job divided among machines: each document falls to one part, and the parts do not know of each other."""

from __future__ import annotations

import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ocr_async.bulk.shards import Shard
from ocr_async.errors import ConfigurationError
from tests.bulk.jobs import Bills, bulk, pdfs, visible
from tests.cli.command import MISTRAL
from tests.upstream import Upstream


def test_each_name_falls_to_one_part_and_parts_are_alike() -> None:
    held = Counter(part for number in range(4000) for part in range(4) if Shard(part, 4).holds(f"2024/scan {number}"))
    assert sum(held.values()) == 4000
    assert min(held.values()) > 900
    assert [part for part in range(4) if Shard(part, 4).holds("a")] == [2]  # the same on all machines, for ever


@pytest.mark.parametrize("text", ["8/8", "-1/8", "1", "1/", "/", "a/b", "0/0", "1/2/3", "٣/8", "0/99999999"])
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="from 0 to N - 1"):
        Shard.of(text)


def test_parts_of_a_job_write_to_one_folder_at_once_and_read_each_document_once(
    server: Upstream, tmp_path: Path
) -> None:
    server.default = bills = Bills()
    pdfs(tmp_path / "in", 12)
    pdfs(tmp_path / "in", 1, first=20)
    (tmp_path / "in" / "020.pdf").rename(tmp_path / "in" / "bulk-0-of-2.pdf")
    scan = (tmp_path / "in" / "003.pdf").read_bytes()
    (tmp_path / "in" / "003.PDF").write_bytes(scan + b"%")  # of one stem: it takes one part to tell them apart

    def part(index: int) -> bytes:
        how = ("--shard", f"{index}/2", "--ledger", f"ledger-{index}")
        done = bulk("run", "in", "--out", "out", *how, *MISTRAL, server=server, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stderr

    with ThreadPoolExecutor() as threads:
        list(threads.map(part, range(2)))
    assert set(bills.pages.values()) == {1}
    assert len({name for name, _ in bills.pages}) == 14
    out = tmp_path / "out"
    manifests = [(out / f"bulk-{index}-of-2.jsonl").read_text(encoding="utf-8") for index in range(2)]
    lines = [json.loads(line) for manifest in manifests for line in manifest.splitlines()]
    assert [line["state"] for line in lines] == ["done"] * 14
    named = sorted(name for line in lines for name in line["results"])
    found = {path.relative_to(out).as_posix() for path in visible(out)}
    assert set(named) == {name for name in found if not re.match(r"bulk(-report)?-\d-of-2", name)}
    assert len(named) == 28
    assert "_bulk-0-of-2.json" in named
    part(0)  # goes on, and has nothing to do
    assert set(bills.pages.values()) == {1}
    status = bulk("status", "out", "--ledger", "ledger-1", cwd=tmp_path)
    assert b"0  pending" in status.stdout
    for how, words in (
        (("--shard", "0/2"), b"--shard needs --ledger DIR"),
        (("--shard", "1/2", "--ledger", "ledger-0"), b"begun with shard '0/2'"),
        (("--ledger", "ledger-0"), b"say --shard 0/2"),
    ):
        wrong = bulk("run", "in", "--out", "out", *how, *MISTRAL, server=server, cwd=tmp_path)
        assert wrong.returncode == 2, wrong.stderr
        assert words in wrong.stderr
