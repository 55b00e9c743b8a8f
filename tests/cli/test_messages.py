"""What the command says, in its own words, and when it ends with which code."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pypdf
import pytest

from ocr_async.cli.messages import BULK_WORDS, WORDS
from ocr_async.wording import Hint
from tests import faults
from tests.cli.command import MISTRAL, PROGRAM, SCAN, URL, command, documents, environment
from tests.documents import text_pdf
from tests.offices import docx, picture, relation
from tests.upstream import Upstream


PYTHON = re.compile(r"api_key|api_base|model=|\{\"type|from 0|pathlib|Traceback")


def locked(path: Path, word: str) -> None:
    """Write a PDF of the text "one" that *word* opens."""
    path.write_bytes(text_pdf([["one"]]))
    encrypted = pypdf.PdfWriter(clone_from=path)
    encrypted.encrypt(word, algorithm="RC4-128")
    encrypted.write(path)


class Terminal:
    """A command whose three streams are one terminal, called {terminal}, as for somebody who types it."""

    def __init__(self, *arguments: str, cwd: Path, **variables: str) -> None:
        self._end, end = pty.openpty()
        typed = [argument.replace("{terminal}", os.ttyname(end)) for argument in arguments]
        self._process = subprocess.Popen(
            [*PROGRAM, *typed], stdin=end, stdout=end, stderr=end, cwd=cwd, start_new_session=True,
            env={**environment(), "TERM": "xterm", "COLUMNS": "100", **variables},
        )  # fmt: skip
        os.close(end)
        self.seen = b""

    def until(self, what: bytes, times: int = 1, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while self.seen.count(what) < times:
            assert time.monotonic() < end, self.seen
            self._read()

    def type(self, text: bytes) -> None:
        os.write(self._end, text)

    def end(self) -> int:
        while self._read():
            pass
        os.close(self._end)
        return self._process.wait(timeout=60)

    def _read(self) -> bool:
        if not select.select([self._end], [], [], 60)[0]:
            return False
        try:
            data = os.read(self._end, 65_536)
        except OSError:  # the other end is closed
            return False
        self.seen += data
        return bool(data)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["a.pdf", "-p", "99"], 3, "DocumentError: page 99 does not exist: the document has 1 page"),
        (["a.pdf", "-p", "-3"], 3, "page -3 does not exist"),
        (["locked.pdf"], 3, "PasswordRequired: the PDF is encrypted (--password-file, or --password)"),
        (["locked.pdf", "--password", "x"], 3, "the PDF is encrypted, and the password given does not open it"),
        (["unknown.bin"], 3, "is of no type that its bytes or its name would tell; if a provider reads it, give"),
        (["picture.png", "-m", "local/text"], 3, "a picture has no text layer; -m local/ocr recognises what it shows"),
        (["pipe"], 3, "pipe is not a regular file; give it to standard input, and name - as the document"),
        (["huge.pdf"], 3, "DocumentError: the document has 3.00 GB, more than the embedded engine can open"),
        (["a.pdf", "-m", "locla"], 2, "names no provider; did you mean 'local'?"),
        (["a.pdf", "-m", "mistrall/x"], 2, "did you mean 'mistral/x'?"),
        (["a.pdf", "-m", "local/orc"], 2, 'it has auto, text, ocr, tesseract, fast; did you mean "local/ocr"?'),
        (["a.pdf", "-m", "mistral/mistral-ocr-latest"], 2, "variable MISTRAL_API_KEY. Without any key, -m local"),
        (["a.pdf", "-m", "mistral/x", "--api-base", "ftp://x"], 2, "https://ocr.example.com (--api-base)"),
        (["picture.png", "-l", "klingon"], 2, '"klingon" is no language that data are offered for'),
        (["picture.png", "-l", "x"], 2, "'x' is no language"),
        (["fly.pdf"], 3, "fly.pdf does not exist"),
    ],
)  # fmt: skip
def test_messages_are_those_of_a_command(tmp_path: Path, arguments: list[str], code: int, says: str) -> None:
    (tmp_path / "a.pdf").write_bytes(text_pdf([["one"]]))
    locked(tmp_path / "locked.pdf", "word")
    (tmp_path / "unknown.bin").write_bytes(bytes(range(1, 100)))
    (tmp_path / "picture.png").write_bytes((SCAN.parent.parent / "docs" / "picture.png").read_bytes())
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "huge.pdf").open("wb") as huge:
        huge.write(b"%PDF-1.7\n")
        huge.truncate(3 * 10**9)
    done = command("run", *arguments, cwd=tmp_path)
    said = done.stderr.decode()
    assert (done.returncode, says in said) == (code, True), said
    assert not PYTHON.search(said)
    if "klingon" in says:
        assert "apt install" not in said


def test_a_wrong_call_is_said_once_and_not_of_each_document(tmp_path: Path) -> None:
    documents(tmp_path, *(f"in/{number}.pdf" for number in range(20)))
    done = command("run", "in", "-m", "mistral/x", "-o", "out", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count(b"MISTRAL_API_KEY") == 1
    assert b"20 " not in done.stderr


def test_a_run_is_paused_where_a_refused_key_would_fail_all_that_is_left(server: Upstream, tmp_path: Path) -> None:
    names = [f"in/{number:03}.pdf" for number in range(200)]
    documents(tmp_path, *names)
    server.default = faults.status(401)
    done = command("run", "in", *MISTRAL, "-o", "out", "--failed", "left.txt", server=server, cwd=tmp_path)
    assert done.returncode == 75
    assert b"go on with --skip-existing" in done.stderr
    assert (tmp_path / "left.txt").read_text() == "".join(f"{name}\n" for name in names)
    assert len(server.requests) < 200


def test_passwords_come_from_a_file(tmp_path: Path) -> None:
    locked(tmp_path / "a.pdf", "pass word ü")
    (tmp_path / "secret").write_text("pass word ü\nanything\n", encoding="utf-8")
    done = command("run", "a.pdf", "--password-file", "secret", "--quiet", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"one\n", b"")
    assert command("estimate", "a.pdf", "--password-file", "secret", cwd=tmp_path).returncode == 0


def test_passwords_are_asked_for_on_a_terminal_after_the_others_are_read(tmp_path: Path) -> None:
    locked(tmp_path / "a.pdf", "word")
    (tmp_path / "b.pdf").write_bytes(text_pdf([["two"]]))
    terminal = Terminal("run", "a.pdf", "b.pdf", "-o", "out/", cwd=tmp_path)
    terminal.until(b"Password of a.pdf")
    assert (tmp_path / "out" / "b.md").read_text() == "two\n"
    terminal.type(b"wrong\n")
    terminal.until(b"Password of a.pdf", times=2)
    terminal.type(b"word\n")
    assert terminal.end() == 0, terminal.seen
    assert (tmp_path / "out" / "a.md").read_text() == "one\n"
    assert b"wrong" not in terminal.seen


@pytest.mark.parametrize("output", ["-", "{terminal}", "/dev/fd/1"])
def test_nothing_that_steers_a_terminal_gets_there(tmp_path: Path, output: str) -> None:
    name = "a\x1b]0;owned\x07.pdf"
    (tmp_path / name).write_bytes(b"%PDF-1.7 broken")
    report = tmp_path / "b.html"
    report.write_text("<html><body><p>plain \x1b[31mred\x9b2J text</p>", encoding="utf-8")
    terminal = Terminal("run", name, "b.html", "--quiet", "-o", output, cwd=tmp_path)
    assert terminal.end() == 1
    assert b"a\\x1b]0;owned\\x07.pdf: DocumentError" in terminal.seen
    assert b"plain" in terminal.seen
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]", terminal.seen), terminal.seen
    for arguments in (["estimate", name], ["run", f"--{name}"], ["keys", "list", "--config", name]):
        done = command(*arguments, cwd=tmp_path)
        assert b"\x1b" not in done.stdout + done.stderr
        assert b"\\x1b" in done.stdout + done.stderr


@pytest.mark.parametrize("plain", [True, False])
def test_one_bar_tells_what_is_read_and_how_long_it_takes(tmp_path: Path, plain: bool) -> None:
    for number in range(30):
        (tmp_path / f"scan-{number}.pdf").write_bytes(text_pdf([[f"words {number}"]] * 3))
    terminal = Terminal("run", ".", "-o", "out", cwd=tmp_path, **({"NO_COLOR": "1"} if plain else {}))
    assert terminal.end() == 0
    assert re.search(rb"\d+/30", terminal.seen), terminal.seen
    assert b"ETA" in terminal.seen
    assert b"scan-" in terminal.seen
    assert b"0/1 " not in terminal.seen
    assert b"30 done, 0 failed, 90 pages, " in terminal.seen
    coloured = re.search(rb"\x1b\[[\d;]*3\d(;\d+)*m", terminal.seen) is not None
    assert coloured is not plain


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["run", "missing.pdf"], 3, "missing.pdf: DocumentError: missing.pdf does not exist"),
        (["run", URL, "-m", "nobody/x"], 2, "names no provider"),
        (["run", URL, *MISTRAL, "-p", "0"], 2, "pages count from 1"),
        (["run", URL, *MISTRAL, "-p", "x"], 2, "no selection such as 1-3,8"),
        (["run", URL, URL, *MISTRAL, "-o", "a.md"], 2, "several documents need a folder"),
        (["run"], 2, "INPUT"),
        (["fly"], 2, "invalid choice"),
        (["run", URL, *MISTRAL], 4, "AuthenticationFailed"),
        (["run", URL, "missing.pdf", *MISTRAL, "-o", "out/"], 75, "paused, as the others would fail alike"),
    ],
)
def test_exit_codes_tell_what_went_wrong(
    server: Upstream, tmp_path: Path, arguments: list[str], code: int, says: str
) -> None:
    server.default = faults.status(401)
    done = command(*arguments, server=server, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert says in done.stderr.decode()
    assert b"sk-planted" not in done.stderr
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""


def test_what_could_not_be_read_well_is_said_on_stderr(tmp_path: Path) -> None:
    report = tmp_path / "report.docx"
    unknown = b"\x01\x00\x00\x00" + bytes(60)
    report.write_bytes(
        docx(picture("rI0", "a sketch"), [relation("rI0", "image", "media/a.png")], {"media/a.png": unknown})
    )
    done = command("run", report)
    assert done.returncode == 0
    assert done.stderr.decode().startswith(f"{report}: page 1: ")
    assert "not read" in done.stderr.decode()


@pytest.mark.parametrize(
    ("typed", "words"),
    [("run", WORDS), ("compare", WORDS), ("bulk run", BULK_WORDS)],
    ids=["run", "compare", "bulk run"],
)
def test_no_error_names_an_option_that_its_command_has_not(typed: str, words: Mapping[Hint, str]) -> None:
    has = set(re.findall(r"--[a-z-]+", command(*typed.split(), "--help").stdout.decode()))
    named = {option for said in words.values() for option in re.findall(r"--[a-z-]+", said.partition("`")[0])}
    assert named <= has


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("run a.pdf --langg ru", "usage: ocr-async run .*--langg ru; did you mean --lang?"),
        ("run --recusive=yes in", "usage: ocr-async run .*--recusive=yes; did you mean --recursive?"),
        ("bulk status --verfy out", "usage: ocr-async bulk status .*--verfy; did you mean --verify?"),
        ("bulk run in --out out -r", "usage: ocr-async bulk run .*-r: folders are read with all below them"),
        (
            "bulk run in --out out --overwrite",
            "usage: ocr-async bulk run .*: what is done and has not changed .*",
        ),
        ("models --zzz", "usage: ocr-async models .*unrecognized arguments: --zzz"),
        ("bulk status out more", "usage: ocr-async bulk status .*unrecognized arguments: more"),
    ],
)
def test_an_option_that_is_none_is_answered_with_what_its_command_has(typed: str, says: str) -> None:
    done = command(*typed.split())
    assert (done.returncode, done.stdout) == (2, b"")
    assert re.fullmatch(says.replace("?", r"\?") + "\n", done.stderr.decode(), re.DOTALL), done.stderr
