"""Tables by the command: as forms of their own, and beside another form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.cli.command import MISTRAL, command, documents, files
from tests.documents import text_pdf
from tests.upstream import Exchange, Upstream


TABLE = "<table><tr><th>item</th><th>price</th></tr><tr><td>tea</td><td>2,50</td></tr></table>"


def answer(*tables: str) -> dict[str, Any]:
    taken = [{"id": f"tbl-{number}.html", "content": one, "format": "html"} for number, one in enumerate(tables)]
    markdown = "\n\n".join(["Prices", *(f"[{one['id']}]({one['id']})" for one in taken), "end"])
    page = {"index": 0, "markdown": markdown, "images": [], "dimensions": None, "tables": taken}
    return {"pages": [page], "model": "m", "usage_info": {"pages_processed": 1}}


def gives(server: Upstream, *tables: str) -> None:
    async def behaviour(exchange: Exchange) -> None:
        await exchange.read()
        await exchange.json(answer(*tables))

    server.script.append(behaviour)


def test_the_ending_makes_a_workbook_and_spans_are_asked_for(server: Upstream, tmp_path: Path) -> None:
    documents(tmp_path, "a.pdf")
    gives(server, TABLE)
    done = command("run", "a.pdf", "-o", "a.xlsx", *MISTRAL, server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    sheet = load_workbook(tmp_path / "a.xlsx")["Table 1"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [["item", "price"], ["tea", 2.5]]
    assert server.requests[0].json["table_format"] == "html"


def test_csv_goes_to_standard_output_with_an_empty_line_between_tables(server: Upstream, tmp_path: Path) -> None:
    documents(tmp_path, "a.pdf")
    gives(server, TABLE, TABLE)
    done = command("run", "a.pdf", "-f", "csv", *MISTRAL, server=server, cwd=tmp_path)
    assert done.stdout.decode() == 'item,price\ntea,"2,50"\n\nitem,price\ntea,"2,50"\n'


def test_tables_beside_another_form_have_a_file_each(server: Upstream, tmp_path: Path) -> None:
    documents(tmp_path, "in/a.pdf")
    asked = ("run", "in", "-o", "out", "--tables", "tables", "--skip-existing", *MISTRAL)
    tables = []
    for _ in range(2):  # the second time with another document
        gives(server, TABLE, TABLE)
        done = command(*asked, server=server, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        tables.append([name for name in files(tmp_path) if name.startswith("tables/")])
        documents(tmp_path, "in/b.pdf")
    first = ["tables/a/table-1.csv", "tables/a/table-2.csv"]
    assert tables == [first, [*first, "tables/b/table-1.csv", "tables/b/table-2.csv"]]
    assert (tmp_path / first[0]).read_text() == 'item,price\ntea,"2,50"\n'


def test_a_workbook_of_several_documents_wants_a_folder(server: Upstream, tmp_path: Path) -> None:
    documents(tmp_path, "a.pdf", "b.pdf")
    done = command("run", "a.pdf", "b.pdf", "-f", "xlsx", *MISTRAL, server=server, cwd=tmp_path)
    assert (done.returncode, server.requests) == (2, [])
    assert b"-f xlsx makes a file of each document: name a folder for them, -o DIR/" in done.stderr


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_document_without_tables_is_told_in_each_form_of_tables(server: Upstream, tmp_path: Path, form: str) -> None:
    documents(tmp_path, "a.pdf", "b.pdf")
    gives(server)
    done = command("run", "a.pdf", "-o", f"a.{form}", "--quiet", *MISTRAL, server=server, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"a.pdf: there is no table in this document\n")
    gives(server, TABLE)
    done = command("run", "b.pdf", "-o", f"b.{form}", "--quiet", *MISTRAL, server=server, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / f"a.{form}").exists()  # for --skip-existing


def test_a_bulk_job_writes_workbooks(server: Upstream, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(text_pdf([["one"]]))
    gives(server, TABLE)
    done = command("bulk", "run", "a.pdf", "--out", "out", "-f", "xlsx", *MISTRAL, server=server, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert load_workbook(tmp_path / "out" / "a.xlsx").sheetnames == ["Table 1"]
