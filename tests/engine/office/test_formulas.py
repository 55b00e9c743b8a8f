"""Formulas of Word files and web pages as LaTeX."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from ocr_async.engine.office.formulas import latex

from ...offices import docx
from .reading import pages_of


MATH = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
HALF = "<f><num><r><t>a+b</t></r></num><den><r><t>2</t></r></den></f>"
SQUARE = "<sSup><e><r><t>c</t></r></e><sup><r><t>2</t></r></sup></sSup>"


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        (HALF, "\\frac{a+b}{2}"),
        (SQUARE, "c^{2}"),
        (f"<sSup><e>{HALF}</e><sup><r><t>n</t></r></sup></sSup>", "{\\frac{a+b}{2}}^{n}"),
        ("<sSub><e><r><t>H</t></r></e><sub><r><t>2</t></r></sub></sSub>", "H_{2}"),
        ('<rad><radPr><degHide val="1"/></radPr><deg/><e><r><t>y</t></r></e></rad>', "\\sqrt{y}"),
        ("<rad><deg><r><t>3</t></r></deg><e><r><t>y</t></r></e></rad>", "\\sqrt[3]{y}"),
        (
            '<nary><naryPr><chr val="∑"/></naryPr><sub><r><t>k=1</t></r></sub><sup><r><t>n</t></r></sup>'
            "<e><r><t>k</t></r></e></nary>",
            "\\sum_{k=1}^{n} k",
        ),
        ('<d><dPr><begChr val="{"/><endChr val=""/></dPr><e><r><t>x</t></r></e></d>', "\\left\\{ x \\right."),
        ("<func><fName><r><t>sin</t></r></fName><e><r><t>x</t></r></e></func>", "\\sin x"),
        (
            "<func><fName><limLow><e><r><t>lim</t></r></e><lim><r><t>n→∞</t></r></lim></limLow></fName>"
            "<e><r><t>x</t></r></e></func>",
            "\\lim_{n→∞} x",
        ),
        ('<acc><accPr><chr val="⃗"/></accPr><e><r><t>v</t></r></e></acc>', "\\vec{v}"),
        (
            "<m><mr><e><r><t>1</t></r></e><e><r><t>0</t></r></e></mr>"
            "<mr><e><r><t>0</t></r></e><e><r><t>1</t></r></e></mr></m>",
            "\\begin{matrix}1 & 0 \\\\ 0 & 1\\end{matrix}",
        ),
        ("<r><rPr><nor/></rPr><t>if 5% &amp; more</t></r>", "\\text{if 5\\% \\& more}"),
        ("<r><t>𝑎−𝑏</t></r>", "a-b"),
        ("<mfrac><mi>a</mi><mn>2</mn></mfrac>", "\\frac{a}{2}"),
        ("<msup><mi>x</mi><mn>2</mn></msup><mo>+</mo><msqrt><mi>y</mi></msqrt>", "x^{2}+\\sqrt{y}"),
        ("<munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover><mi>i</mi>", "\\sum_{i}^{n} i"),
        ("<mroot><mi>x</mi><mn>3</mn></mroot>", "\\sqrt[3]{x}"),
        ("<mover><mi>x</mi><mo>^</mo></mover>", "\\hat{x}"),
        ("<mtable><mtr><mtd><mi>a</mi></mtd><mtd><mi>b</mi></mtd></mtr></mtable>", "\\begin{matrix}a & b\\end{matrix}"),
        ('<semantics><mi>x</mi><annotation encoding="application/x-tex">x_1</annotation></semantics>', "x_1"),
        ('<semantics><mi>x</mi><annotation encoding="application/x-tex">$x$</annotation></semantics>', "x"),
        ("<mi>sin</mi><mo>\u2061</mo><mi>x</mi>", "\\sin x"),
        ("<mfrac><mi>a</mi></mfrac>", "\\frac{a}{}"),
    ],
)
def test_formulas_say_what_stands_above_below_and_raised(xml: str, said: str) -> None:
    assert latex(ElementTree.fromstring(f"<math>{xml}</math>")) == said


def in_word(xml: str) -> str:
    return xml.replace("</", "§").replace("<", "<m:").replace("§", "</m:").replace(" val=", " m:val=")


def test_formulas_of_word_stand_in_their_sentence_or_alone(tmp_path: Path) -> None:
    math = f"<m:oMath {MATH}>{in_word(HALF + SQUARE)}</m:oMath>"
    body = (
        f'<w:p><w:r><w:t xml:space="preserve">So </w:t></w:r>{math}<w:r><w:t xml:space="preserve"> is_it.</w:t></w:r>'
        "</w:p>"
        f"<w:p><m:oMathPara {MATH}>{math}</m:oMathPara></w:p>"
    )
    (page,) = pages_of(tmp_path, docx(body))
    assert page.markdown == "So $\\frac{a+b}{2}c^{2}$ is_it.\n\n$$\\frac{a+b}{2}c^{2}$$"
    assert page.elements is not None
    assert page.elements[1].text == "$$\\frac{a+b}{2}c^{2}$$"


def test_signs_of_symbol_fonts_are_what_is_seen(tmp_path: Path) -> None:
    signs = "".join(
        f'<w:sym w:font="{font}" w:char="{code}"/>' for font, code in (("Wingdings", "F0FC"), ("Symbol", "F061"))
    )
    (page,) = pages_of(tmp_path, docx(f"<w:p><w:r>{signs}<w:t> x</w:t></w:r></w:p>"))
    assert page.markdown == "✓α x"


@pytest.mark.parametrize(("reading", "shown"), [("とうきょう", "(とうきょう)"), ("", "")])
def test_words_with_their_reading_above_them_stay(tmp_path: Path, reading: str, shown: str) -> None:
    run = f"<w:rt><w:r><w:t>{reading}</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>東京</w:t></w:r></w:rubyBase>"
    text = "<w:r><w:t>{}</w:t></w:r>"
    body = f"<w:p>{text.format('私は')}<w:r><w:ruby>{run}</w:ruby></w:r>{text.format('に行く')}</w:p>"
    assert pages_of(tmp_path, docx(body))[0].markdown == f"私は東京{shown}に行く"


def test_capitals_are_capitals(tmp_path: Path) -> None:
    run = "<w:r><w:rPr><w:caps/></w:rPr><w:t>Total</w:t></w:r>"
    assert pages_of(tmp_path, docx(f"<w:p>{run}</w:p>"))[0].markdown == "TOTAL"
