"""What callers ask for in a page: tables apart, blocks, pictures, words, running heads."""

from __future__ import annotations

import base64
import io
import random
from pathlib import Path

import pytest
from PIL import Image

from ocr_async.engine import reading
from ocr_async.engine.page import Box, Line, Sheet
from ocr_async.engine.result import page_of
from ocr_async.engine.values import PageOptions
from ocr_async.models import FileOnDisk, OCRPage

from ..documents import PARAGRAPHS, pdf, png, stream, text_pdf


SAMPLE = Path(__file__).parents[2] / "samples" / "digital.pdf"


def page(document: Path, **wanted: object) -> OCRPage:
    ((_, found),) = reading.read(FileOnDisk(path=document), None, "auto", PageOptions(**wanted))  # type: ignore[arg-type]
    assert isinstance(found, OCRPage)
    return found


def test_a_table_is_part_of_the_text_unless_it_is_asked_for_apart() -> None:
    whole = page(SAMPLE)
    assert "| North pier | 41 | 39 | 18,250 |" in whole.markdown
    assert whole.tables == ()
    apart = page(SAMPLE, table_format="html")
    (table,) = apart.tables
    assert f"[{table.id}]({table.id})" in apart.markdown
    assert "North pier" not in apart.markdown
    assert (table.format, "<td>18,250</td>" in table.content) == ("html", True)


def test_blocks_are_the_text_piece_by_piece() -> None:
    found = page(SAMPLE, blocks=True)
    assert found.blocks is not None
    assert "\n\n".join(block.content for block in found.blocks) == found.markdown
    assert [block.type for block in found.blocks][:2] == ["title", "text"]
    assert found.dimensions is not None
    for block in found.blocks:
        assert 0 <= block.top_left_x < block.bottom_right_x <= (found.dimensions.width or 0)
        assert 0 <= block.top_left_y < block.bottom_right_y <= (found.dimensions.height or 0)
    assert page(SAMPLE).blocks is None


def test_elements_tell_a_tables_cells_and_a_headings_level() -> None:
    elements = page(SAMPLE).elements or ()
    (table,) = [element for element in elements if element.type == "table"]
    assert table.data is not None
    cells = {(cell["row"], cell["column"]): cell["text"] for cell in table.data["cells"]}
    assert (cells[0, 0], cells[1, 0], cells[4, 3]) == ("Quay", "North pier", "940")
    headings = [element for element in elements if element.type == "title"]
    assert [heading.text for heading in headings] == ["Harbour Report", "Traffic by quay", "Decisions", "Remarks"]
    assert headings[0].data == {"level": 1}


def test_words_are_found_where_they_are_said_to_begin() -> None:
    found = page(SAMPLE, confidence="word")
    assert found.confidence_scores is not None
    words = found.confidence_scores.word_confidence_scores or ()
    assert len(words) > 80
    assert all(found.markdown.startswith(word.text, word.start_index) for word in words)


@pytest.fixture
def illustrated(tmp_path: Path) -> Path:
    jpeg = png(Image.new("RGB", (60, 40), (200, 30, 30)), "JPEG")
    image = b"<< /Type /XObject /Subtype /Image /Width 60 /Height 40 /ColorSpace /DeviceRGB /BitsPerComponent 8 "
    image += b"/Filter /DCTDecode /Length %d >>\nstream\n%b\nendstream" % (len(jpeg), jpeg)
    drawing = b"q 240 0 0 160 72 300 cm /I Do Q BT /F1 12 Tf 72 700 Td (A paragraph above the picture of a tug.) Tj ET"
    path = tmp_path / "illustrated.pdf"
    path.write_bytes(
        pdf(
            [
                b"<< /Type /Catalog /Pages 2 0 R >>",
                b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
                b"/Resources << /XObject << /I 5 0 R >> "
                b"/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
                stream(drawing),
                image,
            ]
        )
    )
    return path


def test_a_picture_is_named_measured_and_cut_out_where_asked_for(illustrated: Path) -> None:
    (silent,) = page(illustrated).images
    assert silent.image_base64 is None
    (picture,) = page(illustrated, images=True).images
    assert "![img-0.jpeg](img-0.jpeg)" in page(illustrated).markdown
    assert picture.bbox is not None
    assert abs(picture.bbox["x"] - 200) < 3
    assert abs(picture.bbox["y"] - 922) < 3  # (792 - 300 - 160) points at 200 dpi
    assert picture.image_base64 is not None
    shown = Image.open(io.BytesIO(base64.b64decode(picture.image_base64.partition(",")[2])))
    assert abs(shown.width - 667) < 3
    red, green, blue = shown.convert("RGB").getpixel((300, 200))  # type: ignore[misc]
    assert red > 150 > 90 > max(green, blue)


def test_pictures_are_left_out_by_number_and_size(illustrated: Path) -> None:
    assert page(illustrated, image_limit=0).images == ()
    assert page(illustrated, image_min_size=500).images == ()
    assert len(page(illustrated, image_min_size=300, image_limit=1).images) == 1


def test_running_heads_are_told_apart_from_the_text_or_kept_in_it(tmp_path: Path) -> None:
    path = tmp_path / "book.pdf"
    chance = random.Random(5)
    words = " ".join(PARAGRAPHS).split()
    bodies = [[" ".join(chance.choices(words, k=11)) for _ in range(38)] for _ in range(4)]
    pages = [["Tides and Harbours", "", "", *body] for body in bodies]
    path.write_bytes(text_pdf(pages, page=b"/MediaBox [0 0 612 740]"))
    first = next(iter(reading.read(FileOnDisk(path=path), None, "auto", PageOptions())))[1]
    kept = next(iter(reading.read(FileOnDisk(path=path), None, "auto", PageOptions(running_heads=True))))[1]
    assert isinstance(first, OCRPage)
    assert isinstance(kept, OCRPage)
    assert "Tides and Harbours" not in first.markdown
    assert first.header == "Tides and Harbours"
    assert "Tides and Harbours" in kept.markdown
    assert kept.header is None


def test_a_formula_that_was_recognised_is_doubted_so_that_its_page_can_be_asked_of_another_model() -> None:
    said = ["It follows from what was said before that", "h = a + b2 / 2c", "which nobody doubts who has read so far"]
    lines = [Line(text, Box(50, 100 + 40 * n, 50 + 8 * len(text), 120 + 40 * n), 0.99) for n, text in enumerate(said)]
    wanted = PageOptions(blocks=True, confidence="block")
    page = page_of(0, Sheet(width=600, height=800, lines=tuple(lines), source="ocr", dpi=100), wanted)
    assert page.extra["warnings"] == ["a formula was read as plain text, without fractions and powers"]
    sure = {block.type: block.confidence_scores for block in page.blocks or ()}
    assert sure["equation"] is not None
    assert (sure["equation"].average_content_confidence_score or 1) < 0.5
    exact = page_of(0, Sheet(width=600, height=800, lines=tuple(lines), source="text"), wanted)
    assert "warnings" not in exact.extra
