from __future__ import annotations

import pytest

from ocr_async.engine import layout
from ocr_async.engine.layout.flow import paragraphs
from ocr_async.engine.layout.numbering import is_bare, rank
from ocr_async.engine.page import Line

from .sheets import SENTENCE, column, line, sheet


@pytest.mark.parametrize(
    "nested",
    [
        ["Part Two", "Part II", "Chapter 3", "Section 1", "Article 5"],
        ["Teil I", "Kapitel 2: Häfen", "Unterabschnitt 4", "§ 12a Begriffe"],
        ["Titre Ier", "Chapitre II – Les ports", "Article 1er"],
        ["Capítulo IV. De los puertos", "Sección 2", "Artículo 7"],
        ["Глава 2. Порты", "Статья 14"],
        ["第一编", "第三章 港口", "第二节", "第十条"],
        ["三、港口", "（二）码头"],
        ["제 3 장 항구", "第二节"],
    ],
)
def test_parts_are_nested_by_their_names(nested: list[str]) -> None:
    ranks = [depth for text in nested if (depth := rank(text)) is not None]
    assert len(ranks) >= len(nested) - 1
    assert ranks == sorted(ranks)
    assert ranks[0] < ranks[-1]


@pytest.mark.parametrize(
    "text", ["Articles of faith", "Part of it", "Chapters", "Sections 3 and 4", "一个港口", "(a) quay"]
)
def test_words_that_begin_so_number_nothing(text: str) -> None:
    assert rank(text) is None


def test_a_bare_number_has_no_name_beside_it() -> None:
    assert [is_bare(text) for text in ("§ 3", "Article 5.", "第三章", "§ 3 Ports", "Article 5 of the Act")] == [
        *[True] * 3,
        *[False] * 2,
    ]


def titles(lines: list[Line]) -> list[tuple[int | None, str]]:
    return [(region.level, region.text) for region in layout.read(sheet(lines)) if region.type == "title"]


@pytest.mark.parametrize("bold", [True, False])
def test_the_number_of_a_paragraph_of_law_and_the_name_below_it_are_one_heading(bold: bool) -> None:
    lines = column([SENTENCE.capitalize() + "."] * 3, 50, 100)
    lines += [line("§ 7", 170, 156, bold=bold), line("The keeper of the light", 122, 169, bold=bold)]
    lines += [line(f"(1) {SENTENCE}", 50, 192), line(f"(2) {SENTENCE}", 50, 210)]
    assert titles(lines) == [(4, "§ 7 The keeper of the light")]


@pytest.mark.parametrize(("number", "name"), [("Chapter 3", "The keeper of the light"), ("제 3 장", "등대의 이야기")])
def test_the_number_of_a_chapter_and_its_larger_name_far_below_are_one_heading(number: str, name: str) -> None:
    below = column([f"{SENTENCE}."] * 4, 50, 220)
    part = [line("Part II", 50, 60, size=20, bold=True)]
    lines = [line(number, 50, 110, size=20, bold=True), line(name, 50, 165, size=24, bold=True), *below]
    assert [text for _, text in titles([*part, *lines])] == ["Part II", f"{number} {name}"]
    stacked = [line("CHAPTER", 500, 60, bold=True), line("THREE", 500, 75, size=14, bold=True)]
    stacked += [line("Of pilots", 470, 115, size=14, bold=True), *below]
    assert [text for _, text in titles(stacked)] == ["CHAPTER THREE Of pilots"]
    items = [line(f"({letter}) {SENTENCE}", 50, 60 + 14 * row) for row, letter in enumerate("abc")]
    assert titles([*items, line("Schedule 1", 50, 112, size=14, bold=True), *below]) == [(1, "Schedule 1")]
    lines[1] = line("1.1 The first section", 50, 165, size=24, bold=True)
    assert [text for _, text in titles(lines)] == [number, "1.1 The first section"]


def test_parts_of_a_chinese_report_are_headings_of_two_levels_though_set_as_its_text_is() -> None:
    text = "委员会审查了上一年度的账目未发现重大差错整个夏季北部测站的水位一直低于多年平均值"
    lines: list[Line] = []
    for row, said in enumerate(["一、水位变化", text, text + "。", "（一）车辆采购", text, text + "。"]):
        wide = line(said, 70, 100 + 20 * row)
        lines.append(wide)
    assert titles(lines) == [(2, "一、水位变化"), (3, "（一）车辆采购")]
    assert [len(each.lines) for each in paragraphs(lines, 10.0)] == [1, 2, 1, 2]


def test_an_article_that_is_a_sentence_is_no_heading() -> None:
    clause = "第一条 为了加强港口管理，制定本法。"
    page = [*column([SENTENCE] * 4, 50, 100), line(clause, 50, 170), *column([SENTENCE] * 4, 50, 200)]
    assert titles(page) == []


def test_an_article_at_the_end_of_a_page_is_no_running_foot() -> None:
    lines = [*column([SENTENCE] * 50, 50, 100), line("Article 7", 280, 760)]
    running = layout.running([sheet(lines), sheet([*lines[:-1], line("Article 9", 280, 760)])])
    assert [region.text for region in layout.read(sheet(lines), running)][-1] == "Article 7"
