"""Code in even type between texts in another: programs, commands, and what they print."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ocr_async import ocr
from ocr_async.engine import layout
from ocr_async.engine.layout.listings import numbered, wide_listings
from ocr_async.engine.layout.texts import code_text
from ocr_async.engine.page import Box, Line, Picture, Tag

from ...documents import PARAGRAPHS, Run, typeset_pdf
from .sheets import SENTENCE, column, level, line, sheet, upright


SIZE, LETTER, STEP = 10.0, 6.0, 12.0  # of Courier, whose letters are all as wide
INTRODUCTION = "The configuration of the tide gauge is one record, as in this example, which is"
CONTINUED = "read when the service begins, and again whenever the file of it has been changed:"
LISTING = """\
gauge ::= SEQUENCE {
    name      STRING,
    height    REAL,
    sensor    SensorType
}

SensorType ::= CHOICE {
    radar     NULL,
    float     INTEGER
}
END"""
AFTER = "The last token ends the record; what comes after it is another one, or nothing."


def text(said: str) -> Run:
    return "Times-Roman", 11.0, said


def read(tmp_path: Path, before: Sequence[str], code: str, after: Sequence[str]) -> str:
    """Return the Markdown of a page with *code* set in a little, between lines of text."""
    lines: list[tuple[float, float, list[Run]]] = []
    y = 720.0
    for said in before:
        lines.append((72, y, [text(said)]))
        y -= STEP + 1
    y -= 6
    for typed in code.split("\n"):
        start = 0
        for word in typed.split():  # each where it is typed, as programs place them
            start = typed.index(word, start)
            lines.append((108 + LETTER * start, y, [("Courier", SIZE, word)]))
            start += len(word)
        y -= STEP
    y -= 6
    for said in after:
        lines.append((72, y, [text(said)]))
        y -= STEP + 1
    path = tmp_path / "page.pdf"
    path.write_bytes(typeset_pdf(lines, page=b"/MediaBox [0 0 612 792]"))
    return ocr(path, model="local/text").pages[0].markdown


def test_a_listing_keeps_its_lines_columns_and_blank_lines(tmp_path: Path) -> None:
    said = read(tmp_path, [INTRODUCTION, CONTINUED], LISTING, [AFTER])
    assert said == f"{INTRODUCTION} {CONTINUED}\n\n```\n{LISTING}\n```\n\n{AFTER}"


def test_one_line_of_code_stands_between_two_sentences(tmp_path: Path) -> None:
    said = read(tmp_path, [INTRODUCTION, CONTINUED], "gauge --port 8080", [AFTER])
    assert said == f"{INTRODUCTION} {CONTINUED}\n\n```\ngauge --port 8080\n```\n\n{AFTER}"


def test_what_a_command_prints_is_no_table(tmp_path: Path) -> None:
    usage = """\
Usage: gauge [OPTION] FILE
  -c, --check         looks at the record only
  -o, --output=FILE   where heights are written
  -h, --help          says this and ends
Report mistakes to the harbour office."""
    assert f"```\n{usage}\n```" in read(tmp_path, [INTRODUCTION, CONTINUED], usage, [AFTER])


def test_a_typed_table_of_numbers_stays_a_table(tmp_path: Path) -> None:
    statement = """\
