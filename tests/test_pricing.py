"""What pages cost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_async.models import OCRCost, OCRUsageInfo
from ocr_async.pricing import PRICES, Price, cost, estimate, price_of
from ocr_async.providers.mistral import Mistral


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
