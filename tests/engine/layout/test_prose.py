"""What stands in columns is running text where its lines read on, also where rules frame the page."""

from __future__ import annotations

import pytest
from attrs import evolve

from ocr_async.engine import layout
from ocr_async.engine.layout.tables.prose import reads_on
from ocr_async.engine.page import Line, union

from .sheets import column, level, line, sheet, upright


LATIN = "and the harbour was full of boats when they came"
KOREAN = "보험실무상어떤보험사는코로나를재해로인정하여재해보험금을지급하고다른보험사는안는다"
CHINESE = "保险公司在過去銷售的產品中對於入院和死亡的認定各不相同因此需要進一步分析其現狀與問題"
SCRIPTS = pytest.mark.parametrize("text", [LATIN, KOREAN, CHINESE], ids=["latin", "korean", "chinese"])


def paragraphs(text: str, left: float, top: float) -> list[Line]:
    """Four paragraphs of four lines, the first of each indented, the last one short."""
    out = []
    for number in range(16):
        inset = 15 * (number % 4 == 0)
        own = text[: 44 - 3 * (inset > 0) - 20 * (number % 4 == 3)]
        out.append(line(own[:1].upper() + own[1:] if inset else own, left + inset, top + 12 * number))
    return out


def notes(text: str, left: float, top: float) -> list[Line]:
    """Three notes of three lines that hang beside their numbers."""
    out = []
    for number in range(9):
        mark = f"{number // 3 + 1}) " if number % 3 == 0 else ""
        out.append(line(mark + text[: 43 - len(mark)], left + 15 * (not mark), top + 12 * number))
    return out


@SCRIPTS
def test_indented_paragraphs_in_two_columns_read_on(text: str) -> None:
    assert reads_on([*paragraphs(text, 50, 100), *paragraphs(text, 320, 100)])


@SCRIPTS
def test_prose_between_two_rules_of_the_page_is_no_table(text: str) -> None:
    title = line("of what was insured and what was not, and why", 50, 90, size=18)
    columns = [*paragraphs(text, 50, 130), *notes(text, 50, 340), *paragraphs(text, 320, 130)]
    regions = layout.read(sheet([title, *columns], rulings=(level(45, 560, 75), level(45, 560, 500))))
    assert [region.type for region in regions if region.type == "table"] == []


@SCRIPTS
def test_a_page_of_news_between_two_rules_is_no_table_with_a_box_among_its_articles(text: str) -> None:
    above = [each for left in (50, 320) for each in paragraphs(text, left, 100)]
    below = [line(each.text[:30], left, 340 + 12 * n) for left in (50, 225) for n, each in enumerate(above[:16])]
    boxed = [line(each.text[:24], 410, 335 + 12 * n) for n, each in enumerate(above[:8])]
    heads = [line("what the harbour was told", 50, 310, size=18), line("the boats", 410, 310, size=15)]
    box = [level(400, 560, 300), level(400, 560, 450), upright(400, 300, 450), upright(560, 300, 450)]
    rules = (level(45, 560, 75), *box, level(45, 560, 560))
    regions = layout.read(sheet([*above, *heads, *below, *boxed], rulings=rules))
    assert [region.type for region in regions if region.type == "table"] == []


