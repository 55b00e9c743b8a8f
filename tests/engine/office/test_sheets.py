"""Sheets as a reader sees them: written by xlsxwriter, as programs write workbooks."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from ...offices import sheet, xlsx
from .reading import pages_of


def workbook(write: Callable[[Any, Any], None], **options: object) -> bytes:
    """Return a workbook of one sheet, which *write* fills."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, options) as book:
        write(book, book.add_worksheet("S"))
    return buffer.getvalue()


def test_numbers_and_times_come_as_their_formats_show_them(tmp_path: Path) -> None:
    def write(book: Any, page: Any) -> None:
        for row, (value, code) in enumerate(
            [(7, "000"), (0.5729166666666666, "hh:mm"), (1.25, "[h]:mm"), (45352, "d mmmm yyyy"), (45352, "m/d/yyyy")]
        ):
            page.write(row, 0, value, book.add_format({"num_format": code if row < 4 else 14}))

    (page,) = pages_of(tmp_path, workbook(write))
    # a short date is written otherwise in each country, and stands as ISO 8601 has it
    assert page.markdown == "# S\n\n| 007 |\n| --- |\n| 13:45 |\n| 30:00 |\n| 1 March 2024 |\n| 2024-03-01 |"


def test_days_since_1904_are_the_same_days(tmp_path: Path) -> None:
    def write(book: Any, page: Any) -> None:
        page.write_datetime("A1", datetime.date(2024, 3, 1), book.add_format({"num_format": "d.m.yyyy"}))

    assert pages_of(tmp_path, workbook(write, date_1904=True))[0].markdown.endswith("| 1.3.2024 |\n| --- |")


def table(book: Any, page: Any) -> None:
    for row in range(4):
        page.write_row(row, 0, [f"{row}{column}" for column in range(4)])
    page.set_row(2, None, None, {"hidden": True})
    page.set_column(1, 1, None, None, {"hidden": True})


def test_hidden_rows_and_columns_are_left_out_and_told(tmp_path: Path) -> None:
    (page,) = pages_of(tmp_path, workbook(table))
    assert page.markdown == "# S\n\n| 00 | 02 | 03 |\n| --- | --- | --- |\n| 10 | 12 | 13 |\n| 30 | 32 | 33 |"
    assert page.extra["warnings"] == ["1 hidden rows and 1 hidden columns of the sheet are left out"]


def test_merged_cells_that_begin_where_it_is_hidden_still_say_their_text(tmp_path: Path) -> None:
    def write(book: Any, page: Any) -> None:
        table(book, page)
        page.merge_range("B5:C5", "wide")

    assert "| wide |" in pages_of(tmp_path, workbook(write))[0].markdown


def test_a_cell_in_the_last_corner_costs_no_memory(tmp_path: Path) -> None:
    def write(book: Any, page: Any) -> None:
        for row in range(400):
            page.write_row(row, 0, [row, "x"])
        page.merge_range("XFA3:XFD3", "merged")
        page.write_url("XFD4", "https://example.org/", string="far")
        page.write("XFD1048576", "corner")

    (page,) = pages_of(tmp_path, workbook(write), table_format="html")
    html = page.tables[0].content
    assert '<tr><td>2</td><td>x</td><td colspan="2">merged</td></tr>' in html
    assert '<a href="https://example.org/">far</a>' in html
    assert html.count("<tr>") == 401
    assert "<td>corner</td>" in html


def test_the_lines_of_a_cell_are_lines(tmp_path: Path) -> None:
    (page,) = pages_of(tmp_path, workbook(lambda _, page: page.write_row(0, 0, ["one\ntwo", "x"])))
    assert "| one<br>two | x |" in page.markdown


def test_empty_columns_are_no_columns(tmp_path: Path) -> None:
    def write(book: Any, page: Any) -> None:
        page.merge_range("A1:D1", "Title")
        page.write_row(1, 0, ["a", None, None, "b"])

    (page,) = pages_of(tmp_path, workbook(write), table_format="html")
    assert page.tables[0].content.count("<td") + page.tables[0].content.count("<th") == 3
    assert 'colspan="2">Title' in page.tables[0].content


@pytest.mark.parametrize("result", ["", "<v/>", "<v></v>"])
def test_formulas_without_results_stand_themselves_and_are_told(tmp_path: Path, result: str) -> None:
    row = f'<row r="1"><c r="A1"><f>1+1</f>{result}</c><c r="B1"><v>5</v></c></row>'
    (page,) = pages_of(tmp_path, xlsx({"S": f"<sheetData>{row}</sheetData>"}))
    assert "| =1+1 | 5 |" in page.markdown
    assert "1 formulas of the sheet have no results" in page.extra["warnings"][0]


def test_formulas_with_results_are_those(tmp_path: Path) -> None:
    row = '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f>IF(A1=2,"","x")</f><v></v></c></row>'
    (page,) = pages_of(tmp_path, xlsx({"S": f"<sheetData>{row}</sheetData>"}))
    assert page.markdown.startswith("# S\n\n| 2 |")
    assert page.extra == {}


def test_a_sheet_whose_cells_have_no_names_is_read_as_it_is(tmp_path: Path) -> None:
    row = '<row hidden="1"><c><v>1</v></c></row><row><c r="XFD2"><v>2</v></c></row>'
    assert "| 1 |" in pages_of(tmp_path, xlsx({"S": f"<sheetData>{row}</sheetData>"}))[0].markdown
    assert pages_of(tmp_path, xlsx({"S": sheet({"A1": "x"})}))[0].extra == {}
