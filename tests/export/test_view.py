"""Pages as HTML: what belongs together points at each other, and nothing that a document says is run or fetched."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_async.export.html import document
from ocr_async.export.view import section
from ocr_async.models import OCRBlock, OCRDimensions, OCRElement, OCRImage, OCRPage, OCRResponse, OCRTable


JPEG = b"\xff\xd8\xff\xd9"
A4 = OCRDimensions(width=1000, height=1400, dpi=120)


def element(kind: str, text: str | None, top: int = 0) -> OCRElement:
    return OCRElement(type=kind, text=text, bbox={"x": 10, "y": top, "width": 500, "height": 40})


class Reader(HTMLParser):
    """Collects the tags of a document, and which ids each id points at."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def links(self) -> dict[str, str]:
        return {str(attrs["id"]): str(attrs["data-for"]) for _, attrs in self.tags if "data-for" in attrs}


def test_elements_and_what_they_became_point_at_each_other() -> None:
    page = OCRPage(
        index=0,
        markdown="# Harbour\n\nFog delayed *nine* arrivals.\n\n| Quay | Ships |\n|---|---|\n| North | 41 |\n\n"
        "- one\n- two",
        dimensions=A4,
        elements=(
            element("header", "Harbour"),
            element("title", "Harbour"),
            element("text", "Fog delayed nine arrivals."),
            element("table", "| Quay | Ships |\n| --- | --- |\n| North | 41 |"),
            element("list", "- one"),
            element("list", "- two"),
        ),
        header="Harbour",
    )
    read = Reader(section(page, JPEG))
    assert read.links == {
        "page-1-box-1": "page-1-part-0",
        "page-1-box-2": "page-1-part-1",
        "page-1-box-3": "page-1-part-2",
        "page-1-box-4": "page-1-part-3",
        "page-1-box-5": "page-1-part-3",
        "page-1-part-0": "page-1-box-1",
        "page-1-part-1": "page-1-box-2",
        "page-1-part-2": "page-1-box-3",
        "page-1-part-3": "page-1-box-4 page-1-box-5",
    }
    assert [tag for tag, attrs in read.tags if attrs.get("id") == "page-1-box-0"] == ["g"]


def test_without_elements_the_blocks_and_images_have_boxes() -> None:
    page = OCRPage(
        index=4,
        markdown="## Title\n\nSome [text](https://example.com) here.\n\n![img-0.jpeg](img-0.jpeg)",
        dimensions=A4,
        blocks=(
            OCRBlock(type="title", content="## Title", top_left_x=1, top_left_y=2, bottom_right_x=30, bottom_right_y=9),
            OCRBlock(
                type="text",
                content="Some [text](https://example.com) here.",
                top_left_x=1,
                top_left_y=20,
                bottom_right_x=30,
                bottom_right_y=40,
            ),
        ),
        images=(
            OCRImage(id="img-0.jpeg", top_left_x=5, top_left_y=50, bottom_right_x=25, bottom_right_y=90,
                     image_base64="data:image/png;base64,AAAA"),
        ),
    )  # fmt: skip
    read = Reader(section(page, JPEG))
    assert [read.links[f"page-5-box-{number}"] for number in range(3)] == [
        "page-5-part-0",
        "page-5-part-1",
        "page-5-part-2",
    ]
    rects = [attrs for tag, attrs in read.tags if tag == "rect"]
    assert rects[2] == {"x": "5", "y": "50", "width": "20", "height": "40"}
    assert [attrs["src"] for tag, attrs in read.tags if tag == "img"] == ["data:image/png;base64,AAAA"]


def test_a_word_that_stands_in_another_is_not_taken_for_it() -> None:
    page = OCRPage(
        index=0,
        markdown="Nothing is on it.\n\non",
        dimensions=A4,
        elements=(element("text", "on"), element("text", "Nothing is on it.")),
    )
    assert Reader(section(page, JPEG)).links["page-1-box-0"] == "page-1-part-1"


def test_tables_that_were_taken_out_are_put_back() -> None:
    page = OCRPage(
        index=0,
        markdown="[tbl-0.md](tbl-0.md)\n\n[tbl-1.html](tbl-1.html)",
        tables=(
            OCRTable(id="tbl-0.md", content="| a |\n|---|\n| b |", format="markdown"),
            OCRTable(id="tbl-1.html", content="<table><tr><td>c</td></tr></table>", format="html"),
        ),
    )
    read = Reader(section(page))
    assert [tag for tag, _ in read.tags].count("table") == 1
    assert "<table><tr><td>c</td></tr></table>\n" in read.texts


