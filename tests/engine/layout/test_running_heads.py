from __future__ import annotations

import random
import re

import pytest

from ocr_async.engine import layout
from ocr_async.engine.layout.repetition import repeated
from ocr_async.engine.layout.running_heads import key, outer
from ocr_async.engine.page import Box, Line, Picture, Sheet
from ocr_async.engine.whole_document import ALONE, Running

from .sheets import SENTENCE, column, level, line, sheet


def kinds(page: Sheet, running: Running = ALONE) -> list[tuple[str, str]]:
    return [(region.type, region.text.split("\n")[0][:20]) for region in layout.read(page, running)]


BODY = column([SENTENCE] * 20, 50, 120)


def test_a_page_number_apart_from_the_text_is_a_running_head() -> None:
    assert kinds(sheet([*BODY, line("17", 290, 770)]))[-1] == ("footer", "17")


def test_a_head_with_a_page_number_at_its_end_is_a_running_head() -> None:
    head = [line("S. Deng et al.", 50, 40), line("155", 530, 40)]
    assert kinds(sheet([*head, *BODY]))[0][0] == "header"


@pytest.mark.parametrize("top", [20.0, 775.0])
@pytest.mark.parametrize(
    "said",
    [
        "Name: ____________ Class: ______",
        "Leeds, 3 May 2021",
        "3 May 2021",
        "12 High Street, Leeds",
        "Exercise 3",
        "Tickets: www.harbour.example",
    ],
)
def test_what_a_lone_page_says_at_its_edge_is_text(said: str, top: float) -> None:
    page = sheet([line(said, 50, top), *BODY], rulings=(level(50, 550, top + 16),))
    assert not {kind for kind, _ in kinds(page)} & {"header", "footer"}


@pytest.mark.parametrize("top", [20.0, 775.0])
@pytest.mark.parametrize(
    "said", ["16   Annual report", "Annual report   16", "Harbour | 16", "J. Tides 3 (2013) 150–157"]
)
def test_a_page_number_set_off_tells_the_running_head_of_a_lone_page(said: str, top: float) -> None:
    assert ("header" if top < 100 else "footer") in {kind for kind, _ in kinds(sheet([line(said, 50, top), *BODY]))}


def test_a_numbered_paragraph_or_formula_at_the_top_is_none() -> None:
    paragraph = [line("9.", 50, 50), line("The board agreed.", 70, 50)]
    formula = [line("Q = m c T", 250, 50), line("(1)", 530, 50)]
    for first in (paragraph, formula):
        said = " ".join(region.text for region in layout.read(sheet([*first, *BODY])) if region.type != "header")
        assert first[1].text in said


def test_a_large_title_at_the_top_is_none() -> None:
    title = line("A Title", 50, 40, size=20, bold=True)
    assert kinds(sheet([title, *BODY]))[0] == ("title", "A Title")


def test_text_that_goes_on_to_the_foot_is_none() -> None:
    assert {kind for kind, _ in kinds(sheet(column([SENTENCE] * 55, 50, 120)))} == {"text"}


def test_what_repeats_over_pages_is_a_running_head() -> None:
    pages = [sheet([line(f"Annual report {2000 + number}", 50, 90), *BODY]) for number in range(4)]
    running = layout.running(pages)
    assert key("Annual report 1999") in running.words
    assert kinds(pages[0], running)[0][0] == "header"


CHAPTERS = ["The quay", "A light", "Dredgers", "Of pilots", "Tides", "Buoys and moles"]


@pytest.mark.parametrize("number", [True, False])
def test_what_stands_at_one_place_of_the_pages_is_a_running_head_whatever_it_says(number: bool) -> None:
    body = column([SENTENCE] * 20, 50, 124)
    heads = [line(name.upper(), 50, 95, font="Times-Slanted") for name in CHAPTERS]
    numbers = [line(str(17 + page), 500, 95) if number else line(str(17 + page), 290, 770) for page in range(6)]
    pages = [sheet([head, *body, each]) for head, each in zip(heads, numbers, strict=True)]
    running = layout.running(pages)
    assert [kinds(page, running)[0][0] for page in pages] == ["header"] * 6


@pytest.mark.parametrize("size", [10.0, 14.0])
def test_first_lines_and_titles_that_stand_at_one_place_are_none(size: float) -> None:
    """Paragraphs that are parted by white, and slides."""
    texts = [line(f"{name} we saw there", 50, 95, size=size) for name in CHAPTERS]
    bodies = [[line(SENTENCE, 50, 119 + 24 * row) for row in range(20)] for _ in CHAPTERS]
    pages = [sheet([text, *body]) for text, body in zip(texts, bodies, strict=True)]
    assert not {kind for page in pages for kind, _ in kinds(page, layout.running(pages))} & {"header", "footer"}