2026-03-02   1200.00     450.00
2026-03-09    310.50     760.50
2026-03-16    125.75     886.25
2026-03-23     99.00     985.25"""
    said = read(tmp_path, [INTRODUCTION, CONTINUED], statement, [AFTER])
    assert "```" not in said
    assert "| 310.50 | 760.50 |" in said


def test_a_page_of_a_typewriter_has_no_listings(tmp_path: Path) -> None:
    said = read(tmp_path, [], "\n".join(PARAGRAPHS), [])
    assert " ".join(PARAGRAPHS[0].split()[:6]) in said
    assert "    " not in said


def test_items_in_even_type_are_a_list(tmp_path: Path) -> None:
    said = read(tmp_path, [INTRODUCTION, CONTINUED], "• INTEGER;\n• BOOLEAN;\n• BIT STRING;", [AFTER])
    assert "- INTEGER;\n- BOOLEAN;\n- BIT STRING;" in said


def declarations(marks: tuple[int, ...] = (), top: float = 100) -> list[Line]:
    """Two columns, as declarations are typed."""
    rows = [("int", "(*read)("), ("Gauge,", "/* which */"), ("char *,", "/* where to */"), ("int", "/* how many */")]
    return [
        line(said, left, top + 12 * number, mono=True, marks=marks)
        for number, row in enumerate(rows)
        for said, left in zip(row, (60, 160), strict=True)
    ]


def test_a_page_of_nothing_but_code_is_a_listing_where_its_document_has_texts() -> None:
    (alone,) = layout.read(sheet(declarations()))
    (region,) = layout.read(sheet(declarations(), proportional=True))
    assert (alone.type, region.type) == ("table", "code")
    assert region.text.splitlines()[1] == "Gauge,              /* which */"


def test_comments_far_from_their_code_stay_beside_it_where_text_runs_across_the_gap() -> None:
    rows = [("int", "/* the gauge */"), ("char *,", "/* where to, a folder */"), ("float", "/* in metres */")]
    code = [
        line(said, left, 160 + 12 * number, mono=True)
        for number, row in enumerate(rows)
        for said, left in zip(row, (60, 280), strict=True)
    ]
    in_one, in_two = column([SENTENCE], 50, 100), [*column([SENTENCE[:20]], 50, 100), *column([SENTENCE], 280, 100)]
    (found,), rest = wide_listings([*in_one, *code], in_one, SIZE)
    assert (found.lines, rest) == (tuple(code), in_one)
    assert wide_listings([*in_two, *code], in_two, SIZE)[0] == []


def test_what_stands_between_two_listings_parts_them() -> None:
    lines = [*declarations(top=100), *declarations(top=184)]  # 38 pixels apart, which is no more than blank lines make
    shown = Picture(Box(50, 150, 350, 182))
    found = layout.read(sheet(lines, pictures=(shown,), proportional=True))
    assert [region.type for region in found] == ["code", "image", "code"]


def test_a_frame_around_a_listing_makes_no_table() -> None:
    frame = [level(50, 300, 90), level(50, 300, 150), upright(50, 90, 150), upright(300, 90, 150)]
    (region,) = layout.read(sheet(declarations(), rulings=tuple(frame), proportional=True))
    assert region.type == "code"


def test_code_that_is_tagged_as_a_paragraph_is_code() -> None:
    title = line("Declarations", 50, 60, size=16.0, marks=(0,))
    tags = (Tag("Document", children=(Tag("H1", marks=(0,)), Tag("P", marks=(1,)))),)
    for code in (declarations((1,)), declarations((1,))[:1]):
        found = layout.read(sheet([title, *code], tags=tags, proportional=True))
        assert [region.type for region in found] == ["title", "code"]


def test_a_word_of_code_that_was_taken_for_two_cells_is_one_word() -> None:
    def typed(said: str, left: float, top: float) -> Line:
        return Line(said, Box(left, top, left + LETTER * len(said), top + SIZE), size=SIZE, mono=True)

    row = [typed("print", 100, 112), typed("(parser.parse_args())", 130.2, 112), typed("# as given", 262, 112)]
    text = code_text([typed("parser = argparse.ArgumentParser()", 100, 100), *row])
    assert text.split("\n")[1] == "print(parser.parse_args()) # as given"


def test_a_typewritten_paragraph_beside_other_type_is_text() -> None:
    typed = [
        "An engine shall provide one method. The engine as a whole is good if",
        "each method is so to its own rules, and each other one to the core",
        "rules. The method belongs to the run and not to single values.",
    ]
    lines = [line(text, 50, 100 + 12 * number, mono=True) for number, text in enumerate(typed)]
    page = sheet([*lines, line("a note in the margin of it", 460, 112, size=8)])
    found = layout.read(page)
    assert [region.type for region in found if region.text.startswith("An engine")] == ["text"]


@pytest.mark.parametrize("font", ["Courier", None])  # on a scan no line has the name of a font
def test_lines_that_end_where_they_please_are_a_listing(font: str | None) -> None:
    typed = ["An engine was found in this folder", "but not in that one", "and the run has ended without it."]
    lines = [line(text, 50, 100 + 12 * number, mono=True, font=font) for number, text in enumerate(typed)]
    around = [line(SENTENCE, 50, 300 + 12 * number, font=font) for number in range(4)]
    found = layout.read(sheet([*lines, *around]))
    assert found[0].type == "code"


CODE = [
    "\\newif\\ifmetric",
    "",
    "%% The height of the tide",
    "\\def\\height#1{",
    "  \\ifmetric #1 m",
    "  \\else #1 ft",
    "  \\fi",
    "}",
]


@pytest.mark.parametrize("first", [1, 8, 42])
@pytest.mark.parametrize("gap", [4.0, 14.0])
def test_the_numbers_of_lines_of_code_are_its_own(tmp_path: Path, first: int, gap: float) -> None:
    """Such as LaTeX prints, in a smaller type of text, at the right edge of their column."""
    lines: list[tuple[float, float, list[Run]]] = [(72, 720, [text(INTRODUCTION)]), (72, 707, [text(CONTINUED)])]
    y = 690.0
    for number, code in enumerate(CODE, first):
        lines.append((100 - 3.5 * len(str(number)), y, [("Times-Roman", 7.0, str(number))]))
        if code:
            lines.append((100 + gap + LETTER * (len(code) - len(code.lstrip())), y, [("Courier", SIZE, code.lstrip())]))
        y -= STEP
    lines.append((72, y - 6, [text(AFTER)]))
    path = tmp_path / "page.pdf"
    path.write_bytes(typeset_pdf(lines, page=b"/MediaBox [0 0 612 792]"))
    said = ocr(path, model="local/text").pages[0].markdown
    before, listing, after = said.split("\n\n") if "\n\n" in said else ("", "", "")
    assert (before, after) == (f"{INTRODUCTION} {CONTINUED}", AFTER)
    found = [row.split(maxsplit=1) for row in listing.strip("`\n").splitlines()]
    assert found == [[str(number), *([code.strip()] if code else [])] for number, code in enumerate(CODE, first)]


def test_numbers_beside_code_that_do_not_count_its_lines_are_a_table() -> None:
    counted = [
        (line(str(number), 60, 100 + 12 * row, size=7.0), line("--option", 90, 100 + 12 * row, mono=True))
        for row, number in enumerate([3, 14, 2, 7])
    ]
    lines = [each for pair in counted for each in pair]
    assert numbered(lines) == lines