def test_a_page_without_a_picture_is_text_alone() -> None:
    read = Reader(section(OCRPage(index=0, markdown="x", dimensions=A4, elements=(element("text", "x"),))))
    assert not {"svg", "img"} & {tag for tag, _ in read.tags}


_ALLOWED = {
    "section", "p", "figure", "svg", "image", "a", "g", "rect", "title", "div", "h1", "h2", "h3", "h4", "h5", "h6",
    "em", "strong", "s", "code", "pre", "ul", "ol", "li", "blockquote", "hr", "br", "table", "thead", "tbody", "tr",
    "th", "td",
}  # fmt: skip
_PIECES = r"""
<script>alert(1)</script>
<img src=x onerror=alert(1)>
<svg/onload=alert(1)>
[x](javascript:alert(1))
[x](data:text/html,x)
![x](https://a.b/c)
![x](x"onerror=)
" onmouseover="alert(1)
](
<!--
]]>
</svg>
</title>
&lt;
`
"""
HOSTILE = st.lists(
    st.sampled_from([*_PIECES.split("\n"), "| a |\n|---|\n", "# ", "\n\n", "- ", "a", " ", "~~", "**"]), max_size=12
).map("".join)


@given(markdown=HOSTILE, text=HOSTILE, kind=HOSTILE, name=HOSTILE)
def test_whatever_a_document_says_is_shown_and_not_run(markdown: str, text: str, kind: str, name: str) -> None:
    page = OCRPage(
        index=0,
        markdown=markdown,
        dimensions=A4,
        elements=(element(kind, text),),
        images=(OCRImage(id=name, top_left_x=1, top_left_y=1, bottom_right_x=5, bottom_right_y=5),),
    )
    for tag, attrs in Reader(section(page, JPEG)).tags:
        assert tag in _ALLOWED
        assert not any(one.startswith("on") or one == "style" for one in attrs)
        if tag == "a" and "box" not in (attrs.get("class") or ""):
            assert re.match(r"(https?|mailto):|[^:]*$", attrs["href"] or "")


def test_the_file_names_the_hashes_of_what_may_run() -> None:
    page = OCRPage(index=0, markdown="x", dimensions=A4, elements=(element("text", "x"),))
    html = document(OCRResponse(pages=(page,), model="m"), title="<a>", pictures={0: JPEG})
    policy = re.search(r'content="(default-src[^"]*)"', html)
    assert policy
    assert "unsafe" not in policy[1]
    assert len(re.findall(r"'sha256-[\w+/]{43}='", policy[1])) == 2
    assert "<title>&lt;a&gt;</title>" in html


@pytest.mark.parametrize("piece", ["[", "![", "[a][", "a[](b) ", "*a_", "\n- a"])
def test_a_text_that_takes_the_parser_too_long_is_shown_as_it_is_written(piece: str) -> None:
    markdown = piece * 50_000
    html = section(OCRPage(index=0, markdown=markdown))
    assert f"<pre><code>{markdown}</code></pre>" in html


def test_all_texts_of_a_page_share_its_steps() -> None:
    blocks = tuple(
        OCRBlock(type="text", top_left_x=0, top_left_y=0, bottom_right_x=9, bottom_right_y=9, content="[" * 2_000)
        for _ in range(200)
    )
    began = time.perf_counter()
    html = section(OCRPage(index=0, markdown="- short", dimensions=A4, blocks=blocks), JPEG)
    assert time.perf_counter() - began < 4  # 10 without the limit
    assert html.count("<rect") == 200


def test_short_boxes_are_found_where_a_part_begins_however_often_their_letters_stand() -> None:
    elements = tuple(element("text", "a", top) for top in range(500))
    began = time.perf_counter()
    html = section(OCRPage(index=0, markdown="ba\n\n" * 4_000 + "a", dimensions=A4, elements=elements), JPEG)
    assert time.perf_counter() - began < 5  # a minute when each letter was looked at for each box
    assert 'data-for="page-1-part-4000"' in html
