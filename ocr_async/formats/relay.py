"""
What has to be known of an answer in Mistral's dialect that goes on to a client of Mistral's as it came.

Turning a hundred pages into models and back costs more than all the rest of passing them on. What is promised of an
answer is checked all the same: it is JSON, it has the pages that were asked for, each once and in their order, and
the fields that Mistral's clients demand.

The extra `fast` has simdjson, which checks all of a text and makes no value that is not looked at: a large answer takes
it half to a third of the time in which orjson makes all values.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from ..models import OCRPage, OCRResponse, OCRUsageInfo
from ..steps import HttpResponse
from ._answer import cost_of
from ._json import loads


simdjson: Any
try:
    import simdjson
except ImportError:
    simdjson = None

__all__ = ["light"]

_OBJECTS = (dict,) if simdjson is None else (dict, simdjson.Object)
_ARRAYS = (list,) if simdjson is None else (list, simdjson.Array)
_MARKDOWN = b'"markdown":'
_LARGE = 8192  # bytes from which a view is faster


def light(answer: HttpResponse, wanted: Sequence[int] | None, provider: str) -> OCRResponse | None:
    """
    Return the *answer*'s pages without their text, its model and usage; None if it is not one to be passed on.

    Args:
        wanted: The pages asked for; None for all, which then count from 0 without a gap.
    """
    try:
        data = _read(answer.body)
    except ValueError:
        return None
    if type(data) not in _OBJECTS or type(data.get("model")) is not str:
        return None
    usage, pages = data.get("usage_info"), data.get("pages")
    if type(usage) not in _OBJECTS or type(pages) not in _ARRAYS or not pages:
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
        cost=cost_of(answer.headers),
    )


def _read(body: bytes) -> Any:
    """
    Return the JSON of *body*, as a view of it where that can tell all that is looked at.

    Raises:
        ValueError: See `loads`.
    """
    if simdjson is not None and len(body) >= _LARGE and body.startswith(b"{"):  # it passes over a byte order mark
        try:
            view = simdjson.Parser().parse(body)
            if _can_be_told(view, body):
                return view
        except (LookupError, TypeError, ValueError, RuntimeError):
            pass  # another shape, or no JSON; of JSON it refuses integers beyond 64 bits
    return loads(body)


def _can_be_told(view: Any, body: bytes) -> bool:
    """
    Whether no key that is looked at is there twice, and the Markdown of each page is a text.

    A view has the first of two values, where clients take the last; and to ask it for a text makes one. In JSON a quote
    within a text follows a backslash, so ``"markdown":`` is such a key: as many of them as there are pages, each with a
    quote behind it, are the pages' texts. Where they are written in any other way, all values are made.
    """
    pages = view["pages"]
    if _texts(body) != len(pages) or not _each_once(list(view)) or not _each_once(list(view["usage_info"])):
        return False
    for page in pages:
        keys = list(page)
        if "markdown" not in keys or not _each_once(keys):
            return False
    return True


def _texts(body: bytes) -> int:
    """Return how many keys ``markdown`` there are, each with a text; -1 if one has something else."""
    found, at = 0, body.find(_MARKDOWN)
    while at >= 0:
        at += len(_MARKDOWN)
        if not body.startswith((b'"', b' "'), at):
            return -1
        # the next key begins with a quote, and most texts have none until their end: one letter is found far faster
        found, at = found + 1, body.find(_MARKDOWN, body.find(b'"', at + 2))
    return found


def _each_once(keys: list[str]) -> bool:
    return len(set(keys)) == len(keys)


def _indexes(pages: Any) -> list[int]:
    """Return the pages' indexes; an empty list if one of them lacks what Mistral's clients demand."""
    found: list[int] = []
    for page in pages:  # written out, as it is most of what passing an answer on costs
        try:
            index, images, dimensions = page["index"], page["images"], page["dimensions"]
            if type(index) is not int or type(images) not in _ARRAYS:
                return []
            if type(page) is dict and type(page["markdown"]) is not str:
                return []
            if dimensions is not None and type(dimensions) not in _OBJECTS:
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
