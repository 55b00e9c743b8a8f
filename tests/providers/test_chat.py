"""
Vision models behind OpenAI's chat API, played without I/O.

Answers are made by hand after the models' own repositories (ocr_async/providers/chat/families.py names them) and
OpenAI's reference of chat completions, read 2026-11.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import PIL.Image
import pytest
from attrs import evolve

from ocr_async.errors import (
    AuthenticationFailed,
    ConfigurationError,
    EngineError,
    ProviderUnavailable,
    RateLimited,
    ResponseInvalid,
)
from ocr_async.models import Bytes, OCRPage, OCRRequest, OCRResponse
from ocr_async.providers.chat import Chat, HostedVLLM, Ollama, OpenAICompatible
from ocr_async.providers.chat.families import FAMILIES, GENERIC, family_of
from ocr_async.steps import Base64, Compute, HttpRequest

from .play import answer, play


def picture(width: int, height: int, form: str = "PNG") -> Bytes:
    buffer = io.BytesIO()
    PIL.Image.new("L", (width, height), 255).save(buffer, form)
    return Bytes(data=buffer.getvalue(), mime=f"image/{form.lower()}", name="page-1.png")


PAGE = picture(1000, 2000)


def connected(model: str, cls: type[Chat] = HostedVLLM, base: str = "http://localhost:8000") -> Chat:
    return cls.connect(model=model, api_key="sk-own-12345", api_base=base, headers={}, environ={})


def request_of(model: str, **options: Any) -> OCRRequest:
    return OCRRequest(model=model, document=options.pop("document", PAGE), **options)


def said(text: str, reason: str = "stop", **facts: Any) -> Any:
    message = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": 900, "completion_tokens": 100, "total_tokens": 1000}
    body = {
        "id": "chatcmpl-7",
        "model": "served",
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
    }
    return answer({**body, "usage": usage, **facts})


def read(model: str, *texts: str, **options: Any) -> tuple[list[HttpRequest[Any]], OCRResponse]:
    return play(connected(model).exchange(request_of(model, **options)), *map(said, texts))


def page_of(model: str, text: str, **options: Any) -> OCRPage:
    (page,) = read(model, text, **options)[1].pages
    return page


def body_of(request: HttpRequest[Any]) -> dict[str, Any]:
    assert isinstance(request.json, dict)
    return request.json


# --- what is asked ------------------------------------------------------------------------------------------------


def test_a_request_is_a_picture_and_the_familys_prompt_at_temperature_0() -> None:
    (request,), response = read("qwen2.5-vl-7b", "# Title")
    assert (request.method, request.url) == ("POST", "http://localhost:8000/v1/chat/completions")
    assert request.credentials == {"Authorization": "Bearer sk-own-12345"}
    assert body_of(request) == {
        "model": "qwen2.5-vl-7b",
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": Base64(PAGE, prefix="data:image/png;base64,")}},
                    {"type": "text", "text": GENERIC.prompt},
                ],
            }
        ],
        "temperature": 0.0,
    }
    assert response.pages[0].markdown == "# Title"
    assert (response.model, response.id) == ("served", "chatcmpl-7")
    assert response.usage_info.pages_processed == 1
    assert response.usage_info.extra == {"prompt_tokens": 900, "completion_tokens": 100, "total_tokens": 1000}


@pytest.mark.parametrize(
    ("model", "family", "prompt"),
    [
        ("deepseek-ai/DeepSeek-OCR", "DeepSeek-OCR", "<|grounding|>Convert the document to markdown."),
        ("deepseek-ocr:3b", "DeepSeek-OCR", "<|grounding|>Convert the document to markdown."),
        ("baidu/Unlimited-OCR", "Unlimited-OCR", "<image>\n<|grounding|>OCR this image."),
        ("PaddlePaddle/PaddleOCR-VL-1.6", "PaddleOCR-VL", "OCR:"),
        ("zai-org/GLM-OCR", "GLM-OCR", "Text Recognition:"),
        ("stepfun-ai/GOT-OCR-2.0-hf", "GOT-OCR", ""),
        ("lightonai/LightOnOCR-2-1B", "LightOnOCR", ""),
        ("ibm-granite/granite-docling-258M", "Granite-Docling", "Convert this page to docling."),
        ("rednote-hilab/dots.mocr", "dots.ocr", None),
        ("olmocr", "olmOCR", None),
        ("nanonets/Nanonets-OCR2-3B", "Nanonets-OCR", None),
    ],
)
def test_the_name_of_a_model_tells_its_family(model: str, family: str, prompt: str | None) -> None:
    found = family_of(model)
    assert found is FAMILIES[family]
    assert prompt is None or found.prompt == prompt


def test_vllms_own_fields_go_to_vllm_and_not_to_ollama() -> None:
    exchange = connected("deepseek-ocr").exchange(request_of("deepseek-ocr"))
    body = body_of(play(exchange, said("text"))[0][0])
    assert body["skip_special_tokens"] is False
    assert body["vllm_xargs"] == {"ngram_size": 30, "window_size": 90, "whitelist_token_ids": [128821, 128822]}
    assert body["max_tokens"] == 8192
    exchange = connected("deepseek-ocr", Ollama).exchange(request_of("deepseek-ocr"))
    body = body_of(play(exchange, said("text"))[0][0])
    assert set(body) == {"model", "messages", "temperature", "max_tokens"}


def test_extra_body_changes_the_prompt_and_the_body_and_takes_fields_out() -> None:
    extra = {"prompt": "Free OCR.", "max_tokens": 100, "seed": 7, "vllm_xargs": None}
    (request,), _ = read("deepseek-ocr", "text", extra_body=extra)
    body = body_of(request)
    assert body["messages"][0]["content"][1]["text"] == "Free OCR."
    assert (body["max_tokens"], body["seed"]) == (100, 7)
    assert "prompt" not in body
    assert "vllm_xargs" not in body


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("http://localhost:8000", "http://localhost:8000/v1/chat/completions"),
        ("http://localhost:8000/v1/", "http://localhost:8000/v1/chat/completions"),
        ("https://gpu.example.com/vision", "https://gpu.example.com/vision/v1/chat/completions"),
        ("https://ark.example.com/api/v3", "https://ark.example.com/api/v3/chat/completions"),
        (
            "https://x.example.com/v1beta/openai/chat/completions",
            "https://x.example.com/v1beta/openai/chat/completions",
        ),
    ],
)
def test_an_address_is_taken_with_and_without_its_version(given: str, url: str) -> None:
    requests, _ = play(connected("m", OpenAICompatible, given).exchange(request_of("m")), said("text"))
    assert requests[0].url == url


def connect(cls: type[Chat], environ: Mapping[str, str], **given: Any) -> Chat:
    options: dict[str, Any] = {"api_key": None, "api_base": None, "headers": {}, **given}
    return cls.connect(model="m", environ=environ, **options)


def test_addresses_and_keys_come_from_the_environment() -> None:
    environ = {"HOSTED_VLLM_API_BASE": "http://gpu:8000", "HOSTED_VLLM_API_KEY": "k-1", "OPENAI_API_KEY": "k-openai"}
    server = connect(HostedVLLM, environ)
    assert (server.base_url, server.api_key) == ("http://gpu:8000/v1", "k-1")
    assert connect(HostedVLLM, environ, api_base="http://elsewhere:8000").api_key is None
    assert connect(Ollama, environ).base_url == "http://localhost:11434/v1"
    assert connect(Ollama, {"OLLAMA_API_BASE": "http://gpu:11434"}).base_url == "http://gpu:11434/v1"
    assert connect(OpenAICompatible, environ, api_base="https://api.openai.com/v1").api_key == "k-openai"
    assert connect(OpenAICompatible, environ, api_base="https://other.example.com/v1").api_key is None
    with pytest.raises(ConfigurationError, match="HOSTED_VLLM_API_BASE"):
        connect(HostedVLLM, {})


def test_facts_depend_on_the_model() -> None:
    dots, plain, olmocr = connected("dots.ocr"), connected("qwen-vl"), connected("allenai/olmOCR-2-7B-1025")
    assert "include_blocks" in dots.facts.options
    assert plain.facts.options == {"pages", "extra_body"}
    assert olmocr.facts.pictures is not None
    assert olmocr.facts.pictures.longest_side == 1288
    assert plain.facts.pictures is not None
    assert "image/png" in plain.facts.pictures.accepts
    assert not plain.facts.takes_urls
    assert dots.account == plain.account  # one server, one limit


# --- what comes back ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("# A\n\ntext", "# A\n\ntext"),
        ("```markdown\n# A\n\ntext\n```", "# A\n\ntext"),
        ("Here is the page:\n\n```markdown\n# A\n```\n", "# A"),
        ("```md\ntext\n\n```python\nx = 1\n```\n\nmore\n```", "text\n\n```python\nx = 1\n```\n\nmore"),
        ("text\n\n```python\nx = 1\n```", "text\n\n```python\nx = 1\n```"),
        ("```markdown\nnever closed", "never closed"),
        ("<think>What is it?</think>\n# A", "# A"),
    ],
)
def test_a_fence_around_the_page_is_taken_off(text: str, markdown: str) -> None:
    assert page_of("qwen-vl", text).markdown == markdown


DEEPSEEK = """\
<|ref|>title<|/ref|><|det|>[[100, 50, 899, 100]]<|/det|>
# Annual report

