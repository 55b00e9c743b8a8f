"""
How long the JSON of ten pages takes to become models, beside orjson's parsing of it and cattrs' own class hooks.

    python -m benchmarks.formats
"""

from __future__ import annotations

import statistics
import timeit
from collections.abc import Callable
from functools import partial
from typing import Any

import attrs
import cattrs
import orjson

from ocr_async import formats
from ocr_async.models import OCRImage, OCRResponse


_CORNERS = {"top_left_x": 60, "top_left_y": 120, "bottom_right_x": 360, "bottom_right_y": 520}


def plain(index: int) -> dict[str, Any]:
    """A page of 10 KB of text and nothing else."""
    return {
        "index": index,
        "markdown": "word " * 2000,
        "images": [],
        "dimensions": {"dpi": 200, "height": 2200, "width": 1700},
        "tables": [],
        "hyperlinks": [],
        "header": None,
        "footer": None,
    }


def illustrated(index: int) -> dict[str, Any]:
    """A page with two images, tables and links besides."""
    images = [{"id": f"img-{k}.jpeg", **_CORNERS, "image_base64": None, "image_annotation": None} for k in range(2)]
    tables = [{"id": f"tbl-{k}.md", "content": "| a |", "format": "markdown"} for k in range(2)]
    return plain(index) | {"images": images, "tables": tables, "hyperlinks": ["https://a.example", "https://b.example"]}


def rich(index: int) -> dict[str, Any]:
    """A page with fifteen blocks and the confidence of three hundred words besides."""
    words = [{"text": "word", "confidence": 0.9, "start_index": 5 * k} for k in range(300)]
    scores = {
        "average_page_confidence_score": 0.9,
        "minimum_page_confidence_score": 0.5,
        "word_confidence_scores": words,
    }
    blocks = [{"type": "text", **_CORNERS, "content": "hello"} for _ in range(15)]
    return illustrated(index) | {"blocks": blocks, "confidence_scores": scores | {"word_confidence_scores": words}}


def cattrs_alone() -> Callable[[Any], OCRResponse]:
    """Return cattrs' own reading of the same classes, without the checks: neither `extra` nor types."""
    converter = cattrs.Converter(detailed_validation=False)
    hidden = {OCRResponse: ("parsed", "missing_pages", "provider", "request_id", "attempts"), OCRImage: ("parsed",)}

    def hook(cls: Any) -> Any:
        names = ("extra", *hidden.get(cls, ()))
        present = {one.name for one in attrs.fields(cls)}
        rules: dict[str, Any] = {name: cattrs.override(omit=True) for name in names if name in present}
        return cattrs.gen.make_dict_structure_fn(attrs.resolve_types(cls), converter, **rules)

    converter.register_structure_hook_factory(attrs.has, hook)
    return lambda data: converter.structure(data, OCRResponse)


def microseconds(call: Callable[[], object]) -> str:
    """Return the median and the 99th percentile of 500 calls."""
    times = sorted(timeit.repeat(call, number=1, repeat=500))
    return f"{statistics.median(times) * 1e6:8.0f} {times[-5] * 1e6:8.0f}"


def main() -> None:
    bare = cattrs_alone()
    print("µs, p50 and p99    orjson.loads         structure            cattrs alone         unstructure")
    for page in (plain, illustrated, rich):
        data = {"pages": [page(index) for index in range(10)], "model": "m", "usage_info": {"pages_processed": 10}}
        body = orjson.dumps(data)
        response = formats.structure(data, "mistral")
        calls: tuple[Callable[[], object], ...] = (
            partial(orjson.loads, body),
            partial(formats.structure, data, "mistral", provider="mistral"),
            partial(bare, data),
            partial(formats.unstructure, response, "mistral"),
        )
        print(f"{page.__name__:14}", *(microseconds(call) for call in calls), sep="    ")


if __name__ == "__main__":
    main()
