"""The HTML file in a real browser: its own policy lets its own style and script run, and nothing else."""

from __future__ import annotations

from pathlib import Path

from ocr_async.export.html import document
from ocr_async.models import OCRDimensions, OCRElement, OCRPage, OCRResponse
from tests.browser import chromium, findings
from tests.documents import drawn_page, png


MARKDOWN = "# Tides\n\n#### Of the day\n\n| | North |\n|---|---|\n| high | 399,00 |\n\nHigh at <b onclick=alert(1)>noon</b>.\n\n![x](https://example.com/x.png)"


def test_a_box_and_its_text_light_up_in_a_file(tmp_path: Path) -> None:
    element = OCRElement(type="title", text="Tides", bbox={"x": 80, "y": 80, "width": 400, "height": 40})
    page = OCRPage(index=0, markdown=MARKDOWN, dimensions=OCRDimensions(width=1240, height=700), elements=(element,))
    picture = png(drawn_page(), "JPEG")
    file = tmp_path / "a.html"
    file.write_text(document(OCRResponse(pages=(page,), model="m"), title="Tides", pictures={0: picture}))
    with chromium(tmp_path / "profile") as browser:
        browser.get(file.as_uri())
        browser.execute_script("document.querySelector('a.box').focus()")
        assert browser.execute_script("return document.querySelector('.text .lit').tagName") == "H1"
        grid = "return getComputedStyle(document.querySelector('.page')).display"
        assert browser.execute_script(grid) == "grid"
        assert browser.execute_script("return document.querySelectorAll('b, .text img').length") == 0
        loaded = "return performance.getEntriesByType('resource').filter((one) => one.name.startsWith('http')).length"
        assert browser.execute_script(loaded) == 0
        assert browser.get_log("browser") == []
        assert findings(browser) == []
