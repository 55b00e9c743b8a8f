"""The same pages by several models: words and cells that agree, time, money, and a file that shows it."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_async import OCR, OCRComparison, aocr_compare, ocr_compare
from ocr_async.call.comparing.agreement import agreement, changes, content_of
from ocr_async.errors import ConfigurationError, RateLimited
from ocr_async.export.comparison import document
from ocr_async.models import OCRPage, OCRTable
from tests.cli.command import command
from tests.documents import PARAGRAPHS, text_pdf
from tests.upstream import Exchange, Upstream


ONE, OTHER = "mistral/mistral-ocr-latest", "opper/mistral/mistral-ocr-latest"
PDF = text_pdf([PARAGRAPHS] * 2)


def page(markdown: str, **facts: Any) -> OCRPage:
    return OCRPage(index=0, markdown=markdown, **facts)


def share(one: str, other: str) -> float:
    return agreement(content_of(page(one)), content_of(page(other))).share


def test_words_agree_whatever_marks_stand_around_them() -> None:
    assert share("# The **total** is `12`", "The total is 12") == 1.0
    assert share("", "") == 1.0
    assert share("", "something") == 0.0
    assert share("one two three four", "one two 3 four") == 0.75


@given(st.text("ab |\n-#", max_size=60), st.text("ab |\n-#", max_size=60))
def test_agreement_is_between_nothing_and_all_and_with_itself_all(one: str, other: str) -> None:
    assert 0.0 <= share(one, other) <= 1.0
    assert share(one, one) == 1.0


def test_tables_are_compared_cell_by_cell_whatever_they_are_written_in() -> None:
    piped = content_of(page("before\n\n| a | b |\n| --- | ---: |\n| 1 | 2\\|3 |\n\nafter"))
    written = content_of(
        page("before <table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2|4</td></tr></table> after")
    )
    apart = content_of(
        page(
            "before\n\n[t](t)\n\nafter",
            tables=(OCRTable(id="t", content="|a|b|\n|-|-|\n|1|2\\|3|", format="markdown"),),
        )
    )
    assert piped == apart
    assert (piped.words, [list(map(list, table)) for table in piped.tables]) == (
        ("before", "after"), [[["a", "b"], ["1", "2|3"]]],
    )  # fmt: skip
    assert agreement(piped, written).cells == (3, 4)
    assert agreement(piped, content_of(page("before after"))).share_of_cells == 0.0
    assert agreement(content_of(page("x")), content_of(page("x"))).share_of_cells is None


def test_what_would_take_long_is_counted_and_not_put_in_order() -> None:
    started = time.perf_counter()
    zeros = content_of(page("0 " * 50_000))
    assert agreement(zeros, content_of(page("0 " * 25_000))).share == pytest.approx(2 / 3)
    assert changes(zeros, zeros) is None
    pipes = content_of(page("|" * 300_000 + "\n|-|\n" + "<table" * 50_000))
    assert agreement(pipes, pipes).share == 1.0
    assert time.perf_counter() - started < 20.0


def services(texts: dict[str, str], *, fail: Any = None) -> Any:
    async def serve(exchange: Exchange) -> None:
        await exchange.read()
        path = exchange.received.path
        if fail is not None and path == "/v2/ocr":
            await exchange.json({"message": "slow down"}, fail)
            return
        empty: dict[str, Any] = {"images": [], "dimensions": None}
        pages = [{"index": index, "markdown": f"{texts[path]} page {index}", **empty} for index in range(2)]
        extra = {"id": "o", "cost": {"generation": 0.01, "total": 0.01}} if path == "/v2/ocr" else {}
        await exchange.json({"pages": pages, "model": "m", "usage_info": {"pages_processed": 2}, **extra})

    return serve


TEXTS = {"/v1/ocr": "The <b>total</b> is 12", "/v2/ocr": "The <b>total</b> is 13"}


@pytest.mark.anyio
async def test_each_model_reads_and_each_pair_has_a_number(hosted: Upstream) -> None:
    hosted.default = services(TEXTS)
    found = await aocr_compare(PDF, [ONE, OTHER])
    assert [reading.model for reading in found.readings] == [ONE, OTHER]
    assert [reading.cost for reading in found.readings] == [0.008, 0.01]
    assert all(reading.seconds > 0 for reading in found.readings)
    assert found.pairs[0, 1].words == (20, 24)
    assert found.pages[1][0, 1].share == pytest.approx(10 / 12)
    told = found.to_dict()
    assert told["pairs"] == [{"models": [ONE, OTHER], "agreement": 0.8333, "cells": None}]
    assert json.loads(json.dumps(told)) == told


def test_a_model_that_fails_leaves_its_place_empty(hosted: Upstream) -> None:
    hosted.default = services(TEXTS, fail=429)
    found = OCR(retries=0).ocr_compare(PDF, [ONE, OTHER])
    assert isinstance(found.readings[1].error, RateLimited)
    assert (found.readings[1].response, found.pairs) == (None, {})
    assert "RateLimited" in document(found, title="x")


@pytest.mark.parametrize("models", [[], [ONE], [ONE, ONE], ONE, [ONE, "nobody/x"], [f"mistral/{n}" for n in range(13)]])
def test_what_cannot_be_compared_is_refused_before_anything_is_read(hosted: Upstream, models: Any) -> None:
    with pytest.raises(ConfigurationError):
        ocr_compare(PDF, models)
    with pytest.raises(ConfigurationError, match="include_blocks"):
        ocr_compare(PDF, [ONE, OTHER], include_blocks=True)
    assert hosted.requests == []


@pytest.mark.anyio
async def test_the_key_goes_to_the_first_models_provider_alone(hosted: Upstream) -> None:
    hosted.default = services(TEXTS)
    await aocr_compare(PDF, [ONE, OTHER], api_key="sk-first", api_base=hosted.url)
    keys = {request.path: request.headers["authorization"] for request in hosted.requests}
    assert keys == {"/v1/ocr": "Bearer sk-first", "/v2/ocr": "Bearer sk-.."}


def compared(hosted: Upstream, first: str, second: str) -> OCRComparison:
    hosted.default = services({"/v1/ocr": first, "/v2/ocr": second})
    return ocr_compare(PDF, [ONE, OTHER])


def test_the_file_marks_what_differs_and_runs_nothing(hosted: Upstream) -> None:
    hostile = "<script>alert(1)</script> <img src=x onerror=alert(1)> </section>"
    found = compared(
        hosted,
        f"{hostile} total 12\n\n| a | b |\n|---|---|\n| 1 | </table> |\n\n",
        f"{hostile} total 13\n\n| a | b |\n|---|---|\n| 7 | </table> |\n\n",
    )
    html = document(found, title="a<b>.pdf")
    assert "<del>12</del>" in html
    assert "<ins>13</ins>" in html
    assert '<td class="other"><del>1</del> <ins>7</ins>' in html
    assert "&lt;script&gt;" in html
    assert not re.search(r"<script|<img|<link|<iframe|\son\w+=\w|https?://", html.replace("onerror=alert(1)&gt;", ""))
    assert html.count("<section") == html.count("</section>") == 4
    assert "a&lt;b&gt;.pdf" in html
    assert "default-src 'none'" in html


def test_long_pages_are_shown_in_part(hosted: Upstream) -> None:
    html = document(compared(hosted, "word " * 60_000, "other " * 60_000), title="x")
    assert len(html) < 3_000_000
    html = document(compared(hosted, "0 " * 60_000, "0 " * 60_000), title="x")
    assert "too long to be compared" in html


def test_the_command_writes_the_file_and_says_the_numbers(tmp_path: Path, server: Upstream) -> None:
    server.default = services({"/v1/ocr": "the same"})
    (tmp_path / "a.pdf").write_bytes(PDF)
    target = tmp_path / "a.html"
    asked = ("compare", tmp_path / "a.pdf", "-m", ONE, "-m", "mistral/other", "-o", target)
    done = command(*asked, server=server)
    assert (done.returncode, done.stdout) == (0, b""), done.stderr
    assert "100.0%" in target.read_text()
    assert b"agree in 100.0% of the words" in done.stderr
    done = command(*asked[:-2], "--json", "-p", "1-2", server=server)
    found = json.loads(done.stdout)
    assert [each["model"] for each in found["models"]] == [ONE, "mistral/other"]
    assert (found["pairs"][0]["agreement"], found["pages"][0]["index"]) == (1.0, 0)
    command(*asked[:-1], tmp_path / "a.json", server=server)
    assert json.loads((tmp_path / "a.json").read_text())["pairs"] == found["pairs"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("a.pdf", "-m", ONE), b"2 to 12"),
        ((".", "-m", ONE, "-m", "local"), b"one document"),
        (("no.pdf", "-m", ONE, "-m", "local"), b"no.pdf"),
        (("a.pdf", "-m", ONE, "-m", "local", "-o", "a.pdf"), b"a.pdf"),
        (("a.pdf", "-m", ONE, "-m", "local", "-o", "a.md"), b"no form with the ending .md; there are html"),
        (("a.pdf", "-m", ONE, "-m", "local", "-o", "a.html", "--json"), b"contradict"),
        (("a.pdf",), b"-m/--model"),
    ],
)
def test_what_the_command_cannot_do_it_says(
    tmp_path: Path, server: Upstream, arguments: tuple[str, ...], says: bytes
) -> None:
    (tmp_path / "a.pdf").write_bytes(PDF)
    done = command("compare", *arguments, server=server, cwd=tmp_path)
    assert done.returncode in {2, 3}
    assert says in done.stderr
    assert (tmp_path / "a.pdf").read_bytes() == PDF
    assert server.requests == []
