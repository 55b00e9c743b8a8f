"""The command as people type it: real processes, real files, exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pypdf
import pytest

import ocr_async
from ocr_async.cli.inputs import from_one
from ocr_async.errors import ConfigurationError
from tests import faults
from tests.documents import text_pdf
from tests.offices import docx, paragraph, picture, relation
from tests.upstream import Upstream


ROOT = Path(ocr_async.__file__).parent.parent
SCAN = ROOT / "samples" / "scan.pdf"
URL = "https://example.com/a.pdf"
MISTRAL = ("-m", "mistral/mistral-ocr-latest")


def environment(server: Upstream | None) -> dict[str, str]:
    hosted = {} if server is None else {"MISTRAL_API_KEY": "sk-planted", "MISTRAL_API_BASE": server.url}
    return {**os.environ, "PYTHONPATH": str(ROOT), **hosted}


def command(
    *arguments: str | Path, server: Upstream | None = None, cwd: Path | None = None, given: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "ocr_async", *map(str, arguments)],
        capture_output=True, timeout=100, check=False, env=environment(server), cwd=cwd, input=given,
    )  # fmt: skip


def test_a_scan_becomes_markdown_on_stdout() -> None:
    done = command("run", SCAN)
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode()
    assert text.startswith("# Harbour Report\n")
    assert "| Fish market | 112 | 115 | 2,470 |" in text
    assert "- Ask two firms for the price of a second tug." in text


def test_a_word_file_becomes_markdown_and_a_page_without_a_picture(tmp_path: Path) -> None:
    report = tmp_path / "report.docx"
    report.write_bytes(docx(paragraph("Tides", style="Heading1") + paragraph("They are high.")))
    done = command("run", report)
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, "# Tides\n\nThey are high.\n", b"")
    done = command("run", report, "-f", "html")
    assert done.returncode == 0, done.stderr
    assert b"Tides</h1>" in done.stdout


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


def test_standard_input_and_json(server: Upstream) -> None:
    done = command("run", "-", *MISTRAL, "-f", "json", "-p", "1-2", server=server, given=b"%PDF-1.7 x")
    assert done.returncode == 0, done.stderr
    assert [page["index"] for page in json.loads(done.stdout)["pages"]] == [0, 1]
    assert server.requests[0].json["pages"] == [0, 1]


def test_several_documents_go_to_a_folder_each_whole(server: Upstream, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "scan.pdf").write_bytes(b"%PDF-1.7 x")
    done = command("run", "a/scan.pdf", "b/scan.pdf", *MISTRAL, "-o", "out/", "-f", "text", server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["scan-2.txt", "scan.txt"]
    assert (tmp_path / "out" / "scan.txt").read_text().startswith("Page 0\n\nText of page 0.")


def test_pictures_are_saved_and_linked(server: Upstream, tmp_path: Path) -> None:
    done = command("run", URL, *MISTRAL, "-p", "1", "-o", "out/a.md", "--images", "img", server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "img" / "img-0.jpeg").read_bytes() == b"\xff\xd8\xff\xd9"
    assert "![img-0.jpeg](../img/img-0.jpeg)" in (tmp_path / "out" / "a.md").read_text()


def test_html_shows_a_document_s_own_html_as_text(server: Upstream, tmp_path: Path) -> None:
    done = command("run", URL, *MISTRAL, "-o", "a.html", server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "a.html").read_text()
    assert '<section id="page-3" class="page" aria-label="Page 3">' in page
    assert 'src="data:image/jpeg;base64,/9j/2Q=="' in page


def test_html_shows_each_page_beside_its_text(tmp_path: Path) -> None:
    done = command("run", SCAN, "-", "-o", "out/", "-f", "html", cwd=tmp_path, given=SCAN.read_bytes())
    assert done.returncode == 0, done.stderr
    for name in ("scan.html", "stdin.html"):
        page = (tmp_path / "out" / name).read_text()
        assert '<image href="data:image/jpeg;base64,/9j/' in page
        assert '<a id="page-1-box-0" class="box" data-kind="title" href="#page-1-part-0"' in page
        assert 'data-for="page-1-box-0" tabindex="0">Harbour Report</h1>' in page


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["run", "missing.pdf"], 3, "missing.pdf: DocumentError: missing.pdf does not exist"),
        (["run", URL, "-m", "nobody/x"], 2, "names no provider"),
        (["run", URL, *MISTRAL, "-p", "0"], 2, "pages count from 1"),
        (["run", URL, *MISTRAL, "-p", "x"], 2, "no selection such as 1-3,8"),
        (["run", URL, URL, *MISTRAL, "-o", "a.md"], 2, "several documents need a folder"),
        (["run"], 2, "DOCUMENT"),
        (["fly"], 2, "invalid choice"),
        (["run", URL, *MISTRAL], 4, "AuthenticationFailed"),
        (["run", URL, "missing.pdf", *MISTRAL, "-o", "out/"], 1, "does not exist"),
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


def test_one_bad_document_does_not_lose_the_others(server: Upstream, tmp_path: Path) -> None:
    done = command("run", URL, "missing.pdf", URL, *MISTRAL, server=server, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.decode().count("# Page 0") == 2


def test_messages_speak_of_the_command(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(text_pdf([["one"]]))
    encrypted = pypdf.PdfWriter(clone_from=tmp_path / "a.pdf")
    encrypted.encrypt("word", algorithm="RC4-128")
    encrypted.write(tmp_path / "b.pdf")
    assert command("run", "a.pdf", "-p", "2", cwd=tmp_path).stderr.endswith(
        b"page 2 does not exist: the document has 1 page\n"
    )
    assert command("run", "b.pdf", cwd=tmp_path).stderr.endswith(
        b"the PDF is encrypted (--password-file, or --password)\n"
    )
    assert command("run", "b.pdf", "--password", "word", cwd=tmp_path).stdout == b"one\n"


def test_the_version_is_told() -> None:
    done = command("--version")
    assert (done.returncode, done.stdout.split()) == (0, [b"ocr-async", version("ocr_async").encode()])


def test_a_full_disk_behind_standard_output_is_told(server: Upstream) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ocr_async", "run", URL, *MISTRAL],
            stdout=full, stderr=subprocess.PIPE, timeout=100, check=False, env=environment(server),
        )  # fmt: skip
    assert done.returncode == 75
    assert done.stderr == b"ocr-async: standard output cannot be written: No space left on device\n"


def test_a_link_is_followed_to_the_file_that_is_replaced(server: Upstream, tmp_path: Path) -> None:
    (tmp_path / "latest.txt").symlink_to("real.txt")
    (tmp_path / "real.txt").write_text("before")
    done = command("run", URL, *MISTRAL, "-p", "1", "-o", "latest.txt", server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "latest.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text().startswith("Page 0")


def test_what_is_no_regular_file_is_written_into_and_not_replaced(server: Upstream, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        done = command("run", URL, *MISTRAL, "-p", "1", "-o", str(pipe), "-f", "text", server=server)
        assert done.returncode == 0, done.stderr
        assert os.read(reading, 100).startswith(b"Page 0\n\nText of page 0.")
        assert pipe.is_fifo()
    finally:
        os.close(reading)


@pytest.mark.parametrize(("full", "code"), [(True, 75), (False, 2)])
def test_a_result_that_cannot_be_written_says_where_and_why(
    server: Upstream, tmp_path: Path, full: bool, code: int
) -> None:
    target = tmp_path / "file" / "a.md"
    (tmp_path / "file").write_bytes(b"")
    if full:
        target = tmp_path / "full.md"
        target.symlink_to("/dev/full")
    done = command("run", URL, *MISTRAL, "-o", str(target), server=server)
    assert done.returncode == code, done.stderr
    assert done.stderr.decode().startswith(f"ocr-async: {target} cannot be written: ")
    assert b"Traceback" not in done.stderr


def test_an_interrupt_ends_it_with_130(server: Upstream) -> None:
    server.default = faults.silence()
    running = subprocess.Popen(
        [sys.executable, "-m", "ocr_async", "run", URL, *MISTRAL],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(server),
    )  # fmt: skip
    while not server.requests:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=20)
    assert (running.returncode, errors) == (130, b"ocr-async: interrupted\n")


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


def test_the_models_are_listed_with_price_and_key(server: Upstream) -> None:
    done = command("models", server=server)
    assert done.returncode == 0
    lines = done.stdout.decode().splitlines()
    assert any(line.split() == ["mistral/mistral-ocr-latest", "4", "yes"] for line in lines)
    assert any("OPPER_API_KEY" in line for line in lines if line.startswith("opper/"))


def test_help_names_the_exit_codes() -> None:
    done = command("run", "--help")
    assert done.returncode == 0
    assert b"130 interrupted" in done.stdout


@pytest.mark.parametrize(
    ("people", "indexes"), [("1", "0"), ("1-3,8", "0-2,7"), ("-1", "-1"), (" 2 - 4 ", "1-3"), ("2--1", "1--1")]
)
def test_pages_count_from_one_here(people: str, indexes: str) -> None:
    assert from_one(people) == indexes


@pytest.mark.parametrize("wrong", ["0", "a", "1-2-3", "", "1,,2", "0-3"])
def test_selections_that_make_no_sense(wrong: str) -> None:
    with pytest.raises(ConfigurationError):
        from_one(wrong)
