"""What a text layer is worth."""

from __future__ import annotations

import pytest

from ocr_async.engine.pdf.trust import Look, garbled, verdict

from ..documents import PARAGRAPHS


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
CODES = "\n".join(f"QX-{number:04d} BRK TRMNL {number * 37} SKU{number}" for number in range(30))


@pytest.mark.parametrize(
    "text", [GERMAN, POLISH, RUSSIAN, CODES, NAMES, "日本語の文章はここにあります。" * 4, "3.14 2.72 1.41 " * 20]
)
def test_text_that_people_write_is_legible(text: str) -> None:
    assert not garbled(text)


def shifted(text: str, by: int) -> str:
    """What a font without a map to characters gives: every code is moved."""
    return "".join(chr(ord(letter) - by) if not letter.isspace() else letter for letter in text)


@pytest.mark.parametrize(
    "text",
    [
        "\ufffd" * 40 + "a few words",
        "".join(chr(0xE000 + number % 60) for number in range(300)),
        shifted(" ".join(PARAGRAPHS), 3),
        shifted(" ".join(PARAGRAPHS), 29),
        "\x02\x11\x05\x07 \x04\x03\x1d " * 20,
    ],
)
def test_text_that_nobody_writes_is_garbled(text: str) -> None:
    assert garbled(text)


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
