"""Pages that a first model read badly are asked of a second one, and of none but those."""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pytest

from ocr_async import OCR, aocr
from ocr_async.call.escalation import reason
from ocr_async.errors import ConfigurationError, PagesMissing
from ocr_async.events import Event, PageDone, PageEscalated
from ocr_async.models import Escalation, OCRPage, OCRPageConfidence
from tests.documents import PARAGRAPHS, text_pdf
from tests.upstream import Exchange, Upstream


pytestmark = pytest.mark.anyio

SAMPLES = Path(__file__).parent.parent / "samples"
FIRST, SECOND = "mistral/mistral-ocr-latest", "opper/mistral/mistral-ocr-latest"
PDF = text_pdf([PARAGRAPHS] * 4)


def page(index: int, confidence: float | None, markdown: str = "first") -> dict[str, Any]:
    scores = {"average_page_confidence_score": confidence, "minimum_page_confidence_score": confidence}
    return {
        "index": index,
        "markdown": f"{markdown} {index}",
        "images": [],
        "dimensions": None,
        "confidence_scores": None if confidence is None else scores,
    }


def service(confidences: Mapping[int, float | None], *, lost: Collection[int] = (), second: Any = None) -> Any:
    """Answer Mistral's route with *confidences*, without the *lost* pages, and Opper's with sure pages."""

    async def serve(exchange: Exchange) -> None:
        await exchange.read()
        asked = exchange.received.json.get("pages")
        if exchange.received.path == "/v2/ocr":
            if second is not None:
                await second(exchange)
                return
            pages = [page(index, None, "second") for index in asked or sorted(confidences)]
            body = {"id": "o", "model": "mistral/mistral-ocr-latest", "cost": {"generation": 0.01, "total": 0.01}}
        else:
            pages = [
                page(index, confidence)
                for index, confidence in confidences.items()
                if index not in lost and (asked is None or index in asked)
            ]
            body = {"model": "mistral-ocr-latest"}
        await exchange.json({**body, "pages": pages, "usage_info": {"pages_processed": len(pages)}})

    return serve


def asked_of_second(server: Upstream) -> list[Any]:
    return [each.json.get("pages") for each in server.requests if each.path == "/v2/ocr"]


async def test_only_what_was_read_badly_is_asked_again(hosted: Upstream) -> None:
    hosted.default = service({0: 0.99, 1: 0.62, 2: 0.9, 3: 0.2})
    events: list[Event] = []
    response = await aocr(PDF, model=FIRST, escalate_to=SECOND, min_confidence=0.9, on_event=events.append)
    assert asked_of_second(hosted) == [[1, 3]]
    assert [each.markdown for each in response.pages] == ["first 0", "second 1", "first 2", "second 3"]
    assert response.escalated == {
        1: Escalation(model=SECOND, reason="confidence 0.62"),
        3: Escalation(model=SECOND, reason="confidence 0.20"),
    }
    assert response.to_dict()["pages"][1]["model"] == SECOND
    assert json.loads(response.to_json())["pages"][1]["escalated"] == "confidence 0.62"
    assert response.cost is not None
    assert response.cost.total == pytest.approx(4 * 0.004 + 0.01)
    assert response.usage_info.pages_processed == 6
    escalated = [each for each in events if isinstance(each, PageEscalated)]
    assert [(each.index, each.model, each.next_model) for each in escalated] == [(1, FIRST, SECOND), (3, FIRST, SECOND)]
    done = [each.index for each in events if isinstance(each, PageDone)]
    assert sorted(done) == [0, 1, 2, 3]  # each once, the bad ones not before they are good


async def test_nothing_is_asked_where_all_is_well(hosted: Upstream) -> None:
    hosted.default = service({0: 0.99, 1: None})
    response = await aocr(PDF, model=FIRST, escalate_to=SECOND, min_confidence=0.9)
    assert asked_of_second(hosted) == []
    assert response.escalated == {}


async def test_pages_that_never_came_are_asked_of_the_second(hosted: Upstream) -> None:
    hosted.default = service({0: 0.99, 1: 0.99, 2: 0.99}, lost={1})
    response = await aocr(PDF, model=FIRST, escalate_to=SECOND, pages=[0, 1, 2])
    assert [each.markdown for each in response.pages] == ["first 0", "second 1", "first 2"]
    assert response.escalated[1].reason == "error: PagesMissing"
    assert not response.missing_pages


async def test_a_first_that_fails_altogether_leaves_all_to_the_second(hosted: Upstream) -> None:
    async def down(exchange: Exchange) -> None:
        await exchange.read()
        if exchange.received.path == "/v1/ocr":
            await exchange.json({"message": "no"}, 400)
        else:
            await service({0: None, 1: None})(exchange)

    hosted.default = down
    response = await aocr(PDF, model=FIRST, escalate_to=SECOND)
    assert [each.markdown for each in response.pages] == ["second 0", "second 1"]
    assert {each.reason for each in response.escalated.values()} == {"error: RequestRejected"}


async def test_a_second_that_fails_leaves_what_the_first_read(hosted: Upstream) -> None:
    async def down(exchange: Exchange) -> None:
        await exchange.json({"message": "no"}, 400)

    hosted.default = service({0: 0.99, 1: 0.5}, second=down)
    response = await aocr(PDF, model=FIRST, escalate_to=SECOND, min_confidence=0.9)
    assert [each.markdown for each in response.pages] == ["first 0", "first 1"]
    assert response.escalated == {}


