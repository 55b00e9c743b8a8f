"""What is to be read: folders, lists, selections of pages."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ocr_async.errors import ConfigurationError
from ocr_async.pages import from_one
from tests.cli.command import MISTRAL, SCAN, URL, command, documents, files, unreachable
from tests.upstream import Upstream


def test_a_folder_is_read_but_what_is_no_document_and_what_lies_below(server: Upstream, tmp_path: Path) -> None:
    documents(tmp_path, "in/b.pdf", "in/a.pdf", "in/below/c.pdf", "in/.hidden.pdf", "in/Thumbs.db")
    (tmp_path / "in" / "notes.txt").write_text("no document")
    (tmp_path / "in" / "scan0001").write_bytes(SCAN.read_bytes())  # its bytes say what it is
    os.mkfifo(tmp_path / "in" / "pipe.pdf")
    (tmp_path / "in" / "piped.pdf").symlink_to("pipe.pdf")
    (tmp_path / "in" / "lock").symlink_to("127.0.1.1:+4711")  # as Firefox makes one in its profile
    (tmp_path / "in" / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
    done = command("run", "in", *MISTRAL, "-o", "out", server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert files(tmp_path / "out") == ["a.md", "b.md", "scan0001.md"]
    assert b"3 done, 0 failed, 5 left out (no documents), 9 pages, " in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_notebooks_of_a_folder_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_text('{"cells": [{"cell_type": "markdown", "source": "words"}]}')
    done = command("run", ".", "-m", "local", "-o", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "a.md").read_text() == "words\n"


@pytest.mark.parametrize("target", ["nowhere.pdf", "broken.pdf", "/dev/null/a.pdf"])
def test_a_link_in_a_folder_that_leads_to_no_document_is_told_by_name(
    server: Upstream, tmp_path: Path, target: str
) -> None:
    documents(tmp_path, "in/a.pdf")
    (tmp_path / "in" / "broken.pdf").symlink_to(target)
    done = command("run", "in", *MISTRAL, "-o", "out", server=server, cwd=tmp_path)
    assert (done.returncode, files(tmp_path / "out")) == (1, ["a.md"])
    assert b"in/broken.pdf: DocumentError: in/broken.pdf " in done.stderr
    assert b"1 done, 1 failed, 3 pages, " in done.stderr
    bulk = command("bulk", "run", "in", "--out", "all", *MISTRAL, server=server, cwd=tmp_path)
    assert bulk.returncode == 1, bulk.stderr
    assert b"in/broken.pdf: it cannot be read: " in bulk.stderr


def test_folders_below_are_read_on_demand_and_links_in_a_circle_end(server: Upstream, tmp_path: Path) -> None:
    documents(tmp_path, "in/a.pdf", "in/2024/a.pdf", "in/2024/05/a.pdf", "elsewhere/d.pdf")
    (tmp_path / "in" / "2024" / "round").symlink_to(tmp_path / "in", target_is_directory=True)
    (tmp_path / "in" / "linked").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    done = command("run", "-r", "in", *MISTRAL, "-o", "out", server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert files(tmp_path / "out") == ["2024/05/a.md", "2024/a.md", "a.md", "linked/d.md"]


def test_an_empty_folder_is_no_failure_and_says_what_lies_below(tmp_path: Path) -> None:
    documents(tmp_path, "in/below/a.pdf")
    done = command("run", "in", "-o", "out", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr.decode().startswith("ocr-async: 0 done, 0 failed, 0 pages, ")
    assert b"1 folder not entered: -r goes into folders" in done.stderr


def test_a_folder_that_cannot_be_looked_into_fails_and_the_others_do_not(server: Upstream, tmp_path: Path) -> None:
    documents(tmp_path, "in/a.pdf")
    unreachable(tmp_path / "in", "d")
    done = command("run", "-r", "in", *MISTRAL, "-o", "out", server=server, cwd=tmp_path)
    assert done.returncode == 1
    assert b"the folder cannot be looked into: File name too long" in done.stderr
    assert files(tmp_path / "out") == ["a.md"]


def test_names_come_from_a_list_and_from_standard_input(server: Upstream, tmp_path: Path) -> None:
    documents(tmp_path, "a.pdf", "b c.pdf", "#d.pdf")
    (tmp_path / "list").write_bytes(b"a.pdf\r\n\nb c.pdf\n#d.pdf")
    done = command("run", "--from", "list", *MISTRAL, "-o", "out", server=server, cwd=tmp_path)
    assert (done.returncode, files(tmp_path / "out")) == (0, ["#d.md", "a.md", "b c.md"]), done.stderr
    done = command("run", "--from", "-", *MISTRAL, "-o", "o2", server=server, cwd=tmp_path, given=b"a.pdf\n")
    assert (done.returncode, files(tmp_path / "o2")) == (0, ["a.md"]), done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-", "-"], "standard input (-) can be read only once"),
        (["-", "--from", "-"], "standard input cannot be both"),
        (["--from", "nowhere"], "--from nowhere cannot be read: No such file or directory"),
        ([], "name an INPUT"),
        ([URL, "--password", "x", "--password-file", "y"], "not allowed with"),
        ([URL, "--password-file", "y"], "--password-file y cannot be read: No such file"),
        ([URL, "--timeout", "nan"], "no number of seconds above 0"),
        ([URL, "-p", "3-1"], 'ConfigurationError: pages "3-1" count down'),
        ([URL, "-p", "9" * 5000], "is no selection such as 1-3,8"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, arguments: list[str], says: str) -> None:
    done = command("run", *arguments, *MISTRAL, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_what_failed_is_listed_and_read_again_into_its_place(server: Upstream, tmp_path: Path) -> None:
    documents(tmp_path, "in/a.pdf", "in/sub/b.pdf", "other/sub/c.pdf")
    for name in ("in/sub/bad.pdf", "other/bad.pdf"):
        (tmp_path / name).write_bytes(b"")
    where = ("-o", "out", "--failed", "again.txt", "-r", *MISTRAL)
    done = command("run", "in", "other", *where, server=server, cwd=tmp_path)
    assert done.returncode == 1
    assert b"3 done, 2 failed, " in done.stderr
    assert files(tmp_path / "out") == ["in/a.md", "in/sub/b.md", "other/sub/c.md"]
    assert (tmp_path / "again.txt").read_text() == "./in/sub/bad.pdf\n./other/bad.pdf\n"
    documents(tmp_path, "in/sub/bad.pdf", "other/bad.pdf")
    done = command("run", "--from", "again.txt", *where, server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert files(tmp_path / "out") == ["in/a.md", "in/sub/b.md", "in/sub/bad.md", "other/bad.md", "other/sub/c.md"]
    assert (tmp_path / "again.txt").read_text() == ""


@pytest.mark.parametrize(
    ("people", "indexes"), [("1", "0"), ("1-3,8", "0-2,7"), ("-1", "-1"), (" 2 - 4 ", "1-3"), ("2--1", "1--1")]
)
def test_pages_count_from_one_here(people: str, indexes: str) -> None:
    assert from_one(people) == indexes


@pytest.mark.parametrize("wrong", ["0", "a", "1-2-3", "", "1,,2", "0-3"])
def test_selections_that_make_no_sense(wrong: str) -> None:
    with pytest.raises(ConfigurationError):
        from_one(wrong)
