"""Slides as PowerPoint shows them: numbers of lists, formulas."""

from __future__ import annotations

from pathlib import Path

from ...offices import pptx, shape
from .reading import pages_of


A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
MATH = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'


def line(text: str, number: str = "", level: int = 0, start: int = 1) -> str:
    bullet = f'<a:buAutoNum type="{number}" startAt="{start}"/>' if number else "<a:buNone/>"
    return f'<a:p><a:pPr lvl="{level}">{bullet}</a:pPr><a:r><a:t>{text}</a:t></a:r></a:p>'


def test_lists_are_numbered_as_the_slide_numbers_them(tmp_path: Path) -> None:
    body = (
        line("a", "alphaLcParenR")
        + line("b", "alphaLcParenR")
        + line("i", "romanUcPeriod", 1)
        + line("c", "alphaLcParenR")
        + line("four", "arabicPeriod", start=4)
        + line("five", "arabicPeriod", start=4)
    )
    (page,) = pages_of(tmp_path, pptx([shape(body)]))
    assert page.markdown.split("\n") == ["- a) a", "- b) b", "  - I. i", "- c) c", "4. four", "5. five"]


def test_a_list_behind_other_text_begins_anew(tmp_path: Path) -> None:
    body = line("x", "arabicPeriod") + line("y", "arabicPeriod") + line("Between.") + line("z", "arabicPeriod")
    assert pages_of(tmp_path, pptx([shape(body)]))[0].markdown == "1. x\n2. y\n\nBetween.\n\n1. z"


def test_formulas_are_read(tmp_path: Path) -> None:
    square = "<m:sSup><m:e><m:r><m:t>c</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>"
    math = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        '<mc:Choice xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main" Requires="a14"><a14:m>'
        f"<m:oMathPara {MATH}><m:oMath>{square}</m:oMath></m:oMathPara></a14:m></mc:Choice>"
        "<mc:Fallback/></mc:AlternateContent>"
    )
    body = f"<a:p><a:r><a:t>E is m </a:t></a:r>{math}</a:p><a:p>{math}</a:p>"
    assert pages_of(tmp_path, pptx([shape(body)]))[0].markdown == "E is m $c^{2}$\n\n$$c^{2}$$"
