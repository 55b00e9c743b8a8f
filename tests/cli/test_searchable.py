"""Searchable PDFs by the command, and by `save`: a scan that was read is searched."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from attrs import evolve
from PIL import Image

from ocr_async import OCR, OCRResponse
from ocr_async.errors import ConfigurationError, DocumentError
from tests.cli.command import MISTRAL, PROGRAM, SCAN, command, environment
from tests.documents import pdf, png, text_pdf
from tests.structure_tree import tree
from tests.upstream import Exchange, Upstream


def said(path: Path, page: int = 0) -> str:
    with pypdfium2.PdfDocument(path) as opened:
        one = opened[page]
        text = one.get_textpage()
        whole = text.get_text_range()
        text.close()
        one.close()
    return " ".join(whole.split())


@pytest.fixture(scope="module")
def read() -> OCRResponse:
    return OCR(confidence_scores_granularity="word").ocr(SCAN)


def test_a_scan_becomes_a_pdf_that_says_what_was_read(tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(b"earlier")
    done = command("run", SCAN, "-o", "x.pdf", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    text = said(tmp_path / "x.pdf")
    assert text.startswith("Harbour Report The harbour office keeps a record of every vessel that enters or leaves,")
    assert "Quay Arrivals Departures Tonnes North pier 41 39 18,250" in text


def test_each_word_of_a_scan_is_where_it_was_read(tmp_path: Path, read: OCRResponse) -> None:
    read.save(tmp_path / "x.pdf", document=SCAN)
    with pypdfium2.PdfDocument(tmp_path / "x.pdf") as opened:
        page = opened[0]
        text = page.get_textpage()
        whole = text.get_text_range()
        for line in read.pages[0].extra["lines"]:
            assert line["text"] in whole.replace("\r\n", " ")
        assert [each.get_title() for each in opened.get_toc()][:2] == ["Harbour Report", "Traffic by quay"]
        text.close()
        page.close()


def test_a_scan_is_tagged_by_what_was_read(tmp_path: Path, read: OCRResponse) -> None:
    read.save(tmp_path / "x.pdf", document=SCAN)
    [[_, title, text, heading, table, *others]] = tree((tmp_path / "x.pdf").read_bytes())
    assert (title, heading) == (["H1", "Harbour Report"], ["H2", "Traffic by quay"])
    assert text[1].startswith(
        "The harbour office keeps a record of every vessel that enters or leaves, with the height"
    )
    assert table[:3] == [
        "Table",
        ["TR", ["TH", "Quay"], ["TH", "Arrivals"], ["TH", "Departures"], ["TH", "Tonnes"]],
        ["TR", ["TD", "North pier"], ["TD", "41"], ["TD", "39"], ["TD", "18,250"]],
    ]
    assert [tag[0] for tag in others] == ["H2", "L", "H2", "P"]


@pytest.mark.skipif(shutil.which("pdfinfo") is None, reason="pdfinfo, of poppler-utils, is not on this machine")
def test_poppler_reads_the_same_tags(tmp_path: Path, read: OCRResponse) -> None:
    read.save(tmp_path / "x.pdf", document=SCAN)
    done = subprocess.run(
        ["pdfinfo", "-struct-text", "x.pdf"], capture_output=True, check=True, timeout=60, text=True, cwd=tmp_path
    )
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert lines[:3] == ["Document", "H1 (block)", '"Harbour Report"']
    assert any(line.endswith(' Paint the leading marks before the first of June."') for line in lines)
    assert lines.count("TH:") == 4


def test_a_digital_page_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(text_pdf([["The tide was high."]]))
    done = command("run", "a.pdf", "-o", "x.pdf", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert said(tmp_path / "x.pdf") == "The tide was high."
    assert tree((tmp_path / "x.pdf").read_bytes()) == []


def test_a_response_without_its_document_is_no_pdf(tmp_path: Path, read: OCRResponse) -> None:
    with pytest.raises(ConfigurationError, match="give it, as a file or its bytes"):
        read.save(tmp_path / "x.pdf")
    assert list(tmp_path.iterdir()) == []


def test_blocks_of_a_hosted_model_are_searched_where_they_stand(server: Upstream, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(Image.new("L", (1000, 1400), "white")))
    corners = {"top_left_x": 100, "top_left_y": 200, "bottom_right_x": 900, "bottom_right_y": 240}
    page = {
        "index": 0,
        "markdown": "# The tide",
        "images": [],
        "dimensions": {"dpi": 150, "width": 1000, "height": 1400},
        "blocks": [{"type": "title", "content": "# The tide", **corners}],
    }

    async def behaviour(exchange: Exchange) -> None:
        await exchange.read()
        await exchange.json({"pages": [page], "model": "m", "usage_info": {"pages_processed": 1}})

    server.script.append(behaviour)
    done = command("run", "a.png", "-o", "x.pdf", *MISTRAL, server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    asked = server.requests[0].json
    assert (asked["include_blocks"], asked["confidence_scores_granularity"]) == (True, "word")
    assert said(tmp_path / "x.pdf") == "The tide"
    assert tree((tmp_path / "x.pdf").read_bytes()) == [["Document", ["H1", "The tide"]]]


def test_a_signed_pdf_fails_by_itself(tmp_path: Path) -> None:
    signed = b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /SigFlags 3 /Fields [] >> >>"
    pages = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>"
    (tmp_path / "a.pdf").write_bytes(pdf([signed, pages, page]))
    (tmp_path / "b.pdf").write_bytes(text_pdf([["tide"]]))
    done = command("run", "a.pdf", "b.pdf", "-f", "pdf", "-o", "out/", cwd=tmp_path)
    assert done.returncode == 1
    assert b"the PDF is signed: with a text layer its signature would be broken" in done.stderr
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["b.pdf"]


@pytest.mark.parametrize("form", ["pdf", "pdfa"])
def test_a_disk_that_fills_while_a_pdf_is_written_leaves_the_earlier_one(
    tmp_path: Path, read: OCRResponse, form: str
) -> None:
    (tmp_path / "x.pdf").write_bytes(b"earlier")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))  # the scan alone is larger
    try:
        with pytest.raises(OSError, match="large"):
            read.save(tmp_path / "x.pdf", document=SCAN, form=form)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"x.pdf": b"earlier"}


def test_where_there_is_no_room_the_earlier_file_stays(tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(b"earlier")
    (tmp_path / "a.pdf").write_bytes(text_pdf([["tide"] * 40] * 40))

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = subprocess.run(
        [*PROGRAM, "run", "a.pdf", "-o", "x.pdf"],
        capture_output=True, timeout=100, check=False, env=environment(), cwd=tmp_path, preexec_fn=small,
    )  # fmt: skip
    assert done.returncode != 0
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.name != "a.pdf"} == {
        "x.pdf": b"earlier"
    }
    assert os.path.getsize(tmp_path / "a.pdf") > 4096


def test_a_bulk_job_writes_them_and_goes_on_where_one_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(text_pdf([["tide"]]))
    done = command("bulk", "run", "a.pdf", "--out", "out", "-f", "pdf", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert said(tmp_path / "out" / "a.pdf") == "tide"


def test_the_command_makes_pdf_a_and_tells_what_was_taken_out_for_it(tmp_path: Path) -> None:
    with pikepdf.new() as opened:
        opened.add_blank_page()
        note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9], F=2)
        opened.pages[0].Annots = pikepdf.Array([opened.make_indirect(note)])
        opened.save(tmp_path / "a.pdf")
    done = command("run", "a.pdf", "-f", "pdfa", "-o", "x.pdf", cwd=tmp_path)
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        0,
        b"a.pdf: Removed 1 annotation (1 Text) on page 1 that is hidden or not viewable, which PDF/A does not permit",
    )
    with pikepdf.open(tmp_path / "x.pdf") as opened:
        assert b"<pdfaid:part>2</pdfaid:part>" in opened.Root.Metadata.read_bytes()


@pytest.mark.parametrize(
    ("asked", "tag"), [(["deu"], "de"), (["rus", "eng"], "ru"), (["chi_tra"], "zh-hant"), (["deu", "fra"], None)]
)
def test_the_language_that_was_named_is_told(
    tmp_path: Path, read: OCRResponse, asked: list[str], tag: str | None
) -> None:
    settings = {**(read.usage_info.applied_settings or {}), "languages": asked}
    response = evolve(read, usage_info=evolve(read.usage_info, applied_settings=settings))
    response.save(tmp_path / "x.pdf", document=SCAN)
    with pikepdf.open(tmp_path / "x.pdf") as opened:
        assert (str(opened.Root.Lang) if "/Lang" in opened.Root else None) == tag


def test_save_makes_what_a_form_names_and_leaves_nothing_where_it_cannot(tmp_path: Path, read: OCRResponse) -> None:
    read.save(tmp_path / "x.pdf", document=SCAN, form="pdfa")
    assert said(tmp_path / "x.pdf").startswith("Harbour Report")
    with pytest.raises(DocumentError, match="so it is not embedded"):
        read.save(tmp_path / "y.pdf", document=text_pdf([["tide"]]), form="pdfa")
    assert [file.name for file in tmp_path.iterdir()] == ["x.pdf"]


@pytest.mark.parametrize(
    ("name", "form", "says"),
    [
        ("x.md", "pdfa", "the form pdfa and the file .*x.md contradict each other: .md is the ending of md"),
        ("x.pdf", "papyrus", "there is no form 'papyrus'; there are md"),
    ],
)
def test_a_form_that_is_none_or_another_than_the_ending_s_is_refused(
    tmp_path: Path, read: OCRResponse, name: str, form: str, says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says):
        read.save(tmp_path / name, document=SCAN, form=form)
