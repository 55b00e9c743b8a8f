"""Slides as PowerPoint shows them: numbers of lists, formulas, charts."""

from __future__ import annotations

from pathlib import Path

from ...offices import pptx, relation, shape
from .reading import pages_of


A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
MATH = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"


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


def test_a_value_that_a_chart_lacks_does_not_move_the_others(tmp_path: Path) -> None:
    def points(values: list[str | None]) -> str:
        said = "".join(f'<c:pt idx="{at}"><c:v>{value}</c:v></c:pt>' for at, value in enumerate(values) if value)
        return f'<c:ptCount val="{len(values)}"/>{said}'

    chart = (
        f'<c:chartSpace xmlns:c="{CHART}" {A}><c:chart><c:plotArea><c:barChart><c:ser><c:idx val="0"/>'
        f"<c:tx><c:strRef><c:strCache>{points(['Sold'])}</c:strCache></c:strRef></c:tx>"
        f"<c:cat><c:strRef><c:strCache>{points(['East', 'West', 'Mid', 'End'])}</c:strCache></c:strRef></c:cat>"
        f"<c:val><c:numRef><c:numCache>{points(['1', None, '3', None])}</c:numCache></c:numRef></c:val>"
        "</c:ser></c:barChart></c:plotArea></c:chart></c:chartSpace>"
    )
    frame = (
        '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="4" name="c"/><p:cNvGraphicFramePr/><p:nvPr/>'
        '</p:nvGraphicFramePr><p:xfrm><a:off x="0" y="0"/><a:ext cx="9" cy="9"/></p:xfrm><a:graphic>'
        f'<a:graphicData uri="{CHART}"><c:chart xmlns:c="{CHART}" r:id="rC"/></a:graphicData></a:graphic>'
        "</p:graphicFrame>"
    )
    data = pptx(
        [frame], relations={0: [relation("rC", "chart", "../charts/chart1.xml")]}, parts={"charts/chart1.xml": chart}
    )
    assert "Sold: 1, –, 3, –" in pages_of(tmp_path, data)[0].markdown
