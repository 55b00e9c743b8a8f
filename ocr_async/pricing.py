"""
What pages cost: a table that ships with the package, and sums over it. Nothing is fetched.

Each row tells its source and when it was read. Batch jobs and regional endpoints cost differently and are not in it; an
unknown price is None, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen
from attrs.validators import ge, optional

from .models import OCRCost, OCRUsageInfo


__all__ = ["PRICES", "Price", "cost", "estimate", "expected", "price_of"]


@frozen
class Price:
    """
    US dollars for one page.

    Attributes:
        page: Read.

        annotated_page: Read and annotated (`bbox_annotation_format`, `document_annotation_format`); None if unknown.

        source: Where it stands; empty for one that the caller gave.

        read: The month in which it was read there, as ``2026-08``.

        verified: Whether the source is the provider's own.
    """

    page: float = field(validator=ge(0))
    annotated_page: float | None = field(default=None, validator=optional(ge(0)))
    source: str = field(default="", kw_only=True)
    read: str = field(default="", kw_only=True)
    verified: bool = field(default=True, kw_only=True)


_MISTRAL: Mapping[str, Any] = {"source": "https://docs.mistral.ai/getting-started/models", "read": "2026-08"}
_OCR_2 = Price(0.001, 0.003, source="the price map of litellm 1.106.2", read="2026-08", verified=False)
_OCR_3 = Price(0.002, 0.003, **_MISTRAL)
_OCR_4 = Price(0.004, 0.005, **_MISTRAL)

# LiteLLM's map names azure.microsoft.com/pricing/details/ai-document-intelligence, whose table was not to be had
_LITELLM: Mapping[str, Any] = {"source": "the price map of litellm 1.110.2", "read": "2026-11", "verified": False}

PRICES: Mapping[str, Price] = {
    # AWS's own table was not to be had; what analyze-document costs depends on its features
    "aws_textract/detect-document-text": Price(0.0015, source="dius.com.au, 2022", read="2026-11", verified=False),
    "azure_ai/Cohere-parse-v5": Price(0.0015, **_LITELLM),
    "azure_ai/doc-intelligence/prebuilt-layout": Price(0.01, **_LITELLM),  # features that cost extra are not in it
    "azure_ai/doc-intelligence/prebuilt-read": Price(0.0015, **_LITELLM),
    "azure_ai/mistral-document-ai-2512": Price(0.003, **_LITELLM),
    "azure_ai/mistral-ocr-2505": Price(0.001, **_LITELLM),
    "azure_ai/mistral-ocr-2512": Price(0.002, **_LITELLM),
    "azure_ai/mistral-ocr-4-0": Price(0.004, 0.005, **_LITELLM),
    "cohere/parse-v5.0": Price(0.0015, **_LITELLM),  # which names cohere.com/blog/parse
    "mistral/mistral-ocr-2503": Price(0.001, **_MISTRAL),  # retired 2025-12-31
    "mistral/mistral-ocr-2505": _OCR_2,  # retired 2026-05-31, still served by others
    "mistral/mistral-ocr-2512": _OCR_3,
    "mistral/mistral-ocr-3": _OCR_3,
    "mistral/mistral-ocr-3-0": _OCR_3,
    "mistral/mistral-ocr-4-0": _OCR_4,
    "mistral/mistral-ocr-4-1": _OCR_4,
    "mistral/mistral-ocr-4": _OCR_4,
    "mistral/mistral-ocr-latest": _OCR_4,
    "vertex_ai/mistral-ocr-2505": Price(
        0.0005, source="the price map of litellm 1.110.2", read="2026-11", verified=False
    ),
}

# What runs on the user's own machines costs nothing a page.
SELF_HOSTED = frozenset({"local", "docling", "hosted_vllm", "ollama"})

# The largest fee that Opper names (https://github.com/12britz/awesome-ai-gateways/pull/40, read 2026-08), so that an
# estimate errs upwards; an answer of Opper brings its own cost.
OPPER_FEE = 0.055


def price_of(provider: str, model: str, prices: Mapping[str, Price | float] | None = None) -> Price | None:
    """
    Return the price of *model* at *provider*; None if it is unknown.

    Args:
        prices: Looked at before our own table, by ``provider/model`` or by the model alone; a number is dollars for
            a page.
    """
    # "mistral-ocr-2505-completion" is how Mistral has answered for mistral-ocr-2505
    bare = model.removeprefix(f"{provider}/").removesuffix("-completion")
    if prices:
        for name in (f"{provider}/{model}", model, f"{provider}/{bare}", bare):
            if name in prices:
                found = prices[name]
                return found if isinstance(found, Price) else Price(float(found), float(found))
    return Price(0.0, 0.0) if provider in SELF_HOSTED else PRICES.get(f"{provider}/{bare}")


def cost(
    provider: str,
    models: str | Sequence[str],
    used: OCRUsageInfo | int,
    *,
    annotated: bool = False,
    prices: Mapping[str, Price | float] | None = None,
) -> OCRCost | None:
    """
    Return what an answer cost; None if the price is unknown.

    A cost that the provider reports itself (`OCRResponse.cost`) is better than this one.

    Args:
        models: The model in the provider's words; of several, as the one answered with and the one asked for, the
            first with a known price counts.

        used: The answer's `usage_info`, which may say how many pages were annotated, or a number of pages.

        annotated: Whether an annotation was asked for, which makes every page an annotated one unless `used` says
            otherwise.

        prices: See `price_of`.
    """
    names = (models,) if isinstance(models, str) else models
    price = next((found for name in names if (found := price_of(provider, name, prices)) is not None), None)
    if price is None:
        return None
    pages, told = (used, None) if isinstance(used, int) else (used.pages_processed, used.pages_processed_annotation)
    with_annotation = min(told, pages) if told is not None else pages if annotated else 0
    if with_annotation and price.annotated_page is None:
        return None
    total = round((pages - with_annotation) * price.page + with_annotation * (price.annotated_page or 0.0), 9)
    return OCRCost(generation=total, total=total)


def estimate(
    provider: str,
    model: str,
    pages: int,
    *,
    annotated: bool = False,
    prices: Mapping[str, Price | float] | None = None,
) -> float | None:
    """
    Return the US dollars that *pages* pages will cost; None if the price is unknown.

    For Opper it is the price of the engine behind, such as ``mistral/mistral-ocr-latest``, and the largest fee on it.
    """
    price = expected(provider, model, prices)
    known = None if price is None else cost(provider, model, pages, annotated=annotated, prices={model: price})
    return None if known is None else known.total


def expected(provider: str, model: str, prices: Mapping[str, Price | float] | None = None) -> Price | None:
    """
    Return the price to reckon with beforehand: `price_of`, and for Opper that of the engine behind with the fee.

    Args:
        prices: See `price_of`.
    """
    known = price_of(provider, model, prices)
    if known is not None or provider != "opper":
        return known
    engine, _, bare = model.partition("/")
    behind = None if engine in SELF_HOSTED else price_of(engine, bare, prices)
    if behind is None:
        return None
    dearer = behind.annotated_page
    return evolve(
        behind,
        page=round(behind.page * (1 + OPPER_FEE), 9),
        annotated_page=None if dearer is None else round(dearer * (1 + OPPER_FEE), 9),
        source=f"{behind.source}, and Opper's fee of at most {OPPER_FEE:.1%}",
        verified=False,
    )