def test_the_title_of_a_document_is_no_running_head_though_its_pages_repeat_it() -> None:
    pages = [sheet([line("Harbour record", 50, 40), *BODY]) for _ in range(4)]
    first = sheet([line("Harbour record", 200, 60, size=20), *BODY])
    running = layout.running([first, *pages])
    assert kinds(pages[0], running)[0] == ("header", "Harbour record")
    assert kinds(first, running)[0] == ("title", "Harbour record")


def test_the_heading_that_running_heads_name_stays_in_the_text() -> None:
    """Right below its own running head, or at the top of a page without one."""
    pages = [sheet([line("HARBOUR RECORD", 50, 40), *BODY]) for _ in range(4)]
    heading = line("Harbour record", 50, 100, size=12, bold=True, font="Times-Bold")
    running = layout.running(pages)
    for page in (sheet([line("HARBOUR RECORD", 50, 40), heading, *BODY]), sheet([heading, *BODY])):
        assert ("title", "Harbour record") in kinds(page, running)


def test_one_page_alone_repeats_nothing() -> None:
    assert repeated([sheet(BODY)]) == ALONE


CHART = Picture(Box(50, 400, 300, 600), certain=False)


def test_the_lettering_of_a_chart_is_no_text() -> None:
    labels = [line("0.5", 60, 450), line("1.0", 60, 500), line("time", 150, 580)]
    found = layout.read(sheet([*BODY, *labels], pictures=(CHART,)))
    assert [region.type for region in found] == ["text", "image"]
    assert {each.text for region in found if region.type == "image" for each in region.lines} == {"0.5", "1.0", "time"}


def test_text_on_a_coloured_ground_stays_text() -> None:
    ground = Picture(Box(40, 110, 560, 380))
    assert kinds(sheet(BODY, pictures=(ground,)))[0][0] == "text"


def test_the_caption_of_a_figure_is_a_caption() -> None:
    caption = line("Fig. 7. Isotherms of both, and what the model says.", 50, 610)
    assert ("caption", "Fig. 7. Isotherms of") in kinds(sheet([*BODY, caption], pictures=(CHART,)))


def test_a_line_that_runs_up_the_margin_is_set_aside() -> None:
    stamp = Line("arXiv:2201.04234", Box(10, 200, 22, 400), angle=90.0, size=10.0, font="Times")
    assert kinds(sheet([*BODY, stamp]))[-1] == ("aside_text", "arXiv:2201.04234")


def test_an_empty_page_has_no_regions() -> None:
    assert layout.read(sheet([])) == ()


def test_a_head_close_to_the_text_is_known_by_its_three_parts() -> None:
    head = [line("400", 50, 66), line("BRITISH HUSBANDRY", 200, 66), line("XIX", 450, 66)]
    assert kinds(sheet([*head, *column([SENTENCE] * 20, 50, 77)]))[0][0] == "header"


def test_a_short_line_beside_a_drawing_is_no_label_of_it() -> None:
    drawing = Picture(Box(50, 100, 300, 400), certain=False)
    beside = [line("says,", 306, 150), line("Chapter II", 60, 88)]
    page = sheet([*beside, *column([SENTENCE[:40]] * 20, 340, 100)], pictures=(drawing,), source="ocr")
    said = " ".join(region.text for region in layout.read(page))
    assert "says," in said
    assert "Chapter II" in said


def test_a_first_line_that_reads_on_is_no_running_head_though_pages_share_it() -> None:
    first, second = (
        "the undersigned declares that all statements made below are true",
        "and given in good faith, as of old",
    )
    page = sheet([*column([first, second, *[SENTENCE] * 6], 50, 60)])
    assert outer(page.lines, page, Running({key(first): 10.0}))[0] == []


def test_the_first_lines_of_code_are_no_running_head_though_pages_begin_alike() -> None:
    code = [line(text, 50, 60 + 12 * row, mono=True) for row, text in enumerate(["import os", "import sys", "main()"])]
    page = sheet([*code, *BODY])
    assert outer(page.lines, page, Running({key("import os"): 10.0, key("import sys"): 10.0}))[0] == []
    head = [line("Listings", 50, 30, mono=True), *code]
    assert outer(head, sheet(head), Running({key("Listings"): 10.0}))[0] == head[:1]


def test_a_head_that_repeats_is_one_beside_a_short_page_number_however_large() -> None:
    head = [line("Ledgers of the Masons", 50, 40, size=12), line("p. 3", 530, 40, size=12)]
    page = sheet([*head, line("Harbours", 50, 70, size=16), *BODY])
    assert outer(page.lines, page, Running({key("Ledgers of the Masons"): 10.0}))[0] == head


def test_numbers_in_roman_letters_are_no_part_of_what_repeats() -> None:
    assert key("Part IV, page xii of 20: Company law") == "part,pageof:companylaw"
    simply, chance = re.compile(r"[\d\s]+|\b[ivxlc]+\b"), random.Random(7)
    for _ in range(3000):
        text = "".join(chance.choices("ivxlcab 12.-\t_é٣", k=chance.randint(0, 14)))
        assert key(text) == simply.sub("", text), text


