"""Generated responses: everything that the models can hold and JSON can carry."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ocr_async.models import (
    OCRBlock,
    OCRBlockConfidence,
    OCRCost,
    OCRDimensions,
    OCRElement,
    OCRImage,
    OCRPage,
    OCRPageConfidence,
    OCRResponse,
    OCRTable,
    OCRUsageInfo,
    OCRWordConfidence,
)


words = st.text(st.characters(codec="utf-8"), max_size=8)
names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
whole = st.integers(-(2**40), 2**40)
sizes = st.integers(1, 2**40)  # 0 stands for None where a dialect demands a number
real = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | whole | real | words,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2),
    max_leaves=4,
)
json_objects = st.dictionaries(words, json_values, max_size=2)
# no key that a dialect knows begins with "x-"
extras = st.dictionaries(words.map("x-{}".format), json_values, max_size=2)


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def several(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(strategy, max_size=2).map(tuple)


corners = dict.fromkeys(("top_left_x", "top_left_y", "bottom_right_x", "bottom_right_y"), whole)
word_confidences = st.builds(OCRWordConfidence, text=words, confidence=real, start_index=whole, extra=extras)
page_confidences = st.builds(
    OCRPageConfidence,
    average_page_confidence_score=real,
    minimum_page_confidence_score=real,
    word_confidence_scores=optional(several(word_confidences)),
    extra=extras,
)
block_confidences = st.builds(
    OCRBlockConfidence,
    average_content_confidence_score=optional(real),
    minimum_content_confidence_score=optional(real),
    block_type_confidence_score=optional(real),
    extra=extras,
)
blocks = st.builds(
    OCRBlock,
    type=words,
    content=words,
    **corners,
    image_id=optional(words),
    table_id=optional(words),
    confidence_scores=optional(block_confidences),
    extra=extras,
)
images = st.builds(
    OCRImage,
    id=optional(names),
    **{name: optional(strategy) for name, strategy in corners.items()},
    image_base64=optional(words),
    image_annotation=optional(words),
    extra=extras,
)
tables = st.builds(
    OCRTable,
    id=words,
    content=words,
    format=st.sampled_from(["markdown", "html"]),
    word_confidence_scores=optional(several(word_confidences)),
    extra=extras,
)
elements = st.builds(
    OCRElement,
    type=optional(words),
    label=optional(words),
    text=optional(words),
    bbox=optional(json_objects),
    data=optional(json_objects),
    extra=extras,
)
dimensions = st.builds(OCRDimensions, dpi=optional(sizes), height=optional(sizes), width=optional(sizes), extra=extras)
pages = st.builds(
    OCRPage,
    index=whole,
    markdown=words,
    images=several(images),
    dimensions=optional(dimensions),
    tables=several(tables),
    hyperlinks=several(words),
    header=optional(words),
    footer=optional(words),
    blocks=optional(several(blocks)),
    confidence_scores=optional(page_confidences),
    elements=optional(several(elements)),
    extra=extras,
)
usages = st.builds(
    OCRUsageInfo,
    pages_processed=whole,
    doc_size_bytes=optional(whole),
    processing_time_seconds=optional(real),
    time_per_page_seconds=optional(real),
    applied_settings=optional(json_objects),
    pages_processed_annotation=optional(whole),
    credits=optional(real),
    extra=extras,
)
responses = st.builds(
    OCRResponse,
    pages=several(pages),
    model=words,
    usage_info=usages,
    document_annotation=optional(words),
    id=optional(names),
    cost=optional(st.builds(OCRCost, generation=real, platform=real, total=real, extra=extras)),
    object=st.sampled_from(["ocr", "something else"]),
    extra=extras,
)