def test_short_advertisements_between_rules_that_hang_from_the_head_of_a_page_are_no_table() -> None:
    said = ["Boat. Eleven feet, with oars.", "Seen at the harbour. 98 345", "Rooms to let, two. 44 318"]
    lefts = (50, 220, 390)
    lines = [line("Small Advertisements", 220, 60)]
    for left, white in zip(lefts, (8, 5, 11), strict=True):
        lines += [line(said[n % 3], left, 90 + 12 * n + white * (n // 3)) for n in range(24)]
    rules = (level(45, 560, 80), *(upright(x, 80, 480) for x in (210, 380)), level(45, 560, 50), upright(45, 50, 480))
    regions = layout.read(sheet(lines, rulings=rules))
    assert [region.type for region in regions if region.type == "table"] == []
    found = [region.lines[0].box.left for region in regions if region.lines]
    assert found[1:] == sorted(found[1:])


def test_names_and_what_they_do_are_no_running_text() -> None:
    names = [line(name, 50, 100 + 12 * n) for n, name in enumerate(["Ash", "Birch", "Cedar", "Elm", "Fir", "Larch"])]
    assert not reads_on([*names, *(line(LATIN[: 44 - n], 200, 100 + 12 * n) for n in range(6))])


def test_entries_that_begin_with_capitals_and_are_uneven_are_no_running_text() -> None:
    widths = (12, 30, 18, 44, 15, 25, 11, 38)
    assert not reads_on([line("A" + LATIN[1:width], 50 + 10 * (n % 2), 100 + 12 * n) for n, width in enumerate(widths)])


def test_a_tall_cell_beside_others_is_no_running_text() -> None:
    others = [line(text, left, 124) for text, left in (("Ash", 50), ("12", 320), ("4.50", 380))]
    assert not reads_on([*others, *(line(LATIN[:20], 150, 100 + 12 * n) for n in range(5))])


def spread(texts: list[list[str]], left: float, right: float, top: float) -> list[Line]:
    """Words set to fill the column from *left* to *right*, the first two of each line in one, as when torn."""
    out = []
    for number, words in enumerate(texts):
        gap = (right - left - 5 * sum(map(len, words))) / (len(words) - 1)
        x = left
        for word in words:
            out.append(line(word, x, top + 12 * number))
            x += 5 * len(word) + gap
        last = len(words) - 1
        first, second = out[-last - 1 : len(out) - last + 1]
        both = evolve(
            first,
            text=f"{first.text} {second.text}",
            box=union((first.box, second.box)),
            words=(*first.words, *second.words),
        )
        out[-last - 1 : len(out) - last + 1] = [both]
    return out


TORN = [["rarely", "method", "spruce"], ["between", "people", "maple"], ["was", "surfaces", "which"]]


def test_torn_lines_of_a_narrow_justified_column_are_no_table() -> None:
    regions = layout.read(sheet(spread(TORN, 50, 200, 100)))
    assert [region.type for region in regions if region.type == "table"] == []


def shifted(each: Line, by: float) -> Line:
    """A line that a recogniser has *by* pixels off, and of which it knows no font."""
    words = tuple(
        evolve(word, box=evolve(word.box, left=word.box.left + by, right=word.box.right + by)) for word in each.words
    )
    return evolve(each, font=None, words=words, box=union([word.box for word in words]))


def test_they_are_none_on_a_scan_whose_words_are_a_little_off() -> None:
    torn = spread(TORN, 50, 200, 100)
    lines = [shifted(each, by) for each, by in zip(torn, (1.5, 0.0, 0.0, -1.5, -1.5, 0.0), strict=True)]
    assert [region.type for region in layout.read(sheet(lines, source="ocr")) if region.type == "table"] == []


def test_words_whose_gaps_differ_are_a_table() -> None:
    rows_of = [
        line(word, left, 100 + 12 * n)
        for n, row in enumerate(TORN)
        for word, left in zip(row, (50, 110, 170), strict=True)
    ]
    assert [region.type for region in layout.read(sheet(rows_of))] == ["table"]


def test_numbers_that_are_equally_far_apart_are_a_table() -> None:
    numbers = [["10.25", "20.50", "30.75"], ["11.25", "21.50", "31.75"], ["12.25", "22.50", "32.75"]]
    assert [region.type for region in layout.read(sheet(spread(numbers, 50, 200, 100)))] == ["table"]


def short(left: float) -> list[Line]:
    """Eight paragraphs of two lines."""
    texts = [LATIN.capitalize() if number % 2 == 0 else LATIN[: 26 + number] for number in range(16)]
    return [line(text, left, 100 + 12 * number) for number, text in enumerate(texts)]


def test_a_column_of_short_paragraphs_beside_others_reads_on() -> None:
    others = [*paragraphs(LATIN, 300, 100), *paragraphs(LATIN, 550, 100), *paragraphs(LATIN, 800, 100)]
    assert reads_on([*short(50), *others])
    assert reads_on([*short(50), *others[:32]])
    assert not reads_on(short(50))


NEWS = [
    ("New bridge", ["The council met on Monday and", "voted for the new bridge over", "the river."]),
    ("Barn on fire", ["A fire broke out in a barn near", "the mill; nobody was hurt."]),
    ("Pool closed", ["The swimming pool stays closed", "until Friday, as two pumps have", "to be changed."]),
]
LEFTS = [50, 225, 400]


@pytest.mark.parametrize("headed", [True, False], ids=["headed", "bare"])
@pytest.mark.parametrize("count", [2, 3])
def test_short_news_beside_each_other_are_read_one_after_the_other(count: int, headed: bool) -> None:
    news = list(zip(NEWS[:count], LEFTS, strict=False))
    heads = [evolve(line(name, left, 100), bold=True) for (name, _), left in news if headed]
    texts = [each for (_, told), left in news for each in column(told, left, 114)]
    headline = line("Mayor resigns after twelve years", 50, 180, size=24)
    regions = layout.read(sheet([*heads, *texts, headline]))
    said = " ".join(" ".join(region.text.split()) for region in regions)
    assert all(" ".join([name, *told] if headed else told) in said for (name, told), _ in news)


def test_sentences_in_rows_of_their_own_stay_a_table() -> None:
    told = ["It is quick.", "It never fails here.", "It costs less."], ["It is slow at first.", "It may fail.", "No."]
    names = ["Bridges of stone", "Bridges of wood", "Bridges of steel"]
    texts = [each for own, left in zip((names, *told), LEFTS, strict=True) for each in column(own, left, 100)]
    assert [region.type for region in layout.read(sheet(texts))] == ["table"]
