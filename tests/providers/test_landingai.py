"""Landing AI: answers made by hand after the types of its client landingai-ade 1.18.1, read 2026-11."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve

from ocr_async.errors import (
    ConfigurationError,
    OCRError,
    PasswordRequired,
    ProviderUnavailable,
    RequestRejected,
    ResponseInvalid,
)
from ocr_async.models import Bytes, OCRRequest, OCRResponse, Url
from ocr_async.providers.landingai import LandingAI
from ocr_async.steps import Compute, Multipart

from .cases.landingai import grounded
from .play import answer, play


DOCUMENT = Bytes(data=b"%PDF-1.7", mime="application/pdf", name="a.pdf")
REQUEST = OCRRequest(model="dpt-3-verity", document=DOCUMENT)
LANDINGAI = LandingAI(api_key="k-planted-1234")


class Result:
    """Builds a result whose places in the Markdown are right."""

    def __init__(self) -> None:
        self.markdown = ""
        self.pages: list[dict[str, Any]] = []
        self.metadata: dict[str, Any] = {"failed_pages": [], "billing": {"total_credits": 2.5}, "duration_ms": 2500}

    def place(self, text: str, page: int, **box: float) -> dict[str, Any]:
        start = len(self.markdown)
        self.markdown += text
        where = grounded(page, start, len(self.markdown), **box)
        self.markdown += "\n\n"
        return where

    def element(self, kind: str, text: str, page: int = 1, top: float = 0.1, **facts: Any) -> dict[str, Any]:
        box = {"ymin": top, "ymax": top + 0.1}
        return {"type": kind, "id": "e", "grounding": self.place(text, page, **box), **facts}

    def page(self, number: int, *children: dict[str, Any], **facts: Any) -> None:
        self.pages.append(
            {"type": "page", "status": "ok", "grounding": {"page": number}, "children": children, **facts}
        )

    def body(self) -> dict[str, Any]:
        structure = {"type": "document", "children": self.pages}
        result = {"markdown": self.markdown, "structure": structure, "metadata": self.metadata}
        return {"status": "completed", "result": result}


def sizes(step: Compute) -> Any:
    return ((1000, 2000, 200),) * 3


def ask(request: OCRRequest, *states: Any) -> tuple[list[Any], OCRResponse]:
    begun = answer({"job_id": "j-1", "status": "pending"}, 202)
    return play(LANDINGAI.exchange(request), begun, *map(answer, states), compute=sizes)


def test_elements_become_a_page_by_their_code_points() -> None:
    result = Result()
    cells = [("Jahr 🗓️", 1, 1, 1), ("Summe", 1, 2, 1), ("beide", 2, 1, 2)]
    result.page(
        1,
        result.element("marginalia", "Bericht 👩‍🔬", top=0.01),
        result.element("text", "# Ergebnisse", top=0.1),
        result.element("text", "<a id='x'></a>\n\nSiehe **hier**.", top=0.2),
        result.element(
            "table",
            "",
            top=0.3,
            children=[
                result.element("table_cell", text, row=row, col=column, colspan=span, rowspan=1)
                for text, row, column, span in cells
            ],
        ),
        result.element("figure", "Eine steigende Linie.", top=0.5),
        result.element("marginalia", "7", top=0.9),
    )
    requests, response = ask(REQUEST, {"status": "processing"}, result.body())
    (page,) = response.pages
    assert page.markdown == (
        "# Ergebnisse\n\nSiehe **hier**.\n\n| Jahr 🗓️ | Summe |\n| --- | --- |\n| beide |  |\n\n"
        "![img-0.jpeg](img-0.jpeg)\n\nEine steigende Linie."
    )
    assert (page.header, page.footer) == ("Bericht 👩‍🔬", "7")
    assert page.images[0].bbox == {"x": 100, "y": 1000, "width": 400, "height": 200}
    assert (response.usage_info.credits, response.usage_info.processing_time_seconds) == (2.5, 2.5)
    assert response.cost is None
    assert [(each.method, each.url) for each in requests] == [
        ("POST", "https://api.ade.landing.ai/v2/parse/jobs"),
        ("GET", "https://api.ade.landing.ai/v2/parse/jobs/j-1"),
        ("GET", "https://api.ade.landing.ai/v2/parse/jobs/j-1"),
    ]
    assert isinstance(requests[0].body, Multipart)
    assert list(requests[0].body.fields) == [("model", "dpt-3-verity"), ("document", DOCUMENT)]


def test_a_page_that_failed_is_an_error_of_that_page_alone() -> None:
    result = Result()
    result.page(1, result.element("text", "a"))
    result.page(2, status="failed", reason="too dense")
    result.page(3, result.element("text", "c", page=3))
    result.metadata["failed_pages"] = [2]
    _, response = ask(REQUEST, result.body())
    assert [(page.index, page.markdown) for page in response.pages] == [(0, "a"), (2, "c")]
    assert {index: str(error) for index, error in response.missing_pages.items()} == {
        1: "the page failed at landingai: too dense"
    }


def test_words_tell_how_sure_a_page_is() -> None:
    result = Result()
    words = [{"page": 1, "confidence": confidence} for confidence in (0.9, 0.5)]
    result.page(1, result.element("text", "two words", atomic_grounding=words))
    scores = ask(REQUEST, result.body())[1].pages[0].confidence_scores
    assert scores is not None
    assert scores.average_page_confidence_score == pytest.approx(0.7)
    assert scores.minimum_page_confidence_score == 0.5


def test_confidences_beyond_all_numbers_are_that_of_what_is_sure() -> None:
    result = Result()
    words = [{"page": 1, "confidence": 1e308}] * 2
    result.page(1, result.element("text", "two words", atomic_grounding=words))
    scores = ask(REQUEST, result.body())[1].pages[0].confidence_scores
    assert scores is not None
    assert (scores.average_page_confidence_score, scores.minimum_page_confidence_score) == (1.0, 1.0)


def test_a_password_goes_among_the_options_and_what_is_landing_ais_own_beside() -> None:
    request = evolve(
        REQUEST,
        document=evolve(DOCUMENT, password="open sesame"),
        extra_body={"options": {"atomic_grounding": False}, "service_tier": "priority"},
    )
    result = Result()
    result.page(1)
    requests, _ = ask(request, result.body())
    form = dict(requests[0].body.fields)
    assert json.loads(form["options"]) == {"password": "open sesame", "atomic_grounding": False}
    assert form["service_tier"] == "priority"


def test_an_address_is_not_uploaded() -> None:
    result = Result()
    result.page(1, result.element("text", "a"))
    requests, response = ask(evolve(REQUEST, document=Url(url="https://example.com/a.pdf")), result.body())
    assert dict(requests[0].body.fields)["document_url"] == "https://example.com/a.pdf"
    assert response.pages[0].dimensions is None


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ({"status": "failed", "error": {"code": "x", "message": "it is damaged"}}, RequestRejected),
        ({"status": "failed", "failure_reason": "it is damaged"}, RequestRejected),
        ({"status": "cancelled"}, ProviderUnavailable),
        ({"status": "lost"}, ResponseInvalid),
        ({"status": "completed", "result": {"markdown": "x"}}, ResponseInvalid),
        ({"status": "completed", "result": {"markdown": "", "structure": {"children": [{}]}}}, ResponseInvalid),
    ],
)
def test_a_job_that_failed_says_why(state: Any, error: type[OCRError]) -> None:
    with pytest.raises(error, match="damaged" if "failed" in state["status"] else "landingai"):
        ask(REQUEST, state)


def test_a_document_that_does_not_open_wants_its_password() -> None:
    body = {"error": {"code": "encrypted_pdf_wrong_password"}}
    assert isinstance(LANDINGAI.refused(answer(body, 422)), PasswordRequired)
    assert LANDINGAI.refused(answer({}, 422)) is None


def test_keys_and_addresses_come_from_the_environment() -> None:
    environ = {"LANDINGAI_ADE_V2_BASE_URL": "https://api.ade.eu-west-1.landing.ai", "VISION_AGENT_API_KEY": "k-1234567"}
    found = LandingAI.connect(api_key=None, api_base=None, headers={}, environ=environ)
    assert (found.base_url, found.api_key) == ("https://api.ade.eu-west-1.landing.ai", "k-1234567")
    with pytest.raises(ConfigurationError, match="VISION_AGENT_API_KEY"):
        LandingAI.connect(api_key=None, api_base=None, headers={}, environ={})
