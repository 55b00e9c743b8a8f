"""Drawings and pictures of which a part is cut off, as everything beyond the edge of a picture on the web is."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr_async.engine.pdf.pdf import Pdf
from ocr_async.engine.reading import read
from ocr_async.engine.values import PageOptions
from ocr_async.models import FileOnDisk, OCRPage
from tests.documents import pdf, stream


TOLD = ["A spoon of silver", "No. 17324", "Price 42.50"]
RUNNING = "It was made by hand in the winter, when the ships lay in the harbour of the town."


def disc(x: float, y: float, radius: float) -> str:
    bow = 0.55 * radius
    return (
        f"{x - radius} {y} m {x - radius} {y + bow} {x - bow} {y + radius} {x} {y + radius} c "
        f"{x + bow} {y + radius} {x + radius} {y + bow} {x + radius} {y} c "
        f"{x + radius} {y - bow} {x + bow} {y - radius} {x} {y - radius} c "
        f"{x - bow} {y - radius} {x - radius} {y - bow} {x - radius} {y} c f "
    )


def page(folder: Path, drawn: str, *, turned: bytes = b"") -> Path:
    """Return a page that shows something in 70 by 60 points, with three lines right below and text further down."""
    texts = [(72, 580 - 14 * number, 10, text) for number, text in enumerate(TOLD)]
    texts += [(72, 460 - 14 * number, 10, RUNNING) for number in range(12)]
    said = "".join(f"BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET " for x, y, size, text in texts)
    path = folder / "page.pdf"
    path.write_bytes(
        pdf(
            [
                b"<< /Type /Catalog /Pages 2 0 R >>",
                b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R %b" % turned
                + b"/Resources << /XObject << /X 6 0 R >> /Font << /F1 5 0 R >> >> >>",
                stream(f"q 72 600 100 80 re W n {drawn} Q {said}".encode()),
                b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
                stream(
                    b"\x80",
                    b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8",
                ),
            ]
        )
    )
    return path


@pytest.mark.parametrize("turned", [b"", b"/CropBox [20 10 600 780]", b"/Rotate 90"])
def test_what_stands_below_a_drawing_is_no_part_of_what_was_cut_off(tmp_path: Path, turned: bytes) -> None:
    discs = "".join(disc(80 + 9 * number, 610 + 5 * number, 60) for number in range(10))
    ((_, answer),) = read(
        FileOnDisk(path=page(tmp_path, discs, turned=turned)), None, "text", PageOptions(), careful=True
    )
    assert isinstance(answer, OCRPage)
    assert [text for text in TOLD if text not in answer.markdown.replace("\\", "")] == []
    assert "img-0" in answer.markdown


def test_a_picture_is_as_large_as_it_is_seen(tmp_path: Path) -> None:
    document = Pdf(FileOnDisk(path=page(tmp_path, "100 0 0 300 72 500 cm /X Do")))
    _, (picture,) = document.look(0)
    box = picture.box
    assert (box.left, box.top, box.right, box.bottom) == pytest.approx((72, 112, 172, 192), abs=0.2)
