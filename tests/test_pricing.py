"""What pages cost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_async import OCR, aocr
from ocr_async.errors import ConfigurationError, DocumentError
from ocr_async.models import OCRCost, OCRUsageInfo
from ocr_async.pricing import PRICES, Price, cost, estimate, price_of, read_prices
from ocr_async.providers.mistral import Mistral
from tests.documents import PARAGRAPHS, text_pdf
from tests.upstream import Upstream


def dollars(amount: float) -> OCRCost:
    return OCRCost(generation=amount, total=amount)


@pytest.mark.parametrize(
    ("model", "plain", "annotated"),
    [
        ("mistral-ocr-2503", 1.0, None),
        ("mistral-ocr-2505", 1.0, 3.0),
        ("mistral-ocr-2512", 2.0, 3.0),
        ("mistral-ocr-4-0", 4.0, 5.0),
        ("mistral-ocr-4-1", 4.0, 5.0),
        ("mistral-ocr-latest", 4.0, 5.0),
        ("mistral-ocr-2505-completion", 1.0, 3.0),
    ],
)
def test_a_thousand_pages(model: str, plain: float, annotated: float | None) -> None:
    assert cost("mistral", model, 1000) == dollars(plain)
    assert cost("mistral", model, 1000, annotated=True) == (None if annotated is None else dollars(annotated))


def test_every_model_that_mistral_is_known_for_has_a_price() -> None:
    assert [model for model in Mistral.facts.models if price_of("mistral", model) is None] == []


def test_litellms_documented_answer() -> None:
    assert cost("mistral", "mistral-ocr-2505-completion", OCRUsageInfo(pages_processed=29)) == dollars(0.029)


def test_the_first_model_with_a_price_counts() -> None:
    assert cost("mistral", ("mistral-ocr-2512", "mistral-ocr-latest"), 1000) == dollars(2.0)
    assert cost("mistral", ("brand-new", "mistral-ocr-latest"), 1000) == dollars(4.0)
    assert cost("mistral", ("brand-new", "newer-still"), 1000) is None


@pytest.mark.parametrize(("told", "annotated", "total"), [(200, False, 4.2), (0, True, 4.0), (5000, True, 5.0)])
def test_usage_may_say_how_many_pages_were_annotated(told: int, annotated: bool, total: float) -> None:
    used = OCRUsageInfo(pages_processed=1000, pages_processed_annotation=told)
    assert cost("mistral", "mistral-ocr-latest", used, annotated=annotated) == dollars(total)


def test_an_unknown_price_is_not_zero() -> None:
    assert cost("elsewhere", "mistral-ocr-latest", 10) is None
    assert estimate("elsewhere", "mistral-ocr-latest", 10) is None


def test_this_machine_costs_nothing() -> None:
    assert cost("local", "local", 10, annotated=True) == dollars(0.0)
    assert estimate("local", "", 10) == 0.0


def test_opper_reports_its_own_cost_and_is_estimated_with_its_fee() -> None:
    assert cost("opper", "mistral/mistral-ocr-latest", 1000) is None
    assert estimate("opper", "mistral/mistral-ocr-latest", 1000) == 4.22
    assert estimate("opper", "mistral/mistral-ocr-latest", 1000, annotated=True) == 5.275
    assert estimate("opper", "docling/docling-latest", 1000) is None
    assert estimate("opper", "local/x", 1000) is None


def test_own_prices_come_first() -> None:
    own: dict[str, Price | float] = {"mistral/mistral-ocr-latest": Price(0.002, 0.01), "mine": 0.5, "local/big": 0.1}
    assert cost("mistral", "mistral-ocr-latest", 1000, prices=own) == dollars(2.0)
    assert estimate("mistral", "mistral-ocr-latest", 1000, annotated=True, prices=own) == 10.0
    assert estimate("elsewhere", "mine", 2, annotated=True, prices=own) == 1.0
    assert estimate("local", "big", 10, prices=own) == 1.0
    assert estimate("mistral", "mistral-ocr-2512", 1000, prices=own) == 2.0


def test_a_negative_price_is_refused() -> None:
    with pytest.raises(ValueError, match="page"):
        Price(-1.0)


@given(st.sampled_from(sorted(PRICES)), st.integers(0, 10_000), st.integers(0, 10_000))
def test_the_parts_of_a_document_cost_what_it_costs(name: str, one: int, two: int) -> None:
    provider, _, model = name.partition("/")
    parts = [cost(provider, model, pages) for pages in (one, two)]
    whole = cost(provider, model, one + two)
    assert whole is not None
    assert sum(part.total for part in parts if part is not None) == pytest.approx(whole.total)
    assert whole.total == whole.generation + whole.platform


def test_a_batch_job_costs_less_where_that_is_known() -> None:
    assert cost("mistral", "mistral-ocr-latest", 1000, batch=True) == dollars(2.0)
    assert cost("aws_textract", "detect-document-text", 1000, batch=True) == dollars(1.5)


def test_tokens_cost_what_the_answer_says_was_used_and_nobody_knows_it_before() -> None:
    own = {"openai_compatible/x": Price(0.0, input_token=1e-6, output_token=4e-6)}
    used = OCRUsageInfo(pages_processed=2, extra={"prompt_tokens": 1000, "completion_tokens": 500})
    assert cost("openai_compatible", "x", used, annotated=True, prices=own) == dollars(0.003)
    assert cost("openai_compatible", "x", OCRUsageInfo(pages_processed=2), prices=own) is None
    assert estimate("openai_compatible", "x", 2, prices=own) is None


def test_litellms_map_is_a_table_of_prices() -> None:
    found = read_prices(
        {
            "sample_spec": {"litellm_provider": "one of …", "mode": "one of …", "input_cost_per_token": 0.0},
            "mistral/mistral-ocr-latest": {
                "litellm_provider": "mistral", "mode": "ocr", "ocr_cost_per_page": 0.004,
                "annotation_cost_per_page": 0.005, "source": "https://mistral.ai/pricing",
            },
            "gpt-5": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-6,
                      "output_cost_per_token": 1e-5, "max_tokens": 9},
            "dall-e-3": {"litellm_provider": "openai", "mode": "image_generation", "input_cost_per_pixel": 4e-8},
            "mine": 0.5,
        }
    )  # fmt: skip
    assert found["mistral/mistral-ocr-latest"] == Price(0.004, 0.005, source="https://mistral.ai/pricing")
    assert (found["gpt-5"].page, found["gpt-5"].output_token, found["mine"]) == (0.0, 1e-5, Price(0.5, 0.5))
    assert "dall-e-3" not in found


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ([], "object"),
        ({"a/b": "0.1"}, "a/b"),
        ({"a/b": True}, "a/b"),
        ({"a/b": -1}, "a/b"),
        ({"a/b": float("nan")}, "a/b"),
        ({"a/b": float("inf")}, "a/b"),
        ({"a/b": {"pages": 1}}, "'pages'"),
        ({"a/b": {"annotated_page": 1}}, "does not tell"),
        ({"a/b": {"page": "1"}}, "a/b"),
        ({"a/b": {"page": 1, "batch_discount": 2}}, "a/b"),
    ],
)
def test_a_table_that_is_none_is_refused_by_the_models_name(table: object, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        read_prices(table)


@pytest.mark.anyio
async def test_the_calls_prices_come_before_the_files_and_those_before_ours(
    hosted: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pdf, model = text_pdf([PARAGRAPHS] * 3), "mistral/mistral-ocr-latest"
    client = OCR(model=model)
    assert (await client.aocr(pdf)).cost == dollars(0.012)
    table = tmp_path / "prices.json"
    table.write_text(json.dumps({model: {"ocr_cost_per_page": 0.01}, "mistral/mistral-ocr-2512": 7}))
    monkeypatch.setenv("OCR_ASYNC_PRICES", str(table))
    assert (await client.aocr(pdf)).cost == dollars(0.03)
    assert (await client.aestimate(pdf)).cost == 0.03
    assert (await client.aestimate(pdf, prices={model: 1})).cost == 3.0
    assert (await aocr(pdf, model=model, prices={"mistral-ocr-latest": Price(0.5)})).cost == dollars(1.5)
    with pytest.raises(DocumentError, match=r"would cost 0\.0300 USD"):
        await client.aocr(pdf, max_cost=0.02)
    table.write_text(json.dumps({model: 0.25, "x": 1}))
    assert (await client.aestimate(pdf)).cost == 0.75


@pytest.mark.anyio
@pytest.mark.parametrize("text", [None, "{", "[]", '{"a": -1}', "[" * 100_000, "\udcff"])
async def test_a_file_of_prices_that_is_none_is_told_with_its_name(
    text: str | None, hosted: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "prices.json"
    if text is not None:
        table.write_bytes(text.encode(errors="surrogateescape"))
    monkeypatch.setenv("OCR_ASYNC_PRICES", str(table))
    with pytest.raises(ConfigurationError, match=r"OCR_ASYNC_PRICES: .*prices\.json"):
        await aocr(b"%PDF-1.7 x", model="mistral/mistral-ocr-latest")
    assert hosted.requests == []


@pytest.mark.parametrize("prices", [{"a": -1}, {"a": "1"}, {"a": True}, {"a": float("nan")}, {1: 1}, [1]])
def test_prices_that_are_none_are_refused(prices: object) -> None:
    with pytest.raises(ConfigurationError, match="prices"):
        OCR(prices=prices)  # type: ignore[arg-type]


@pytest.mark.anyio
async def test_what_runs_here_costs_nothing() -> None:
    assert (await aocr(text_pdf([PARAGRAPHS]))).cost == dollars(0.0)
