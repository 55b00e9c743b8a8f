from __future__ import annotations

import numpy as np
import pytest

from ocr_async.engine.ocr.lines import Characters, Reading
from ocr_async.engine.ocr.look_alikes import with_look_alikes


def texts(*lines: str) -> list[str]:
    """Return what is made of *lines*, after a look at their words."""
    readings = [Reading(line, 0.9, tuple((word, 0.9, 0.0, 1.0) for word in line.split())) for line in lines]
    mended = with_look_alikes(readings)
    assert [[word for word, *_ in each.words] for each in mended] == [each.text.split() for each in mended]
    return [each.text for each in mended]


def test_a_page_in_spanish_has_the_marks_that_open_what_is_called_out() -> None:
    lines = ("¿Recibió usted la carta? iMuchas gracias", "por su visita! Esperamos que el jamón ibérico", "y iÁnimo!")
    assert texts(*lines) == [lines[0].replace("iMuch", "¡Much"), lines[1], "y ¡Ánimo!"]


@pytest.mark.parametrize(
    "line",
    ["iMuchas gracias por su visita: jamón ibérico, montaña", "iMovie is great! Buy it", "¡Qué música en iPhone!"],
)
def test_other_pages_stay_as_they_were_read(line: str) -> None:
    assert texts(line) == [line]


AMOUNTS = ("12.5 g", "340", "7,0 mg")


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        ("一", "–"),
        ("99,975.08 一", "99,975.08 –"),
        ("二", "–"),
        ("og", "0g"),
        ("o mg", "0 mg"),
        ("Omg", "0mg"),
        ("Sodium 1O mg", "Sodium 10 mg"),
        ("Total Fat Og 0%", "Total Fat 0g 0%"),
        ("O.5 kg", "0.5 kg"),
        ("2O%", "20%"),
        ("in 18o9, and in 195o.", "in 1809, and in 1950."),
        ("from OxBFFFFFFF to Ox7fff, or oxC0000000", "from 0xBFFFFFFF to 0x7fff, or 0xC0000000"),
        ("OIU", "0IU"),
        ("101U", "10IU"),
        ("l,234.00", "1,234.00"),
        ("0,33 I", "0,33 l"),
        ("mmol/1", "mmol/l"),
        ("4,5 109/1", "4,5 10⁹/l"),
        ("183 °℃", "183 °C"),
        ("−4 ℃", "−4 °C"),
        ("∅ 10 mm", "Ø 10 mm"),
        ("%o", "‰"),
        ("12,4 %0", "12,4 ‰"),
        ('1½2"', '1½"'),
        ("¼/4 kg", "¼ kg"),
        ("lllinois", "Illinois"),
        ("ltem", "Item"),
        ("lsland Co.", "Island Co."),
        ("your lBAN", "your IBAN"),
        ("Des Moines, lowa", "Des Moines, Iowa"),
        ("lodine", "Iodine"),
        ("lonised calcium", "Ionised calcium"),
        ("lgG", "IgG"),
        ("9/L", "g/L"),
        ("2.4 mlU/I", "2.4 mIU/l"),
        ("umol/1", "umol/l"),
        ("> 4 10°/l", "> 4 10⁹/l"),
        ("Cola 2 dI", "Cola 2 dl"),
        ("ÖI 5W-30", "Öl 5W-30"),
        ("A|B|Ｏ", "A|B|O"),
        ("Tel：１２", "Tel:12"),
    ],
)
def test_what_stands_around_a_character_tells_which_of_two_alike_it_is(read: str, printed: str) -> None:
    assert texts("Date", "Value", *AMOUNTS, read)[-1] == printed


@pytest.mark.parametrize(
    "line",
    ["O2", "CO2", "OL-75828", "Om du vill", "Og så videre", "mel og", "1 l", "5l", "11-389/1", "100%", "1/2 kg",
     "low", "lbs", "ls -l", "lT", "l’Oréal", "Llanes", "llama", "the `%o` specifier",
     "109/120", "9/1", "10 U", "1U", "I.5.a", "lg 2", "§ 823 I BGB",
     "Art. 1o", "turned by 45o and 180o", "0o17", "a1o2", "Oxbed", "an ox2"],
)  # fmt: skip
def test_what_may_be_right_stays_as_it_was_read(line: str) -> None:
    assert texts("Date", "Value", *AMOUNTS, line)[-1] == line


