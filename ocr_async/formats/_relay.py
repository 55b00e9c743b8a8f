"""
What has to be known of an answer in Mistral's dialect that goes on to a client of Mistral's as it came.

Turning a hundred pages into models and back costs more than all the rest of passing them on. What is promised of an
answer is checked all the same: it is JSON, it has the pages that were asked for, each once and in their order, and
the fields that Mistral's clients demand.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from ..models import OCRPage, OCRResponse, OCRUsageInfo
from ..steps import HttpResponse
from ._answer import cost_of, request_id
from ._json import loads


def light(answer: HttpResponse, wanted: Sequence[int] | None, provider: str) -> OCRResponse | None:
    """
    Return the *answer*'s pages without their text, its model and usage; None if it is not one to be passed on.

    Args:
        wanted: The pages asked for; None for all, which then count from 0 without a gap.
    """
    try:
        data = loads(answer.body)
    except ValueError:
        return None
    if not isinstance(data, dict) or not isinstance(data.get("model"), str):
        return None
    usage, pages = data.get("usage_info"), data.get("pages")
    if not isinstance(usage, dict) or not isinstance(pages, list) or not pages:
        return None
    indexes = _indexes(pages)
    if not indexes or indexes != list(range(len(pages)) if wanted is None else wanted):
        return None
    processed, annotated = usage.get("pages_processed"), usage.get("pages_processed_annotation")
    if type(processed) is not int or not (annotated is None or type(annotated) is int):
        return None
    return OCRResponse(
        pages=tuple(map(_blank, indexes)),
        model=data["model"],
        usage_info=OCRUsageInfo(pages_processed=processed, pages_processed_annotation=annotated),
        provider=provider,
        request_id=request_id(answer.headers),
        cost=cost_of(answer.headers),
    )


def _indexes(pages: list[Any]) -> list[int]:
    """Return the pages' indexes; an empty list if one of them lacks what Mistral's clients demand."""
    found: list[int] = []
    for page in pages:  # written out, as it is most of what passing an answer on costs
        try:
            index, markdown, images, dimensions = page["index"], page["markdown"], page["images"], page["dimensions"]
            if type(index) is not int or type(markdown) is not str or type(images) is not list:
                return []
            if dimensions is not None and type(dimensions) is not dict:
                return []
            for image in images:
                if type(image["id"]) is not str:
                    return []
        except (KeyError, TypeError):
            return []
        found.append(index)
    return found


@lru_cache(4096)
def _blank(index: int) -> OCRPage:
    return OCRPage(index=index, markdown="")
