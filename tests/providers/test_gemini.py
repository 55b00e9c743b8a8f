"""Gemini, played without I/O: https://ai.google.dev/api/generate-content, google-genai 3.6.1; read 2026-11."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ocr_async.errors import AuthenticationFailed, ConfigurationError, RateLimited, ResponseInvalid
from ocr_async.models import Bytes, OCRRequest
from ocr_async.providers.chat.families import GENERIC
from ocr_async.providers.gemini import Gemini
from ocr_async.steps import Base64, HttpRequest

from .play import answer, play


PAGE = Bytes(data=b"\xff\xd8\xff", mime="image/jpeg", name="a.jpg")
REQUEST = OCRRequest(model="gemini-flash-latest", document=PAGE)
GEMINI = Gemini(api_key="key-planted-12345")


def said(text: str, reason: str = "STOP", **facts: Any) -> Any:
    candidate = {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": reason, "index": 0}
    usage = {"promptTokenCount": 560, "candidatesTokenCount": 40, "thoughtsTokenCount": 10, "totalTokenCount": 610}
    return answer(
        {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "m-1", "responseId": "r", **facts}
    )


def connect(environ: Mapping[str, str], **given: Any) -> Gemini:
    options: dict[str, Any] = {"model": "m", "api_key": None, "api_base": None, "headers": {}, **given}
    return Gemini.connect(environ=environ, **options)


def test_a_request_is_a_picture_and_the_prompt() -> None:
    (request,), response = play(GEMINI.exchange(REQUEST), said("# Title"))
    host = "https://generativelanguage.googleapis.com"
    assert (request.method, request.url) == ("POST", f"{host}/v1beta/models/gemini-flash-latest:generateContent")
    assert request.credentials == {"x-goog-api-key": "key-planted-12345"}
    picture = {"inlineData": {"mimeType": "image/jpeg", "data": Base64(PAGE)}}
    assert request.json == {
        "contents": [{"role": "user", "parts": [picture, {"text": GENERIC.prompt}]}],
        "generationConfig": {"temperature": 0.0},
    }
    assert response.pages[0].markdown == "# Title"
    assert (response.model, response.id) == ("m-1", "r")
    assert response.usage_info.extra == {
        "prompt_tokens": 560,
        "completion_tokens": 50,  # with what it thought, which is billed too
        "thoughts_tokens": 10,
        "total_tokens": 610,
    }


def test_extra_body_is_merged_with_the_settings() -> None:
    extra = {"prompt": "Read.", "generationConfig": {"maxOutputTokens": 9, "temperature": None}, "safetySettings": []}
    request = OCRRequest(model="models/gemini-x", document=PAGE, extra_body=extra)
    (sent,), _ = play(GEMINI.exchange(request), said("text"))
    assert sent.url.endswith("/v1beta/models/gemini-x:generateContent")
    assert sent.json["contents"][0]["parts"][1] == {"text": "Read."}
    assert sent.json["generationConfig"] == {"maxOutputTokens": 9}
    assert sent.json["safetySettings"] == []


def test_a_models_name_leads_to_no_other_path() -> None:
    request = OCRRequest(model="../files?x=", document=PAGE)
    (sent,), _ = play(GEMINI.exchange(request), said("text"))
    assert sent.url.endswith("/v1beta/models/..%2Ffiles%3Fx%3D:generateContent")


def test_what_it_thought_is_no_part_of_the_page() -> None:
    parts = [{"text": "Hm.", "thought": True}, {"text": "# A"}, {"text": "\n\nb"}]
    body = {"candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}]}
    _, response = play(GEMINI.exchange(REQUEST), answer(body))
    assert response.pages[0].markdown == "# A\n\nb"
    assert response.model == "gemini-flash-latest"


@pytest.mark.parametrize("reason", ["SAFETY", "OTHER", "PROHIBITED_CONTENT", "MALFORMED_RESPONSE"])
def test_every_end_but_stop_is_an_error_of_the_page(reason: str) -> None:
    requests, response = play(GEMINI.exchange(REQUEST), said("half", reason))
    assert len(requests) == 1
    assert response.pages == ()
    assert isinstance(response.missing_pages[0], ResponseInvalid)
    assert reason in str(response.missing_pages[0])


def test_a_page_that_is_cut_short_is_an_error_of_the_page() -> None:
    _, response = play(GEMINI.exchange(REQUEST), said("The first half of the", "MAX_TOKENS"))
    assert "cut short after 50 tokens" in str(response.missing_pages[0])


def test_recitation_and_loops_are_tried_again_warmer() -> None:
    loop = "and the same again, " * 60
    requests, response = play(
        GEMINI.exchange(REQUEST), said("", "RECITATION"), said(loop, "MAX_TOKENS"), said("# Whole")
    )
    assert [request.json["generationConfig"]["temperature"] for request in requests] == [0.0, 0.3, 0.6]
    assert response.pages[0].markdown == "# Whole"
    assert response.usage_info.extra["total_tokens"] == 3 * 610
    _, response = play(GEMINI.exchange(REQUEST), *[said("", "RECITATION")] * 3)
    assert "RECITATION" in str(response.missing_pages[0])


def test_a_prompt_that_is_blocked_is_an_error_of_the_page() -> None:
    _, response = play(GEMINI.exchange(REQUEST), answer({"promptFeedback": {"blockReason": "SAFETY"}}))
    assert "SAFETY" in str(response.missing_pages[0])


@pytest.mark.parametrize("body", [{}, [], {"candidates": []}, {"candidates": [7]}, {"candidates": {"a": 1}}])
def test_what_is_no_answer_is_refused(body: Any) -> None:
    step = next(GEMINI.exchange(REQUEST))
    assert isinstance(step, HttpRequest)
    with pytest.raises(ResponseInvalid):
        step.parse(answer(body))


def test_googles_errors_are_read_out_of_their_details() -> None:
    step = next(GEMINI.exchange(REQUEST))
    assert isinstance(step, HttpRequest)
    assert step.refused is not None
    wrong_key = {"code": 400, "message": "API key not valid.", "details": [{"reason": "API_KEY_INVALID"}]}
    assert isinstance(step.refused(answer({"error": wrong_key}, 400)), AuthenticationFailed)
    slow = {"code": 429, "message": "quota", "details": [{"@type": "x/google.rpc.RetryInfo", "retryDelay": "19.5s"}]}
    limited = step.refused(answer({"error": slow}, 429))
    assert isinstance(limited, RateLimited)
    assert limited.retry_after == 19.5
    limited = step.refused(answer({"error": {"code": 429, "message": "quota"}}, 429))
    assert isinstance(limited, RateLimited)
    assert limited.retry_after is None
    others: list[Any] = [{"error": {"code": 500, "message": "down"}}, {"error": "down"}, "down", []]
    for other in others:
        assert step.refused(answer(other, 500)) is None


def test_the_environments_key_goes_to_google_alone() -> None:
    environ = {"GOOGLE_API_KEY": "g-1", "GEMINI_API_KEY": "g-2"}
    assert connect(environ).api_key == "g-2"
    assert connect({"GOOGLE_API_KEY": "g-1"}).api_key == "g-1"
    assert connect(environ, api_base="https://elsewhere.example.com").api_key is None
    assert connect(environ, api_base="http://localhost:9/v1beta").base_url == "http://localhost:9"
    assert connect({**environ, "GEMINI_API_BASE": "https://own.example.com"}).api_key == "g-2"
    assert connect({}, headers={"Authorization": "Bearer t"}).credentials == {"Authorization": "Bearer t"}
    with pytest.raises(ConfigurationError, match="GEMINI_API_KEY"):
        connect({})
    assert "key-planted" not in repr(GEMINI)