@pytest.mark.parametrize(
    ("others", "line"),
    [
        (("第一章", "目录"), "十一 40℃"),  # in Chinese they are what they are
        (("一", "二", "甲方", *AMOUNTS), "一"),  # numbers of rows
        (("lhůta běží", "Zákon"), "lze"),
        (("Zákon", "Smlouva o dílo, kterou uzavřeli"), "lstivý"),
        (("lview", "lmaster"), "lnotr"),  # names in a list of names in small letters
        (("压力", "努力"), "力一定"),
        (("データ",), "データ一覧"),
        (("Gör så här", "och så vidare"), "og"),
        (("品名",), "Tel：12"),
        (("Șapte", "și"), "țară, deși"),
    ],
)
def test_what_else_is_on_the_page_tells_what_a_line_may_be(others: tuple[str, ...], line: str) -> None:
    assert texts(*others, line)[-1] == line


@pytest.mark.parametrize(
    ("read", "printed"), [("力一用品", "カー用品"), ("カ一ド", "カード"), ("ロ一ル紙", "ロール紙")]
)
def test_kana_are_read_among_kana(read: str, printed: str) -> None:
    assert texts("見積り", read)[-1] == printed


def test_letters_with_a_cedilla_are_read_in_turkish() -> None:
    assert texts("ağır ıslak", "șeker, Șahin") == ["ağır ıslak", "şeker, Şahin"]


def numbers(*lines: tuple[str, float]) -> list[str]:
    """Return what is made of numbers, each with how likely its separators are commas."""
    readings = [
        Reading(text, 0.9, ((text, 0.9, 0.0, 1.0),), commas=(comma,) * sum(map(text.count, ",.")))
        for text, comma in lines
    ]
    return [each.text for each in with_look_alikes(readings)]


SURE = [("63,210", 0.999), ("1,234,567", 0.999), ("0.125", 0.001), ("31.08.2026", 0.001), ("9.5%", 0.001)]


@pytest.mark.parametrize(
    ("read", "comma", "printed"),
    [
        ("22.978", 0.3, "22,978"),
        ("-22.978", 0.3, "-22,978"),
        ("7.4", 0.3, "7.4"),
        ("7,4", 0.6, "7.4"),
        ("0.975", 0.3, "0.975"),
        ("22.978", 0.001, "22.978"),  # which is read surely
        ("01.12.2026", 0.4, "01.12.2026"),
        ("1978.125", 0.3, "1978.125"),
    ],
)
def test_a_comma_that_was_read_unsurely_is_that_of_the_other_numbers(read: str, comma: float, printed: str) -> None:
    assert numbers(*SURE, (read, comma))[-1] == printed


def test_where_full_stops_set_off_thousands_commas_set_off_decimals() -> None:
    assert numbers(("63.210", 0.001), ("9.034", 0.001), ("1.234.567", 0.001), ("0.3", 0.2))[-1] == "0,3"


def test_without_other_numbers_the_likelier_separator_stays() -> None:
    assert numbers(("22.978", 0.4), ("3,5", 0.7)) == ["22.978", "3,5"]


@pytest.mark.parametrize(
    ("others", "read", "commas", "printed"),
    [
        ("133.62", "8.432.07", (0.01, 0.0002), "8,432.07"),
        ("133.62", "1.008.432.07", (0.01, 0.3, 0.0002), "1,008,432.07"),
        ("133.62", "8,432,07", (0.9999, 0.95), "8,432.07"),
        ("133,62", "8.432.07", (0.0002, 0.01), "8.432,07"),
        ("133,62", "8.432.07", (0.01, 0.0002), "8.432.07"),  # which the other numbers gainsay
        ("133.62", "8.432.07", (0.001, 0.0002), "8.432.07"),  # which is read surely: a section
    ],
)
def test_what_sets_off_thousands_sets_off_no_decimals(
    others: str, read: str, commas: tuple[float, ...], printed: str
) -> None:
    comma = 0.9999 if "," in others else 0.0001
    known = [Reading(others, 0.9, ((others, 0.9, 0.0, 1.0),), commas=(comma,))] * 4
    found = with_look_alikes([*known, Reading(read, 0.9, ((read, 0.9, 0.0, 1.0),), commas=commas)])
    assert [each.text for each in found] == [*[others] * 4, printed]


def test_a_number_is_as_sure_as_its_least_sure_figure_and_a_word_as_its_letters_are_together() -> None:
    text = "Tot 12.5"
    scores = np.array([1.0, 0.4, 1.0, 1.0, 1.0, 0.5, 1.0, 1.0], np.float32)
    words = Characters(tuple(text), scores, np.linspace(0, 0.9, len(text)), 0.01).reading().words
    assert [(word, round(sure, 2)) for word, sure, _, _ in words] == [("Tot", 0.8), ("12.5", 0.5)]