<|ref|>text<|/ref|><|det|>[[100, 120, 899, 200], [100, 200, 500, 240]]<|/det|>
Where **nothing** costs \\(x^2\\).

<|ref|>table<|/ref|><|det|>[[100, 300, 899, 400]]<|/det|>
<table><tr><td colspan="2">Sum &amp; rest</td></tr><tr><td>1</td><td>2</td></tr></table>

<|ref|>image<|/ref|><|det|>[[0, 500, 999, 999]]<|/det|>

<|ref|>image_caption<|/ref|><|det|>[[100, 960, 899, 990]]<|/det|>
Figure 1<｜end▁of▁sentence｜>"""


def test_deepseeks_grounding_becomes_elements_in_pixels() -> None:
    page = page_of("DeepSeek-OCR", DEEPSEEK, include_blocks=True)
    assert page.markdown == (
        "# Annual report\n\nWhere **nothing** costs $x^2$.\n\n| Sum & rest |  |\n| --- | --- |\n| 1 | 2 |\n\n"
        "![img-0.jpeg](img-0.jpeg)\n\nFigure 1"
    )
    assert page.elements is not None
    assert [element.type for element in page.elements] == ["title", "text", "table", "image", "caption"]
    assert page.elements[0].bbox == {"x": 100, "y": 100, "width": 800, "height": 100}
    assert page.elements[1].bbox == {"x": 100, "y": 240, "width": 800, "height": 240}
    (image,) = page.images
    assert (image.top_left_x, image.top_left_y, image.bottom_right_x, image.bottom_right_y) == (0, 1001, 1000, 2000)
    assert page.blocks is not None
    assert page.blocks[1].content == "Where **nothing** costs $x^2$."


def test_tables_are_taken_out_with_their_spans() -> None:
    page = page_of("DeepSeek-OCR", DEEPSEEK, table_format="html")
    (table,) = page.tables
    assert table.content == '<table><tr><td colspan="2">Sum &amp; rest</td></tr><tr><td>1</td><td>2</td></tr></table>'


def test_deepseeks_plain_answer_is_its_markdown() -> None:
    page = page_of("DeepSeek-OCR", "# A\n\ntext<｜end▁of▁sentence｜>")
    assert page.markdown == "# A\n\ntext"
    assert page.elements is None


DOTS = [
    {"bbox": [10, 5, 990, 30], "category": "Page-header", "text": "ACME"},
    {"bbox": [10, 50, 500, 90], "category": "Title", "text": "# Report"},
    {"bbox": [10, 100, 500, 130], "category": "Section-header", "text": "Costs"},
    {"bbox": [10, 150, 500, 190], "category": "List-item", "text": "- one"},
    {"bbox": [10, 200, 500, 290], "category": "Formula", "text": "\\frac{1}{2}"},
    {"bbox": [10, 300, 500, 390], "category": "Table", "text": "<table><tr><th>A</th></tr><tr><td>1</td></tr></table>"},
    {"bbox": [10, 400, 500, 2500], "category": "Picture"},
    {"bbox": [10, 1950, 990, 1980], "category": "Page-footer", "text": "7"},
]


def test_dots_layout_becomes_a_page() -> None:
    (request,), response = read("dots.ocr", json.dumps(DOTS))
    assert body_of(request)["temperature"] == 0.1
    assert (body_of(request)["top_p"], body_of(request)["max_completion_tokens"]) == (0.9, 32768)
    (page,) = response.pages
    assert page.markdown == (
        "# Report\n\n## Costs\n\n- one\n\n$$\\frac{1}{2}$$\n\n| A |\n| --- |\n| 1 |\n\n![img-0.jpeg](img-0.jpeg)"
    )
    assert (page.header, page.footer) == ("ACME", "7")
    assert page.images[0].bbox == {"x": 10, "y": 400, "width": 490, "height": 1600}
    assert page.elements is not None
    assert page.elements[5].data == {
        "cells": [{"text": "A", "row": 0, "column": 0, "header": True}, {"text": "1", "row": 1, "column": 0}]
    }


def test_latex_without_doubled_backslashes_and_a_fence_do_not_spoil_the_json() -> None:
    text = '```json\n[{"bbox": [1, 2, 3, 4], "category": "Formula", "text": "\\frac + \\sum"}]\n```'
    assert page_of("dots.ocr", text).markdown == "$$\\frac + \\sum$$"


def test_a_layout_that_is_no_json_is_asked_for_again_and_then_the_pages_error() -> None:
    requests, response = read("dots.ocr", "[{", "no", json.dumps(DOTS[:2]))
    assert [body_of(request)["temperature"] for request in requests] == [0.1, 0.3, 0.6]
    assert response.pages[0].markdown == "# Report"
    assert response.missing_pages == {}
    assert response.usage_info.extra["total_tokens"] == 3000
    _, response = read("dots.ocr", "[{", "[[1]]", "7")
    assert response.pages == ()
    assert isinstance(response.missing_pages[0], ResponseInvalid)


OLMOCR = """\
---
primary_language: en
is_rotation_valid: False
rotation_correction: 90
is_table: False
is_diagram: null
---
# Report

