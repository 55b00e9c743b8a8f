"""
What pages cost: a table that ships with the package, and sums over it. Nothing is fetched.

Each row tells its source and when it was read. Regional endpoints cost differently and are not in it; an unknown price
is None, never 0. What a caller gives (`prices`, or the file that ``OCR_ASYNC_PRICES`` names) is looked at first.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen
from attrs.validators import and_, ge, le, optional

from .errors import ConfigurationError
from .models import OCRCost, OCRUsageInfo
from .models._drafts import maker


__all__ = ["PRICES", "Price", "cost", "estimate", "expected", "price_of", "read_prices"]


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

        input_token: Read by the model, for services that are paid by the token; `page` is then 0.

        output_token: Written by the model.

        batch_discount: Share of it that the provider's own batch jobs save.

        features_extra: Whether features beside reading (``features`` in `OCRUsageInfo.applied_settings`) cost more than
            it says.
    """

    page: float = field(validator=ge(0))
    annotated_page: float | None = field(default=None, validator=optional(ge(0)))
    source: str = field(default="", kw_only=True)
    read: str = field(default="", kw_only=True)
    verified: bool = field(default=True, kw_only=True)
    input_token: float = field(default=0.0, validator=ge(0), kw_only=True)
    output_token: float = field(default=0.0, validator=ge(0), kw_only=True)
    batch_discount: float = field(default=0.0, validator=and_(ge(0), le(1)), kw_only=True)
    features_extra: bool = field(default=False, kw_only=True)

    @property
    def by_token(self) -> bool:
        """Whether nobody can tell the cost before the answer is there."""
        return self.input_token > 0 or self.output_token > 0


_MISTRAL: Mapping[str, Any] = {
    "source": "https://docs.mistral.ai/getting-started/models",
    "read": "2026-08",
    "batch_discount": 0.5,
}
_OCR_2 = Price(0.001, 0.003, source="the price map of litellm 1.106.2", read="2026-08", verified=False)
_OCR_3 = Price(0.002, 0.003, **_MISTRAL)
_OCR_4 = Price(0.004, 0.005, **_MISTRAL)

# LiteLLM's map names azure.microsoft.com/pricing/details/ai-document-intelligence, whose table was not to be had
_LITELLM: Mapping[str, Any] = {"source": "the price map of litellm 1.110.2", "read": "2026-11", "verified": False}
_LAYOUT = Price(0.01, **_LITELLM, features_extra=True)
_READ = Price(0.0015, **_LITELLM, features_extra=True)

_LLAMA: Mapping[str, Any] = {"source": "LlamaCloud's documentation of credits", "read": "2026-11", "verified": False}

