"""What would be read, and for how much; and which models there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import MISTRAL, ROOT, SCAN, command
from tests.upstream import Upstream


def test_an_estimate_needs_no_key(tmp_path: Path) -> None:
    done = command("estimate", SCAN, *MISTRAL, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().splitlines()[1].split()[:2] == ["1", "0.0040"]


def test_an_estimate_of_a_folder_counts_what_a_run_would_read() -> None:
    done = command("estimate", "-r", ROOT / "samples", *MISTRAL)
    assert done.returncode == 0, done.stderr
    names = [line.split()[2] for line in done.stdout.decode().splitlines()[1:-1]]
    assert {str(SCAN), str(ROOT / "samples" / "digital.pdf")} <= set(names)


def test_an_estimate_counts_pages_and_sends_nothing(server: Upstream) -> None:
    done = command("estimate", SCAN, "missing.pdf", ROOT / "samples" / "digital.pdf", *MISTRAL, server=server)
    rows = [line.split()[:2] for line in done.stdout.decode().splitlines()]
    assert rows == [["PAGES", "USD"], ["1", "0.0040"], ["1", "0.0040"], ["2", "0.0080"]]
    assert (done.returncode, done.stderr) == (1, b"missing.pdf: DocumentError: missing.pdf does not exist\n")
    assert server.requests == []


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ([SCAN, "-m", "nobody/x"], 2, "names no provider"),
        ([SCAN, "-p", "-3"], 3, "page -3 does not exist"),
    ],
)
def test_an_estimate_that_cannot_be_made_says_why(
    server: Upstream, arguments: list[str | Path], code: int, says: str
) -> None:
    done = command("estimate", *arguments, server=server)
    assert (done.returncode, says in done.stderr.decode()) == (code, True), done.stderr
