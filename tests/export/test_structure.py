"""What a page is made of, as tags: from elements with places, from blocks of other models, from what makes no sense."""

from __future__ import annotations

from typing import Any

import pytest

from ocr_async.export.lines import lines_of
from ocr_async.export.structure import Headings, structure
from ocr_async.models import OCRBlock, OCRDimensions, OCRElement, OCRImage, OCRPage
from tests.engine.searchable.layers import Box, line


SIZE = OCRDimensions(dpi=100, width=1000, height=1000)


def place(box: Box) -> dict[str, float]:
    return dict(zip(("x", "y", "width", "height"), box, strict=True))


def element(kind: str, box: Box, text: str | None = None, **data: Any) -> OCRElement:
    return OCRElement(type=kind, text=text, bbox=place(box), data=data or None)


def page(*elements: OCRElement, lines: list[dict[str, Any]], images: tuple[OCRImage, ...] = ()) -> OCRPage:
    return OCRPage(
        index=2, markdown="", dimensions=SIZE, elements=elements, images=images, extra={"lines": lines, "source": "ocr"}
    )


def told(of: OCRPage, headings: Headings | None = None) -> list[Any]:
    """Return the tags of a page with what they say in the place of their leaves."""
    lines = lines_of(of)
    tags, marks = structure(of, lines, headings or Headings())
    said: dict[int | str | None, list[str]] = {}
    for each, own in zip(lines, marks, strict=True):
        for word, mark in zip(each.get("words", ()), own, strict=True):
            said.setdefault(mark, []).append(word["text"])

    def shown(tag: Any) -> Any:
        role, parts, facts = tag
        return [role, *([facts] if facts else []), *(
            " ".join(said.pop(part, ())) if isinstance(part, int) else shown(part) for part in parts
        )]  # fmt: skip

    found = [shown(tag) for tag in tags]
    return [*found, *([said] if said else [])]


def test_headings_begin_with_the_first_level_and_leave_none_out() -> None:
    lines = [line((text, (0, y, 100, 20))) for text, y in (("a", 0), ("b", 40), ("c", 80), ("d", 120))]
    levels = (3, 2, 9, 1)
    elements = [element("title", (0, 40 * n, 100, 20), "x", level=level) for n, level in enumerate(levels)]
    headings = Headings()
    assert told(page(*elements, lines=lines), headings) == [["H1", "a"], ["H2", "b"], ["H3", "c"], ["H1", "d"]]
    assert told(page(elements[1], lines=[lines[1]]), headings) == [["H2", "b"]]


def test_running_heads_are_artifacts_and_what_no_element_has_is_a_paragraph() -> None:
    lines = [line(("7", (0, 0, 20, 20))), line(("tide", (0, 50, 20, 20))), line(("stray", (500, 900, 90, 20)))]
    elements = [element("header", (0, 0, 100, 20)), element("text", (0, 40, 100, 40)), element("text", (0, 100, 9, 9))]
    assert told(page(*elements, lines=lines)) == [["P", "tide"], ["P", "stray"], {"Header": ["7"]}]


def test_words_of_a_table_go_to_the_cells_in_which_they_stand() -> None:
    cells = [
        {"text": "Quay", "row": 0, "column": 0, "header": True, "row_span": 2, "bbox": place((0, 0, 100, 60))},
        {"text": "Ships", "row": 0, "column": 1, "header": True, "column_span": 2, "bbox": place((100, 0, 200, 30))},
        {"text": "in", "row": 1, "column": 1, "header": True, "bbox": place((100, 30, 100, 30))},
        {"text": "out", "row": 1, "column": 2, "header": True, "bbox": place((200, 30, 100, 30))},
        {"text": "North pier", "row": 2, "column": 0, "header": True, "bbox": place((0, 60, 100, 60))},
        {"text": "41", "row": 2, "column": 1, "bbox": place((100, 60, 100, 60))},
    ]
    lines = [
        line(("Quay", (5, 5, 60, 20)), ("Ships", (150, 5, 60, 20))),
        line(("in", (110, 35, 60, 20)), ("out", (210, 35, 60, 20))),
        line(("North", (5, 65, 60, 20)), ("41", (110, 65, 60, 20))),  # a cell of two lines beside one of one
        line(("pier", (5, 90, 60, 20))),
    ]
    assert told(page(element("table", (0, 0, 300, 120), cells=cells), lines=lines)) == [
        [
            "Table",
            [
                "TR",
                ["TH", {"RowSpan": 2, "Scope": "Column"}, "Quay"],
                ["TH", {"ColSpan": 2, "Scope": "Column"}, "Ships"],
            ],
            ["TR", ["TH", {"Scope": "Column"}, "in"], ["TH", {"Scope": "Column"}, "out"]],
            ["TR", ["TH", {"Scope": "Row"}, "North pier"], ["TD", "41"], ["TD"]],
        ]
    ]


@pytest.mark.parametrize(
    "cells",
    [
        [{"text": "a", "row": 0, "column": 0, "column_span": 2}, {"text": "b", "row": 0, "column": 1}],
        [{"text": "a", "row": 999_999, "column": 999_999}],
        [{"text": "a", "row": -1, "column": 0}, {"text": 3}, 7, {"text": "a", "row": 0, "column": 0, "row_span": 0}],
        "cells",
    ],
)
def test_a_table_whose_cells_make_no_sense_is_a_paragraph(cells: Any) -> None:
    lines = [line(("a", (0, 0, 50, 20)), ("b", (60, 0, 50, 20)))]
    assert told(page(element("table", (0, 0, 200, 20), cells=cells), lines=lines)) == [["P", "a b"]]


