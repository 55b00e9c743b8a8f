"""Documents named by lines of JSON, and results that are looked at again."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.bulk.jobs import Bills, bulk, manifest, pdfs, visible
from tests.cli.command import MISTRAL, PROGRAM, environment
from tests.upstream import Upstream


BROKEN = ['{"path": ', "[1]", '{"name": "x"}', '{"path": 1}', '{"path": "a\\u0000b"}', '{"path": "\\ud800.pdf"}',
          '{"url": "https://example.com/a.pdf"}', '{"path": "a", "url": "b"}', "x" * 2_000_000]  # fmt: skip


def test_broken_lines_are_told_by_their_numbers_and_the_rest_is_read(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 3)
    lines = ['{"path": "in/000.pdf", "id": 7}', *BROKEN, "", '{"document": "in/001.pdf", "name": "deep/other.pdf"}']
    (tmp_path / "list.jsonl").write_text("\n".join([*lines, json.dumps({"path": str(tmp_path / "in" / "002.pdf")})]))
    run = ("run", "--manifest", "list.jsonl", "--out", "out", *MISTRAL)
    strict = bulk(*run, "--strict", server=server, cwd=tmp_path)
    assert (strict.returncode, server.requests) == (2, [])
    done = bulk(*run, server=server, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    for said in (strict.stderr, done.stderr):
        assert [f"list.jsonl:{number}: ".encode() in said for number in range(1, 14)] == [
            number in range(2, len(BROKEN) + 2) for number in range(1, 14)
        ]
    assert f"{len(BROKEN)} broken lines".encode() in done.stderr
    out = tmp_path / "out"
    assert [path.relative_to(out).as_posix() for path in visible(out)] == [
        "000.json", "000.md", "002.json", "002.md", "deep/other.json", "deep/other.md",
    ]  # fmt: skip
    again = bulk("run", "--manifest", "out/bulk.jsonl", "--out", "again", *MISTRAL, server=server, cwd=tmp_path)
    assert again.returncode == 0, again.stderr  # what a job wrote names its documents, too


def test_broken_lines_of_a_list_are_told_by_their_numbers_and_the_rest_is_read(
    server: Upstream, tmp_path: Path
) -> None:
    pdfs(tmp_path / "in", 2)
    pdfs(tmp_path, 1, first=7)
    (tmp_path / "007.pdf").rename(tmp_path / "https.pdf")
    given = (
        b"in/000.pdf\n\nhttps://example.com/a.pdf\nDATA:,x\na\0b\n-\n"
        + b"x" * 2_000_000
        + b"\r\nin/001.pdf\r\nhttps.pdf"
    )
    run = ("run", "-", "--out", "out", *MISTRAL)
    strict = bulk(*run, "--strict", server=server, cwd=tmp_path, given=given)
    assert (strict.returncode, server.requests) == (2, [])
    done = bulk(*run, server=server, cwd=tmp_path, given=given)
    assert done.returncode == 1, done.stderr
    for said in (strict.stderr, done.stderr):
        told = [number for number in range(1, 10) if f"standard input:{number}: ".encode() in said]
        assert told == [3, 4, 5, 6, 7]
    assert b"5 broken lines left out" in done.stderr
    assert [path.name for path in visible(tmp_path / "out") if path.suffix == ".md"] == ["000.md", "001.md", "https.md"]


def test_a_line_that_names_a_result_is_left_out_and_the_rest_is_read(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 1)
    pdfs(tmp_path / "out", 1, first=5)
    (tmp_path / "list.jsonl").write_text('{"path": "in/../out/005.pdf"}\n{"path": "in/000.pdf"}\n')
    (tmp_path / "link").symlink_to("out")
    for given in ((("--manifest", "list.jsonl"), b""), (("-",), b"out/005.pdf\nlink/\nin/000.pdf\n")):
        run = ("run", *given[0], "--out", "out", *MISTRAL)
        strict = bulk(*run, "--strict", server=server, cwd=tmp_path, given=given[1])
        assert (strict.returncode, b":1: " in strict.stderr, server.requests) == (2, True, [])
    done = bulk(*run, server=server, cwd=tmp_path, given=b"out/005.pdf\nlink/\nin/000.pdf\n")
    assert done.returncode == 1, done.stderr
    assert b"2 broken lines left out" in done.stderr
    assert [path.name for path in visible(tmp_path / "out") if path.suffix == ".md"] == ["000.md"]


def test_many_thousand_lines_take_no_memory(tmp_path: Path) -> None:
    """Of documents that are not there: nothing but the list itself can take any."""
    peaks = []
    for count in (100, 40_000):
        with (tmp_path / "list.jsonl").open("w") as file:
            for number in range(count):
                file.write(json.dumps({"path": f"/nowhere/{'x' * 60}/{number:06}.pdf"}) + "\n")
        code = (
            "import resource, sys\n"
            "from ocr_async.bulk.ledger import Ledger\n"
            "from ocr_async.cli.bulk.command import _Work\n"
            "from ocr_async.cli.bulk.inputs import Sources\n"
            "from ocr_async.cli.bulk.job import Job\n"
            "from ocr_async.cli.inputs import Found\n"
            "job = Job.of(sys.argv[1], None)\n"
            "ledger = Ledger.open(job.folder)\n"
            "ledger.begin({'form': 'md'})\n"
            "work = _Work(None, job, ledger, {'form': 'md'}, None)\n"
            "print(work.add(ledger, Sources(job, 'md', Found([]), ['list.jsonl']).named([])))\n"
            "ledger.close()\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
        )
        done = subprocess.run(
            [PROGRAM[0], "-c", code, f"out-{count}"], capture_output=True, check=True, cwd=tmp_path,
            env=environment(), timeout=100,
        )  # fmt: skip
        added, peak = map(int, done.stdout.split())
        assert added == count
        peaks.append(peak)
    assert peaks[1] - peaks[0] < 8 * 1024  # KiB; a list of them takes three times as much


def test_results_are_verified_against_the_ledger(server: Upstream, tmp_path: Path) -> None:
    server.default = Bills()
    pdfs(tmp_path / "in", 5)
    assert bulk("run", "in", "--out", "out", *MISTRAL, server=server, cwd=tmp_path).returncode == 0
    whole = bulk("status", "out", "--verify", cwd=tmp_path)
    assert (whole.returncode, b"5  whole results, 0 wrong" in whole.stdout) == (0, True)
    out = tmp_path / "out"
    (out / "000.json").unlink()
    (out / "001.json").write_text((out / "001.json").read_text()[:-20])
    short = json.loads((out / "002.json").read_text())
    (out / "002.json").write_text(json.dumps({**short, "pages": short["pages"][:-1]}))
    (out / "003.md").unlink()
    found = bulk("status", "out", "--verify", cwd=tmp_path)
    assert found.returncode == 1, found.stdout
    said = [line.partition(b"wrong: ")[2] for line in found.stdout.splitlines() if line.startswith(b"wrong: ")]
    assert [line.rpartition(b": ")[2].rpartition(b"out/")[2] for line in said] == [
        b"000.json is gone", b"001.json is damaged", b"002.json has 2 pages, and the ledger 3", b"003.md is gone",
    ]  # fmt: skip
    assert b"1  whole result, 4 wrong" in found.stdout
    assert len(manifest(out)) == 5