![A chart of costs](page_100_200_300_400.png)

Costs \\[x\\]"""


def test_olmocrs_front_matter_and_figures_are_read() -> None:
    page = page_of("olmocr", OLMOCR)
    assert page.markdown == "# Report\n\n![img-0.jpeg](img-0.jpeg)\n\nCosts $$x$$"
    assert page.images[0].bbox == {"x": 100, "y": 200, "width": 300, "height": 400}
    assert page.elements is not None
    assert [element.text for element in page.elements] == ["A chart of costs"]
    assert page.extra["front_matter"] == {
        "primary_language": "en",
        "is_rotation_valid": False,
        "rotation_correction": 90,
        "is_table": False,
        "is_diagram": None,
    }
    assert "90 degrees" in page.extra["warnings"][0]


def test_nanonets_tags_are_read() -> None:
    text = "# A\n\n<watermark>COPY</watermark>\n\n<img>A dog</img>\n\n☐ no ☑ yes\n\n<page_number>9/22</page_number>"
    page = page_of("nanonets/Nanonets-OCR2-3B", text)
    assert page.markdown == "# A\n\nCOPY\n\nA dog\n\n☐ no ☑ yes"
    assert page.footer == "9/22"


DOCTAGS = (
    "<doctag><page_header><loc_0><loc_0><loc_500><loc_20>ACME</page_header>\n"
    "<section_header_level_1><loc_50><loc_40><loc_450><loc_60>1 Costs</section_header_level_1>\n"
    "<unordered_list><list_item><loc_50><loc_80><loc_450><loc_90>one</list_item>\n"
    "<list_item><loc_50><loc_90><loc_450><loc_100>two</list_item>\n</unordered_list>\n"
    "<otsl><loc_50><loc_110><loc_450><loc_200><ched>A<lcel><nl><fcel>1<ecel><nl><ucel><fcel>2<nl>"
    "<caption><loc_50><loc_200><loc_450><loc_210>Table 1</caption></otsl>\n"
    "<formula><loc_50><loc_220><loc_450><loc_240>a < b</formula>\n"
    "<code><loc_50><loc_250><loc_450><loc_290><_Python_>x = 1\n    y</code>\n"
    "<picture><loc_50><loc_300><loc_450><loc_400></picture></doctag>"
)


def test_doctags_become_a_page() -> None:
    page = page_of("granite-docling-258M", DOCTAGS, table_format="html")
    assert page.markdown == (
        "## 1 Costs\n\n- one\n- two\n\n[tbl-0.html](tbl-0.html)\n\nTable 1\n\n$$a < b$$\n\n"
        "```python\nx = 1\n    y\n```\n\n![img-0.jpeg](img-0.jpeg)"
    )
    assert page.tables[0].content == (
        '<table><tr><th colspan="2">A</th></tr><tr><td rowspan="2">1</td><td></td></tr><tr><td>2</td></tr></table>'
    )
    assert page.header == "ACME"
    assert page.images[0].bbox == {"x": 100, "y": 1200, "width": 800, "height": 400}


def test_paddleocr_says_that_it_reads_one_element() -> None:
    assert "one element" in page_of("PaddleOCR-VL-1.5", "text").extra["warnings"][0]


def test_a_page_of_which_a_model_says_nothing_says_so() -> None:
    page = page_of("glm-ocr", "")
    assert page.markdown == ""
    assert page.extra["warnings"] == ["the model says nothing of this page"]


def test_text_in_parts_is_joined() -> None:
    parts = {"choices": [{"message": {"content": [{"type": "text", "text": "# A"}, {"type": "text", "text": "b"}]}}]}
    _, response = play(connected("m").exchange(request_of("m")), answer(parts))
    assert response.pages[0].markdown == "# Ab"
    assert response.model == "m"
    assert response.usage_info.extra == {}


def test_pictures_that_are_found_are_cut_out_where_they_are_wanted() -> None:
    exchange = connected("dots.ocr").exchange(request_of("dots.ocr", include_image_base64=True))
    step = next(exchange)
    assert isinstance(step, HttpRequest)
    crop = exchange.send(step.parse(said(json.dumps(DOTS))))
    assert isinstance(crop, Compute)
    assert crop.task == "crop"
    assert crop.arguments == {"document": PAGE, "boxes": [(10, 400, 500, 2000)], "width": 1000}
    with pytest.raises(StopIteration) as stop:
        exchange.send((b"\xff\xd8jpeg",))
    response: OCRResponse = stop.value.value
    assert response.pages[0].images[0].image_base64 == "data:image/jpeg;base64,/9hqcGVn"


def test_a_page_is_not_lost_with_its_pictures() -> None:
    exchange = connected("dots.ocr").exchange(request_of("dots.ocr", include_image_base64=True))
    step = next(exchange)
    assert isinstance(step, HttpRequest)
    exchange.send(step.parse(said(json.dumps(DOTS))))
    with pytest.raises(StopIteration) as stop:
        exchange.throw(EngineError("the worker was killed"))
    (page,) = stop.value.value.pages
    assert page.markdown.startswith("# Report")
    assert page.images[0].image_base64 is None
    assert "the worker was killed" in page.extra["warnings"][0]


def test_boxes_count_in_the_pixels_of_a_jpeg_too() -> None:
    page = page_of("DeepSeek-OCR", DEEPSEEK, document=picture(500, 1000, "JPEG"))
    assert page.images[0].bottom_right_x == 500


@pytest.mark.timeout(100)  # where a step is quadratic, one of these takes minutes
@pytest.mark.parametrize("model", ["deepseek-ocr", "dots.ocr", "olmocr", "nanonets", "granite-docling", "qwen"])
def test_no_answer_takes_long_to_read(model: str) -> None:
    size = 390_000
    pieces = [
        " ", "\n", "\\[", "\\(", "\\", "`", "```", "a:\n", "#", "<", "<|", "<|ref|>", "<|ref|>a<|/ref|><|det|>[", "[",
        "] ", "<caption>", "<text>", "<list_item>", "<otsl>", "<otsl><fcel>", "<ucel><nl>", "<img>", "<page_number>",
        "![", "---\n", "--- ", "<table>", "<table><tr>", "<td colspan=999>", "<think>", "</s>", "<|a|>", '{"a":', "$",
    ]  # fmt: skip
    for piece in pieces:
        for start in ("", "```markdown\n", "<table>"):
            with suppress(ResponseInvalid):
                family_of(model).read(start + piece * (size // len(piece)) + "x", (1000, 2000))


# --- what goes wrong ----------------------------------------------------------------------------------------------


def test_a_page_that_is_cut_short_is_an_error_of_that_page() -> None:
    exchange = connected("m").exchange(request_of("m"))
    requests, response = play(exchange, said("The first half of the", "length"))
    assert len(requests) == 1  # a page that is too long is so at any temperature
    assert response.pages == ()
    assert "cut short after 100 tokens" in str(response.missing_pages[0])


LOOP = "The page begins. " + "and the same again, " * 60


def test_a_loop_is_tried_again_warmer() -> None:
    exchange = connected("olmocr").exchange(request_of("olmocr"))
    requests, response = play(exchange, said(LOOP, "length"), said(LOOP, "stop"), said("# Whole"))
    assert [body_of(request)["temperature"] for request in requests] == [0.0, 0.1, 0.2]
    assert response.pages[0].markdown == "# Whole"
    assert response.usage_info.extra["completion_tokens"] == 300


def test_lines_that_differ_in_their_numbers_alone_are_a_loop_only_where_the_page_is_cut() -> None:
    counted = "\n".join(f"{number}. The item of that number" for number in range(60))
    requests, response = play(connected("m").exchange(request_of("m")), said(counted))
    assert response.pages[0].markdown == counted
    exchange = connected("m").exchange(request_of("m"))
    requests, response = play(exchange, *[said(counted, "length")] * 3)
    assert len(requests) == 3
    assert "over and over" in str(response.missing_pages[0])


def test_what_a_model_ends_itself_each_time_is_the_page_with_a_warning() -> None:
    _, response = play(connected("m").exchange(request_of("m")), *[said(LOOP)] * 3)
    assert response.pages[0].markdown == LOOP.strip()
    assert "3 tries" in response.pages[0].extra["warnings"][0]


def test_a_temperature_of_the_callers_own_is_tried_once() -> None:
    request = evolve(request_of("m"), extra_body={"temperature": 0.7})
    requests, _ = play(connected("m").exchange(request), said(LOOP, "length"))
    assert body_of(requests[0])["temperature"] == 0.7


@pytest.mark.parametrize("reason", ["content_filter", "abort"])
def test_every_other_end_is_an_error_of_the_page(reason: str) -> None:
    _, response = play(connected("m").exchange(request_of("m")), said("text", reason))
    assert reason in str(response.missing_pages[0])


def test_a_refusal_is_an_error_of_the_page() -> None:
    message = {"role": "assistant", "content": None, "refusal": "I cannot read that."}
    body = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    _, response = play(connected("m").exchange(request_of("m")), answer(body))
    assert "I cannot read that." in str(response.missing_pages[0])


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"error": {"message": "slow", "type": "x", "param": None, "code": 429}}, RateLimited),
        ({"error": {"message": "no", "type": "x", "param": None, "code": "401"}}, AuthenticationFailed),
        ({"error": "the model is still loading"}, ResponseInvalid),
        ({"object": "error", "message": "engine died", "type": "x", "code": 500}, ProviderUnavailable),
        ({"object": "chat.completion", "choices": []}, ResponseInvalid),
        ({"choices": [{"message": None}]}, ResponseInvalid),
        ([], ResponseInvalid),
    ],
)
def test_errors_with_a_good_status_are_told_in_all_their_forms(body: Any, error: type[Exception]) -> None:
    step = next(connected("m").exchange(request_of("m")))
    assert isinstance(step, HttpRequest)
    with pytest.raises(error):
        step.parse(answer(body))
