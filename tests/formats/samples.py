"""A recorded-looking answer that uses every field of each dialect, and small ones to spoil."""

from __future__ import annotations

import copy
from typing import Any


_CORNERS = {"top_left_x": 60, "top_left_y": 120, "bottom_right_x": 360, "bottom_right_y": 520}
_WORD = {"text": "Annual", "confidence": 0.98, "start_index": 2}

MISTRAL: dict[str, Any] = {
    "pages": [
        {
            "index": 3,
            "markdown": "# Annual report\n\n![img-0.jpeg](img-0.jpeg)\n\n[tbl-0.md](tbl-0.md)",
            "images": [
                {
                    "id": "img-0.jpeg",
                    **_CORNERS,
                    "image_base64": "data:image/jpeg;base64,/9j/4AAQ",
                    "image_annotation": '{"kind": "chart"}',
                }
            ],
            "dimensions": {"dpi": 200, "height": 2200, "width": 1700},
            "tables": [
                {"id": "tbl-0.md", "content": "| a |", "format": "markdown", "word_confidence_scores": [dict(_WORD)]},
            ],
            "hyperlinks": ["https://example.com/"],
            "header": "Example Corp",
            "footer": None,
            "blocks": [
                {
                    "type": "title",
                    **_CORNERS,
                    "content": "# Annual report",
                    "confidence_scores": {
                        "average_content_confidence_score": 0.97,
                        "minimum_content_confidence_score": 0.9,
                        "block_type_confidence_score": 0.99,
                    },
                },
                {"type": "image", **_CORNERS, "content": "![img-0.jpeg](img-0.jpeg)", "image_id": "img-0.jpeg"},
                {"type": "table", **_CORNERS, "content": "[tbl-0.md](tbl-0.md)", "table_id": "tbl-0.md"},
            ],
            "confidence_scores": {
                "average_page_confidence_score": 0.95,
                "minimum_page_confidence_score": 0.4,
                "word_confidence_scores": [dict(_WORD)],
            },
        }
    ],
    "model": "mistral-ocr-4-1",
    "document_annotation": '{"language": "en"}',
    "usage_info": {"pages_processed": 1, "doc_size_bytes": 3002783},
}

OPPER: dict[str, Any] = {
    "id": "ocr_1",
    "pages": [
        {
            "index": 0,
            "markdown": "Hello",
            "dimensions": {"dpi": 144, "height": None, "width": 1190},
            "images": [{"id": "img-0.jpeg", **_CORNERS, "image_base64": None}],
            "elements": [
                {"type": "text", "label": "paragraph", "text": "Hello", "bbox": {"l": 1.5}, "data": {"level": 1}},
            ],
        }
    ],
    "model": "mistral/mistral-ocr-latest",
    "usage_info": {
        "pages_processed": 1,
        "doc_size_bytes": 512,
        "processing_time_seconds": 1.25,
        "time_per_page_seconds": 1.25,
        "applied_settings": {"ocr_engine": "easyocr"},
    },
    "cost": {"generation": 0.004, "platform": 0.0002, "total": 0.0042},
}

LITELLM: dict[str, Any] = {
    "pages": [
        {
            "index": 0,
            "markdown": "# Document title",
            "dimensions": {"dpi": 200, "height": 2200, "width": 1700},
            "images": [
                {"image_base64": "/9j/4AAQ", "bbox": {"x": 100, "y": 200, "width": 300, "height": 400}},
            ],
        }
    ],
    "model": "mistral-ocr-2505-completion",
    "usage_info": {"pages_processed": 29, "doc_size_bytes": 3002783},
    "document_annotation": None,
    "object": "ocr",
}


def spoilt(answer: dict[str, Any], path: list[str | int], value: object) -> dict[str, Any]:
    """Return a copy of *answer* with *value* at *path*; Ellipsis takes the key out."""
    changed = copy.deepcopy(answer)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return changed