def test_items_of_a_list_nest_and_take_as_many_words_as_they_say() -> None:
    items = [
        {"text": "Paint the leading marks.", "level": 0, "marker": "1."},
        {"text": "the red", "level": 1, "marker": "a)"},
        {"text": "the green", "level": 1, "marker": "b)"},
        {"text": "Rest", "level": 0, "marker": "2."},
    ]
    said = ("1. Paint the", "leading marks.", "a) the red", "b) the green", "2. Rest")
    lines = [
        line(*((word, (50.0 * n, 30.0 * y, 40.0, 20.0)) for n, word in enumerate(text.split())))
        for y, text in enumerate(said)
    ]
    assert told(page(element("list", (0, 0, 200, 150), items=items), lines=lines)) == [
        [
            "L",
            [
                "LI",
                [
                    "LBody",
                    "1. Paint the leading marks.",
                    ["L", ["LI", ["LBody", "a) the red"]], ["LI", ["LBody", "b) the green"]]],
                ],
            ],
            ["LI", ["LBody", "2. Rest"]],
        ]
    ]


def test_a_figure_is_described_by_its_annotation_its_caption_or_its_own_words() -> None:
    elements = [
        element("image", (0, 0, 100, 100)),
        element("image", (0, 200, 100, 100)),
        element("caption", (0, 300, 100, 20), "Figure 2. The quay"),
        element("image", (0, 400, 100, 100)),
        element("text", (0, 500, 100, 20)),
        element("image", (0, 600, 100, 100)),
    ]
    images = (OCRImage(id="img-0.jpeg", image_annotation='{"kind": "photo", "says": "A tug at sea.", "n": 1}'),)
    lines = [line(("North", (10, 450, 40, 20))), line(("tide", (0, 500, 40, 20)))]
    found = told(page(*elements, lines=lines, images=images))
    assert [tag[1]["Alt"] for tag in found if tag[0] == "Figure"] == [
        "photo. A tug at sea", "Figure 2. The quay", "North", "Picture",
    ]  # fmt: skip
    assert found[0][1]["BBox"] == [0, 0, 100, 100]
    assert found[2] == ["Figure", {"Alt": "North", "BBox": [0, 400, 100, 500]}, "North"]


def test_formulas_code_notes_and_right_to_left_text_say_what_stands_in_their_place() -> None:
    lines = [line((text, (0, 40.0 * n, 90, 20))) for n, text in enumerate(("E=mc2", "x=1", "Ibid.", "Captioned"))]
    lines.append(line(("שלום", (100, 160, 90, 20)), ("עולם", (0, 160, 90, 20))))
    kinds = ("equation", "code", "footnote", "caption", "text")
    elements = [element(kind, (0, 40.0 * n, 200, 20), "$E=mc^2$") for n, kind in enumerate(kinds)]
    assert told(page(*elements, lines=lines)) == [
        ["P", ["Formula", {"Alt": "$E=mc^2$"}, "E=mc2"]],
        ["P", ["Code", "x=1"]],
        ["Note", {"ID": "note-2-1"}, ["P", "Ibid."]],
        ["Caption", "Captioned"],
        ["P", {"ActualText": "שלום עולם"}, "שלום עולם"],
    ]


def test_what_stands_for_a_picture_is_text_whatever_a_server_says() -> None:
    elements = [element("image", (0, 100.0 * n, 100, 90)) for n in range(3)]
    notes = ("[" * 100_000, '"a\\ud800\\u0000\\nb"', "no JSON\ud800")
    images = tuple(OCRImage(id=None, image_annotation=note) for note in notes)
    found = [tag[1]["Alt"] for tag in told(page(*elements, lines=[], images=images))]
    assert found == ["[" * 2000, "a b", "no JSON"]


def test_blocks_of_other_models_are_tagged_by_their_markdown() -> None:
    said = (
        ("title", "## The tide"),
        ("list", "- high\n- low water"),
        ("table", "| Quay | Ships |\n|---|---|\n| North pier | 41 |"),
        ("image", "![img-0.jpeg](img-0.jpeg)"),
        ("footer", "7"),
    )
    blocks = tuple(
        OCRBlock(
            type=kind,
            content=content,
            top_left_x=0,
            top_left_y=100 * n,
            bottom_right_x=500,
            bottom_right_y=100 * n + 80,
            image_id="img-0.jpeg" if kind == "image" else None,
        )
        for n, (kind, content) in enumerate(said)
    )
    image = OCRImage(id="img-0.jpeg", image_annotation='"A chart"')
    of = OCRPage(index=0, markdown="", dimensions=SIZE, blocks=blocks, images=(image,))
    heads = {"Scope": "Column"}
    assert told(of) == [
        ["H1", "The tide"],
        ["L", ["LI", ["LBody", "high"]], ["LI", ["LBody", "low water"]]],
        ["Table", ["TR", ["TH", heads, "Quay"], ["TH", heads, "Ships"]], ["TR", ["TD", "North pier"], ["TD", "41"]]],
        ["Figure", {"Alt": "A chart", "BBox": [0, 300, 500, 380]}, ""],
        {"Footer": ["7"]},
    ]


def test_lines_that_a_server_tells_without_words_or_places_are_left_out() -> None:
    lines: list[Any] = [{"text": "a", "bbox": place((0, 0, 9, 9))}, line((" ", (0, 0, 9, 9))), {"text": "b"}, 7]
    assert told(page(OCRElement(type=None, text=None), lines=lines)) == [{None: [" "]}]
