"""Rows, CSV and DataFrames of a table, and numbers as printed."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from ocr_async.models import OCRCell, OCRTable
from ocr_async.tables.numbers import Mark, decimal_mark, number


NESTED = OCRTable(
    id="t",
    format="html",
    content='<table><tr><th rowspan="2">City</th><th colspan="2">People</th></tr><tr><th>1990</th><th>2000</th></tr>'
    '<tr><td>Bern</td><td>1</td><td rowspan="2">2</td></tr><tr><td>Basel</td><td>3</td></tr></table>',
)


def table(text: str) -> OCRTable:
    return OCRTable(id="t", format="html", content=f"<table><tr><td>{text}</td></tr></table>")


def test_a_cell_stands_in_the_row_where_it_begins() -> None:
    assert [[(cell.text, cell.column) for cell in row] for row in NESTED.rows] == [
        [("City", 0), ("People", 1)],
        [("1990", 1), ("2000", 2)],
        [("Bern", 0), ("1", 1), ("2", 2)],
        [("Basel", 0), ("3", 1)],
    ]


def test_csv_has_the_text_of_a_span_once() -> None:
    assert NESTED.to_csv() == "City,People,\n,1990,2000\nBern,1,2\nBasel,3,\n"


def test_a_dataframe_has_it_in_each_field_and_headings_as_columns() -> None:
    frame = pytest.importorskip("pandas") and NESTED.to_dataframe()
    assert list(frame.columns) == ["City", "People / 1990", "People / 2000"]
    assert frame.to_numpy().tolist() == [["Bern", "1", "2"], ["Basel", "3", "2"]]


def test_a_dataframe_of_a_table_without_headings_numbers_its_columns() -> None:
    frame = pytest.importorskip("pandas") and table("a").to_dataframe()
    assert list(frame.columns) == [0]
    assert OCRTable(id="t", format="html", content="").to_dataframe().empty


def test_a_first_row_of_words_above_figures_names_the_columns_of_a_dataframe() -> None:
    pytest.importorskip("pandas")

    def columns(*rows: list[str]) -> list[Any]:
        cells = (OCRCell(text=text, row=r, column=c) for r, row in enumerate(rows) for c, text in enumerate(row))
        return list(OCRTable(id="t", format="html", content="", parsed=tuple(cells)).to_dataframe().columns)

    assert columns(["Quay", "Tonnes"], ["North", "18,250"]) == ["Quay", "Tonnes"]
    assert columns(["North", "18,250"], ["South", "1"]) == [0, 1]
    assert columns(["tea", "green"], ["coffee", "black"]) == [0, 1]
    assert columns(["", "Tonnes"], ["North", "1"]) == [0, 1]


@pytest.mark.parametrize("text", ["=1+1", "+SUM(A1)", "-cmd|x", "@x", "- item", " =1"])
def test_a_spreadsheet_takes_no_cell_for_a_formula_unless_all_is_wanted_as_it_is(text: str) -> None:
    parsed = table(text)
    assert parsed.to_csv() == f"'{text.strip()}\n"
    assert parsed.to_csv(verbatim=True) == f"{text.strip()}\n"


@pytest.mark.parametrize("text", ["-5", "+3.50", "-1’000.25", "−7 %", "5 - 3"])
def test_numbers_are_no_formulas(text: str) -> None:
    assert table(text).to_csv() == f"{text}\n"


def test_csv_can_be_read_back_whatever_a_cell_holds() -> None:
    text = 'a "b", c\x07\ud800d'
    ((cell,),) = csv.reader(io.StringIO(table(text).to_csv()))
    assert cell == 'a "b", c\ufffdd'


def test_a_table_without_cells_is_an_empty_one() -> None:
    empty = OCRTable(id="t", format="markdown", content="")
    assert (empty.rows, empty.to_csv()) == ((), "")


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["1.234,56", "x"], ","),
        (["1,234.56"], "."),
        (["12,5", "1.000"], ","),
        (["3.14"], "."),
        (["1,234", "5"], None),
        (["2024-01-02", "v1.2.3"], None),
        ([], None),
    ],
)
def test_a_document_says_what_its_decimal_mark_is(texts: list[str], mark: Mark | None) -> None:
    assert decimal_mark(texts) == mark


@pytest.mark.parametrize(
    ("text", "mark", "value", "shown"),
    [
        ("12", None, 12, "0"),
        ("-12", None, -12, "0"),
        ("1.234,50", ",", 1234.5, "#,##0.00"),
        ("1,234.5", ".", 1234.5, "#,##0.0"),
        ("1 234 567", ",", 1234567, "#,##0"),
        ("1’234.50", ".", 1234.5, "#,##0.00"),
        ("(3,5)", ",", -3.5, "0.0"),
        ("3,5-", ",", -3.5, "0.0"),
        ("12,5 %", ",", 0.125, "0.0%"),
        ("€ 9,99", ",", 9.99, '"€" 0.00'),
        ("9.99 €", ".", 9.99, '0.00 "€"'),
        ("0.5", ".", 0.5, "0.0"),
    ],
)
def test_a_number_is_one_in_the_document_s_own_mark(text: str, mark: Mark | None, value: float, shown: str) -> None:
    found = number(text, mark)
    assert found is not None
    assert (found.value, found.format) == (value, shown)


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("1,234", None),  # could be two numbers
        ("007", None),
        ("1234567890123456", None),
        ("12.05", ","),
        ("1.2.3", "."),
        ("1,23,456", "."),
        ("12-5", None),
        ("2024-01-02", None),
        ("(3", None),
        ("3.", "."),
        ("", None),
        ("٣", None),
    ],
)
def test_what_may_be_no_number_stays_text(text: str, mark: Mark | None) -> None:
    assert number(text, mark) is None
