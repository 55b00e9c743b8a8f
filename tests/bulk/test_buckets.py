"""Documents and results in buckets, of a real server that speaks S3: as files, but for where the ledger lies."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.bulk.buckets import S3, Bucket
from tests.bulk.jobs import PAGES, Bills, manifest, pdfs, states
from tests.cli.command import MISTRAL, PROGRAM, environment
from tests.documents import text_pdf
from tests.upstream import Upstream


OWN = ("bulk-report.html", "bulk-report.json", "bulk.jsonl")  # of the job


def surroundings(server: Upstream | None, s3: S3, home: Path) -> dict[str, str]:
    kept = {name: value for name, value in environment(server).items() if not name.startswith("AWS_")}
    return {**kept, **s3.environment, "HOME": str(home), "XDG_DATA_HOME": str(home / "data")}


def bulk(
    *arguments: str, server: Upstream | None = None, s3: S3, cwd: Path, **more: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*PROGRAM, "bulk", *arguments], capture_output=True, check=False, timeout=100, cwd=cwd,
        env={**surroundings(server, s3, cwd), **more},
    )  # fmt: skip


def documents(number: int, first: int = 0) -> dict[str, bytes]:
    return {
        f"in/{each:03}.pdf": text_pdf([[f"document {each}, page {page}"] for page in range(PAGES)])
        for each in range(first, first + number)
    }


def ledger_of(done: subprocess.CompletedProcess[bytes]) -> Path:
    words = next(line for line in done.stderr.decode().splitlines() if "the ledger" in line)
    return Path(words.partition("lies in ")[2])


def lines(bucket: Bucket, out: str = "out") -> list[dict[str, object]]:
    return [json.loads(line) for line in bucket.get(f"{out}/bulk.jsonl").splitlines()]


def test_a_bucket_is_read_into_another_folder_of_it_and_its_ledger_lies_here(
    server: Upstream, s3: S3, bucket: Bucket, tmp_path: Path
) -> None:
    server.default = bills = Bills()
    odd = {"in/sub/ü #?%20+.pdf": text_pdf([["odd"]]), "in/notes.txt": b"no", "in/.hidden.pdf": b"%PDF-"}
    bucket.put({**documents(3), **odd, "in/copy": documents(1)["in/000.pdf"], "elsewhere.pdf": b"%PDF-1.7 no"})
    run = ("run", f"s3://{bucket.name}/in/", "--out", f"s3://{bucket.name}/out", *MISTRAL)
    done = bulk(*run, server=server, s3=s3, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    stems = ("000", "001", "002", "copy", "sub/ü #_%20+")
    results = [name for stem in stems for name in (f"{stem}.json", f"{stem}.md")]
    assert bucket.keys("out") == sorted(f"out/{name}" for name in [*results, *OWN])
    whole = json.loads(bucket.get("out/001.json"))
    assert [page["index"] for page in whole["pages"]] == [0, 1, 2]
    assert bucket.get("out/001.md").count(b"# Page") == PAGES
    assert [line["document"] for line in lines(bucket)] == [
        f"s3://{bucket.name}/in/{name}" for name in ("000.pdf", "001.pdf", "002.pdf", "copy", "sub/ü #?%20+.pdf")
    ]
    assert lines(bucket)[3]["duplicate_of"] == f"s3://{bucket.name}/in/000.pdf"
    assert b"2 left out (no documents)" in done.stderr
    assert sum(bills.pages.values()) == 3 * PAGES + 1
    folder = ledger_of(done)
    assert folder.is_relative_to(tmp_path / "data")
    assert [path.name for path in (folder / ".ocr-async").glob("new-*")] == []  # no copy is left

    # what is done is not read again; what changed, or came, is
    server.requests.clear()
    assert bulk(*run, server=server, s3=s3, cwd=tmp_path).returncode == 0
    assert server.requests == []
    bucket.put({"in/001.pdf": text_pdf([["another"]]), "in/new.pdf": text_pdf([["new"]])})
    again = bulk(*run, server=server, s3=s3, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    names = [request.json["document"]["document_name"] for request in server.requests]
    assert sorted(names) == ["001.pdf", "new.pdf"]
    assert len(json.loads(bucket.get("out/001.json"))["pages"]) == 1
    shown = bulk("status", f"s3://{bucket.name}/out/", s3=s3, cwd=tmp_path)
    assert (shown.returncode, b"6  done" in shown.stdout) == (0, True)
    exported = bulk("export", f"s3://{bucket.name}/out", s3=s3, cwd=tmp_path)
    assert len(exported.stdout.splitlines()) == 6


def test_either_side_may_be_a_folder(server: Upstream, s3: S3, bucket: Bucket, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 2)
    bucket.put(documents(1, first=5))
    up = bulk("run", "in", "--out", f"s3://{bucket.name}/out", "--ledger", "job", *MISTRAL,
              server=server, s3=s3, cwd=tmp_path)  # fmt: skip
    assert up.returncode == 0, up.stderr
    assert bucket.keys("out") == [f"out/{n}" for n in ("000.json", "000.md", "001.json", "001.md", *OWN)]
    assert (tmp_path / "job" / ".ocr-async" / "ledger.sqlite3").is_file()
    down = bulk("run", "in", f"s3://{bucket.name}/in/005.pdf", "--out", "out", *MISTRAL,
                server=server, s3=s3, cwd=tmp_path)  # fmt: skip
    assert down.returncode == 0, down.stderr
    assert list(states(tmp_path / "out")) == ["000.pdf", "001.pdf", "005.pdf"]
    assert (tmp_path / "out" / "005.md").is_file()
    for wrong in ("another", "in"):
        other = bulk("run", "in", "--out", f"s3://{bucket.name}/{wrong}", "--ledger", "job", *MISTRAL,
                     server=server, s3=s3, cwd=tmp_path)  # fmt: skip
        assert other.returncode == 2
        assert b"this job was begun with out" in other.stderr


def test_kills_lose_nothing_in_a_bucket(server: Upstream, s3: S3, bucket: Bucket, tmp_path: Path) -> None:
    server.default = bills = Bills(0.1)
    bucket.put(documents(12))
    run = ("run", f"s3://{bucket.name}/in", "--out", f"s3://{bucket.name}/out", "--concurrency", "2", *MISTRAL)
    for _ in range(3):
        running = subprocess.Popen(
            [*PROGRAM, "bulk", *run], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
            env=surroundings(server, s3, tmp_path),
        )  # fmt: skip
        asked = len(server.requests) + 4
        end = time.monotonic() + 60
        while running.poll() is None and len(server.requests) < asked:
            assert time.monotonic() < end
            time.sleep(0.002)
        running.kill()
        running.communicate(timeout=20)
        for key in bucket.keys("out"):
            if key.endswith(".json") and key.partition("/")[2] not in OWN:
                assert len(json.loads(bucket.get(key))["pages"]) == PAGES
    done = bulk(*run, server=server, s3=s3, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(bucket.keys("out")) == 2 * 12 + len(OWN)
    assert {line["state"] for line in lines(bucket)} == {"done"}
    assert sum(bills.pages.values()) <= 12 * PAGES + 3 * 2 * 2 * PAGES  # what was under way at the kills
    assert list((ledger_of(done) / ".ocr-async").glob("new-*")) == []


def test_an_object_that_vanished_fails_alone(server: Upstream, s3: S3, bucket: Bucket, tmp_path: Path) -> None:
    from tests import faults

    bucket.put(documents(2))
    run = ("run", f"s3://{bucket.name}/in/", "--out", "out", *MISTRAL)
    server.default = faults.status(401)
    assert bulk(*run, server=server, s3=s3, cwd=tmp_path).returncode == 75  # all are known, and none is read
    bucket.delete("in/000.pdf")
    server.default = Bills()
    done = bulk("retry", "out", "--only", "failed", server=server, s3=s3, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert [(line["state"], line.get("error")) for line in manifest(tmp_path / "out")] == [
        ("failed", "it cannot be read: there is no such object"), ("done", None),
    ]  # fmt: skip


def test_a_store_that_is_out_of_service_pauses_and_fails_no_document(server: Upstream, tmp_path: Path) -> None:
    s3 = S3()
    try:
        bucket = s3.bucket("away")
        bucket.put(documents(4))
        server.default = Bills(0.5)
        running = subprocess.Popen(
            [*PROGRAM, "bulk", "run", "s3://away/in", "--out", "s3://away/out", "--patience", "1", *MISTRAL],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, env=surroundings(server, s3, tmp_path),
        )  # fmt: skip
        end = time.monotonic() + 60
        while not server.requests:
            assert time.monotonic() < end
            time.sleep(0.01)
        s3.stop()
        _, said = running.communicate(timeout=60)
        assert running.returncode == 75, said
        assert b"paused: nothing got through for 1 s" in said
        asked = len(server.requests)
        down = bulk("run", "s3://away/in", "--out", "s3://away/out", *MISTRAL, server=server, s3=s3, cwd=tmp_path)
        assert down.returncode == 75
        assert b"cannot be reached" in down.stderr
        s3.start()
        s3.bucket("away").put(documents(4))
        done = bulk("run", "s3://away/in", "--out", "s3://away/out", *MISTRAL, server=server, s3=s3, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert {line["state"] for line in lines(bucket)} == {"done"}
        assert len(server.requests) == max(asked, 4)  # pages that came while it was away are kept
    finally:
        s3.stop()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("s3://no-such-bucket/in", "--out", "out"), b"there is no bucket of s3://no-such-bucket"),
        (("in", "--out", "s3://no-such-bucket/out"), b"there is no bucket of s3://no-such-bucket"),
        (("s3://{}/nothing", "--out", "out"), b"there is nothing at s3://"),
        (("s3://", "--out", "out"), b"names no bucket"),
        (("s3://{}/in", "--out", "s3://{}/in/"), b"is the folder of the documents"),
        (("az://container/in", "--out", "out"), b"Account must be specified"),
        (("in", "--out", "s3://{}/mine"), b"none of this job"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(
    server: Upstream, s3: S3, bucket: Bucket, tmp_path: Path, arguments: tuple[str, ...], says: bytes
) -> None:
    pdfs(tmp_path / "in", 1)
    bucket.put({**documents(1), "mine/000.md": b"mine"})
    named = [each.format(bucket.name) for each in arguments]
    done = bulk("run", *named, *MISTRAL, server=server, s3=s3, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert b"Traceback" not in done.stderr
    assert server.requests == []


def test_a_refused_key_of_the_store_pauses_and_its_secret_is_not_told(server: Upstream, tmp_path: Path) -> None:
    s3 = S3(checks=True)
    try:
        done = bulk("run", "s3://bucket/in/", "--out", "out", *MISTRAL, server=server, s3=s3, cwd=tmp_path)
    finally:
        s3.stop()
    assert done.returncode == 75, done.stderr
    assert b"is refused: InvalidAccessKeyId" in done.stderr
    assert b"planted-secret" not in done.stderr


def test_credentials_of_a_profile_are_found(s3: S3, bucket: Bucket, server: Upstream, tmp_path: Path) -> None:
    bucket.put(documents(1))
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text("[work]\naws_access_key_id = a\naws_secret_access_key = b\n")
    (tmp_path / ".aws" / "config").write_text("[profile work]\nregion = eu-north-1\n")
    given = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    run = ("run", f"s3://{bucket.name}/in", "--out", "out", *MISTRAL)
    empty = dict.fromkeys(given, "")
    done = bulk(*run, server=server, s3=s3, cwd=tmp_path, AWS_PROFILE="work", **empty)
    assert done.returncode == 0, done.stderr
    other = bulk(*run, server=server, s3=s3, cwd=tmp_path, AWS_PROFILE="other", **empty)
    assert other.returncode == 2, other.stderr
    assert os.fsencode("other") in other.stderr
