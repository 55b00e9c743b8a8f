"""Where people see what a page has, beside what pdfium itself maps."""

import ctypes
import itertools
import math

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from ocr_async.engine.pdf.view import View


def told(page: pypdfium2.PdfPage, x: float, y: float, fine: int = 1000) -> tuple[float, float]:
    """Return the place that pdfium tells, in *fine* parts of a point."""
    across, down = ctypes.c_int(), ctypes.c_int()
    wide, high = page.get_size()
    pdfium.FPDF_PageToDevice(page.raw, 0, 0, round(wide * fine), round(high * fine), 0, x, y, across, down)
    return across.value / fine, down.value / fine


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_it_is_what_pdfium_tells_of_pages_that_are_cropped_and_turned(turned: int) -> None:
    document = pypdfium2.PdfDocument.new()
    page = document.new_page(300, 500)
    page.set_cropbox(20, 40, 280, 470)
    page.set_rotation(turned)
    page = document[0]
    view = View(page)
    assert (view.wide, view.high) == pytest.approx((260, 430) if turned % 180 == 0 else (430, 260))
    for x, y in itertools.product((20, 31.25, 280), (40, 99.5, 470)):
        assert view.point(x, y) == pytest.approx(told(page, x, y), abs=0.002)
        assert view.place(*view.point(x, y)) == pytest.approx((x, y), abs=0.002)
    box = view.box((31.25, 99.5, 100.5, 120.25))
    assert sorted((box.width, box.height)) == pytest.approx([20.75, 69.25], abs=0.002)
    moved = view.box((0, 0, 10, 20), (0, 2, -1, 0, 100, 200))
    assert moved == view.box((80, 200, 100, 220))


@pytest.mark.parametrize("far", [math.inf, -math.inf, math.nan, 1e30, -1e30])
def test_what_stands_nowhere_has_a_place_all_the_same(far: float) -> None:
    page = pypdfium2.PdfDocument.new().new_page(300, 500)
    view = View(page)
    assert all(map(math.isfinite, view.point(far, far)))
    box = view.box((far, 10, 20, far))
    assert 0 <= box.left <= box.right <= 300
    assert 0 <= box.top <= box.bottom <= 500