PRICES: Mapping[str, Price] = {
    # AWS's own table was not to be had; what analyze-document costs depends on its features
    "aws_textract/detect-document-text": Price(0.0015, source="dius.com.au, 2022", read="2026-11", verified=False),
    "azure_ai/Cohere-parse-v5": Price(0.0015, **_LITELLM),
    "azure_ai/doc-intelligence/prebuilt-layout": _LAYOUT,
    "azure_ai/doc-intelligence/prebuilt-read": _READ,
    "azure_ai/documentintelligence/prebuilt-layout": _LAYOUT,
    "azure_ai/documentintelligence/prebuilt-read": _READ,
    "azure_ai/mistral-document-ai-2512": Price(0.003, **_LITELLM),
    "azure_ai/mistral-ocr-2505": Price(0.001, **_LITELLM),
    "azure_ai/mistral-ocr-2512": Price(0.002, **_LITELLM),
    "azure_ai/mistral-ocr-4-0": Price(0.004, 0.005, **_LITELLM),
    "cohere/parse-v5.0": Price(0.0015, **_LITELLM),  # which names cohere.com/blog/parse
    "llamaparse/agentic": Price(0.0125, **_LLAMA),
    "llamaparse/agentic_plus": Price(0.05625, **_LLAMA),
    "llamaparse/cost_effective": Price(0.00375, **_LLAMA),
    "llamaparse/fast": Price(0.00125, **_LLAMA),
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


# What LiteLLM's price map and its `model_info` call the same.
_FIELDS = {
    "page": "page",
    "annotated_page": "annotated_page",
    "input_token": "input_token",
    "output_token": "output_token",
    "batch_discount": "batch_discount",
    "source": "source",
    "read": "read",
    "ocr_cost_per_page": "page",
    "annotation_cost_per_page": "annotated_page",
    "input_cost_per_token": "input_token",
    "output_cost_per_token": "output_token",
}


def read_prices(data: object) -> dict[str, Price]:
    """
    Return the price table that *data*, a JSON document, holds: a number of dollars for a page, or an object, by model.

    An object has the attributes of `Price`, or LiteLLM's names for them (``ocr_cost_per_page``,
    ``annotation_cost_per_page``, ``input_cost_per_token``, ``output_cost_per_token``), so that its whole price map can
    be given; entries of such a map that have none of them are passed over.

    Raises:
        ConfigurationError: It holds something else; the model is named.
    """
    if not isinstance(data, dict):
        raise ConfigurationError("a table of prices is a JSON object of dollars for a page, or objects, by model")
    found = {}
    for model, value in data.items():
        if isinstance(value, dict) and "litellm_provider" in value and not value.keys() & _LITELLM_NAMES:
            continue
        found[model] = _read_price(model, value)
    return found


_LITELLM_NAMES = {name for name in _FIELDS if "_cost_" in name}


def _read_price(model: str, value: object) -> Price:
    try:
        if isinstance(value, dict):
            price = Price(**{"page": 0.0, **_facts(model, value)})
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            price = Price(float(value), float(value))
        else:
            raise TypeError
        dollars = (price.page, price.annotated_page or 0.0, price.input_token, price.output_token)
        if not all(map(math.isfinite, dollars)):
            raise ValueError
    except (TypeError, ValueError):
        raise ConfigurationError(f'the price of "{model}" is no number of dollars of at least 0') from None
    return price


def _facts(model: str, value: Mapping[str, Any]) -> dict[str, Any]:
    unknown = [name for name in value if name not in _FIELDS]
    if unknown and "litellm_provider" not in value:
        raise ConfigurationError(f'the price of "{model}" has no {unknown[0]!r}; it may have {", ".join(_FIELDS)}')
    facts = {_FIELDS[name]: given for name, given in value.items() if name in _FIELDS and given is not None}
    if not facts.keys() & {"page", "input_token", "output_token"}:
        raise ConfigurationError(f'the price of "{model}" does not tell what a page costs')
    return facts


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
    batch: bool = False,
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

        batch: Whether it was a batch job of the provider's own.

        prices: See `price_of`.
    """
    names = (models,) if isinstance(models, str) else models
    for name in names:
        if (price := price_of(provider, name, prices)) is not None:
            break
    else:
        return None
    pages, told = (used, None) if isinstance(used, int) else (used.pages_processed, used.pages_processed_annotation)
    with_annotation = min(told, pages) if told is not None else pages if annotated else 0
    if with_annotation and price.annotated_page is None and not price.by_token:
        return None
    if price.features_extra and not isinstance(used, int) and (used.applied_settings or {}).get("features"):
        return None
    total = (pages - with_annotation) * price.page + with_annotation * (price.annotated_page or 0.0)
    if price.by_token:
        tokens = None if isinstance(used, int) else _tokens(used)
        if tokens is None:
            return None
        total += tokens[0] * price.input_token + tokens[1] * price.output_token
    total = round(total * (1 - price.batch_discount if batch else 1), 9)
    found: OCRCost = maker(OCRCost)(generation=total, total=total)
    return found


def _tokens(used: OCRUsageInfo) -> tuple[int, int] | None:
    """Return the tokens that the model read and wrote; None where the answer does not tell."""
    counts = used.extra.get("prompt_tokens"), used.extra.get("completion_tokens")
    return (counts[0], counts[1]) if isinstance(counts[0], int) and isinstance(counts[1], int) else None


def estimate(
    provider: str,
    model: str,
    pages: int,
    *,
    annotated: bool = False,
    batch: bool = False,
    prices: Mapping[str, Price | float] | None = None,
) -> float | None:
    """
    Return the US dollars that *pages* pages will cost, in a *batch* job or not; None if the price is unknown.

    For Opper it is the price of the engine behind, such as ``mistral/mistral-ocr-latest``, and the largest fee on it.
    """
    price = expected(provider, model, prices)
    known = (
        None if price is None else cost(provider, model, pages, annotated=annotated, batch=batch, prices={model: price})
    )
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
