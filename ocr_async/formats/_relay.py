"""
What has to be known of an answer in Mistral's dialect that goes on to a client of Mistral's as it came.

Turning a hundred pages into models and back costs more than all the rest of passing them on. What is promised of an
answer is checked all the same: it is JSON, it has the pages that were asked for, each once and in their order, and
the fields that Mistral's clients demand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..models import OCRPage, OCRResponse, OCRUsageInfo
from ..steps import HttpResponse
from ._answer import request_id
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
    if not isinstance(usage, dict) or not isinstance(pages, list) or not pages or not all(map(_whole, pages)):
        return None
    indexes = [page["index"] for page in pages]
    if indexes != list(range(len(indexes)) if wanted is None else wanted):
        return None
    processed, annotated = usage.get("pages_processed"), usage.get("pages_processed_annotation")
    if type(processed) is not int or not (annotated is None or type(annotated) is int):
        return None
    return OCRResponse(
        pages=tuple([OCRPage(index=index, markdown="") for index in indexes]),
        model=data["model"],
        usage_info=OCRUsageInfo(pages_processed=processed, pages_processed_annotation=annotated),
        provider=provider,
        request_id=request_id(answer.headers),
    )


def _whole(page: Any) -> bool:
    return (
        type(page) is dict
        and type(page.get("index")) is int
        and type(page.get("markdown")) is str
        and type(page.get("images")) is list
        and type(page.get("dimensions")) in {dict, type(None)}
        and "dimensions" in page
        and all(type(image) is dict and type(image.get("id")) is str for image in page["images"])
    )
