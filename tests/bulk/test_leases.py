"""A job that machines share by leases in its bucket: each document is read by one of them, whichever of them die."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import time
from itertools import count
from pathlib import Path

import pytest

from ocr_async.bulk.sharing.leases import Leases
from ocr_async.cli import main
from tests.bulk.buckets import S3, Bucket
from tests.bulk.jobs import PAGES, Bills
from tests.bulk.test_buckets import bulk, documents, lines, surroundings
from tests.cli.command import MISTRAL, PROGRAM
from tests.documents import text_pdf
from tests.upstream import Exchange, Upstream, mistral_answer


OWN = {"bulk-report.html", "bulk-report.json", "bulk.jsonl"}


def run(bucket: Bucket, *more: str) -> tuple[str, ...]:
    return ("run", f"s3://{bucket.name}/in", "--out", f"s3://{bucket.name}/out", "--lease", *MISTRAL, *more)


def machine(bucket: Bucket, *more: str, server: Upstream, s3: S3, home: Path) -> subprocess.Popen[bytes]:
    home.mkdir(exist_ok=True)
    return subprocess.Popen(
        [*PROGRAM, "bulk", *run(bucket, "--lease-seconds", "1", *more)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=home, env=surroundings(server, s3, home),
    )  # fmt: skip


def results(bucket: Bucket) -> dict[str, bytes]:
    names = [key.partition("/")[2] for key in bucket.keys("out")]
    return {name: bucket.get(f"out/{name}") for name in names if name not in OWN and ".ocr-async" not in name}


def ended(process: subprocess.Popen[bytes], code: int = 0) -> bytes:
    _, said = process.communicate(timeout=60)
    assert process.returncode == code, said
    assert b"Traceback" not in said
    return said


def test_the_others_read_what_a_dead_machine_left_and_nothing_twice(
    server: Upstream, s3: S3, bucket: Bucket, tmp_path: Path
) -> None:
    server.default = bills = Bills(0.3)
    bucket.put(documents(16))
    two = [
        machine(bucket, "--concurrency", "2", server=server, s3=s3, home=tmp_path / f"machine-{each}")
        for each in range(2)
    ]
    end = time.monotonic() + 60
    while len(server.requests) < 6:
        assert time.monotonic() < end
        time.sleep(0.005)
    two[0].kill()
    two[0].communicate(timeout=20)
    ended(two[1])
    assert len(results(bucket)) == 2 * 16
    assert {line["state"] for line in lines(bucket)} == {"done"}
    assert len(lines(bucket)) == 16
    # what was under way at the death: what a machine with two requests at once holds
    again = [page for page, times in bills.pages.items() if times > 1]
    assert len({name for name, _ in bills.pages}) == 16
    assert len({name for name, _ in again}) <= 4
    assert max(bills.pages.values()) <= 2

    # the dead one comes back, and learns of all that
    asked, before = len(server.requests), results(bucket)
    back = machine(bucket, server=server, s3=s3, home=tmp_path / "machine-0")
    assert b"16 inputs, 16 done, 0 failed" in ended(back)
    assert (len(server.requests), results(bucket)) == (asked, before)


def lease(bucket: Bucket, stem: str) -> tuple[str, dict[str, object]]:
    """Return the object of a document, as it lies in the bucket, and what it says."""
    key = f"out/{Leases.name(stem)}"
    return key, json.loads(bucket.get(key))


def left_by_a_dead_machine(bucket: Bucket, stem: str, **more: object) -> None:
    """Have the store say that another machine, which nobody heard of since, reads a document."""
    key, said = lease(bucket, stem)
    dead = {**said, "state": "leased", "token": "of another", "machine": "another", "seconds": 0.5, **more}
    bucket.put({key: json.dumps(dead).encode()})


def test_who_was_taken_for_dead_writes_nothing_over_what_another_published(
    server: Upstream, s3: S3, bucket: Bucket, tmp_path: Path
) -> None:
    answers = count()

    async def never_the_same(exchange: Exchange) -> None:
        await exchange.read()
        answer = json.loads(json.dumps(mistral_answer(exchange.received.json, exchange.work())))
        answer["pages"][0]["markdown"] = f"answer {next(answers)}"
        await asyncio.sleep(0.5)
        await exchange.json(answer)

    server.default = never_the_same
    bucket.put(documents(2))
    stopped = machine(bucket, "--concurrency", "1", server=server, s3=s3, home=tmp_path / "stopped")
    end = time.monotonic() + 60
    while not server.requests:
        assert time.monotonic() < end
        time.sleep(0.005)
    stopped.send_signal(signal.SIGSTOP)  # as a machine that is suspended, or lost its network
    try:
        ended(machine(bucket, server=server, s3=s3, home=tmp_path / "other"))
        published = results(bucket)
        assert len(published) == 4
    finally:
        stopped.send_signal(signal.SIGCONT)
    ended(stopped)
    assert len(server.requests) >= 3  # it did read one, and has it not published
    assert results(bucket) == published
    assert {line["state"] for line in lines(bucket)} == {"done"}


def test_a_document_that_machines_die_of_alone_is_dead_for_all_and_a_published_one_is_adopted(
    server: Upstream, s3: S3, bucket: Bucket, tmp_path: Path
) -> None:
    server.default = bills = Bills()
    bucket.put({**documents(5), "in/copy.pdf": documents(1)["in/000.pdf"]})
    ended(machine(bucket, server=server, s3=s3, home=tmp_path / "first"))
    assert sum(bills.pages.values()) == 5 * PAGES  # one content is read once
    for stem in ("001", "002", "003"):
        for form in ("json", "md"):
            bucket.delete(f"out/{stem}.{form}")
    left_by_a_dead_machine(bucket, "001", alone=True, deaths=2)
    left_by_a_dead_machine(bucket, "002", alone=True, deaths=1)
    left_by_a_dead_machine(bucket, "003", shared_deaths=0)
    before = bucket.get("out/004.md")
    bucket.delete("out/004.md")  # the machine died between the two forms of its result
    left_by_a_dead_machine(bucket, "004")
    bills.pages.clear()
    said = ended(machine(bucket, server=server, s3=s3, home=tmp_path / "second"), 1)
    assert {name for name, _ in bills.pages} == {"002.pdf", "003.pdf"}
    assert bucket.get("out/004.md") == before
    cause = "the machine that read it died, 3 times, while it read nothing else"
    assert f"dead: s3://{bucket.name}/in/001.pdf: {cause}" in said.decode()
    assert [(line["state"], line.get("error")) for line in lines(bucket)[:3]] == [
        ("done", None), ("dead", cause), ("done", None),
    ]  # fmt: skip
    told = [lease(bucket, stem)[1] for stem in ("002", "003")]
    assert [each["alone"] for each in told] == [True, False]  # the one is a suspect, and the other not yet

    # it is dead for all, until one of them is told to try again
    assert lease(bucket, "001")[1]["state"] == "dead"
    bills.pages.clear()
    again = bulk("retry", f"s3://{bucket.name}/out", "--only", "dead", server=server, s3=s3, cwd=tmp_path / "second")
    assert again.returncode == 0, again.stderr
    assert {name for name, _ in bills.pages} == {"001.pdf"}
    assert lease(bucket, "001")[1]["state"] == "done"
    assert {line["state"] for line in lines(bucket)} == {"done"}


def test_a_machine_that_is_told_to_stop_lets_go_at_once_and_two_read_each_document_once(
    server: Upstream, s3: S3, bucket: Bucket, tmp_path: Path
) -> None:
    server.default = bills = Bills(0.2)
    bucket.put(documents(10))
    slow = ("--lease-seconds", "600", "--concurrency", "1")
    first = machine(bucket, *slow, server=server, s3=s3, home=tmp_path / "first")
    end = time.monotonic() + 60
    while len(server.requests) < 3:
        assert time.monotonic() < end
        time.sleep(0.005)
    first.send_signal(signal.SIGTERM)
    ended(first, 130)
    assert "out/bulk.jsonl" not in bucket.keys("out")  # whoever ends last knows all
    bucket.put({"in/000.pdf": text_pdf([["another"]])})
    for each in [machine(bucket, *slow, server=server, s3=s3, home=tmp_path / one) for one in ("first", "second")]:
        ended(each)
    assert {page: times for page, times in bills.pages.items() if times > 1} == {("000.pdf", 0): 2}
    assert len(results(bucket)) == 20
    assert len(json.loads(bucket.get("out/000.json"))["pages"]) == 1
    assert [line["state"] for line in lines(bucket)] == ["done"] * 10
    holders = [lease(bucket, f"{number:03}")[1]["machine"] for number in range(10)]
    assert len(set(holders)) >= 2


def test_what_cannot_be_shared_is_refused(
    server: Upstream,
    s3: S3,
    bucket: Bucket,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server.default = Bills()
    monkeypatch.chdir(tmp_path)

    def said(*arguments: str, s3: S3 = s3, code: int = 2) -> str:
        for name, value in surroundings(server, s3, tmp_path).items():
            monkeypatch.setenv(name, value)
        assert main(["bulk", *arguments]) == code
        return capsys.readouterr().err

    heedless = S3(heedless=True)
    try:
        careless = heedless.bucket("careless")
        careless.put(documents(1))
        refused = said(*run(careless), s3=heedless)
        assert "cannot be shared by --lease" in refused
        assert "--shard" in refused
        assert careless.keys("out") == []
    finally:
        heedless.stop()
    bucket.put({**documents(1), "out/000.md": b"mine"})
    assert "none of this job" in said(*run(bucket))
    assert "none of this job" in said(*run(bucket))  # it has not begun by that
    assert "leave out one" in said(*run(bucket, "--shard", "0/2", "--ledger", "part"))
    assert "leave out one" in said(*run(bucket, "--batch-api"))
    assert "1 or more" in said(*run(bucket, "--lease-seconds", "0.1"))
    assert "--lease needs --out in a bucket" in said("run", f"s3://{bucket.name}/in", "--out", "out", "--lease")
    assert server.requests == []
    bucket.delete("out/000.md")
    said(*run(bucket), code=0)
    asked = len(server.requests)
    assert "say --lease" in said(*(each for each in run(bucket) if each != "--lease"))
    assert "with another form" in said(*run(bucket, "-f", "html", "--ledger", "another"))

    # somebody else's file where the results of a document belong that came later
    bucket.put({**documents(1, first=7), "out/007.json": b"{}"})
    assert "none of this job" in said(*run(bucket, "--ledger", "new"), code=1)
    assert bucket.get("out/007.json") == b"{}"
    assert len(server.requests) == asked
