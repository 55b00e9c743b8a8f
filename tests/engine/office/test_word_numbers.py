"""Numbers before the paragraphs of Word files, as Word and LibreOffice show them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ...offices import WORD, docx, paragraph, word_table
from .reading import pages_of


def level(number: int, form: str, text: str, more: str = "", start: int = 1) -> str:
    return (
        f'<w:lvl w:ilvl="{number}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{more}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


HEADINGS = (
    level(0, "decimal", "%1.", '<w:pStyle w:val="Heading1"/>'),
    level(1, "decimal", "%1.%2", '<w:pStyle w:val="Heading2"/>'),
    level(2, "lowerLetter", "(%3)"),
)
STYLES = f"""<w:styles {WORD}>
<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/>
<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr><w:outlineLvl w:val="0"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="Heading2"><w:name w:val="heading 2"/>
<w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr><w:outlineLvl w:val="1"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="Clause"><w:name w:val="Clause"/><w:basedOn w:val="Heading1"/></w:style>
</w:styles>"""


def in_list(text: str, number: int = 0, name: int = 1, more: str = "") -> str:
    return paragraph(text, facts=f'<w:numPr><w:ilvl w:val="{number}"/><w:numId w:val="{name}"/></w:numPr>{more}')


def read(folder: Path, body: str, levels: Sequence[str], nums: str = "") -> str:
    numbering = (
        f'<w:numbering {WORD}><w:abstractNum w:abstractNumId="0">{"".join(levels)}</w:abstractNum>'
        f'<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>{nums}</w:numbering>'
    )
    return pages_of(folder, docx(body, parts={"numbering.xml": numbering, "styles.xml": STYLES}))[0].markdown


def test_numbered_headings_keep_their_numbers_and_are_headings_behind_a_list(tmp_path: Path) -> None:
    body = (
        paragraph("Scope", style="Heading1")
        + paragraph("Terms", style="Heading2")
        + in_list("first", 2)
        + in_list("second", 2)
        + paragraph("Method", style="Clause")
        + paragraph("Sampling", style="Heading2")
        + paragraph("Annex", style="Heading1", facts='<w:numPr><w:numId w:val="0"/></w:numPr>')
        + paragraph("End", style="Heading1")
    )
    assert read(tmp_path, body, HEADINGS) == (
        "# 1. Scope\n\n## 1.1 Terms\n\n- (a) first\n- (b) second\n\n"
        "# 2. Method\n\n## 2.1 Sampling\n\n# Annex\n\n# 3. End"
    )


@pytest.mark.parametrize(
    ("form", "text", "labels"),
    [
        ("decimal", "%1.", ["1. ", "2. "]),
        ("decimal", "%1)", ["1) ", "2) "]),
        ("upperRoman", "Article %1", ["- Article I ", "- Article II "]),
        ("lowerLetter", "(%1)", ["- (a) ", "- (b) "]),
        ("decimalZero", "§ %1", ["- § 01 ", "- § 02 "]),
        ("ordinal", "%1", ["- 1st ", "- 2nd "]),
        ("chineseCounting", "%1、", ["- 一、 ", "- 二、 "]),
        ("bullet", "•", ["- ", "- "]),
        ("none", "", ["", "\n"]),
        ("bullet", " ", ["", "\n"]),
    ],
)
def test_numbers_are_written_as_their_list_writes_them(
    tmp_path: Path, form: str, text: str, labels: Sequence[str]
) -> None:
    markdown = read(tmp_path, in_list("x") + in_list("y"), [level(0, form, text)])
    assert markdown == f"{labels[0]}x\n{labels[1]}y"


def test_deeper_levels_begin_anew_and_lists_go_on_behind_other_text(tmp_path: Path) -> None:
    levels = [
        level(0, "decimal", "%1."),
        level(1, "decimal", "%1.%2", start=3),
        level(2, "lowerRoman", "%3.", "<w:lvlRestart w:val='0'/>"),
    ]
    body = (
        in_list("a") + in_list("b", 1) + in_list("c", 2) + in_list("d") + paragraph("Text.") + in_list("e")
        + in_list("f", 1) + in_list("g", 2)
    )  # fmt: skip
    assert read(tmp_path, body, levels) == (
        "1. a\n   - 1.3 b\n     - i. c\n2. d\n\nText.\n\n3. e\n   - 3.3 f\n     - ii. g"
    )


def test_a_list_of_the_same_kind_begins_anew_where_it_says_so(tmp_path: Path) -> None:
    nums = (
        '<w:num w:numId="2"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="3"><w:abstractNumId w:val="0"/>'
        '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride></w:num>'
    )
    body = "".join(in_list(text, 0, name) + paragraph("-") for text, name in (("a", 1), ("b", 2), ("c", 3), ("d", 3)))
    markdown = read(tmp_path, body, [level(0, "decimal", "%1.")], nums)
    assert [line for line in markdown.split("\n") if line[:1].isdigit()] == ["1. a", "2. b", "7. c", "8. d"]


def test_what_is_deleted_or_was_before_a_change_does_not_count(tmp_path: Path) -> None:
    before = '<w:pPrChange w:id="1" w:author="a"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:pPrChange>'
    body = (
        in_list("a")
        + '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr><w:rPr><w:del w:id="2" w:author="a"/>'
        '</w:rPr></w:pPr><w:del w:id="3" w:author="a"><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>'
        + in_list("b")
        + paragraph("plain", facts=before)
        + in_list("c")
    )
    assert read(tmp_path, body, [level(0, "decimal", "%1.")]) == "1. a\n2. b\n\nplain\n\n3. c"


def test_cells_are_numbered_in_the_order_of_the_document(tmp_path: Path) -> None:
    rows = [[f"<w:tc>{in_list(text)}</w:tc>" for text in "ab"], [f"<w:tc>{in_list(text)}</w:tc>" for text in "cd"]]
    assert read(tmp_path, word_table(rows), [level(0, "upperLetter", "%1)")]) == (
        "| - A) a | - B) b |\n| --- | --- |\n| - C) c | - D) d |"
    )


def test_numbers_that_count_nothing_cost_no_text(tmp_path: Path) -> None:
    many = "9" * 5000
    body = "".join(
        paragraph(text, facts=f'<w:numPr><w:ilvl w:val="{deep}"/><w:numId w:val="1"/></w:numPr>')
        for text, deep in (("a", many), ("b", "-1"), ("c", "0"))
    )
    levels = [level(0, "decimal", "%1.").replace('<w:start w:val="1"/>', f'<w:start w:val="{many}"/>')]
    assert many in levels[0]
    assert read(tmp_path, body, levels) == "1. a\n2. b\n3. c"
