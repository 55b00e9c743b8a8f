"""Answers in notebooks: what Jupyter shows of them, and the notebook of the documentation run cell by cell."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from ocr_async.models import OCRCell, OCRCost, OCRImage, OCRPage, OCRResponse, OCRTable
from tests.documents import text_pdf


ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "docs" / "tutorial" / "notebook.ipynb"
PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
PAGE = OCRPage(
    index=0,
    markdown="# Totals\n\n![img-0.jpeg](img-0.jpeg)\n\n<script>alert(1)</script>",
    images=(OCRImage(id="img-0.jpeg", image_base64=PIXEL),),
)


def text_of(found: str | None) -> LexborHTMLParser:
    assert found is not None
    return LexborHTMLParser(found)


def test_a_response_shows_its_pages_with_their_pictures_and_runs_nothing() -> None:
    response = OCRResponse(pages=(PAGE,), model="m", provider="local", cost=OCRCost(generation=0, total=0.25))
    shown = text_of(response._repr_html_())
    assert [each.text() for each in shown.css("h1")] == ["Totals"]
    assert [each.attributes["src"] for each in shown.css("img")] == [PIXEL]
    assert not shown.css("script, style")
    assert "1 page · local · m · 0.2500 USD" in shown.css("small")[0].text()
    assert response._repr_markdown_() == PAGE.markdown
    assert text_of(response.pages[0]._repr_html_()).css("h1")


def test_a_long_document_is_cut_and_says_so() -> None:
    pages = tuple(OCRPage(index=index, markdown=f"page {index}") for index in range(50))
    shown = text_of(OCRResponse(pages=pages, model="m")._repr_html_())
    assert len(shown.css("section")) == 20
    assert "and 30 more: response.pages[20:]" in shown.body.text() if shown.body else False


def test_a_table_keeps_its_spans_and_a_huge_one_is_cut() -> None:
    cells = (OCRCell(text="<b>", row=0, column=0, column_span=2, header=True), OCRCell(text="1", row=1, column=0))
    shown = text_of(OCRTable(id="t", content="", format="html", parsed=cells)._repr_html_())
    assert [(each.tag, each.attributes.get("colspan"), each.text()) for each in shown.css("th, td")] == [
        ("th", "2", "<b>"),
        ("td", None, "1"),
        ("td", None, ""),  # so that what follows in a row stands in its column
    ]
    many = tuple(OCRCell(text="x", row=row, column=0) for row in range(10_000))
    shown = text_of(OCRTable(id="t", content="", format="html", parsed=many)._repr_html_())
    assert len(shown.css("tr")) == 500
    assert "9500 more rows" in shown.css("em")[0].text()


def test_an_image_shows_its_picture_if_it_has_one() -> None:
    assert OCRImage(id="a")._repr_html_() is None
    assert text_of(PAGE.images[0]._repr_html_()).css("img")[0].attributes["src"] == PIXEL
    bare = OCRImage(id='"><script>', image_base64="AAAA")
    assert [each.tag for each in text_of(bare._repr_html_()).css("body *")] == ["img"]


def test_a_repr_is_short_and_shows_text() -> None:
    pages = tuple(OCRPage(index=index, markdown="a long page " * 100) for index in range(500))
    shown = repr(OCRResponse(pages=pages, model="m"))
    assert len(shown) < 600
    assert "OCRPage(index=0, markdown='a long page" in shown
    assert "500 in all" in shown
    assert PIXEL not in repr(PAGE)


def test_html_has_boxes_where_the_document_is_given(tmp_path: Path) -> None:
    response = OCRResponse(pages=(OCRPage(index=0, markdown="one"),), model="m")
    assert "data:image/jpeg" not in response.to_html()
    assert "data:image/jpeg" in response.to_html(document=text_pdf([["one"]]))


def test_show_opens_a_browser_where_there_is_no_notebook(tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    browser.chmod(0o755)
    program = (
        "from ocr_async import OCRPage, OCRResponse\n"
        "OCRResponse(pages=(OCRPage(index=0, markdown='# Shown'),), model='m').show()\n"
    )
    environ = {**os.environ, "BROWSER": f"{browser} %s", "TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", program], env=environ, check=True, timeout=60, cwd=ROOT)
    address = opened.read_text().strip()
    assert ">Shown</h1>" in Path(address.removeprefix("file://")).read_text()


RUN = """
import sys
import nbclient, nbformat
notebook = nbformat.read(sys.argv[1], as_version=4)
nbclient.NotebookClient(notebook, timeout=240, resources={"metadata": {"path": sys.argv[2]}}).execute()
nbformat.write(notebook, sys.argv[3])
"""


@pytest.mark.timeout(300)
def test_the_notebook_of_the_documentation_runs(tmp_path: Path) -> None:
    if any(importlib.util.find_spec(name) is None for name in ("ipykernel", "nbclient", "nbformat")):
        pytest.skip("nbclient or ipykernel is not installed")
    kept = NOTEBOOK.read_text()
    assert "OCRResponse(pages=(OCRPage(index=0" in kept, "run it, and keep what it shows"
    # not in this process: one that has loaded a kernel takes itself for a notebook
    command = [sys.executable, "-c", RUN, str(NOTEBOOK), str(NOTEBOOK.parent), str(tmp_path / "done.ipynb")]
    subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, timeout=280)
    cells = [cell for cell in json.loads((tmp_path / "done.ipynb").read_text())["cells"] if cell["cell_type"] == "code"]
    forms = [{form for output in cell["outputs"] for form in output.get("data", ())} for cell in cells]
    assert all("text/html" in form for form in forms[:3])
