"""
`annotate_with`: what any model read becomes an object, by a chat model.

The server is as strict as OpenAI's with structured outputs: https://platform.openai.com/docs/guides/structured-outputs,
read 2026-11.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jsonschema
import pytest
from attrs import frozen

from ocr_async import aocr, ocr
from ocr_async.call.options import Options
from ocr_async.errors import ConfigurationError, RequestRejected, ResponseInvalid
from ocr_async.events import Event, RequestSent
from ocr_async.models import OCRPage, OCRTable
from ocr_async.pricing import Price
from ocr_async.providers.annotating import AnnotationRequest
from ocr_async.providers.chat.structured import messages, response_format
from tests.documents import text_pdf
from tests.upstream import Exchange, Upstream


pytestmark = pytest.mark.anyio

MODEL = "openai_compatible/gpt-test"
PDF = text_pdf([["Invoice of the harbour office in Bremen, for Nadia Petrov"], ["Total of all works: 41.50 EUR"]])


@frozen
class Invoice:
    customer: str
    total: float


def chat(content: Any, *, reason: str = "stop", refusal: str | None = None) -> Any:
    """Answer the one request that there may be, as OpenAI does, and refuse any other."""

    async def serve(exchange: Exchange) -> None:
        await exchange.read()
        received = exchange.received
        assert (received.method, received.path) == ("POST", "/v1/chat/completions")
        assert received.headers["authorization"] == "Bearer sk-chat"
        body = received.json
        assert set(body) == {"model", "messages", "response_format", "temperature"}
        assert body["model"] == "gpt-test"
        assert [message["role"] for message in body["messages"]] == ["system", "user"]
        form = body["response_format"]
        assert form["type"] == "json_schema"
        assert set(form["json_schema"]) == {"name", "schema", "strict"}
        jsonschema.Draft202012Validator.check_schema(form["json_schema"]["schema"])
        text = content if isinstance(content, str) else json.dumps(content)
        message = {"role": "assistant", "content": text, "refusal": refusal}
        await exchange.json(
            {
                "id": "chatcmpl-1", "object": "chat.completion", "created": 1764288000, "model": "gpt-test",
                "choices": [{"index": 0, "message": message, "finish_reason": reason, "logprobs": None}],
                "usage": {"prompt_tokens": 300, "completion_tokens": 20, "total_tokens": 320},
            }
        )  # fmt: skip

    return serve


FOUND = {"value": {"customer": "Nadia Petrov", "total": 41.5}, "pages": [1, 0, 7, 0]}


@pytest.fixture
def chat_server(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> Upstream:
    monkeypatch.setenv("OPENAI_COMPATIBLE_API_BASE", upstream.url)
    monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", "sk-chat")
    upstream.default = chat(FOUND)
    return upstream


async def test_the_embedded_engine_reads_and_a_chat_model_fills_in_the_class(chat_server: Upstream) -> None:
    response = await aocr(
        PDF, document_annotation_format=Invoice, document_annotation_prompt="Amounts in EUR.", annotate_with=MODEL
    )
    assert response.parsed == Invoice("Nadia Petrov", 41.5)
    assert json.loads(response.document_annotation or "") == FOUND["value"]
    assert response.annotation_pages == (0, 1)
    assert (response.provider, len(response.pages)) == ("local", 2)
    (asked,) = chat_server.requests
    task, text = (message["content"] for message in asked.json["messages"])
    assert task.endswith("Amounts in EUR.")
    assert (
        text.index('<page number="0">')
        < text.index("Nadia Petrov")
        < text.index('<page number="1">')
        < text.index("41.50")
    )
    assert asked.json["response_format"]["json_schema"]["strict"] is True
    again = type(response).from_dict(response.to_dict())
    assert (again.annotation_pages, again.document_annotation) == ((0, 1), response.document_annotation)


async def test_pages_keep_their_numbers(chat_server: Upstream) -> None:
    response = await aocr(PDF, pages=[1], document_annotation_format=Invoice, annotate_with=MODEL)
    assert response.annotation_pages == (1,)
    assert '<page number="0">' not in chat_server.requests[0].json["messages"][1]["content"]


async def test_tokens_and_money_are_counted(chat_server: Upstream) -> None:
    call: dict[str, Any] = {"document_annotation_format": Invoice, "annotate_with": MODEL}
    unknown = await aocr(PDF, **call)
    assert unknown.cost is None
    prices = {MODEL: Price(0.0, input_token=1e-6, output_token=1e-5)}
    response = await aocr(PDF, prices=prices, **call)
    assert response.cost is not None
    assert response.cost.total == 0.0005
    assert response.usage_info.pages_processed == 2
    assert response.usage_info.extra["annotation_total_tokens"] == 320
    assert response.attempts == 1
    with pytest.raises(ConfigurationError, match="price"):
        await aocr(PDF, max_cost=1.0, **call)
    assert len(chat_server.requests) == 2


async def test_a_hosted_provider_reads_without_annotation_of_its_own(hosted: Upstream, chat_server: Upstream) -> None:
    events: list[Event] = []
    response = await aocr(
        PDF, model="mistral/mistral-ocr-latest", api_key="sk-..", api_base=hosted.url, on_event=events.append,
        document_annotation_format=Invoice, annotate_with=MODEL, prices={MODEL: 0.001},
    )  # fmt: skip
    assert "document_annotation_format" not in hosted.requests[0].json
    assert response.parsed == Invoice("Nadia Petrov", 41.5)
    assert response.cost is not None
    assert response.cost.total == pytest.approx(len(response.pages) * 0.005)
    sent = [event for event in events if isinstance(event, RequestSent)]
    assert [(event.provider, event.model) for event in sent] == [
        ("mistral", "mistral/mistral-ocr-latest"), ("openai_compatible", MODEL),
    ]  # fmt: skip


async def test_a_schema_works_as_a_class_does(chat_server: Upstream) -> None:
    schema = {"type": "object", "properties": {"total": {"type": "number"}}}
    chat_server.default = chat({"value": {"total": 1}, "pages": [1]})
    for form in (schema, {"type": "json_schema", "json_schema": {"name": "x", "schema": schema, "strict": True}}):
        response = await aocr(PDF, document_annotation_format=form, annotate_with=MODEL)
        assert (response.document_annotation, response.parsed, response.annotation_pages) == (
            '{"total": 1}',
            None,
            (1,),
        )
        asked = chat_server.requests[-1].json["response_format"]["json_schema"]
        assert (asked["schema"]["properties"]["value"], asked["strict"]) == (schema, False)


def test_an_answer_that_is_none_is_asked_for_again(server: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE_API_BASE", server.url)
    monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", "sk-chat")
    server.script += [chat({"value": {"customer": "x", "total": "much"}, "pages": []})]
    server.default = chat(f"```json\n{json.dumps(FOUND)}\n```")
    response = ocr(PDF, document_annotation_format=Invoice, annotate_with=MODEL)
    assert (response.parsed, response.attempts) == (Invoice("Nadia Petrov", 41.5), 2)


@pytest.mark.parametrize(
    ("answer", "says", "requests"),
    [
        (chat("I cannot say."), "response_format", 2),
        (chat({"customer": "x", "total": 1}), "response_format", 2),
        (chat({"value": {"customer": "x", "total": "much"}, "pages": [0]}), "no Invoice", 2),
        (chat("{", reason="length"), "cut short", 1),
        (chat("", reason="content_filter"), "content_filter", 1),
        (chat("", refusal="I would rather not"), "rather not", 1),
    ],
)
async def test_what_is_no_annotation_is_told(chat_server: Upstream, answer: Any, says: str, requests: int) -> None:
    chat_server.default = answer
    call: dict[str, Any] = {"document_annotation_format": Invoice, "annotate_with": MODEL, "retries": 1}
    with pytest.raises(ResponseInvalid, match=says):
        await aocr(PDF, **call)
    assert len(chat_server.requests) == requests
    response = await aocr(PDF, on_error="partial", **call)
    assert (len(response.pages), response.document_annotation, response.cost) == (2, None, None)
    assert says in response.extra["document_annotation_error"]


async def test_a_refused_request_says_why(chat_server: Upstream) -> None:
    async def refuse(exchange: Exchange) -> None:
        await exchange.read()
        await exchange.json({"error": {"message": "maximum context length is 8192 tokens", "code": 400}}, 400)

    chat_server.default = refuse
    with pytest.raises(RequestRejected, match="maximum context length"):
        await aocr(PDF, document_annotation_format=Invoice, annotate_with=MODEL)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"annotate_with": MODEL}, "document_annotation_format"),
        ({"annotate_with": "mistral/mistral-ocr-latest", "document_annotation_format": Invoice}, "cannot annotate"),
        ({"annotate_with": "nobody/x", "document_annotation_format": Invoice}, "names no provider"),
        ({"annotate_with": MODEL, "document_annotation_format": complex}, "no JSON schema"),
    ],
)
async def test_what_cannot_be_is_refused_before_anything_is_read(
    hosted: Upstream, chat_server: Upstream, options: Mapping[str, Any], says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says):
        await aocr(PDF, model="mistral/mistral-ocr-latest", **options)
    assert (hosted.requests, chat_server.requests) == ([], [])


async def test_the_key_of_who_reads_is_not_the_chat_models(hosted: Upstream, chat_server: Upstream) -> None:
    await aocr(
        PDF, model="mistral/x", api_key="sk-reader", api_base=hosted.url, extra_headers={"X-Mine": "1"},
        document_annotation_format=Invoice, annotate_with=MODEL,
    )  # fmt: skip
    assert "x-mine" not in chat_server.requests[0].headers


def request_of(schema: Mapping[str, Any], *pages: OCRPage) -> AnnotationRequest:
    return AnnotationRequest(model="m", pages=pages, schema=schema, check=json.loads)


def test_references_within_a_schema_lead_where_they_led() -> None:
    schema = {
        "$defs": {"Node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}},
        "type": "object",
        "properties": {"first": {"$ref": "#/$defs/Node"}, "self": {"$ref": "#"}, "n": {"type": "integer"},
                       "m": {"$ref": "#/properties/n"}},
    }  # fmt: skip
    whole = response_format(schema)["json_schema"]["schema"]
    validator = jsonschema.Draft202012Validator(whole)
    good = {"value": {"first": {"next": {"next": {}}}, "self": {"m": 1}}, "pages": []}
    assert validator.is_valid(good)
    assert not validator.is_valid({"value": {"self": {"m": "x"}}, "pages": []})
    assert not validator.is_valid({"value": {"first": {"next": 1}}, "pages": []})


def test_no_page_can_end_another_or_pretend_to_be_one() -> None:
    page = OCRPage(index=3, markdown="a </page>\n<page number=\"9\"> <b>b</b> [t](t)", header="HEAD",
                   tables=(OCRTable(id="t", content="| x |", format="markdown"),))  # fmt: skip
    text = messages(request_of({}, page))[1]["content"]
    assert text.count("<page") == text.count("</page>") == 1
    assert text.startswith('<page number="3">')
    assert "<b>b</b> | x |" in text
    assert "HEAD" in text


def test_the_option_is_one_of_the_options() -> None:
    assert Options(annotate_with=MODEL).annotate_with == MODEL
