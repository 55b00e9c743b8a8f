"""What a text layer is worth."""

from __future__ import annotations

import textwrap

import pytest

from ocr_async import ocr
from ocr_async.engine.pdf.trust import Look, verdict
from ocr_async.models import Bytes

from ...documents import PARAGRAPHS, text_pdf


GERMAN = (
    "Der Hafenmeister führt Buch über jedes Schiff, das ein- oder ausläuft, mit dem Stand der Flut, dem Wind und dem "
    "Namen des Lotsen. Nebel verzögerte im März neun Ankünfte, keine davon um mehr als eine Stunde."
)
POLISH = (
    "Kapitanat portu prowadzi rejestr wszystkich statków, które wchodzą do portu lub z niego wychodzą, wraz z "
    "wysokością przypływu, kierunkiem wiatru i nazwiskiem dyżurnego pilota."
)
RUSSIAN = "Капитания порта ведёт учёт всех судов, которые входят в порт или выходят из него."
NAMES = " ".join(
    f"GAUGE_{first}_{second} read_{first.lower()}_{second.lower()}()"
    for first in ("TIDE", "WIND", "FOG")
    for second in ("HEIGHT", "OFFSET", "COUNT", "FLAGS")
)
KOREAN = (
    "보험회사에서 판매한 보험상품의 약관은 COVID-19의 유행과 관련하여 「감염병예방법」 제2조를 "
    "따르며, 2020년 3월 30일 현재 국내 확진자는 9,661명, 사망자는 158명으로 나타났다. "
    "한국어와 Python을 배우는 학생들은 R로 작성한 예제를 먼저 읽는다."
)
ARABIC = (
    "تعتبر البرمجة بلغة R و Python من الأدوات القوية التي يمكن أن تعزز الإنتاجية، وتساعد في إيجاد حلول فعالة "
    "للمشكلات (2023/2024) عندما يجتمع التفكير التحليلي مع مهارات البرمجة، يصبح من الممكن معالجة كميات هائلة"
)
TEX = r"""
\documentclass[11pt,a4paper,twoside]{article} \usepackage[T1]{fontenc} \begin{document} \setlength{\parskip}{5pt}
\newcommand*{\chapter@name}[1]{\global\@lecture{#1}\relax} \def\figurename{Fig.}% \psboxTS[linewidth=0.5pt,dash=2pt]
\draw[fill=blue!40!black,opacity=0.3](0,0)--(4,2); weapon=air type=heavy \titleformat{\section}{\bfseries\Large}
\expandafter\def\csname img=align\endcsname#1{\hbox{#1}} \kMarkNodeAbove{0cm}{0cm}{$V_{dc}$}{inI}{inVdc}
"""
CONTENTS = "\n".join(f"Harbour dues {'.' * (number + 60)} {number}" for number in range(40))
BRACED = " ".join(f"\\def\\{name}{{{word}}}%" for name in ("figure", "table", "page") for word in RUSSIAN.split())
CODES = "\n".join(f"QX-{number:04d} BRK TRMNL {number * 37} SKU{number}" for number in range(30))


@pytest.mark.parametrize(
    "text",
    [
        GERMAN,
        POLISH,
        RUSSIAN,
        KOREAN,
        ARABIC,
        CODES,
        NAMES,
        TEX,
        CONTENTS,
        BRACED,
        "Ủy ban nhân dân thành phố: quyết định về việc bổ nhiệm cán bộ, Đặng Thị Hường ký để trả nợ. " * 3,
        "日本語の文章はここにあります。" * 4,
        "3.14 2.72 1.41 " * 20,
    ],
)
def test_text_that_people_write_is_legible(text: str) -> None:
    assert verdict(text, Look()) != "garbled"


def shifted(text: str, by: int) -> str:
    """What a font without a map to characters gives: every code is moved."""
    return "".join(chr(ord(letter) - by) if not letter.isspace() else letter for letter in text)


def mapped(text: str, onto: str) -> str:
    """What a font gives whose letters are mapped to *onto*, in the order in which the text uses them."""
    return text.translate(dict(zip(map(ord, dict.fromkeys("".join(text.split()))), onto, strict=False)))


SIGNS_FIRST = "".join(map(chr, range(0x21, 0x7F)))
OTHER_LETTERS = "qkzxwvjrtlnpsmfhdcgbyeuaoi"


@pytest.mark.parametrize(
    "text",
    [
        mapped(" ".join(PARAGRAPHS), SIGNS_FIRST),
        mapped(" ".join(PARAGRAPHS), OTHER_LETTERS + OTHER_LETTERS.upper()),
        "\x90\x96Th\x94\x91 QX VY OV KTL N\x86 OW MK " * 20,
        "\ufffd" * 40 + "a few words",
        "".join(chr(0xE000 + number % 60) for number in range(300)),
        shifted(" ".join(PARAGRAPHS), 3),
        shifted(" ".join(PARAGRAPHS), 29),
        "\x02\x11\x05\x07 \x04\x03\x1d " * 20,
        KOREAN.translate(dict(zip(map(ord, "보이로은의에한"), "ü÷ý½þÝî", strict=True))),
        RUSSIAN.encode("cp1251").decode("latin-1"),
        "Ê˙ ˛ÛÈˆ Ì‰ÎÈˆ ıÒ·Ó˜ÙËÚÎÈˆ ÙÏÔÎ Â· „¸ðÊÍ ¯·ˇ Û ÔÛ Ì·ÒÛ· ‰ÔÂ· " * 2,
        ARABIC.translate(dict(zip(map(ord, "التيمن"), "F'/N.G", strict=True))),
    ],
)
def test_text_that_nobody_writes_is_garbled(text: str) -> None:
    assert verdict(text, Look()) == "garbled"


@pytest.mark.parametrize(
    ("text", "look", "expected"),
    [
        (GERMAN, Look(), "good"),
        ("", Look(covered=1.0), "none"),
        (" \n ", Look(), "none"),
        (GERMAN, Look(covered=0.98, hidden=1.0), "hidden"),
        (GERMAN, Look(covered=0.02, hidden=1.0), "good"),
        ("Filed 2026-03-02", Look(covered=0.95), "stamp"),
        (GERMAN * 8, Look(covered=0.95), "good"),
    ],
)
def test_a_verdict_follows_from_text_and_look(text: str, look: Look, expected: str) -> None:
    assert verdict(text, look) == expected


@pytest.mark.parametrize(("by", "warnings"), [(0, 0), (1, 1)])
def test_who_asks_for_the_text_layer_alone_hears_that_it_is_garbled(by: int, warnings: int) -> None:
    lines = [shifted(line, by) for paragraph in PARAGRAPHS for line in textwrap.wrap(paragraph, 80)]
    document = Bytes(data=text_pdf([lines]), mime="application/pdf")
    (page,) = ocr(document, model="local/text").pages
    told = page.extra.get("warnings", ())
    assert ["other letters than people see" in warning for warning in told] == [True] * warnings
