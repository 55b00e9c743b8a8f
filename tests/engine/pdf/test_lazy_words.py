"""The words of a line that nobody has looked at are the same as those that were made at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pypdfium2
from attrs import evolve

from ocr_async.engine import layout
from ocr_async.engine.page import Line, Word
from ocr_async.engine.pdf import text_layer
from ocr_async.engine.pdf.char_fonts import CharFonts
from ocr_async.engine.pdf.items import Item
from ocr_async.engine.pdf.letters.fonts import HEAVY
from ocr_async.engine.pdf.lines import _line
from ocr_async.engine.pdf.runs import runs_of

from ...documents import PARAGRAPHS, text_pdf
from .told import sheet_of


ODD = ("A tab\there,  two spaces there.", "x = y_1 (see [2]) * 3", "10 000,50 EUR - 24h/7", "end-")


def at_once(data: bytes) -> Iterator[Line]:
    """Make the lines of *data* the slow way, from their words."""
    fonts = CharFonts(pypdfium2.PdfDocument(data)[0])
    for page in text_layer.parser().parse_bytes(data).pages:
        for item in page.text_items:
            for run in runs_of(Item(item, item.text, (), fonts, HEAVY)):
                line = _line(run)
                assert line is not None
                yield line


def test_words_that_wait_are_those_made_at_once() -> None:
    data = text_pdf([[*PARAGRAPHS, *ODD]])
    sheet = sheet_of(data)
    slow = sorted(at_once(data), key=lambda line: line.box.top)
    quick = sorted(sheet.lines, key=lambda line: line.box.top)
    assert [line.text for line in quick] == [line.text for line in slow]
    assert [tuple(line.words) for line in quick] == [tuple(line.words) for line in slow]
    assert [line.size for line in quick] == [line.size for line in slow]
    for one, other in zip(quick, slow, strict=True):
        assert abs(one.box.left - other.box.left) < 0.01
        assert abs(one.box.right - other.box.right) < 0.01


class Unread(Sequence[Word]):
    """Words that nobody may look at."""

    def __getitem__(self, index: Any) -> Any:
        raise AssertionError("the words of a line were looked at")

    def __len__(self) -> int:
        raise AssertionError("the words of a line were counted")

    def __bool__(self) -> bool:
        return True


def test_running_text_is_laid_out_without_a_look_at_its_words() -> None:
    sheet = sheet_of(text_pdf([PARAGRAPHS]))
    unread = evolve(sheet, lines=tuple(evolve(line, words=Unread()) for line in sheet.lines))
    told = [region.text for region in layout.read(unread)]
    assert told == [region.text for region in layout.read(sheet)]
    assert PARAGRAPHS[0].split()[0] in told[0]
