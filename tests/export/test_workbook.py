"""Excel files, read back by openpyxl; and what `save` does by the ending of a name."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import pytest
from openpyxl import load_workbook

from ocr_async.errors import ConfigurationError, DocumentError
from ocr_async.models import OCRPage, OCRResponse


HTML = (
    '<table><tr><th colspan="2">Sums</th></tr><tr><td>tea</td><td>1.234,50</td></tr>'
    "<tr><td>=1+1</td><td>007</td></tr><tr><td>https://example.com</td><td>-3,5 %</td></tr></table>"
)


def response(*markdown: str) -> OCRResponse:
    return OCRResponse(pages=tuple(OCRPage(index=index, markdown=one) for index, one in enumerate(markdown)), model="m")


def test_a_response_without_tables_is_told_when_it_is_saved_as_tables(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for form in ("csv", "xlsx"):
        response(HTML).save(tmp_path / f"tables.{form}")
    for form in ("csv", "xlsx", "md"):
        response("text").save(tmp_path / f"text.{form}")
    assert [record.getMessage() for record in caplog.records] == ["there is no table in this document"] * 2


def test_a_sheet_a_table_with_numbers_spans_and_no_formula(tmp_path: Path) -> None:
    response(f"{HTML}\n\ntext\n\n| a |\n| --- |\n| b |\n\nend").save(tmp_path / "x.xlsx")
    book = load_workbook(tmp_path / "x.xlsx")
    assert book.sheetnames == ["Table 1", "Table 2"]
    sheet = book["Table 1"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["Sums", None],
        ["tea", 1234.5],
        ["=1+1", "007"],
        ["https://example.com", -0.035],
    ]
    assert (sheet["A3"].data_type, sheet["A4"].hyperlink) == ("s", None)
    assert [str(merged) for merged in sheet.merged_cells.ranges] == ["A1:B1"]
    assert (sheet["B2"].number_format, sheet["A1"].font.bold, sheet.freeze_panes) == ("#,##0.00", True, "A2")


@pytest.mark.parametrize(
    "content",
    [
        "<table><tr>" + "<td>1</td>" * 400 + "</tr></table>",
        "<table><tr><td rowspan=9 colspan=9>a</td></tr><tr><td>b</td></tr></table>",
        '<table><tr><td>a</td><td rowspan="2">b</td></tr><tr><td colspan="3">c</td></tr></table>',
        "<table><tr><td>\x01\x1f\ud800\uffff_x0041_</td></tr></table>",
        f"<table><tr><td>{'x' * 40_000}</td></tr></table>",
        "no table",
    ],
)
def test_whatever_a_page_tells_the_workbook_opens(tmp_path: Path, content: str) -> None:
    response(content).save(tmp_path / "x.xlsx")
    assert len(load_workbook(tmp_path / "x.xlsx").sheetnames) == 1


def test_ten_thousand_rows_and_three_hundred_columns_are_written(tmp_path: Path) -> None:
    long = "| a | b |\n| --- | --- |\n" + "| 1 | 2 |\n" * 10_000
    wide = "| " * 300 + "|\n" + "| --- " * 300 + "|\n" + "| 1 " * 300 + "|\n"
    response(long + "\ntext\n", wide).save(tmp_path / "x.xlsx")
    book = load_workbook(tmp_path / "x.xlsx", read_only=True)
    assert [(sheet.max_row, sheet.max_column) for sheet in book.worksheets] == [(10_001, 2), (1, 300)]


def test_a_place_that_cannot_be_written_is_named_as_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder.md").mkdir()
    for name in ("none/a.md", "folder.md"):
        with pytest.raises(OSError) as caught:  # noqa: PT011 - which one is the system's
            response("text").save(name)
        assert (caught.value.filename, caught.value.filename2) == (name, None)


def test_save_writes_the_form_of_the_ending(tmp_path: Path) -> None:
    one = response("# Tea\n\n| a |\n| --- |\n| 1 |")
    for name in ("a.md", "a.txt", "a.json", "a.jsonl", "a.csv", "a.HTML"):
        one.save(tmp_path / name)
    assert (tmp_path / "a.md").read_text() == one.markdown + "\n"
    assert (tmp_path / "a.txt").read_text().split() == ["Tea", "a", "1"]
    assert OCRResponse.from_dict(json.loads((tmp_path / "a.json").read_text())).pages == one.pages
    assert json.loads((tmp_path / "a.jsonl").read_text())["document"] == "a"
    assert (tmp_path / "a.csv").read_text() == "a\n1\n"
    assert "<title>a</title>" in (tmp_path / "a.HTML").read_text()


def test_an_ending_that_names_no_form_is_refused_with_the_list(tmp_path: Path) -> None:
    for name in ("a.docx", "a"):
        with pytest.raises(ConfigurationError, match=r"md \(\.md, \.markdown\), .*xlsx"):
            response("x").save(tmp_path / name)
    with pytest.raises(DocumentError):
        response("x").save(tmp_path / "a.html", document=tmp_path / "missing.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_leaves_the_earlier_file(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("earlier")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="large"):
            response("x" * 100_000).save(tmp_path / "a.md")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"a.md": "earlier"}
