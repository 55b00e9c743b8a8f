"""The tables of a response: wherever its pages tell them, and as one where they go on over pages."""

from __future__ import annotations

from typing import Any

import pytest

from ocr_async.models import OCRCell, OCRElement, OCRPage, OCRResponse, OCRTable


HEAD = "| item | price |\n| --- | --- |\n"


def tables(*pages: str | OCRPage) -> tuple[OCRTable, ...]:
    each = (
        page if isinstance(page, OCRPage) else OCRPage(index=index, markdown=page) for index, page in enumerate(pages)
    )
    return OCRResponse(pages=tuple(each), model="m").tables


def texts(table: OCRTable) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def element(rows: list[list[str]], *, head: bool, kind: str = "table") -> OCRElement:
    cells: list[dict[str, Any]] = [
        {"text": text, "row": row, "column": column, **({"header": True} if head and not row else {})}
        for row, line in enumerate(rows)
        for column, text in enumerate(line)
    ]
    return OCRElement(type=kind, text="| … |", data={"cells": cells})


def test_markdown_says_its_tables_without_its_marks() -> None:
    (table,) = tables(f"# Prices\n\n{HEAD}| **tea** \\| `green`<br>loose | [2.50](https://a.b) |\n\nThat is all.")
    assert texts(table) == [["item", "price"], ["tea | green loose", "2.50"]]
    assert [cell.header for cell in table.cells] == [True, True, False, False]
    assert table.pages == (0,)


def test_html_among_markdown_keeps_its_spans() -> None:
    first, second = tables(f'{HEAD}| tea | 1 |\n\n<table><tr><td colspan="2">a</td></tr><tr><td>b<td>c</table>\nend')
    assert texts(first) == [["item", "price"], ["tea", "1"]]
    assert second.rows[0] == (OCRCell(text="a", row=0, column=0, column_span=2),)


def test_a_table_in_code_is_none() -> None:
    assert tables(f"```\n{HEAD}| tea | 1 |\n```") == ()


def test_markdown_has_no_table_without_a_head_but_a_document_has() -> None:
    (table,) = tables("|  |  |\n| --- | --- |\n| tea | 1 |")
    assert texts(table) == [["tea", "1"]]
    assert not any(cell.header for cell in table.cells)


def test_what_a_page_took_out_of_its_markdown_has_the_cells_of_its_elements() -> None:
    taken = OCRTable(id="tbl-0.md", content=f"{HEAD}| tea | 1 |", format="markdown")
    page = OCRPage(index=4, markdown="[tbl-0.md](tbl-0.md)", tables=(taken,))
    assert [(table.id, table.pages, texts(table)[1]) for table in tables(page)] == [("tbl-0.md", (4,), ["tea", "1"])]
    cells = OCRElement(
        type="table", data={"cells": [{"text": "all", "row": 0, "column": 0, "row_span": 2, "column_span": 2}]}
    )
    page = OCRPage(index=4, markdown="[tbl-0.md](tbl-0.md)", tables=(taken,), elements=(cells,))
    assert tables(page)[0].cells == (OCRCell(text="all", row=0, column=0, row_span=2, column_span=2),)


@pytest.mark.parametrize(
    ("second", "joined"),
    [
        (f"{HEAD}| cake | 2 |", [["item", "price"], ["tea", "1"], ["cake", "2"]]),  # its heading again
        ("| cake | 2 |\n| --- | --- |\n| jam | 3 |", [["item", "price"], ["tea", "1"], ["cake", "2"], ["jam", "3"]]),
        ("| | |\n| --- | --- |\n| cake | 2 |", [["item", "price"], ["tea", "1"], ["cake", "2"]]),
        ("| name | age |\n| --- | --- |\n| Ann | 30 |", None),
        ("| item | price | sum |\n| --- | --- | --- |\n| a | 1 | 2 |", None),
        (f"Meanwhile:\n\n{HEAD}| cake | 2 |", None),
    ],
)
def test_a_table_goes_on_where_the_next_page_begins_with_its_like(second: str, joined: list[list[str]] | None) -> None:
    found = tables(f"Prices\n\n{HEAD}| tea | 1 |\n", second)
    assert len(found) == (1 if joined else 2)
    if joined:
        assert texts(found[0]) == joined
        assert found[0].pages == (0, 1)


def test_running_heads_do_not_part_a_table_and_a_missing_page_does() -> None:
    foot = OCRElement(type="footer", text="2")
    first = element([["item", "price"], ["tea", "1"]], head=True)
    second = element([["cake", "2"]], head=False)
    pages = [
        OCRPage(index=0, markdown="", elements=(first, foot)),
        OCRPage(index=1, markdown="", elements=(OCRElement(type="header", text="x"), second, foot)),
        OCRPage(index=2, markdown="", elements=(second,)),
        OCRPage(index=4, markdown="", elements=(second,)),
    ]
    found = tables(*pages)
    assert [table.pages for table in found] == [(0, 1, 2), (4,)]
    assert texts(found[0]) == [["item", "price"], ["tea", "1"], ["cake", "2"], ["cake", "2"]]


def test_ten_thousand_rows_over_pages_are_one_table() -> None:
    pages = [f"{HEAD}" + "".join(f"| {page} | {row} |\n" for row in range(100)) for page in range(100)]
    (table,) = tables(*pages)
    assert len(table.rows) == 10_001
    assert table.to_csv().splitlines()[-1] == "99,99"


@pytest.mark.parametrize(
    "data",
    [
        None,
        {"cells": None},
        {"cells": ["x"]},
        {"cells": [{"text": 1, "row": 0, "column": 0}]},
        {"cells": [{"text": "a", "row": -1, "column": 0}]},
        {"cells": [{"text": "a", "row": 0, "column": 0, "row_span": 0}]},
        {"cells": [{"text": "a", "row": 0, "column": True}]},
        {"cells": [{"text": "a", "row": 10**9, "column": 10**9}]},
    ],
)
def test_cells_that_make_no_table_are_passed_over(data: dict[str, Any] | None) -> None:
    element = OCRElement(type="table", data=data)
    assert tables(OCRPage(index=0, markdown="text", elements=(element,))) == ()


def test_a_response_that_was_stored_has_the_same_tables() -> None:
    page = OCRPage(index=0, markdown="", elements=(element([["a", "b"], ["1", "2"]], head=True),))
    response = OCRResponse(pages=(page,), model="m")
    again = OCRResponse.from_dict(response.to_dict())
    assert again.tables == response.tables
    assert "parsed" not in str(
        OCRResponse(pages=(OCRPage(index=0, markdown="", tables=response.tables),), model="m").to_dict()
    )