def test_a_name_and_a_page_number_at_both_edges_are_a_running_head_below_a_wide_margin_too() -> None:
    width = BODY[0].box.right
    head = [line("CHAPTER 3. PAYMENT TERMS", 50, 92), line("8", width - 5, 92)]
    assert [kind for kind, _ in kinds(sheet([*head, *BODY]))] == ["header", "text"]
    row = [line("CHAPTER 3. PAYMENT TERMS", 50, 92), line("8", width - 60, 92)]
    assert kinds(sheet([*row, *BODY]))[0][0] != "header"


@pytest.mark.parametrize("top", [50.0, 560.0])
@pytest.mark.parametrize("number", [True, False])
def test_rows_of_a_list_of_contents_or_a_table_that_end_a_page_are_no_running_heads(number: bool, top: float) -> None:
    parts = [(f"{row}.{row}", f"{name} of the harbour", str(20 + row)) for row, name in enumerate(CHAPTERS * 3, 1)]
    lefts = (50.0, 90.0, 530.0) if number else (0.0, 50.0, 530.0)
    rows = [
        line(text, left, top + 12 * row)
        for row, part in enumerate(parts)
        for text, left in zip(part, lefts, strict=True)
        if left
    ]
    page = sheet([*rows, *column([SENTENCE] * 6, 50, 400)])
    assert outer(page.lines, page) == ([], [])


@pytest.mark.parametrize("foot", [True, False])
def test_what_stands_where_other_pages_have_their_text_is_no_running_head(foot: bool) -> None:
    """Code at a foot that all pages fill, such as TeX's, and a heading at a head; each in a font of its own."""
    chance = random.Random(5)
    texts = [column(["".join(chance.sample(SENTENCE, len(SENTENCE))) for _ in range(56)], 50, 72) for _ in range(7)]
    pages = [sheet([*text, line(str(page), 290, 780)]) for page, text in enumerate(texts)]
    for page in range(3):
        lone = line(f"> summary({CHAPTERS[page]})", 50, 732 if foot else 72, font="Courier")
        rest = texts[page][:52] if foot else texts[page][4:]
        pages[page] = sheet([lone, *rest, line(str(page), 290, 780)])
    running = layout.running(pages)
    for page in range(3):
        said = [region for region in layout.read(pages[page], running) if region.type not in {"header", "footer"}]
        assert any(CHAPTERS[page] in region.text for region in said)
    assert [kinds(page, running)[-1] for page in pages] == [("footer", str(page)) for page in range(7)]


def test_the_title_of_an_article_is_no_running_head_though_hardly_larger_than_the_text() -> None:
    pages = [sheet([line("Harbour record", 50, 40, size=9), *BODY]) for _ in range(4)]
    first = sheet([line("Harbour record", 50, 40, size=14), *BODY])
    running = layout.running([first, *pages])
    assert kinds(first, running)[0] == ("title", "Harbour record")
    assert kinds(pages[0], running)[0] == ("header", "Harbour record")


def test_a_banner_that_all_pages_have_at_one_place_is_said_once() -> None:
    """It is as large as a title; those of invoices in one file, whose labels repeat as well, are theirs."""
    texts = [
        [f"{word} {SENTENCE}"[:52] for word in words.split()] for words in ("are be see", "few get hat", "key new old")
    ]
    pages = [sheet([line("HARBOUR TIMES", 50, 40, size=20, bold=True), *column(text, 50, 120)]) for text in texts]
    running = repeated(pages)
    assert kinds(pages[0], running.of_first_page)[0] == ("title", "HARBOUR TIMES")
    assert [kinds(page, running)[0] for page in pages[1:]] == [("header", "HARBOUR TIMES")] * 2
    labels = column(["Invoice number", "Date of delivery", "Amount", "Tax", "Sum"], 50, 300)
    forms = [sheet([*page.lines, *labels]) for page in pages]
    assert kinds(forms[1], repeated(forms))[0] == ("title", "HARBOUR TIMES")
    moved = [
        sheet([line("HARBOUR TIMES", 50, 40 + 9 * number, size=20), *column(text, 50, 120)])
        for number, text in enumerate(texts)
    ]
    assert ("header", "HARBOUR TIMES") not in kinds(moved[1], repeated(moved))


def test_the_numbered_heading_that_begins_a_page_is_no_running_head_where_the_next_number_follows() -> None:
    texts = column([SENTENCE] * 3, 90, 70)
    head = [line("4", 50, 40, bold=True), line("Planning", 90, 40, bold=True)]
    below = [line("5", 50, 130, bold=True), line("Correspondence", 90, 130, bold=True), *column([SENTENCE], 90, 150)]
    assert kinds(sheet([*head, *texts, *below]))[0] == ("title", "4 Planning")
    assert kinds(sheet([*head, *texts, *below[1:]]))[0][0] == "header"
