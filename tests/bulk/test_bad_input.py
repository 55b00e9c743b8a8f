"""Folders and files that are not as they should be: each fails alone, and nothing hangs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bulk.jobs import Bills, bulk, manifest, pdfs, states
from tests.cli.command import MISTRAL, unreachable
from tests.documents import text_pdf
from tests.upstream import Exchange, Upstream


RUN = ("run", "in", "--out", "out", *MISTRAL)


def test_links_in_circles_end_and_names_too_long_fail_alone(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in" / "deep", 1)
    (tmp_path / "in" / "deep" / "up").symlink_to("..")
    (tmp_path / "in" / "again").symlink_to("deep")
    (tmp_path / "in" / "self.pdf").symlink_to("self.pdf")
    done = bulk(*RUN, "-", server=server, cwd=tmp_path, given=b"x" * 300 + b".pdf\n")
    assert done.returncode == 1, done.stderr
    assert b"Traceback" not in done.stderr
    lines = manifest(tmp_path / "out")
    assert sorted(line["state"] for line in lines) == ["done", "failed", "failed"]
    errors = {Path(line["document"]).name[:5]: line["error"] for line in lines if line["state"] == "failed"}
    assert "too long" in errors["xxxxx"]
    assert "levels of symbolic links" in errors["self."]


@pytest.mark.parametrize("wrong", ["im", "in/00O.pdf", "in/*.png", "im/"])
def test_a_name_of_nothing_is_refused_before_there_is_a_job(server: Upstream, tmp_path: Path, wrong: str) -> None:
    pdfs(tmp_path / "in", 1)
    done = bulk(*RUN, wrong, server=server, cwd=tmp_path)
    assert (done.returncode, wrong.encode() in done.stderr, server.requests) == (2, True, [])
    assert not (tmp_path / "out").exists()
    assert bulk(*RUN, server=server, cwd=tmp_path).returncode == 0
    assert bulk(*RUN, wrong, server=server, cwd=tmp_path).returncode == 2
    assert states(tmp_path / "out") == {"000.pdf": "done"}


def test_a_document_that_was_read_and_is_gone_is_no_mistyped_name(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 2)
    run = ("run", "in/000.pdf", "in/001.pdf", "--out", "out", *MISTRAL)
    assert bulk(*run, server=server, cwd=tmp_path).returncode == 0
    (tmp_path / "in" / "000.pdf").unlink()
    again = bulk(*run, server=server, cwd=tmp_path)
    assert b"there is no" not in again.stderr, again.stderr
    assert set(states(tmp_path / "out")) == {"000.pdf", "001.pdf"}


def test_a_folder_that_cannot_be_looked_into_is_told_and_all_else_is_read(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in" / "before", 1)
    pdfs(tmp_path / "in" / "later", 1, first=1)
    unreachable(tmp_path / "in", "d")
    done = bulk(*RUN, server=server, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert b"d: the folder cannot be looked into: File name too long; what it holds is left out" in done.stderr
    assert states(tmp_path / "out") == {"000.pdf": "done", "001.pdf": "done"}


def test_times_before_and_after_all_others_are_taken_as_they_are(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 2)
    os.utime(tmp_path / "in" / "000.pdf", (-86_400, -86_400))
    os.utime(tmp_path / "in" / "001.pdf", (4_102_444_800, 4_102_444_800))
    assert bulk(*RUN, server=server, cwd=tmp_path).returncode == 0
    asked = len(server.requests)
    os.utime(tmp_path / "in" / "001.pdf", (0, 0))  # the clock was set back, and the file is the same
    assert bulk(*RUN, server=server, cwd=tmp_path).returncode == 0
    assert len(server.requests) == asked


def test_a_file_that_vanishes_or_grows_while_it_is_read_is_never_half_a_result(
    server: Upstream, tmp_path: Path
) -> None:
    pdfs(tmp_path / "in", 3)
    bills = Bills()
    grown: list[str] = []

    async def meddle(exchange: Exchange) -> None:
        await exchange.read()
        name = exchange.received.json["document"]["document_name"]
        if name == "000.pdf":
            (tmp_path / "in" / name).unlink(missing_ok=True)
        elif name == "001.pdf" and not grown:
            grown.append(name)
            (tmp_path / "in" / name).write_bytes(text_pdf([["a"], ["b"]]))
        elif name == "002.pdf":
            with (tmp_path / "in" / name).open("ab") as file:
                file.write(b"%")
        await bills(exchange)

    server.default = meddle
    done = bulk(*RUN, server=server, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert states(tmp_path / "out") == {"000.pdf": "failed", "001.pdf": "done", "002.pdf": "failed"}
    errors = {Path(line["document"]).name: line.get("error") for line in manifest(tmp_path / "out")}
    assert "No such file" in str(errors["000.pdf"])
    assert errors["002.pdf"] == "it changes while it is read"
    assert (tmp_path / "out" / "001.md").read_text().count("# Page") == 2
    assert not (tmp_path / "out" / "002.json").exists()


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A file system that nobody can write to, where this user may mount one."""
    folder = tmp_path / "out"
    folder.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "none", folder], check=False).returncode:
        pytest.skip("file systems cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_a_read_only_disk_pauses_before_anything_is_sent(server: Upstream, tmp_path: Path, read_only: Path) -> None:
    pdfs(tmp_path / "in", 1)
    done = bulk(*RUN, server=server, cwd=tmp_path)
    assert done.returncode == 75, done.stderr
    assert b"Read-only file system" in done.stderr
    assert server.requests == []


def test_a_job_that_nobody_may_write_to_can_be_looked_at(server: Upstream, tmp_path: Path, read_only: Path) -> None:
    def remount(how: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{how}", read_only], check=True)

    pdfs(tmp_path / "in", 2)
    remount("rw")
    assert bulk(*RUN, server=server, cwd=tmp_path).returncode == 0
    remount("ro")
    status = bulk("status", "--verify", "out", cwd=tmp_path)
    assert (status.returncode, b"2  whole results, 0 wrong" in status.stdout) == (0, True), status.stderr
    assert len(bulk("export", "out", cwd=tmp_path).stdout.splitlines()) == 2


@pytest.mark.parametrize("name", [b"bad\xff.pdf", b"bad\n\x1b[31m.pdf"])
def test_what_failed_is_told_whatever_it_is_called(server: Upstream, tmp_path: Path, name: bytes) -> None:
    pdfs(tmp_path / "in", 1)
    (tmp_path / "in" / os.fsdecode(name)).touch()
    done = bulk(*RUN, server=server, cwd=tmp_path)
    assert (done.returncode, b"Traceback" in done.stderr) == (1, False)
    assert b"1 done, 1 failed" in done.stderr
    assert sorted(line["state"] for line in manifest(tmp_path / "out")) == ["done", "failed"]
    assert b"bad" in bulk("status", "out", cwd=tmp_path).stdout


def test_the_ledger_may_lie_elsewhere_than_the_results(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 1)
    run = (*RUN, "--ledger", "job")
    assert bulk(*run, server=server, cwd=tmp_path).returncode == 0
    assert not (tmp_path / "out" / ".ocr-async" / "ledger.sqlite3").exists()
    asked = len(server.requests)
    again = bulk(*run, server=server, cwd=tmp_path)
    assert (again.returncode, len(server.requests)) == (0, asked)
    lost = bulk(*RUN, server=server, cwd=tmp_path)  # the results are somebody else's without it
    assert (lost.returncode, b"none of this job" in lost.stderr) == (2, True)


def test_a_link_into_the_results_is_no_input(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 1)
    pdfs(tmp_path / "out" / "old", 1)
    (tmp_path / "in" / "link.pdf").symlink_to(tmp_path / "out" / "old" / "000.pdf")
    done = bulk("run", "in", "--out", "out", *MISTRAL, server=server, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert b"an output is never an input" in done.stderr
    assert server.requests == []


def test_documents_are_known_by_one_path_however_their_folder_is_named(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in" / "below", 1)
    server.default = bills = Bills()
    for name in ("in", "in/../in", "./in/below/../", str(tmp_path / "in"), "in/below/000.pdf"):
        done = bulk("run", name, "--out", "out", *MISTRAL, server=server, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert set(bills.pages.values()) == {1}
    assert [line["document"] for line in manifest(tmp_path / "out")] == [str(tmp_path / "in" / "below" / "000.pdf")]