async def test_what_neither_could_read_is_missing(hosted: Upstream) -> None:
    async def down(exchange: Exchange) -> None:
        await exchange.json({"message": "no"}, 400)

    hosted.default = service({0: 0.99, 1: 0.99, 2: 0.99}, lost={1}, second=down)
    asked: dict[str, Any] = {"model": FIRST, "escalate_to": SECOND, "pages": [0, 1, 2]}
    with pytest.raises(PagesMissing) as caught:
        await aocr(PDF, **asked)
    assert caught.value.missing == (1,)
    response = await aocr(PDF, **asked, on_error="partial")
    assert ([each.index for each in response.pages], list(response.missing_pages)) == ([0, 2], [1])


async def test_digital_pages_cost_nothing_and_hard_scans_alone_do(hosted: Upstream) -> None:
    hosted.default = service({0: None})
    client = OCR(model="local", escalate_to=SECOND, min_confidence=0.9)
    digital = await client.aocr(SAMPLES / "digital.pdf")
    assert (digital.escalated, hosted.requests) == ({}, [])
    assert digital.cost is not None
    assert digital.cost.total == 0
    scan = await client.aocr(SAMPLES / "scan.pdf", min_confidence=1.0)
    assert scan.pages[0].markdown == "second 0"
    assert scan.cost is not None
    assert scan.cost.total == pytest.approx(0.01)


async def test_an_open_file_is_read_once(hosted: Upstream) -> None:
    hosted.default = service({0: 0.5})

    class Stream(io.RawIOBase):
        left = PDF

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            piece, self.left = self.left[: len(buffer)], self.left[len(buffer) :]
            buffer[: len(piece)] = piece
            return len(piece)

    response = await aocr(io.BufferedReader(Stream()), model=FIRST, escalate_to=SECOND, min_confidence=0.9)
    assert response.pages[0].markdown == "second 0"
    first, second = hosted.requests
    assert first.json["document"]["document_url"].endswith(second.json["document"]["content"])


async def test_the_second_gets_what_is_left_of_the_money(hosted: Upstream) -> None:
    hosted.default = service(dict.fromkeys(range(4), 0.5))
    response = await aocr(PDF, model=FIRST, escalate_to=SECOND, min_confidence=0.9, max_cost=0.02)
    assert asked_of_second(hosted) == []  # 4 × 0.004 are spent, and the second would take as much again
    assert [each.markdown for each in response.pages] == [f"first {index}" for index in range(4)]


async def test_an_estimate_tells_the_range(hosted: Upstream) -> None:
    estimate = await OCR(model=FIRST, escalate_to="mistral/mistral-ocr-2512").aestimate(PDF)
    assert estimate.pages == 4
    assert estimate.cost == pytest.approx(0.016)
    assert estimate.max_cost == pytest.approx(0.024)
    assert hosted.requests == []


@pytest.mark.parametrize(
    ("options", "why"),
    [({"escalate_to": "locla"}, "locla"), ({"escalate_to": SECOND, "min_confidence": 1.5}, "min_confidence")],
)
async def test_a_mistake_is_told_before_anything_is_read(hosted: Upstream, options: Any, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        await aocr(PDF, model=FIRST, **options)
    assert hosted.requests == []


def test_reasons() -> None:
    sure = OCRPageConfidence(average_page_confidence_score=0.8, minimum_page_confidence_score=0.1)
    assert reason(OCRPage(index=0, markdown="", confidence_scores=sure), 0.8) is None
    assert reason(OCRPage(index=0, markdown="", confidence_scores=sure), 0.81) == "confidence 0.80"
    assert reason(OCRPage(index=0, markdown="", confidence_scores=sure), None) is None
    assert reason(OCRPage(index=0, markdown="", extra={"warnings": ["faint print"]}), None) == "warning: faint print"


# --- options that a stand-in has not --------------------------------------------------------------------------------


async def test_a_stand_in_is_asked_without_the_options_that_it_has_not(hosted: Upstream) -> None:
    async def down(exchange: Exchange) -> None:
        await exchange.read()
        if exchange.received.path == "/v1/ocr":
            await exchange.json({"message": "no"}, 401)
        else:
            await service({0: None})(exchange)

    hosted.default = down
    asked: dict[str, Any] = {"model": FIRST, "fallbacks": [SECOND], "include_blocks": True, "table_format": "html"}
    response = await aocr(PDF, **asked)
    assert response.dropped_options == ("include_blocks",)
    assert hosted.requests[-1].json["mistral_extra"] == {"table_format": "html"}
    with pytest.raises(ConfigurationError, match="no option include_blocks"):
        await aocr(PDF, **asked, strict=True)
    with pytest.raises(ConfigurationError, match="no option include_blocks"):
        await aocr(PDF, model=SECOND, include_blocks=True)  # nobody stands in for it


async def test_an_estimate_needs_no_key_of_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MISTRAL_API_KEY", "COHERE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    estimate = await OCR(model=FIRST, escalate_to="cohere/parse-v5.0").aestimate(PDF)
    assert estimate.pages == 4
    assert estimate.cost == pytest.approx(4 * 0.004)
    assert estimate.max_cost == pytest.approx(4 * 0.0055)
