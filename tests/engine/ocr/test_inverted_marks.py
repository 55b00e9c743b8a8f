from __future__ import annotations

import pytest

from ocr_async.engine.ocr.inverted_marks import with_inverted_marks
from ocr_async.engine.ocr.lines import Reading


def texts(*lines: str) -> list[str]:
    return [each.text for each in with_inverted_marks([Reading(line, 0.9, ((line, 0.9, 0.0, 1.0),)) for line in lines])]


def test_a_page_in_spanish_has_the_marks_that_open_what_is_called_out() -> None:
    lines = ("¿Recibió usted la carta? iMuchas gracias", "por su visita! Esperamos que el jamón ibérico", "y iÁnimo!")
    assert texts(*lines) == [lines[0].replace("iMuch", "¡Much"), lines[1], "y ¡Ánimo!"]


@pytest.mark.parametrize(
    "line",
    ["iMuchas gracias por su visita: jamón ibérico, montaña", "iMovie is great! Buy it", "¡Qué música en iPhone!"],
)
def test_other_pages_stay_as_they_were_read(line: str) -> None:
    assert texts(line) == [line]
