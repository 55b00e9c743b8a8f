"""The embedded engine as a provider: its steps played without workers, and driven with real ones."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pikepdf
import pytest

from ocr_async import aocr
from ocr_async.engine.ocr import tessdata, tiny
from ocr_async.engine.values import Recogniser, UncertainPage
from ocr_async.errors import ConfigurationError, DocumentError, EngineCrashed, EngineError, PasswordRequired
from ocr_async.models import Bytes, OCRPage, OCRRequest, OCRResponse
from ocr_async.providers.local import Local
from ocr_async.steps import Compute, Exchange, HttpRequest, PageReady, Together
from ocr_async.transport import workers
from ocr_async.transport.drive import drive

from ..documents import drawn_page, image_pdf, png, shown_pdf, text_pdf
from ..offices import WORD, docx, epub, paragraph, pptx, relation, shape, sheet, slide_picture, xlsx


LOCAL = Local.connect(api_key=None, api_base=None, headers={}, environ={})
MIXED = pptx(
    [shape("Minutes", role="title"), slide_picture("rI")],
    relations={1: [relation("rI", "image", "../media/scan.png")]},
    parts={"media/scan.png": png(drawn_page())},
)
TWO = Bytes(data=b"%PDF-", mime="application/pdf")


def play(exchange: Exchange[Any], compute: Callable[[Compute], Any], seen: list[Any] | None = None) -> Any:
    """Run *exchange* with *compute* in the place of workers."""
    answer: Any = None
    failure: Exception | None = None
    while True:
        try:
            step = exchange.send(answer) if failure is None else exchange.throw(failure)
        except StopIteration as stop:
            return stop.value
        answer = failure = None
        if seen is not None:
            seen.append(step)
        try:
            match step:
                case Compute():
                    answer = compute(step)
                case Together(exchanges):
                    answer = [play(inner, compute, seen) for inner in exchanges]
        except Exception as error:  # noqa: BLE001 - thrown into the exchange, as the driver does
            failure = error


def page(index: int) -> OCRPage:
    return OCRPage(index=index, markdown=f"page {index}")


def run(document: Bytes, **asked: Any) -> OCRResponse:
    """Read *document* with real workers."""

    async def send(request: HttpRequest[Any]) -> Any:
        raise AssertionError("the embedded engine sends nothing")

    exchange = LOCAL.exchange(OCRRequest(document=document, **{"model": "auto", **asked}))
    return asyncio.run(drive(exchange, send, workers.run))


def test_pages_with_a_text_layer_are_read_and_the_others_recognised() -> None:
    def compute(step: Compute) -> Any:
        if step.task == "read":
            return [(0, page(0)), (1, None)]
        assert step.task == "recognise"
        return page(step.arguments["index"])

    seen: list[Any] = []
    response = play(LOCAL.exchange(OCRRequest(model="", document=TWO)), compute, seen)
    assert [page.markdown for page in response.pages] == ["page 0", "page 1"]
    assert [step.page.index for step in seen if isinstance(step, PageReady)] == [0, 1]
    (recognising,) = [step for step in seen if isinstance(step, Compute) and step.task == "recognise"]
    assert recognising.worker == "recogniser"
    assert recognising.arguments["raster"].task == "raster"


@pytest.mark.parametrize("way", ["its text", "its picture", ""])
def test_the_page_that_ends_its_worker_is_found_read_otherwise_and_costs_nothing_else(way: str) -> None:
    def compute(step: Compute) -> Any:
        if step.task == "recognise":
            if way != "its picture":
                raise DocumentError("page 2 cannot be drawn")
            return page(step.arguments["index"])
        pages = step.arguments["pages"]
        if step.arguments.get("plain") and way == "its text":
            return [(index, page(index)) for index in pages]
        good: list[tuple[int, OCRPage]] = []
        for index in pages:
            if index == 2:
                # without care, nothing is known of the pages before
                raise EngineError("the worker crashed", partial=tuple(good) if step.arguments["careful"] else ())
            good.append((index, page(index)))
        return good

    response = play(LOCAL.exchange(OCRRequest(model="", document=TWO, pages=(0, 1, 2, 3, 4))), compute)
    assert [page.index for page in response.pages] == ([0, 1, 2, 3, 4] if way else [0, 1, 3, 4])
    if way == "its picture":
        assert [page.extra for page in response.pages if page.extra] == [
            {
                "warnings": [
                    "the text layer of this page could not be read, so that it was recognised: "
                    "page 2 (from 0): the worker crashed"
                ]
            }
        ]
    elif not way:
        assert list(response.missing_pages) == [2]
        assert str(response.missing_pages[2]) == "page 2 (from 0): the worker crashed"


@pytest.mark.parametrize("way", ["pictures", "text layers", "bare text"])
def test_after_some_pages_that_end_their_worker_the_others_are_only_asked_for_their_text(way: str) -> None:
    ended = []

    def compute(step: Compute) -> Any:
        pages = step.arguments["pages"] if step.task == "read" else [step.arguments["index"]]
        if step.task == "read" and way == "pictures":
            return [(index, None) for index in pages]
        if step.task == "read" and step.arguments.get("plain") and way == "bare text":
            return [(index, page(index)) for index in pages]
        if step.task == "read" and not step.arguments["careful"]:
            raise EngineCrashed("crashed")
        for index in pages:
            if index > 0:
                ended.append(index)
                raise EngineCrashed("crashed", partial=((0, page(0)),) if way != "pictures" and 0 in pages else ())
        return page(0)

    response = play(LOCAL.exchange(OCRRequest(model="", document=TWO, pages=tuple(range(40)))), compute)
    assert len(ended) == {"pictures": 5, "text layers": 6, "bare text": 5}[way]
    if way == "bare text":
        assert [page.index for page in response.pages] == list(range(40))
        return
    assert [page.index for page in response.pages] == [0]
    assert list(response.missing_pages) == list(range(1, 40))
    assert all(isinstance(error, EngineCrashed) for error in response.missing_pages.values())
    assert str(response.missing_pages[39]) == "page 39 (from 0): not read, because pages ended their worker 5 times"


def test_a_doubtful_text_layer_is_kept_where_no_more_pages_are_recognised() -> None:
    def compute(step: Compute) -> Any:
        if step.task == "read":
            return [(index, UncertainPage(page(index), "garbled")) for index in range(9)]
        raise EngineCrashed("crashed")

    response = play(LOCAL.exchange(OCRRequest(model="", document=TWO)), compute)
    assert [page.markdown for page in response.pages] == [f"page {index}" for index in range(9)]
    assert all("could not be recognised" in page.extra["warnings"][0] for page in response.pages)


def test_a_document_of_one_page_is_not_tried_twice_in_one_way() -> None:
    tries = []

    def compute(step: Compute) -> Any:
        tries.append((step.task, step.arguments.get("plain", False)))
        raise EngineError("the worker crashed")

    response = play(LOCAL.exchange(OCRRequest(model="", document=TWO, pages=(0,))), compute)
    assert tries == [("read", False), ("read", True), ("recognise", False)]
    assert list(response.missing_pages) == [0]


def test_a_drawing_without_text_that_cannot_be_read_is_an_empty_page_and_says_so() -> None:
    drawn = [(index, UncertainPage(OCRPage(index=index, markdown=""), "drawn")) for index in (0, 1)]

    def compute(step: Compute) -> Any:
        if step.task == "read":
            return [*drawn, (2, page(2))]
        raise (DocumentError if step.arguments["index"] == 0 else EngineCrashed)("none of it could be read")

    response = play(LOCAL.exchange(OCRRequest(model="", document=TWO)), compute)
    assert [page.markdown for page in response.pages] == ["", "page 2"]
    (warning,) = response.pages[0].extra["warnings"]
    assert "comes empty, as it has no text" in warning
    assert list(response.missing_pages) == [1]


def test_a_page_whose_recognition_fails_is_what_its_doubtful_text_layer_says() -> None:
    def compute(step: Compute) -> Any:
        if step.task == "read":
            return [(0, UncertainPage(page(0), "garbled")), (1, UncertainPage(page(1), "broken"))]
        raise EngineError("the embedded engine failed: KeyError")

    response = play(LOCAL.exchange(OCRRequest(model="", document=TWO)), compute)
    assert [page.markdown for page in response.pages] == ["page 0"]
    (warning,) = response.pages[0].extra["warnings"]
    assert warning.endswith("is what its text layer says: the embedded engine failed: KeyError")
    assert list(response.missing_pages) == [1]


def test_a_page_without_text_or_picture_is_damaged_and_not_empty() -> None:
    nothing = UncertainPage(OCRPage(index=0, markdown=""), "broken", ("it is broken",))

    def ask(seen: str) -> OCRResponse:
        answers = {"read": [(0, nothing)], "recognise": OCRPage(index=0, markdown=seen)}
        response: OCRResponse = play(
            LOCAL.exchange(OCRRequest(model="", document=TWO)), lambda step: answers[step.task]
        )
        return response

    assert str(ask("").missing_pages[0]) == "page 0 cannot be read: it is damaged"
    (page,) = ask("what is seen").pages
    assert (page.markdown, page.extra) == ("what is seen", {"warnings": ["it is broken"]})


def test_what_is_wrong_with_the_whole_document_is_raised() -> None:
    def compute(step: Compute) -> Any:
        raise PasswordRequired("the PDF is encrypted")

    with pytest.raises(PasswordRequired):
        play(LOCAL.exchange(OCRRequest(model="", document=TWO)), compute)


def test_a_page_that_cannot_be_recognised_costs_that_page() -> None:
    def compute(step: Compute) -> Any:
        if step.task == "read":
            return [(0, None), (1, None)]
        if step.arguments["index"] == 0:
            raise DocumentError("page 0 cannot be drawn")
        return page(1)

    response = play(LOCAL.exchange(OCRRequest(model="", document=TWO)), compute)
    assert [page.index for page in response.pages] == [1]
    assert str(response.missing_pages[0]) == "page 0 cannot be drawn"


def test_an_unknown_model_is_refused_by_name() -> None:
    with pytest.raises(ConfigurationError, match='no model "large"'):
        play(LOCAL.exchange(OCRRequest(model="large", document=TWO)), lambda step: None)


def test_doclings_options_are_honoured_or_refused_by_name() -> None:
    def compute(step: Compute) -> Any:
        return [(0, page(0))] if step.arguments["mode"] == "ocr" else []

    def ask(**extra: Any) -> OCRResponse:
        response: OCRResponse = play(LOCAL.exchange(OCRRequest(model="", document=TWO, docling_extra=extra)), compute)
        return response

    assert len(ask(force_ocr=True, table_mode="fast", ocr_engine="auto", output_format="markdown").pages) == 1
    assert len(ask(force_ocr=False).pages) == 0
    with pytest.raises(ConfigurationError, match=r"'abbyy'.*'auto', 'easyocr'"):
        ask(ocr_engine="abbyy")
    with pytest.raises(ConfigurationError, match='no option "images_scale"'):
        ask(images_scale=2)


def recogniser_of(**asked: Any) -> Recogniser:
    """Return who is to read a page when *asked* is asked."""

    def compute(step: Compute) -> Any:
        return [(0, None)] if step.task == "read" else page(0)

    seen: list[Any] = []
    play(LOCAL.exchange(OCRRequest(**{"model": "", "document": TWO, **asked})), compute, seen)
    (step,) = [step for step in seen if isinstance(step, Compute) and step.task == "recognise"]
    found: Recogniser = step.arguments["recogniser"]
    return found


def test_nobody_is_named_where_nothing_is_asked() -> None:
    assert recogniser_of() == Recogniser()
    assert recogniser_of(lang=["de", "eng"]) == Recogniser(languages=("deu", "eng"))


def test_what_rapidocr_cannot_read_is_refused_if_it_is_named() -> None:
    with pytest.raises(ConfigurationError, match="rapidocr cannot read rus"):
        recogniser_of(lang="ru", docling_extra={"ocr_engine": "rapidocr"})
    assert recogniser_of(lang="de", docling_extra={"ocr_engine": "rapidocr"}).engine == "rapidocr"


@pytest.mark.skipif(not tessdata.has_package(), reason="tesserocr is not installed")
def test_each_way_to_ask_for_tesseract_and_its_languages() -> None:
    russian = Recogniser(engine="tesseract", languages=("rus", "eng"))
    assert recogniser_of(model="tesseract") == Recogniser(engine="tesseract")
    if tiny.lacking() is None:
        assert recogniser_of(model="fast") == Recogniser(engine="tiny")
    assert recogniser_of(model="tesseract", lang="rus+eng") == russian
    for name, value in (("ocr_lang", ["ru", "en"]), ("lang", "ru,en")):
        assert recogniser_of(docling_extra={"ocr_engine": "tesserocr", name: value}) == russian
    # the option by its own name wins
    assert recogniser_of(model="ocr", lang="ko", docling_extra={"ocr_lang": ["ru"]}).languages == ("kor",)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("md", "The tide is \\<b>high\\</b>, and 1 < 2."),
        ("html", "<p>The tide is &lt;b&gt;high&lt;/b&gt;, and 1 &lt; 2.</p>\n"),
        ("text", "The tide is <b>high</b>, and 1 < 2."),
    ],
)
def test_docling_extra_chooses_the_form_of_the_text(form: str, expected: str) -> None:
    document = Bytes(data=text_pdf([["The tide is <b>high</b>, and 1 < 2."]]))
    assert run(document, docling_extra={"output_format": form}).pages[0].markdown == expected


@pytest.mark.parametrize(
    "document",
    [
        text_pdf([["A <?><script>alert(1)</script>?> here"]]),
        text_pdf([["<!X ><script>alert(1)</script>", "<![CDATA[><img src=x onerror=alert(1)>]]>"]]),
        b"<!doctype html><p><code>``&lt;script>alert(1)&lt;/script>``</code> and more",
    ],
)
def test_a_document_cannot_write_tags_into_its_html(document: bytes) -> None:
    (page,) = run(Bytes(data=document), docling_extra={"output_format": "html"}).pages
    assert "alert(1)" in page.markdown
    assert set(re.findall(r"<[^>]*>?", page.markdown)) <= {"<p>", "</p>", "<code>", "</code>"}


def test_html_keeps_the_cells_that_span() -> None:
    table = "<table><tr><td colspan='2'>wide</td></tr><tr><td>a</td><td>b</td></tr></table>"
    given = Bytes(data=f"<!doctype html><p>Before</p>{table}".encode())
    (page,) = run(given, docling_extra={"output_format": "html"}).pages
    assert '<td colspan="2">wide</td>' in page.markdown


def test_json_is_the_list_of_a_pages_elements() -> None:
    response = run(Bytes(data=text_pdf([["The tide is high."]])), docling_extra={"output_format": "json"})
    (element,) = json.loads(response.pages[0].markdown)
    assert (element["type"], element["text"]) == ("text", "The tide is high.")
    assert set(element["bbox"]) == {"x", "y", "width", "height"}


# --- with workers -----------------------------------------------------------------------------------------------


def test_a_digital_pdf_is_read_without_recognition() -> None:
    response = run(Bytes(data=text_pdf([["The tide is high."], ["The tide is low."]])))
    assert [page.markdown for page in response.pages] == ["The tide is high.", "The tide is low."]
    assert response.usage_info.applied_settings == {"mode": "auto", "pages_recognised": 0}
    dimensions = response.pages[0].dimensions
    assert dimensions is not None
    assert (dimensions.dpi, dimensions.width, dimensions.height) == (200, 1700, 2200)
    assert response.pages[0].elements is not None
    (element,) = response.pages[0].elements
    assert element.bbox is not None
    assert abs(element.bbox["x"] - 200) < 5  # 72 points from the left
    assert abs(element.bbox["y"] + element.bbox["height"] - 200) < 20  # the baseline is 72 points from the top


@pytest.mark.parametrize("model", ["auto", "text"])
def test_of_a_page_that_ends_its_parser_the_text_is_read_without_it(model: str) -> None:
    """The parser asks for all the memory that there is."""
    with pikepdf.open(BytesIO(text_pdf([["The first page."], ["The tide is high."], ["The last page."]]))) as pdf:
        pdf.pages[1].MediaBox = pikepdf.Array([0, 0, 612, 10**9])
        pdf.save(written := BytesIO())
    response = run(Bytes(data=written.getvalue()), model=model)
    assert [page.markdown for page in response.pages] == ["The first page.", "The tide is high.", "The last page."]
    assert [page.index for page in response.pages if "character by character" in str(page.extra)] == [1]


def test_letters_far_outside_of_a_page_cost_nothing() -> None:
    """The parser filled the row with as many spaces as there is room for up to them."""
    drawn = b"/F1 12 Tf 72 420 Td (2024) Tj -1000000000 0 Td (far) Tj 1 0 0 1 172 420 Tm (ships) Tj"
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    (only,) = run(Bytes(data=shown_pdf(drawn, font)), model="text").pages
    assert (only.markdown.split(), only.extra) == (["2024", "ships"], {})


def test_a_scan_is_recognised_and_says_how_sure_it_is() -> None:
    response = run(Bytes(data=image_pdf([drawn_page()])))
    (only,) = response.pages
    assert "The harbour office keeps a record of every vessel" in only.markdown
    assert "Fog delayed nine arrivals in March" in only.markdown
    assert only.confidence_scores is not None
    assert only.confidence_scores.average_page_confidence_score > 0.9
    assert response.usage_info.applied_settings == {"mode": "auto", "pages_recognised": 1}


def test_local_text_never_recognises() -> None:
    with pytest.raises(DocumentError, match="no page has a text layer"):
        run(Bytes(data=image_pdf([drawn_page()])), model="text")


def test_local_ocr_recognises_what_has_a_text_layer_too() -> None:
    response = run(Bytes(data=text_pdf([["The tide is high."]], size=24)), model="ocr")
    assert response.pages[0].markdown.strip("# ") == "The tide is high."
    assert response.pages[0].confidence_scores is not None


def test_a_picture_is_a_page() -> None:
    response = run(Bytes(data=png(drawn_page()), mime="image/png"), pages=(0,))
    assert "The new crane has handled twelve hundred containers" in response.markdown


# --- Word, PowerPoint, Excel, EPUB, HTML ------------------------------------------------------------------------


def test_a_slide_that_is_a_scan_is_recognised_among_others() -> None:
    first, scan = run(Bytes(data=MIXED)).pages
    assert first.markdown == "# Minutes"
    assert "The harbour office keeps a record of every vessel" in scan.markdown
    assert scan.confidence_scores is not None
    first, scan = run(Bytes(data=MIXED), model="text").pages
    assert scan.markdown == "![img-0.png](img-0.png)"


def test_local_ocr_wants_a_picture() -> None:
    (error,) = run(Bytes(data=docx(paragraph("text"))), model="ocr").missing_pages.values()
    assert 'model="local" reads what it says' in str(error)


@pytest.mark.parametrize(
    ("data", "last"),
    [
        (docx(paragraph("one") + paragraph("two", facts="<w:pageBreakBefore/>")), "two"),
        (pptx([shape("one"), shape("two"), shape("three")]), "three"),
        (xlsx({"One": sheet({"A1": 1.0}), "Two": sheet({"A1": 2.0})}), "# Two\n\n| 2 |\n| --- |"),
        (epub({"a.xhtml": "<p>one</p>", "b.xhtml": "<p>two</p>"}), "two"),
        (b"<!doctype html><p>one<p style='break-before: page'>two", "two"),
    ],
    ids=["docx", "pptx", "xlsx", "epub", "html"],
)
def test_their_pages_can_be_counted_and_chosen(data: bytes, last: str) -> None:
    response = asyncio.run(aocr(data, pages=-1))
    assert [page.markdown for page in response.pages] == [last]
    assert response.pages[0].dimensions is None
    for dialect in ("mistral", "opper", "litellm"):
        written = response.to_dict(dialect)
        assert OCRResponse.from_dict(written, dialect).markdown == last


def test_their_running_heads_are_extracted_or_left_in() -> None:
    head = paragraph("Head")
    data = docx(
        paragraph("body") + '<w:sectPr><w:headerReference w:type="default" r:id="rH"/></w:sectPr>',
        [relation("rH", "header", "header1.xml")],
        {"header1.xml": f"<w:hdr {WORD}>{head}</w:hdr>"},
    )
    (page,) = run(Bytes(data=data), extract_header=True).pages
    assert (page.markdown, page.header) == ("body", "Head")
    (page,) = run(Bytes(data=data), extract_header=False).pages
    assert (page.markdown, page.header) == ("Head\n\nbody", None)


WITHOUT = """
import asyncio, sys
sys.modules["{module}"] = None  # as if it were not installed
from ocr_async.engine.office.documents import Flowing
from ocr_async.models import FileOnDisk
Flowing(FileOnDisk(path="x"), "{kind}")
"""


@pytest.mark.parametrize(("module", "kind"), [("office_oxide", "docx"), ("selectolax", "epub")])
def test_without_the_extra_it_is_named(module: str, kind: str) -> None:
    page_ready = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(module=module, kind=kind)], capture_output=True, text=True, check=False
    )
    assert "DocumentError" in page_ready.stderr
    assert "pip install 'ocr_async[office]'" in page_ready.stderr


@pytest.mark.parametrize(
    ("named", "applied"),
    [
        *(("easyocr", "auto"), ("ocrmac", "auto"), ("auto", "auto"), ("rapidocr", "rapidocr")),
        *(("tesseract", "tesseract"), ("tesserocr", "tesseract"), (None, None)),
    ],
)
def test_any_of_doclings_engines_is_taken_and_what_was_applied_is_told(named: str | None, applied: str | None) -> None:
    if applied == "tesseract" and not tessdata.has_package():
        applied = "auto"
    request = OCRRequest(model="", document=TWO, docling_extra={"ocr_engine": named})
    response: OCRResponse = play(LOCAL.exchange(request), lambda _: [])
    settings = response.usage_info.applied_settings or {}
    assert settings.get("ocr_engine") == applied
