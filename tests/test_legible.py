"""What comes from a document reaches a terminal, a log and Markdown without what they would act on."""

from __future__ import annotations

import json
import logging
import re

import pytest

from ocr_async import ocr
from ocr_async.engine.legible import legible, legible_text
from ocr_async.export import render
from ocr_async.gateway.operating.log import Formatter
from ocr_async.models import OCRElement, OCRPage, OCRResponse, OCRTable
from tests.offices import docx, epub, paragraph


CONTROLS = "".join(map(chr, (*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0))))
ACTED_ON = re.compile(f"[{re.escape(CONTROLS)}\ud800-\udfff]")
HOSTILE = f"a\x1b]0;title\x07b\x9b2Jc{CONTROLS}d\ud800\n\te"


def test_a_page_is_made_anew_where_one_of_its_characters_is_acted_on_alone() -> None:
    for letter in (*map(chr, range(0x101)), "\ud800"):
        page = OCRPage(index=0, markdown=f"a{letter}b")
        assert (legible(page) is page) == (ACTED_ON.search(letter) is None), ascii(letter)


def test_controls_are_taken_out_and_what_parts_words_still_does() -> None:
    assert legible_text("a\x1b[2Jb\x9bc\x0bd\x85e\r\nf\rg\th") == "a[2Jbc d e\nf\ng\th"
    assert ACTED_ON.search(legible_text(HOSTILE)) is None


def test_all_texts_of_a_page_are_cleaned_and_a_clean_page_is_the_same() -> None:
    element = OCRElement(type="text", label="x", text=HOSTILE, bbox={"x": 1}, data={"cells": [{"text": HOSTILE}]})
    page = OCRPage(
        index=0, markdown=HOSTILE, header=HOSTILE, hyperlinks=(HOSTILE,), elements=(element,),
        tables=(OCRTable(id="a", content=HOSTILE, format="html"),),
    )  # fmt: skip
    written = json.dumps(OCRResponse(pages=(legible(page),), model="m").to_dict(), ensure_ascii=False)
    assert ACTED_ON.search(written) is None
    assert "\\u00" not in written
    clean = OCRPage(index=0, markdown="a\n\tb", elements=(OCRElement(text="é\U0001f600"),))
    assert legible(clean) is clean


@pytest.mark.parametrize(
    "data",
    [
        b"<html><h1 title='\x1b'>Head\x1b[31m\xc2\x9b2J</h1><p>Text&#27;&#x9b;&#127;</p><pre>code\x07</pre></html>",
        docx(paragraph("Text\x7f\x80\x9b2J")),
        epub({"a.xhtml": "<html><body><p>Text\x7f\x9b2J</p></body></html>"}),
    ],
    ids=["html", "docx", "epub"],
)
def test_what_the_engine_reads_is_clean(data: bytes) -> None:
    response = ocr(data, model="local")
    assert "Text" in response.markdown
    written = json.dumps(response.to_dict(), ensure_ascii=False)
    assert ACTED_ON.search(written) is None
    assert "\\u00" not in written


@pytest.mark.parametrize("form", ["md", "json", "jsonl", "text", "html"])
def test_what_a_provider_answers_is_written_clean(form: str) -> None:
    written = render(OCRResponse(pages=(OCRPage(index=0, markdown=HOSTILE),), model="m"), form, name=f"a{HOSTILE}.pdf")
    assert isinstance(written, str)
    assert ACTED_ON.search(written.replace("\n", "")) is None
    if form.startswith("json"):
        assert json.loads(written)["pages"][0]["markdown"] == HOSTILE


def test_the_log_is_clean() -> None:
    record = logging.LogRecord("a", logging.INFO, "", 0, HOSTILE, None, None)
    assert ACTED_ON.search(Formatter().format(record)) is None
    record = logging.LogRecord("a", logging.INFO, "", 0, "request", None, None)
    record.__dict__["facts"] = {"model": HOSTILE, "pages": [HOSTILE]}
    line = Formatter().format(record)
    assert ACTED_ON.search(line) is None
