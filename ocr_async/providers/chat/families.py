"""
How each family of vision models is asked for a page, and what its answer looks like, by the name of the model.

Prompts are the models' own, word for word: they were trained with them, and others give worse answers or none. Read
2026-11 in the repositories that each row names, and in https://github.com/vllm-project/recipes (8959cf6) and
docling's table of vision models (https://github.com/docling-project/docling, e1cb2b23).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from attrs import field, frozen

from .. import LAYOUT_OPTIONS
from . import doctags, dots, grounding, nanonets, olmocr
from .answer import Size, Transcript, plain


__all__ = ["FAMILIES", "GENERIC", "Family", "family_of"]

PAGE = frozenset({"pages", "extra_body"})
FIGURES = PAGE | {"include_image_base64", "image_limit", "image_min_size"}
PLACES = FIGURES | LAYOUT_OPTIONS

_SIDE = 2000  # pixels: 170 dots an inch on A4; the usual advice is 150 to 200


@frozen(kw_only=True, eq=False)
class Family:
    """
    One family.

    Attributes:
        names: Found in the names of its models, whose case does not count.

        prompt: Empty for models that want none.

        read: Makes a page of an answer; raises `ResponseInvalid` where that cannot be done.

        body: What else the request says.

        vllm: The same, for servers that are vLLM or like it.

        temperatures: Of the first try, and of those after an answer that is of no use.

        longest_side: Of the picture, in pixels; None for the engine's 200 dots an inch.

        options: Of a request, that its answers can honour.

        warning: What is to be said of each of its pages.
    """

    names: re.Pattern[str]
    prompt: str
    read: Callable[[str, Size | None], Transcript] = plain
    body: Mapping[str, Any] = field(factory=dict)
    vllm: Mapping[str, Any] = field(factory=dict)
    temperatures: tuple[float, ...] = (0.0, 0.3, 0.6)
    longest_side: int | None = _SIDE
    options: frozenset[str] = PAGE
    warning: str | None = None

    @property
    def placed(self) -> bool:
        """Whether its answers tell where something stands on the page."""
        return self.options > PAGE


def _named(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# the tokens <td> and </td> may come again and again
_DEEPSEEK = {
    "skip_special_tokens": False,
    "vllm_xargs": {"ngram_size": 30, "window_size": 90, "whitelist_token_ids": [128821, 128822]},
}

GENERIC = Family(
    names=_named(""),
    prompt="Convert this page to markdown. Do not miss any text and only output the bare markdown!",
)
"""Any model that reads pictures."""

FAMILIES: Mapping[str, Family] = {
    # https://github.com/deepseek-ai/DeepSeek-OCR (e4ac34e); it cuts the picture into tiles itself
    "DeepSeek-OCR": Family(
        names=_named(r"deepseek[-_.]?ocr"),
        prompt="<|grounding|>Convert the document to markdown.",
        read=grounding.read,
        body={"max_tokens": 8192},
        vllm=_DEEPSEEK,
        longest_side=None,
        options=PLACES,
    ),
    # another prompt gives an empty answer
    "Unlimited-OCR": Family(
        names=_named(r"unlimited[-_.]?ocr"),
        prompt="<image>\n<|grounding|>OCR this image.",
        read=grounding.read,
        body={"max_tokens": 8192},
        vllm={"skip_special_tokens": False},
        longest_side=None,
        options=PLACES,
    ),
    # Its own client writes the token of the picture before the prompt; vLLM does so itself, whichever way its chat
    # template is read. Pictures of more than 11,289,600 pixels it makes smaller, and then tells boxes in those.
    "dots.ocr": Family(
        names=_named(r"dots[-_.]?m?ocr"),
        prompt=dots.PROMPT,
        read=dots.read,
        body={"top_p": 0.9, "max_completion_tokens": 32768},
        temperatures=(0.1, 0.3, 0.6),
        longest_side=3360,
        options=PLACES,
    ),
    "olmOCR": Family(
        names=_named(r"olm[-_.]?ocr"),
        prompt=olmocr.PROMPT,
        read=olmocr.read,
        body={"max_tokens": 8000},
        temperatures=(0.0, 0.1, 0.2, 0.5, 0.8),
        longest_side=1288,
        options=FIGURES,
    ),
    "Nanonets-OCR": Family(
        names=_named(r"nanonets"),
        prompt=nanonets.PROMPT,
        read=nanonets.read,
        body={"max_tokens": 15000},
        options=PAGE | {"extract_header", "extract_footer"},
    ),
    "PaddleOCR-VL": Family(
        names=_named(r"paddleocr[-_.]?vl"),
        prompt="OCR:",
        warning="PaddleOCR-VL reads one element of a page, and was given the whole page: its layout model has to cut "
        "pages before",
    ),
    "GLM-OCR": Family(names=_named(r"glm[-_.]?ocr"), prompt="Text Recognition:"),
    "GOT-OCR": Family(names=_named(r"got[-_.]?ocr"), prompt="", body={"max_tokens": 4096}),
    "LightOnOCR": Family(names=_named(r"lighton[-_.]?ocr"), prompt="", body={"max_tokens": 4096}),
    "Granite-Docling": Family(
        names=_named(r"granite[-_.]?docling|smol[-_.]?docling"),
        prompt="Convert this page to docling.",
        read=doctags.read,
        body={"max_tokens": 8192},
        vllm={"skip_special_tokens": False},
        options=PLACES,
    ),
}


def family_of(model: str) -> Family:
    """Return the family of *model*: the first whose name stands in the model's."""
    return next((family for family in FAMILIES.values() if family.names.search(model)), GENERIC)
