"""Unstructured: answers made by hand after unstructured-client 0.46.4 and its documentation, read 2026-11."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from ocr_async.errors import ConfigurationError, ResponseInvalid
from ocr_async.models import Bytes, OCRRequest, OCRResponse
from ocr_async.providers.unstructured import Unstructured
from ocr_async.steps import Compute

from .cases.unstructured import element
from .play import answer, play


DOCUMENT = Bytes(data=b"%PDF-1.7", mime="application/pdf", name="a.pdf")
REQUEST = OCRRequest(model="hi_res", document=DOCUMENT)
UNSTRUCTURED = Unstructured(api_key="k-planted-1234")
PNG = "iVBORw0KGgoAAAAAAAAAAA=="


def sizes(step: Compute) -> Any:
    return ((1000, 2000, 200),) * 2


def ask(request: OCRRequest, body: Any) -> tuple[list[Any], OCRResponse]:
    return play(UNSTRUCTURED.exchange(request), answer(body), compute=sizes)


def test_elements_become_pages_and_a_blank_one_is_a_page() -> None:
    table = "<table><tr><th>Year</th></tr><tr><td>2026</td></tr></table>"
    elements = [
        element(1, "Header", "Annual report"),
        element(1, "Title", "Results", category_depth=1),
        element(1, "NarrativeText", "2 * 3 * 4"),
        element(1, "Table", "Year 2026", text_as_html=table),
        element(1, "Image", "", 500, image_base64=PNG),
        element(1, "ListItem", "first"),
        element(1, "PageNumber", "1"),
    ]
    requests, response = ask(evolve(REQUEST, include_image_base64=True), elements)
    first, second = response.pages
    assert first.markdown == (
        "## Results\n\n2 * 3 * 4\n\n| Year |\n| --- |\n| 2026 |\n\n![img-0.jpeg](img-0.jpeg)\n\n- first"
    )
    assert (first.header, first.footer, second.markdown) == ("Annual report", "1", "")
    assert first.dimensions is not None
    assert (first.dimensions.width, first.dimensions.height) == (1700, 2200)
    assert first.images[0].bbox == {"x": 170, "y": 500, "width": 680, "height": 50}
    assert first.images[0].image_base64 == f"data:image/png;base64,{PNG}"
    assert requests[0].credentials == {"unstructured-api-key": "k-planted-1234"}
    assert dict(requests[0].body.fields)["extract_image_block_types[]"] == "Image"


@pytest.mark.parametrize("body", [{}, 7])
def test_what_is_no_answer_of_unstructured_is_refused(body: Any) -> None:
    with pytest.raises(ResponseInvalid):
        ask(REQUEST, body)


def test_a_strategy_that_unstructured_has_not_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no strategy"):
        Unstructured.connect(model="turbo", api_key="k", api_base=None, headers={}, environ={})


def test_keys_come_from_the_environment() -> None:
    environ = {"UNSTRUCTURED_API_KEY": "k-1234567"}
    found = Unstructured.connect(api_key=None, api_base=None, headers={}, environ=environ)
    assert (found.base_url, found.api_key) == ("https://api.unstructuredapp.io", "k-1234567")
    with pytest.raises(ConfigurationError, match="UNSTRUCTURED_API_KEY"):
        Unstructured.connect(api_key=None, api_base=None, headers={}, environ={})
