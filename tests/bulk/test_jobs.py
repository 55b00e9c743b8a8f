"""What a job does with its inputs, whatever they are, and what it refuses before anything is paid."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests import faults
from tests.bulk.jobs import PAGES, Bills, bulk, manifest, pdfs, states, visible
from tests.cli.command import MISTRAL, PROGRAM, SCAN, environment, files
from tests.documents import text_pdf
from tests.upstream import Upstream


RUN = ("run", "in", "--out", "out", *MISTRAL)


def test_results_lie_under_the_path_of_their_document(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in" / "2024", 1)
    pdfs(tmp_path / "in", 1, first=1)
    (tmp_path / "in" / "notes.txt").write_text("no document")
    done = bulk(*RUN, server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    out = tmp_path / "out"
    assert [path.relative_to(out).as_posix() for path in visible(out)] == [
        "001.json", "001.md", "2024/000.json", "2024/000.md",
    ]  # fmt: skip
    whole = json.loads((out / "001.json").read_bytes())
    assert [page["index"] for page in whole["pages"]] == [0, 1, 2]
    assert (out / "001.md").read_text().count("# Page") == PAGES
    assert manifest(out)[0] == {
        "document": str(tmp_path / "in" / "001.pdf"), "state": "done", "results": ["001.json", "001.md"],
        "pages": 3, "cost": 0.012,
    }  # fmt: skip
    assert b"2 inputs, 2 done, 0 failed, 6 pages, 0.0240 USD" in done.stderr
    assert b"1 left out (no documents)" in done.stderr
    assert done.stdout == b""


def test_what_is_done_is_not_asked_for_again_and_a_changed_file_is(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 3)
    assert bulk(*RUN, server=server, cwd=tmp_path).returncode == 0
    server.requests.clear()
    assert bulk(*RUN, server=server, cwd=tmp_path).returncode == 0
    assert server.requests == []
    changed = tmp_path / "in" / "001.pdf"
    changed.write_bytes(text_pdf([["another"]]))
    again = bulk(*RUN, server=server, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert [request.json["document"]["document_name"] for request in server.requests] == ["001.pdf"]
    assert [line["pages"] for line in manifest(tmp_path / "out")] == [3, 1, 3]
    pdfs(tmp_path / "in", 1, first=3)
    os.utime(tmp_path / "in" / "000.pdf")  # touched, and the same as before
    assert bulk(*RUN, server=server, cwd=tmp_path).returncode == 0
    assert len(server.requests) == 2
    assert set(states(tmp_path / "out").values()) == {"done"}


def test_one_content_is_read_once_under_all_its_names(server: Upstream, tmp_path: Path) -> None:
    server.default = bills = Bills()
    pdfs(tmp_path / "in", 2)
    for name in ("copy.pdf", "deep/copy.pdf"):
        (tmp_path / "in" / name).parent.mkdir(exist_ok=True)
        shutil.copy(tmp_path / "in" / "000.pdf", tmp_path / "in" / name)
    done = bulk(*RUN, server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sum(bills.pages.values()) == 2 * PAGES
    out = tmp_path / "out"
    assert (out / "000.json").read_bytes() == (out / "copy.json").read_bytes() == (out / "deep/copy.json").read_bytes()
    assert b"4 inputs, of them 2 duplicates, 4 done, 0 failed, 6 pages" in done.stderr
    assert [line.get("duplicate_of") for line in manifest(out)].count(None) == 2
    shutil.copy(tmp_path / "in" / "001.pdf", tmp_path / "in" / "late.pdf")  # of what was done in another run
    assert bulk(*RUN, server=server, cwd=tmp_path).returncode == 0
    assert (out / "late.md").read_bytes() == (out / "001.md").read_bytes()
    assert sum(bills.pages.values()) == 2 * PAGES


def test_inputs_are_files_folders_globs_and_a_list_on_standard_input(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "one", 2)
    pdfs(tmp_path / "two", 1, first=2)
    pdfs(tmp_path / "three", 1, first=3)
    done = subprocess.run(
        [*PROGRAM, "bulk", "run", "one/*.pdf", "two", "-", "--out", "out", *MISTRAL, "-f", "text"],
        capture_output=True, check=False, timeout=100, cwd=tmp_path, env=environment(server), input=b"three/003.pdf\n",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [path.name for path in visible(tmp_path / "out")] == [
        name for number in range(4) for name in (f"00{number}.json", f"00{number}.txt")
    ]


def test_odd_names_stay_in_the_folder_and_lose_nothing(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 1)
    data = (tmp_path / "in" / "000.pdf").read_bytes()
    names = [b"a\nb.pdf", b"\xff\xfe.pdf", b"x" * 250 + b".pdf", b"bulk.pdf", b"report.pdf", b"con.pdf"]
    for number, name in enumerate(names):
        (tmp_path / "in" / os.fsdecode(name)).write_bytes(data + b"%" + bytes([48 + number]))
    (tmp_path / "in" / "report.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"picture")
    done = bulk(*RUN, "-f", "jsonl", server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = manifest(tmp_path / "out")
    assert len(lines) == len(names) + 2
    results = [name for line in lines for name in line["results"]]
    assert len(set(results)) == 2 * len(lines)
    assert sorted(results) == sorted(os.fsencode(p.relative_to(tmp_path / "out")).decode(errors="backslashreplace")
                                     for p in visible(tmp_path / "out"))  # fmt: skip
    assert {"report.json", "report.png.json", "_bulk.jsonl"} <= set(results)


def test_one_bad_document_fails_alone_and_is_read_again_when_told(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 2)
    (tmp_path / "in" / "empty.pdf").write_bytes(b"")
    (tmp_path / "in" / "gone.pdf").symlink_to("nowhere")
    done = bulk(*RUN, str(tmp_path / "in" / "gone.pdf"), server=server, cwd=tmp_path)
    assert done.returncode == 1
    out = tmp_path / "out"
    assert states(out) == {"000.pdf": "done", "001.pdf": "done", "empty.pdf": "failed", "gone.pdf": "failed"}
    assert b"failed: " in done.stderr
    server.requests.clear()
    assert bulk(*RUN, server=server, cwd=tmp_path).returncode == 1
    assert server.requests == []
    status = bulk("status", "out", cwd=tmp_path)
    assert status.returncode == 0
    assert b"        2  failed\n" in status.stdout
    (tmp_path / "in" / "gone.pdf").unlink()
    shutil.copy(tmp_path / "in" / "000.pdf", tmp_path / "in" / "gone.pdf")
    pdfs(tmp_path / "in", 1, first=2)
    shutil.move(tmp_path / "in" / "002.pdf", tmp_path / "in" / "empty.pdf")
    again = bulk("retry", "out", "--only", "failed", server=server, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert set(states(out).values()) == {"done"}


def test_pages_that_never_came_make_a_partial_result_and_are_asked_for_alone(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 1)
    server.script += [faults.missing_page(1)] * 3
    done = bulk(*RUN, "--pages-per-request", "3", server=server, cwd=tmp_path)
    out = tmp_path / "out"
    assert (done.returncode, states(out)) == (1, {"000.pdf": "partial"}), done.stderr
    assert manifest(out)[0]["missing_pages"] == [1]
    part = json.loads((out / "000.json").read_bytes())
    assert (part["status"], part["missing_pages"], len(part["pages"])) == ("partial", [1], 2)
    server.script.clear()
    server.requests.clear()
    again = bulk("retry", "out", server=server, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert [request.json["pages"] for request in server.requests] == [[1]]
    whole = json.loads((out / "000.json").read_bytes())
    assert [page["index"] for page in whole["pages"]] == [0, 1, 2]
    assert "status" not in whole


def test_results_are_exported_in_the_order_of_the_inputs(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 3)
    assert bulk(*RUN, server=server, cwd=tmp_path).returncode == 0
    assert bulk("export", "out", "-o", "all.jsonl", cwd=tmp_path).returncode == 0
    lines = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    assert [Path(line["document"]).name for line in lines] == ["000.pdf", "001.pdf", "002.pdf"]
    assert {len(line["pages"]) for line in lines} == {PAGES}
    (tmp_path / "out" / "001.json").unlink()
    shown = bulk("export", "out", cwd=tmp_path)
    assert (shown.returncode, len(shown.stdout.splitlines())) == (1, 2)
    assert b"1 whose results are gone" in shown.stderr


def test_an_export_is_put_where_any_result_may_be(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 1)
    assert bulk(*RUN, server=server, cwd=tmp_path).returncode == 0
    lines = bulk("export", "out", cwd=tmp_path).stdout
    (tmp_path / "link.jsonl").symlink_to("real.jsonl")
    os.mkfifo(tmp_path / "pipe")
    for place, found in (("link.jsonl", "real.jsonl"), ("new/all.jsonl",) * 2, ("/dev/stdout", None), ("pipe", "pipe")):
        reader = subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE, cwd=tmp_path) if found == "pipe" else None
        done = bulk("export", "out", "-o", place, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        read = done.stdout if found is None else reader.communicate()[0] if reader else (tmp_path / found).read_bytes()
        assert read == lines
    assert (tmp_path / "link.jsonl").is_symlink()
    assert (tmp_path / "pipe").is_fifo()
    before = (tmp_path / "in" / "000.pdf").read_bytes()
    (tmp_path / "same.jsonl").hardlink_to(tmp_path / "in" / "000.pdf")
    for name, said in {"in/000.pdf": b"no form with the ending .pdf", "same.jsonl": b"it would be lost"}.items():
        refused = bulk("export", "out", "-o", name, cwd=tmp_path)
        assert (refused.returncode, said in refused.stderr) == (2, True)
    assert (tmp_path / "in" / "000.pdf").read_bytes() == before


def test_results_of_another_shape_are_damaged_for_whoever_looks_at_them(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 3)
    assert bulk(*RUN, server=server, cwd=tmp_path).returncode == 0
    for number, text in enumerate(("[]", '{"pages": [1]}', "{")):
        (tmp_path / "out" / f"00{number}.json").write_text(text)
        shutil.copy(tmp_path / "in" / f"00{number}.pdf", tmp_path / "in" / f"copy{number}.pdf")
    found = bulk("status", "out", "--verify", cwd=tmp_path)
    assert (found.returncode, found.stdout.count(b".json is damaged")) == (1, 3)
    told = bulk("export", "out", cwd=tmp_path)
    assert (told.returncode, b"2 whose results are gone" in told.stderr) == (1, True)
    asked = len(server.requests)
    assert bulk(*RUN, server=server, cwd=tmp_path).returncode == 0  # each is read again for its copy
    assert len(server.requests) == asked + 3
    assert bulk("status", "out", "--verify", cwd=tmp_path).returncode == 1  # the first ones stay as they are


def test_the_embedded_engine_needs_no_key(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    shutil.copy(SCAN, tmp_path / "in" / "scan.pdf")
    pdfs(tmp_path / "in", 1)
    done = bulk("run", "in", "--out", "out", "-m", "local", "-f", "html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "document 0, page 2" in (tmp_path / "out" / "000.json").read_text()
    assert "data:image/jpeg" in (tmp_path / "out" / "scan.html").read_text()


@pytest.mark.timeout(240)
def test_a_document_that_ends_workers_is_dead_and_its_neighbours_are_read(tmp_path: Path) -> None:
    from tests.hostile import content_bomb

    pdfs(tmp_path / "in", 6)
    (tmp_path / "in" / "bomb.pdf").write_bytes(content_bomb())
    done = subprocess.run(
        [*PROGRAM, "bulk", "run", "in", "--out", "out", "-m", "local/text"],
        capture_output=True, check=False, timeout=200, cwd=tmp_path, env=environment(),
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    found = states(tmp_path / "out")
    assert found.pop("bomb.pdf") == "dead"
    assert set(found.values()) == {"done"}
    assert "3 times, while nothing else was read" in next(
        line["error"] for line in manifest(tmp_path / "out") if line["state"] == "dead"
    )


# --- refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "in", "--out", "in", *MISTRAL), b"is the folder of the documents"),
        (("run", "https://example.com/a.pdf", "--out", "out", *MISTRAL), b"is no file"),
        (("run", "nothing*.pdf", "--out", "out", *MISTRAL), b"matches no file"),
        (("run", "--out", "out", *MISTRAL), b"name an INPUT"),
        (("run", "in", "--out", "out", "-m", "mistrel/x"), b"mistrel"),
        (("run", "in", "--out", "in/000.pdf", *MISTRAL), b"cannot be written to"),
        (("run", "in", "other/000.pdf", "third/000.pdf", "--out", "out", *MISTRAL), b"both be written"),
        (("status", "in"), b"holds no bulk job"),
        (("retry", "out", "--only", "lost"), b"--only takes"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_sent(
    server: Upstream, tmp_path: Path, arguments: tuple[str, ...], says: bytes
) -> None:
    pdfs(tmp_path / "in", 1)
    pdfs(tmp_path / "other", 1)
    pdfs(tmp_path / "third", 1)
    pdfs(tmp_path / "in" / "sub", 1)
    done = bulk(*arguments, server=server, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert server.requests == []


def test_a_file_that_is_not_the_job_s_is_never_written_over(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 1)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "000.md").write_text("mine")
    done = bulk(*RUN, server=server, cwd=tmp_path)
    assert (done.returncode, server.requests) == (2, [])
    assert b"none of this job" in done.stderr
    assert files(tmp_path / "out")[-1] == "000.md"
    assert (tmp_path / "out" / "000.md").read_text() == "mine"


def test_a_job_does_not_go_on_with_another_model(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 1)
    assert bulk(*RUN, server=server, cwd=tmp_path).returncode == 0
    done = bulk("run", "in", "--out", "out", "-m", "local", cwd=tmp_path)
    assert done.returncode == 2
    assert b"was begun with model 'mistral/mistral-ocr-latest'" in done.stderr


def test_a_ledger_that_is_damaged_or_newer_or_of_another_program_is_refused(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 1)
    assert bulk(*RUN, server=server, cwd=tmp_path).returncode == 0
    path = tmp_path / "out" / ".ocr-async" / "ledger.sqlite3"
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    for action in ("status", "export", "retry"):
        damaged = bulk(action, "out", cwd=tmp_path)
        assert (damaged.returncode, b"the ledger of out is damaged" in damaged.stderr) == (2, True)
    assert b"the ledger of out is damaged" in bulk(*RUN, server=server, cwd=tmp_path).stderr
    path.write_bytes(whole)
    for pragma, says in (("user_version = 99", b"newer version"), ("application_id = 1", b"another program's")):
        ledger = sqlite3.connect(path)
        ledger.execute(f"PRAGMA {pragma}")
        ledger.close()
        done = bulk(*RUN, server=server, cwd=tmp_path)
        assert done.returncode == 2
        assert says in done.stderr
        ledger = sqlite3.connect(path)
        ledger.execute("PRAGMA user_version = 1")
        ledger.close()
    path.write_bytes(b"no database at all" * 100)
    assert b"is no ledger" in bulk("status", "out", cwd=tmp_path).stderr
