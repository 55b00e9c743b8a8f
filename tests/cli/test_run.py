"""Documents in, what they say out."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

from tests.cli.command import MISTRAL, SCAN, URL, command
from tests.offices import docx, paragraph
from tests.upstream import Upstream


def test_a_scan_becomes_markdown_on_stdout() -> None:
    done = command("run", SCAN)
    assert done.returncode == 0
    assert done.stderr.decode().startswith("ocr-async: 1 done, 0 failed, 1 page, ")
    assert done.stderr.endswith(b" s, 0.0000 USD\n")
    text = done.stdout.decode()
    assert text.startswith("# Harbour Report\n")
    assert "| Fish market | 112 | 115 | 2,470 |" in text
    assert "- Ask two firms for the price of a second tug." in text


def test_a_word_file_becomes_markdown_and_a_page_without_a_picture(tmp_path: Path) -> None:
    report = tmp_path / "report.docx"
    report.write_bytes(docx(paragraph("Tides", style="Heading1") + paragraph("They are high.")))
    done = command("run", report, "--quiet")
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, "# Tides\n\nThey are high.\n", b"")
    done = command("run", report, "-f", "html")
    assert done.returncode == 0, done.stderr
    assert b"Tides</h1>" in done.stdout


def test_standard_input_and_json(server: Upstream) -> None:
    done = command("run", "-", *MISTRAL, "-f", "json", "-p", "1-2", server=server, given=b"%PDF-1.7 x")
    assert done.returncode == 0, done.stderr
    assert [page["index"] for page in json.loads(done.stdout)["pages"]] == [0, 1]
    assert server.requests[0].json["pages"] == [0, 1]


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


def test_one_bad_document_does_not_lose_the_others(server: Upstream, tmp_path: Path) -> None:
    done = command("run", URL, "missing.pdf", URL, *MISTRAL, server=server, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.decode().count("# Page 0") == 2


def test_the_version_is_told() -> None:
    done = command("--version")
    assert (done.returncode, done.stdout.split()) == (0, [b"ocr-async", version("ocr_async").encode()])


def test_help_names_the_exit_codes() -> None:
    done = command("run", "--help")
    assert done.returncode == 0
    assert b"130 interrupted" in done.stdout
