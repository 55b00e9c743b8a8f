"""White letters: unseen on the white of a page, and seen on what is darker."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr_async import ocr
from ocr_async.engine.page import Box

from ...documents import pdf, stream
from .told import bare


SEEN = "Harbour and hill"
HIDDEN = "Words that only machines find"
PALE = f"1 g BT /F1 12 Tf 72 650 Td ({HIDDEN}) Tj ET"


def read(tmp_path: Path, drawing: str) -> str:
    path = tmp_path / "pale.pdf"
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> /Shading << /S1 6 0 R >> /Pattern << /P1 7 0 R >> "
        b"/ExtGState << /Clear << /ca 0 >> >> >> >>"
    )
    path.write_bytes(
        pdf(
            [
                b"<< /Type /Catalog /Pages 2 0 R >>",
                b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
                page,
                stream(f"0 g BT /F1 12 Tf 72 700 Td ({SEEN}) Tj ET {drawing}".encode()),
                b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
                b"<< /ShadingType 2 /ColorSpace /DeviceRGB /Coords [0 0 612 0] "
                b"/Function << /FunctionType 2 /Domain [0 1] /C0 [0 0 0.5] /C1 [0.5 0 0] /N 1 >> >>",
                b"<< /PatternType 2 /Shading 6 0 R >>",
            ]
        )
    )
    return ocr(path, model="local/text").pages[0].markdown


def test_white_letters_on_a_white_page_are_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, PALE) == SEEN
    assert read(tmp_path, f"1 g 50 600 400 80 re f {PALE}") == SEEN


def test_clear_letters_are_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, f"/Clear gs {PALE.replace('1 g', '0 g')}") == SEEN


@pytest.mark.parametrize(
    "ground", ["0.2 g 50 600 400 80 re f", "q 50 600 400 80 re W n /S1 sh Q"], ids=["a dark box", "a shading"]
)
def test_white_letters_on_what_is_darker_are_read(tmp_path: Path, ground: str) -> None:
    assert HIDDEN in read(tmp_path, f"{ground} {PALE}")


@pytest.mark.parametrize("size", [8, 12, 40])
def test_letters_filled_with_a_shading_are_read(tmp_path: Path, size: int) -> None:
    assert HIDDEN in read(tmp_path, f"/Pattern cs /P1 scn BT /F1 {size} Tf 20 600 Td ({HIDDEN}) Tj ET")


@pytest.mark.parametrize("over", ["0 g BT /F1 12 Tf 72 650 Td (Dear) Tj ET", "50 652 m 400 652 l S"])
def test_white_letters_under_black_ones_and_rules_are_left_out(tmp_path: Path, over: str) -> None:
    assert HIDDEN not in read(tmp_path, f"{PALE} {over}")


def test_a_line_that_only_begins_in_white_stays(tmp_path: Path) -> None:
    assert "hill" in read(tmp_path, "1 g BT /F1 12 Tf 72 650 Td (A) Tj 0 g ( hill) Tj ET")


def test_no_ink_is_beyond_the_edges_of_a_page() -> None:
    boxes = [Box(-1e7, -1e7, 1e7, 1e7), Box(-50, -50, -10, -10), Box(600, 780, 700, 900), Box(900, 900, 950, 950)]
    assert bare().darkness(boxes, 255) == [0.0] * len(boxes)
